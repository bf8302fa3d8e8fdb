#include "hq-service/domain/operations_admin.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/names.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/pages.h"
#include "hq-service/domain/staged_create.h"
#include "hq-service/domain/staged_operations.h"
#include "hq-service/domain/staging.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using replication::v1::OperationState;

std::string_view KindOf(const Operation& operation) {
  switch (operation.kind_case()) {
    case Operation::kCreateCustomer:
      return "create_customer";
    case Operation::kCreateAddress:
      return "create_address";
    case Operation::kEditCustomer:
      return "edit_customer";
    case Operation::kEditAddress:
      return "edit_address";
    case Operation::KIND_NOT_SET:
      break;
  }
  return "";
}

v1::StagedOperationInfo InfoOf(const StagedRow& row) {
  const auto& staged = row.staged;
  v1::StagedOperationInfo info;
  info.set_name(absl::StrCat("operations/", staged.channel_service(), "/", staged.lineage(), "/",
                             staged.operation().sequence()));
  info.set_channel(staged.operation().channel());
  const auto customer = IdOfBytes(staged.operation().customer_id());
  if (customer.has_value()) info.set_customer(CustomerName(*customer));
  info.set_kind(std::string(KindOf(staged.operation())));
  info.set_state(staged.state());
  info.set_reason(staged.reason());
  *info.mutable_fields() = staged.fields();
  info.set_tries(staged.tries());
  *info.mutable_capture_time() = staged.operation().capture_time();
  *info.mutable_staged_time() = staged.staged_time();
  return info;
}

absl::StatusOr<std::vector<std::string>> PrefixesOf(OperationState state) {
  switch (state) {
    case replication::v1::OPERATION_STATE_UNSPECIFIED:
      return std::vector<std::string>{StagedRowsPrefix()};
    case replication::v1::OPERATION_STATE_STAGED:
      return std::vector<std::string>{StagedQueuePrefix(StagedQueue::kReady)};
    case replication::v1::OPERATION_STATE_WAITING:
      return std::vector<std::string>{StagedQueuePrefix(StagedQueue::kNumber),
                                      StagedQueuePrefix(StagedQueue::kRetry)};
    case replication::v1::OPERATION_STATE_REFUSED:
      return std::vector<std::string>{StagedQueuePrefix(StagedQueue::kKept)};
    default:
      break;
  }
  FieldViolations violations;
  violations.Add("state", "VALUE_UNKNOWN", "HQ keeps no operations in this state.");
  return violations.ToStatus();
}

struct OperationName {
  std::string channel_service;
  OperationAddress address;
};

absl::StatusOr<OperationName> ParseOperationName(std::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(name), '/');
  OperationName parsed;
  if (parts.size() == 4 && parts[0] == "operations" &&
      absl::SimpleAtoi(parts[2], &parsed.address.lineage) &&
      absl::SimpleAtoi(parts[3], &parsed.address.sequence)) {
    parsed.channel_service = parts[1];
    return parsed;
  }
  FieldViolations violations;
  violations.Add("name", "NAME_INVALID",
                 "Must be operations/{channel service}/{lineage}/{sequence}.");
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<v1::ListOperationsResponse> ListOperations(
    const Reader& reader, const v1::ListOperationsRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto prefixes, PrefixesOf(request.state()));
  COMPTOIR_ASSIGN_OR_RETURN(const Page page, ReadPage(reader, Table::kStaged, prefixes,
                                                      {.page_size = request.page_size(),
                                                       .page_token = request.page_token()}));
  v1::ListOperationsResponse response;
  response.set_next_page_token(page.next_page_token);
  for (const auto& [key, value] : page.rows) {
    const auto place = PlaceAtEnd(key);
    if (!place.has_value()) {
      return MakeError(Reason::kStorageCorrupt, "A key of a staged operation cannot be read.");
    }
    COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(reader, *place));
    if (row.has_value()) *response.add_operations() = InfoOf(*row);
  }
  return response;
}

absl::StatusOr<v1::StagedOperationInfo> RetryOperation(Transaction& transaction,
                                                       const v1::RetryOperationRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const OperationName name, ParseOperationName(request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto old,
                            FindStagedAt(transaction, name.channel_service, name.address));
  if (!old.has_value()) {
    return MakeError(Reason::kOperationNotFound, "No such operation is staged.");
  }
  if (old->queue != StagedQueue::kKept && old->queue != StagedQueue::kRetry) return InfoOf(*old);
  StagedRow row = *old;
  row.queue = StagedQueue::kReady;
  row.due = absl::UnixEpoch();
  row.staged.set_state(replication::v1::OPERATION_STATE_STAGED);
  row.staged.set_tries(0);
  row.staged.clear_reason();
  row.staged.clear_fields();
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  EnterResult(transaction, &*old, row, sequence);
  ReplaceStaged(transaction, *old, row);
  if (old->queue == StagedQueue::kKept) {
    COMPTOIR_RETURN_IF_ERROR(AddToCounters(transaction, {.refused = -1}));
  }
  return InfoOf(row);
}

absl::StatusOr<std::string> ConversionReason(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const Counters counters, ReadCounters(reader));
  if (counters.staged == counters.refused) return "";
  const absl::Status number = PeekAccountNumber(reader).status();
  if (number.ok()) return "";
  const auto reason = ReasonOf(number);
  if (!reason.has_value()) return number;
  return std::string(ReasonName(*reason));
}

}  // namespace comptoir::hq
