// HQ's feeds, the writing side: one feed per distribution job and book, with one entry per record
// at the position of its last change. A reader from zero therefore reads exactly what there is.
//
// While a job has a watermark, a change leaves the entry that is published, with the content that
// it was published with: a store that was off during the run still gets what that run published. So
// there are two entries at most, and the older one goes when the newer one is published.
//
// Table feeds: job (2 bytes), book, sequence (8 bytes), then
//   the record's key in table records, which begins with its kind; value empty, or the record as it
//   was published; or
//   0, lineage, sequence of an operation; value: its OperationResult, see results.h.
// And: 0 (2 bytes), job, book, entry as above; value: the positions of its two entries;
//   1 (2 bytes), job, book, the record's key: the position of its entry in the feed of an address
//   book, where that isn't the record's version: it has left the book, or followed its customer.
//
// The book "all" holds every customer, the feed of an address book those that are in it and, until
// they come back, those that have left it: whoever holds the book is told. Only "all" keeps what
// was published: see published.h. So with loyalty cards, which are in the books of their customers;
// of those that are nobody's, "anonymous" takes the place of an address book.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEEDS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEEDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir::hq {

struct Feed {
  replication::v1::Job job;
  std::string book;
  friend bool operator==(const Feed&, const Feed&) = default;
};

// What channels are made of, and the chain's key (1070); what the whole chain shares (1110).
Feed ConfigurationFeed(replication::v1::Job job);
// Customers and addresses, whichever books they are in.
Feed CustomerFeed();
// Loyalty cards, whosever they are.
Feed LoyaltyCardFeed();
// Those that are nobody's, or were when they were issued.
Feed AnonymousCardFeed();
// What is in one address book.
Feed AddressBookFeed(replication::v1::Job job, std::string_view address_book);
// Results of a channel service's operations, for it alone.
Feed ResultFeed(std::string_view channel_service);
// The channel service of a result feed's book; nothing for other books.
std::optional<std::string_view> ServiceOfBook(std::string_view book);

// An operation as its channel service knows it.
struct OperationAddress {
  uint64_t lineage = 0;
  uint64_t sequence = 0;
  friend bool operator==(const OperationAddress&, const OperationAddress&) = default;
};

// Puts a record's entry to `sequence`; its entry at `old_version` (0: there is none) goes, or keeps
// the record. REQUIRES: the record isn't changed yet.
absl::Status MoveRecordEntry(Transaction& transaction, const Feed& feed,
                             std::string_view record_key, uint64_t old_version, Sequence sequence);

// The feeds of address books, where an entry needn't be at the record's version, nor be there.

// Puts a record's entry to `sequence`. `version` is the record's until now, and `becomes_version`
// says whether `sequence` is from now on.
absl::Status MoveBookEntry(Transaction& transaction, const Feed& feed, std::string_view record_key,
                           uint64_t version, Sequence sequence, bool becomes_version);
// The record changes and its entry stays where it is, if there is one.
absl::Status KeepBookEntry(Transaction& transaction, const Feed& feed, std::string_view record_key,
                           uint64_t version);
absl::Status RemoveBookEntry(Transaction& transaction, const Feed& feed,
                             std::string_view record_key, uint64_t version);

void PutResultEntry(Transaction& transaction, std::string_view channel_service, Sequence sequence,
                    const replication::v1::OperationResult& result);
// The entry of an operation at `old_sequence` goes, or stays with `published`, since there is one
// at `sequence` now.
absl::Status LeaveResultEntry(Transaction& transaction, std::string_view channel_service,
                              const OperationAddress& operation, Sequence old_sequence,
                              const replication::v1::OperationResult& published, Sequence sequence);

// A record as it was published and since when, if it has changed since and that isn't published.
struct PublishedRecord {
  std::string content;
  Sequence sequence;
};
absl::StatusOr<std::optional<PublishedRecord>> FindPublishedBefore(const Reader& reader,
                                                                   const Feed& feed,
                                                                   std::string_view record_key);

// Entries that may go, for a newer one is published.
struct SupersededEntries {
  // Keys in table feeds. Whoever deletes them looks again: see DeleteSuperseded().
  std::vector<std::string> keys;
  // Where the next step begins; empty at the end.
  std::string next;
};
absl::StatusOr<SupersededEntries> FindSuperseded(const Reader& reader, std::string_view from,
                                                 size_t rows_max);
absl::Status DeleteSuperseded(Transaction& transaction, const std::vector<std::string>& keys);

// An entry in the feed of an address book that isn't at its record's version.
struct MovedEntry {
  // Of the row that says so.
  std::string row;
  std::string record_key;
  Sequence position;
};
// Where their rows begin; and those after `after`, if that is one of them.
std::string MovedEntriesPrefix(const Feed& feed);
absl::StatusOr<std::vector<MovedEntry>> ReadMovedEntries(const Reader& reader, const Feed& feed,
                                                         std::string_view after, size_t rows_max);

// Where a feed begins, and where its entries of `sequence` do.
std::string FeedPrefix(const Feed& feed);
std::string FeedPosition(const Feed& feed, Sequence sequence);
std::string ResultEntryKey(std::string_view channel_service, Sequence sequence,
                           const OperationAddress& operation);

// What follows the feed's prefix in an entry's key.
struct FeedEntryKey {
  Sequence sequence;
  // Empty for a result.
  std::string record_key;
  bool is_result() const { return record_key.empty(); }
};
std::optional<FeedEntryKey> ParseFeedEntryKey(std::string_view key_after_prefix);

// STORAGE_CORRUPT: an entry cannot be read.
absl::Status CorruptEntry();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_FEEDS_H_
