#ifndef COMPTOIR_BENCH_PEERS_POSTGRES_LOAD_H_
#define COMPTOIR_BENCH_PEERS_POSTGRES_LOAD_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bench/peers/closed_loop.h"
#include "bench/peers/postgres_statements.h"

namespace comptoir::bench {

// Connects as libpq reads `options` ("host=/tmp/x dbname=postgres") to run the statement, which
// must live longer. PostgreSQL runs the statements of one connection one after the other. One that
// returns no row although it selects is empty.
absl::StatusOr<std::unique_ptr<PeerConnection>> ConnectToPostgres(
    const std::string& options, const PostgresStatement& statement);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_POSTGRES_LOAD_H_
