#include "hq-service/domain/feeds/feeds.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/address_books.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/feeds/watermarks.h"

namespace comptoir::hq {
namespace {

constexpr std::string_view kServiceBookPrefix = "service/";
// Stands where a record's kind would: the entry is an operation's result.
constexpr uint8_t kResultKind = 0;

// Stands where a job would: the row says that an entry has a published one before it.
constexpr uint16_t kTwoEntries = 0;
// Likewise: the row says where an entry is.
constexpr uint16_t kEntryPosition = 1;

// `entry` is what follows the position.
std::string EntryKey(const Feed& feed, Sequence sequence, std::string_view entry) {
  return KeyWriter().Rest(FeedPosition(feed, sequence)).Rest(entry).key();
}

std::string ResultEntry(const OperationAddress& operation) {
  return KeyWriter().Byte(kResultKind).Fixed64(operation.lineage).Fixed64(operation.sequence).key();
}

struct TwoEntries {
  Sequence older;
  Sequence newer;
};

std::string TwoEntriesKey(const Feed& feed, std::string_view entry) {
  return KeyWriter().Fixed16(kTwoEntries).Rest(FeedPrefix(feed)).Rest(entry).key();
}

absl::StatusOr<TwoEntries> ParseTwoEntries(std::string_view value) {
  KeyReader parts(value);
  const auto older = parts.Fixed64();
  const auto newer = parts.Fixed64();
  if (!parts.AtEnd()) return CorruptEntry();
  return TwoEntries{Sequence(*older), Sequence(*newer)};
}

void PutTwoEntries(Transaction& transaction, const std::string& key, const TwoEntries& two) {
  transaction.Put(Table::kFeeds, key,
                  KeyWriter().Fixed64(two.older.value()).Fixed64(two.newer.value()).key());
}

// The key of the older entry, if the newer one is published.
absl::StatusOr<std::optional<std::string>> SupersededEntry(const Reader& reader,
                                                           std::string_view key,
                                                           std::string_view value) {
  KeyReader parts(key);
  parts.Fixed16();
  const auto job = parts.Fixed16();
  auto book = parts.String();
  const std::string_view entry = parts.Rest();
  if (!parts.ok()) return CorruptEntry();
  const Feed feed{static_cast<replication::v1::Job>(*job), *std::move(book)};
  COMPTOIR_ASSIGN_OR_RETURN(const TwoEntries two, ParseTwoEntries(value));
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(reader, feed.job));
  if (watermark.has_value() && two.newer > *watermark) return std::nullopt;
  return EntryKey(feed, two.older, entry);
}

// What becomes of an entry at `old` when there is one at `sequence`.
absl::Status LeaveEntry(Transaction& transaction, const Feed& feed, std::string_view entry,
                        Sequence old, const std::function<absl::StatusOr<std::string>()>& published,
                        Sequence sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(transaction, feed.job));
  if (!watermark.has_value()) {
    transaction.Delete(Table::kFeeds, EntryKey(feed, old, entry));
    return absl::OkStatus();
  }
  const std::string key = TwoEntriesKey(feed, entry);
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, transaction.Get(Table::kFeeds, key));
  std::optional<TwoEntries> two;
  if (value.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(two, ParseTwoEntries(*value));
  }
  if (old > *watermark) {
    transaction.Delete(Table::kFeeds, EntryKey(feed, old, entry));
    if (two.has_value()) PutTwoEntries(transaction, key, {two->older, sequence});
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const std::string content, published());
  if (two.has_value()) transaction.Delete(Table::kFeeds, EntryKey(feed, two->older, entry));
  transaction.Put(Table::kFeeds, EntryKey(feed, old, entry), content);
  PutTwoEntries(transaction, key, {old, sequence});
  return absl::OkStatus();
}

std::string EntryPositionKey(const Feed& feed, std::string_view record_key) {
  return KeyWriter().Fixed16(kEntryPosition).Rest(FeedPrefix(feed)).Rest(record_key).key();
}

struct BookEntry {
  // Nothing: there is none.
  std::optional<Sequence> position;
  // A row says so.
  bool has_row = false;
};

absl::StatusOr<BookEntry> FindBookEntry(const Reader& reader, const Feed& feed,
                                        std::string_view record_key, uint64_t version) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto row,
                            reader.Get(Table::kFeeds, EntryPositionKey(feed, record_key)));
  if (row.has_value()) {
    const auto position = KeyReader(*row).Fixed64();
    if (!position.has_value()) return CorruptEntry();
    return BookEntry{.position = Sequence(*position), .has_row = true};
  }
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto entry, reader.Get(Table::kFeeds, EntryKey(feed, Sequence(version), record_key)));
  if (!entry.has_value()) return BookEntry();
  return BookEntry{.position = Sequence(version)};
}

