// The rules of a change of configuration, of one resource or of many at once. (M6)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_RULES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_RULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/configuration.pb.h"

namespace comptoir::hq {

// One resource that is to be created, or to become otherwise.
struct ConfigurationPlan {
  // Before the names of fields in errors: "chain.configurations[2].".
  std::string prefix;
  // Empty if its name is wrong, which CheckPlans() says.
  std::string key;
  v1::Configuration changed;
  // Empty, and 0: it is new.
  std::optional<v1::Configuration> old;
  uint64_t old_version = 0;
  // It isn't named where all that stays is named.
  bool left_out = false;
};

// Fills in what a request may leave out.
void CompleteConfiguration(v1::Configuration& any);

// What goes on by itself isn't turned back: the next number is as high as the stored one's.
void ForgetProgress(const v1::Configuration& stored, v1::Configuration& any);

// With all plans carried out: INVALID_FIELDS names every field that offends, then REFERENCE_MISSING
// and REFERENCE_RETIRED every reference, then REFERENCED all that refer to what is left out, then
// FEATURE_PREREQUISITE the features.
absl::Status CheckPlans(const Reader& reader, const std::vector<ConfigurationPlan>& plans);

// For the audit and for people.
v1::ConfigurationChange ChangeOf(const ConfigurationPlan& plan);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_RULES_H_
