#include "hq-service/domain/feeds/feed_reader.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/feeds/published.h"
#include "hq-service/domain/feeds/watermarks.h"
#include "hq-service/domain/staging/results.h"

namespace comptoir::hq {
namespace {

using replication::v1::Change;

struct Entry {
  FeedEntryKey key;
  std::string value;
};

// The entries of one feed after a cursor, read in bounded pieces.
class FeedScanner {
 public:
  // Nothing after `published`.
  FeedScanner(const Reader& reader, const FeedCursor& cursor, std::optional<Sequence> published,
              size_t rows_per_scan)
      : reader_(reader),
        prefix_(FeedPrefix(cursor.feed)),
        range_{.begin = FeedPosition(cursor.feed, Sequence(cursor.after.value() + 1)),
               .end = EndOf(cursor.feed, published),
               .rows_max = rows_per_scan},
        // A range that ends before it begins.
        at_end_(published.has_value() && *published <= cursor.after) {}

  // The position of the next entry; nothing at the end.
  absl::StatusOr<std::optional<Sequence>> Peek() {
    if (entries_.empty() && !at_end_) COMPTOIR_RETURN_IF_ERROR(Scan());
    if (entries_.empty()) return std::nullopt;
    return entries_.front().key.sequence;
  }

  // REQUIRES: Peek() gave a position.
  Entry Take() {
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    return entry;
  }

 private:
  static std::string EndOf(const Feed& feed, std::optional<Sequence> published) {
    if (!published.has_value()) return PrefixRange(FeedPrefix(feed)).end;
    return FeedPosition(feed, Sequence(published->value() + 1));
  }

  absl::Status Scan() {
    size_t rows = 0;
    COMPTOIR_RETURN_IF_ERROR(
        ScanRows(reader_, Table::kFeeds, range_,
                 [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                   ++rows;
                   auto parsed = ParseFeedEntryKey(key.substr(prefix_.size()));
                   if (!parsed.has_value()) {
                     return MakeError(Reason::kStorageCorrupt, "A key of a feed cannot be read.");
                   }
                   entries_.push_back({*std::move(parsed), std::string(value)});
                   range_.begin.assign(key).push_back('\0');
                   return true;
                 }));
    at_end_ = rows < range_.rows_max;
    return absl::OkStatus();
  }

  // Constant after construction.
  const Reader& reader_;
  const std::string prefix_;

  KeyRange range_;
  std::deque<Entry> entries_;
  bool at_end_;
};

// What is in such a book isn't in it for ever.
bool IsOfBook(const Feed& feed) {
  return AddressBookOf(feed.book).has_value() || feed == AnonymousCardFeed();
}

// Nothing if nothing of it may be told yet.
absl::StatusOr<std::optional<Change>> Render(const Reader& reader, const FeedCursor& cursor,
                                             uint64_t lineage, const HeldBooks& held,
                                             const Entry& entry) {
  Change change;
  change.set_sequence(entry.key.sequence.value());
  change.mutable_membership()->set_job(cursor.feed.job);
  change.mutable_membership()->set_book(cursor.feed.book);
  change.mutable_membership()->set_id(cursor.membership_id);
  if (entry.key.is_result()) {
    COMPTOIR_ASSIGN_OR_RETURN(
        *change.mutable_result(),
        CompleteResult(reader, cursor.feed.book, entry.value, lineage, entry.key.sequence, held));
    if (cursor.ids_only) {
      change.mutable_result()->clear_records();
      change.mutable_result()->clear_operation();
    }
  } else if (IsOfBook(cursor.feed)) {
    COMPTOIR_ASSIGN_OR_RETURN(
        auto record, RecordForReader(reader, entry.key.record_key, entry.key.sequence, held));
    if (!record.has_value()) return std::nullopt;
    *change.mutable_record() = *std::move(record);
  } else {
    COMPTOIR_ASSIGN_OR_RETURN(
        *change.mutable_record(),
        RecordOfEntry(reader, entry.key.record_key, entry.value, entry.key.sequence));
  }
  return change;
}

// The cursors' feeds, side by side.
class Merge {
 public:
  Merge(const Reader& reader, absl::Span<const FeedCursor> cursors,
        absl::Span<const std::optional<Sequence>> published, uint64_t lineage, size_t rows)
      : reader_(reader), cursors_(cursors), lineage_(lineage) {
    for (size_t i = 0; i < cursors.size(); ++i) {
      scanners_.emplace_back(reader, cursors[i], published[i], rows);
      AddHeld(cursors[i].feed, held_);
    }
  }