void PutEntryPosition(Transaction& transaction, const Feed& feed, std::string_view record_key,
                      Sequence position) {
  transaction.Put(Table::kFeeds, EntryPositionKey(feed, record_key),
                  KeyWriter().Fixed64(position.value()).key());
}

// What was published is kept in the feed of all.
absl::StatusOr<std::string> NothingKept() { return std::string(); }

}  // namespace

absl::Status CorruptEntry() {
  return MakeError(Reason::kStorageCorrupt, "An entry of a feed cannot be read.");
}

Feed ConfigurationFeed(replication::v1::Job job) { return {job, std::string(kBookOfAll)}; }

Feed CustomerFeed() { return {replication::v1::JOB_1010_CUSTOMERS, std::string(kBookOfAll)}; }

Feed LoyaltyCardFeed() { return {replication::v1::JOB_1050_LOYALTY, std::string(kBookOfAll)}; }

Feed AnonymousCardFeed() {
  return {replication::v1::JOB_1050_LOYALTY, std::string(kBookOfAnonymousCards)};
}

Feed AddressBookFeed(replication::v1::Job job, std::string_view address_book) {
  return {job, BookOfAddressBook(address_book)};
}

Feed ResultFeed(std::string_view channel_service) {
  return {replication::v1::JOB_1010_CUSTOMERS,
          absl::StrCat(ToAbsl(kServiceBookPrefix), ToAbsl(channel_service))};
}

std::optional<std::string_view> ServiceOfBook(std::string_view book) {
  if (!book.starts_with(kServiceBookPrefix)) return std::nullopt;
  return book.substr(kServiceBookPrefix.size());
}

std::string FeedPrefix(const Feed& feed) {
  return KeyWriter().Fixed16(static_cast<uint16_t>(feed.job)).String(feed.book).key();
}

std::string FeedPosition(const Feed& feed, Sequence sequence) {
  return KeyWriter().Rest(FeedPrefix(feed)).Fixed64(sequence.value()).key();
}

std::string ResultEntryKey(std::string_view channel_service, Sequence sequence,
                           const OperationAddress& operation) {
  return EntryKey(ResultFeed(channel_service), sequence, ResultEntry(operation));
}

absl::Status MoveRecordEntry(Transaction& transaction, const Feed& feed,
                             std::string_view record_key, uint64_t old_version, Sequence sequence) {
  if (old_version != 0 && old_version != sequence.value()) {
    const auto published = [&]() -> absl::StatusOr<std::string> {
      COMPTOIR_ASSIGN_OR_RETURN(auto record, transaction.Get(Table::kRecords, record_key));
      return std::move(record).value_or("");
    };
    COMPTOIR_RETURN_IF_ERROR(
        LeaveEntry(transaction, feed, record_key, Sequence(old_version), published, sequence));
  }
  transaction.Put(Table::kFeeds, EntryKey(feed, sequence, record_key), "");
  return absl::OkStatus();
}

absl::Status MoveBookEntry(Transaction& transaction, const Feed& feed, std::string_view record_key,
                           uint64_t version, Sequence sequence, bool becomes_version) {
  COMPTOIR_ASSIGN_OR_RETURN(const BookEntry old,
                            FindBookEntry(transaction, feed, record_key, version));
  if (old.position.has_value() && *old.position != sequence) {
    COMPTOIR_RETURN_IF_ERROR(
        LeaveEntry(transaction, feed, record_key, *old.position, NothingKept, sequence));
  }
  transaction.Put(Table::kFeeds, EntryKey(feed, sequence, record_key), "");
  if (!becomes_version) {
    PutEntryPosition(transaction, feed, record_key, sequence);
  } else if (old.has_row) {
    transaction.Delete(Table::kFeeds, EntryPositionKey(feed, record_key));
  }
  return absl::OkStatus();
}

absl::Status KeepBookEntry(Transaction& transaction, const Feed& feed, std::string_view record_key,
                           uint64_t version) {
  COMPTOIR_ASSIGN_OR_RETURN(const BookEntry entry,
                            FindBookEntry(transaction, feed, record_key, version));
  if (entry.position.has_value() && !entry.has_row) {
    PutEntryPosition(transaction, feed, record_key, *entry.position);
  }
  return absl::OkStatus();
}

