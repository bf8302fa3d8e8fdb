#ifndef COMPTOIR_BENCH_LOAD_FAN_OUT_H_
#define COMPTOIR_BENCH_LOAD_FAN_OUT_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "bench/customers/customer_generator.h"
#include "bench/measure/load_result.h"

namespace comptoir::bench {

struct FanOutOptions {
  // HQ's, or that of a floor.
  std::string address;
  // Channel services that subscribe, each by a connection of its own. Follower i is FollowerName(i)
  // of channel FollowedChannel(c) with c = i % channels; all channels with the same c % groups see
  // the same customers. HQ must be configured so.
  uint64_t followers = 1000;
  uint64_t channels = 10;
  uint64_t groups = 1;
  // Of which one in so many is looked at; the others only take what comes.
  uint64_t watch_every = 10;
  // Customers created a second, at HQ, for one group after the other: open loop.
  double rate = 100;
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
  uint64_t first = 0;
};

// Connects all followers, waits until they have all that HQ has, and creates customers. A time runs
// from when a create was due to when a follower of its group had it, one for each of them that is
// looked at. A create that one of them never saw is an error.
absl::StatusOr<LoadResult> RunFanOut(const FanOutOptions& options,
                                     const CustomerGenerator& generator);

struct FillOptions {
  std::string address;
  // Who subscribes: a channel service of a channel.
  std::string channel_service = "store-002";
  std::string channel = "002";
  // How many it is to receive.
  uint64_t customers = 0;
};

// Subscribes once, with nothing, and returns how many customers came a second: what a new channel
// could have, if it did nothing with them.
absl::StatusOr<LoadResult> RunFill(const FillOptions& options);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_LOAD_FAN_OUT_H_
