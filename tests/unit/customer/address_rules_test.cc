#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Warning;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Property;

class AddressRulesTest : public CustomerTest {
 protected:
  AddressRulesTest()
      : customer_(Prepare(ACustomer().Named("Ada", "Lovelace").Phone("020 7946 0958"))
                      ->record.customer()) {}

  absl::StatusOr<PreparedAddress> PrepareOne(const Address& address) {
    return PrepareAddress(address, id_, customer_, channel_);
  }

  absl::StatusOr<PreparedAddress> Change(const Address& current, const Address& change,
                                         std::initializer_list<const char*> paths) {
    return ChangeAddress(current, change, Mask(paths), customer_, channel_);
  }

  AddressKey Key() const { return {*ParseCustomerName(customer_.name()), id_}; }

  Customer customer_;
  const Uuid id_ = *Uuid::Parse("99999999-8888-4777-8666-555555555555");
};

TEST_F(AddressRulesTest, BlankPartsComeFromCustomerAndChannel) {
  PROVES("A4", "A5", "A6");
  const auto prepared = PrepareOne(AddressBuilder().Street("12 St James's Square"));
  ASSERT_THAT(prepared, IsOk());
  const Address& address = prepared->record.address();
  EXPECT_EQ(address.name(), AddressName(Key()));
  EXPECT_EQ(address.display_name(), "Ada Lovelace");
  EXPECT_THAT(address.purposes(), ElementsAre("Home"));
  EXPECT_EQ(address.country(), "GB");
  EXPECT_EQ(address.phone().number(), "020 7946 0958");
  EXPECT_THAT(prepared->warnings, IsEmpty());
}

TEST_F(AddressRulesTest, AnOrganizationsAddressIsForBusiness) {
  PROVES("A4");
  customer_.set_type(customer::v1::CUSTOMER_TYPE_ORGANIZATION);
  EXPECT_THAT(PrepareOne(AnAddress())->record.address().purposes(), ElementsAre("Business"));
}

TEST_F(AddressRulesTest, WhatTheRequestSetsStands) {
  PROVES("A2", "A3", "A5");
  Address typed =
      AnAddress().In("Paris", "FR").Street("98, quai de Grenelle").Phone("01 23 45 67 89");
  typed.set_display_name("Ada, c/o Dr. Who");
  typed.add_street("Étage 3");
  typed.set_street_number("98");
  typed.set_building("B");
  typed.set_district("XVe");
  typed.set_county("Paris");
  typed.set_state("75");
  typed.set_postal_code("75015");
  typed.mutable_email()->set_address("Ada@Paris.example");
  typed.set_url("http://paris.example");
  typed.set_attention_to("Mme K.");
  typed.set_valid_from("2024-01-01");
  typed.set_valid_to("2024-12-31");
  typed.add_purposes("Delivery");
  typed.add_purposes("Invoice");
  const auto prepared = PrepareOne(typed);
  ASSERT_THAT(prepared, IsOk());

  Address expected = typed;
  expected.set_name(AddressName(Key()));
  expected.mutable_email()->set_normalized("ada@paris.example");
  expected.mutable_phone()->set_e164("+33123456789");
  EXPECT_EQ(prepared->record.address().DebugString(), expected.DebugString());
}

TEST_F(AddressRulesTest, ACountryThatNobodyKnowsStaysBlankAndIsFlagged) {
  PROVES("A6");
  ChannelConfiguration nowhere = channel_;
  nowhere.default_country.clear();
  const auto prepared =
      PrepareAddress(AddressBuilder().Street("12 St James's Square"), id_, customer_, nowhere);
  ASSERT_THAT(prepared, IsOk());
  EXPECT_EQ(prepared->record.address().country(), "");
  EXPECT_THAT(prepared->warnings,
              ElementsAre(Property(&Warning::reason, "ADDRESS_WITHOUT_COUNTRY")));
}

// Each of these alone says where or how to reach somebody; the others don't.
TEST_F(AddressRulesTest, AnAddressThatSaysNothingIsRefused) {
  PROVES("A8");
  const std::function<void(Address&)> enough[] = {
      [](Address& a) { a.add_street("x"); },
      [](Address& a) { a.set_street_number("1"); },
      [](Address& a) { a.set_building("1"); },
      [](Address& a) { a.set_district("x"); },
      [](Address& a) { a.set_city("x"); },
      [](Address& a) { a.set_county("x"); },
      [](Address& a) { a.set_postal_code("1"); },
      [](Address& a) { a.set_country("GB"); },
      [](Address& a) { a.mutable_phone()->set_number("1"); },
      [](Address& a) { a.mutable_email()->set_address("a@b"); },
      [](Address& a) { a.set_url("http://x"); }};
  for (const auto& set : enough) {
    Address address;
    set(address);
    EXPECT_THAT(PrepareOne(address), IsOk()) << address.DebugString();
  }
  Address blank;
  blank.set_display_name("Ada");
  blank.add_purposes("Home");
  blank.set_state("CA");
  blank.set_attention_to("Ada");
  blank.set_valid_from("2024-01-01");
  blank.set_primary(true);
  blank.add_street(" ");
  blank.mutable_phone()->set_number(" ");
  EXPECT_THAT(PrepareOne(blank), HasViolation("address", "ADDRESS_BLANK"));
}

TEST_F(AddressRulesTest, PurposesAreThoseBuiltIn) {
  PROVES("A3");
  Address address = AnAddress();
  for (const char* purpose : {"Home", "Business", "Office", "PostBox", "Invoice", "Delivery",
                              "Payment", "Service", "Other"}) {
    address.add_purposes(purpose);
  }
  EXPECT_THAT(PrepareOne(address), IsOk());
  address.set_purposes(3, "home");
  EXPECT_THAT(PrepareOne(address), HasViolation("purposes[3]", "PURPOSE_UNKNOWN"));
}