absl::Status RemoveBookEntry(Transaction& transaction, const Feed& feed,
                             std::string_view record_key, uint64_t version) {
  COMPTOIR_ASSIGN_OR_RETURN(const BookEntry entry,
                            FindBookEntry(transaction, feed, record_key, version));
  if (!entry.position.has_value()) return absl::OkStatus();
  transaction.Delete(Table::kFeeds, EntryKey(feed, *entry.position, record_key));
  if (entry.has_row) transaction.Delete(Table::kFeeds, EntryPositionKey(feed, record_key));
  return absl::OkStatus();
}

std::string MovedEntriesPrefix(const Feed& feed) { return EntryPositionKey(feed, ""); }

absl::StatusOr<std::vector<MovedEntry>> ReadMovedEntries(const Reader& reader, const Feed& feed,
                                                         std::string_view after, size_t rows_max) {
  const std::string prefix = MovedEntriesPrefix(feed);
  KeyRange range = PrefixRange(prefix, rows_max);
  if (after >= range.begin) range.begin.assign(after).push_back('\0');
  std::vector<MovedEntry> entries;
  COMPTOIR_RETURN_IF_ERROR(
      ScanRows(reader, Table::kFeeds, range,
               [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                 const auto position = KeyReader(value).Fixed64();
                 if (!position.has_value() || key.size() == prefix.size()) return CorruptEntry();
                 entries.push_back({.row = std::string(key),
                                    .record_key = std::string(key.substr(prefix.size())),
                                    .position = Sequence(*position)});
                 return true;
               }));
  return entries;
}

void PutResultEntry(Transaction& transaction, std::string_view channel_service, Sequence sequence,
                    const replication::v1::OperationResult& result) {
  PutRecord(transaction, Table::kFeeds,
            ResultEntryKey(channel_service, sequence, {result.lineage(), result.sequence()}),
            result);
}

absl::Status LeaveResultEntry(Transaction& transaction, std::string_view channel_service,
                              const OperationAddress& operation, Sequence old_sequence,
                              const replication::v1::OperationResult& published,
                              Sequence sequence) {
  return LeaveEntry(
      transaction, ResultFeed(channel_service), ResultEntry(operation), old_sequence,
      [&]() -> absl::StatusOr<std::string> { return published.SerializeAsString(); }, sequence);
}

absl::StatusOr<std::optional<PublishedRecord>> FindPublishedBefore(const Reader& reader,
                                                                   const Feed& feed,
                                                                   std::string_view record_key) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value,
                            reader.Get(Table::kFeeds, TwoEntriesKey(feed, record_key)));
  if (!value.has_value()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(const TwoEntries two, ParseTwoEntries(*value));
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(reader, feed.job));
  if (!watermark.has_value() || two.newer <= *watermark) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(auto content,
                            reader.Get(Table::kFeeds, EntryKey(feed, two.older, record_key)));
  if (!content.has_value()) return CorruptEntry();
  return PublishedRecord{*std::move(content), two.older};
}

absl::StatusOr<SupersededEntries> FindSuperseded(const Reader& reader, std::string_view from,
                                                 size_t rows_max) {
  KeyRange range = PrefixRange(KeyWriter().Fixed16(kTwoEntries).key(), rows_max);
  if (!from.empty()) range.begin = from;
  std::vector<std::pair<std::string, std::string>> rows;
  COMPTOIR_RETURN_IF_ERROR(
      reader.Scan(Table::kFeeds, range, [&](std::string_view key, std::string_view value) {
        rows.emplace_back(key, value);
        return true;
      }));
  SupersededEntries superseded;
  for (const auto& [key, value] : rows) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto entry, SupersededEntry(reader, key, value));
    if (entry.has_value()) superseded.keys.push_back(key);
  }
  if (rows.size() == rows_max) superseded.next = rows.back().first + '\0';
  return superseded;
}

absl::Status DeleteSuperseded(Transaction& transaction, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto value, transaction.Get(Table::kFeeds, key));
    if (!value.has_value()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const auto entry, SupersededEntry(transaction, key, *value));
    if (!entry.has_value()) continue;
    transaction.Delete(Table::kFeeds, *entry);
    transaction.Delete(Table::kFeeds, key);
  }
  return absl::OkStatus();
}

std::optional<FeedEntryKey> ParseFeedEntryKey(std::string_view key_after_prefix) {
  KeyReader reader(key_after_prefix);
  const auto sequence = reader.Fixed64();
  const std::string_view entry = reader.Rest();
  const auto kind = reader.Byte();
  if (!reader.ok()) return std::nullopt;
  if (*kind == kResultKind) return FeedEntryKey{.sequence = Sequence(*sequence)};
  return FeedEntryKey{.sequence = Sequence(*sequence), .record_key = std::string(entry)};
}

}  // namespace comptoir::hq
