#include "hq-service/domain/configuration/any_configuration.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/storage/record_io.h"
#include "google/protobuf/text_format.h"
#include "hq-service/domain/configuration/validate_configuration.h"

namespace comptoir::hq {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using replication::v1::RecordKind;

template <typename KindTag>
using ResourceIn = typename decltype(KindTag())::type;

std::string TextField(const Message* resource, const char* name) {
  if (resource == nullptr) return "";
  const FieldDescriptor* field = resource->GetDescriptor()->FindFieldByName(name);
  return resource->GetReflection()->GetString(*resource, field);
}

std::string_view CollectionOf(std::string_view name) { return name.substr(0, name.find('/')); }

template <typename Resource>
absl::StatusOr<std::string> KeyIn(std::string_view name, std::string_view field) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string id,
                            ParseConfigurationName(name, Kind<Resource>::kCollection, field));
  return ConfigurationKey<Resource>(id);
}

absl::Status NameInvalid(std::string_view field) {
  FieldViolations violations;
  violations.Add(std::string(field), "NAME_INVALID", "Must be {collection}/{id}.");
  return violations.ToStatus();
}

// Maps have no order of their own.
std::string MapText(const Message& resource, const FieldDescriptor& field,
                    const TextFormat::Printer& printer) {
  std::map<std::string, std::string> entries;
  const FieldDescriptor* key = field.message_type()->map_key();
  const FieldDescriptor* value = field.message_type()->map_value();
  for (int i = 0; i < resource.GetReflection()->FieldSize(resource, &field); ++i) {
    const Message& entry = resource.GetReflection()->GetRepeatedMessage(resource, &field, i);
    std::string key_text;
    printer.PrintFieldValueToString(entry, key, -1, &key_text);
    printer.PrintFieldValueToString(entry, value, -1, &entries[key_text]);
  }
  return absl::StrJoin(entries, ", ", absl::PairFormatter(": "));
}

// A field's values, one after the other. Empty if it is as it would be by default.
std::string ValueText(const Message& resource, const FieldDescriptor& field) {
  TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);  // People read it: an é stays an é.
  if (field.is_map()) return MapText(resource, field, printer);
  std::vector<const FieldDescriptor*> set;
  resource.GetReflection()->ListFields(resource, &set);
  if (std::find(set.begin(), set.end(), &field) == set.end()) return "";
  const int size = field.is_repeated() ? resource.GetReflection()->FieldSize(resource, &field) : 1;
  std::vector<std::string> values(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    std::string& value = values[static_cast<size_t>(i)];
    printer.PrintFieldValueToString(resource, &field, field.is_repeated() ? i : -1, &value);
    while (value.ends_with(' ')) value.pop_back();
  }
  return absl::StrJoin(values, ", ");
}

}  // namespace

Message* MutableResourceOf(v1::Configuration& any) {
  return VisitKindOf<Message*>(any,
                               [&](auto kind) -> Message* {
                                 return &Kind<ResourceIn<decltype(kind)>>::MutableIn(any);
                               })
      .value_or(nullptr);
}

const Message* ResourceOf(const v1::Configuration& any) {
  return VisitKindOf<const Message*>(any,
                                     [&](auto kind) -> const Message* {
                                       return &Kind<ResourceIn<decltype(kind)>>::In(any);
                                     })
      .value_or(nullptr);
}

std::string NameOf(const v1::Configuration& any) { return TextField(ResourceOf(any), "name"); }

std::string EtagOf(const v1::Configuration& any) { return TextField(ResourceOf(any), "etag"); }

void SetEtag(v1::Configuration& any, const std::string& etag) {
  Message& resource = *MutableResourceOf(any);
  resource.GetReflection()->SetString(&resource, resource.GetDescriptor()->FindFieldByName("etag"),
                                      etag);
}

bool IsRetired(const v1::Configuration& any) {
  const Message& resource = *ResourceOf(any);
  const FieldDescriptor* field = resource.GetDescriptor()->FindFieldByName("retired");
  return field != nullptr && resource.GetReflection()->GetBool(resource, field);
}

std::string EtagOfVersion(uint64_t version) { return "h" + std::to_string(version); }

absl::StatusOr<std::string> KeyOfName(const v1::Configuration& any, std::string_view field) {
  return VisitKindOf<absl::StatusOr<std::string>>(
             any, [&](auto kind) { return KeyIn<ResourceIn<decltype(kind)>>(NameOf(any), field); })
      .value_or(NameInvalid(field));
}

absl::StatusOr<std::string> KeyOfName(std::string_view name, std::string_view field) {
  return VisitCollection<absl::StatusOr<std::string>>(
             CollectionOf(name),
             [&](auto kind) { return KeyIn<ResourceIn<decltype(kind)>>(name, field); })
      .value_or(NameInvalid(field));
}

