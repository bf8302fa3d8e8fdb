#include "tests/support/chain/story.h"

#include <google/protobuf/util/message_differencer.h>

namespace comptoir::testing {
namespace {

template <typename Resource>
void ExpectEqualLists(const std::vector<Resource>& at_hq, const std::vector<Resource>& at_store,
                      const std::string& channel) {
  ASSERT_EQ(at_hq.size(), at_store.size()) << "at store " << channel;
  for (size_t i = 0; i < at_hq.size(); ++i) {
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(at_hq[i], at_store[i]))
        << "at store " << channel << ": " << difference;
  }
}

}  // namespace

void ExpectAllEqual(Chain& chain) {
  const auto customers = AllCustomers(chain.hq_customers());
  const auto addresses = AllAddresses(chain.hq_customers());
  for (int i = 0; i < chain.store_count(); ++i) {
    Store& store = chain.store(i);
    ExpectEqualLists(customers, AllCustomers(*store.customers), store.channel);
    ExpectEqualLists(addresses, AllAddresses(*store.customers), store.channel);
  }
}

void SwitchFeature(Chain& chain, const std::string& feature, bool enabled) {
  hq::v1::UpdateConfigurationRequest request;
  auto& switched = *request.mutable_configuration()->mutable_feature();
  switched.set_name("features/" + feature);
  switched.set_enabled(enabled);
  request.mutable_update_mask()->add_paths("enabled");
  hq::v1::Configuration response;
  EXPECT_THAT(
      Call(chain.admin(), &hq::v1::AdminService::Stub::UpdateConfiguration, request, &response),
      IsOk());
  WaitFor("the feature to be in force", [&] { return InForceEverywhere(chain); });
}

bool InForceEverywhere(Chain& chain) {
  hq::v1::ListChannelServicesResponse services;
  if (!Call(chain.admin(), &hq::v1::AdminService::Stub::ListChannelServices, {}, &services).ok()) {
    return false;
  }
  for (const auto& service : services.channel_services()) {
    if (service.configuration_lags()) return false;
  }
  return true;
}

}  // namespace comptoir::testing