  absl::StatusOr<std::optional<Sequence>> Peek() {
    std::optional<Sequence> first;
    for (FeedScanner& scanner : scanners_) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto next, scanner.Peek());
      if (next.has_value()) first = std::min(first.value_or(*next), *next);
    }
    return first;
  }

  // All that was committed at `sequence`.
  absl::StatusOr<std::vector<Change>> Take(Sequence sequence) {
    std::vector<Change> changes;
    std::set<std::string> taken;
    for (size_t i = 0; i < scanners_.size(); ++i) {
      while (true) {
        COMPTOIR_ASSIGN_OR_RETURN(const auto next, scanners_[i].Peek());
        if (next != sequence) break;
        const Entry entry = scanners_[i].Take();
        // In several books, and in each of them it would be the same.
        const bool repeated =
            IsOfBook(cursors_[i].feed) && !taken.insert(entry.key.record_key).second;
        if (repeated) continue;
        COMPTOIR_ASSIGN_OR_RETURN(auto change,
                                  Render(reader_, cursors_[i], lineage_, held_, entry));
        if (change.has_value()) changes.push_back(*std::move(change));
      }
    }
    return changes;
  }

 private:
  const Reader& reader_;
  const absl::Span<const FeedCursor> cursors_;
  const uint64_t lineage_;
  HeldBooks held_;
  std::deque<FeedScanner> scanners_;
};

size_t BytesOf(const std::vector<Change>& changes) {
  size_t bytes = 0;
  for (const Change& change : changes) bytes += change.ByteSizeLong();
  return bytes;
}

}  // namespace

absl::StatusOr<FeedBatch> ReadFeeds(const Reader& reader, absl::Span<const FeedCursor> cursors,
                                    uint64_t lineage, const FeedLimits& limits) {
  std::vector<std::optional<Sequence>> published;
  for (const FeedCursor& cursor : cursors) {
    COMPTOIR_ASSIGN_OR_RETURN(published.emplace_back(), WatermarkOf(reader, cursor.feed.job));
  }
  // One more than fits, so that the usual batch needs one scan.
  Merge merge(reader, cursors, published, lineage, limits.batch_changes_max + 1);
  FeedBatch batch;
  Sequence read;
  size_t bytes = 0;
  while (bytes < limits.batch_bytes_max && batch.changes.size() < limits.batch_changes_max) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto next, merge.Peek());
    if (!next.has_value()) {
      COMPTOIR_ASSIGN_OR_RETURN(read, LastSequence(reader));
      batch.at_end = true;
      break;
    }
    COMPTOIR_ASSIGN_OR_RETURN(std::vector<Change> changes, merge.Take(*next));
    const size_t more_bytes = BytesOf(changes);
    if (!batch.changes.empty() && bytes + more_bytes > limits.batch_bytes_max) break;
    bytes += more_bytes;
    read = *next;
    std::move(changes.begin(), changes.end(), std::back_inserter(batch.changes));
  }
  for (size_t i = 0; i < cursors.size(); ++i) {
    const Sequence after = std::min(read, published[i].value_or(read));
    batch.after.push_back(std::max(cursors[i].after, after));
  }
  return batch;
}

}  // namespace comptoir::hq
