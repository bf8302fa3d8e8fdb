// What administrators may set. Each function names every field that offends. (M6, C8)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_VALIDATE_CONFIGURATION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_VALIDATE_CONFIGURATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/status.h"
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
void CheckFields(const v1::DefaultCustomer& defaults, FieldViolations& violations);
void CheckFields(const v1::CustomerGroup& group, FieldViolations& violations);
void CheckFields(const v1::AddressBook& book, FieldViolations& violations);
void CheckFields(const v1::Affiliation& affiliation, FieldViolations& violations);
void CheckFields(const v1::AttributeType& type, FieldViolations& violations);
void CheckFields(const v1::Attribute& attribute, FieldViolations& violations);
void CheckFields(const v1::AttributeGroup& group, FieldViolations& violations);
void CheckFields(const v1::AddressPurpose& purpose, FieldViolations& violations);
void CheckFields(const v1::ChannelDatabaseGroup& group, FieldViolations& violations);
void CheckFields(const v1::Feature& feature, FieldViolations& violations);
void CheckFields(const v1::FieldRules& rules, FieldViolations& violations);
void CheckFields(const v1::BatchJob& job, FieldViolations& violations);

// A field and the name of what it refers to.
struct Reference {
  std::string field;
  std::string name;
};
// References whose names are right in form. Kinds that refer to nothing have none.
std::vector<Reference> ReferencesOf(const v1::Channel& channel);
std::vector<Reference> ReferencesOf(const v1::DefaultCustomer& defaults);
std::vector<Reference> ReferencesOf(const v1::CustomerGroup& group);
std::vector<Reference> ReferencesOf(const v1::Attribute& attribute);
std::vector<Reference> ReferencesOf(const v1::AttributeGroup& group);
template <typename Resource>
std::vector<Reference> ReferencesOf(const Resource&) {
  return {};
}

// The pieces that the checks are made of.
void CheckText(std::string_view field, std::string_view text, FieldViolations& violations);
void CheckReferenceName(std::string_view field, std::string_view name, std::string_view collection,
                        bool required, FieldViolations& violations);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_VALIDATE_CONFIGURATION_H_
