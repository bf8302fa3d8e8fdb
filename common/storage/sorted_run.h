// Rows in memory that were sorted once and never change: what a commit wrote to a table, or what
// several did. The memory of a log-structured merge tree, where writing a row costs a copy and its
// share of a few merges instead of a search through all rows in memory, and where a list of runs is
// a snapshot.

#ifndef COMPTOIR_COMMON_STORAGE_SORTED_RUN_H_
#define COMPTOIR_COMMON_STORAGE_SORTED_RUN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "common/storage/merged_scan.h"

namespace comptoir {

class SortedRun {
 public:
  class Builder;

  // From encoded(). STORAGE_CORRUPT if it isn't that.
  static absl::StatusOr<std::shared_ptr<const SortedRun>> Parse(std::string encoded);

  // All of it as bytes: what a log keeps.
  const std::string& encoded() const { return encoded_; }
  size_t bytes() const { return encoded_.size() + sizeof(uint32_t) * offsets_.size(); }

  size_t size() const { return offsets_.size(); }
  WrittenRow row(size_t i) const;
  std::string_view key(size_t i) const;
  // As it is in encoded().
  std::string_view encoded_row(size_t i) const;
  // The first row from `first` on whose key isn't before `key`; size() if there is none. The nearer
  // the sooner found.
  size_t LowerBound(std::string_view key, size_t first = 0) const;

 private:
  SortedRun() = default;

  // Row after row: bytes of the key, bytes of the value (kDeleted: none), key, value.
  std::string encoded_;
  std::vector<uint32_t> offsets_;
};

class SortedRun::Builder {
 public:
  // REQUIRES: `key` comes after the last one; a run is at most 4 GiB. Without a value: deleted.
  void Add(std::string_view key, std::optional<std::string_view> value);
  // The same of a row that another run has.
  void AddEncoded(std::string_view row);
  // How much will come: then it isn't moved while it grows.
  void Reserve(size_t rows, size_t encoded_bytes);
  std::shared_ptr<const SortedRun> Build();

 private:
  std::shared_ptr<SortedRun> run_{new SortedRun()};
};

// Oldest first; what is in a later run hides what is in those before.
using SortedRuns = std::vector<std::shared_ptr<const SortedRun>>;

// Adds a run, and merges the last ones where several are about as large: so there are some dozens
// at most, and each row was copied a few times. What one call merges is bounded: it is for a
// thread that others wait for.
void AddRun(SortedRuns& runs, std::shared_ptr<const SortedRun> run);

// The last row of `key`, if any. Borrows from `runs`.
std::optional<WrittenRow> FindInRuns(const SortedRuns& runs, std::string_view key);

// Goes through the rows of all runs in a range, each key once: see ScanMerged. Borrows the runs.
// KeyRange::rows_max is left to the caller.
class RunsCursor {
 public:
  RunsCursor(absl::Span<const std::shared_ptr<const SortedRun>> runs, const KeyRange& range);

  bool AtEnd() const { return heads_.empty(); }
  // REQUIRES: not AtEnd().
  WrittenRow Current() const;
  std::string_view CurrentEncoded() const;
  void Advance();

 private:
  // The rest of one run.
  struct Head {
    const SortedRun* run;
    size_t age;
    size_t next;
    // Behind the last row; backwards, before it.
    size_t stop;
    std::string_view key;
    uint64_t key_begin;
  };
  // Whether `a` comes after `b`, for a heap whose top comes first.
  bool IsAfter(const Head& a, const Head& b) const;
  // Puts the top of the heap, whose row is done, where it belongs.
  void AdvanceTop();

  const bool reverse_;
  std::vector<Head> heads_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_SORTED_RUN_H_
