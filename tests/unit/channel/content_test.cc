// What a customer may hold, in a store: against the definitions that have come, with HQ or without.

#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using customer::v1::ListConsentChangesResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class ContentInAStore : public ChannelTest {
 protected:
  void DefineAttributes() {
    hq::v1::Configuration any;
    any.mutable_attribute_type()->set_kind(hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER);
    ConfigureAny(replication::v1::RECORD_KIND_ATTRIBUTE_TYPE, "size", any);
    any.mutable_attribute()->set_name("attributes/shoe");
    any.mutable_attribute()->set_type("attributeTypes/size");
    any.mutable_attribute()->set_default_value("40");
    ConfigureAny(replication::v1::RECORD_KIND_ATTRIBUTE, "shoe", any);
    any.mutable_attribute_group()->add_attributes("attributes/shoe");
    any.mutable_attribute_group()->set_in_use(true);
    ConfigureAny(replication::v1::RECORD_KIND_ATTRIBUTE_GROUP, "body", any);
  }

  void DefineAffiliation(const std::string& id, bool hidden) {
    hq::v1::Configuration any;
    any.mutable_affiliation()->set_name("affiliations/" + id);
    any.mutable_affiliation()->set_hidden(hidden);
    ConfigureAny(replication::v1::RECORD_KIND_AFFILIATION, id, any);
  }

  static Customer Reachable() {
    return ACustomer().Email("a@b").With([](Customer& customer) {
      customer.mutable_email()->mutable_consent()->set_state(customer::v1::CONSENT_STATE_OPTED_IN);
      customer.add_secondary_emails()->set_address("second@b");
    });
  }

  Reply<ListConsentChangesResponse> History(const std::string& name) {
    customer::v1::ListConsentChangesRequest request;
    request.set_parent(name);
    Reply<ListConsentChangesResponse> reply;
    service_->ListConsentChanges(request, {}, reply.done());
    Run();
    return reply;
  }
};

// The definitions come with 1110; from then on they hold, also without HQ, and the operation
// carries what was captured.
TEST_F(ContentInAStore, PendingCustomersCarryAttributes) {
  PROVES("C9");
  OpenOffline();
  Customer shod = ACustomer();
  (*shod.mutable_attributes())["shoe"] = "37";
  EXPECT_THAT(*Create(shod), HasViolation("attributes[shoe]", "ATTRIBUTE_UNKNOWN"));
  DefineAttributes();
  EXPECT_THAT(CreatePending(shod).attributes(), ElementsAre(Pair("shoe", "37")));
  EXPECT_THAT(Operations().back().create_customer().customer().attributes(),
              ElementsAre(Pair("shoe", "37")));
  EXPECT_THAT(CreatePending(ACustomer()).attributes(), ElementsAre(Pair("shoe", "40")));
  (*shod.mutable_attributes())["shoe"] = "big";
  EXPECT_THAT(*Create(shod), HasViolation("attributes[shoe]", "VALUE_INVALID"));
}

TEST_F(ContentInAStore, TheFormHoldsAttributesAndRules) {
  PROVES("C9", "C1");
  OpenReady();
  DefineAttributes();
  Reply<Customer> form;
  service_->GetNewCustomerForm({}, {}, form.done());
  EXPECT_THAT(form.value().attributes(), ElementsAre(Pair("shoe", "40")));
  EXPECT_THAT(form.value().form_attributes(), SizeIs(1));
  // Sent back as it is, with a name, it can be saved.
  Customer filled = form.value();
  filled.set_given_name("Ada");
  EXPECT_FALSE(Create(filled).answered());
}

TEST_F(ContentInAStore, AnAsynchronousChannelNeedsBothFeatures) {
  PROVES("F1", "F3", "L3", "C5");
  asynchronous_ = true;
  OpenReady();
  EXPECT_THAT(*Create(Reachable()), HasReason("FEATURE_OFF"));
  SwitchFeature("F1", true);
  const auto refused = Create(Reachable());
  EXPECT_THAT(*refused, HasReason("FEATURE_OFF"));
  ASSERT_THAT(FieldViolationsOf((*refused).status()), SizeIs(1));
  EXPECT_EQ(FieldViolationsOf((*refused).status()).front().field, "secondary_emails");
  SwitchFeature("F3", true);
  const Customer kept = CreatePending(Reachable());
  EXPECT_THAT(kept.secondary_emails(), SizeIs(1));
  EXPECT_EQ(kept.email().consent().channel(), "052");
  // Off again: what was captured stays.
  SwitchFeature("F1", false);
  EXPECT_THAT(Get(kept.name()).value().secondary_emails(), SizeIs(1));
  EXPECT_THAT(*Create(Reachable()), HasReason("FEATURE_OFF"));
}

