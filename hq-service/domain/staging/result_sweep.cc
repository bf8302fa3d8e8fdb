#include "hq-service/domain/staging/result_sweep.h"

#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/storage/message_fields.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "hq-service/domain/feeds/feeds.h"

namespace comptoir::hq {
namespace {

using replication::v1::OperationResult;
using replication::v1::OperationState;

// Nothing else of it is read.
absl::StatusOr<OperationState> StateOf(std::string_view result) {
  OperationState state = replication::v1::OPERATION_STATE_UNSPECIFIED;
  const bool parses = VisitFields(result, [&](const MessageField& field) {
    if (field.id == OperationResult::kStateFieldNumber) {
      state = static_cast<OperationState>(field.number);
    }
    return true;
  });
  if (!parses) return MakeError(Reason::kStorageCorrupt, "A result doesn't parse.");
  return state;
}

}  // namespace

absl::StatusOr<ResultSweep> PlanResultSweep(const Reader& reader, std::string_view channel_service,
                                            Sequence from, Sequence acknowledged, size_t rows_max) {
  const Feed feed = ResultFeed(channel_service);
  const size_t prefix_size = FeedPrefix(feed).size();
  KeyRange range{.begin = FeedPosition(feed, Sequence(from.value() + 1)),
                 .end = FeedPosition(feed, Sequence(acknowledged.value() + 1)),
                 .rows_max = rows_max};
  ResultSweep sweep{.up_to = acknowledged};
  Sequence last;
  while (true) {
    size_t rows = 0;
    COMPTOIR_RETURN_IF_ERROR(
        ScanRows(reader, Table::kFeeds, range,
                 [&](std::string_view key, std::string_view result) -> absl::StatusOr<bool> {
                   ++rows;
                   const auto entry = ParseFeedEntryKey(key.substr(prefix_size));
                   COMPTOIR_ASSIGN_OR_RETURN(const OperationState state, StateOf(result));
                   if (IsFinal(state)) sweep.final_results.emplace_back(key);
                   if (entry.has_value()) last = entry->sequence;
                   range.begin.assign(key).push_back('\0');
                   return true;
                 }));
    if (rows < rows_max) return sweep;
    // The next step begins after a whole sequence: look at the rest of this one, too.
    if (range.end == FeedPosition(feed, Sequence(last.value() + 1))) {
      continue;
    }
    sweep.up_to = last;
    range.end = FeedPosition(feed, Sequence(last.value() + 1));
  }
}

}  // namespace comptoir::hq
