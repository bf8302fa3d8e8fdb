#include "hq-service/domain/feeds.h"

#include "absl/strings/str_cat.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"

namespace comptoir::hq {
namespace {

constexpr char kBookOfAll[] = "all";
constexpr std::string_view kServiceBookPrefix = "service/";
// Stands where a record's kind would: the entry is an operation's result.
constexpr uint8_t kResultKind = 0;

std::string RecordEntryKey(const Feed& feed, Sequence sequence, std::string_view record_key) {
  return KeyWriter().Rest(FeedPosition(feed, sequence)).Rest(record_key).key();
}

}  // namespace

Feed ConfigurationFeed(replication::v1::Job job) { return {job, kBookOfAll}; }

Feed CustomerFeed() { return {replication::v1::JOB_1010_CUSTOMERS, kBookOfAll}; }

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
  return KeyWriter()
      .Rest(FeedPosition(ResultFeed(channel_service), sequence))
      .Byte(kResultKind)
      .Fixed64(operation.lineage)
      .Fixed64(operation.sequence)
      .key();
}

void MoveRecordEntry(Transaction& transaction, const Feed& feed, std::string_view record_key,
                     uint64_t old_version, Sequence sequence) {
  if (old_version != 0) {
    transaction.Delete(Table::kFeeds, RecordEntryKey(feed, Sequence(old_version), record_key));
  }
  transaction.Put(Table::kFeeds, RecordEntryKey(feed, sequence, record_key), "");
}

void PutResultEntry(Transaction& transaction, std::string_view channel_service, Sequence sequence,
                    const replication::v1::OperationResult& result) {
  transaction.Put(Table::kFeeds,
                  ResultEntryKey(channel_service, sequence, {result.lineage(), result.sequence()}),
                  result.SerializeAsString());
}

void DeleteResultEntry(Transaction& transaction, std::string_view channel_service,
                       Sequence sequence, const OperationAddress& operation) {
  transaction.Delete(Table::kFeeds, ResultEntryKey(channel_service, sequence, operation));
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
