// HQ's feeds, the writing side: one feed per distribution job and book, with one entry per record
// at the position of its last change. A reader from zero therefore reads exactly what there is.
//
// Table feeds: job (2 bytes), book, sequence (8 bytes), then
//   the record's key in table records, which begins with its kind; value empty; or
//   0, lineage, sequence of an operation; value: its OperationResult, see results.h.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
// Customers and addresses.
Feed CustomerFeed();
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

// Puts a record's entry to `sequence`; its entry at `old_version` (0: there is none) goes.
void MoveRecordEntry(Transaction& transaction, const Feed& feed, std::string_view record_key,
                     uint64_t old_version, Sequence sequence);

void PutResultEntry(Transaction& transaction, std::string_view channel_service, Sequence sequence,
                    const replication::v1::OperationResult& result);
void DeleteResultEntry(Transaction& transaction, std::string_view channel_service,
                       Sequence sequence, const OperationAddress& operation);

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

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_H_
