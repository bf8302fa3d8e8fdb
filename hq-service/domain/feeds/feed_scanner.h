// The entries of one feed in order, read in bounded pieces.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_SCANNER_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_SCANNER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {

struct FeedEntry {
  FeedEntryKey key;
  std::string value;
};

class FeedScanner {
 public:
  // Of what lies after `after`, nothing after `published`.
  FeedScanner(const Reader& reader, const Feed& feed, Sequence after,
              std::optional<Sequence> published);

  // Reads so many rows, unless some that were read are left.
  absl::Status Fill(size_t rows);
  // The next entry; null at the end of what was read.
  const FeedEntry* Peek() const { return next_ < entries_.size() ? &entries_[next_] : nullptr; }
  // REQUIRES: Peek() gave one.
  FeedEntry Take() { return std::move(entries_[next_++]); }
  // Nothing is left, neither read nor unread.
  bool AtEnd() const { return at_end_ && Peek() == nullptr; }

 private:
  // Constant after construction.
  const Reader& reader_;
  const std::string prefix_;

  KeyRange range_;
  std::vector<FeedEntry> entries_;
  size_t next_ = 0;
  bool at_end_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEED_SCANNER_H_
