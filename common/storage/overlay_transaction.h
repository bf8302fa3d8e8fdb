// A transaction that keeps its writes in memory, sorted, over a reader of the last commit: that of
// both databases. RocksDB has one of its own, the indexed write batch; it decodes and compares keys
// where they lie in the batch, which took a quarter of HQ's time under load, and cannot be rolled
// back without building its index anew.

#ifndef COMPTOIR_COMMON_STORAGE_OVERLAY_TRANSACTION_H_
#define COMPTOIR_COMMON_STORAGE_OVERLAY_TRANSACTION_H_

#include <array>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"

namespace comptoir {

class OverlayTransaction : public Transaction {
 public:
  // The values that keys of one table get; nullopt deletes.
  using TableWrites = absl::btree_map<std::string_view, std::optional<std::string_view>>;
  // By table.
  using Writes = std::array<TableWrites, std::size(kAllTables)>;

  // Borrows `base`, which sees what was committed last.
  explicit OverlayTransaction(const Reader& base) : base_(base) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override;
  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override;

  void Put(Table table, std::string_view key, std::string_view value) override;
  void Delete(Table table, std::string_view key) override;
  size_t write_count() const override { return write_count_; }
  size_t write_bytes() const override { return write_bytes_; }
  void VisitWrites(Table table,
                   absl::FunctionRef<void(std::string_view, bool)> visit) const override;

  // For the database that commits them, and then clears.
  const Writes& writes() const { return writes_; }
  void Clear();

 private:
  const TableWrites& Own(Table table) const { return writes_[static_cast<size_t>(table)]; }
  void Write(Table table, std::string_view key, std::optional<std::string_view> value);
  // A copy that lives as long as the writes.
  std::string_view Keep(std::string_view bytes);

  // Constant after construction.
  const Reader& base_;

  Writes writes_;
  // What `writes_` refers to: pieces that are filled one after the other, since many small copies
  // cost more than what is in them. What was overwritten stays until all goes.
  std::vector<std::unique_ptr<char[]>> pieces_;
  // Of the last one.
  char* free_ = nullptr;
  size_t free_bytes_ = 0;
  size_t write_count_ = 0;
  size_t write_bytes_ = 0;
  // How many scans are under way: `visit` may read, also scan, but not write.
  mutable size_t scans_ = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_OVERLAY_TRANSACTION_H_
