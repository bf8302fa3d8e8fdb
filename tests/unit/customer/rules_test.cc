#include "common/customer/rules/rules.h"

#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Warning;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class RulesTest : public CustomerTest {
 protected:
  // The stored customer behind `customer`.
  Customer Stored(const Customer& customer) {
    const auto prepared = Prepare(customer);
    EXPECT_THAT(prepared, IsOk());
    return prepared.ok() ? prepared->record.customer() : Customer();
  }

  static auto IsWarning(const char* reason, const char* field) {
    return AllOf(Property("reason", &Warning::reason, reason),
                 Property("field", &Warning::field, field));
  }
};

TEST_F(RulesTest, APersonNeedsOneName) {
  PROVES("C3");
  EXPECT_EQ(Stored(ACustomer().Named("Ada", "")).display_name(), "Ada");
  EXPECT_EQ(Stored(ACustomer().Named("", "Lovelace")).display_name(), "Lovelace");
  const auto nameless = Prepare(ACustomer().Named("", ""));
  EXPECT_THAT(nameless, HasViolation("given_name", "NAME_REQUIRED"));
  EXPECT_THAT(nameless, HasViolation("family_name", "NAME_REQUIRED"));
  EXPECT_THAT(Prepare(ACustomer().Named(" ", "\u3000")),
              HasViolation("given_name", "NAME_REQUIRED"));
}

TEST_F(RulesTest, AnOrganizationNeedsItsName) {
  PROVES("C3");
  const Customer unnamed = ACustomer().Named("Ada", "Lovelace").With([](Customer& customer) {
    customer.set_type(customer::v1::CUSTOMER_TYPE_ORGANIZATION);
  });
  EXPECT_THAT(Prepare(unnamed), HasViolation("organization_name", "NAME_REQUIRED"));
  EXPECT_EQ(Stored(ACustomer().Organization("Analytical Engines")).display_name(),
            "Analytical Engines");
}

// The parts stay as typed; between them stands one blank, whatever was typed around them.
TEST_F(RulesTest, TheDisplayNameJoinsTheNonBlankParts) {
  PROVES("C3");
  const Customer stored =
      Stored(ACustomer().Named("Ada ", " Lovelace").With([](Customer& customer) {
        customer.set_middle_name("King");
      }));
  EXPECT_EQ(stored.display_name(), "Ada King Lovelace");
  EXPECT_EQ(stored.given_name(), "Ada ");
}

TEST_F(RulesTest, WithoutADefaultCustomerTheChannelDecides) {
  PROVES("D5");
  const Customer person = Stored(ACustomer());
  EXPECT_EQ(person.type(), customer::v1::CUSTOMER_TYPE_PERSON);
  EXPECT_EQ(person.receipt_option(), customer::v1::RECEIPT_OPTION_STANDARD);
  EXPECT_EQ(person.currency(), "GBP");
  EXPECT_EQ(person.language(), "en-GB");
  EXPECT_EQ(person.customer_group(), "");

  EXPECT_EQ(Stored(ACustomer().Organization("Engines")).type(),
            customer::v1::CUSTOMER_TYPE_ORGANIZATION);
  const Customer both = ACustomer().Named("Ada").With(
      [](Customer& customer) { customer.set_organization_name("Engines"); });
  EXPECT_EQ(Stored(both).type(), customer::v1::CUSTOMER_TYPE_PERSON);
}

TEST_F(RulesTest, WhatTheRequestSetsStands) {
  PROVES("C2", "D5");
  const Customer stored = Stored(ACustomer().With([](Customer& customer) {
    customer.set_title("Countess");
    customer.set_birth_date("1815-12-10");
    customer.set_currency("EUR");
    customer.set_language("fr-CA");
    customer.set_receipt_option(customer::v1::RECEIPT_OPTION_BOTH);
    customer.mutable_receipt_email()->set_address("Bills@Example.com");
    customer.set_url("https://ada.example/notes?g=1");
    customer.set_tax_number("GB 123");
    customer.set_notes("Likes numbers.");
  }));
  EXPECT_EQ(stored.title(), "Countess");
  EXPECT_EQ(stored.birth_date(), "1815-12-10");
  EXPECT_EQ(stored.currency(), "EUR");
  EXPECT_EQ(stored.language(), "fr-CA");
  EXPECT_EQ(stored.receipt_option(), customer::v1::RECEIPT_OPTION_BOTH);
  EXPECT_EQ(stored.receipt_email().address(), "Bills@Example.com");
  EXPECT_EQ(stored.receipt_email().normalized(), "bills@example.com");
  EXPECT_EQ(stored.url(), "https://ada.example/notes?g=1");
  EXPECT_EQ(stored.tax_number(), "GB 123");
  EXPECT_EQ(stored.notes(), "Likes numbers.");
}

