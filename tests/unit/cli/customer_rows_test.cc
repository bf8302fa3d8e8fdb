// Customers as rows, and back.

#include "cli/export/customer_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "cli/import/row_source.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

constexpr char kId[] = "3f9a4c52-8d0e-4b7a-9c35-2e41d7a0b9f6";

// Everything that a row has a column for.
Customer Everything() {
  Customer customer;
  customer.set_name(std::string("customers/") + kId);
  customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  customer.set_account_number("C-00000042");
  customer.set_type(customer::v1::CUSTOMER_TYPE_PERSON);
  customer.set_title("Countess");
  customer.set_given_name("Ada");
  customer.set_middle_name("King");
  customer.set_family_name("O'Brien, \"the\" López");
  customer.set_birth_date("1815-12-10");
  customer.set_customer_group("retail");
  customer.mutable_email()->set_address("ada@example.com");
  customer.mutable_email()->mutable_consent()->set_state(customer::v1::CONSENT_STATE_OPTED_IN);
  customer.mutable_phone()->set_number("020 7946 0958");
  customer.mutable_phone()->set_kind(customer::v1::PHONE_KIND_MOBILE);
  auto& email = *customer.add_secondary_emails();
  email.set_address("ada@work.example");
  email.set_purpose("Office");
  auto& phone = *customer.add_secondary_phones();
  phone.set_number("020 7946 0018");
  phone.set_kind(customer::v1::PHONE_KIND_WORK);
  customer.set_currency("GBP");
  customer.set_language("en-GB");
  customer.set_receipt_option(customer::v1::RECEIPT_OPTION_BOTH);
  customer.mutable_receipt_email()->set_address("receipts@example.com");
  customer.set_url("https://example.com");
  customer.set_tax_number("GB123");
  customer.set_notes("Two\nlines.");
  return customer;
}

Address Everywhere() {
  Address address;
  address.add_street("12 St James's Square");
  address.add_street("Second floor");
  address.set_building("B");
  address.set_city("London");
  address.set_postal_code("SW1Y 4JH");
  address.set_country("GB");
  return address;
}

// What is exported and imported anew is the same customer, id, number and state apart. (B5)
TEST(CustomerRows, ComeBackByAnImport) {
  PROVES("B5");
  const TempDir folder;
  const Address address = Everywhere();
  std::ofstream(folder.File("all.csv"))
      << CustomerRowsHeader() << CustomerRow(Everything(), &address)
      << CustomerRow(Everything(), nullptr);
  const auto source =
      RowSource::Open({.path = folder.File("all.csv"),
                       .mapping = {.ignore = {"uuid", "account_number", "customer_state"}}});
  ASSERT_THAT(source, IsOk());
  const auto row = (*source)->Next();
  ASSERT_THAT(row, IsOk());
  ASSERT_TRUE(row->has_value());
  ASSERT_THAT((*row)->customer, IsOk());
  Customer imported = *(*row)->customer;
  ASSERT_EQ(imported.addresses_size(), 1);
  Address imported_address = imported.addresses(0);
  imported_address.clear_name();
  EXPECT_EQ(imported_address.SerializeAsString(), address.SerializeAsString());
  imported.clear_addresses();
  Customer expected = Everything();
  expected.set_name(imported.name());
  expected.clear_account_number();
  expected.clear_state();
  EXPECT_EQ(imported.ShortDebugString(), expected.ShortDebugString());

  const auto without_address = (*source)->Next();
  EXPECT_EQ((*without_address)->customer->addresses_size(), 0);
}

TEST(CustomerRows, SayWhatHasNoRoom) {
  PROVES("B5");
  Customer customer = Everything();
  EXPECT_FALSE(LeftOut(customer));
  customer.add_affiliations("staff");
  EXPECT_TRUE(LeftOut(customer));
  customer = Everything();
  (*customer.mutable_attributes())["shoe"] = "37";
  EXPECT_TRUE(LeftOut(customer));
  customer = Everything();
  customer.add_secondary_phones()->set_number("1");
  EXPECT_TRUE(LeftOut(customer));
}

TEST(CustomerRows, AllAddressesHaveTheirCustomer) {
  Address address = Everywhere();
  address.set_name(std::string("customers/") + kId + "/addresses/" + kId);
  address.set_primary(true);
  address.add_purposes("Home");
  address.add_purposes("Invoice");
  const std::string row = AddressRow(address);
  EXPECT_THAT(row, ::testing::StartsWith(std::string(kId) + "," + kId + ",yes,no,,Home;Invoice,"));
  const std::string header = AddressRowsHeader();
  EXPECT_EQ(std::count(row.begin(), row.end(), ','), std::count(header.begin(), header.end(), ','));
}

}  // namespace
}  // namespace comptoir::cli
