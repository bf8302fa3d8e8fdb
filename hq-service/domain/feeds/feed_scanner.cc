#include "hq-service/domain/feeds/feed_scanner.h"

#include <utility>

#include "common/base/status.h"
#include "common/storage/record_io.h"

namespace comptoir::hq {
namespace {

std::string EndOf(const Feed& feed, std::optional<Sequence> published) {
  if (!published.has_value()) return PrefixRange(FeedPrefix(feed)).end;
  return FeedPosition(feed, Sequence(published->value() + 1));
}

}  // namespace

FeedScanner::FeedScanner(const Reader& reader, const Feed& feed, Sequence after,
                         std::optional<Sequence> published)
    : reader_(reader),
      prefix_(FeedPrefix(feed)),
      range_{.begin = FeedPosition(feed, Sequence(after.value() + 1)),
             .end = EndOf(feed, published)},
      // A range that ends before it begins.
      at_end_(published.has_value() && *published <= after) {}

absl::Status FeedScanner::Fill(size_t rows) {
  if (Peek() != nullptr || at_end_) return absl::OkStatus();
  entries_.clear();
  next_ = 0;
  range_.rows_max = rows;
  COMPTOIR_RETURN_IF_ERROR(
      ScanRows(reader_, Table::kFeeds, range_,
               [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                 auto parsed = ParseFeedEntryKey(key.substr(prefix_.size()));
                 if (!parsed.has_value()) return CorruptEntry();
                 entries_.push_back({*std::move(parsed), std::string(value)});
                 if (entries_.size() == rows) range_.begin.assign(key).push_back('\0');
                 return true;
               }));
  at_end_ = entries_.size() < rows;
  return absl::OkStatus();
}

}  // namespace comptoir::hq
