#include "hq-service/domain/feeds/feed_reader.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "common/base/status.h"
#include "common/customer/address_books.h"
#include "common/customer/records/apply_change.h"
#include "hq-service/domain/feeds/change_encoding.h"
#include "hq-service/domain/feeds/feed_scanner.h"
#include "hq-service/domain/feeds/memberships.h"
#include "hq-service/domain/feeds/published.h"
#include "hq-service/domain/feeds/published_records.h"
#include "hq-service/domain/feeds/watermarks.h"
#include "hq-service/domain/staging/results.h"

namespace comptoir::hq {
namespace {

using replication::v1::Change;
using replication::v1::OperationResult;
using replication::v1::RecordChange;

// Entries whose records are read together: of many, neighbours in the table are read after each
// other. How many are wanted is guessed from what a record takes, first of all without having seen
// any.
constexpr size_t kRoundEntriesMin = 8;
constexpr size_t kFirstRoundEntriesMax = 256;
constexpr size_t kRoundEntriesMax = 4096;
constexpr size_t kRecordBytesGuess = 250;
// A batch of more than these will be full.
constexpr size_t kSmallBytes = 1 << 10;

// What is in such a book isn't in it for ever.
bool IsOfBook(const Feed& feed) {
  return AddressBookOf(feed.book).has_value() || feed == AnonymousCardFeed();
}

// A membership that is read.
struct Source {
  const FeedCursor& cursor;
  // As far as its job is published.
  std::optional<Sequence> published;
  bool of_book;
  // Encoded.
  std::string membership;
  FeedScanner scanner;
};

absl::StatusOr<std::vector<Source>> OpenSources(const Reader& reader,
                                                absl::Span<const FeedCursor> cursors) {
  std::vector<Source> sources;
  for (const FeedCursor& cursor : cursors) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto published, WatermarkOf(reader, cursor.feed.job));
    sources.push_back({.cursor = cursor,
                       .published = published,
                       .of_book = IsOfBook(cursor.feed),
                       .membership = MembershipOf(cursor).SerializeAsString(),
                       .scanner = FeedScanner(reader, cursor.feed, cursor.after, published)});
  }
  return sources;
}

// Entries of whole sequences, in order.
struct Round {
  struct Sighting {
    size_t source;
    FeedEntry entry;
  };
  std::vector<Sighting> sightings;
  // Nothing is left.
  bool at_end = false;
};

// The sources, side by side.
class Merge {
 public:
  explicit Merge(std::vector<Source>& sources) : sources_(sources) {}

  // So many entries, or more if the last sequence has.
  absl::StatusOr<Round> Next(size_t entries) {
    Round round;
    while (round.sightings.size() < entries) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto next, Peek(entries));
      if (!next.has_value()) {
        round.at_end = true;
        break;
      }
      for (size_t i = 0; i < sources_.size(); ++i) {
        COMPTOIR_RETURN_IF_ERROR(TakeAll(i, *next, entries, round));
      }
    }
    return round;
  }

 private:
  absl::StatusOr<std::optional<Sequence>> Peek(size_t rows) {
    std::optional<Sequence> first;
    for (Source& source : sources_) {
      COMPTOIR_RETURN_IF_ERROR(source.scanner.Fill(rows));
      const FeedEntry* const next = source.scanner.Peek();
      if (next == nullptr) continue;
      if (!first.has_value() || next->key.sequence < *first) first = next->key.sequence;
    }
    return first;
  }

  // What was committed at `sequence`.
  absl::Status TakeAll(size_t i, Sequence sequence, size_t rows, Round& round) {
    FeedScanner& scanner = sources_[i].scanner;
    while (true) {
      COMPTOIR_RETURN_IF_ERROR(scanner.Fill(rows));
      const FeedEntry* const next = scanner.Peek();
      if (next == nullptr || next->key.sequence != sequence) return absl::OkStatus();
      round.sightings.push_back({i, scanner.Take()});
    }
  }

  std::vector<Source>& sources_;
};

