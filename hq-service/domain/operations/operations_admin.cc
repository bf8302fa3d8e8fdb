#include "hq-service/domain/operations/operations_admin.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/normalize.h"
#include "common/customer/operations.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"
#include "google/protobuf/util/time_util.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/conversion/number_queue.h"
#include "hq-service/domain/customers/reads.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/operations/operation_history.h"
#include "hq-service/domain/operations/operation_view.h"
#include "hq-service/domain/staging/staged_operations.h"

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

// Whether a field had or has a value with all these words, or words that begin so.
bool HasWords(const v1::StagedOperationInfo& info, const std::vector<std::string>& wanted) {
  const auto has = [&wanted](const std::string& value) {
    const std::vector<std::string> words = FoldedWords(value);
    return std::all_of(wanted.begin(), wanted.end(), [&words](const std::string& begin) {
      return std::any_of(words.begin(), words.end(),
                         [&begin](const std::string& word) { return word.starts_with(begin); });
    });
  };
  return std::any_of(info.changes().begin(), info.changes().end(),
                     [&has](const v1::FieldDifference& change) {
                       return has(change.old_value()) || has(change.new_value());
                     });
}

// A request's filters, with what they name looked up.
class Filters {
 public:
  static absl::StatusOr<Filters> Of(const Reader& reader,
                                    const v1::ListOperationsRequest& request) {
    FieldViolations violations;
    if (!request.kind().empty() && !IsOperationKind(request.kind())) {
      violations.Add("kind", "VALUE_UNKNOWN", "There are no operations of this kind.");
    }
    COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
    Filters filters(request);
    if (!request.customer().empty()) {
      COMPTOIR_ASSIGN_OR_RETURN(filters.customer_, CustomerOfName(reader, request.customer()));
    }
    return filters;
  }

  const std::optional<CustomerId>& customer() const { return customer_; }

  bool Fit(const v1::StagedOperationInfo& info, const std::string& channel_service) const {
    const auto fits = [](const auto& wanted, const auto& found) {
      return wanted.empty() || wanted == found;
    };
    return fits(request_.channel(), info.channel()) &&
           fits(request_.channel_service(), channel_service) &&
           fits(request_.kind(), info.kind()) && fits(request_.reason(), info.reason()) &&
           (request_.state() == replication::v1::OPERATION_STATE_UNSPECIFIED ||
            request_.state() == info.state()) &&
           (!request_.has_captured_from() || !(info.capture_time() < request_.captured_from())) &&
           (!request_.has_captured_before() || info.capture_time() < request_.captured_before()) &&
           (!customer_.has_value() || info.customer() == CustomerName(*customer_)) &&
           (words_.empty() || HasWords(info, words_));
  }

 private:
  explicit Filters(const v1::ListOperationsRequest& request)
      : request_(request), words_(FoldedWords(request.value())) {}

  const v1::ListOperationsRequest& request_;
  std::vector<std::string> words_;
  std::optional<CustomerId> customer_;
};

// The customer narrows most, then the state; the other filters are looked at row by row.
absl::StatusOr<std::vector<std::string>> PrefixesOf(OperationState state, const Filters& filters) {
  COMPTOIR_ASSIGN_OR_RETURN(auto prefixes, PrefixesOf(state));
  // Those that were applied aren't found by customer.
  const bool applied = state == replication::v1::OPERATION_STATE_APPLIED;
  if (!filters.customer().has_value() || applied) return prefixes;
  return std::vector<std::string>{StagedOfCustomerPrefix(filters.customer()->bytes())};
}

// The operation of a row of a page: nullopt if it has gone meanwhile.
absl::StatusOr<std::optional<v1::StagedOperationInfo>> InfoAt(const Reader& reader, bool applied,
                                                              std::string_view key,
                                                              std::string_view value) {
  if (applied) return ParseRecord<v1::StagedOperationInfo>(value);
  const auto place = PlaceAtEnd(key);
  if (!place.has_value()) {
    return MakeError(Reason::kStorageCorrupt, "A key of a staged operation cannot be read.");
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(reader, *place));
  if (!row.has_value()) return std::nullopt;
  return InfoOf(*row);
}

}  // namespace

absl::StatusOr<v1::ListOperationsResponse> ListOperations(
    const Reader& reader, const v1::ListOperationsRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const Filters filters, Filters::Of(reader, request));
  const bool applied = request.state() == replication::v1::OPERATION_STATE_APPLIED;
  COMPTOIR_ASSIGN_OR_RETURN(const auto prefixes, PrefixesOf(request.state(), filters));
  v1::ListOperationsResponse response;
  const auto take = [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
    COMPTOIR_ASSIGN_OR_RETURN(auto info, InfoAt(reader, applied, key, value));
    if (!info.has_value()) return false;
    COMPTOIR_ASSIGN_OR_RETURN(const OperationName name, ParseOperationName(info->name()));
    if (!filters.Fit(*info, name.channel_service)) return false;
    COMPTOIR_RETURN_IF_ERROR(SetAccountNumber(reader, *info));
    *response.add_operations() = *std::move(info);
    return true;
  };
  COMPTOIR_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      ReadFilteredPage(reader, Table::kStaged, prefixes,
                       {.page_size = request.page_size(), .page_token = request.page_token()}, take,
                       kOperationsLookedAtMax));
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
