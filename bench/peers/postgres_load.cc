#include "bench/peers/postgres_load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bench/peers/postgres_connection.h"
#include "common/base/check.h"
#include "common/base/status.h"

namespace comptoir::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

struct Connection {
  PostgresConnection postgres;
  Time begin;
};

class Loader {
 public:
  Loader(const PostgresLoadOptions& options, const PostgresStatement& statement)
      : options_(options), statement_(statement), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    COMPTOIR_CHECK(poll_ >= 0);
  }
  ~Loader() { close(poll_); }

  absl::Status Connect() {
    for (uint64_t i = 0; i < options_.in_flight; ++i) {
      auto connection = std::make_unique<Connection>();
      COMPTOIR_ASSIGN_OR_RETURN(connection->postgres,
                                ConnectToPostgres(options_.connection, statement_.sql));
      PGconn* const postgres = connection->postgres.get();
      if (PQsetnonblocking(postgres, 1) != 0) return PostgresError(postgres);
      epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection.get()}};
      COMPTOIR_CHECK(epoll_ctl(poll_, EPOLL_CTL_ADD, PQsocket(postgres), &event) == 0);
      connections_.push_back(std::move(connection));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<LoadResult> Run() {
    const double cpu_before = CpuSeconds();
    counted_from_ = Clock::now() + options_.warm_up;
    end_ = counted_from_ + options_.duration;
    last_end_ = counted_from_;
    for (const auto& connection : connections_) COMPTOIR_RETURN_IF_ERROR(Begin(*connection));
    std::array<epoll_event, 64> events;
    while (under_way_ > 0) {
      const int ready = epoll_wait(poll_, events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        COMPTOIR_RETURN_IF_ERROR(Continue(*static_cast<Connection*>(events[i].data.ptr)));
      }
    }
    result_.seconds = std::chrono::duration<double>(last_end_ - counted_from_).count();
    result_.cpu_seconds = CpuSeconds() - cpu_before;
    return std::move(result_);
  }

 private:
  absl::Status Begin(Connection& connection) {
    if (next_ >= statement_.limit || Clock::now() >= end_) return absl::OkStatus();
    const std::vector<std::string> parameters = statement_.parameters(next_++);
    const std::vector<const char*> texts = PostgresTexts(parameters);
    connection.begin = Clock::now();
    PGconn* const postgres = connection.postgres.get();
    if (PQsendQueryPrepared(postgres, kPostgresStatement, static_cast<int>(texts.size()),
                            texts.data(), nullptr, nullptr, 0) != 1) {
      return PostgresError(postgres);
    }
    // A statement is small: the socket takes it at once, or soon.
    while (true) {
      const int left = PQflush(postgres);
      if (left < 0) return PostgresError(postgres);
      if (left == 0) break;
    }
    ++under_way_;
    return absl::OkStatus();
  }

  absl::Status Continue(Connection& connection) {
    PGconn* const postgres = connection.postgres.get();
    if (PQconsumeInput(postgres) != 1) return PostgresError(postgres);
    while (PQisBusy(postgres) == 0) {
      const PostgresResult result(PQgetResult(postgres));
      if (result != nullptr) {
        Take(connection, *result);
        continue;
      }
      --under_way_;
      return Begin(connection);
    }
    return absl::OkStatus();
  }

  void Take(const Connection& connection, const PGresult& result) {
    const Time now = Clock::now();
    const ExecStatusType status = PQresultStatus(&result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      if (++result_.errors == 1) result_.first_error = PQresultErrorMessage(&result);
      return;
    }
    if (connection.begin < counted_from_) return;
    result_.times.Record(static_cast<uint64_t>((now - connection.begin).count()));
    last_end_ = std::max(last_end_, now);
    if (result_.times.count() % options_.check_every != 0) return;
    ++result_.answers_checked;
    if (status == PGRES_TUPLES_OK && PQntuples(&result) == 0) ++result_.answers_empty;
  }

  // Constant after construction.
  const PostgresLoadOptions& options_;
  const PostgresStatement& statement_;
  const int poll_;

  std::vector<std::unique_ptr<Connection>> connections_;
  uint64_t next_ = 0;
  uint64_t under_way_ = 0;
  Time counted_from_;
  Time end_;
  Time last_end_;
  LoadResult result_;
};

}  // namespace

absl::StatusOr<LoadResult> RunPostgresLoad(const PostgresLoadOptions& options,
                                           const PostgresStatement& statement) {
  Loader loader(options, statement);
  COMPTOIR_RETURN_IF_ERROR(loader.Connect());
  return loader.Run();
}

}  // namespace comptoir::bench
