#include "common/customer/configuration.h"

#include <algorithm>
#include <optional>

#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/limits.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir {
namespace {

using replication::v1::RecordKind;
using storage::v1::ConfigurationRecord;

// More attribute groups and purposes than HQ takes, and all features.
constexpr size_t kSharedRecordsMax = 1000;

// What a channel refers to and HQ has checked: only not come yet, if it is missing.
template <typename Record>
absl::StatusOr<Record> ReadReferred(const Reader& reader, std::string_view key,
                                    std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(std::optional<Record> record,
                            ReadRecord<Record>(reader, Table::kRecords, key));
  if (record.has_value()) return *std::move(record);
  return MakeError(Reason::kConfigurationMissing, "A configuration record hasn't come yet.",
                   {{"record", std::string(name)}});
}

// Fields that the channel doesn't inherit are as if its default customer had none.
void SwitchOff(const google::protobuf::RepeatedPtrField<std::string>& fields,
               hq::v1::DefaultCustomer& inherited) {
  for (const std::string& name : fields) {
    const auto* field = inherited.GetDescriptor()->FindFieldByName(name);
    // A newer HQ knows more fields: they are none of ours.
    if (field != nullptr) inherited.GetReflection()->ClearField(&inherited, field);
  }
}

absl::Status ReadInherited(const Reader& reader, const hq::v1::Channel& channel,
                           ChannelConfiguration& configuration) {
  if (channel.default_customer().empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(
      auto record, ReadReferred<ConfigurationRecord>(
                       reader,
                       ConfigurationRecordKey(replication::v1::RECORD_KIND_DEFAULT_CUSTOMER,
                                              IdInName(channel.default_customer())),
                       channel.default_customer()));
  configuration.inherited = std::move(*record.mutable_configuration()->mutable_default_customer());
  configuration.version = std::max(configuration.version, record.version());
  SwitchOff(channel.fields_not_inherited(), configuration.inherited);
  const std::string& group = configuration.inherited.customer_group();
  if (group.empty()) return absl::OkStatus();
  // It comes with the same job, so that inheritance never waits for another one.
  COMPTOIR_ASSIGN_OR_RETURN(
      record,
      ReadReferred<ConfigurationRecord>(
          reader,
          ConfigurationRecordKey(replication::v1::RECORD_KIND_CUSTOMER_GROUP, IdInName(group)),
          group));
  configuration.version = std::max(configuration.version, record.version());
  configuration.groups[std::string(IdInName(group))] =
      std::move(*record.mutable_configuration()->mutable_customer_group());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ConfigurationRecord>> Find(const Reader& reader, RecordKind kind,
                                                        std::string_view id) {
  return ReadRecord<ConfigurationRecord>(reader, Table::kRecords, ConfigurationRecordKey(kind, id));
}

absl::Status ReadAffiliation(const Reader& reader, std::string_view id,
                             ChannelConfiguration& configuration) {
  if (configuration.affiliations.contains(ToAbsl(id))) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(auto record,
                            Find(reader, replication::v1::RECORD_KIND_AFFILIATION, id));
  if (!record.has_value()) return absl::OkStatus();
  configuration.affiliations[std::string(id)] =
      std::move(*record->mutable_configuration()->mutable_affiliation());
  return absl::OkStatus();
}

absl::Status ReadAddressBook(const Reader& reader, std::string_view id,
                             ChannelConfiguration& configuration) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                            Find(reader, replication::v1::RECORD_KIND_ADDRESS_BOOK, id));
  if (record.has_value() && !record->configuration().address_book().retired()) {
    configuration.books_in_use.emplace(id);
  }
  return absl::OkStatus();
}

// Definitions come with another job than the channel: one that hasn't come yet isn't in force yet,
// like a feature. (F7)
absl::Status ReadFieldRules(const Reader& reader, const hq::v1::Channel& channel,
                            ChannelConfiguration& configuration) {
  if (channel.field_rules().empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto record,
      Find(reader, replication::v1::RECORD_KIND_FIELD_RULES, IdInName(channel.field_rules())));
  if (!record.has_value()) return absl::OkStatus();
  const hq::v1::FieldRules& rules = record->configuration().field_rules();
  configuration.field_rules.assign(rules.rules().begin(), rules.rules().end());
  configuration.version = std::max(configuration.version, record->version());
  return absl::OkStatus();
}

// An attribute of the group that hasn't come yet is none yet.
absl::Status ReadAttribute(const Reader& reader, std::string_view id,
                           ChannelConfiguration& configuration) {
  COMPTOIR_ASSIGN_OR_RETURN(auto attribute,
                            Find(reader, replication::v1::RECORD_KIND_ATTRIBUTE, id));
  if (!attribute.has_value()) return absl::OkStatus();
  const std::string& type_name = attribute->configuration().attribute().type();
  COMPTOIR_ASSIGN_OR_RETURN(
      auto type, Find(reader, replication::v1::RECORD_KIND_ATTRIBUTE_TYPE, IdInName(type_name)));
  if (!type.has_value()) return absl::OkStatus();
  configuration.version = std::max({configuration.version, attribute->version(), type->version()});
  configuration.attributes.push_back(
      {std::make_shared<hq::v1::Attribute>(
           std::move(*attribute->mutable_configuration()->mutable_attribute())),
       std::make_shared<hq::v1::AttributeType>(
           std::move(*type->mutable_configuration()->mutable_attribute_type()))});
  return absl::OkStatus();
}

}  // namespace

