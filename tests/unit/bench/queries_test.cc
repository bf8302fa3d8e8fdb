#include "bench/customers/queries.h"

#include <gtest/gtest.h>

namespace comptoir::bench {
namespace {

customer::v1::Customer Renee() {
  customer::v1::Customer customer;
  customer.set_given_name("Renée");
  customer.set_family_name("Alvarez");
  customer.mutable_email()->set_address("renée4@adventure-works.com");
  customer.mutable_phone()->set_number("1 (11) 500 555-0130");
  customer.add_addresses()->add_street("Karlshof 246");
  return customer;
}

TEST(QueriesTest, AreWhatPeopleType) {
  const auto customer = Renee();
  EXPECT_EQ(QueryText(QueryKind::kName, customer, 0), "Alvar");
  EXPECT_EQ(QueryText(QueryKind::kEmail, customer, 0), "renée4");
  EXPECT_EQ(QueryText(QueryKind::kPhoneLast4, customer, 0), "0130");
  EXPECT_EQ(QueryText(QueryKind::kPhoneLast6, customer, 0), "550130");
  EXPECT_EQ(QueryText(QueryKind::kTwoWords, customer, 0), "Alvarez Ren");
  EXPECT_EQ(QueryText(QueryKind::kTypingError, customer, 2), "Alvaxez");
  EXPECT_EQ(QueryText(QueryKind::kInsideWord, customer, 0), "varez");
  EXPECT_EQ(QueryText(QueryKind::kStreet, customer, 0), "246 Karlshof");
}

TEST(QueriesTest, TypingErrorsLeaveLettersWhole) {
  customer::v1::Customer customer;
  customer.set_family_name("Nuñez");
  for (uint64_t chance = 0; chance < 10; ++chance) {
    const std::string typed = QueryText(QueryKind::kTypingError, customer, chance);
    EXPECT_NE(typed.find("Nu"), std::string::npos);
    EXPECT_TRUE(typed.find("ñ") != std::string::npos) << typed;
  }
}

TEST(QueriesTest, EveryKindHasAName) {
  for (const std::string_view name : QueryKindNames()) {
    EXPECT_TRUE(ParseQueryKind(name).has_value()) << name;
  }
  EXPECT_FALSE(ParseQueryKind("shoe-size").has_value());
}

}  // namespace
}  // namespace comptoir::bench
