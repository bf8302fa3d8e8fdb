#include "channel-service/sync/subscriber.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/outbox_keys.h"
#include "channel-service/domain/outbox/unsettled.h"
#include "channel-service/domain/replication/change_batch.h"
#include "channel-service/domain/replication/cursors.h"
#include "channel-service/domain/replication/offers.h"
#include "channel-service/domain/replication/removal.h"
#include "channel-service/sync/hello.h"
#include "common/base/status.h"

namespace comptoir::channel {
namespace {

using hq::v1::ChangeBatch;
using hq::v1::SubscribeHello;
using hq::v1::SubscribeRequest;

constexpr size_t kUnsettledPerHelloMax = 10'000;
// HQ sends heartbeats: this many ticks without a word, and the stream is dead.
constexpr int kSilentTicksOfFeedMax = 10;

}  // namespace

Subscriber::Subscriber(const ChannelServiceEnvironment& environment,
                       const ChannelServiceOptions& options, Alarms& alarms, Listener listener)
    : environment_(environment),
      options_(options),
      alarms_(alarms),
      listener_(std::move(listener)),
      keeper_(environment.executor, environment.random, options.reconnect_delay_max,
              {.open = [this] { Open(); },
               .close = [this] { Close(absl::CancelledError("The stream is held.")); },
               .tick = [this] { Tick(); }}),
      applied_(environment.executor, environment.clock, 0, [this] { Applied(); }),
      broken_(std::make_shared<std::atomic<bool>>(false)) {}

void Subscriber::SetHeld(Hold hold, bool held) {
  if (held) *broken_ = true;
  keeper_.SetHeld(hold, held);
}

void Subscriber::AskAfter(uint64_t sequence) {
  // A stream that isn't greeted yet will say up to where it asks, as will the one that follows when
  // all is offered.
  if (closing_ || !greeted_ || offering_.has_value() || writer_ == nullptr) return;
  std::string after = OwnKey(sequence);
  // The pages under way come there.
  if (!hello_key_.empty() && hello_key_ <= after) return;
  hello_key_ = std::move(after);
  absl::Status written = WriteHello();
  if (!written.ok()) return Close(std::move(written));
  WriteNextHello();
}

void Subscriber::FilterIs(bool filtered) {
  if (closing_ || !named_cursors_ || writer_ == nullptr || filtered == opened_filtered_) return;
  Close(absl::CancelledError("What may come has changed."));
}

replication::v1::Position Subscriber::high_watermark() const {
  MutexLock lock(mutex_);
  return high_watermark_;
}

void Subscriber::Open() {
  closing_ = false;
  close_status_ = absl::OkStatus();
  silent_ticks_ = 0;
  greeted_ = false;
  named_cursors_ = false;
  hello_key_.clear();
  if (offering_.has_value()) interrupted_ = std::exchange(offering_, std::nullopt);
  receiver_ = Receiver();
  broken_ = std::make_shared<std::atomic<bool>>(false);
  writer_ = environment_.hq.SubscribeChanges(this);
  absl::Status written = WriteHello();
  if (!written.ok()) Close(std::move(written));
}

void Subscriber::Close(absl::Status status) {
  *broken_ = true;
  if (closing_ || writer_ == nullptr) return;
  closing_ = true;
  close_status_ = status;
  writer_->Finish(std::move(status));
}

void Subscriber::Tick() {
  if (++silent_ticks_ > kSilentTicksOfFeedMax) Close(absl::UnavailableError("HQ is silent."));
}

void Subscriber::OnMessage(hq::v1::SubscribeResponse response) {
  if (closing_) return;
  silent_ticks_ = 0;
  absl::Status status;
  if (response.has_hello() && !greeted_) {
    status = HelloReceived(response.hello());
  } else if (response.has_offers_acknowledgement() && offering_.has_value()) {
    status = OffersAcknowledged(response.offers_acknowledgement());
  } else if (response.has_batch() && greeted_ && !offering_.has_value()) {
    paused_ = false;
    status = BatchReceived(std::move(*response.mutable_batch()));
  } else if (response.has_heartbeat() && greeted_) {
    paused_ = response.heartbeat().paused();
    HeardOf(response.heartbeat().high_watermark());
    NothingMore(response.heartbeat().high_watermark().sequence());
    status = CheckAllTold();
  } else {
    status = MakeError(Reason::kProtocolVersion, "HQ sent what isn't expected here.");
  }
  if (!status.ok()) Close(std::move(status));
}

absl::Status Subscriber::CheckAllTold() const {
  if (offering_.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const bool untold,
                            HasUntoldAnswer(environment_.database.latest(), told_, hq_epoch_));
  return untold ? absl::CancelledError("HQ is to hear of an answer that came late.")
                : absl::OkStatus();
}

void Subscriber::OnClosed(absl::Status status) {
  *broken_ = true;
  writer_.reset();
  if (closing_ && !close_status_.ok()) status = close_status_;
  closing_ = false;
  LogInfo(environment_.logger, "subscription ended", {{"status", status}});
  NeedsOperator(status, &alarms_);
  if (ClassifyCall(status) == CallEnd::kUnreachable) listener_.connection_broken();
  keeper_.Closed(status);
}

absl::Status Subscriber::WriteHello() {
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  COMPTOIR_ASSIGN_OR_RETURN(SubscribeHello hello, NewHello<SubscribeHello>(*reader, options_));
  if (!named_cursors_) {
    COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(*reader));
    opened_filtered_ = filter.filtered();
    COMPTOIR_ASSIGN_OR_RETURN(const auto cursors, ReadCursors(*reader));
    for (const replication::v1::Cursor& cursor : cursors) *hello.add_cursors() = cursor;
    COMPTOIR_RETURN_IF_ERROR(TellHistory(*reader, hello));
    COMPTOIR_ASSIGN_OR_RETURN(told_, ReadAnswered(*reader));
    COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(*reader));
    asked_sequence_ = state.acknowledged_sequence();
  }
  COMPTOIR_ASSIGN_OR_RETURN(AcknowledgedOperations page,
                            ReadAcknowledgedOperations(*reader, hello_key_, kUnsettledPerHelloMax));
  for (hq::v1::UnsettledOperation& operation : page.operations) {
    *hello.add_unsettled() = std::move(operation);
  }
  hello_key_ = page.next_key;
  named_cursors_ = true;
  SubscribeRequest request;
  *request.mutable_hello() = std::move(hello);
  writer_->Write(std::move(request));
  return absl::OkStatus();
}

