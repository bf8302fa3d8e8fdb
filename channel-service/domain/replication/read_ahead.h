// A transaction of which some rows are known before they are asked for: read together, which is
// cheaper than one by one. Above all it is known of which there are none. What is written to it is
// written to the transaction, and known.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_READ_AHEAD_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_READ_AHEAD_H_

#include <array>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "common/storage/database.h"

namespace comptoir::channel {

class ReadAhead : public Transaction {
 public:
  // Borrows it. Nobody else writes to it meanwhile.
  explicit ReadAhead(Transaction& transaction) : transaction_(transaction) {}

  absl::Status ReadRows(Table table, std::vector<std::string> keys);
  // All rows of a range. False, and none is known, if there are as many as its limit.
  absl::StatusOr<bool> ReadRange(Table table, const KeyRange& range);

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override;
  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override;

  void Put(Table table, std::string_view key, std::string_view value) override;
  void Delete(Table table, std::string_view key) override;
  size_t write_count() const override { return transaction_.write_count(); }
  size_t write_bytes() const override { return transaction_.write_bytes(); }
  void VisitWrites(Table table, VisitWrite visit) const override {
    transaction_.VisitWrites(table, visit);
  }

 private:
  // Nothing: there is no such row.
  using Rows = absl::btree_map<std::string, std::optional<std::string>, std::less<>>;
  struct Known {
    Rows rows;
    // Of these there are no others.
    std::vector<KeyRange> ranges;
  };

  const Known& Of(Table table) const { return known_[static_cast<size_t>(table)]; }
  Known& Of(Table table) { return known_[static_cast<size_t>(table)]; }
  // Keeps what is written, if it is known what was there.
  void Keep(Table table, std::string_view key, std::optional<std::string_view> value);

  Transaction& transaction_;
  // By Table.
  std::array<Known, std::size(kAllTables)> known_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_READ_AHEAD_H_