std::string CustomerAttribute::id() const { return std::string(IdInName(definition->name())); }

absl::StatusOr<ChannelConfiguration> ReadChannelConfiguration(const Reader& reader,
                                                              std::string_view channel) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const std::optional<storage::v1::ChannelRecord> record,
      ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords, ChannelRecordKey(channel)));
  if (!record.has_value()) {
    return MakeError(Reason::kChannelNotFound, "No such channel.",
                     {{"channel", std::string(channel)}});
  }
  const std::string& profile_name = record->channel().profile();
  const std::string& unit_name = record->channel().operating_unit();
  COMPTOIR_ASSIGN_OR_RETURN(const storage::v1::ProfileRecord profile,
                            ReadReferred<storage::v1::ProfileRecord>(
                                reader, ProfileRecordKey(IdInName(profile_name)), profile_name));
  COMPTOIR_ASSIGN_OR_RETURN(const storage::v1::OperatingUnitRecord unit,
                            ReadReferred<storage::v1::OperatingUnitRecord>(
                                reader, OperatingUnitRecordKey(IdInName(unit_name)), unit_name));
  // Whether it filters customer data must be known before a customer is taken.
  const std::string& group_name = record->channel().channel_database_group();
  if (!group_name.empty()) {
    COMPTOIR_RETURN_IF_ERROR(
        ReadReferred<ConfigurationRecord>(
            reader,
            ConfigurationRecordKey(replication::v1::RECORD_KIND_CHANNEL_DATABASE_GROUP,
                                   IdInName(group_name)),
            group_name)
            .status());
  }
  ChannelConfiguration configuration{
      .channel = std::string(channel),
      .currency = record->channel().currency(),
      .language = record->channel().language(),
      .default_country = unit.operating_unit().address().country(),
      .create_customer_async = profile.profile().create_customer_async(),
      .version = std::max({record->version(), profile.version(), unit.version()}),
  };
  for (const std::string& book : record->channel().address_books()) {
    configuration.address_books.emplace_back(IdInName(book));
  }
  COMPTOIR_RETURN_IF_ERROR(ReadInherited(reader, record->channel(), configuration));
  COMPTOIR_RETURN_IF_ERROR(ReadFieldRules(reader, record->channel(), configuration));
  COMPTOIR_RETURN_IF_ERROR(ReadSharedConfiguration(reader, configuration));
  return configuration;
}