// A new customer isn't numbered, whatever a client sends back.
TEST_F(RulesTest, OutputOnlyFieldsAreOurs) {
  PROVES("C1");
  const Customer stored = Stored(ACustomer().At(AnAddress()).With([](Customer& customer) {
    customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    customer.set_account_number("C-1");
    customer.set_display_name("Somebody else");
    customer.set_channel("999");
    customer.mutable_create_time()->set_seconds(1);
  }));
  EXPECT_EQ(stored.state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(stored.account_number(), "");
  EXPECT_EQ(stored.display_name(), "Ada");
  EXPECT_EQ(stored.channel(), "052");
  EXPECT_FALSE(stored.has_create_time());
  EXPECT_THAT(stored.addresses(), IsEmpty());
}

TEST_F(RulesTest, EmailAndPhoneStayAsTyped) {
  PROVES("C4");
  const Customer stored =
      Stored(ACustomer().Email("José54@Adventure-Works.com").Phone("020 7946 0958"));
  EXPECT_EQ(stored.email().address(), "José54@Adventure-Works.com");
  EXPECT_EQ(stored.email().normalized(), "josé54@adventure-works.com");
  EXPECT_EQ(stored.phone().number(), "020 7946 0958");
  EXPECT_EQ(stored.phone().e164(), "+442079460958");
  EXPECT_FALSE(stored.phone().unparsable());
}

// An Australian in a British store: the number is Australian, for so is the address.
TEST_F(RulesTest, ThePhoneBelongsToTheCountryOfThePrimaryAddress) {
  PROVES("C4");
  const CustomerBuilder customer = ACustomer().Phone("02 9374 4000");
  EXPECT_EQ(Stored(CustomerBuilder(customer).At(AnAddress().In("Sydney", "AU"))).phone().e164(),
            "+61293744000");
  EXPECT_EQ(Stored(CustomerBuilder(customer)
                       .At(AnAddress().In("London", "GB"))
                       .At(AnAddress().In("Sydney", "AU").Primary()))
                .phone()
                .e164(),
            "+61293744000");
}

TEST_F(RulesTest, APhoneThatNoPlanKnowsIsKeptAndFlagged) {
  PROVES("C4");
  const auto prepared =
      Prepare(ACustomer().Phone("1 (11) 500 555-0162").At(AnAddress().In("Rockhampton", "AU")));
  ASSERT_THAT(prepared, IsOk());
  const auto& phone = prepared->record.customer().phone();
  EXPECT_EQ(phone.number(), "1 (11) 500 555-0162");
  EXPECT_EQ(phone.e164(), "");
  EXPECT_TRUE(phone.unparsable());
  EXPECT_THAT(prepared->warnings, ElementsAre(IsWarning("PHONE_UNPARSABLE", "phone")));
  EXPECT_NE(prepared->warnings[0].text(), "");
}

TEST_F(RulesTest, AnImpossibleEmailIsRefused) {
  PROVES("C4");
  EXPECT_THAT(Prepare(ACustomer().Email("ada at example.com")),
              HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(Prepare(ACustomer().With([](Customer& customer) {
                customer.mutable_receipt_email()->set_address("a@@b");
              })),
              HasViolation("receipt_email", "EMAIL_IMPOSSIBLE"));
}

// Forms send what was left empty, too.
TEST_F(RulesTest, AnEmptyContactIsNone) {
  const Customer stored = Stored(ACustomer().Email("").Phone("").With([](Customer& customer) {
    customer.mutable_phone()->set_kind(customer::v1::PHONE_KIND_MOBILE);
  }));
  EXPECT_FALSE(stored.has_email());
  EXPECT_FALSE(stored.has_phone());
}

TEST_F(RulesTest, EveryOffendingFieldIsNamedAtOnce) {
  PROVES("C8");
  const auto refused =
      Prepare(ACustomer()
                  .Named("", "")
                  .Email("nonsense")
                  .At(AnAddress().In("Paris", "France"))
                  .At(Address())
                  .With([](Customer& customer) {
                    customer.set_birth_date("31.12.1999");
                    customer.set_currency("EURO");
                    customer.set_language("fr_FR");
                    customer.set_url("ada.example");
                    customer.set_customer_group("retail");
                    customer.set_type(static_cast<customer::v1::CustomerType>(0));
                    customer.set_receipt_option(static_cast<customer::v1::ReceiptOption>(99));
                    customer.mutable_phone()->set_kind(static_cast<customer::v1::PhoneKind>(99));
                    customer.mutable_addresses(0)->add_purposes("Castle");
                    customer.mutable_addresses(0)->set_url("ftp://x");
                  }));
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(refused.status())) {
    fields.push_back(violation.field + " " + violation.reason);
  }
  EXPECT_THAT(refused, HasReason("INVALID_FIELDS"));
  EXPECT_THAT(fields,
              UnorderedElementsAre("given_name NAME_REQUIRED", "family_name NAME_REQUIRED",
                                   "email EMAIL_IMPOSSIBLE", "birth_date DATE_INVALID",
                                   "currency CURRENCY_UNKNOWN", "language LANGUAGE_INVALID",
                                   "url URL_INVALID", "customer_group GROUP_UNKNOWN",
                                   "receipt_option VALUE_UNKNOWN", "phone VALUE_UNKNOWN",
                                   "addresses[0].country COUNTRY_UNKNOWN",
                                   "addresses[0].purposes[0] PURPOSE_UNKNOWN",
                                   "addresses[0].url URL_INVALID", "addresses[1] ADDRESS_BLANK"));
}

TEST_F(RulesTest, WhatNeedsAFeatureIsRefusedByName) {
  PROVES("C8", "F1");
  const auto refused = Prepare(ACustomer().With([](Customer& customer) {
    customer.add_secondary_emails()->set_address("b@example.com");
    customer.add_secondary_phones()->set_number("1");
    customer.mutable_phone()->set_number("2");
    customer.mutable_phone()->mutable_consent()->set_state(customer::v1::CONSENT_STATE_OPTED_OUT);
  }));
  EXPECT_THAT(refused, HasReason("FEATURE_OFF"));
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(refused.status())) {
    EXPECT_EQ(violation.reason, "FEATURE_OFF");
    fields.push_back(violation.field);
  }
  EXPECT_THAT(fields,
              UnorderedElementsAre("phone.consent", "secondary_emails[0]", "secondary_phones[0]"));
}

