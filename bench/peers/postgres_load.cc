#include "bench/peers/postgres_load.h"

#include <optional>
#include <utility>
#include <vector>

#include "bench/peers/postgres_connection.h"
#include "common/base/status.h"

namespace comptoir::bench {
namespace {

class StatementConnection : public PeerConnection {
 public:
  StatementConnection(PostgresConnection connection, const PostgresStatement& statement)
      : postgres_(std::move(connection)), statement_(statement) {}

  int file() const override { return PQsocket(postgres_.get()); }

  absl::Status Send(uint64_t n) override {
    const std::vector<std::string> parameters = statement_.parameters(n);
    const std::vector<const char*> texts = PostgresTexts(parameters);
    answer_ = {};
    if (PQsendQueryPrepared(postgres_.get(), kPostgresStatement, static_cast<int>(texts.size()),
                            texts.data(), nullptr, nullptr, 0) != 1) {
      return PostgresError(postgres_.get());
    }
    // A statement is small: the socket takes it at once, or soon.
    int left = 1;
    while (left > 0) left = PQflush(postgres_.get());
    return left == 0 ? absl::OkStatus() : PostgresError(postgres_.get());
  }

  absl::StatusOr<std::optional<PeerAnswer>> Receive() override {
    if (PQconsumeInput(postgres_.get()) != 1) return PostgresError(postgres_.get());
    while (PQisBusy(postgres_.get()) == 0) {
      const PostgresResult result(PQgetResult(postgres_.get()));
      if (result == nullptr) return answer_;
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_TUPLES_OK) {
        answer_.empty = PQntuples(result.get()) == 0;
      } else if (status != PGRES_COMMAND_OK) {
        answer_.status = absl::InternalError(PQresultErrorMessage(result.get()));
      }
    }
    return std::nullopt;
  }

 private:
  // Constant after construction.
  const PostgresConnection postgres_;
  const PostgresStatement& statement_;

  PeerAnswer answer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PeerConnection>> ConnectToPostgres(
    const std::string& options, const PostgresStatement& statement) {
  COMPTOIR_ASSIGN_OR_RETURN(PostgresConnection connection,
                            PrepareOnPostgres(options, statement.sql));
  if (PQsetnonblocking(connection.get(), 1) != 0) return PostgresError(connection.get());
  return std::make_unique<StatementConnection>(std::move(connection), statement);
}

}  // namespace comptoir::bench