// Encodes what entries say.
class Renderer {
 public:
  Renderer(const Reader& reader, const std::vector<Source>& sources, const FeedReading& reading)
      : reader_(reader), sources_(sources), reading_(reading) {
    for (const Source& source : sources) AddHeld(source.cursor.feed, held_);
  }

  // Reads what the round needs.
  absl::Status Prepare(const Round& round, std::optional<Sequence> customers_published) {
    records_.emplace(reader_, customers_published);
    results_.clear();
    next_result_ = 0;
    for (const Round::Sighting& sighting : round.sightings) {
      const FeedEntry& entry = sighting.entry;
      if (entry.key.is_result()) {
        COMPTOIR_RETURN_IF_ERROR(PrepareResult(sources_[sighting.source], entry));
        continue;
      }
      if (!sources_[sighting.source].of_book) {
        if (entry.value.empty()) records_->AddStored(entry.key.record_key);
      } else if (PublishedRecords::Knows(entry.key.record_key)) {
        records_->AddPublished(entry.key.record_key);
      }
    }
    return records_->Read();
  }

  // A position of the round begins.
  void Begin() { told_.clear(); }

  // Appends the change, unless nothing of it may be told yet. Returns how many there are.
  absl::StatusOr<size_t> Append(const Round::Sighting& sighting, std::string& batch) {
    const Source& source = sources_[sighting.source];
    const FeedEntry& entry = sighting.entry;
    const Sequence sequence = entry.key.sequence;
    if (entry.key.is_result()) return AppendResult(source, entry, batch);
    if (!source.of_book) {
      const auto record = entry.value.empty() ? records_->Stored(entry.key.record_key)
                                              : std::optional<std::string_view>(entry.value);
      Tell(source, sequence,
           {.key = entry.key.record_key, .version = sequence.value(), .record = record}, batch);
      return size_t{1};
    }
    if (!PublishedRecords::Knows(entry.key.record_key)) return AppendCard(source, entry, batch);
    COMPTOIR_ASSIGN_OR_RETURN(const ToldRecord told,
                              records_->ForReader(entry.key.record_key, sequence, held_));
    Tell(source, sequence, told, batch);
    return size_t{1};
  }

 private:
  static Change ChangeOf(const Source& source, const FeedEntry& entry) {
    Change change;
    change.set_sequence(entry.key.sequence.value());
    *change.mutable_membership() = MembershipOf(source.cursor);
    return change;
  }

  void Tell(const Source& source, Sequence sequence, const ToldRecord& told, std::string& batch) {
    AppendChange(sequence.value(), source.membership, told, batch);
    if (told.record.has_value() && !results_.empty()) told_.push_back(told.key);
  }

