// libpq's objects as C++ has them.

#ifndef COMPTOIR_BENCH_PEERS_POSTGRES_CONNECTION_H_
#define COMPTOIR_BENCH_PEERS_POSTGRES_CONNECTION_H_

#include <postgresql/libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace comptoir::bench {

struct PostgresDeleter {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresConnection = std::unique_ptr<PGconn, PostgresDeleter>;
using PostgresResult = std::unique_ptr<PGresult, PostgresDeleter>;

// The name of the one statement that a connection has prepared.
inline constexpr char kPostgresStatement[] = "statement";

inline absl::Status PostgresError(PGconn* connection) {
  return absl::UnavailableError(PQerrorMessage(connection));
}

// As C strings that live as long as the texts.
inline std::vector<const char*> PostgresTexts(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

// Connects and prepares the statement.
inline absl::StatusOr<PostgresConnection> PrepareOnPostgres(const std::string& options,
                                                            const std::string& sql) {
  PostgresConnection connection(PQconnectdb(options.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) return PostgresError(connection.get());
  const PostgresResult prepared(
      PQprepare(connection.get(), kPostgresStatement, sql.c_str(), 0, nullptr));
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) return PostgresError(connection.get());
  return connection;
}

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_POSTGRES_CONNECTION_H_
