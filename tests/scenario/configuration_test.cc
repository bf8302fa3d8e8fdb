// What administrators set at HQ, as stores live by it.

#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using hq::v1::AdminService;

class Configured : public Story {};
COMPTOIR_TELL_STORIES(Configured);

hq::v1::Configuration Make(Chain& chain, const hq::v1::Configuration& configuration) {
  hq::v1::CreateConfigurationRequest request;
  *request.mutable_configuration() = configuration;
  hq::v1::Configuration response;
  EXPECT_THAT(Call(chain.admin(), &AdminService::Stub::CreateConfiguration, request, &response),
              IsOk());
  return response;
}

void Change(Chain& chain, const hq::v1::Configuration& configuration, const std::string& path) {
  hq::v1::UpdateConfigurationRequest request;
  *request.mutable_configuration() = configuration;
  request.mutable_update_mask()->add_paths(path);
  hq::v1::Configuration response;
  EXPECT_THAT(Call(chain.admin(), &AdminService::Stub::UpdateConfiguration, request, &response),
              IsOk());
}

void Switch(Chain& chain, const std::string& feature, bool enabled) {
  hq::v1::Configuration configuration;
  configuration.mutable_feature()->set_name("features/" + feature);
  configuration.mutable_feature()->set_enabled(enabled);
  Change(chain, configuration, "enabled");
}

// A feature is switched on at HQ while a store is off. HQ shows that it lags; back again it has it,
// and what was refused is captured. (F0, F3, F7)
TEST_P(Configured, AFeatureTakesEffectInItsTime) {
  PROVES("F0", "F3", "F7", "L3");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  Customer titled = NewPerson("Ada", "Lovelace");
  titled.set_title("Countess");
  EXPECT_THAT(Create(*store.customers, titled), HasReason("FEATURE_OFF"));

  store.service->Kill();
  Switch(chain, "F3", true);
  EXPECT_FALSE(InForceEverywhere(chain));
  store.service->Start();
  WaitFor("the feature to be in force", [&] { return InForceEverywhere(chain); });
  EXPECT_EQ(StatusOf(store).features_size(), 1);

  const auto created = Create(*store.customers, titled);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->title(), "Countess");
  chain.WaitUntilHome();
  EXPECT_EQ(Get(chain.hq_customers(), titled.name())->title(), "Countess");

  // Off again: what was captured stays and is shown, new capture is refused.
  Switch(chain, "F3", false);
  WaitFor("the feature to be off", [&] { return InForceEverywhere(chain); });
  EXPECT_EQ(Get(*store.customers, titled.name())->title(), "Countess");
  Customer late = NewPerson("Grace", "Hopper");
  late.set_title("Admiral");
  EXPECT_THAT(Create(*store.customers, late), HasReason("FEATURE_OFF"));
  ExpectAllEqual(chain);
}

