#include "tests/sim/faults.h"

namespace comptoir::sim {

std::string_view FaultName(Fault fault) {
  switch (fault) {
    case Fault::kDrop:
      return "drop";
    case Fault::kDelay:
      return "delay";
    case Fault::kReorder:
      return "reorder";
    case Fault::kDuplicate:
      return "duplicate";
    case Fault::kPartition:
      return "partition";
    case Fault::kHqCrash:
      return "hq crash";
    case Fault::kChannelCrash:
      return "channel crash";
    case Fault::kCrashBeforeAnswers:
      return "crash before answers";
    case Fault::kUnsyncedLost:
      return "unsynced lost";
    case Fault::kSlowDisk:
      return "slow disk";
    case Fault::kFullDisk:
      return "full disk";
    case Fault::kCommitFailed:
      return "commit failed";
    case Fault::kClockSkew:
      return "clock skew";
    case Fault::kAnswerLostFeedFirst:
      return "answer lost, feed first";
    case Fault::kAnswerLostFallbackFirst:
      return "answer lost, fallback first";
    case Fault::kHqOverloaded:
      return "hq overloaded";
    case Fault::kHqRefusing:
      return "hq refusing";
    case Fault::kHqUnauthenticated:
      return "hq unauthenticated";
    case Fault::kPosFailover:
      return "pos failover";
    case Fault::kSequenceBlocked:
      return "number sequence blocked";
    case Fault::kForcedOffline:
      return "forced offline";
    case Fault::kModeSwitched:
      return "mode switched";
    case Fault::kFeatureSwitched:
      return "feature switched";
    case Fault::kEditsSwitched:
      return "edits switched";
    case Fault::kEditedAtHq:
      return "edited at HQ";
    case Fault::kConflictResolved:
      return "conflict resolved";
    case Fault::kJobStopped:
      return "job stopped";
    case Fault::kJobCanceled:
      return "job canceled";
    case Fault::kJobRun:
      return "job run";
    case Fault::kOperationRefused:
      return "operation refused";
    case Fault::kOperationRetried:
      return "operation retried";
    case Fault::kOperationCorrected:
      return "operation corrected";
    case Fault::kOperationMoved:
      return "operation moved";
    case Fault::kOperationDiscarded:
      return "operation discarded";
    case Fault::kBooksChanged:
      return "books changed";
    case Fault::kCustomerMoved:
      return "customer moved";
    case Fault::kRemoved:
      return "customer removed from a store";
    case Fault::kCardRemoved:
      return "card removed from a store";
    case Fault::kLateAnswer:
      return "late answer";
    case Fault::kSessionPaused:
      return "session paused";
    case Fault::kConsumerCrash:
      return "consumer crash";
    case Fault::kConsumerSlow:
      return "consumer slow";
    case Fault::kChannelRestored:
      return "channel restored";
    case Fault::kChannelWiped:
      return "channel wiped";
    case Fault::kFilterSwitched:
      return "filter switched";
    case Fault::kDataPurged:
      return "data purged";
    case Fault::kHqRestored:
      return "hq restored";
    case Fault::kOfferTaken:
      return "offer taken by a person";
    case Fault::kOfferNotTaken:
      return "offer not taken by a person";
    case Fault::kChannelTwice:
      return "channel alive twice";
    case Fault::kTwinDiscarded:
      return "twin discarded";
  }
  return "unknown";
}

}  // namespace comptoir::sim
