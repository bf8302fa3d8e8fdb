// One resource of configuration of any kind: its name, its key, how it is stored, how two of them
// differ.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_ANY_CONFIGURATION_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_ANY_CONFIGURATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/configuration.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "hq-service/domain/configuration/configuration_kinds.h"

namespace comptoir::hq {

// The message inside; nullptr if no kind is set.
google::protobuf::Message* MutableResourceOf(v1::Configuration& any);
const google::protobuf::Message* ResourceOf(const v1::Configuration& any);

// The fields that every kind has.
std::string NameOf(const v1::Configuration& any);
std::string EtagOf(const v1::Configuration& any);
void SetEtag(v1::Configuration& any, const std::string& etag);
// False for kinds that cannot be retired.
bool IsRetired(const v1::Configuration& any);

std::string EtagOfVersion(uint64_t version);

// The key in table records of what has this name. INVALID_FIELDS, naming `field`, if the name isn't
// one of the kind, or of any kind.
absl::StatusOr<std::string> KeyOfName(const v1::Configuration& any, std::string_view field);
absl::StatusOr<std::string> KeyOfName(std::string_view name, std::string_view field);

struct StoredConfiguration {
  v1::Configuration any;  // with its etag
  uint64_t version = 0;
};

absl::StatusOr<StoredConfiguration> ParseStored(std::string_view key, std::string_view record);
absl::StatusOr<std::optional<StoredConfiguration>> FindStored(const Reader& reader,
                                                              std::string_view key);
// The record's bytes, at this version and without etag.
std::string RecordOf(v1::Configuration any, uint64_t version);
// The jobs that distribute it; unused places are unspecified.
Jobs JobsOf(const v1::Configuration& any);

// Equal but for the etag.
bool SameContent(const v1::Configuration& a, const v1::Configuration& b);

// One field of two messages of its type, whether or not it differs.
v1::FieldDifference DifferenceIn(const google::protobuf::FieldDescriptor& field,
                                 const google::protobuf::Message& from,
                                 const google::protobuf::Message& to);

// What differs field by field, the etag apart. Both are of one kind.
std::vector<v1::FieldDifference> Differences(const v1::Configuration& from,
                                             const v1::Configuration& to);

// The configuration as it will be once what is planned is stored.
class ConfigurationView {
 public:
  explicit ConfigurationView(const Reader& reader) : reader_(reader) {}

  void Plan(const std::string& key, const v1::Configuration& any) { planned_[key] = any; }

  absl::StatusOr<std::optional<v1::Configuration>> Find(const std::string& key) const;
  // All of one kind, in order of their ids. Bounded by what administrators make.
  absl::StatusOr<std::vector<v1::Configuration>> All(replication::v1::RecordKind kind) const;

 private:
  // Constant after construction.
  const Reader& reader_;

  std::map<std::string, v1::Configuration> planned_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_ANY_CONFIGURATION_H_
