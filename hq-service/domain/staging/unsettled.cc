#include "hq-service/domain/staging/unsettled.h"

#include <limits>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "common/storage/request_log.h"
#include "comptoir/replication/v1/change.pb.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/staging/results.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "hq-service/domain/staging/staging.h"

namespace comptoir::hq {
namespace {

// Addresses of a customer that are looked through for those that came with it; the feed of
// customers brings all of them anyway.
constexpr size_t kAddressesLookedAtMax = 1000;

// One operation with all that was read to answer it.
struct Question {
  std::string channel_service;
  OperationAddress address;
  const v1::UnsettledOperation& operation;
  // The last operation that HQ holds of this lineage.
  uint64_t held = 0;
};

absl::StatusOr<std::optional<StagedRow>> FindStagedRequest(const Reader& reader,
                                                           const Question& question) {
  COMPTOIR_ASSIGN_OR_RETURN(auto rows, StagedOfRequest(reader, question.operation.request_id()));
  for (StagedRow& row : rows) {
    const replication::v1::Operation& staged = row.staged.operation();
    // A restored store may have made another create of the same UUID. Stores didn't say the digest
    // of the customer before they learned to.
    if (row.staged.channel_service() == question.channel_service &&
        staged.customer_id() == question.operation.customer_id() &&
        staged.request_digest() == question.operation.request_digest() &&
        (question.operation.customer_digest().empty() ||
         staged.customer_digest() == question.operation.customer_digest())) {
      return std::move(row);
    }
  }
  return std::nullopt;
}

// Its entry is in the feed for as long as it is staged; only the address may be an old one. An
// address beyond what HQ holds is of an operation that was read back from HQ, not uploaded.
absl::Status AnswerStaged(Transaction& transaction, const Question& question,
                          const StagedRow& old) {
  if (old.address() == question.address || question.address.sequence > question.held) {
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto other,
                            FindStagedAt(transaction, question.channel_service, question.address));
  if (other.has_value()) return absl::OkStatus();
  StagedRow row = old;
  row.staged.set_lineage(question.address.lineage);
  row.staged.mutable_operation()->set_sequence(question.address.sequence);
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction, &old, row, sequence));
  ReplaceStaged(transaction, old, row);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AddressId>> AddressesOfCreate(const Reader& reader,
                                                         const CustomerId& customer,
                                                         std::string_view request_digest) {
  std::vector<AddressId> ids;
  const std::string prefix =
      KeyWriter().Byte(replication::v1::RECORD_KIND_ADDRESS).Id(customer).key();
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::AddressRecord>(
      reader, Table::kRecords, PrefixRange(prefix, kAddressesLookedAtMax),
      [&](std::string_view key, const storage::v1::AddressRecord& record) {
        if (record.request_digest() == request_digest) {
          ids.push_back(Uuid::FromBytes(key.substr(prefix.size())));
        }
        return ids.size() < static_cast<size_t>(kAddressesPerCreateMax);
      }));
  return ids;
}

absl::Status AnswerKnown(Transaction& transaction, const Question& question, const Outcome& outcome,
                         Sequence version, const std::vector<AddressId>& addresses) {
  // The usual case after a pause: the result of its conversion hasn't been read yet.
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto on_its_way,
      transaction.Get(Table::kFeeds,
                      ResultEntryKey(question.channel_service, version, question.address)));
  if (on_its_way.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  PutResultEntry(transaction, question.channel_service, sequence,
                 FinalResult(question.address,
                             {.id = question.operation.request_id(),
                              .digest = question.operation.request_digest(),
                              .customer_digest = question.operation.customer_digest()},
                             outcome, addresses));
  return absl::OkStatus();
}

absl::Status AnswerAddress(Transaction& transaction, const Question& question,
                           const AddressKey& key) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto outcome,
      FindAddressOutcome(transaction, key, question.operation.request_digest()));
  if (!outcome.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                            FindAddress(transaction, {outcome->customer, key.address}));
  const Sequence version(record.has_value() ? record->version() : 0);
  return AnswerKnown(transaction, question, *outcome, version, {key.address});
}

// False if HQ remembers no edit with this request id. A discarded one is remembered as a discarded
// address is, and answered as one.
absl::StatusOr<bool> AnswerEdit(Transaction& transaction, const Question& question,
                                const CustomerId& customer, const Uuid& request_id) {
  const auto done = FindRequest(transaction, request_id, question.operation.request_digest());
  if (!done.ok() && ReasonOf(done.status()) == Reason::kRequestIdReused) return false;
  COMPTOIR_RETURN_IF_ERROR(done.status());
  if (!done->has_value()) return false;
  const storage::v1::RequestOutcome& outcome = **done;
  const auto moved_to = IdOfBytes(outcome.customer_id());
  const auto address = IdOfBytes(outcome.address_id());
  std::vector<AddressId> addresses;
  if (address.has_value()) addresses.push_back(*address);
  COMPTOIR_RETURN_IF_ERROR(AnswerKnown(
      transaction, question, {.customer = moved_to.has_value() ? CustomerId(*moved_to) : customer},
      Sequence(outcome.version()), addresses));
  return true;
}

absl::Status Answer(Transaction& transaction, const Question& question) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, FindStagedRequest(transaction, question));
  if (staged.has_value()) return AnswerStaged(transaction, question, *staged);
  // HQ was restored and has lost it: it comes again in a new lineage, with all that it brought.
  const bool was_uploaded = question.address.sequence != std::numeric_limits<uint64_t>::max();
  if (was_uploaded && question.address.sequence > question.held) return absl::OkStatus();
  const auto customer = IdOfBytes(question.operation.customer_id());
  const auto request = IdOfBytes(question.operation.request_id());
  if (!customer.has_value() || !request.has_value()) return absl::OkStatus();
  if (*customer != *request) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool answered,
                              AnswerEdit(transaction, question, *customer, *request));
    if (answered) return absl::OkStatus();
    return AnswerAddress(transaction, question, {*customer, *request});
  }
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto outcome,
      FindCreateOutcome(transaction, *customer, question.operation.request_digest()));
  if (!outcome.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(transaction, outcome->customer));
  if (!record.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto addresses,
      AddressesOfCreate(transaction, outcome->customer, question.operation.request_digest()));
  return AnswerKnown(transaction, question, *outcome, Sequence(record->version()), addresses);
}

}  // namespace

absl::Status AnswerUnsettled(Transaction& transaction, const UnsettledOperations& unsettled) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto held,
                            FindUploadPosition(transaction, unsettled.channel_service));
  const bool in_force = held.has_value() && held->lineage() == unsettled.lineage;
  for (const v1::UnsettledOperation& operation : unsettled.operations) {
    COMPTOIR_RETURN_IF_ERROR(
        Answer(transaction, {.channel_service = unsettled.channel_service,
                             .address = {unsettled.lineage, operation.sequence()},
                             .operation = operation,
                             .held = in_force ? held->position().sequence() : 0}));
  }
  return absl::OkStatus();
}

}  // namespace comptoir::hq
