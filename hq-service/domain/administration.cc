#include "hq-service/domain/administration.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/record_io.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "hq-service/domain/edits.h"
#include "hq-service/domain/feeds.h"
#include "hq-service/domain/validate_configuration.h"

namespace comptoir::hq {
namespace {

using google::protobuf::FieldMask;
using google::protobuf::util::FieldMaskUtil;

// What tells one kind of configuration from another.
template <typename Resource>
struct Kind;

template <>
struct Kind<v1::Channel> {
  using Record = storage::v1::ChannelRecord;
  static constexpr std::string_view kCollection = "channels";
  static constexpr Reason kNotFound = Reason::kChannelNotFound;
  static constexpr auto kRecordKind = replication::v1::RECORD_KIND_CHANNEL;
  static constexpr bool kDistributed = true;
  static v1::Channel& ResourceOf(Record& record) { return *record.mutable_channel(); }
};

template <>
struct Kind<v1::Profile> {
  using Record = storage::v1::ProfileRecord;
  static constexpr std::string_view kCollection = "profiles";
  static constexpr Reason kNotFound = Reason::kProfileNotFound;
  static constexpr auto kRecordKind = replication::v1::RECORD_KIND_PROFILE;
  static constexpr bool kDistributed = true;
  static v1::Profile& ResourceOf(Record& record) { return *record.mutable_profile(); }
};

template <>
struct Kind<v1::OperatingUnit> {
  using Record = storage::v1::OperatingUnitRecord;
  static constexpr std::string_view kCollection = "operatingUnits";
  static constexpr Reason kNotFound = Reason::kOperatingUnitNotFound;
  static constexpr auto kRecordKind = replication::v1::RECORD_KIND_OPERATING_UNIT;
  static constexpr bool kDistributed = true;
  static v1::OperatingUnit& ResourceOf(Record& record) { return *record.mutable_operating_unit(); }
};

template <>
struct Kind<v1::NumberSequence> {
  using Record = storage::v1::NumberSequenceRecord;
  static constexpr std::string_view kCollection = "numberSequences";
  static constexpr Reason kNotFound = Reason::kRecordNotFound;
  static constexpr auto kRecordKind = replication::v1::RECORD_KIND_NUMBER_SEQUENCE;
  static constexpr bool kDistributed = false;
  static v1::NumberSequence& ResourceOf(Record& record) {
    return *record.mutable_number_sequence();
  }
};

template <typename Resource>
std::string KeyOf(std::string_view id) {
  return KeyWriter().Byte(static_cast<uint8_t>(Kind<Resource>::kRecordKind)).Rest(id).key();
}

template <typename Resource>
absl::StatusOr<std::string> KeyOfName(std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string id,
                            ParseConfigurationName(name, Kind<Resource>::kCollection, "name"));
  return KeyOf<Resource>(id);
}

std::string EtagOf(uint64_t version) { return "h" + std::to_string(version); }

template <typename Resource>
Resource ViewOf(typename Kind<Resource>::Record record) {
  Resource& view = Kind<Resource>::ResourceOf(record);
  view.set_etag(EtagOf(record.version()));
  return std::move(view);
}

template <typename Resource>
absl::StatusOr<typename Kind<Resource>::Record> Find(const Reader& reader, std::string_view key) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, ReadRecord<typename Kind<Resource>::Record>(reader, key));
  if (record.has_value()) return *std::move(record);
  return MakeError(Kind<Resource>::kNotFound,
                   std::string(ReasonDescription(Kind<Resource>::kNotFound)));
}

// Names the fields that are wrong, the name too if it is.
template <typename Resource>
absl::Status Check(const Reader& reader, const Resource& resource) {
  FieldViolations violations;
  for (const auto& violation : FieldViolationsOf(KeyOfName<Resource>(resource.name()).status())) {
    violations.Add(violation.field, violation.reason, violation.description);
  }
  CheckFields(resource, violations);
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  return CheckReferences(reader, resource);
}

template <typename Resource>
absl::StatusOr<Resource> Store(Transaction& transaction, const std::string& key, Resource resource,
                               uint64_t old_version) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  resource.clear_etag();
  typename Kind<Resource>::Record record;
  Kind<Resource>::ResourceOf(record) = std::move(resource);
  record.set_version(sequence.value());
  transaction.Put(Table::kRecords, key, SerializeDeterministically(record));
  if (Kind<Resource>::kDistributed) {
    MoveRecordEntry(transaction, ConfigurationFeed(), key, old_version, sequence);
  }
  return ViewOf<Resource>(std::move(record));
}

template <typename Resource>
bool SameContent(Resource a, Resource b) {
  a.clear_etag();
  b.clear_etag();
  return SerializeDeterministically(a) == SerializeDeterministically(b);
}

// The first number is the lowest unless the request says otherwise.
void Complete(v1::NumberSequence& sequence) {
  if (sequence.next() == 0) sequence.set_next(sequence.lowest());
}
template <typename Resource>
void Complete(Resource&) {}

