#include "hq-service/domain/configuration/features.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "common/base/status.h"

namespace comptoir::hq {
namespace {

constexpr std::string_view kBeforeEditing[] = {"F2", "F3", "F4"};

constexpr FeatureInfo kFeatures[] = {
    {"F1", "Capture multiple e-mails and phone numbers and consent to marketing", {}},
    {"F2", "Performance improvements for customer orders and customer transactions", {}},
    {"F3", "Enhanced async customer creation", {}},
    {"F4", "Asynchronous creation of customer addresses", {}},
    {"F5", "Editing customers in asynchronous mode", kBeforeEditing},
};

std::string_view IdOf(const v1::Feature& feature) {
  return std::string_view(feature.name()).substr(feature.name().find('/') + 1);
}

bool Needs(const FeatureInfo& feature, std::string_view other) {
  return std::find(feature.prerequisites.begin(), feature.prerequisites.end(), other) !=
         feature.prerequisites.end();
}

}  // namespace

std::span<const FeatureInfo> AllFeatures() { return kFeatures; }

const FeatureInfo* FindFeature(std::string_view id) {
  const auto* found = std::find_if(std::begin(kFeatures), std::end(kFeatures),
                                   [&](const FeatureInfo& feature) { return feature.id == id; });
  return found == std::end(kFeatures) ? nullptr : found;
}

absl::StatusOr<std::string> FeaturesInTheWay(const ConfigurationView& view,
                                             const v1::Feature& feature) {
  const FeatureInfo* info = FindFeature(IdOf(feature));
  std::vector<std::string> in_the_way;
  COMPTOIR_ASSIGN_OR_RETURN(const auto all, view.All(replication::v1::RECORD_KIND_FEATURE));
  for (const v1::Configuration& any : all) {
    const v1::Feature& other = any.feature();
    const FeatureInfo* other_info = FindFeature(IdOf(other));
    if (info == nullptr || other_info == nullptr) continue;
    const bool missing = feature.enabled() && !other.enabled() && Needs(*info, other_info->id);
    const bool needed = !feature.enabled() && other.enabled() && Needs(*other_info, info->id);
    if (missing || needed) in_the_way.emplace_back(other_info->id);
  }
  return absl::StrJoin(in_the_way, ",");
}

}  // namespace comptoir::hq
