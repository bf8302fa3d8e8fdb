#include "common/customer/rules/contacts.h"

#include "common/customer/limits.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Consent;
using customer::v1::ConsentChange;
using customer::v1::Customer;
using customer::v1::Email;
using customer::v1::Phone;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kIn = customer::v1::CONSENT_STATE_OPTED_IN;
constexpr auto kOut = customer::v1::CONSENT_STATE_OPTED_OUT;
constexpr auto kUnknown = customer::v1::CONSENT_STATE_UNSPECIFIED;

// Of a status that is FEATURE_OFF.
MATCHER_P(NeedsFeatureFor, field, "") {
  const std::vector<FieldViolation> violations = FieldViolationsOf(arg.status());
  return ReasonOf(arg.status()) == Reason::kFeatureOff && violations.size() == 1 &&
         violations[0].field == field;
}

class ContactsTest : public CustomerTest {
 protected:
  ContactsTest() {
    here_.features = {"F1", "F3"};
    here_.purposes = {"Yacht"};
  }

  static Customer WithEmail(const std::string& address, const std::string& purpose = "",
                            customer::v1::ConsentState consent = kUnknown) {
    return ACustomer().With([&](Customer& customer) {
      Email& email = *customer.add_secondary_emails();
      email.set_address(address);
      email.set_purpose(purpose);
      if (consent != kUnknown) email.mutable_consent()->set_state(consent);
    });
  }

  static Customer WithPhone(const std::string& number) {
    return ACustomer().With(
        [&](Customer& customer) { customer.add_secondary_phones()->set_number(number); });
  }

  static CustomerBuilder Consenting(const std::string& address, customer::v1::ConsentState state) {
    return ACustomer().Email(address).With([state](Customer& customer) {
      customer.mutable_email()->mutable_consent()->set_state(state);
    });
  }

  Customer Stored(const Customer& customer) {
    const auto prepared = Prepare(customer, here_);
    EXPECT_THAT(prepared, IsOk());
    return prepared.ok() ? prepared->record.customer() : Customer();
  }

  absl::StatusOr<Customer> Changed(const Customer& current, const Customer& change,
                                   std::initializer_list<const char*> paths) {
    return ChangeCustomer(current, change, Mask(paths), here_, clock_.Now());
  }

  ChannelConfiguration here_ = channel_;
};

TEST_F(ContactsTest, SecondaryContactsAreKeptAndNormalisedLikeThePrimary) {
  PROVES("C5", "C4");
  Customer asked = WithEmail("José@Example.COM", "Office");
  Phone& phone = *asked.add_secondary_phones();
  phone.set_number("020 7946 0958");
  phone.set_kind(customer::v1::PHONE_KIND_WORK);
  phone.set_purpose("Yacht");
  const Customer stored = Stored(asked);
  EXPECT_EQ(stored.secondary_emails(0).address(), "José@Example.COM");
  EXPECT_EQ(stored.secondary_emails(0).normalized(), "josé@example.com");
  EXPECT_EQ(stored.secondary_emails(0).purpose(), "Office");
  EXPECT_EQ(stored.secondary_phones(0).number(), "020 7946 0958");
  EXPECT_EQ(stored.secondary_phones(0).e164(), "+442079460958");
  EXPECT_EQ(stored.secondary_phones(0).kind(), customer::v1::PHONE_KIND_WORK);
}