// Affiliations that a request names need F3 in an asynchronous channel, known or not.
TEST_F(ContentInAStore, AnAsynchronousChannelRefusesAffiliations) {
  PROVES("F3", "L3");
  asynchronous_ = true;
  OpenReady();
  DefineAffiliation("club", false);
  Customer member = ACustomer();
  member.add_affiliations("club");
  const auto refused = Create(member);
  EXPECT_THAT(*refused, HasReason("FEATURE_OFF"));
  ASSERT_THAT(FieldViolationsOf((*refused).status()), SizeIs(1));
  EXPECT_EQ(FieldViolationsOf((*refused).status()).front().field, "affiliations");
  EXPECT_THAT(Operations(), IsEmpty());
  SwitchFeature("F3", true);
  EXPECT_THAT(CreatePending(member).affiliations(), ElementsAre("club"));
  EXPECT_THAT(Operations().back().create_customer().customer().affiliations(), ElementsAre("club"));
}

// Where HQ was asked, or would have been, they are left out and named; HQ's full record stands if
// it had committed.
TEST_F(ContentInAStore, FallbackLeavesAffiliationsOut) {
  PROVES("F8", "L3");
  OpenReady();
  DefineAffiliation("club", false);
  Customer member = ACustomer();
  member.add_affiliations("club");
  const auto expect_left_out = [](const Customer& pending) {
    EXPECT_THAT(pending, IsPending());
    EXPECT_THAT(pending.affiliations(), IsEmpty());
    ASSERT_THAT(pending.warnings(), SizeIs(1));
    EXPECT_EQ(pending.warnings(0).field(), "affiliations");
    EXPECT_EQ(pending.warnings(0).reason(), "FEATURE_OFF");
  };
  const auto reply = Create(member);
  const customer::v1::CreateCustomerRequest asked = hq_.creates.request();
  EXPECT_THAT(asked.customer().affiliations(), ElementsAre("club"));
  hq_.creates.Answer(absl::UnavailableError("gone"));
  Run();
  expect_left_out(reply.value());
  EXPECT_THAT(Operations().back().create_customer().customer().affiliations(), IsEmpty());
  HqCustomer at_hq = AtHq(Operations().back(), "C-00000001");
  at_hq.record.mutable_customer()->add_affiliations("club");
  Deliver(at_hq);
  EXPECT_THAT(Get(reply.value().name()).value().affiliations(), ElementsAre("club"));

  service_->SetForcedOffline(true, [](const auto&) {});
  Run();
  expect_left_out(CreatePending(member));
}

// HQ doesn't answer: what F3 forbids is left out and named; consent on the primary e-mail isn't.
TEST_F(ContentInAStore, FallbackLeavesSecondaryContactsOut) {
  PROVES("F8", "L3");
  OpenReady();
  SwitchFeature("F1", true);
  const auto reply = Create(Reachable());
  hq_.creates.Answer(absl::UnavailableError("gone"));
  Run();
  ASSERT_THAT(*reply, IsOk());
  EXPECT_THAT(reply.value(), IsPending());
  EXPECT_THAT(reply.value().secondary_emails(), IsEmpty());
  EXPECT_TRUE(reply.value().email().has_consent());
  ASSERT_THAT(reply.value().warnings(), SizeIs(1));
  EXPECT_EQ(reply.value().warnings(0).field(), "secondary_emails");
  EXPECT_EQ(reply.value().warnings(0).reason(), "FEATURE_OFF");
  EXPECT_THAT(Operations().back().create_customer().customer().secondary_emails(), IsEmpty());
}