  absl::Status PrepareResult(const Source& source, const FeedEntry& entry) {
    COMPTOIR_ASSIGN_OR_RETURN(
        OperationResult result,
        ResultForReader(reader_, source.cursor.feed.book, entry.value, reading_.lineage));
    if (source.cursor.ids_only) {
      result.clear_records();
      result.clear_operation();
    }
    for (const RecordChange& record : result.records()) {
      records_->AddPublished(RecordKeyOf(record));
    }
    results_.push_back(std::move(result));
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> AppendResult(const Source& source, const FeedEntry& entry,
                                      std::string& batch) {
    OperationResult& result = results_[next_result_++];
    COMPTOIR_RETURN_IF_ERROR(CompleteRecords(entry.key.sequence, result));
    Change change = ChangeOf(source, entry);
    *change.mutable_result() = std::move(result);
    AppendChange(change, batch);
    return size_t{1};
  }

  // The customer of a create was told just before it, as a rule, and needn't be twice. Of other
  // operations HQ's records count again, for their stores put the unsettled ones on top.
  absl::Status CompleteRecords(Sequence entered_at, OperationResult& result) {
    const bool of_create = result.customer_id() == result.request_id();
    auto stubs = std::move(*result.mutable_records());
    result.clear_records();
    for (RecordChange& stub : stubs) {
      const std::string key = RecordKeyOf(stub);
      const bool told = std::find(told_.begin(), told_.end(), key) != told_.end();
      if (of_create && told) continue;
      COMPTOIR_ASSIGN_OR_RETURN(const ToldRecord record,
                                records_->ForReader(key, entered_at, held_));
      stub.set_version(record.version);
      if (record.record.has_value()) {
        stub.set_record(std::string(*record.record));
      } else {
        stub.set_removed(true);
      }
      *result.add_records() = std::move(stub);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> AppendCard(const Source& source, const FeedEntry& entry,
                                    std::string& batch) const {
    COMPTOIR_ASSIGN_OR_RETURN(
        auto record, CardForReader(reader_, entry.key.record_key, entry.key.sequence, held_));
    if (!record.has_value()) return size_t{0};
    Change change = ChangeOf(source, entry);
    *change.mutable_record() = *std::move(record);
    AppendChange(change, batch);
    return size_t{1};
  }

  // Constant after construction.
  const Reader& reader_;
  const std::vector<Source>& sources_;
  const FeedReading& reading_;
  HeldBooks held_;

  // Of the present round; of the results in order.
  std::optional<PublishedRecords> records_;
  std::vector<OperationResult> results_;
  size_t next_result_ = 0;
  // Records of the present position that were told before its results. Views of the round.
  std::vector<std::string_view> told_;
};

// Cuts what is encoded into batches.
class Cutter {
 public:
  Cutter(const std::vector<Source>& sources, const FeedReading& reading, Sequence high_watermark)
      : sources_(sources), reading_(reading), high_watermark_(high_watermark) {}

  // Where the next sequence is encoded to, at the end.
  std::string& encoding() { return encoding_; }

  // All of `sequence` is encoded, as so many changes, and whether results are among them.
  void Encoded(Sequence sequence, size_t changes, bool results) {
    if (changes_ > 0 && encoding_.size() > reading_.batch_bytes_max) {
      std::string rest = encoding_.substr(encoded_);
      encoding_.resize(encoded_);
      Cut(/*at_end=*/false);
      encoding_ = std::move(rest);
    }
    changes_ += changes;
    results_ |= results;
    read_ = sequence;
    encoded_ = encoding_.size();
    // It will be large, as it seems.
    if (encoded_ > kSmallBytes) encoding_.reserve(reading_.batch_bytes_max + kSmallBytes);
    const bool full =
        encoded_ >= reading_.batch_bytes_max || changes_ >= reading_.batch_changes_max;
    if (full) Cut(/*at_end=*/false);
  }

  void AtEnd() {
    read_ = high_watermark_;
    Cut(/*at_end=*/true);
  }

  // Bytes encoded, and how many changes they are.
  size_t bytes() const { return cut_bytes_ + encoding_.size(); }
  size_t changes() const { return cut_changes_ + changes_; }
  std::vector<FeedBatch>& batches() { return batches_; }

 private:
  void Cut(bool at_end) {
    FeedBatch batch{.changes = changes_,
                    .results = results_,
                    .read = read_,
                    .high_watermark = high_watermark_,
                    .at_end = at_end};
    for (const Source& source : sources_) {
      const Sequence after = std::min(read_, source.published.value_or(read_));
      batch.after.push_back(std::max(source.cursor.after, after));
      AppendCursor(CursorAt(source.cursor, batch.after.back(), reading_.epoch), encoding_);
    }
    AppendHighWatermark(MakePosition(reading_.epoch, high_watermark_), encoding_);
    cut_bytes_ += encoding_.size();
    cut_changes_ += changes_;
    if (encoding_.capacity() > 2 * encoding_.size()) encoding_.shrink_to_fit();
    batch.encoded = std::make_shared<const std::string>(std::move(encoding_));
    batches_.push_back(std::move(batch));
    encoding_.clear();
    encoded_ = 0;
    changes_ = 0;
    results_ = false;
  }

  // Constant after construction.
  const std::vector<Source>& sources_;
  const FeedReading& reading_;
  const Sequence high_watermark_;

  std::vector<FeedBatch> batches_;
  size_t cut_bytes_ = 0;
  size_t cut_changes_ = 0;

  // The batch that is begun: its encoding up to the last whole sequence, and how many changes.
  std::string encoding_;
  size_t encoded_ = 0;
  size_t changes_ = 0;
  bool results_ = false;
  Sequence read_;
};

// Renders a round, sequence by sequence.
absl::Status Render(const Round& round, const std::vector<Source>& sources, Renderer& renderer,
                    Cutter& cutter) {
  absl::flat_hash_set<std::string_view> told;
  for (auto next = round.sightings.begin(); next != round.sightings.end();) {
    const Sequence sequence = next->entry.key.sequence;
    const auto end = std::find_if(next, round.sightings.end(), [&](const auto& sighting) {
      return sighting.entry.key.sequence != sequence;
    });
    const bool one_source = next->source == std::prev(end)->source;
    size_t changes = 0;
    bool results = false;
    told.clear();
    renderer.Begin();
    for (; next != end; ++next) {
      const bool result = next->entry.key.is_result();
      // In several books, and in each of them it would be the same.
      const bool repeated = !one_source && !result && sources[next->source].of_book &&
                            !told.insert(next->entry.key.record_key).second;
      if (repeated) continue;
      COMPTOIR_ASSIGN_OR_RETURN(const size_t more, renderer.Append(*next, cutter.encoding()));
      changes += more;
      results |= result;
    }
    cutter.Encoded(sequence, changes, results);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<FeedBatch>> ReadFeeds(const Reader& reader,
                                                 absl::Span<const FeedCursor> cursors,
                                                 const FeedReading& reading, size_t bytes_max) {
  COMPTOIR_ASSIGN_OR_RETURN(std::vector<Source> sources, OpenSources(reader, cursors));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customers, WatermarkOf(reader, CustomerFeed().job));
  Merge merge(sources);
  Renderer renderer(reader, sources, reading);
  Cutter cutter(sources, reading, last);
  const size_t bytes_wanted = std::max(bytes_max, reading.batch_bytes_max);
  while (cutter.batches().empty() || cutter.bytes() < bytes_wanted) {
    const bool first = cutter.changes() == 0;
    const size_t record_bytes = first ? kRecordBytesGuess : cutter.bytes() / cutter.changes() + 1;
    const size_t bytes_left = bytes_wanted - std::min(bytes_wanted, cutter.bytes());
    COMPTOIR_ASSIGN_OR_RETURN(
        const Round round,
        merge.Next(std::clamp(bytes_left / record_bytes + 1, kRoundEntriesMin,
                              first ? kFirstRoundEntriesMax : kRoundEntriesMax)));
    COMPTOIR_RETURN_IF_ERROR(renderer.Prepare(round, customers));
    COMPTOIR_RETURN_IF_ERROR(Render(round, sources, renderer, cutter));
    if (round.at_end) {
      cutter.AtEnd();
      return std::move(cutter.batches());
    }
  }
  // What is begun is read again with what follows.
  return std::move(cutter.batches());
}

absl::StatusOr<FeedLook> LookAtFeed(const Reader& reader, const FeedCursor& cursor) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const auto published, WatermarkOf(reader, cursor.feed.job));
  FeedScanner scanner(reader, cursor.feed, cursor.after, published);
  COMPTOIR_RETURN_IF_ERROR(scanner.Fill(1));
  return FeedLook{.empty = scanner.AtEnd(),
                  .up_to = std::min(last, published.value_or(last)),
                  .high_watermark = last};
}

}  // namespace comptoir::hq
