// The kinds of faults that the simulator knows, and how often each was injected. A whole run in
// which a kind never happened fails: it would prove nothing about it.

#ifndef COMPTOIR_TESTS_SIM_FAULTS_H_
#define COMPTOIR_TESTS_SIM_FAULTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace comptoir::sim {

enum class Fault : uint8_t {
  kDrop,          // a message was lost: the stream or call that it belonged to breaks or times out
  kDelay,         // a message took much longer than others
  kReorder,       // a message overtook an earlier one of another call or stream
  kDuplicate,     // a unary request reached HQ twice
  kPartition,     // a channel service and HQ cannot reach each other for a while
  kHqCrash,       // HQ's process died between two steps
  kChannelCrash,  // a channel service's process died between two steps
  kCrashBeforeAnswers,   // a process died after a commit and before it was answered
  kUnsyncedLost,         // a process died with power loss while work was queued and not committed
  kSlowDisk,             // commits took up to half a second for a while
  kFullDisk,             // no free space for a while
  kCommitFailed,         // a commit failed, which ends the process
  kClockSkew,            // a node's clock jumped
  kAnswerLostFeedFirst,  // HQ committed, its answer was lost, and the feed came before the fallback
  kAnswerLostFallbackFirst,  // the same, and the fallback came before the feed
  kHqOverloaded,             // HQ's queue was full
  kHqRefusing,               // HQ refused a create that the channel service would have taken
  kHqUnauthenticated,        // HQ didn't accept the channel service's credential for a while
  kPosFailover,              // a POS repeated a request with its id at another channel service
  kSequenceBlocked,          // the number sequence was blocked and repaired
  kForcedOffline,            // a channel service was taken offline by command for a while
  kModeSwitched,  // a channel's functionality profile changed between synchronous and asynchronous
  kFeatureSwitched,   // a feature was switched on or off
  kEditsSwitched,     // stores were told to edit without asking HQ, or to ask again
  kEditedAtHq,        // an administrator edited a customer,
  kConflictResolved,  // or decided a conflict
  kJobStopped,   // a batch job was no longer continuous for a while: manual, recurring or withheld
  kJobCanceled,  // or somebody canceled it
  kJobRun,       // somebody ran a batch job
  kOperationRefused,    // HQ refused what a store had captured under a clock that was ahead
  kOperationRetried,    // a person tried such an operation again,
  kOperationCorrected,  // corrected it,
  kOperationMoved,      // gave its customer another UUID,
  kOperationDiscarded,  // or gave it up
  kBooksChanged,        // a channel got other address books
  kCustomerMoved,       // a customer was put into other address books
  kRemoved,             // a channel service removed a customer that it may not see any more
  kCardRemoved,         // or a loyalty card
  kLateAnswer,          // HQ's answer came after the stream had brought the record
  kSessionPaused,       // a person paused a channel service's upload or download for a while
  kConsumerCrash,       // a downstream system died between the effect of an event and its token
  kConsumerSlow,        // it read slowly for a while
  kChannelRestored,     // a channel database was replaced by an earlier copy of itself
  kChannelWiped,        // a channel database was emptied
  kFilterSwitched,      // customer data of a channel service was to be filtered, or not any more
  kDataPurged,          // and it held none at a check
  kHqRestored,          // HQ's database was replaced by an earlier copy of itself
  kOfferTaken,          // a person took what a store had offered to such an HQ beside HQ's own,
  kOfferNotTaken,       // or kept HQ's
  kChannelTwice,        // a channel database ran twice at once
  kTwinDiscarded,       // and an operator discarded what one of them had done
};
inline constexpr size_t kFaultKinds = static_cast<size_t>(Fault::kTwinDiscarded) + 1;

std::string_view FaultName(Fault fault);

class FaultCounts {
 public:
  void Add(Fault fault, uint64_t times = 1) { counts_[static_cast<size_t>(fault)] += times; }
  uint64_t Of(Fault fault) const { return counts_[static_cast<size_t>(fault)]; }
  void AddAll(const FaultCounts& other) {
    for (size_t i = 0; i < kFaultKinds; ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<uint64_t, kFaultKinds> counts_{};
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_FAULTS_H_
