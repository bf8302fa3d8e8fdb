// What tells one kind of configuration from another. A new kind is one block here, its place in
// AllKinds, its CheckFields() and ReferencesOf(), and the proto.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_KINDS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_KINDS_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/reason.h"
#include "common/storage/key_codec.h"
#include "comptoir/hq/v1/configuration.pb.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

using Jobs = std::array<replication::v1::Job, 2>;
inline constexpr Jobs kJob1070 = {replication::v1::JOB_1070_CHANNELS};
inline constexpr Jobs kJob1110 = {replication::v1::JOB_1110_GLOBAL};
// Groups are everybody's (1110), and inheritance needs them with the default customers (1070, D7).
inline constexpr Jobs kJobs1070And1110 = {replication::v1::JOB_1070_CHANNELS,
                                          replication::v1::JOB_1110_GLOBAL};
inline constexpr Jobs kNoJob = {};

template <typename Resource>
struct Kind;

#define COMPTOIR_KIND(Resource, field, Enumerator, collection, kind, jobs)            \
  static constexpr std::string_view kCollection = collection;                         \
  static constexpr auto kCase = v1::Configuration::Enumerator;                        \
  static constexpr auto kRecordKind = replication::v1::RECORD_KIND_##kind;            \
  static constexpr Jobs kJobs = jobs;                                                 \
  static const v1::Resource& In(const v1::Configuration& any) { return any.field(); } \
  static v1::Resource& MutableIn(v1::Configuration& any) { return *any.mutable_##field(); }

// The first four kinds have records of their own.
template <>
struct Kind<v1::Channel> {
  COMPTOIR_KIND(Channel, channel, kChannel, "channels", CHANNEL, kJob1070)
  using Record = storage::v1::ChannelRecord;
  static constexpr Reason kNotFound = Reason::kChannelNotFound;
  static v1::Channel& ResourceOf(Record& record) { return *record.mutable_channel(); }
};
template <>
struct Kind<v1::Profile> {
  COMPTOIR_KIND(Profile, profile, kProfile, "profiles", PROFILE, kJob1070)
  using Record = storage::v1::ProfileRecord;
  static constexpr Reason kNotFound = Reason::kProfileNotFound;
  static v1::Profile& ResourceOf(Record& record) { return *record.mutable_profile(); }
};
template <>
struct Kind<v1::OperatingUnit> {
  COMPTOIR_KIND(OperatingUnit, operating_unit, kOperatingUnit, "operatingUnits", OPERATING_UNIT,
                kJob1070)
  using Record = storage::v1::OperatingUnitRecord;
  static constexpr Reason kNotFound = Reason::kOperatingUnitNotFound;
  static v1::OperatingUnit& ResourceOf(Record& record) { return *record.mutable_operating_unit(); }
};
template <>
struct Kind<v1::NumberSequence> {
  COMPTOIR_KIND(NumberSequence, number_sequence, kNumberSequence, "numberSequences",
                NUMBER_SEQUENCE, kNoJob)
  using Record = storage::v1::NumberSequenceRecord;
  static constexpr Reason kNotFound = Reason::kRecordNotFound;
  static v1::NumberSequence& ResourceOf(Record& record) {
    return *record.mutable_number_sequence();
  }
};

// All others share one.
template <typename Resource>
struct InConfigurationRecord {
  using Record = storage::v1::ConfigurationRecord;
  static constexpr Reason kNotFound = Reason::kRecordNotFound;
  static Resource& ResourceOf(Record& record) {
    return Kind<Resource>::MutableIn(*record.mutable_configuration());
  }
};

template <>
struct Kind<v1::CustomerGroup> : InConfigurationRecord<v1::CustomerGroup> {
  COMPTOIR_KIND(CustomerGroup, customer_group, kCustomerGroup, "customerGroups", CUSTOMER_GROUP,
                kJobs1070And1110)
};
template <>
struct Kind<v1::AddressBook> : InConfigurationRecord<v1::AddressBook> {
  COMPTOIR_KIND(AddressBook, address_book, kAddressBook, "addressBooks", ADDRESS_BOOK, kJob1070)
};
template <>
struct Kind<v1::Affiliation> : InConfigurationRecord<v1::Affiliation> {
  COMPTOIR_KIND(Affiliation, affiliation, kAffiliation, "affiliations", AFFILIATION, kJob1110)
};
template <>
struct Kind<v1::AttributeType> : InConfigurationRecord<v1::AttributeType> {
  COMPTOIR_KIND(AttributeType, attribute_type, kAttributeType, "attributeTypes", ATTRIBUTE_TYPE,
                kJob1110)
};
template <>
struct Kind<v1::Attribute> : InConfigurationRecord<v1::Attribute> {
  COMPTOIR_KIND(Attribute, attribute, kAttribute, "attributes", ATTRIBUTE, kJob1110)
};
template <>
struct Kind<v1::AttributeGroup> : InConfigurationRecord<v1::AttributeGroup> {
  COMPTOIR_KIND(AttributeGroup, attribute_group, kAttributeGroup, "attributeGroups",
                ATTRIBUTE_GROUP, kJob1110)
};
template <>
struct Kind<v1::AddressPurpose> : InConfigurationRecord<v1::AddressPurpose> {
  COMPTOIR_KIND(AddressPurpose, address_purpose, kAddressPurpose, "addressPurposes",
                ADDRESS_PURPOSE, kJob1110)
};
template <>
struct Kind<v1::Feature> : InConfigurationRecord<v1::Feature> {
  COMPTOIR_KIND(Feature, feature, kFeature, "features", FEATURE, kJob1110)
};
template <>
struct Kind<v1::FieldRules> : InConfigurationRecord<v1::FieldRules> {
  COMPTOIR_KIND(FieldRules, field_rules, kFieldRules, "fieldRules", FIELD_RULES, kJob1110)
};
template <>
struct Kind<v1::ChannelDatabaseGroup> : InConfigurationRecord<v1::ChannelDatabaseGroup> {
  COMPTOIR_KIND(ChannelDatabaseGroup, channel_database_group, kChannelDatabaseGroup,
                "channelDatabaseGroups", CHANNEL_DATABASE_GROUP, kJob1070)
};
template <>
struct Kind<v1::DefaultCustomer> : InConfigurationRecord<v1::DefaultCustomer> {
  COMPTOIR_KIND(DefaultCustomer, default_customer, kDefaultCustomer, "defaultCustomers",
                DEFAULT_CUSTOMER, kJob1070)
};
// It stays at HQ.
template <>
struct Kind<v1::BatchJob> : InConfigurationRecord<v1::BatchJob> {
  COMPTOIR_KIND(BatchJob, batch_job, kBatchJob, "batchJobs", BATCH_JOB, kNoJob)
};

#undef COMPTOIR_KIND

template <typename... Resources>
struct KindList {};

// What is referred to comes before what refers to it.
using AllKinds = KindList<v1::NumberSequence, v1::CustomerGroup, v1::AddressBook, v1::Affiliation,
                          v1::AttributeType, v1::Attribute, v1::AttributeGroup, v1::AddressPurpose,
                          v1::Feature, v1::FieldRules, v1::OperatingUnit, v1::Profile,
                          v1::ChannelDatabaseGroup, v1::DefaultCustomer, v1::Channel, v1::BatchJob>;

// Calls `visit` with std::type_identity of each kind, in that order.
template <typename Visit, typename... Resources>
void ForEachKind(Visit visit, KindList<Resources...>) {
  (visit(std::type_identity<Resources>()), ...);
}
template <typename Visit>
void ForEachKind(Visit visit) {
  ForEachKind(visit, AllKinds());
}

// What `visit` makes of the one kind for which `fits` is true; nothing if there is none.
template <typename Result, typename Fits, typename Visit>
std::optional<Result> VisitKind(Fits fits, Visit visit) {
  std::optional<Result> result;
  ForEachKind([&](auto kind) {
    if (!result.has_value() && fits(kind)) result = visit(kind);
  });
  return result;
}
template <typename Result, typename Visit>
std::optional<Result> VisitKindOf(const v1::Configuration& any, Visit visit) {
  return VisitKind<Result>(
      [&](auto kind) { return Kind<typename decltype(kind)::type>::kCase == any.kind_case(); },
      visit);
}
template <typename Result, typename Visit>
std::optional<Result> VisitCollection(std::string_view collection, Visit visit) {
  return VisitKind<Result>(
      [&](auto kind) { return Kind<typename decltype(kind)::type>::kCollection == collection; },
      visit);
}

// The key in table records; of an empty id: where the kind's keys begin.
template <typename Resource>
std::string ConfigurationKey(std::string_view id) {
  return KeyWriter().Byte(static_cast<uint8_t>(Kind<Resource>::kRecordKind)).Rest(id).key();
}

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_CONFIGURATION_KINDS_H_
