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

}  // namespace
}  // namespace comptoir::testing