TEST_F(AddressRulesTest, ValidityDoesntEndBeforeItBegins) {
  PROVES("A2", "C8");
  Address address = AnAddress();
  address.set_valid_from("2024-02-01");
  address.set_valid_to("2024-02-01");
  EXPECT_THAT(PrepareOne(address), IsOk());
  address.set_valid_to("2024-01-31");
  EXPECT_THAT(PrepareOne(address), HasViolation("valid_to", "DATE_INVALID"));
  address.set_valid_from("soon");
  EXPECT_THAT(PrepareOne(address), HasViolation("valid_from", "DATE_INVALID"));
}

TEST_F(AddressRulesTest, ANameMustBeThisAddresss) {
  PROVES("K2");
  EXPECT_THAT(PrepareOne(AnAddress().WithId(Key().customer, id_)), IsOk());
  EXPECT_THAT(PrepareOne(AnAddress().WithId(id_, id_)), HasViolation("name", "NAME_INVALID"));
}

TEST_F(AddressRulesTest, MayAskToBecomePrimary) {
  PROVES("A7");
  const auto prepared = PrepareOne(AnAddress().Primary());
  EXPECT_TRUE(prepared->primary);
  EXPECT_FALSE(prepared->record.address().primary());
  EXPECT_FALSE(PrepareOne(AnAddress())->primary);
}

TEST_F(AddressRulesTest, AnEditChangesWhatItsMaskNames) {
  PROVES("A10", "C7");
  const Address current =
      PrepareOne(AnAddress().In("London", "GB").Street("12 St James's Square"))->record.address();
  Address change = AnAddress().In("Leeds", "FR").Primary();
  change.set_display_name("ignored");
  const auto changed = Change(current, change, {"city", "street", "primary"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->id, id_);
  EXPECT_TRUE(changed->primary);
  EXPECT_EQ(changed->record.address().city(), "Leeds");
  EXPECT_THAT(changed->record.address().street(), IsEmpty());
  EXPECT_EQ(changed->record.address().country(), "GB");
  EXPECT_EQ(changed->record.address().display_name(), "Ada Lovelace");
}

TEST_F(AddressRulesTest, WhatAnEditBlanksIsFilledInAgain) {
  PROVES("A10", "A4", "A5", "A6");
  Address typed = AnAddress().In("Paris", "FR").Phone("01 23 45 67 89");
  typed.set_display_name("Somebody");
  typed.add_purposes("Other");
  const auto changed = Change(PrepareOne(typed)->record.address(), Address(),
                              {"display_name", "purposes", "country", "phone"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->record.address().display_name(), "Ada Lovelace");
  EXPECT_THAT(changed->record.address().purposes(), ElementsAre("Home"));
  EXPECT_EQ(changed->record.address().country(), "GB");
  EXPECT_EQ(changed->record.address().phone().e164(), "+442079460958");
}

// The number was understood as French when it was typed; moving the address doesn't make it
// British.
TEST_F(AddressRulesTest, APhoneThatNobodyTouchedStays) {
  PROVES("A10", "C4");
  const Address french =
      PrepareOne(AnAddress().In("Paris", "FR").Phone("01 23 45 67 89"))->record.address();
  const auto moved = Change(french, AnAddress().In("Leeds", "GB"), {"city", "country"});
  EXPECT_EQ(moved->record.address().phone().e164(), "+33123456789");

  const Address odd = PrepareOne(AnAddress().Phone("12"))->record.address();
  EXPECT_THAT(Change(odd, AnAddress().In("Leeds", "GB"), {"city"})->warnings, IsEmpty());
  EXPECT_EQ(Change(odd, AnAddress().Phone("13"), {"phone"})->warnings.size(), 1u);
}

TEST_F(AddressRulesTest, AnEditCannotMakeItBlankOrWrong) {
  PROVES("A8", "A10", "C8");
  const Address current = PrepareOne(AnAddress())->record.address();
  Address wrong;
  wrong.set_country("France");
  wrong.set_valid_to("2023-01-01");
  const auto refused = Change(current, wrong, {"country", "valid_to", "name", "deactivated"});
  EXPECT_THAT(refused, HasViolation("country", "COUNTRY_UNKNOWN"));
  EXPECT_THAT(refused, HasViolation("name", "FIELD_NOT_UPDATABLE"));
  EXPECT_THAT(refused, HasViolation("deactivated", "FIELD_NOT_UPDATABLE"));
  EXPECT_THAT(Change(current, Address(), {}), HasViolation("update_mask", "MASK_REQUIRED"));

  customer_.clear_phone();
  const Address bare = PrepareOne(AnAddress())->record.address();
  EXPECT_THAT(Change(bare, Address(), {"city", "country"}),
              HasViolation("address", "ADDRESS_BLANK"));
}

// Each of the two dates may be the one that makes them wrong.
TEST_F(AddressRulesTest, AnEditOfEitherDateIsCheckedWithTheOther) {
  PROVES("A10", "C8");
  Address typed = AnAddress();
  typed.set_valid_from("2024-02-01");
  typed.set_valid_to("2024-03-01");
  const Address current = PrepareOne(typed)->record.address();
  Address change;
  change.set_valid_from("2024-04-01");
  change.set_valid_to("2024-01-01");
  EXPECT_THAT(Change(current, change, {"valid_from"}), HasViolation("valid_to", "DATE_INVALID"));
  EXPECT_THAT(Change(current, change, {"valid_to"}), HasViolation("valid_to", "DATE_INVALID"));
}

}  // namespace
}  // namespace comptoir
