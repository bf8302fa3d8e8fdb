#include "cli/import/row_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_split.h"
#include "cli/errors.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Split(const char* text) { return absl::StrSplit(text, ','); }

// The header of data/adventureworks_customers.csv.
const std::vector<std::string>& SampleHeader() {
  static const auto& header = *new std::vector<std::string>(
      Split("title,first_name,last_name,birth_date,email,phone,phone_type,street,street2,city,"
            "state,postal_code,country"));
  return header;
}

TEST(RowMapping, KnowsTheSampleByItsHeader) {
  const auto mapping = RowMapping::Make(SampleHeader(), {});
  ASSERT_THAT(mapping, IsOk());

  const auto customer =
      mapping->ToCustomer({.number = 1,
                           .cells = {"Mr.", "José", "Hernandez", "1933-02-28",
                                     "josé54@adventure-works.com", "712-555-0130", "Cell",
                                     "5703 Donald Dr.", "Flat 2", "Victoria", "BC", "V8V", "CA"}});

  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->title(), "Mr.");
  EXPECT_EQ(customer->given_name(), "José");
  EXPECT_EQ(customer->family_name(), "Hernandez");
  EXPECT_EQ(customer->birth_date(), "1933-02-28");
  EXPECT_EQ(customer->email().address(), "josé54@adventure-works.com");
  EXPECT_EQ(customer->phone().number(), "712-555-0130");
  EXPECT_EQ(customer->phone().kind(), customer::v1::PHONE_KIND_MOBILE);
  ASSERT_EQ(customer->addresses_size(), 1);
  EXPECT_THAT(customer->addresses(0).street(), ElementsAre("5703 Donald Dr.", "Flat 2"));
  EXPECT_EQ(customer->addresses(0).state(), "BC");
  EXPECT_EQ(customer->addresses(0).postal_code(), "V8V");
  EXPECT_EQ(customer->addresses(0).country(), "CA");
}

TEST(RowMapping, BlankCellsSetNothing) {
  const auto mapping = RowMapping::Make({"first_name", "phone", "street", "country"}, {});
  ASSERT_THAT(mapping, IsOk());

  const auto customer = mapping->ToCustomer({.number = 1, .cells = {"Ada", "", "", ""}});

  ASSERT_THAT(customer, IsOk());
  EXPECT_FALSE(customer->has_phone());
  EXPECT_EQ(customer->addresses_size(), 0);
}

TEST(RowMapping, StreetLinesComeInTheirOrder) {
  const auto mapping = RowMapping::Make({"street2", "street"}, {});
  ASSERT_THAT(mapping, IsOk());

  const auto customer = mapping->ToCustomer({.number = 1, .cells = {"second", "first"}});

  EXPECT_THAT(customer->addresses(0).street(), ElementsAre("first", "second"));
}

TEST(RowMapping, ReachesAttributesAndContacts) {
  const auto known = RowMapping::Make({"first_name", "secondary email", "email consent", "Shoe"},
                                      {.map = {"Shoe=attributes.shoe_size"}});
  ASSERT_THAT(known, IsOk());

  const auto customer =
      known->ToCustomer({.number = 1, .cells = {"Ada", "a@b,purpose=Office", "opted_in", "37"}});

  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->secondary_emails(0).address(), "a@b");
  EXPECT_EQ(customer->secondary_emails(0).purpose(), "Office");
  EXPECT_EQ(customer->email().consent().state(), customer::v1::CONSENT_STATE_OPTED_IN);
  EXPECT_EQ(customer->attributes().at("shoe_size"), "37");
  EXPECT_EQ(known->ColumnOf("customer.attributes[shoe_size]"), "Shoe");
}

// Nothing is left out without being told: every such column is named.
TEST(RowMapping, StopsAtColumnsWithoutMeaning) {
  const auto mapping = RowMapping::Make({"first_name", "Shoe size", "x"}, {});

  EXPECT_TRUE(IsUsageError(mapping.status()));
  EXPECT_THAT(mapping.status().message(), HasSubstr("Shoe size, x"));
}

TEST(RowMapping, MapsAndIgnoresAsTold) {
  // The header of data/adventureworks_raw_cp1252.csv, shortened.
  const auto mapping = RowMapping::Make(
      {"CustomerKey", "Prefix", "FirstName", "LastName", "BirthDate", "EmailAddress", "HomeOwner"},
      {.map = {"Prefix=title"},
       .ignore = {"HomeOwner"},
       .key = "CustomerKey",
       .date_format = "M/d/yyyy"});
  ASSERT_THAT(mapping, IsOk());
  const CsvRow row = {.number = 1,
                      .cells = {"11000", "MR.", "JON", "YANG", "4/8/1966", "jon24@x.com", "Y"}};

  const auto customer = mapping->ToCustomer(row);

  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->title(), "MR.");
  EXPECT_EQ(customer->birth_date(), "1966-04-08");
  EXPECT_THAT(mapping->KeyOf(row), IsOkAndHolds("11000"));
}