TEST_F(ContentInAStore, FieldRulesHoldWhenTheyHaveCome) {
  PROVES("C11");
  field_rules_ = "fieldRules/strict";
  OpenOffline();
  hq::v1::Configuration any;
  any.mutable_field_rules()->add_rules()->set_field("phone");
  any.mutable_field_rules()->mutable_rules(0)->set_required(true);
  CreatePending(ACustomer());
  ConfigureAny(replication::v1::RECORD_KIND_FIELD_RULES, "strict", any);
  EXPECT_THAT(*Create(ACustomer()), HasViolation("phone", "REQUIRED"));
  CreatePending(ACustomer().Phone("020 7946 0958"));
}

// What HQ answers is stored as it is, but a store shows no hidden affiliation, nor one whose
// definition hasn't come: it may be hidden.
TEST_F(ContentInAStore, HiddenAffiliationsAreNotShown) {
  PROVES("Y1");
  OpenReady();
  DefineAffiliation("guests", false);
  DefineAffiliation("secret", true);
  const Customer asked = ACustomer().WithId(NewId());
  const auto reply = Create(asked);
  HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  for (const char* id : {"guests", "secret", "unknown"}) {
    at_hq.record.mutable_customer()->add_affiliations(id);
  }
  hq_.creates.Answer(at_hq.Answer(at_hq.record.version()));
  Run();
  EXPECT_THAT(reply.value().affiliations(), ElementsAre("guests"));
  EXPECT_THAT(Get(asked.name()).value().affiliations(), ElementsAre("guests"));
  EXPECT_THAT(
      FindCustomer(reader(), *ParseCustomerName(asked.name()))->value().customer().affiliations(),
      SizeIs(3));

  Reply<customer::v1::ListCustomersResponse> list;
  service_->ListCustomers({}, {}, list.done());
  EXPECT_THAT(list.value().customers(0).affiliations(), ElementsAre("guests"));
  customer::v1::SearchCustomersRequest search;
  search.set_query("ada");
  Reply<customer::v1::SearchCustomersResponse> found;
  service_->SearchCustomers(search, {}, found.done());
  EXPECT_THAT(found.value().results(0).customer().affiliations(), ElementsAre("guests"));
  customer::v1::SearchCustomersResponse ready;
  EXPECT_TRUE(ready.ParseFromString(service_->StoredSearch(search, {}).value()));
  EXPECT_THAT(ready.results(0).customer().affiliations(), ElementsAre("guests"));

  DefineAffiliation("secret", false);
  EXPECT_THAT(Get(asked.name()).value().affiliations(), ElementsAre("guests", "secret"));
}

TEST_F(ContentInAStore, HqTellsTheHistoryOfConsent) {
  PROVES("C6");
  OpenReady();
  const Customer ada = CreateSynced(ACustomer(), "C-00000001");
  const auto reply = History(ada.name());
  ASSERT_FALSE(hq_.consent_lists.empty());
  EXPECT_EQ(hq_.consent_lists.request().parent(), ada.name());
  EXPECT_EQ(hq_.consent_lists.request().channel(), "052");
  HqAnswer<ListConsentChangesResponse> answer;
  answer.value.add_changes()->set_contact("a@b");
  hq_.consent_lists.Answer(answer);
  EXPECT_THAT(reply.value().changes(), SizeIs(1));

  const auto refused = History(ada.name());
  hq_.consent_lists.Answer(MakeError(Reason::kInvalidPageToken, "Not one."));
  EXPECT_THAT(*refused, HasReason("INVALID_PAGE_TOKEN"));
  const auto lost = History(ada.name());
  hq_.consent_lists.Answer(absl::DeadlineExceededError("no answer"));
  EXPECT_THAT(*lost, HasReason("HQ_UNREACHABLE"));
  EXPECT_THAT(*History("customers/x"), HasReason("INVALID_FIELDS"));
}

TEST_F(ContentInAStore, WithoutHqThereIsNoHistory) {
  PROVES("C6", "S10");
  OpenOffline();
  const Customer pending = CreatePending(ACustomer());
  EXPECT_THAT(*History(pending.name()), HasReason("CUSTOMER_PENDING"));
  EXPECT_THAT(*History(CustomerName(NewId())), HasReason("HQ_UNREACHABLE"));
  EXPECT_TRUE(hq_.consent_lists.empty());
}

}  // namespace
}  // namespace comptoir::channel