TEST_F(ContactsTest, WhatPlansDontKnowIsFlaggedAndImpossibleEmailsAreRefused) {
  PROVES("C5", "C4", "C8");
  const auto flagged = Prepare(WithPhone("12"), here_);
  ASSERT_THAT(flagged, IsOk());
  EXPECT_TRUE(flagged->record.customer().secondary_phones(0).unparsable());
  ASSERT_THAT(flagged->warnings, SizeIs(1));
  EXPECT_EQ(flagged->warnings[0].field(), "secondary_phones[0]");
  EXPECT_THAT(Prepare(WithEmail("a@@b"), here_),
              HasViolation("secondary_emails[0]", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(Prepare(WithEmail(""), here_), HasViolation("secondary_emails[0]", "REQUIRED"));
  EXPECT_THAT(Prepare(WithPhone(" "), here_), HasViolation("secondary_phones[0]", "REQUIRED"));
  EXPECT_THAT(Prepare(WithEmail("a@b", "Castle"), here_),
              HasViolation("secondary_emails[0].purpose", "PURPOSE_UNKNOWN"));
}

TEST_F(ContactsTest, ThereAreLimits) {
  PROVES("C5");
  const auto with = [](int count) {
    return ACustomer().With([count](Customer& customer) {
      for (int i = 0; i < count; ++i) {
        customer.add_secondary_emails()->set_address(std::to_string(i) + "@b");
        customer.add_secondary_phones()->set_number(std::to_string(i));
      }
    });
  };
  EXPECT_THAT(Prepare(with(kSecondaryContactsMax), here_), IsOk());
  const auto refused = Prepare(with(kSecondaryContactsMax + 1), here_);
  EXPECT_THAT(refused, HasViolation("secondary_emails", "TOO_MANY"));
  EXPECT_THAT(refused, HasViolation("secondary_phones", "TOO_MANY"));

  Customer wordy = Consenting("a@b", kIn);
  Consent& consent = *wordy.mutable_email()->mutable_consent();
  consent.set_wording_version(std::string(kConsentTextCharactersMax, 'x'));
  consent.set_captured_by(std::string(kConsentTextCharactersMax, 'x'));
  EXPECT_THAT(Prepare(wordy, here_), IsOk());
  consent.mutable_wording_version()->push_back('x');
  EXPECT_THAT(Prepare(wordy, here_), HasViolation("email.consent", "TOO_LONG"));
  consent.clear_wording_version();
  consent.mutable_captured_by()->push_back('x');
  EXPECT_THAT(Prepare(wordy, here_), HasViolation("email.consent", "TOO_LONG"));
}

TEST_F(ContactsTest, EachContactIsThereOnce) {
  PROVES("C5");
  Customer twice = WithEmail("Ada@b");
  twice.add_secondary_emails()->set_address("ada@B");
  EXPECT_THAT(Prepare(twice, here_), HasViolation("secondary_emails[1]", "CONTACT_REPEATED"));
  Customer primary = WithPhone("020 7946 0958");
  primary.mutable_phone()->set_number("020-7946-0958");
  EXPECT_THAT(Prepare(primary, here_), HasViolation("secondary_phones[0]", "CONTACT_REPEATED"));
}

TEST_F(ContactsTest, OtherContactsHaveNeitherPurposeNorConsent) {
  PROVES("C5");
  const auto refused = Prepare(ACustomer().At(AnAddress()).With([](Customer& customer) {
    customer.mutable_receipt_email()->set_address("a@b");
    customer.mutable_receipt_email()->mutable_consent()->set_state(kIn);
    customer.mutable_email()->set_address("a@b");
    customer.mutable_email()->set_purpose("Office");
    customer.mutable_addresses(0)->mutable_phone()->set_purpose("Office");
  }),
                               here_);
  EXPECT_THAT(refused, HasViolation("receipt_email", "FIELD_MISPLACED"));
  EXPECT_THAT(refused, HasViolation("email", "FIELD_MISPLACED"));
  EXPECT_THAT(refused, HasViolation("addresses[0].phone", "FIELD_MISPLACED"));
}

TEST_F(ContactsTest, ConsentSaysWhenAndWhere) {
  PROVES("C5", "C6");
  Customer asked = Consenting("a@b", kIn);
  // A client cannot say so.
  asked.mutable_email()->mutable_consent()->set_channel("999");
  asked.mutable_email()->mutable_consent()->mutable_time()->set_seconds(1);
  const Consent consent = Stored(asked).email().consent();
  EXPECT_EQ(consent.state(), kIn);
  EXPECT_EQ(consent.channel(), "052");
  EXPECT_EQ(consent.time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  // Consent that says nothing is none.
  EXPECT_FALSE(Stored(Consenting("a@b", kUnknown)).email().has_consent());
}

// Who corrects a name, or moves an e-mail, doesn't consent anew.
TEST_F(ContactsTest, ConsentKeepsItsTimeUntilItChanges) {
  PROVES("C6");
  const Customer ada = Stored(Consenting("a@b", kIn));
  clock_.Advance(absl::Hours(1));
  here_.channel = "053";
  const auto moved =
      Changed(ada, Customer(Consenting("c@d", kIn).With([](Customer& customer) {
                customer.add_secondary_emails()->set_address("A@b");
                customer.mutable_secondary_emails(0)->mutable_consent()->set_state(kIn);
              })),
              {"email", "secondary_emails"});
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->secondary_emails(0).consent().channel(), "052");
  EXPECT_EQ(moved->email().consent().channel(), "053");
  EXPECT_GT(moved->email().consent().time().seconds(),
            moved->secondary_emails(0).consent().time().seconds());
}

TEST_F(ContactsTest, ConsentIsNeverInherited) {
  PROVES("C5", "A5");
  const auto prepared = Prepare(ACustomer().At(AnAddress()).With([](Customer& customer) {
    customer.mutable_phone()->set_number("020 7946 0958");
    customer.mutable_phone()->mutable_consent()->set_state(kIn);
  }),
                                here_);
  ASSERT_THAT(prepared, IsOk());
  EXPECT_TRUE(prepared->record.customer().phone().has_consent());
  EXPECT_EQ(prepared->addresses[0].address().phone().number(), "020 7946 0958");
  EXPECT_FALSE(prepared->addresses[0].address().phone().has_consent());
}

// F1 is switched off: what is there stays, goes, and is withdrawn; nothing comes.
TEST_F(ContactsTest, WithoutTheFeatureNothingNewIsCaptured) {
  PROVES("F0", "F1", "C5");
  Customer both = WithEmail("one@b", "Office", kIn);
  both.add_secondary_emails()->set_address("two@b");
  *both.mutable_email() = Customer(Consenting("a@b", kIn)).email();
  const Customer ada = Stored(both);
  here_.features.clear();

  EXPECT_THAT(Changed(ada, ada, {"email", "secondary_emails"}), IsOk());
  EXPECT_THAT(Changed(ada, WithEmail("one@b", "Office", kIn), {"secondary_emails"}), IsOk());
  EXPECT_THAT(Changed(ada, WithEmail("one@b", "Office", kOut), {"secondary_emails"}), IsOk());
  EXPECT_THAT(Changed(ada, WithEmail("one@b", "Office"), {"secondary_emails"}), IsOk());
  EXPECT_THAT(Changed(ada, ACustomer(), {"secondary_emails"}), IsOk());
  EXPECT_THAT(Changed(ada, Consenting("a@b", kOut), {"email"}), IsOk());
  EXPECT_THAT(Changed(ada, ACustomer().Email("new@b"), {"email"}), IsOk());

  EXPECT_THAT(Changed(ada, WithEmail("three@b"), {"secondary_emails"}),
              NeedsFeatureFor("secondary_emails[0]"));
  EXPECT_THAT(Changed(ada, WithEmail("two@b", "Home"), {"secondary_emails"}),
              NeedsFeatureFor("secondary_emails[0]"));
  EXPECT_THAT(Changed(ada, WithEmail("two@b", "", kIn), {"secondary_emails"}),
              NeedsFeatureFor("secondary_emails[0].consent"));
  EXPECT_THAT(Changed(ada, Consenting("new@b", kIn), {"email"}), NeedsFeatureFor("email.consent"));
}

TEST_F(ContactsTest, APendingCustomerHasSecondaryContactsOnlyWithItsFeature) {
  PROVES("F3", "L3");
  here_.features = {"F1"};
  const Customer asked = WithEmail("a@b");
  const auto prepare = [&](CreateKind kind) {
    return PrepareCustomer(asked, NewId(), here_, clock_.Now(), kind);
  };
  EXPECT_THAT(prepare(CreateKind::kPending), NeedsFeatureFor("secondary_emails"));
  EXPECT_THAT(prepare(CreateKind::kSynced), IsOk());
  here_.features.insert("F3");
  EXPECT_THAT(prepare(CreateKind::kPending), IsOk());
}

TEST_F(ContactsTest, AFallbackLeavesSecondaryContactsOutAndSaysSo) {
  PROVES("F8");
  here_.features = {"F1"};
  Customer asked = WithEmail("a@b");
  asked.add_secondary_phones()->set_number("12");
  const auto prepared = Prepare(asked, here_);
  ASSERT_THAT(prepared, IsOk());
  const PreparedCustomer left = WithoutForbidden(*prepared, asked, here_);
  EXPECT_THAT(left.record.customer().secondary_emails(), IsEmpty());
  EXPECT_THAT(left.record.customer().secondary_phones(), IsEmpty());
  std::vector<std::string> fields;
  for (const auto& warning : left.warnings) fields.push_back(warning.reason() + warning.field());
  EXPECT_THAT(fields,
              testing::ElementsAre("FEATURE_OFFsecondary_emails", "FEATURE_OFFsecondary_phones"));
}

// The store captured it; HQ's purposes, features and clock don't matter any more.
TEST_F(ContactsTest, ConversionKeepsWhatWasCaptured) {
  PROVES("C5", "F9");
  const Customer captured = Stored(WithEmail("a@b", "Yacht", kIn));
  clock_.Advance(absl::Hours(1));
  const auto converted = PrepareCustomer(captured, *ParseCustomerName(captured.name()), channel_,
                                         clock_.Now(), CreateKind::kCaptured);
  ASSERT_THAT(converted, IsOk());
  EXPECT_EQ(converted->record.customer().secondary_emails(0).SerializeAsString(),
            captured.secondary_emails(0).SerializeAsString());
}

// An edit in another country doesn't understand an old number anew.
TEST_F(ContactsTest, APhoneThatStaysIsUnderstoodAsBefore) {
  PROVES("C4");
  const Customer ada = Stored(WithPhone("020 7946 0958"));
  here_.default_country = "FR";
  Customer more = WithPhone("020 7946 0958");
  more.add_secondary_phones()->set_number("01 42 68 53 00");
  const auto changed = Changed(ada, more, {"secondary_phones"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->secondary_phones(0).e164(), "+442079460958");
  EXPECT_EQ(changed->secondary_phones(1).e164(), "+33142685300");
}

TEST_F(ContactsTest, ChangesOfConsentAreToldByContact) {
  PROVES("C6");
  const auto changes = [&](const Customer& before, const Customer& after) {
    return ConsentChanges(before, after, clock_.Now(), "053");
  };
  const Customer in = Stored(Consenting("a@b", kIn));
  const Customer out = Stored(Consenting("A@b", kOut));
  EXPECT_THAT(changes(Customer(), Stored(ACustomer().Email("a@b"))), IsEmpty());
  EXPECT_THAT(changes(in, in), IsEmpty());

  const auto given = changes(Customer(), in);
  ASSERT_THAT(given, SizeIs(1));
  EXPECT_EQ(given[0].contact(), "a@b");
  EXPECT_FALSE(given[0].has_before());
  EXPECT_EQ(given[0].after().state(), kIn);
  EXPECT_EQ(given[0].after().channel(), "052");

  const auto withdrawn = changes(in, out);
  ASSERT_THAT(withdrawn, SizeIs(1));
  EXPECT_EQ(withdrawn[0].before().state(), kIn);
  EXPECT_EQ(withdrawn[0].after().state(), kOut);

  // The contact is removed, and another one comes.
  const auto replaced = changes(in, Stored(Consenting("c@d", kIn)));
  ASSERT_THAT(replaced, SizeIs(2));
  EXPECT_EQ(replaced[0].contact(), "c@d");
  EXPECT_EQ(replaced[1].contact(), "a@b");
  EXPECT_EQ(replaced[1].after().state(), kUnknown);
  EXPECT_EQ(replaced[1].after().channel(), "053");
  EXPECT_EQ(replaced[1].after().time().seconds(), absl::ToUnixSeconds(clock_.Now()));

  // A wording is a change, too.
  Customer reworded = in;
  reworded.mutable_email()->mutable_consent()->set_wording_version("2026-03");
  EXPECT_THAT(changes(in, reworded), SizeIs(1));
}

}  // namespace
}  // namespace comptoir
