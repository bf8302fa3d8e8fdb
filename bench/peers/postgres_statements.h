#ifndef COMPTOIR_BENCH_PEERS_POSTGRES_STATEMENTS_H_
#define COMPTOIR_BENCH_PEERS_POSTGRES_STATEMENTS_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/customers/customer_generator.h"

namespace comptoir::bench {

// What a team would ask PostgreSQL for the same thing; the tables are those of
// postgres_tables.sql.
struct PostgresStatement {
  // With $1, $2, … Prepared once a connection.
  std::string sql;
  // Its parameters for request `n`, from 0. Thread-safe.
  std::function<std::vector<std::string>(uint64_t n)> parameters;
  // How many requests there are.
  uint64_t limit = std::numeric_limits<uint64_t>::max();
};

// Kinds: "insert", one row with its primary key; "outbox", customer and outbox entry in one
// transaction, with all indexes; "get-uuid", "get-number"; "search-" and a kind of query. Customers
// are those from number `first` on, `customers` of them. Fails if there is no such kind.
absl::StatusOr<PostgresStatement> MakePostgresStatement(const std::string& kind, uint64_t first,
                                                        uint64_t customers,
                                                        const CustomerGenerator& generator);

// A row of table customer as COPY reads it, with the account number that a customer of this number
// has.
std::string PostgresCopyRow(uint64_t number, const CustomerGenerator& generator);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_PEERS_POSTGRES_STATEMENTS_H_
