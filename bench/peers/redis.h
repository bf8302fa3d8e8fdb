#ifndef COMPTOIR_BENCH_PEERS_REDIS_H_
#define COMPTOIR_BENCH_PEERS_REDIS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "bench/customers/customer_generator.h"
#include "bench/peers/closed_loop.h"

namespace comptoir::bench {

// Connects to a Redis on loopback to create customers from number `first` on, each in one MULTI:
// the customer by its id, its id by e-mail and phone, and an entry of a stream as outbox.
// `generator` must live longer.
absl::StatusOr<std::unique_ptr<PeerConnection>> ConnectToRedis(int port, uint64_t first,
                                                               const CustomerGenerator& generator);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_REDIS_H_
