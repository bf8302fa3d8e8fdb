#include "hq-service/domain/feeds/read_from_nothing.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/feeds/customer_place.h"
#include "hq-service/domain/feeds/customer_scan.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/watermarks.h"

namespace comptoir::hq {
namespace {

std::vector<FeedCursor> ConfigurationAmong(absl::Span<const FeedCursor> cursors) {
  std::vector<FeedCursor> configuration;
  for (const FeedCursor& cursor : cursors) {
    if (cursor.feed == ConfigurationFeed(cursor.feed.job) && !IsBookOfCustomers(cursor.feed) &&
        cursor.feed != LoyaltyCardFeed()) {
      configuration.push_back(cursor);
    }
  }
  return configuration;
}

// What is left of the configuration; none if nothing is.
absl::StatusOr<std::vector<FeedBatch>> ReadConfiguration(const Reader& reader,
                                                         absl::Span<const FeedCursor> cursors,
                                                         const FeedReading& reading,
                                                         size_t bytes_max) {
  const std::vector<FeedCursor> configuration = ConfigurationAmong(cursors);
  COMPTOIR_ASSIGN_OR_RETURN(auto batches, ReadFeeds(reader, configuration, reading, bytes_max));
  if (batches.front().changes == 0) return std::vector<FeedBatch>();
  for (FeedBatch& batch : batches) {
    std::vector<Sequence> after;
    size_t next = 0;
    for (const FeedCursor& cursor : cursors) {
      const bool read = next < configuration.size() && cursor.feed == configuration[next].feed;
      after.push_back(read ? batch.after[next++] : cursor.after);
    }
    batch.after = std::move(after);
    batch.at_end = false;
  }
  return batches;
}

// What is published by and by isn't as the records are.
absl::StatusOr<bool> AllIsPublished(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto customers, WatermarkOf(reader, CustomerFeed().job));
  COMPTOIR_ASSIGN_OR_RETURN(const auto cards, WatermarkOf(reader, LoyaltyCardFeed().job));
  return !customers.has_value() && !cards.has_value();
}

// What is left of the configuration, then of the scan. Nothing: the feeds are to be read.
absl::StatusOr<std::optional<std::vector<FeedBatch>>> ReadByScan(const Reader& reader,
                                                                 absl::Span<const FeedCursor> at,
                                                                 const FeedReading& reading,
                                                                 size_t bytes_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool all_published, AllIsPublished(reader));
  if (!all_published) return std::nullopt;
  std::optional<CustomerPlace> place = FirstBookOfCustomers(at)->place;
  // What customers refer to may have been made since some were told.
  COMPTOIR_ASSIGN_OR_RETURN(auto configuration, ReadConfiguration(reader, at, reading, bytes_max));
  if (!configuration.empty()) {
    for (FeedBatch& batch : configuration) batch.place = place;
    return configuration;
  }
  if (!place.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool worth, IsWorthScanning(reader, at));
    if (!worth) return std::nullopt;
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
    place = CustomerPlace{.since = last, .after = ""};
  }
  if (place->since == Sequence()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(auto batches,
                            ScanCustomers(reader, at, reading, *std::move(place), bytes_max));
  return std::optional(std::move(batches));
}

// What comes after the cursors, which move on.
absl::StatusOr<std::vector<FeedBatch>> ReadNext(const Reader& reader, std::vector<FeedCursor>& at,
                                                const FeedReading& reading, size_t bytes_max) {
  if (!BeginsWithNothing(at)) return ReadFeeds(reader, at, reading, bytes_max);
  COMPTOIR_ASSIGN_OR_RETURN(auto scanned, ReadByScan(reader, at, reading, bytes_max));
  if (scanned.has_value()) return *std::move(scanned);
  for (FeedCursor& cursor : at) cursor.place.reset();
  return ReadFeeds(reader, at, reading, bytes_max);
}

void Follow(const FeedBatch& batch, std::vector<FeedCursor>& at) {
  for (size_t i = 0; i < at.size(); ++i) {
    at[i].after = batch.after[i];
    if (IsBookOfCustomers(at[i].feed)) at[i].place = batch.place;
  }
}

// What tells nothing but where the cursors stand goes with what was told before.
void Add(FeedBatch batch, std::vector<FeedBatch>& all) {
  if (batch.changes > 0 || all.empty() || all.back().changes == 0) {
    all.push_back(std::move(batch));
    return;
  }
  FeedBatch& told = all.back();
  batch.encoded = std::make_shared<const std::string>(*told.encoded + *batch.encoded);
  batch.changes = told.changes;
  batch.results = told.results;
  told = std::move(batch);
}

}  // namespace

absl::StatusOr<std::vector<FeedBatch>> ReadFromNothing(const Reader& reader,
                                                       absl::Span<const FeedCursor> cursors,
                                                       const FeedReading& reading,
                                                       size_t bytes_max) {
  std::vector<FeedCursor> at(cursors.begin(), cursors.end());
  std::vector<FeedBatch> all;
  size_t bytes = 0;
  do {
    COMPTOIR_ASSIGN_OR_RETURN(auto batches, ReadNext(reader, at, reading, bytes_max - bytes));
    for (FeedBatch& batch : batches) {
      bytes += batch.encoded->size();
      Follow(batch, at);
      Add(std::move(batch), all);
    }
    // A scan that hasn't ended has had its turn.
  } while (bytes < bytes_max && !all.back().at_end && !all.back().place.has_value());
  return all;
}

}  // namespace comptoir::hq
