// The storage seam: ordered tables of bytes, consistent readers, transactions that see their own
// writes, commits that are durable when they say so. Narrow on purpose: bounded scans, no held
// iterators, no type of the engine behind it.
//
// Implementations: MemoryDatabase (tests, simulation) and RocksDatabase. tests/conformance holds
// both to this contract.

#ifndef COMPTOIR_COMMON_STORAGE_DATABASE_H_
#define COMPTOIR_COMMON_STORAGE_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace comptoir {

// Tables are column families of one database. The names on disk are those of the enumerators,
// without "k".
enum class Table : uint8_t {
  kMeta,      // schema version, epochs, the last sequence, lineage
  kRecords,   // customers, addresses, configuration: record kind, then its key
  kIndex,     // what finds records: words, e-mails, phones, account numbers
  kOutbox,    // a channel's unsettled operations
  kFeeds,     // HQ's changes by job, book and position
  kStaged,    // HQ's staged operations
  kRequests,  // outcomes of mutations by request id
  kCursors,   // how far each log has been read
};
inline constexpr Table kAllTables[] = {Table::kMeta,     Table::kRecords, Table::kIndex,
                                       Table::kOutbox,   Table::kFeeds,   Table::kStaged,
                                       Table::kRequests, Table::kCursors};

// Keys from `begin` (included) to `end` (excluded; empty: to the end of the table), at most
// `rows_max` of them.
struct KeyRange {
  std::string begin;
  std::string end;
  size_t rows_max = 1000;
  bool reverse = false;
};

// All keys that start with `prefix`.
KeyRange PrefixRange(std::string_view prefix, size_t rows_max = 1000);

// One consistent state of the database. Thread-safe for concurrent reads unless an implementation
// says otherwise.
class Reader {
 public:
  virtual ~Reader() = default;

  // The value, or nullopt if there is none. Fails only if the database does.
  virtual absl::StatusOr<std::optional<std::string>> Get(Table table,
                                                         std::string_view key) const = 0;

  // Values in the order of `keys`; cheaper than single reads when keys are sorted.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const = 0;

  // Visits rows in key order (or reversed) until `visit` returns false or the range's limit is
  // reached. The views are valid during the visit only.
  virtual absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view key, std::string_view value)> visit) const = 0;
};

// A Reader that sees its own writes over what was committed when it was made; nothing is visible to
// others before Commit. One at a time may be written and committed: there is no detection of
// conflicts. The visitor of a scan may read but not write. Not thread-safe.
class Transaction : public Reader {
 public:
  virtual void Put(Table table, std::string_view key, std::string_view value) = 0;
  virtual void Delete(Table table, std::string_view key) = 0;

  // Writes so far, to bound commit groups and to check that a refusal wrote nothing.
  virtual size_t write_count() const = 0;
  virtual size_t write_bytes() const = 0;

  // Called with the value that a row was given last; nothing: it was deleted.
  using VisitWrite =
      absl::FunctionRef<void(std::string_view key, std::optional<std::string_view> value)>;
  // Visits what was written to a table, each key once, in order, with its last fate.
  virtual void VisitWrites(Table table, VisitWrite visit) const = 0;
};

class Database {
 public:
  virtual ~Database() = default;

  // A snapshot as of now. Short-lived: it keeps old versions from being reclaimed.
  virtual std::unique_ptr<Reader> NewReader() const = 0;

  // Reads the last commit at each call, without the cost of a snapshot. Lives as long as the
  // database.
  virtual const Reader& latest() const = 0;

  virtual std::unique_ptr<Transaction> NewTransaction() = 0;

  // Applies all writes of `transaction`, or none. On OK they are visible and will survive loss of
  // power, and the transaction is empty again. After an error a restart may find them all or none.
  virtual absl::Status Commit(Transaction& transaction) = 0;

  // Free space where the database lives; a very large number where that has no meaning.
  virtual uint64_t FreeBytes() const = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_DATABASE_H_
