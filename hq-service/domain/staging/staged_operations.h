// Operations that HQ has taken and not yet converted: table staged.
//
//   's' place                                        when due, queue, StagedOperation
//   queue [due, for retries] place                   empty: what conversion takes next
//   'u' customer id, digest, place                   empty: what waits for the customer of a create
//   'b' customer group, place                        empty: what waits for a number, see
//                                                    number_queue.h
//   'e' and 'm', likewise                            empty: see the queues
//   'c' customer id, place                           empty: what is staged for a customer
//   'i' request id, place                            empty: a request, once a service that sent it
//   'o' channel service, lineage, sequence, place    empty: an operation by its address
//
// A place is the position at which the operation was staged and its number there: the order of
// arrival, the same for as long as it is staged.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGED_OPERATIONS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGED_OPERATIONS_H_

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {

struct StagedPlace {
  Sequence sequence;
  uint32_t ordinal = 0;
  friend auto operator<=>(const StagedPlace&, const StagedPlace&) = default;
};

// What an operation waits for. The values are the first bytes of keys.
enum class StagedQueue : uint8_t {
  kReady = 'r',
  // A person asks for it: whichever way conversion runs, it is converted now.
  kAsked = 'p',
  // For a number sequence to be repaired.
  kNumber = 'b',
  // For the time of its next try.
  kRetry = 'w',
  // For a person: it was refused.
  kKept = 'k',
  // For its customer to come to HQ.
  kCustomer = 'u',
  // For an earlier operation on the same address or fields to be settled. (P7)
  kBehind = 'e',
  // An edit that is part of its customer's staged create by now: it settles with that.
  kMerged = 'm',
};

struct StagedRow {
  StagedPlace place;
  StagedQueue queue = StagedQueue::kReady;
  // Of retries only.
  absl::Time due = absl::UnixEpoch();
  storage::v1::StagedOperation staged;

  OperationAddress address() const { return {staged.lineage(), staged.operation().sequence()}; }
};

// An operation that has come, whether it is staged or not. Borrows all.
struct TakenOperation {
  TakenOperation(const StagedRow& row)  // NOLINT(google-explicit-constructor)
      : TakenOperation(row.staged.operation(), row.staged.channel_service(), row.staged.lineage(),
                       row.staged.staged_time()) {}
  TakenOperation(const replication::v1::Operation& operation, const std::string& channel_service,
                 uint64_t lineage, const google::protobuf::Timestamp& staged_time)
      : operation(operation),
        channel_service(channel_service),
        lineage(lineage),
        staged_time(staged_time) {}

  OperationAddress address() const { return {lineage, operation.sequence()}; }

  const replication::v1::Operation& operation;
  const std::string& channel_service;
  const uint64_t lineage;
  const google::protobuf::Timestamp& staged_time;
};

// Operations of one customer, and of one request, that are looked at.
inline constexpr size_t kStagedPerCustomerMax = 1000;
inline constexpr size_t kStagedPerRequestMax = 1000;
// Edits of one customer that become part of its staged create; others wait for it.
inline constexpr size_t kMergedMax = 64;
// Waiting operations that are set free at once.
inline constexpr size_t kWokenMax = 64;

absl::StatusOr<std::optional<StagedRow>> FindStaged(const Reader& reader, const StagedPlace& place);
absl::StatusOr<std::optional<StagedRow>> FindStagedAt(const Reader& reader,
                                                      std::string_view channel_service,
                                                      const OperationAddress& address);
// Oldest first.
absl::StatusOr<std::vector<StagedRow>> StagedOfCustomer(const Reader& reader,
                                                        std::string_view customer_id);

// All that were sent with this request id, oldest first. That of a create is its customer's id.
absl::StatusOr<std::vector<StagedRow>> StagedOfRequest(const Reader& reader,
                                                       std::string_view request_id);
// The first of those that wait for the customer of the create with this digest.
absl::StatusOr<std::vector<StagedRow>> WaitingForCustomer(const Reader& reader,
                                                          std::string_view customer_id,
                                                          std::string_view customer_digest,
                                                          size_t rows_max);

// Likewise those that wait behind an earlier operation, and the edits that became part of the
// create.
absl::StatusOr<std::vector<StagedRow>> WaitingBehindOthers(const Reader& reader,
                                                           std::string_view customer_id,
                                                           std::string_view customer_digest,
                                                           size_t rows_max);
absl::StatusOr<std::vector<StagedRow>> MergedIntoCreate(const Reader& reader,
                                                        std::string_view customer_id,
                                                        std::string_view customer_digest);

// An operation over every channel service that delivered it: `row` and those of the same request.
absl::StatusOr<std::vector<StagedRow>> AllPathsOf(const Reader& reader, const StagedRow& row);

// Whose operations are staged: read once, it spares a command that takes many the search for each.
class StagedCustomers {
 public:
  static absl::StatusOr<StagedCustomers> Read(const Reader& reader);

  // Whether anything is staged of the customer, or by the request.
  absl::StatusOr<bool> Has(const Reader& reader, std::string_view id) const;
  // One is staged from now on.
  void Add(std::string_view customer_id) { ids_.emplace(customer_id); }

 private:
  bool too_many_ = false;
  absl::flat_hash_set<std::string> ids_;
};
// Looked up in memory; when more are staged, each is searched for.
inline constexpr int64_t kStagedCustomersMax = 256;

// No matter when it was staged.
inline constexpr Sequence kAllStaged = Sequence(std::numeric_limits<uint64_t>::max());

// The first places of a queue, kNumber and kCustomer apart; of ready operations only those staged
// up to `staged_by`; of retries only those due by `now`, or later than `delay_max` from now: the
// clock went back since they were put there.
absl::StatusOr<std::vector<StagedPlace>> QueuedPlaces(const Reader& reader, StagedQueue queue,
                                                      Sequence staged_by, absl::Time now,
                                                      absl::Duration delay_max, size_t places_max);
// When the next retry is due.
absl::StatusOr<std::optional<absl::Time>> NextRetry(const Reader& reader);

void PutStaged(Transaction& transaction, const StagedRow& row);
// `old` is what is stored now.
void ReplaceStaged(Transaction& transaction, const StagedRow& old, const StagedRow& row);
void EraseStaged(Transaction& transaction, const StagedRow& row);

// Makes the first of those that wait for a customer ready, a bounded number. They don't change for
// their readers: conversion decides what becomes of them. The caller comes again when one is done.
absl::Status WakeWaiting(Transaction& transaction, std::string_view customer_id,
                         std::string_view customer_digest);

// The same for the edits among them, whatever else waits before them: the create is kept for a
// person, and an edit may correct it. (F5)
absl::Status WakeWaitingEdits(Transaction& transaction, std::string_view customer_id,
                              std::string_view customer_digest);

// For lists. Keys begin with 's' or a queue and end with a place.
std::string StagedRowsPrefix();
std::string StagedQueuePrefix(StagedQueue queue);
std::string StagedOfCustomerPrefix(std::string_view customer_id);
std::optional<StagedPlace> PlaceAtEnd(std::string_view key);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_STAGING_STAGED_OPERATIONS_H_
