#include "hq-service/domain/staging/results.h"

#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {
namespace {

using replication::v1::OperationResult;
using replication::v1::RecordChange;
using replication::v1::RecordKind;

void AddStub(OperationResult& result, std::string_view record_key) {
  RecordChange& stub = *result.add_records();
  stub.set_kind(static_cast<RecordKind>(record_key.front()));
  stub.set_key(std::string(record_key.substr(1)));
}

// The reader is of another lineage: it may have lost the operation.
absl::Status CompleteOperation(const Reader& reader, std::string_view channel_service,
                               OperationResult& result) {
  COMPTOIR_ASSIGN_OR_RETURN(
      auto row, FindStagedAt(reader, channel_service, {result.lineage(), result.sequence()}));
  if (row.has_value()) *result.mutable_operation() = std::move(*row->staged.mutable_operation());
  return absl::OkStatus();
}

}  // namespace

OperationResult ResultOf(const storage::v1::StagedOperation& staged) {
  OperationResult result;
  result.set_lineage(staged.lineage());
  result.set_sequence(staged.operation().sequence());
  result.set_customer_id(staged.operation().customer_id());
  result.set_request_id(staged.operation().request_id());
  result.set_request_digest(staged.operation().request_digest());
  result.set_customer_digest(staged.operation().customer_digest());
  result.set_state(staged.state());
  result.set_reason(staged.reason());
  *result.mutable_fields() = staged.fields();
  result.set_tries(staged.tries());
  return result;
}

absl::Status LeaveResult(Transaction& transaction, const StagedRow& row, Sequence sequence) {
  const replication::v1::Operation& operation = row.staged.operation();
  // It was never entered.
  if (!IdOfBytes(operation.customer_id()).has_value() ||
      !IdOfBytes(operation.request_id()).has_value()) {
    return absl::OkStatus();
  }
  OperationResult published = ResultOf(row.staged);
  *published.mutable_operation() = operation;
  return LeaveResultEntry(transaction, row.staged.channel_service(), row.address(),
                          Sequence(row.staged.feed_sequence()), published, sequence);
}

OperationResult FinalResult(const OperationAddress& address, const RequestIdentity& request,
                            const Outcome& outcome, const std::vector<AddressId>& addresses) {
  OperationResult result;
  result.set_lineage(address.lineage);
  result.set_sequence(address.sequence);
  result.set_customer_id(std::string(outcome.customer.bytes()));
  result.set_request_id(std::string(request.id));
  result.set_request_digest(std::string(request.digest));
  result.set_customer_digest(std::string(request.customer_digest));
  result.set_state(outcome.state);
  if (outcome.state == replication::v1::OPERATION_STATE_DISCARDED) {
    result.set_reason(std::string(ReasonName(Reason::kOperationDiscarded)));
  }
  AddStub(result, CustomerRecordKey(outcome.customer));
  for (const AddressId& id : addresses) AddStub(result, AddressRecordKey({outcome.customer, id}));
  return result;
}

absl::StatusOr<OperationResult> ResultForReader(const Reader& reader, std::string_view book,
                                                std::string_view value, uint64_t reader_lineage) {
  COMPTOIR_ASSIGN_OR_RETURN(auto result, ParseRecord<OperationResult>(value));
  if (IsFinal(result.state())) return result;
  if (result.lineage() == reader_lineage) {
    // Its own: only a result that was left with what was published brings it here.
    result.clear_operation();
  } else if (const auto service = ServiceOfBook(book);
             service.has_value() && !result.has_operation()) {
    COMPTOIR_RETURN_IF_ERROR(CompleteOperation(reader, *service, result));
  }
  return result;
}

}  // namespace comptoir::hq
