#ifndef COMPTOIR_BENCH_PEERS_POSTGRES_REPLICATED_H_
#define COMPTOIR_BENCH_PEERS_POSTGRES_REPLICATED_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "bench/measure/load_result.h"
#include "bench/peers/postgres_statements.h"

namespace comptoir::bench {

struct PostgresReplicatedOptions {
  // As libpq reads them: where is written, and where it arrives by logical replication.
  std::string publisher;
  std::string subscriber;
  // One after the other, so many a second at most.
  double rate = 20;
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
};

// Runs the statement at the publisher and asks the subscriber until the row with its first
// parameter as id is there. A time runs from when the statement was answered.
absl::StatusOr<LoadResult> RunPostgresReplicated(const PostgresReplicatedOptions& options,
                                                 const PostgresStatement& statement,
                                                 const std::string& table);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_POSTGRES_REPLICATED_H_
