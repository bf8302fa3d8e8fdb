#ifndef COMPTOIR_BENCH_LOAD_UPLOADS_H_
#define COMPTOIR_BENCH_LOAD_UPLOADS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "bench/customers/customer_generator.h"
#include "bench/measure/load_result.h"

namespace comptoir::bench {

struct UploadsOptions {
  // HQ's.
  std::string address;
  // Channel services that upload, each for a channel and by a connection of its own:
  // FollowerName(i) for FollowedChannel(i). HQ must be configured so.
  uint64_t channels = 1;
  // What is acknowledged in this time isn't counted.
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
  // The customers that are created, at most.
  uint64_t first = 0;
  uint64_t customers = 0;
};

// Uploads creates as channel services do whose outboxes never end, a few batches at a time. A time
// is that of an operation, from when its batch was sent to when HQ had acknowledged it.
absl::StatusOr<LoadResult> RunUploads(const UploadsOptions& options,
                                      const CustomerGenerator& generator);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_LOAD_UPLOADS_H_