TEST_F(RulesTest, DatesExistAndABirthDateHasBeen) {
  PROVES("C2", "C8");
  const auto born = [this](const std::string& date) {
    return Prepare(ACustomer().With([&](Customer& customer) { customer.set_birth_date(date); }));
  };
  // It is 2024-01-01.
  for (const char* date : {"2024-01-01", "2000-02-29", "0001-01-01"}) {
    EXPECT_THAT(born(date), IsOk()) << date;
  }
  for (const char* date : {"2024-01-02", "1999-02-29", "1999-13-01", "1999-00-10", "1999-1-1",
                           "0000-01-01", "19990101", "1999-01-01T00:00", " 1999-01-01",
                           "1999-01-0\xd9", "199\xd9-01-01", "+999-01-01"}) {
    EXPECT_THAT(born(date), HasViolation("birth_date", "DATE_INVALID")) << date;
  }
}

TEST_F(RulesTest, UrlsAreAbsolute) {
  PROVES("C2", "C8");
  const auto at = [this](const std::string& url) {
    return Prepare(ACustomer().With([&](Customer& customer) { customer.set_url(url); }));
  };
  for (const char* url : {"http://x", "HTTPS://x.example/a?b#c", "http://[::1]:80/"}) {
    EXPECT_THAT(at(url), IsOk()) << url;
  }
  for (const char* url : {"x.example", "//x.example", "ftp://x", "http://", "http:///a",
                          "http://a b", "javascript:alert(1)", "http://x\n"}) {
    EXPECT_THAT(at(url), HasViolation("url", "URL_INVALID")) << url;
  }
}

TEST_F(RulesTest, TheCustomersNameIsItsId) {
  PROVES("C1", "K2");
  const Uuid id = NewId();
  EXPECT_EQ(Stored(ACustomer().WithId(id)).name(), CustomerName(id));
  EXPECT_THAT(Prepare(ACustomer().With([](Customer& customer) { customer.set_name("Ada"); })),
              HasViolation("name", "NAME_INVALID"));
  EXPECT_THAT(PrepareCustomer(ACustomer().WithId(id), NewId(), channel_, clock_.Now()),
              HasViolation("name", "NAME_INVALID"));
}