TEST(RowMapping, WhatIsToldGoesBeforeTheHeader) {
  const auto mapping = RowMapping::Make({"first_name", "phone"}, {.map = {"phone=address.phone"}});
  ASSERT_THAT(mapping, IsOk());

  const auto customer = mapping->ToCustomer({.number = 1, .cells = {"Ada", "7"}});

  EXPECT_FALSE(customer->has_phone());
  EXPECT_EQ(customer->addresses(0).phone().number(), "7");
}

TEST(RowMapping, RefusesWhatMakesNoSense) {
  const std::vector<std::string> header = {"first_name", "x"};
  EXPECT_TRUE(IsUsageError(RowMapping::Make(header, {.map = {"x"}}).status()));
  EXPECT_TRUE(IsUsageError(RowMapping::Make(header, {.map = {"x="}}).status()));
  EXPECT_TRUE(IsUsageError(RowMapping::Make(header, {.map = {"x=shoe_size"}}).status()));
  EXPECT_TRUE(IsUsageError(RowMapping::Make(header, {.map = {"y=title"}}).status()));
  EXPECT_TRUE(IsUsageError(RowMapping::Make(header, {.ignore = {"y"}}).status()));
  EXPECT_TRUE(IsUsageError(RowMapping::Make(header, {.ignore = {"x"}, .key = "y"}).status()));
  EXPECT_TRUE(IsUsageError(RowMapping::Make(header, {.map = {"x=given_name"}}).status()));
  EXPECT_TRUE(
      IsUsageError(RowMapping::Make(header, {.ignore = {"x"}, .date_format = "M/d"}).status()));
}

TEST(RowMapping, DatesAreReadStrictly) {
  const auto mapping = RowMapping::Make({"birth_date"}, {.date_format = "M/d/yyyy"});
  ASSERT_THAT(mapping, IsOk());
  for (const char* date : {"2/30/1966", "13/1/1966", "4/8/1966x", "1966-04-08", "4/8/66", "x"}) {
    EXPECT_THAT(mapping->ToCustomer({.number = 1, .cells = {date}}),
                HasViolation("birth_date", "DATE_INVALID"))
        << date;
  }
}

// A row names everything that is wrong with it at once. (C8)
TEST(RowMapping, NamesEveryCellThatCannotBeUnderstood) {
  PROVES("B5", "C8");
  const auto mapping =
      RowMapping::Make({"birth_date", "phone_type", "type"}, {.date_format = "d.M.yyyy"});
  ASSERT_THAT(mapping, IsOk());

  const auto customer = mapping->ToCustomer({.number = 1, .cells = {"?", "fax", "robot"}});

  EXPECT_THAT(customer, HasViolation("birth_date", "DATE_INVALID"));
  EXPECT_THAT(customer, HasViolation("phone.kind", "PHONE_KIND_UNKNOWN"));
  EXPECT_THAT(customer, HasViolation("type", "VALUE_INVALID"));
}

TEST(RowMapping, RefusesRowsOfAnotherLengthAndBlankKeys) {
  const auto mapping = RowMapping::Make({"first_name", "id"}, {.key = "id"});
  ASSERT_THAT(mapping, IsOk());

  EXPECT_THAT(mapping->ToCustomer({.number = 1, .cells = {"Ada"}}),
              HasViolation("", "COLUMN_COUNT"));
  EXPECT_THAT(mapping->KeyOf({.number = 1, .cells = {"Ada", ""}}),
              HasViolation("name", "KEY_MISSING"));
}

TEST(RowMapping, FindsTheColumnOfARefusedField) {
  const auto mapping = RowMapping::Make(SampleHeader(), {});
  ASSERT_THAT(mapping, IsOk());

  EXPECT_EQ(mapping->ColumnOf("customer.addresses[0].country"), "country");
  EXPECT_EQ(mapping->ColumnOf("email"), "email");
  EXPECT_EQ(mapping->ColumnOf("customer.tax_number"), "");
}

// Running an import again creates nothing twice, because these never change. (B5, C10)
TEST(ImportIds, AreForEver) {
  PROVES("B5", "C10");
  EXPECT_EQ(IdOfRow("ab12", 7).ToString(), IdOfRow("ab12", 7).ToString());
  EXPECT_EQ(IdOfRow("ab12", 7).ToString()[14], '5');
  EXPECT_EQ(IdOfKey("crm", "11000").ToString()[14], '5');

  std::set<Uuid> ids = {IdOfRow("ab12", 7),    IdOfRow("ab12", 8),   IdOfRow("ab1", 27),
                        IdOfKey("crm", "7"),   IdOfKey("crm2", "7"), IdOfKey("crm:1", "7"),
                        IdOfKey("crm", "1:7"), IdOfKey("ab12", "7")};
  EXPECT_EQ(ids.size(), 8u);
}

}  // namespace
}  // namespace comptoir::cli