// A channel has a default customer. With HQ gone a store goes on giving new customers what they
// inherit; HQ takes them as they were captured, though the default customer is another by then.
// (D1, D3, D6, D7)
TEST_P(Configured, InheritanceNeedsNoHq) {
  PROVES("D1", "D3", "D6", "D7", "F8");
  Chain chain(GetParam(), {"sync"});
  Store& store = chain.store(0);
  hq::v1::Configuration group;
  group.mutable_customer_group()->set_name("customerGroups/retail");
  (*group.mutable_customer_group()->mutable_financial_dimensions())["CostCenter"] = "082";
  Make(chain, group);
  hq::v1::Configuration defaults;
  defaults.mutable_default_customer()->set_name("defaultCustomers/walk-in");
  defaults.mutable_default_customer()->set_customer_group("customerGroups/retail");
  defaults.mutable_default_customer()->set_language("fr");
  Make(chain, defaults);
  hq::v1::Configuration channel;
  channel.mutable_channel()->set_name("channels/" + store.channel);
  channel.mutable_channel()->set_default_customer("defaultCustomers/walk-in");
  Change(chain, channel, "default_customer");
  WaitFor("the default customer to be in force", [&] { return InForceEverywhere(chain); });

  chain.hq().Kill();
  Customer form;
  ASSERT_THAT(
      Call(*store.customers, &customer::v1::CustomerService::Stub::GetNewCustomerForm, {}, &form),
      IsOk());
  EXPECT_EQ(form.customer_group(), "retail");
  EXPECT_EQ(form.inherited_fields(0).source(), "defaultCustomers/walk-in");
  const Customer asked = NewPerson("Ada", "Lovelace");
  const auto pending = Create(*store.customers, asked);
  ASSERT_THAT(pending, IsOk());
  EXPECT_EQ(pending->state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(pending->customer_group(), "retail");
  EXPECT_EQ(pending->language(), "fr");
  EXPECT_EQ(pending->currency(), "USD");
  EXPECT_EQ(pending->financial_dimensions().at("CostCenter"), "082");

  store.service->Stop();
  chain.hq().Start();
  defaults.mutable_default_customer()->set_language("de");
  Change(chain, defaults, "language");
  store.service->Start();
  chain.WaitUntilOnline(store);
  chain.WaitUntilHome();
  const auto home = Get(chain.hq_customers(), asked.name());
  ASSERT_THAT(home, IsOk());
  EXPECT_EQ(home->language(), "fr");
  EXPECT_EQ(home->financial_dimensions().at("CostCenter"), "082");
  EXPECT_EQ(Create(*store.customers, NewPerson("Grace", "Hopper"))->language(), "de");
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// HQ asks shoe sizes and consent. A store captures both without HQ; the customer withdraws consent
// at the store when HQ is back. HQ holds the history, and only HQ. (C5, C6, C9, F1, V5)
TEST_P(Configured, WhatCustomersHoldIsDefinedAtHq) {
  PROVES("C5", "C6", "C9", "F1", "F3", "V5");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  hq::v1::Configuration configuration;
  configuration.mutable_attribute_type()->set_name("attributeTypes/size");
  configuration.mutable_attribute_type()->set_kind(hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER);
  Make(chain, configuration);
  configuration.mutable_attribute()->set_name("attributes/shoe");
  configuration.mutable_attribute()->set_type("attributeTypes/size");
  Make(chain, configuration);
  configuration.mutable_attribute_group()->set_name("attributeGroups/body");
  configuration.mutable_attribute_group()->add_attributes("attributes/shoe");
  configuration.mutable_attribute_group()->set_in_use(true);
  Make(chain, configuration);
  Switch(chain, "F1", true);
  Switch(chain, "F3", true);
  WaitFor("all of it to be in force", [&] { return InForceEverywhere(chain); });

  Customer ada = NewPerson("Ada", "Lovelace");
  (*ada.mutable_attributes())["shoe"] = "37";
  auto& email = *ada.add_secondary_emails();
  email.set_address("ada@work.example");
  email.set_purpose("Office");
  email.mutable_consent()->set_state(customer::v1::CONSENT_STATE_OPTED_IN);
  chain.hq().Kill();
  ASSERT_THAT(Create(*store.customers, ada), IsOk());
  customer::v1::ListConsentChangesRequest list;
  list.set_parent(ada.name());
  customer::v1::ListConsentChangesResponse history;
  using Service = customer::v1::CustomerService::Stub;
  EXPECT_THAT(Call(*store.customers, &Service::ListConsentChanges, list, &history),
              HasReason("CUSTOMER_PENDING"));
  chain.hq().Start();
  chain.WaitUntilOnline(store);
  chain.WaitUntilHome();
  EXPECT_EQ(Get(chain.hq_customers(), ada.name())->attributes().at("shoe"), "37");

  customer::v1::UpdateCustomerRequest withdrawal;
  *withdrawal.mutable_customer() = ada;
  withdrawal.mutable_customer()->mutable_secondary_emails(0)->mutable_consent()->set_state(
      customer::v1::CONSENT_STATE_OPTED_OUT);
  withdrawal.mutable_update_mask()->add_paths("secondary_emails");
  Customer withdrawn;
  ASSERT_THAT(Call(*store.customers, &Service::UpdateCustomer, withdrawal, &withdrawn), IsOk());
  EXPECT_EQ(withdrawn.secondary_emails(0).consent().channel(), store.channel);
  ASSERT_THAT(Call(*store.customers, &Service::ListConsentChanges, list, &history), IsOk());
  ASSERT_EQ(history.changes_size(), 2);
  EXPECT_EQ(history.changes(0).contact(), "ada@work.example");
  EXPECT_EQ(history.changes(0).before().state(), customer::v1::CONSENT_STATE_OPTED_IN);
  EXPECT_EQ(history.changes(0).after().state(), customer::v1::CONSENT_STATE_OPTED_OUT);

  customer::v1::SearchCustomersRequest search;
  search.set_query("ada@work");
  customer::v1::SearchCustomersResponse found;
  ASSERT_THAT(Call(*store.customers, &Service::SearchCustomers, search, &found), IsOk());
  ASSERT_EQ(found.results_size(), 1);
  EXPECT_EQ(found.results(0).matched_fields(0), "secondary_emails[0]");
  ExpectAllEqual(chain);
}

// HQ closes a store that has customers waiting, while it is off. They come home when it is started
// once more, and nobody is entered there any more. (M5)
TEST_P(Configured, AClosedStoresCustomersComeHome) {
  PROVES("M5", "P7");
  Chain chain(GetParam(), {"async", "sync"});
  Store& closing = chain.store(0);
  chain.hq().Stop();
  const auto ada = Create(*closing.customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(ada, IsOk());
  closing.service->Kill();
  chain.hq().Start();
  hq::v1::Configuration closed;
  closed.mutable_channel()->set_name("channels/" + closing.channel);
  closed.mutable_channel()->set_retired(true);
  Change(chain, closed, "retired");

  closing.service->Start();
  WaitFor("the customer to come home", [&] {
    const auto at_hq = Get(chain.hq_customers(), ada->name());
    return at_hq.ok() && at_hq->state() == customer::v1::CUSTOMER_STATE_SYNCED;
  });
  WaitFor("the store to know that it is closed", [&] {
    return ReasonOf(Create(*closing.customers, NewPerson("Grace", "Hopper")).status()) ==
           Reason::kChannelNotServed;
  });
  EXPECT_THAT(Create(chain.hq_customers(), NewPerson("Grace", "Hopper"), closing.channel),
              HasReason("REFERENCE_RETIRED"));
  EXPECT_THAT(Create(*chain.store(1).customers, NewPerson("Grace", "Hopper")), IsOk());
}

}  // namespace
}  // namespace comptoir::testing