void Subscriber::WriteNextHello() {
  if (hello_key_.empty()) return;
  environment_.executor.Post(alive_.Guard([this, broken = broken_] {
    if (*broken || hello_key_.empty()) return;
    absl::Status written = WriteHello();
    if (!written.ok()) return Close(std::move(written));
    WriteNextHello();
  }));
}

absl::Status Subscriber::HelloReceived(const hq::v1::SubscribeHelloReply& reply) {
  if (static_cast<size_t>(reply.memberships_size()) > kMembershipsMax) {
    return MakeError(Reason::kStorageCorrupt, "HQ lists more memberships than there may be.");
  }
  greeted_ = true;
  listener_.greeted();
  hq_epoch_ = reply.epoch().id();
  if (reply.has_offers_wanted()) {
    OffersWanted(reply);
    return absl::OkStatus();
  }
  for (const Alarm alarm : {Alarm::kDiverged, Alarm::kUnauthenticated, Alarm::kProtocolVersion}) {
    alarms_.Clear(alarm);
  }
  std::vector<replication::v1::Membership> memberships(reply.memberships().begin(),
                                                       reply.memberships().end());
  Submit(
      [memberships = std::move(memberships), epoch = reply.epoch()](Transaction& transaction) {
        COMPTOIR_RETURN_IF_ERROR(KeepHqEpoch(transaction, epoch));
        return ReconcileMemberships(transaction, memberships);
      },
      alive_.GuardOn(environment_.executor, [this, broken = broken_](const absl::Status& status) {
        // A book may be lost.
        if (status.ok()) return listener_.applied(/*configuration=*/false);
        if (broken == broken_) Close(status);
      }));
  WriteNextHello();
  listener_.asked_up_to(asked_sequence_);
  return absl::OkStatus();
}

void Subscriber::OffersWanted(const hq::v1::SubscribeHelloReply& reply) {
  alarms_.Raise(Alarm::kDiverged);
  LogWarning(environment_.logger, "HQ was restored: it is offered what it has lost",
             {{"known_sequence", reply.offers_wanted().known_sequence()}});
  offering_ = Offering{.hq_epoch = reply.epoch().id(),
                       .known_sequence = reply.offers_wanted().known_sequence(),
                       .told = told_};
  if (interrupted_.has_value() && interrupted_->hq_epoch == offering_->hq_epoch &&
      interrupted_->known_sequence == offering_->known_sequence &&
      SameAnswers(interrupted_->told, offering_->told)) {
    offering_->next = interrupted_->page;
  }
  OfferNext();
}

// A page without offers costs no message, but gives others their turn.
void Subscriber::OfferNext() {
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  const size_t rows = std::min(OfferLimits().customers_max, options_.upload_batch_operations_max);
  auto page = ReadOffers(*reader, offering_->next, offering_->known_sequence,
                         {.customers_max = rows, .addresses_max = rows});
  if (!page.ok()) return Close(page.status());
  offering_->page = std::move(offering_->next);
  offering_->next = std::move(page->next);
  offering_->orphans = std::move(page->orphans);
  if (page->offers.empty() && !offering_->next.empty()) {
    environment_.executor.Post(alive_.Guard([this, broken = broken_] {
      if (!*broken && offering_.has_value()) OfferNext();
    }));
    return;
  }
  SubscribeRequest request;
  hq::v1::RecordOffers& offers = *request.mutable_offers();
  offers.set_number(++offering_->number);
  offers.set_last(offering_->next.empty());
  for (hq::v1::RecordOffer& offer : page->offers) *offers.add_offers() = std::move(offer);
  writer_->Write(std::move(request));
}

