// The chain that every simulated run begins with: three channels, two profiles, one number
// sequence, a default customer, three channel services.

#ifndef COMPTOIR_TESTS_SIM_SETUP_H_
#define COMPTOIR_TESTS_SIM_SETUP_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "channel-service/channel_service.h"
#include "common/storage/memory_database.h"
#include "hq-service/hq.h"

namespace comptoir::sim {

inline constexpr std::string_view kSyncProfile = "profiles/sync";
inline constexpr std::string_view kAsyncProfile = "profiles/async";
inline constexpr std::string_view kOperatingUnit = "operatingUnits/lyon";
inline constexpr std::string_view kDefaultCustomer = "defaultCustomers/walk-in";
inline constexpr std::string_view kNumberSequence = "numberSequences/customers";
inline constexpr std::string_view kLoyaltyNumberSequence = "numberSequences/loyalty";
// The channel database group of channel 200, and so of the one service that serves it.
inline constexpr std::string_view kFilteredGroup = "channelDatabaseGroups/scale-unit";
inline constexpr size_t kFilteredService = 1;
// Every new customer of the default customer's channels has it, and no store shows it.
inline constexpr char kHiddenAffiliation[] = "secret";
// A number from 20 to 50; new customers that bring none have 40.
inline constexpr char kAttribute[] = "shoe";
// No channel has any of them at first.
inline constexpr const char* kAddressBooks[] = {"north", "south", "web"};
// The first two begin synchronous, the last asynchronous.
inline constexpr const char* kChannels[] = {"100", "200", "300"};

// HQ's database with that configuration; made once, always the same.
const MemoryDatabase::Content& ConfiguredHq();

// The store's own service for each channel; the second one can stand in for both others.
struct ServiceSetup {
  std::string id;
  std::vector<std::string> channels;
};
std::vector<ServiceSetup> ServiceSetups();

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_SETUP_H_
