// Configuration: created, read, listed, changed and retired by administrators, distributed by the
// jobs of its kind. (M5, M6, M7, M8)
//
// Create is repeatable with the same content; update takes a mask and the etag in the resource, and
// one that changes nothing succeeds, so both may be repeated. Every change is kept (audit.h).

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_ADMINISTRATION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_ADMINISTRATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "common/storage/pages.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "hq-service/domain/configuration/configuration_kinds.h"

namespace comptoir::hq {

inline constexpr int kAppliedConfigurationsMax = 10'000;

// Who changes it, and when.
struct Administrator {
  std::string caller;
  absl::Time now;
};

absl::StatusOr<v1::Configuration> CreateConfiguration(Transaction& transaction,
                                                      const v1::Configuration& any,
                                                      const Administrator& administrator);

absl::StatusOr<v1::Configuration> GetConfiguration(const Reader& reader, std::string_view name);

// `collection` "-": of all kinds.
absl::StatusOr<v1::ListConfigurationsResponse> ListConfigurations(const Reader& reader,
                                                                  std::string_view collection,
                                                                  const PageRequest& request);

absl::StatusOr<v1::Configuration> UpdateConfiguration(Transaction& transaction,
                                                      const v1::Configuration& any,
                                                      const google::protobuf::FieldMask& mask,
                                                      const Administrator& administrator);

// All of it at one position, or nothing.
absl::StatusOr<v1::ApplyConfigurationsResponse> ApplyConfigurations(
    Transaction& transaction, const v1::ApplyConfigurationsRequest& request,
    const Administrator& administrator);

// Stores what was checked, and moves its feed entries. `old_version` 0: it is new.
absl::Status PutConfiguration(Transaction& transaction, const v1::Configuration& any,
                              uint64_t old_version, Sequence sequence);

// The position of the last change of configuration. (F7)
absl::StatusOr<Sequence> ConfigurationVersion(const Reader& reader);

// The same for one kind.
template <typename Resource>
absl::StatusOr<Resource> Unwrapped(absl::StatusOr<v1::Configuration> any) {
  if (!any.ok()) return any.status();
  return std::move(Kind<Resource>::MutableIn(*any));
}
template <typename Resource>
v1::Configuration Wrapped(const Resource& resource) {
  v1::Configuration any;
  Kind<Resource>::MutableIn(any) = resource;
  return any;
}

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_ADMINISTRATION_H_
