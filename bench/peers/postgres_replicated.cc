#include "bench/peers/postgres_replicated.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "bench/peers/postgres_connection.h"
#include "common/base/status.h"

namespace comptoir::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);
// To ask all the time would take the processor from who replicates.
constexpr auto kPollInterval = std::chrono::microseconds(100);

// Returns how many rows came back or were written.
absl::StatusOr<int> Execute(PGconn* connection, const std::vector<std::string>& parameters) {
  const std::vector<const char*> texts = PostgresTexts(parameters);
  const PostgresResult result(PQexecPrepared(connection, kPostgresStatement,
                                             static_cast<int>(texts.size()), texts.data(), nullptr,
                                             nullptr, 0));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return PostgresError(connection);
  return PQntuples(result.get());
}

absl::Status AwaitRow(PGconn* subscriber, const std::string& id) {
  const auto end = Clock::now() + kPatience;
  while (Clock::now() < end) {
    COMPTOIR_ASSIGN_OR_RETURN(const int rows, Execute(subscriber, {id}));
    if (rows > 0) return absl::OkStatus();
    std::this_thread::sleep_for(kPollInterval);
  }
  return absl::DeadlineExceededError("The row never arrived.");
}

}  // namespace

absl::StatusOr<LoadResult> RunPostgresReplicated(const PostgresReplicatedOptions& options,
                                                 const PostgresStatement& statement,
                                                 const std::string& table) {
  COMPTOIR_ASSIGN_OR_RETURN(const PostgresConnection publisher,
                            PrepareOnPostgres(options.publisher, statement.sql));
  COMPTOIR_ASSIGN_OR_RETURN(
      const PostgresConnection subscriber,
      PrepareOnPostgres(options.subscriber, "SELECT 1 FROM " + table + " WHERE id = $1"));
  const auto interval = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(1 / options.rate));
  LoadResult result;
  const double cpu_before = CpuSeconds();
  const auto begin = Clock::now();
  auto due = begin;
  for (uint64_t n = 0; due - begin < options.duration && n < statement.limit; ++n) {
    std::this_thread::sleep_until(due);
    due = std::max(due + interval, Clock::now());
    const std::vector<std::string> parameters = statement.parameters(n);
    COMPTOIR_RETURN_IF_ERROR(Execute(publisher.get(), parameters).status());
    const auto acknowledged = Clock::now();
    COMPTOIR_RETURN_IF_ERROR(AwaitRow(subscriber.get(), parameters.front()));
    result.times.Record(static_cast<uint64_t>((Clock::now() - acknowledged).count()));
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  result.cpu_seconds = CpuSeconds() - cpu_before;
  return result;
}

}  // namespace comptoir::bench
