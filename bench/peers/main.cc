// Asks what a team would use instead of Comptoir for the same things, and prints what came of it as
// one line of JSON, as load does.
//
//     peers postgres --kind=outbox --connection="host=/tmp/x dbname=postgres" --in_flight=64
//     peers postgres-replicated --kind=insert --connection=... --subscriber=... --rate=20
//     peers postgres-rows --customers=1000000 | psql -c "COPY customer (...) FROM STDIN"

#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/time.h"
#include "bench/peers/postgres_load.h"
#include "bench/peers/postgres_replicated.h"
#include "bench/peers/postgres_statements.h"
#include "common/base/status.h"

ABSL_FLAG(std::string, kind, "outbox", "What is asked for.");
ABSL_FLAG(std::string, connection, "", "Required. As libpq reads it.");
ABSL_FLAG(std::string, subscriber, "", "Where rows of table plain_customer are replicated to.");
ABSL_FLAG(double, rate, 20, "postgres-replicated: statements a second at most.");
ABSL_FLAG(uint64_t, in_flight, 1, "Statements under way, each on its own connection.");
ABSL_FLAG(absl::Duration, warm_up, absl::Seconds(1), "What begins in this time isn't counted.");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(5), "How long statements are begun after it.");
ABSL_FLAG(std::string, samples, "data/adventureworks_customers.csv", "The sample of customers.");
ABSL_FLAG(uint64_t, seed, 1, "Another seed, other customers.");
ABSL_FLAG(uint64_t, first, 0, "Number of the first customer.");
ABSL_FLAG(uint64_t, customers, 1'000'000, "How many there are from it; creates end there.");

namespace comptoir::bench {
namespace {

absl::StatusOr<LoadResult> Run(bool replicated) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const CustomerGenerator generator,
      CustomerGenerator::Open(absl::GetFlag(FLAGS_samples), absl::GetFlag(FLAGS_seed)));
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
  return RunPostgresLoad({.connection = absl::GetFlag(FLAGS_connection),
                          .in_flight = absl::GetFlag(FLAGS_in_flight),
                          .warm_up = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_warm_up)),
                          .duration = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration))},
                         statement);
}

int PrintRows() {
  const auto generator =
      CustomerGenerator::Open(absl::GetFlag(FLAGS_samples), absl::GetFlag(FLAGS_seed));
  if (!generator.ok()) {
    std::cerr << generator.status() << "\n";
    return 1;
  }
  const uint64_t first = absl::GetFlag(FLAGS_first);
  for (uint64_t i = 0; i < absl::GetFlag(FLAGS_customers); ++i) {
    std::cout << PostgresCopyRow(first + i, *generator);
  }
  return std::cout.flush() ? 0 : 1;
}

int Main(const std::string& peer) {
  if (peer == "postgres-rows") return PrintRows();
  const bool replicated = peer == "postgres-replicated";
  if (peer != "postgres" && !replicated) {
    std::cerr << "usage: peers postgres|postgres-replicated|postgres-rows [FLAG]...\n";
    return 2;
  }
  const auto result = Run(replicated);
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
