// Configuration of any kind, as text.

#ifndef COMPTOIR_TESTS_UNIT_HQ_CONFIGURATION_TEST_H_
#define COMPTOIR_TESTS_UNIT_HQ_CONFIGURATION_TEST_H_

#include <string>
#include <vector>

#include "google/protobuf/text_format.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class ConfigurationTest : public HqTest {
 protected:
  void SetUp() override { SetUpChain(); }

  absl::StatusOr<v1::Configuration> Make(const std::string& text) {
    v1::CreateConfigurationRequest request;
    *request.mutable_configuration() = FromText<v1::Configuration>(text);
    return Administer<v1::Configuration>(request);
  }
  absl::StatusOr<v1::Configuration> Read(const std::string& name) {
    v1::GetConfigurationRequest request;
    request.set_name(name);
    return Administer<v1::Configuration>(request);
  }
  absl::StatusOr<v1::Configuration> Change(const std::string& text,
                                           const std::vector<std::string>& paths) {
    v1::UpdateConfigurationRequest request;
    *request.mutable_configuration() = FromText<v1::Configuration>(text);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return Administer<v1::Configuration>(request);
  }
  absl::StatusOr<v1::Configuration> Switch(const std::string& feature, bool enabled) {
    return Change("feature { name: 'features/" + feature +
                      "' enabled: " + (enabled ? "true" : "false") + " }",
                  {"enabled"});
  }
  absl::StatusOr<v1::ListConfigurationsResponse> List(const std::string& collection,
                                                      int page_size = 0,
                                                      const std::string& page_token = "") {
    v1::ListConfigurationsRequest request;
    request.set_collection(collection);
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    return Administer<v1::ListConfigurationsResponse>(request);
  }
  absl::StatusOr<v1::ApplyConfigurationsResponse> Apply(const v1::Chain& chain,
                                                        bool dry_run = false) {
    v1::ApplyConfigurationsRequest request;
    *request.mutable_chain() = chain;
    request.set_dry_run(dry_run);
    return Administer<v1::ApplyConfigurationsResponse>(request);
  }
  absl::StatusOr<v1::ApplyConfigurationsResponse> ApplyKeepingOthers(const v1::Chain& chain,
                                                                     bool dry_run = false) {
    v1::ApplyConfigurationsRequest request;
    *request.mutable_chain() = chain;
    request.set_dry_run(dry_run);
    request.set_keep_others(true);
    return Administer<v1::ApplyConfigurationsResponse>(request);
  }
  v1::Chain Export() {
    v1::Chain chain;
    *chain.mutable_configurations() = *List("-", 1000)->mutable_configurations();
    return chain;
  }
  std::vector<v1::AuditEntry> Audit(const std::string& name = "") {
    v1::ListAuditEntriesRequest request;
    request.set_name(name);
    const auto response = *Administer<v1::ListAuditEntriesResponse>(request);
    return {response.entries().begin(), response.entries().end()};
  }
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_TESTS_UNIT_HQ_CONFIGURATION_TEST_H_
