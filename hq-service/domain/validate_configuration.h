// What administrators may set. Each function names every field that offends. (M6, C8)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_VALIDATE_CONFIGURATION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_VALIDATE_CONFIGURATION_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/configuration.pb.h"

namespace comptoir::hq {

// The id in "{collection}/{id}": 1 to 32 letters, digits and hyphens. INVALID_FIELDS naming `field`
// otherwise.
absl::StatusOr<std::string> ParseConfigurationName(std::string_view name,
                                                   std::string_view collection,
                                                   std::string_view field);

// True for what may be a channel service's id: 1 to 64 letters, digits, hyphens, dots and
// underscores.
bool IsChannelServiceId(std::string_view id);

void CheckFields(const v1::Channel& channel, FieldViolations& violations);
void CheckFields(const v1::Profile& profile, FieldViolations& violations);
void CheckFields(const v1::OperatingUnit& unit, FieldViolations& violations);
void CheckFields(const v1::NumberSequence& sequence, FieldViolations& violations);

// REFERENCE_MISSING, with all the fields whose records don't exist.
absl::Status CheckReferences(const Reader& reader, const v1::Channel& channel);
inline absl::Status CheckReferences(const Reader&, const v1::Profile&) { return absl::OkStatus(); }
inline absl::Status CheckReferences(const Reader&, const v1::OperatingUnit&) {
  return absl::OkStatus();
}
inline absl::Status CheckReferences(const Reader&, const v1::NumberSequence&) {
  return absl::OkStatus();
}

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_VALIDATE_CONFIGURATION_H_
