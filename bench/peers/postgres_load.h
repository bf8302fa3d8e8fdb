#ifndef COMPTOIR_BENCH_PEERS_POSTGRES_LOAD_H_
#define COMPTOIR_BENCH_PEERS_POSTGRES_LOAD_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "bench/measure/load_result.h"
#include "bench/peers/postgres_statements.h"

namespace comptoir::bench {

struct PostgresLoadOptions {
  // As libpq reads it: "host=/tmp/x dbname=postgres".
  std::string connection;
  // Statements under way, each on a connection of its own: PostgreSQL runs those of one connection
  // one after the other.
  uint64_t in_flight = 1;
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
  uint64_t check_every = 64;
};

// Closed loop, by one thread. A statement that returns no row where it is checked counts as empty.
absl::StatusOr<LoadResult> RunPostgresLoad(const PostgresLoadOptions& options,
                                           const PostgresStatement& statement);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_POSTGRES_LOAD_H_