// A repeated create finds that numbers were given since.
void ForgetProgress(const v1::NumberSequence& stored, v1::NumberSequence& resource) {
  resource.set_next(std::max(resource.next(), stored.next()));
}
template <typename Resource>
void ForgetProgress(const Resource&, Resource&) {}

void CheckChange(const v1::NumberSequence& old, const v1::NumberSequence& changed,
                 FieldViolations& violations) {
  if (changed.next() >= old.next()) return;
  violations.Add("next", "NUMBER_ALREADY_GIVEN", "Numbers are never given twice.");
}
template <typename Resource>
void CheckChange(const Resource&, const Resource&, FieldViolations&) {}

template <typename Resource>
void CheckMask(const FieldMask& mask, FieldViolations& violations) {
  if (mask.paths().empty()) {
    violations.Add("update_mask", "REQUIRED", "Must name the fields to change.");
  }
  for (const std::string& path : mask.paths()) {
    if (path == "name" || path == "etag" || !FieldMaskUtil::IsValidPath<Resource>(path)) {
      violations.Add("update_mask", "FIELD_NOT_UPDATABLE", "It names a field that can't change.");
    }
  }
}

template <typename Resource>
Resource Merged(const Resource& old, const Resource& change, const FieldMask& mask) {
  Resource merged = old;
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(change, mask, options, &merged);
  return merged;
}

}  // namespace

template <typename Resource>
absl::StatusOr<Resource> CreateConfiguration(Transaction& transaction, const Resource& resource) {
  Resource created = resource;
  Complete(created);
  COMPTOIR_RETURN_IF_ERROR(Check(transaction, created));
  COMPTOIR_ASSIGN_OR_RETURN(const std::string key, KeyOfName<Resource>(created.name()));
  auto stored = Find<Resource>(transaction, key);
  if (stored.ok()) {
    const Resource& existing = Kind<Resource>::ResourceOf(*stored);
    ForgetProgress(existing, created);
    if (SameContent(existing, created)) return ViewOf<Resource>(*std::move(stored));
    return MakeError(Reason::kAlreadyExists, "The name is taken by other content.");
  }
  if (ReasonOf(stored.status()) != Kind<Resource>::kNotFound) return stored.status();
  return Store(transaction, key, std::move(created), /*old_version=*/0);
}

template <typename Resource>
absl::StatusOr<Resource> GetConfiguration(const Reader& reader, std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string key, KeyOfName<Resource>(name));
  COMPTOIR_ASSIGN_OR_RETURN(auto record, Find<Resource>(reader, key));
  return ViewOf<Resource>(std::move(record));
}

template <typename Resource>
absl::StatusOr<ConfigurationPage<Resource>> ListConfiguration(const Reader& reader,
                                                              const PageRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const Page page,
                            ReadPage(reader, Table::kRecords, {KeyOf<Resource>("")}, request));
  ConfigurationPage<Resource> list{.next_page_token = page.next_page_token};
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, ParseRecord<typename Kind<Resource>::Record>(value));
    list.resources.push_back(ViewOf<Resource>(std::move(record)));
  }
  return list;
}

template <typename Resource>
absl::StatusOr<Resource> UpdateConfiguration(Transaction& transaction, const Resource& resource,
                                             const FieldMask& mask) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string key, KeyOfName<Resource>(resource.name()));
  FieldViolations violations;
  CheckMask<Resource>(mask, violations);
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  COMPTOIR_ASSIGN_OR_RETURN(auto record, Find<Resource>(transaction, key));
  const Resource& old = Kind<Resource>::ResourceOf(record);
  Resource merged = Merged(old, resource, mask);
  // Also a repeated update, whose etag is old by then.
  if (SameContent(old, merged)) return ViewOf<Resource>(std::move(record));
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(resource.etag(), EtagOf(record.version())));
  CheckChange(old, merged, violations);
  CheckFields(merged, violations);
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  COMPTOIR_RETURN_IF_ERROR(CheckReferences(transaction, merged));
  return Store(transaction, key, std::move(merged), record.version());
}

#define COMPTOIR_INSTANTIATE_CONFIGURATION(Resource)                                             \
  template absl::StatusOr<Resource> CreateConfiguration(Transaction&, const Resource&);          \
  template absl::StatusOr<Resource> GetConfiguration<Resource>(const Reader&, std::string_view); \
  template absl::StatusOr<ConfigurationPage<Resource>> ListConfiguration(const Reader&,          \
                                                                         const PageRequest&);    \
  template absl::StatusOr<Resource> UpdateConfiguration(Transaction&, const Resource&,           \
                                                        const FieldMask&)

COMPTOIR_INSTANTIATE_CONFIGURATION(v1::Channel);
COMPTOIR_INSTANTIATE_CONFIGURATION(v1::Profile);
COMPTOIR_INSTANTIATE_CONFIGURATION(v1::OperatingUnit);
COMPTOIR_INSTANTIATE_CONFIGURATION(v1::NumberSequence);

#undef COMPTOIR_INSTANTIATE_CONFIGURATION

}  // namespace comptoir::hq
