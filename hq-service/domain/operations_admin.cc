#include "hq-service/domain/operations_admin.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/customers.h"
#include "common/customer/record_io.h"
#include "google/protobuf/util/time_util.h"
#include "hq-service/domain/conversion_warnings.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/number_queue.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/operation_history.h"
#include "hq-service/domain/operation_view.h"
#include "hq-service/domain/pages.h"
#include "hq-service/domain/reads.h"
#include "hq-service/domain/staged_operations.h"

namespace comptoir::hq {
namespace {

using replication::v1::OperationState;

absl::StatusOr<std::vector<std::string>> PrefixesOf(OperationState state) {
  switch (state) {
    case replication::v1::OPERATION_STATE_UNSPECIFIED:
      return std::vector<std::string>{StagedRowsPrefix()};
    case replication::v1::OPERATION_STATE_STAGED:
      return std::vector<std::string>{StagedQueuePrefix(StagedQueue::kAsked),
                                      StagedQueuePrefix(StagedQueue::kReady),
                                      StagedQueuePrefix(StagedQueue::kMerged)};
    case replication::v1::OPERATION_STATE_WAITING:
      return std::vector<std::string>{
          StagedQueuePrefix(StagedQueue::kNumber), StagedQueuePrefix(StagedQueue::kRetry),
          StagedQueuePrefix(StagedQueue::kCustomer), StagedQueuePrefix(StagedQueue::kBehind)};
    case replication::v1::OPERATION_STATE_REFUSED:
      return std::vector<std::string>{StagedQueuePrefix(StagedQueue::kKept)};
    case replication::v1::OPERATION_STATE_APPLIED:
      return std::vector<std::string>{WarnedPrefix()};
    default:
      break;
  }
  FieldViolations violations;
  violations.Add("state", "VALUE_UNKNOWN", "HQ keeps no operations in this state.");
  return violations.ToStatus();
}

// The customer narrows most, then the state; the other filters are looked at row by row.
absl::StatusOr<std::vector<std::string>> PrefixesOf(const Reader& reader,
                                                    const v1::ListOperationsRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(auto prefixes, PrefixesOf(request.state()));
  // Those that were applied aren't found by customer.
  const bool applied = request.state() == replication::v1::OPERATION_STATE_APPLIED;
  if (request.customer().empty() || applied) return prefixes;
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, CustomerOfName(reader, request.customer()));
  return std::vector<std::string>{StagedOfCustomerPrefix(id.bytes())};
}

absl::Status CheckFilters(const v1::ListOperationsRequest& request) {
  FieldViolations violations;
  if (!request.kind().empty() && !IsKind(request.kind())) {
    violations.Add("kind", "VALUE_UNKNOWN", "There are no operations of this kind.");
  }
  return violations.ToStatus();
}

bool FitsBesidesKind(const v1::ListOperationsRequest& request,
                     const storage::v1::StagedOperation& staged) {
  const replication::v1::Operation& operation = staged.operation();
  const auto fits = [](const auto& wanted, const auto& found) {
    return wanted.empty() || wanted == found;
  };
  const bool state = request.state() == replication::v1::OPERATION_STATE_UNSPECIFIED ||
                     request.state() == staged.state();
  const bool from =
      !request.has_captured_from() || !(operation.capture_time() < request.captured_from());
  const bool before =
      !request.has_captured_before() || operation.capture_time() < request.captured_before();
  return state && from && before && fits(request.channel(), operation.channel()) &&
         fits(request.channel_service(), staged.channel_service());
}

bool Fits(const v1::ListOperationsRequest& request, const storage::v1::StagedOperation& staged) {
  return FitsBesidesKind(request, staged) &&
         (request.kind().empty() || request.kind() == KindOf(staged.operation()));
}

// Adds those of the page that fit.
absl::Status AddFitting(const Reader& reader, const Page& page,
                        const v1::ListOperationsRequest& request,
                        v1::ListOperationsResponse& response) {
  for (const auto& [key, value] : page.rows) {
    const auto place = PlaceAtEnd(key);
    if (!place.has_value()) {
      return MakeError(Reason::kStorageCorrupt, "A key of a staged operation cannot be read.");
    }
    COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(reader, *place));
    if (!row.has_value() || !Fits(request, row->staged)) continue;
    COMPTOIR_ASSIGN_OR_RETURN(*response.add_operations(), InfoOf(reader, *row));
  }
  return absl::OkStatus();
}

