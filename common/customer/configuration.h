// What both services know of a channel, read from replicated records.

#ifndef COMPTOIR_COMMON_CUSTOMER_CONFIGURATION_H_
#define COMPTOIR_COMMON_CUSTOMER_CONFIGURATION_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

struct ChannelConfiguration {
  std::string channel;   // number
  std::string currency;  // ISO 4217
  std::string language;  // BCP 47
  std::string
      default_country;  // ISO 3166-1 alpha-2, of the operating unit's address; may be empty (A6)
  bool create_customer_async = false;
  uint64_t version = 0;  // the highest of the records it was read from
};

// CHANNEL_NOT_FOUND if there is no such channel; CONFIGURATION_MISSING if what it refers to hasn't
// come yet.
absl::StatusOr<ChannelConfiguration> ReadChannelConfiguration(const Reader& reader,
                                                              std::string_view channel);

// The chain's digest key. CONFIGURATION_MISSING if it hasn't come yet.
absl::StatusOr<std::string> ReadDigestKey(const Reader& reader);

// Keys in table records.
std::string ChannelRecordKey(std::string_view channel);
std::string ProfileRecordKey(std::string_view profile);
std::string OperatingUnitRecordKey(std::string_view operating_unit);
std::string NumberSequenceRecordKey(std::string_view number_sequence);
std::string ChainRecordKey();

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_CONFIGURATION_H_
