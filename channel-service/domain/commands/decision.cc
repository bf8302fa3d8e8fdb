#include "channel-service/domain/commands/decision.h"

#include "common/base/status.h"

namespace comptoir::channel {

HqOutcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return HqOutcome::kOk;
  return IsRefusal(status) ? HqOutcome::kRefusal : HqOutcome::kAnythingElse;
}

namespace {

CreateAction DecideFiltered(LinkBelief link, HqOutcome outcome) {
  if (link == LinkBelief::kOffline) return CreateAction::kRefuseFiltered;
  switch (outcome) {
    case HqOutcome::kNotAsked:
      return CreateAction::kAskHq;
    case HqOutcome::kOk:
      return CreateAction::kReturnAnswer;
    case HqOutcome::kRefusal:
      return CreateAction::kReturnRefusal;
    case HqOutcome::kAnythingElse:
      return CreateAction::kOutcomeUnknown;
  }
  return CreateAction::kOutcomeUnknown;
}

}  // namespace

CreateAction Decide(CreateMode mode, LinkBelief link, HqOutcome outcome) {
  if (mode == CreateMode::kFiltered) return DecideFiltered(link, outcome);
  if (mode == CreateMode::kAsynchronous || link == LinkBelief::kOffline) {
    return CreateAction::kCreatePending;
  }
  switch (outcome) {
    case HqOutcome::kNotAsked:
      return CreateAction::kAskHq;
    case HqOutcome::kOk:
      return CreateAction::kStoreAnswer;
    case HqOutcome::kRefusal:
      return CreateAction::kReturnRefusal;
    case HqOutcome::kAnythingElse:
      return CreateAction::kCreatePending;
  }
  return CreateAction::kCreatePending;
}

}  // namespace comptoir::channel
