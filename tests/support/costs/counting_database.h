// A database that counts what is read and written: a measure of cost that is the same on every
// machine.

#ifndef COMPTOIR_TESTS_SUPPORT_COSTS_COUNTING_DATABASE_H_
#define COMPTOIR_TESTS_SUPPORT_COSTS_COUNTING_DATABASE_H_

#include <cstdint>
#include <memory>

#include "common/storage/database.h"

namespace comptoir {

struct DatabaseCounts {
  // Keys looked up, and rows visited by scans.
  uint64_t rows_read = 0;
  uint64_t keys_written = 0;
  // Of keys and values, read and written.
  uint64_t bytes = 0;

  DatabaseCounts operator-(const DatabaseCounts& before) const {
    return {.rows_read = rows_read - before.rows_read,
            .keys_written = keys_written - before.keys_written,
            .bytes = bytes - before.bytes};
  }
};

// Not thread-safe.
class CountingDatabase : public Database {
 public:
  // `database` must outlive this object.
  explicit CountingDatabase(Database& database);
  ~CountingDatabase() override;

  const DatabaseCounts& counts() const { return counts_; }

  std::unique_ptr<Reader> NewReader() const override;
  const Reader& latest() const override { return *latest_; }
  std::unique_ptr<Transaction> NewTransaction() override;
  absl::Status Commit(Transaction& transaction) override;
  uint64_t FreeBytes() const override { return database_.FreeBytes(); }

 private:
  Database& database_;
  mutable DatabaseCounts counts_;
  const std::unique_ptr<const Reader> latest_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_COSTS_COUNTING_DATABASE_H_
