#include "cli/verify/holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "tests/support/proves.h"

namespace comptoir::cli {
namespace {

using customer::v1::Customer;
using hq::v1::Configuration;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kCustomer[] = "customers/3a9f1f6e-0a4b-4c52-9d6f-0d3d6f1f5b11";
constexpr char kAddress[] =
    "customers/3a9f1f6e-0a4b-4c52-9d6f-0d3d6f1f5b11/addresses/"
    "7bbc0183-baa8-4fb0-aab0-54cbadfb0b4a";

class HoldingOfAChannel : public testing::Test {
 protected:
  HoldingOfAChannel() {
    auto& group = *groups_.Add()->mutable_channel_database_group();
    group.set_name("channelDatabaseGroups/bare");
    group.set_filter_shared_customer_data(true);
    AddChannel("100", {"addressBooks/north"});
    AddChannel("200", {"addressBooks/south", "addressBooks/vip"});
    AddChannel("300", {});
    AddChannel("400", {"addressBooks/old"}).set_retired(true);
    AddChannel("500", {}).set_channel_database_group("channelDatabaseGroups/bare");
  }

  hq::v1::Channel& AddChannel(const std::string& number,
                              std::initializer_list<const char*> address_books) {
    hq::v1::Channel& channel = *channels_.Add()->mutable_channel();
    channel.set_name("channels/" + number);
    for (const char* book : address_books) channel.add_address_books(book);
    return channel;
  }

  Holding Of(const char* number) const { return Holding::OfChannel(number, channels_, groups_); }

  google::protobuf::RepeatedPtrField<Configuration> channels_;
  google::protobuf::RepeatedPtrField<Configuration> groups_;
};

TEST_F(HoldingOfAChannel, HasItsBooks) {
  PROVES("V8");
  EXPECT_THAT(Of("200").address_books, UnorderedElementsAre("south", "vip"));
  EXPECT_FALSE(Of("200").all);
  EXPECT_TRUE(Of("300").all);
}

TEST_F(HoldingOfAChannel, HasNothingWhenItIsRetired) {
  EXPECT_FALSE(Of("400").all);
  EXPECT_THAT(Of("400").address_books, IsEmpty());
}

TEST_F(HoldingOfAChannel, HasNothingWhereItIsFiltered) {
  PROVES("S9");
  EXPECT_FALSE(Of("500").all);
  EXPECT_THAT(Of("500").address_books, IsEmpty());
}

// HQ, a store of the south, one of everything, one that is filtered.
TEST(Holdings, FollowTheCustomersBooks) {
  PROVES("V8");
  Holdings holdings(
      {{.all = true}, {.all = false, .address_books = {"south"}}, {.all = true}, {.all = false}});
  Customer customer;
  customer.set_name(kCustomer);
  customer.add_address_books("north");
  EXPECT_EQ(holdings.Of(customer), Services("0101"));
  EXPECT_EQ(holdings.OfPart(kAddress), Services("0101"));
  customer::v1::LoyaltyCard card;
  EXPECT_EQ(holdings.Of(card), Services("0111"));
  card.set_customer(kCustomer);
  EXPECT_EQ(holdings.Of(card), Services("0101"));

  Customer elsewhere;
  elsewhere.set_name("customers/7bbc0183-baa8-4fb0-aab0-54cbadfb0b4a");
  elsewhere.add_address_books("south");
  EXPECT_EQ(holdings.Of(elsewhere), Services("0111"));
  EXPECT_EQ(holdings.OfPart(elsewhere.name()), Services("0111"));
}

}  // namespace
}  // namespace comptoir::cli