absl::Status ReadSharedConfiguration(const Reader& reader, ChannelConfiguration& configuration) {
  // Attribute groups, purposes and features lie side by side.
  static_assert(replication::v1::RECORD_KIND_ADDRESS_PURPOSE ==
                replication::v1::RECORD_KIND_ATTRIBUTE_GROUP + 1);
  static_assert(replication::v1::RECORD_KIND_FEATURE ==
                replication::v1::RECORD_KIND_ADDRESS_PURPOSE + 1);
  hq::v1::AttributeGroup in_use;
  const KeyRange range{
      .begin = ConfigurationRecordKey(replication::v1::RECORD_KIND_ATTRIBUTE_GROUP, ""),
      .end = ConfigurationRecordKey(replication::v1::RECORD_KIND_FIELD_RULES, ""),
      .rows_max = kSharedRecordsMax};
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<ConfigurationRecord>(
      reader, Table::kRecords, range, [&](std::string_view key, const ConfigurationRecord& record) {
        const std::string id(key.substr(1));
        configuration.version = std::max(configuration.version, record.version());
        const hq::v1::Configuration& any = record.configuration();
        if (any.has_attribute_group()) {
          const hq::v1::AttributeGroup& group = any.attribute_group();
          if (group.in_use() && !group.retired()) in_use = group;
        } else if (any.has_address_purpose()) {
          (any.address_purpose().retired() ? configuration.retired_purposes
                                           : configuration.purposes)
              .insert(id);
        } else if (any.feature().enabled()) {
          configuration.features.insert(id);
        }
        return true;
      }));
  for (const std::string& name : in_use.attributes()) {
    COMPTOIR_RETURN_IF_ERROR(ReadAttribute(reader, IdInName(name), configuration));
  }
  return absl::OkStatus();
}

absl::Status ReadDefinitions(const Reader& reader, const customer::v1::Customer& customer,
                             ChannelConfiguration& configuration) {
  const std::string& group = customer.customer_group();
  if (!group.empty() && !configuration.groups.contains(group)) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record,
                              Find(reader, replication::v1::RECORD_KIND_CUSTOMER_GROUP, group));
    if (record.has_value()) {
      configuration.groups[group] =
          std::move(*record->mutable_configuration()->mutable_customer_group());
    }
  }
  // More than these are refused without a look.
  const int count = std::min(customer.affiliations_size(), kAffiliationsMax);
  for (int i = 0; i < count; ++i) {
    COMPTOIR_RETURN_IF_ERROR(ReadAffiliation(reader, customer.affiliations(i), configuration));
  }
  for (const std::string& name : configuration.inherited.affiliations()) {
    COMPTOIR_RETURN_IF_ERROR(ReadAffiliation(reader, IdInName(name), configuration));
  }
  const int books = std::min(customer.address_books_size(), kAddressBooksMax);
  for (int i = 0; i < books; ++i) {
    COMPTOIR_RETURN_IF_ERROR(ReadAddressBook(reader, customer.address_books(i), configuration));
  }
  return absl::OkStatus();
}

std::string_view IdInName(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
}

std::string ConfigurationRecordKey(RecordKind kind, std::string_view id) {
  return KeyWriter().Byte(static_cast<uint8_t>(kind)).Rest(id).key();
}

absl::StatusOr<std::string> ReadDigestKey(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const storage::v1::ChainRecord chain,
      ReadReferred<storage::v1::ChainRecord>(reader, ChainRecordKey(), "chain"));
  return chain.digest_key();
}

std::string ChannelRecordKey(std::string_view channel) {
  return ConfigurationRecordKey(replication::v1::RECORD_KIND_CHANNEL, channel);
}

std::string ProfileRecordKey(std::string_view profile) {
  return ConfigurationRecordKey(replication::v1::RECORD_KIND_PROFILE, profile);
}

std::string OperatingUnitRecordKey(std::string_view operating_unit) {
  return ConfigurationRecordKey(replication::v1::RECORD_KIND_OPERATING_UNIT, operating_unit);
}

std::string NumberSequenceRecordKey(std::string_view number_sequence) {
  return ConfigurationRecordKey(replication::v1::RECORD_KIND_NUMBER_SEQUENCE, number_sequence);
}

std::string ChainRecordKey() {
  return ConfigurationRecordKey(replication::v1::RECORD_KIND_CHAIN, "chain");
}

}  // namespace comptoir