// The same of those that were applied with warnings.
absl::Status AddWarned(const Reader& reader, const Page& page,
                       const v1::ListOperationsRequest& request,
                       v1::ListOperationsResponse& response) {
  std::optional<CustomerId> customer;
  if (!request.customer().empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(customer, CustomerOfName(reader, request.customer()));
  }
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(auto info, ParseRecord<v1::StagedOperationInfo>(value));
    COMPTOIR_ASSIGN_OR_RETURN(const OperationName name, ParseOperationName(info.name()));
    storage::v1::StagedOperation like;
    like.mutable_operation()->set_channel(info.channel());
    *like.mutable_operation()->mutable_capture_time() = info.capture_time();
    like.set_channel_service(name.channel_service);
    like.set_state(info.state());
    const bool fits = (!customer.has_value() || info.customer() == CustomerName(*customer)) &&
                      (request.kind().empty() || request.kind() == info.kind()) &&
                      FitsBesidesKind(request, like);
    if (!fits) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(info.customer()));
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(reader, id));
    if (record.has_value()) info.set_account_number(record->customer().account_number());
    *response.add_operations() = std::move(info);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ListOperationsResponse> ListOperations(
    const Reader& reader, const v1::ListOperationsRequest& request) {
  COMPTOIR_RETURN_IF_ERROR(CheckFilters(request));
  const bool applied = request.state() == replication::v1::OPERATION_STATE_APPLIED;
  COMPTOIR_ASSIGN_OR_RETURN(const auto prefixes, PrefixesOf(reader, request));
  const int page_size = request.page_size() == 0 ? kPageSizeDefault : request.page_size();
  v1::ListOperationsResponse response;
  response.set_next_page_token(request.page_token());
  size_t looked_at = 0;
  do {
    // Never more than may still be answered: so the token is always the last key looked at.
    COMPTOIR_ASSIGN_OR_RETURN(const Page page,
                              ReadPage(reader, Table::kStaged, prefixes,
                                       {.page_size = page_size - response.operations_size(),
                                        .page_token = response.next_page_token()}));
    COMPTOIR_RETURN_IF_ERROR(applied ? AddWarned(reader, page, request, response)
                                     : AddFitting(reader, page, request, response));
    response.set_next_page_token(page.next_page_token);
    looked_at += page.rows.size();
  } while (!response.next_page_token().empty() && response.operations_size() < page_size &&
           looked_at < kOperationsLookedAtMax);
  return response;
}

absl::StatusOr<v1::StagedOperationInfo> GetOperation(const Reader& reader,
                                                     const v1::GetOperationRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const OperationName name, ParseOperationName(request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto row,
                            FindStagedAt(reader, name.channel_service, name.address));
  if (row.has_value()) return FullInfoOf(reader, *row);
  COMPTOIR_ASSIGN_OR_RETURN(const auto history, HistoryOf(reader, request.name()));
  if (!history.empty() && history.back().action() == kDiscardAction) return DiscardedInfo(history);
  return MakeError(Reason::kOperationNotFound, "No such operation is staged.");
}

absl::StatusOr<std::string> ConversionReason(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto groups, WaitingForNumbers(reader));
  for (const WaitingGroup& group : groups) {
    const absl::Status number = PeekAccountNumber(reader, group.customer_group).status();
    if (number.ok()) continue;
    const auto reason = ReasonOf(number);
    if (!reason.has_value()) return number;
    return std::string(ReasonName(*reason));
  }
  return "";
}

}  // namespace comptoir::hq
