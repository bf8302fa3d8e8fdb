#include "cli/verify/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Customer ACustomer(const std::string& name) {
  Customer customer;
  customer.set_name(name);
  customer.set_given_name("Ada");
  customer.mutable_email()->set_address("ada@example.com");
  customer.set_account_number("C-1");
  customer.set_etag("7");
  customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  return customer;
}

const Services kEverywhere = ~Services();

RecordSource<Customer> Source(std::vector<Customer> customers) {
  auto rest = std::make_shared<std::vector<Customer>>(std::move(customers));
  return [rest]() -> absl::StatusOr<std::optional<Customer>> {
    if (rest->empty()) return std::nullopt;
    Customer first = rest->front();
    rest->erase(rest->begin());
    return first;
  };
}

TEST(MergeByName, VisitsEachNameOnceInOrder) {
  std::vector<std::string> visited;

  const absl::Status status = MergeByName<Customer>(
      {Source({ACustomer("a"), ACustomer("c")}), Source({}),
       Source({ACustomer("b"), ACustomer("c")})},
      [&](const std::string& name, const std::vector<const Customer*>& records) {
        std::string text = name;
        for (const Customer* record : records) text += record == nullptr ? '-' : '+';
        visited.push_back(text);
      });

  EXPECT_THAT(status, IsOk());
  EXPECT_THAT(visited, ElementsAre("a+--", "b--+", "c+-+"));
}

TEST(MergeByName, RefusesAServiceThatListsOutOfOrder) {
  const auto ignore = [](const std::string&, const std::vector<const Customer*>&) {};
  EXPECT_THAT(MergeByName<Customer>({Source({ACustomer("b"), ACustomer("a")})}, ignore),
              HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(MergeByName<Customer>({Source({ACustomer("a"), ACustomer("a")})}, ignore),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(MergeByName, PassesOnErrors) {
  const RecordSource<Customer> broken = []() -> absl::StatusOr<std::optional<Customer>> {
    return absl::UnavailableError("gone");
  };
  EXPECT_THAT(MergeByName<Customer>({Source({ACustomer("a")}), broken},
                                    [](const std::string&, const std::vector<const Customer*>&) {}),
              HasCode(absl::StatusCode::kUnavailable));
}

TEST(ContentComparison, FindsNothingInEqualContent) {
  Customer a = ACustomer("customers/1");
  Customer b = a;
  // What depends on who asks.
  b.set_account_number_text("C-1 (fr)");
  b.add_warnings()->set_reason("X");
  Address here;
  here.set_name("customers/1/addresses/2");
  Address there = here;
  there.set_pending(true);
  ContentComparison comparison(2, 10);

  comparison.Visit(a.name(), std::vector<const Customer*>{&a, &b}, kEverywhere);
  comparison.Visit(here.name(), std::vector<const Address*>{&here, &there}, kEverywhere);
  const auto contents = comparison.Finish();

  EXPECT_THAT(comparison.differences(), IsEmpty());
  EXPECT_EQ(contents[0].digest.size(), 64u);
  EXPECT_EQ(contents[0].digest, contents[1].digest);
  EXPECT_EQ(contents[1].customers, 1u);
  EXPECT_EQ(contents[1].addresses, 1u);
}

TEST(ContentComparison, NamesWhatIsMissingAndWhere) {
  const Customer a = ACustomer("customers/1");
  ContentComparison comparison(3, 10);

  comparison.Visit(a.name(), std::vector<const Customer*>{nullptr, &a, nullptr}, kEverywhere);
  const auto contents = comparison.Finish();

  EXPECT_THAT(comparison.differences(),
              ElementsAre(Difference{"customers/1", "", 0}, Difference{"customers/1", "", 2}));
  EXPECT_NE(contents[0].digest, contents[1].digest);
}

TEST(ContentComparison, NamesEveryFieldThatDiffers) {
  const Customer a = ACustomer("customers/1");
  Customer b = a;
  b.mutable_email()->set_address("ada@example.org");
  b.set_state(customer::v1::CUSTOMER_STATE_PENDING);
  b.clear_account_number();
  b.set_etag("8");
  ContentComparison comparison(2, 10);

  comparison.Visit(a.name(), std::vector<const Customer*>{&a, &b}, kEverywhere);
  const auto contents = comparison.Finish();

  std::vector<std::string> fields;
  for (const Difference& difference : comparison.differences()) {
    EXPECT_EQ(difference.service, 1u);
    fields.push_back(difference.field);
  }
  EXPECT_THAT(fields,
              testing::UnorderedElementsAre("email.address", "state", "account_number", "etag"));
  EXPECT_NE(contents[0].digest, contents[1].digest);
  EXPECT_EQ(contents[1].pending, 1u);
}

TEST(ContentComparison, AnAddressIsNotACustomer) {
  Address address;
  address.set_name("customers/1/addresses/2");
  address.add_street("1 High St");
  Address other = address;
  other.set_street(0, "2 High St");
  ContentComparison comparison(2, 10);

  comparison.Visit(address.name(), std::vector<const Address*>{&address, &other}, kEverywhere);

  EXPECT_THAT(comparison.differences(),
              ElementsAre(Difference{"customers/1/addresses/2", "street[0]", 1}));
}

// A store is to have the customers of its books alone: what it hasn't beside them is no difference,
// what it has is one.
TEST(ContentComparison, KnowsWhoIsToHaveWhat) {
  PROVES("V8");
  const Customer a = ACustomer("customers/1");
  const Customer b = ACustomer("customers/2");
  ContentComparison comparison(3, 10);

  comparison.Visit(a.name(), std::vector<const Customer*>{&a, nullptr, &a}, Services("101"));
  comparison.Visit(b.name(), std::vector<const Customer*>{&b, &b, &b}, Services("011"));
  const auto contents = comparison.Finish();

  EXPECT_THAT(comparison.differences(), ElementsAre(Difference{"customers/2", "address_books", 2}));
  EXPECT_EQ(contents[0].digest, contents[0].digest_at_hq);
  EXPECT_EQ(contents[1].digest, contents[1].digest_at_hq);
  EXPECT_NE(contents[2].digest, contents[2].digest_at_hq);
}

TEST(ContentComparison, CountsBeyondWhatItKeeps) {
  const Customer a = ACustomer("customers/1");
  ContentComparison comparison(4, 2);

  comparison.Visit(a.name(), std::vector<const Customer*>{&a, nullptr, nullptr, nullptr},
                   kEverywhere);

  EXPECT_EQ(comparison.difference_count(), 3u);
  EXPECT_EQ(comparison.differences().size(), 2u);
}

}  // namespace
}  // namespace comptoir::cli
