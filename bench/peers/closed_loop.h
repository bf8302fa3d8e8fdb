#ifndef COMPTOIR_BENCH_PEERS_CLOSED_LOOP_H_
#define COMPTOIR_BENCH_PEERS_CLOSED_LOOP_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/measure/load_result.h"

namespace comptoir::bench {

// What became of a request.
struct PeerAnswer {
  // OK, or what the peer said against it.
  absl::Status status;
  // It holds nothing.
  bool empty = false;
};

// A connection to a peer, with one request under way at most. Not thread-safe.
class PeerConnection {
 public:
  virtual ~PeerConnection() = default;

  // To be polled for input.
  virtual int file() const = 0;

  // Sends request `n`, from 0, whole. Fails if the connection is broken.
  virtual absl::Status Send(uint64_t n) = 0;

  // Takes the input that is there. Returns the answer if it is complete. Fails if the connection is
  // broken.
  virtual absl::StatusOr<std::optional<PeerAnswer>> Receive() = 0;
};

struct ClosedLoopOptions {
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
  // How many requests there are.
  uint64_t limit = 0;
};

// Keeps each connection busy until the time or the requests are over. One thread.
absl::StatusOr<LoadResult> RunClosedLoop(
    const ClosedLoopOptions& options,
    const std::vector<std::unique_ptr<PeerConnection>>& connections);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_CLOSED_LOOP_H_
