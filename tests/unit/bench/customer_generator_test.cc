#include "bench/customers/customer_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/base/check.h"
#include "tests/support/matchers.h"

namespace comptoir::bench {
namespace {

constexpr char kSamples[] = COMPTOIR_SOURCE_DIR "/data/adventureworks_customers.csv";

CustomerGenerator Open(uint64_t seed) {
  auto generator = CustomerGenerator::Open(kSamples, seed);
  COMPTOIR_CHECK(generator.ok()) << generator.status();
  return *std::move(generator);
}

TEST(CustomerGeneratorTest, SeedAndNumberMakeTheCustomer) {
  const CustomerGenerator one = Open(7);
  const CustomerGenerator same = Open(7);
  const CustomerGenerator other = Open(8);

  for (const uint64_t number : {0, 1, 18'148, 999'999}) {
    EXPECT_EQ(one.Get(number).SerializeAsString(), same.Get(number).SerializeAsString());
    EXPECT_NE(one.Get(number).name(), other.Get(number).name());
    EXPECT_EQ(one.Get(number).name(), "customers/" + one.IdOf(number).ToString());
  }
}

TEST(CustomerGeneratorTest, CustomersAreAsCompleteAsTheSample) {
  const CustomerGenerator generator = Open(1);
  for (uint64_t number = 0; number < 1000; ++number) {
    const auto customer = generator.Get(number);
    EXPECT_NE(customer.given_name(), "");
    EXPECT_NE(customer.family_name(), "");
    EXPECT_THAT(customer.email().address(), testing::HasSubstr("@"));
    EXPECT_NE(customer.phone().number(), "");
    ASSERT_EQ(customer.addresses_size(), 1);
    EXPECT_EQ(customer.addresses(0).name(), "");
    EXPECT_NE(customer.addresses(0).city(), "");
  }
}

TEST(CustomerGeneratorTest, NobodySharesIdEmailOrPhone) {
  const CustomerGenerator generator = Open(1);
  std::set<std::string> ids;
  std::set<std::string> emails;
  std::set<std::string> phones;
  constexpr uint64_t kMany = 50'000;
  for (uint64_t number = 0; number < kMany; ++number) {
    const auto customer = generator.Get(number);
    ids.insert(customer.name());
    emails.insert(customer.email().address());
    phones.insert(customer.phone().number());
  }
  EXPECT_EQ(ids.size(), kMany);
  EXPECT_EQ(emails.size(), kMany);
  EXPECT_EQ(phones.size(), kMany);
}

TEST(CustomerGeneratorTest, FailsWithoutSamples) {
  EXPECT_FALSE(CustomerGenerator::Open("/nowhere.csv", 1).ok());
}

TEST(VariedPhoneTest, KeepsTheFormOfTheSample) {
  EXPECT_EQ(VariedPhone("1 (11) 500 555-0162", 1), "1 (11) 500 736-8787");
  EXPECT_EQ(VariedPhone("206-555-0100", 0), "206-000-0000");
  EXPECT_EQ(VariedPhone("12", 1), "87");
}

TEST(VariedEmailTest, EndsInTheNumberInsteadOfTheSamples) {
  EXPECT_EQ(VariedEmail("jon24@adventure-works.com", 1234), "jon1234@adventure-works.com");
  EXPECT_EQ(VariedEmail("nobody", 5), "nobody5");
}

}  // namespace
}  // namespace comptoir::bench
