// Editing customers: ChangeCustomer of rules.h.

#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ChangeTest : public CustomerTest {
 protected:
  Customer Ada() {
    return Prepare(
               ACustomer().Named("Ada", "Lovelace").Email("ada@example.com").Phone("020 7946 0958"))
        ->record.customer();
  }

  absl::StatusOr<Customer> Change(const Customer& current, const Customer& change,
                                  std::initializer_list<const char*> paths) {
    return ChangeCustomer(current, change, Mask(paths), channel_, clock_.Now());
  }
};

TEST_F(ChangeTest, ChangesWhatTheMaskNamesAndWhatFollows) {
  PROVES("C7", "C3", "C4");
  const auto changed =
      Change(Ada(), ACustomer().Named("ignored", "King").Email("Countess@Example.com").Phone("1"),
             {"family_name", "email"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->given_name(), "Ada");
  EXPECT_EQ(changed->display_name(), "Ada King");
  EXPECT_EQ(changed->email().normalized(), "countess@example.com");
  EXPECT_EQ(changed->phone().e164(), "+442079460958");
}

TEST_F(ChangeTest, KeepsWhatIsOurs) {
  PROVES("C7");
  Customer current = Ada();
  current.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  current.set_account_number("C-1");
  current.mutable_create_time()->set_seconds(7);
  const auto changed =
      Change(current, ACustomer().Named("Augusta").WithId(NewId()), {"given_name"});
  ASSERT_THAT(changed, IsOk());
  Customer expected = current;
  expected.set_given_name("Augusta");
  expected.set_display_name("Augusta Lovelace");
  EXPECT_EQ(changed->DebugString(), expected.DebugString());
}

TEST_F(ChangeTest, AFieldThatIsNamedAndEmptyIsCleared) {
  PROVES("C7");
  const auto changed = Change(Ada(), Customer(), {"email", "phone", "given_name"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_FALSE(changed->has_email());
  EXPECT_FALSE(changed->has_phone());
  EXPECT_EQ(changed->display_name(), "Lovelace");
}

TEST_F(ChangeTest, ANewPhoneIsUnderstoodAnewAndFlagged) {
  PROVES("C4", "C7");
  const auto changed = Change(Ada(), ACustomer().Phone("12"), {"phone"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_TRUE(changed->phone().unparsable());
  ASSERT_THAT(changed->warnings(), SizeIs(1));
  EXPECT_EQ(changed->warnings(0).reason(), "PHONE_UNPARSABLE");
  EXPECT_THAT(Change(*changed, ACustomer().Named("Augusta"), {"given_name"})->warnings(),
              IsEmpty());
}

TEST_F(ChangeTest, OutputsCannotBeForged) {
  PROVES("C7");
  const Customer forged = ACustomer().Email("a@b").With(
      [](Customer& customer) { customer.mutable_email()->set_normalized("admin@example.com"); });
  EXPECT_EQ(Change(Ada(), forged, {"email"})->email().normalized(), "a@b");
}

TEST_F(ChangeTest, OnlyWholeFieldsOfTheCallerCanBeChanged) {
  PROVES("C7", "C8");
  const auto refused = Change(
      Ada(), ACustomer().Email("x"),
      {"state", "account_number", "email.address", "*", "nonsense", "email", "addresses", "name"});
  for (const char* path :
       {"state", "account_number", "email.address", "*", "nonsense", "addresses", "name"}) {
    EXPECT_THAT(refused, HasViolation(path, "FIELD_NOT_UPDATABLE"));
  }
  EXPECT_THAT(refused, HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(Change(Ada(), ACustomer(), {}), HasViolation("update_mask", "MASK_REQUIRED"));
}

TEST_F(ChangeTest, WhatItBecomesMustHaveItsName) {
  PROVES("C3", "C7", "C8");
  Customer organization;
  organization.set_type(customer::v1::CUSTOMER_TYPE_ORGANIZATION);
  EXPECT_THAT(Change(Ada(), organization, {"type"}),
              HasViolation("organization_name", "NAME_REQUIRED"));
  organization.set_organization_name("Engines");
  EXPECT_EQ(Change(Ada(), organization, {"type", "organization_name"})->display_name(), "Engines");
  EXPECT_THAT(Change(Ada(), Customer(), {"given_name", "family_name"}),
              HasViolation("given_name", "NAME_REQUIRED"));
}

TEST_F(ChangeTest, DefaultsStandWhereFieldsAreCleared) {
  PROVES("C7", "D5");
  const auto changed =
      Change(Ada(), Customer(), {"type", "currency", "language", "receipt_option"});
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->type(), customer::v1::CUSTOMER_TYPE_PERSON);
  EXPECT_EQ(changed->currency(), "GBP");
  EXPECT_EQ(changed->language(), "en-GB");
  EXPECT_EQ(changed->receipt_option(), customer::v1::RECEIPT_OPTION_STANDARD);
}

// What an edit refers to anew must be in use; what was there may be retired since.
TEST_F(ChangeTest, ReferencesMustBeInUse) {
  PROVES("C2", "M6");
  ChannelConfiguration channel = channel_;
  channel.groups["retail"].set_name("customerGroups/retail");
  channel.groups["old"].set_retired(true);
  channel.affiliations["staff"].set_name("affiliations/staff");
  const auto change = [&](const Customer& current, const Customer& change) {
    return ChangeCustomer(current, change, Mask({"customer_group", "affiliations"}), channel,
                          clock_.Now());
  };
  Customer grouped;
  grouped.set_customer_group("retail");
  grouped.add_affiliations("staff");
  EXPECT_EQ(change(Ada(), grouped)->customer_group(), "retail");
  grouped.set_customer_group("old");
  grouped.add_affiliations("none");
  EXPECT_THAT(change(Ada(), grouped), HasViolation("customer_group", "GROUP_UNKNOWN"));
  EXPECT_THAT(change(Ada(), grouped), HasViolation("affiliations[1]", "AFFILIATION_UNKNOWN"));
  Customer current = Ada();
  current.set_customer_group("old");
  current.add_affiliations("none");
  EXPECT_THAT(change(current, grouped), IsOk());
}

// A rule tightened since: an edit of something else isn't refused for it.
TEST_F(ChangeTest, FieldsOutsideTheMaskAreNotJudged) {
  PROVES("C7");
  Customer old = Ada();
  old.set_currency("DEM");
  EXPECT_THAT(Change(old, ACustomer().Named("Augusta"), {"given_name"}), IsOk());
  EXPECT_THAT(Change(old, old, {"currency"}), HasViolation("currency", "CURRENCY_UNKNOWN"));
}

// A path can be anything, also too long or no text at all.
TEST_F(ChangeTest, PathsAreNotRepeatedBlindly) {
  PROVES("C8");
  const std::string long_path(65, 'x');
  EXPECT_THAT(Change(Ada(), ACustomer(), {long_path.c_str()}),
              HasViolation("update_mask", "FIELD_NOT_UPDATABLE"));
  EXPECT_THAT(Change(Ada(), ACustomer(), {"\xff"}),
              HasViolation("update_mask", "FIELD_NOT_UPDATABLE"));
  google::protobuf::FieldMask many;
  for (int i = 0; i < 65; ++i) many.add_paths("notes");
  EXPECT_THAT(ChangeCustomer(Ada(), ACustomer(), many, channel_, clock_.Now()),
              HasViolation("update_mask", "TOO_MANY"));
}

// A store sees no hidden affiliation, adds none and takes none away; an administrator does.
TEST_F(ChangeTest, HiddenAffiliationsAreForAdministrators) {
  PROVES("Y1");
  ChannelConfiguration channel = channel_;
  for (const char* id : {"staff", "guests", "secret", "lurker"}) {
    channel.affiliations[id].set_name(std::string("affiliations/") + id);
  }
  channel.affiliations["secret"].set_hidden(true);
  channel.affiliations["lurker"].set_hidden(true);
  const auto change = [&](const Customer& current, std::initializer_list<const char*> ids) {
    Customer wanted = ACustomer();
    for (const char* id : ids) wanted.add_affiliations(id);
    return ChangeCustomer(current, wanted, Mask({"affiliations"}), channel, clock_.Now());
  };
  Customer ada = Ada();
  ada.add_affiliations("staff");
  ada.add_affiliations("secret");
  EXPECT_THAT(change(ada, {"guests"})->affiliations(), ElementsAre("guests", "secret"));
  EXPECT_THAT(change(ada, {})->affiliations(), ElementsAre("secret"));
  EXPECT_THAT(change(ada, {"lurker"}), HasViolation("affiliations[0]", "AFFILIATION_UNKNOWN"));

  channel.by_administrator = true;
  EXPECT_THAT(change(ada, {"lurker"})->affiliations(), ElementsAre("lurker"));
}

}  // namespace
}  // namespace comptoir