absl::StatusOr<StoredConfiguration> ParseStored(std::string_view key, std::string_view record) {
  auto stored = VisitKind<absl::StatusOr<StoredConfiguration>>(
      [&](auto kind) { return key.starts_with(ConfigurationKey<ResourceIn<decltype(kind)>>("")); },
      [&](auto kind) -> absl::StatusOr<StoredConfiguration> {
        using Resource = ResourceIn<decltype(kind)>;
        COMPTOIR_ASSIGN_OR_RETURN(auto parsed,
                                  ParseRecord<typename Kind<Resource>::Record>(record));
        StoredConfiguration stored{.version = parsed.version()};
        Resource& resource = Kind<Resource>::MutableIn(stored.any);
        resource = std::move(Kind<Resource>::ResourceOf(parsed));
        resource.set_etag(EtagOfVersion(stored.version));
        return stored;
      });
  if (stored.has_value()) return *std::move(stored);
  return MakeError(Reason::kStorageCorrupt, "A key isn't that of configuration.");
}

absl::StatusOr<std::optional<StoredConfiguration>> FindStored(const Reader& reader,
                                                              std::string_view key) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, reader.Get(Table::kRecords, key));
  if (!record.has_value()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(auto stored, ParseStored(key, *record));
  return std::optional(std::move(stored));
}

std::string RecordOf(v1::Configuration any, uint64_t version) {
  return *VisitKindOf<std::string>(any, [&](auto kind) {
    using Resource = ResourceIn<decltype(kind)>;
    Resource& resource = Kind<Resource>::MutableIn(any);
    resource.clear_etag();
    typename Kind<Resource>::Record record;
    Kind<Resource>::ResourceOf(record) = std::move(resource);
    record.set_version(version);
    return SerializeDeterministically(record);
  });
}

Jobs JobsOf(const v1::Configuration& any) {
  return *VisitKindOf<Jobs>(any, [](auto kind) { return Kind<ResourceIn<decltype(kind)>>::kJobs; });
}

bool SameContent(const v1::Configuration& a, const v1::Configuration& b) {
  return RecordOf(a, 0) == RecordOf(b, 0);
}

v1::FieldDifference DifferenceIn(const FieldDescriptor& field, const Message& from,
                                 const Message& to) {
  v1::FieldDifference difference;
  difference.set_field(field.name());
  difference.set_old_value(ValueText(from, field));
  difference.set_new_value(ValueText(to, field));
  return difference;
}

std::vector<v1::FieldDifference> Differences(const v1::Configuration& from,
                                             const v1::Configuration& to) {
  const Message& old_resource = *ResourceOf(from);
  const Message& new_resource = *ResourceOf(to);
  std::vector<v1::FieldDifference> differences;
  for (int i = 0; i < new_resource.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *new_resource.GetDescriptor()->field(i);
    if (field.name() == "name" || field.name() == "etag") continue;
    v1::FieldDifference difference = DifferenceIn(field, old_resource, new_resource);
    if (difference.old_value() != difference.new_value()) {
      differences.push_back(std::move(difference));
    }
  }
  return differences;
}

absl::StatusOr<std::optional<v1::Configuration>> ConfigurationView::Find(
    const std::string& key) const {
  const auto planned = planned_.find(key);
  if (planned != planned_.end()) return planned->second;
  COMPTOIR_ASSIGN_OR_RETURN(auto stored, FindStored(reader_, key));
  if (!stored.has_value()) return std::nullopt;
  return std::move(stored->any);
}

absl::StatusOr<std::vector<v1::Configuration>> ConfigurationView::All(RecordKind kind) const {
  const std::string prefix = KeyWriter().Byte(static_cast<uint8_t>(kind)).key();
  std::map<std::string, v1::Configuration> all;
  KeyRange range = PrefixRange(prefix);
  range.rows_max = std::numeric_limits<size_t>::max();
  COMPTOIR_RETURN_IF_ERROR(
      ScanRows(reader_, Table::kRecords, range,
               [&](std::string_view key, std::string_view record) -> absl::StatusOr<bool> {
                 COMPTOIR_ASSIGN_OR_RETURN(auto stored, ParseStored(key, record));
                 all[std::string(key)] = std::move(stored.any);
                 return true;
               }));
  for (const auto& [key, any] : planned_) {
    if (key.starts_with(prefix)) all[key] = any;
  }
  std::vector<v1::Configuration> list;
  for (auto& [key, any] : all) list.push_back(std::move(any));
  return list;
}

}  // namespace comptoir::hq