TEST_F(RulesTest, TheFormHoldsTheDefaultsAndAFreshId) {
  PROVES("C1", "D5");
  const Uuid id = NewId();
  const Customer form = NewCustomerForm(id, channel_);
  EXPECT_EQ(form.name(), CustomerName(id));
  EXPECT_EQ(form.type(), customer::v1::CUSTOMER_TYPE_PERSON);
  EXPECT_EQ(form.currency(), "GBP");
  EXPECT_EQ(form.language(), "en-GB");
  EXPECT_EQ(form.receipt_option(), customer::v1::RECEIPT_OPTION_STANDARD);
  // What it holds can be saved.
  Customer filled = form;
  filled.set_family_name("Lovelace");
  EXPECT_EQ(Stored(filled).name(), CustomerName(id));
}

TEST_F(RulesTest, AddressesGetIdsThatEveryServiceDerives) {
  PROVES("C10");
  const Uuid id = NewId();
  const Uuid given = NewId();
  const auto prepared = Prepare(
      ACustomer().WithId(id).At(AnAddress()).At(AnAddress().WithId(id, given)).At(AnAddress()));
  ASSERT_THAT(prepared, IsOk());
  ASSERT_THAT(prepared->addresses, SizeIs(3));
  EXPECT_EQ(prepared->addresses[0].address().name(), AddressName({id, DerivedAddressId(id, 0)}));
  EXPECT_EQ(prepared->addresses[1].address().name(), AddressName({id, given}));
  EXPECT_EQ(prepared->addresses[2].address().name(), AddressName({id, DerivedAddressId(id, 2)}));
}

TEST_F(RulesTest, AnAddressBelongsToItsCustomerAndIsThereOnce) {
  PROVES("C8", "K2");
  const Uuid id = NewId();
  EXPECT_THAT(Prepare(ACustomer().WithId(id).At(AnAddress().WithId(NewId(), NewId()))),
              HasViolation("addresses[0].name", "NAME_INVALID"));
  EXPECT_THAT(Prepare(ACustomer()
                          .WithId(id)
                          .At(AnAddress())
                          .At(AnAddress().WithId(id, DerivedAddressId(id, 0)))),
              HasViolation("addresses[1].name", "ID_REPEATED"));
}

TEST_F(RulesTest, ExactlyOneAddressIsPrimary) {
  PROVES("A7");
  const Uuid id = NewId();
  const auto primary = [&](const Customer& customer) {
    return Prepare(customer)->record.primary_address_id();
  };
  const auto derived = [&](int place) { return std::string(DerivedAddressId(id, place).bytes()); };
  EXPECT_EQ(primary(ACustomer().WithId(id)), "");
  EXPECT_EQ(primary(ACustomer().WithId(id).At(AnAddress()).At(AnAddress())), derived(0));
  EXPECT_EQ(primary(ACustomer().WithId(id).At(AnAddress()).At(AnAddress().Primary())), derived(1));
  EXPECT_EQ(primary(ACustomer()
                        .WithId(id)
                        .At(AnAddress().Primary())
                        .At(AnAddress().Primary())
                        .At(AnAddress())),
            derived(1));
  // Kept with the customer, so that one write changes it.
  EXPECT_FALSE(Prepare(ACustomer().At(AnAddress().Primary()))->addresses[0].address().primary());
}

TEST_F(RulesTest, AddressesComeCompletedFromTheirCustomer) {
  PROVES("A4", "A5", "A6");
  const auto prepared = Prepare(ACustomer()
                                    .Named("Ada", "Lovelace")
                                    .Phone("020 7946 0958")
                                    .At(AddressBuilder().Street("12 St James's Square")));
  ASSERT_THAT(prepared, IsOk());
  const Address& address = prepared->addresses[0].address();
  EXPECT_EQ(address.display_name(), "Ada Lovelace");
  EXPECT_THAT(address.purposes(), ElementsAre("Home"));
  EXPECT_EQ(address.country(), "GB");
  EXPECT_EQ(address.phone().e164(), "+442079460958");
}

// The customer's phone is flagged once, not again with each address that takes it over.
TEST_F(RulesTest, WarningsNameTheFieldThatWasTyped) {
  PROVES("C4", "C2");
  const auto prepared =
      Prepare(ACustomer().Phone("12").At(AnAddress()).At(AnAddress().Phone("34")).At(AnAddress()));
  ASSERT_THAT(prepared, IsOk());
  EXPECT_THAT(prepared->warnings, ElementsAre(IsWarning("PHONE_UNPARSABLE", "phone"),
                                              IsWarning("PHONE_UNPARSABLE", "addresses[1].phone")));
  EXPECT_TRUE(prepared->addresses[2].address().phone().unparsable());
}

}  // namespace
}  // namespace comptoir
