// A transaction that keeps its writes in memory, sorted, over a reader of the last commit: that of
// both databases. RocksDB has one of its own, the indexed write batch; it decodes and compares keys
// where they lie in the batch, which took a quarter of HQ's time under load, and cannot be rolled
// back without building its index anew.

#ifndef COMPTOIR_COMMON_STORAGE_OVERLAY_TRANSACTION_H_
#define COMPTOIR_COMMON_STORAGE_OVERLAY_TRANSACTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "common/storage/key_begin.h"

namespace comptoir {

// What a key gets. Small, with the begin of the key in it: most keys are told apart by that,
// without a look at where they lie.
class OverlayWrite {
 public:
  // Borrows the value, or its absence, behind the key: `bytes` are both.
  OverlayWrite(const char* bytes, size_t key_bytes, std::optional<size_t> value_bytes)
      : begin_(BeginOfKey({bytes, key_bytes})),
        bytes_(bytes),
        key_bytes_(static_cast<uint32_t>(key_bytes)),
        value_bytes_(value_bytes.has_value() ? static_cast<uint32_t>(*value_bytes) : kDeleted) {}

  std::string_view key() const { return {bytes_, key_bytes_}; }
  // Nothing: it is deleted.
  std::optional<std::string_view> value() const {
    if (value_bytes_ == kDeleted) return std::nullopt;
    return std::string_view(bytes_ + key_bytes_, value_bytes_);
  }
  // Of a later write of the same key.
  void Become(const OverlayWrite& later) const {
    bytes_ = later.bytes_;
    value_bytes_ = later.value_bytes_;
  }

  // By key.
  struct Before {
    using is_transparent = void;
    bool operator()(const OverlayWrite& a, const OverlayWrite& b) const {
      return a.begin_ != b.begin_ ? a.begin_ < b.begin_ : a.key() < b.key();
    }
    bool operator()(const OverlayWrite& a, std::string_view b) const { return a.key() < b; }
    bool operator()(std::string_view a, const OverlayWrite& b) const { return a < b.key(); }
  };

 private:
  static constexpr uint32_t kDeleted = std::numeric_limits<uint32_t>::max();

  uint64_t begin_;
  // In the order of a set nothing but the key counts.
  mutable const char* bytes_;
  uint32_t key_bytes_;
  mutable uint32_t value_bytes_;
};

class OverlayTransaction : public Transaction {
 public:
  // Of one table.
  using TableWrites = absl::btree_set<OverlayWrite, OverlayWrite::Before>;
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
  void VisitWrites(Table table, VisitWrite visit) const override;

  // For the database that commits them, and then clears.
  const Writes& writes() const { return writes_; }
  void Clear();

 private:
  const TableWrites& Own(Table table) const { return writes_[static_cast<size_t>(table)]; }
  void Write(Table table, std::string_view key, std::optional<std::string_view> value);
  // Room that lives as long as the writes.
  char* Keep(size_t bytes);

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
