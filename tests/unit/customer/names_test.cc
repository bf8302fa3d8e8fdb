#include "common/customer/requests/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir {
namespace {

using ::testing::Optional;

const Uuid kCustomer = *Uuid::Parse("11111111-2222-4333-8444-555555555555");
const Uuid kAddress = *Uuid::Parse("99999999-8888-4777-8666-555555555555");
constexpr char kCustomerName[] = "customers/11111111-2222-4333-8444-555555555555";
constexpr char kAddressName[] =
    "customers/11111111-2222-4333-8444-555555555555/addresses/99999999-8888-4777-8666-555555555555";

TEST(NamesTest, NamesAndIdsAreInverse) {
  PROVES("K2");
  EXPECT_EQ(CustomerName(kCustomer), kCustomerName);
  EXPECT_EQ(AddressName({kCustomer, kAddress}), kAddressName);
  EXPECT_THAT(ParseCustomerName(kCustomerName), IsOkAndHolds(kCustomer));
  EXPECT_THAT(ParseAddressName(kAddressName), IsOkAndHolds(AddressKey{kCustomer, kAddress}));
}

TEST(NamesTest, RefusesWhatIsNoCustomerName) {
  PROVES("K2", "C8");
  for (const std::string name :
       {"", "customers/", "customers/7", "customers/-",
        "customers/00000000-0000-0000-0000-000000000000",
        "customer/11111111-2222-4333-8444-555555555555", kAddressName, "customers/\xff"}) {
    EXPECT_THAT(ParseCustomerName(name), HasViolation("name", "NAME_INVALID")) << name;
  }
  EXPECT_THAT(ParseCustomerName("x", "parent"), HasViolation("parent", "NAME_INVALID"));
}

TEST(NamesTest, RefusesWhatIsNoAddressName) {
  PROVES("K2", "C8");
  const std::string customer = kCustomerName;
  const std::string bad_names[] = {"",
                                   customer,
                                   customer + "/addresses",
                                   customer + "/addresses/",
                                   customer + "/addresses/-",
                                   customer + "/address/99999999-8888-4777-8666-555555555555",
                                   std::string(kAddressName) + "/",
                                   "customers/-/addresses/99999999-8888-4777-8666-555555555555"};
  for (const std::string& name : bad_names) {
    EXPECT_THAT(ParseAddressName(name), HasViolation("name", "NAME_INVALID")) << name;
  }
}

TEST(NamesTest, AccountNumbersHaveNamesToo) {
  EXPECT_THAT(ParseAccountNumberName("accountNumbers/C-0001"), Optional(std::string("C-0001")));
  EXPECT_THAT(ParseAccountNumberName("accountNumbers/"), Optional(std::string()));
  EXPECT_FALSE(ParseAccountNumberName(kCustomerName).has_value());
}

// Two services, years apart, give the third address of a customer the same id. This value is for
// ever.
TEST(NamesTest, ADerivedAddressIdDependsOnCustomerAndPlaceAlone) {
  PROVES("C10");
  EXPECT_EQ(DerivedAddressId(kCustomer, 2), Uuid::NameBased(kCustomer, "2"));
  EXPECT_EQ(DerivedAddressId(kCustomer, 0).ToString(), "cb327acc-b6c6-5bf8-bd81-015627de0b45");
  EXPECT_NE(DerivedAddressId(kCustomer, 0), DerivedAddressId(kCustomer, 1));
  EXPECT_NE(DerivedAddressId(kCustomer, 0), DerivedAddressId(kAddress, 0));
}

}  // namespace
}  // namespace comptoir
