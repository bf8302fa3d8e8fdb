// Asks what a team would use instead of Comptoir for the same things, and prints what came of it as
// one line of JSON, as load does.
//
//     peers postgres --kind=outbox --connection="host=/tmp/x dbname=postgres" --in_flight=64
//     peers postgres-replicated --kind=insert --connection=... --subscriber=... --rate=20
//     peers postgres-rows --customers=1000000 | psql -c "COPY customer (...) FROM STDIN"
//     peers documents --customers=100000
//     peers redis|pouchdb --port=6379 --in_flight=64
//
// etcd speaks gRPC: load asks it.

#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "bench/customers/customer_generator.h"
#include "bench/peers/closed_loop.h"
#include "bench/peers/postgres_load.h"
#include "bench/peers/postgres_replicated.h"
#include "bench/peers/postgres_statements.h"
#include "bench/peers/pouchdb_documents.h"
#include "bench/peers/redis.h"
#include "common/base/status.h"

ABSL_FLAG(std::string, kind, "outbox", "postgres: what is asked for.");
ABSL_FLAG(std::string, connection, "", "postgres: as libpq reads it.");
ABSL_FLAG(std::string, subscriber, "", "Where rows of table plain_customer are replicated to.");
ABSL_FLAG(double, rate, 20, "postgres-replicated: statements a second at most.");
ABSL_FLAG(int, port, 0, "redis, pouchdb: where it listens on loopback.");
ABSL_FLAG(std::string, database, "customers", "pouchdb: name of the database.");
ABSL_FLAG(uint64_t, in_flight, 1, "Requests under way, each on its own connection.");
ABSL_FLAG(absl::Duration, warm_up, absl::Seconds(1), "What begins in this time isn't counted.");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(5), "How long requests are begun after it.");
ABSL_FLAG(std::string, samples, "data/adventureworks_customers.csv", "The sample of customers.");
ABSL_FLAG(uint64_t, seed, 1, "Another seed, other customers.");
ABSL_FLAG(uint64_t, first, 0, "Number of the first customer.");
ABSL_FLAG(uint64_t, customers, 1'000'000, "How many there are from it; creates end there.");

namespace comptoir::bench {
namespace {

using Connect = std::function<absl::StatusOr<std::unique_ptr<PeerConnection>>()>;

absl::StatusOr<LoadResult> RunLoop(uint64_t limit, const Connect& connect) {
  std::vector<std::unique_ptr<PeerConnection>> connections;
  for (uint64_t i = 0; i < absl::GetFlag(FLAGS_in_flight); ++i) {
    COMPTOIR_ASSIGN_OR_RETURN(auto connection, connect());
    connections.push_back(std::move(connection));
  }
  return RunClosedLoop({.warm_up = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_warm_up)),
                        .duration = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration)),
                        .limit = limit},
                       connections);
}

absl::StatusOr<LoadResult> RunPostgres(bool replicated, const CustomerGenerator& generator) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const PostgresStatement statement,
      MakePostgresStatement(absl::GetFlag(FLAGS_kind), absl::GetFlag(FLAGS_first),
                            absl::GetFlag(FLAGS_customers), generator));
  if (replicated) {
    return RunPostgresReplicated(
        {.publisher = absl::GetFlag(FLAGS_connection),
         .subscriber = absl::GetFlag(FLAGS_subscriber),
         .rate = absl::GetFlag(FLAGS_rate),
         .duration = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration))},
        statement, "plain_customer");
  }
  return RunLoop(statement.limit,
                 [&] { return ConnectToPostgres(absl::GetFlag(FLAGS_connection), statement); });
}

absl::StatusOr<LoadResult> Run(const std::string& peer) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const CustomerGenerator generator,
      CustomerGenerator::Open(absl::GetFlag(FLAGS_samples), absl::GetFlag(FLAGS_seed)));
  const int port = absl::GetFlag(FLAGS_port);
  const uint64_t first = absl::GetFlag(FLAGS_first);
  if (peer == "pouchdb") {
    return RunLoop(absl::GetFlag(FLAGS_customers), [&] {
      return ConnectToPouchDb(port, absl::GetFlag(FLAGS_database), first, generator);
    });
  }
  if (peer == "redis") {
    return RunLoop(absl::GetFlag(FLAGS_customers),
                   [&] { return ConnectToRedis(port, first, generator); });
  }
  if (peer == "postgres" || peer == "postgres-replicated") {
    return RunPostgres(peer == "postgres-replicated", generator);
  }
  return absl::InvalidArgumentError("No such peer.");
}

// Prints each customer, made a line by `to_line`.
int Print(const std::function<std::string(uint64_t, const CustomerGenerator&)>& to_line) {
  const auto generator =
      CustomerGenerator::Open(absl::GetFlag(FLAGS_samples), absl::GetFlag(FLAGS_seed));
  if (!generator.ok()) {
    std::cerr << generator.status() << "\n";
    return 1;
  }
  const uint64_t first = absl::GetFlag(FLAGS_first);
  for (uint64_t i = 0; i < absl::GetFlag(FLAGS_customers); ++i) {
    std::cout << to_line(first + i, *generator);
  }
  return std::cout.flush() ? 0 : 1;
}

int Main(const std::string& peer) {
  if (peer == "postgres-rows") return Print(PostgresCopyRow);
  if (peer == "documents") return Print(PouchDbDocument);
  const auto result = Run(peer);
  if (!result.ok()) {
    std::cerr << result.status() << "\n";
    return 1;
  }
  std::cout << result->ToJson() << "\n";
  return 0;
}

}  // namespace
}  // namespace comptoir::bench

int main(int argc, char** argv) {
  const auto words = absl::ParseCommandLine(argc, argv);
  return comptoir::bench::Main(words.size() == 2 ? words[1] : "");
}