absl::Status Subscriber::OffersAcknowledged(const hq::v1::OffersAcknowledgement& acknowledgement) {
  if (acknowledgement.number() != offering_->number) {
    return MakeError(Reason::kSequenceGap, "HQ acknowledges what wasn't offered.");
  }
  keeper_.Succeeded();
  if (!offering_->orphans.empty()) {
    Submit([orphans = std::move(offering_->orphans)](
               Transaction& transaction) { return RemoveOrphans(transaction, orphans); },
           [](const absl::Status&) {});
  }
  if (offering_->next.empty()) {
    AllOffered(acknowledgement.high_watermark());
  } else {
    OfferNext();
  }
  return absl::OkStatus();
}

void Subscriber::AllOffered(uint64_t high_watermark) {
  interrupted_.reset();
  Submit(
      [known_sequence = offering_->known_sequence, high_watermark,
       told = offering_->told](Transaction& transaction) {
        return ReadFromBeginning(transaction, known_sequence, high_watermark, told);
      },
      alive_.GuardOn(environment_.executor, [this, broken = broken_](const absl::Status& status) {
        if (broken != broken_) return;
        Close(status.ok() ? absl::CancelledError("HQ's feeds are read from the beginning.")
                          : status);
      }));
}

absl::Status Subscriber::BatchReceived(ChangeBatch batch) {
  COMPTOIR_ASSIGN_OR_RETURN(CheckedBatch checked, CheckBatch(std::move(batch)));
  const uint64_t number = checked->batch();
  COMPTOIR_ASSIGN_OR_RETURN(const bool news, receiver_.Received(number, number));
  HeardOf(checked->high_watermark());
  if (!news) return absl::OkStatus();
  const bool configuration = BringsConfiguration(*checked);
  Submit(
      [batch = std::make_shared<const CheckedBatch>(std::move(checked)), configuration,
       channels = options_.channels, broken = broken_](Transaction& transaction) -> absl::Status {
        COMPTOIR_RETURN_IF_ERROR(ApplyBatch(transaction, *batch));
        if (!configuration) return absl::OkStatus();
        COMPTOIR_ASSIGN_OR_RETURN(const bool switched, FollowConfiguration(transaction, channels));
        // What comes after on this stream would come with customers left out, or too many.
        if (switched) *broken = true;
        return absl::OkStatus();
      },
      alive_.GuardOn(environment_.executor,
                     [this, broken = broken_, number, configuration](const absl::Status& status) {
                       BatchApplied(broken, number, configuration, status);
                     }));
  return absl::OkStatus();
}

void Subscriber::BatchApplied(const Broken& broken, uint64_t batch, bool configuration,
                              const absl::Status& status) {
  if (status.ok()) {
    configuration_applied_ |= configuration;
    applied_.Call();
  }
  if (broken != broken_ || closing_ || writer_ == nullptr) return;
  if (!status.ok()) {
    const bool diverged = ReasonOf(status) == Reason::kDiverged;
    // DIVERGED would be HQ's; this is our own affair.
    Close(diverged ? absl::CancelledError("A new lineage begins.") : status);
    if (diverged) listener_.diverged();
    return;
  }
  receiver_.Durable(batch);
}

void Subscriber::Applied() {
  listener_.applied(std::exchange(configuration_applied_, false));
  if (closing_ || writer_ == nullptr) return;
  const auto mark = receiver_.TakeAcknowledgement();
  if (!mark.has_value()) return;
  keeper_.Succeeded();
  alarms_.Clear(Alarm::kChangesCorrupt);
  SubscribeRequest request;
  request.mutable_acknowledgement()->set_batch(*mark);
  writer_->Write(std::move(request));
}

void Subscriber::NothingMore(uint64_t high_watermark) {
  const auto waiting = IsSweepWaiting(environment_.database.latest());
  if (offering_.has_value() || !waiting.ok() || !*waiting) return;
  Submit([high_watermark](
             Transaction& transaction) { return NoteHighWatermark(transaction, high_watermark); },
         alive_.GuardOn(environment_.executor, [this](const absl::Status& status) {
           if (status.ok()) listener_.applied(/*configuration=*/false);
         }));
}

void Subscriber::HeardOf(const replication::v1::Position& high_watermark) {
  MutexLock lock(mutex_);
  high_watermark_ = high_watermark;
}

void Subscriber::Submit(Command command, Completion done) {
  environment_.submitter.Submit(
      Priority::kBulk,
      [command = std::move(command), broken = broken_](Transaction& transaction) {
        if (*broken) return absl::CancelledError("The stream is broken.");
        absl::Status status = command(transaction);
        if (!status.ok()) *broken = true;
        return status;
      },
      [done = std::move(done), broken = broken_](absl::Status status) {
        // It may not have run at all.
        if (!status.ok()) *broken = true;
        done(std::move(status));
      });
}

}  // namespace comptoir::channel
