#include "hq-service/jobs/change_source.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/feeds/change_encoding.h"
#include "hq-service/domain/feeds/customer_place.h"
#include "hq-service/domain/feeds/memberships.h"
#include "hq-service/domain/feeds/read_from_nothing.h"

namespace comptoir::hq {
namespace {

std::vector<FeedCursor> AllButOwn(const std::vector<FeedCursor>& cursors) {
  return {cursors.begin(), cursors.end() - 1};
}

std::vector<Sequence> PlaceOf(const std::vector<FeedCursor>& cursors) {
  std::vector<Sequence> place;
  place.reserve(cursors.size());
  for (const FeedCursor& cursor : cursors) place.push_back(cursor.after);
  return place;
}

}  // namespace

ChangeSource::ChangeSource(FanOut& fan_out, std::vector<FeedCursor> cursors, FeedReading reading)
    : reading_(std::move(reading)),
      tail_(fan_out.TailOf(AllButOwn(cursors), reading_)),
      cursors_(std::move(cursors)) {}

absl::StatusOr<std::vector<ChangeSource::Batch>> ChangeSource::Next(
    const FanOut::Snapshot& snapshot, size_t bytes_max) {
  COMPTOIR_ASSIGN_OR_RETURN(auto batches, FollowTail(snapshot, bytes_max));
  if (!batches.empty()) return batches;
  return ReadAlone(*snapshot.reader, cursors_, reading_, bytes_max);
}

absl::StatusOr<std::vector<ChangeSource::Batch>> ChangeSource::FollowTail(
    const FanOut::Snapshot& snapshot, size_t bytes_max) {
  std::vector<Batch> batches;
  std::vector<Sequence> place = PlaceOf(cursors_);
  for (size_t bytes = 0; batches.empty() || bytes < bytes_max;) {
    COMPTOIR_ASSIGN_OR_RETURN(auto next, NextInTail(snapshot, place));
    if (!next.has_value()) break;
    place = next->after;
    if (next->encoded != nullptr) bytes += next->encoded->size();
    batches.push_back(*std::move(next));
    if (batches.back().at_end) break;
  }
  return batches;
}

absl::StatusOr<std::optional<ChangeSource::Batch>> ChangeSource::NextInTail(
    const FanOut::Snapshot& snapshot, const std::vector<Sequence>& at) {
  COMPTOIR_ASSIGN_OR_RETURN(const FeedLook look, LookAtOwn(snapshot));
  if (!look.empty) return std::nullopt;
  std::vector<Sequence> place = at;
  const Sequence own = place.back();
  place.pop_back();
  COMPTOIR_ASSIGN_OR_RETURN(const FeedTail::Next next,
                            tail_->After(place, *snapshot.reader, snapshot.number));
  if (!next.known) return std::nullopt;
  Batch batch{.high_watermark = look.high_watermark, .at_end = next.last, .shared = true};
  if (next.batch == nullptr) {
    batch.after = at;
    return batch;
  }
  batch.encoded = next.batch->encoded;
  batch.changes = next.batch->changes;
  batch.after = next.batch->after;
  batch.after.push_back(std::max(own, std::min(next.batch->read, look.up_to)));
  return batch;
}

absl::StatusOr<FeedLook> ChangeSource::LookAtOwn(const FanOut::Snapshot& snapshot) {
  if (own_look_snapshot_ != snapshot.number || !own_look_.empty) {
    COMPTOIR_ASSIGN_OR_RETURN(own_look_, LookAtFeed(*snapshot.reader, cursors_.back()));
    own_look_snapshot_ = snapshot.number;
  }
  return own_look_;
}

absl::StatusOr<std::vector<ChangeSource::Batch>> ChangeSource::ReadAlone(
    const Reader& reader, absl::Span<const FeedCursor> cursors, const FeedReading& reading,
    size_t bytes_max) {
  COMPTOIR_ASSIGN_OR_RETURN(auto read, BeginsWithNothing(cursors)
                                           ? ReadFromNothing(reader, cursors, reading, bytes_max)
                                           : ReadFeeds(reader, cursors, reading, bytes_max));
  std::vector<Batch> batches;
  for (FeedBatch& feeds : read) {
    batches.push_back({.encoded = std::move(feeds.encoded),
                       .changes = feeds.changes,
                       .results = feeds.results,
                       .after = std::move(feeds.after),
                       .place = std::move(feeds.place),
                       .high_watermark = feeds.high_watermark,
                       .at_end = feeds.at_end});
  }
  return batches;
}

ChangeSource::Batch ChangeSource::Standing(Sequence high_watermark) const {
  std::string encoded;
  for (const FeedCursor& cursor : cursors_) {
    AppendCursor(CursorAt(cursor, cursor.after, reading_.epoch), encoded);
  }
  AppendHighWatermark(MakePosition(reading_.epoch, high_watermark), encoded);
  const FeedCursor* const book = FirstBookOfCustomers(cursors_);
  return {.encoded = std::make_shared<const std::string>(std::move(encoded)),
          .after = PlaceOf(cursors_),
          .place = book == nullptr ? std::nullopt : book->place,
          .high_watermark = high_watermark,
          .at_end = tailing_};
}

void ChangeSource::Pass(const Batch& batch) {
  for (size_t i = 0; i < cursors_.size(); ++i) {
    FeedCursor& cursor = cursors_[i];
    const auto place = IsBookOfCustomers(cursor.feed) ? batch.place : std::nullopt;
    if (cursor.after == batch.after[i] && cursor.place == place) continue;
    cursor.after = batch.after[i];
    cursor.place = place;
    moved_ = true;
  }
  // What it read alone and not to the end may be newer than what the tail has there.
  if (!batch.shared) tailing_ = batch.at_end;
}

EncodedMessage ChangeSource::Send(const Batch& batch, uint64_t number) {
  Pass(batch);
  moved_ = false;
  EncodedMessage message;
  const auto own = CursorAt(cursors_.back(), cursors_.back().after, reading_.epoch);
  message.Add(EncodeBatchHead(number, batch.shared ? &own : nullptr, batch.encoded->size()));
  message.Add(batch.encoded);
  return message;
}

}  // namespace comptoir::hq
