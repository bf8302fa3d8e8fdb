#include "cli/verify/against.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "tests/support/matchers.h"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kFile[] = "the digest of a file";

// A file of three rows, HQ and one channel service.
class AgainstFileTest : public testing::Test {
 protected:
  static std::string Name(const Uuid& id) { return "customers/" + id.ToString(); }

  void SetUp() override {
    AddRow(1, "Ada", "London");
    AddRow(2, "José", "Victoria");
    AddRow(3, "Kim", "");
  }

  void AddRow(uint64_t number, const std::string& name, const std::string& city) {
    const Uuid id = IdOfRow(kFile, number);
    auto customer = mapping_.ToCustomer({.number = number, .cells = {name, "", city}});
    ASSERT_THAT(customer, IsOk());
    customer->set_name(Name(id));
    for (Address& address : *customer->mutable_addresses()) {
      address.set_name(customer->name() + "/addresses/" + IdOfAddress(id).ToString());
    }
    ASSERT_THAT(against_.Add({number, id, *customer}), IsOk());
    // As a service keeps it.
    Address address;
    if (customer->addresses_size() > 0) address = customer->addresses(0);
    address.set_country("GB");
    customer->clear_addresses();
    customer->set_currency("EUR");
    customer->set_account_number("C-" + std::to_string(number));
    customers_.push_back(*customer);
    addresses_.push_back(address);
  }

  void Visit(const Customer* hq, const Customer* channel) {
    against_.Visit((hq == nullptr ? channel : hq)->name(), std::vector{hq, channel}, at_);
  }
  void Visit(const Address* hq, const Address* channel) {
    against_.Visit((hq == nullptr ? channel : hq)->name(), std::vector{hq, channel});
  }

  // Everything as it should be, but for rows `except`.
  void VisitTheOthers(const std::set<uint64_t>& except) {
    for (size_t i = 0; i < customers_.size(); ++i) {
      if (!except.contains(i + 1)) Visit(&customers_[i], &customers_[i]);
    }
    for (size_t i = 0; i < 2; ++i) {
      if (!except.contains(i + 1)) Visit(&addresses_[i], &addresses_[i]);
    }
  }

  const RowMapping mapping_ = *RowMapping::Make({"first_name", "currency", "city"}, {});
  AgainstFile against_{mapping_, 2, 10};
  // Where customers are to be.
  Services at_ = ~Services();
  std::vector<Customer> customers_;
  std::vector<Address> addresses_;
};

TEST_F(AgainstFileTest, FindsEveryRowAsItIsInTheFile) {
  VisitTheOthers({});

  const AgainstReport report = against_.Finish();

  EXPECT_TRUE(report.AsTheFile());
  EXPECT_EQ(report.rows, 3u);
  EXPECT_EQ(report.created, 3u);
  EXPECT_EQ(report.synced, 3u);
  EXPECT_EQ(report.pending, 0u);
  EXPECT_EQ(report.lost, 0u);
  EXPECT_EQ(report.account_numbers, 3u);
  EXPECT_EQ(report.duplicates(), 0u);
  EXPECT_EQ(report.others, 0u);
}

TEST_F(AgainstFileTest, NamesRowAndColumnOfWhatChanged) {
  VisitTheOthers({2});
  Customer jose = customers_[1];
  jose.set_given_name("Jose");
  Address address = addresses_[1];
  address.clear_city();
  Visit(&customers_[1], &jose);
  Visit(&addresses_[1], &address);

  const AgainstReport report = against_.Finish();

  EXPECT_FALSE(report.AsTheFile());
  EXPECT_EQ(report.changed, 2u);
  EXPECT_THAT(report.changed_cells,
              ElementsAre(ChangedCell{2, "city", 1}, ChangedCell{2, "first_name", 1}));
}

TEST_F(AgainstFileTest, MissesWhatNoServiceHas) {
  VisitTheOthers({1});

  const AgainstReport report = against_.Finish();

  EXPECT_FALSE(report.AsTheFile());
  EXPECT_EQ(report.created, 2u);
  EXPECT_EQ(report.lost, 1u);
  EXPECT_THAT(report.missing, ElementsAre(1, 1));
}

// Pending at its store and not yet at HQ isn't lost.
// A customer of no book of the store's isn't missing there.
TEST_F(AgainstFileTest, MissesOnlyWhatIsToBeThere) {
  VisitTheOthers({1});
  at_ = Services("01");
  Visit(&customers_[0], nullptr);
  Visit(&addresses_[0], nullptr);
  const AgainstReport report = against_.Finish();
  EXPECT_EQ(report.missing[1], 0u);
  EXPECT_TRUE(report.AsTheFile());
}

TEST_F(AgainstFileTest, TellsPendingFromLost) {
  VisitTheOthers({3});
  Customer kim = customers_[2];
  kim.clear_account_number();
  Visit(nullptr, &kim);

  const AgainstReport report = against_.Finish();

  EXPECT_FALSE(report.AsTheFile());
  EXPECT_EQ(report.pending, 1u);
  EXPECT_EQ(report.lost, 0u);
  EXPECT_THAT(report.missing, ElementsAre(1, 0));
}

TEST_F(AgainstFileTest, MissesAddresses) {
  VisitTheOthers({1});
  Visit(&customers_[0], &customers_[0]);
  Visit(&addresses_[0], nullptr);

  const AgainstReport report = against_.Finish();

  EXPECT_THAT(report.changed_cells, ElementsAre(ChangedCell{1, "", 1}));
}

// A second customer for one row, whatever its id, is a duplicate; a stranger isn't.
TEST_F(AgainstFileTest, FindsDuplicates) {
  VisitTheOthers({});
  Customer twin = customers_[0];
  twin.set_name(Name(IdOfRow("another file", 1)));
  twin.set_account_number("C-4");
  twin.clear_currency();
  Customer stranger;
  stranger.set_name(Name(IdOfRow("another file", 2)));
  stranger.set_given_name("Zoë");
  stranger.set_account_number("C-3");  // Kim has it
  Visit(&twin, &twin);
  Visit(&stranger, &stranger);

  const AgainstReport report = against_.Finish();

  EXPECT_FALSE(report.AsTheFile());
  EXPECT_EQ(report.others, 2u);
  EXPECT_EQ(report.lookalikes, 1u);
  EXPECT_EQ(report.account_numbers, 4u);
  EXPECT_EQ(report.account_numbers_twice, 1u);
  EXPECT_EQ(report.duplicates(), 2u);
}

TEST_F(AgainstFileTest, CountsRowsThatCannotBeSent) {
  FieldViolations violations;
  violations.Add("birth_date", "DATE_INVALID", "");
  ASSERT_THAT(against_.Add({4, IdOfRow(kFile, 4), violations.ToStatus()}), IsOk());
  VisitTheOthers({});

  const AgainstReport report = against_.Finish();

  EXPECT_TRUE(report.AsTheFile());
  EXPECT_EQ(report.rows, 4u);
  EXPECT_EQ(report.invalid, 1u);
  EXPECT_EQ(report.lost, 0u);
}

}  // namespace
}  // namespace comptoir::cli
