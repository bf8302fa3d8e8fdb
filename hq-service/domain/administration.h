// Configuration: created, read, listed and changed by administrators, distributed by job 1070.
// (M5, M6, M7's versions)
//
// Create is repeatable with the same content; update takes a mask and the etag in the resource, and
// one that changes nothing succeeds, so both may be repeated.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_ADMINISTRATION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_ADMINISTRATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/configuration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "hq-service/domain/pages.h"

namespace comptoir::hq {

// Resource is v1::Channel, v1::Profile, v1::OperatingUnit or v1::NumberSequence.
template <typename Resource>
struct ConfigurationPage {
  std::vector<Resource> resources;
  std::string next_page_token;
};

template <typename Resource>
absl::StatusOr<Resource> CreateConfiguration(Transaction& transaction, const Resource& resource);

template <typename Resource>
absl::StatusOr<Resource> GetConfiguration(const Reader& reader, std::string_view name);

template <typename Resource>
absl::StatusOr<ConfigurationPage<Resource>> ListConfiguration(const Reader& reader,
                                                              const PageRequest& request);

template <typename Resource>
absl::StatusOr<Resource> UpdateConfiguration(Transaction& transaction, const Resource& resource,
                                             const google::protobuf::FieldMask& mask);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_ADMINISTRATION_H_
