// What both services know of a channel, read from replicated records.

#ifndef COMPTOIR_COMMON_CUSTOMER_CONFIGURATION_H_
#define COMPTOIR_COMMON_CUSTOMER_CONFIGURATION_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/hq/v1/configuration.pb.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

// An attribute that customers have. By pointer: a configuration is copied with each request.
struct CustomerAttribute {
  std::shared_ptr<const hq::v1::Attribute> definition;
  std::shared_ptr<const hq::v1::AttributeType> type;

  std::string id() const;
};

// Besides the channel's own settings it holds of the chain's definitions what a request may need:
// those that every request may name, and after ReadDefinitions() those that one customer names.
struct ChannelConfiguration {
  std::string channel;   // number
  std::string currency;  // ISO 4217
  std::string language;  // BCP 47
  std::string
      default_country;  // ISO 3166-1 alpha-2, of the operating unit's address; may be empty (A6)
  bool create_customer_async = false;
  uint64_t version = 0;  // the highest of the records it was read from
  // Ids of the address books whose customers it receives, and which its new customers get. None: it
  // receives all customers. (V8)
  std::vector<std::string> address_books;

  // What new customers inherit; fields that this channel doesn't inherit are unset. Without a name:
  // the channel has no default customer. (D1, D4)
  hq::v1::DefaultCustomer inherited;
  // Ids of the features that are on.
  absl::btree_set<std::string> features;
  // Ids of the purposes that HQ added, and of those that it retired.
  absl::btree_set<std::string> purposes;
  absl::btree_set<std::string> retired_purposes;
  // Those of the attribute group in use, in its order; retired ones too. (C9)
  std::vector<CustomerAttribute> attributes;
  // What the channel demands of single fields. (C11)
  std::vector<hq::v1::FieldRule> field_rules;
  // By id.
  absl::btree_map<std::string, hq::v1::CustomerGroup> groups;
  absl::btree_map<std::string, hq::v1::Affiliation> affiliations;
  // Ids of the address books that a customer may be put into, of those that it names.
  absl::btree_set<std::string> books_in_use;

  // Of a request that an administrator makes at HQ: no store's limits. What is hidden in stores may
  // be seen and named. (Y1)
  bool by_administrator = false;

  // Enhanced async customer creation (F3).
  bool enhanced_async() const { return features.contains("F3"); }
  // Asynchronous creation of addresses (F4).
  bool async_addresses() const { return features.contains("F4"); }
  // Secondary contacts, and consent to marketing (F1).
  bool captures_contacts() const { return features.contains("F1"); }
};

// CHANNEL_NOT_FOUND if there is no such channel; CONFIGURATION_MISSING if what it refers to hasn't
// come yet.
absl::StatusOr<ChannelConfiguration> ReadChannelConfiguration(const Reader& reader,
                                                              std::string_view channel);

// What belongs to no channel: features, purposes and the attributes in use.
absl::Status ReadSharedConfiguration(const Reader& reader, ChannelConfiguration& configuration);

// Adds the groups, affiliations and address books that a customer or the default customer names,
// those that exist.
absl::Status ReadDefinitions(const Reader& reader, const customer::v1::Customer& customer,
                             ChannelConfiguration& configuration);

// The chain's digest key. CONFIGURATION_MISSING if it hasn't come yet.
absl::StatusOr<std::string> ReadDigestKey(const Reader& reader);

// Keys in table records.
std::string ChannelRecordKey(std::string_view channel);
std::string ProfileRecordKey(std::string_view profile);
std::string OperatingUnitRecordKey(std::string_view operating_unit);
std::string NumberSequenceRecordKey(std::string_view number_sequence);
std::string ChainRecordKey();
// Of the kinds that share ConfigurationRecord.
std::string ConfigurationRecordKey(replication::v1::RecordKind kind, std::string_view id);

// "profiles/{id}" → id.
std::string_view IdInName(std::string_view name);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_CONFIGURATION_H_
