// Who looks like somebody else. (B5)

#include "cli/import/duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/proves.h"

namespace comptoir::cli {
namespace {

using customer::v1::Customer;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Customer Answered(const std::string& name, const std::string& email, const std::string& phone,
                  const std::string& postal_code) {
  Customer customer;
  customer.set_display_name(name);
  customer.mutable_email()->set_normalized(email);
  customer.mutable_phone()->set_e164(phone);
  customer.add_addresses()->set_postal_code(postal_code);
  return customer;
}

TEST(Duplicates, NamesAreComparedAsPeopleDo) {
  EXPECT_EQ(FoldedName("Renée  ALVAREZ"), FoldedName("alvarez renee"));
  EXPECT_EQ(FoldedName("O'Brien-López"), "brien lopez o");
  EXPECT_EQ(FoldedName(" .- "), "");
  EXPECT_NE(FoldedName("Ada"), FoldedName("Adam"));
}

TEST(Duplicates, RowsOfOneFile) {
  PROVES("B5");
  DuplicateRows rows;
  const auto add = [&](uint64_t row, const Customer& customer) {
    return rows.Add(row, PersonKeys(customer));
  };
  EXPECT_THAT(add(1, Answered("Ada Lovelace", "ada@a", "+441", "SW1")), IsEmpty());
  // A person by e-mail; by phone; by name and postal code.
  const auto by_email = add(2, Answered("A. Lovelace", "ada@a", "+442", ""));
  ASSERT_THAT(by_email, SizeIs(1));
  EXPECT_EQ(by_email[0].kind, "email");
  EXPECT_EQ(by_email[0].row, 1u);
  const auto by_phone = add(3, Answered("Augusta King", "king@a", "+441", "X"));
  ASSERT_THAT(by_phone, SizeIs(1));
  EXPECT_EQ(by_phone[0].kind, "phone");
  const auto by_name = add(4, Answered("LOVELACE, Ada", "", "", "sw1"));
  ASSERT_THAT(by_name, SizeIs(1));
  EXPECT_EQ(by_name[0].kind, "name");
  EXPECT_EQ(by_name[0].row, 1u);
  // All in common: one line; like two rows: two.
  EXPECT_THAT(add(5, Answered("Ada Lovelace", "ada@a", "+441", "SW1")), SizeIs(1));
  EXPECT_THAT(add(6, Answered("", "king@a", "+442", "")), SizeIs(2));
  // Neither a name alone nor a postal code alone, nor nothing.
  EXPECT_THAT(add(7, Answered("Ada Lovelace", "", "", "W1")), IsEmpty());
  EXPECT_THAT(add(8, Answered("Grace Hopper", "", "", "SW1")), IsEmpty());
  EXPECT_THAT(add(9, Customer()), IsEmpty());
  // A row that is answered twice isn't its own twin.
  EXPECT_THAT(add(8, Answered("Grace Hopper", "", "", "SW1")), IsEmpty());
}

TEST(Duplicates, CustomersWhoAreThere) {
  PROVES("B5");
  Customer there = Answered("Renée Alvarez", "renee@a", "+441", "");
  there.add_secondary_emails()->set_normalized("alvarez@work.example");
  EXPECT_TRUE(LooksLike({"email", "renee@a"}, there));
  EXPECT_TRUE(LooksLike({"email", "alvarez@work.example"}, there));
  EXPECT_FALSE(LooksLike({"email", "renee@"}, there));
  EXPECT_TRUE(LooksLike({"phone", "+441"}, there));
  EXPECT_FALSE(LooksLike({"phone", "+4412"}, there));
  EXPECT_TRUE(LooksLike({"name", "alvarez renee|1204"}, there));
  EXPECT_FALSE(LooksLike({"name", "alvarez|1204"}, there));
  const auto by_name = SearchFor({"name", "alvarez renee|1204"}, "001");
  EXPECT_EQ(by_name.query(), "alvarez renee 1204");
  EXPECT_EQ(by_name.field(), "");
  EXPECT_EQ(by_name.channel(), "001");
  EXPECT_EQ(SearchFor({"phone", "+441"}, "").field(), "phone");
}

}  // namespace
}  // namespace comptoir::cli
