// Feature management: the switches that Comptoir has, and how they depend on each other. (F0, F6)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_FEATURES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_FEATURES_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hq-service/domain/configuration/any_configuration.h"

namespace comptoir::hq {

struct FeatureInfo {
  std::string_view id;
  std::string_view description;
  std::span<const std::string_view> prerequisites;
};

std::span<const FeatureInfo> AllFeatures();
// nullptr if there is no such feature.
const FeatureInfo* FindFeature(std::string_view id);

// What keeps the feature from being as it is: prerequisites that are off under an enabled one,
// enabled ones that need it if it is off. Ids, joined by commas; empty if nothing does.
absl::StatusOr<std::string> FeaturesInTheWay(const ConfigurationView& view,
                                             const v1::Feature& feature);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_FEATURES_H_
