#include "channel-service/sync/sync_loop.h"

#include "channel-service/domain/outbox/lineage.h"
#include "common/base/status.h"

namespace comptoir::channel {
namespace {

// Looking at all customers who are watched takes a fifth of the executor's time at most.
constexpr int64_t kRestAfterLook = 4;
constexpr absl::Duration kLineageRetryDelay = absl::Seconds(1);

}  // namespace

SyncLoop::SyncLoop(const ChannelServiceEnvironment& environment,
                   const ChannelServiceOptions& options, ServedChannels& channels,
                   const Reads& reads, HqReads& hq_reads, LinkMonitor& link, Alarms& alarms)
    : environment_(environment),
      channels_(channels),
      link_(link),
      watches_(environment.executor, channels, reads, hq_reads),
      uploader_(environment, options, alarms,
                {.diverged = [this] { BeginNewLineage(); },
                 .fenced = [this](bool fenced) { link_.SetFenced(fenced); },
                 .connection_broken = [this] { link_.Suspect(); },
                 .greeted = [this] { subscriber_.HqAnswers(); },
                 .held_unasked = [this](uint64_t sequence) { subscriber_.AskAfter(sequence); }}),
      subscriber_(
          environment, options, alarms,
          {.applied = [this](bool configuration) { Applied(configuration); },
           .diverged = [this] { BeginNewLineage(); },
           .connection_broken = [this] { link_.Suspect(); },
           .greeted = [this] { uploader_.HqAnswers(); },
           .asked_up_to = [this](uint64_t sequence) { uploader_.SubscriptionAsked(sequence); }}),
      remover_(environment, options),
      purge_(environment),
      expiry_(environment),
      upload_(environment.executor, environment.clock, 0, [this] { uploader_.Wake(); }),
      look_(environment.executor, environment.clock, kRestAfterLook, [this] { watches_.Look(); }) {}

void SyncLoop::Start() {
  link_.Start();
  remover_.Start();
  SetHeld(Hold::kNotStarted, false);
  purge_.Start();
  expiry_.Start();
}

void SyncLoop::Stop() {
  SetHeld(Hold::kNotStarted, true);
  link_.Stop();
  remover_.Stop();
  purge_.Stop();
  expiry_.Stop();
  watches_.Stop();
}

void SyncLoop::ForceOffline(bool forced) {
  link_.ForceOffline(forced);
  SetHeld(Hold::kForcedOffline, forced);
}

void SyncLoop::SetHeld(Hold hold, bool held) {
  uploader_.SetHeld(hold, held);
  subscriber_.SetHeld(hold, held);
}

void SyncLoop::Applied(bool configuration) {
  if (configuration) {
    const absl::Status refreshed = channels_.Refresh(environment_.database.latest());
    if (!refreshed.ok()) {
      LogError(environment_.logger, "configuration unreadable", {{"status", refreshed}});
    }
    // When the filter goes, customers are read from the beginning.
    subscriber_.FilterIs(channels_.filtered());
    purge_.Wake();
  }
  remover_.Wake();
  CustomersChanged();
}

void SyncLoop::BeginNewLineage() {
  if (beginning_lineage_) return;
  beginning_lineage_ = true;
  LogWarning(environment_.logger, "the outbox has diverged from HQ; a new lineage begins");
  SetHeld(Hold::kNewLineage, true);
  SubmitNewLineage();
}

void SyncLoop::SubmitNewLineage() {
  environment_.submitter.Submit(
      Priority::kBulk,
      [lineage = NewLineage(environment_.random), &random = environment_.random](
          Transaction& transaction) { return BeginLineage(transaction, lineage, random); },
      alive_.GuardOn(environment_.executor, [this](const absl::Status& status) {
        if (!status.ok()) {
          environment_.executor.RunAfter(kLineageRetryDelay,
                                         alive_.Guard([this] { SubmitNewLineage(); }));
          return;
        }
        beginning_lineage_ = false;
        SetHeld(Hold::kNewLineage, false);
      }));
}

}  // namespace comptoir::channel
