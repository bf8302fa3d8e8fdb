#include "channel-service/sync/uploader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "channel-service/domain/outbox/lineage.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/replication/settle.h"
#include "channel-service/domain/timestamps.h"
#include "channel-service/sync/hello.h"
#include "common/base/status.h"

namespace comptoir::channel {
namespace {

using hq::v1::OperationBatch;
using hq::v1::UploadRequest;

// Ticks without a word of HQ while it owes one.
constexpr int kSilentTicksOfUploadMax = 30;

// What is younger is on its way.
constexpr absl::Duration kWaitsFrom = absl::Seconds(5);
constexpr int kTicksBetweenTelling = 10;

// The last operation that may be sent.
template <typename Message>
uint64_t CreditOf(const Message& message) {
  return message.has_last_sequence() ? message.last_sequence()
                                     : std::numeric_limits<uint64_t>::max();
}

}  // namespace

Uploader::Uploader(const ChannelServiceEnvironment& environment,
                   const ChannelServiceOptions& options, Alarms& alarms, Listener listener)
    : environment_(environment),
      options_(options),
      alarms_(alarms),
      listener_(std::move(listener)),
      keeper_(environment.executor, environment.random, options.reconnect_delay_max,
              {.open = [this] { Open(); },
               .close = [this] { Close(absl::CancelledError("The stream is held.")); },
               .tick = [this] { Tick(); }}) {}

void Uploader::Wake() {
  if (sender_.has_value()) Upload();
}

void Uploader::SubscriptionAsked(uint64_t sequence) {
  asked_sequence_ = sequence;
  held_sequence_ = sent_sequence_;
  CheckHeldUnasked();
}

void Uploader::Open() {
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  auto hello = NewHello<hq::v1::UploadHello>(*reader, options_);
  if (!hello.ok()) return keeper_.Closed(hello.status());
  const auto state = ReadOutboxState(*reader);
  if (!state.ok()) return keeper_.Closed(state.status());
  hello->set_unsettled_operations(state->depth());
  lineage_ = hello->lineage();
  DropSender();
  silent_ticks_ = 0;
  closing_ = false;
  close_status_ = absl::OkStatus();
  acknowledged_sequence_ = 0;
  kept_sequence_ = state->acknowledged_sequence();
  writer_ = environment_.hq.UploadOperations(this);
  UploadRequest request;
  *request.mutable_hello() = *std::move(hello);
  writer_->Write(std::move(request));
}

void Uploader::Close(absl::Status status) {
  if (closing_ || writer_ == nullptr) return;
  closing_ = true;
  DropSender();
  close_status_ = status;
  writer_->Finish(std::move(status));
}

void Uploader::DropSender() {
  is_open_ = false;
  sender_.reset();
}

void Uploader::Tick() {
  const bool owed = !sender_.has_value() || sender_->unacknowledged_bytes() > 0;
  silent_ticks_ = owed ? silent_ticks_ + 1 : 0;
  if (silent_ticks_ > kSilentTicksOfUploadMax) {
    return Close(absl::UnavailableError("HQ doesn't acknowledge."));
  }
  KeepAcknowledgement();
  Wake();
  TellWaiting();
}

void Uploader::OnMessage(hq::v1::UploadResponse response) {
  if (closing_) return;
  silent_ticks_ = 0;
  absl::Status status;
  if (response.has_hello() && !sender_.has_value()) {
    return HelloReceived(response.hello());
  }
  if (response.has_acknowledgement() && sender_.has_value()) {
    status = AcknowledgementReceived(response.acknowledgement());
  } else {
    status = MakeError(Reason::kProtocolVersion, "HQ sent what isn't expected here.");
  }
  if (!status.ok()) return Close(std::move(status));
  Upload();
}

void Uploader::OnClosed(absl::Status status) {
  const bool greeted = sender_.has_value();
  writer_.reset();
  DropSender();
  // What we ended is known better here.
  if (closing_ && !close_status_.ok()) status = close_status_;
  closing_ = false;
  LogInfo(environment_.logger, "upload ended", {{"status", status}});
  if (greeted && ReasonOf(status) == Reason::kProtocolVersion) {
    // HQ speaks our protocol, as its hello showed, but cannot read what we sent.
    alarms_.Raise(Alarm::kOperationsCorrupt);
  } else {
    NeedsOperator(status, &alarms_);
  }
  if (ReasonOf(status) == Reason::kLineageFenced) {
    listener_.fenced(true);
    if (!MetadataOf(status, "discard").empty()) Discard();
  }
  if (ClassifyCall(status) == CallEnd::kUnreachable) listener_.connection_broken();
  keeper_.Closed(status);
}

void Uploader::HelloReceived(const hq::v1::UploadHelloReply& reply) {
  listener_.greeted();
  const auto after = UploadAfter(environment_.database.latest(), reply);
  if (!after.ok()) return Close(after.status());
  alarms_.Clear(Alarm::kLineageFenced);
  alarms_.Clear(Alarm::kUnauthenticated);
  alarms_.Clear(Alarm::kProtocolVersion);
  listener_.fenced(false);
  if (!after->has_value()) return Diverged();
  held_sequence_ = **after;
  sent_sequence_ = **after;
  acknowledged_sequence_ = **after;
  sender_.emplace(Sender::Options{.window_bytes_max = reply.window_bytes_max()});
  is_open_ = true;
  credit_ = CreditOf(reply);
  paused_ = reply.paused();
  told_waiting_ = false;
  ticks_since_told_ = kTicksBetweenTelling;
  KeepAcknowledgement();
  CheckHeldUnasked();
  Upload();
}

void Uploader::Diverged() {
  Close(absl::CancelledError("A new lineage begins."));
  listener_.diverged();
}

absl::Status Uploader::AcknowledgementReceived(
    const hq::v1::UploadAcknowledgement& acknowledgement) {
  // An older one, or one of what was there before this stream, only brings the window.
  if (acknowledgement.sequence() > acknowledged_sequence_) {
    COMPTOIR_RETURN_IF_ERROR(sender_->Acknowledged(acknowledgement.sequence()));
    acknowledged_sequence_ = acknowledgement.sequence();
    keeper_.Succeeded();
    alarms_.Clear(Alarm::kOperationsCorrupt);
    KeepAcknowledgement();
  }
  if (acknowledgement.window_bytes_max() != 0) {
    sender_->set_window_bytes_max(acknowledgement.window_bytes_max());
  }
  credit_ = CreditOf(acknowledgement);
  paused_ = acknowledgement.paused();
  return acknowledgement.run() != 0 ? TellOutbox(acknowledgement.run()) : absl::OkStatus();
}

absl::Status Uploader::TellOutbox(uint64_t run) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(environment_.database.latest()));
  UploadRequest request;
  request.mutable_outbox()->set_run(run);
  request.mutable_outbox()->set_last_sequence(state.last_sequence());
  writer_->Write(std::move(request));
  return absl::OkStatus();
}

void Uploader::TellWaiting() {
  if (!sender_.has_value()) return;
  ++ticks_since_told_;
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  const auto state = ReadOutboxState(*reader);
  if (!state.ok()) return;
  UploadRequest request;
  request.mutable_waiting();
  if (state->last_sequence() > acknowledged_sequence_) {
    if (told_waiting_ && ticks_since_told_ < kTicksBetweenTelling) return;
    const auto age = OldestAge(*reader);
    if (!age.ok()) return;
    if (*age >= kWaitsFrom) {
      request.mutable_waiting()->set_operations(state->last_sequence() - acknowledged_sequence_);
      *request.mutable_waiting()->mutable_oldest_age() = ToDuration(*age);
    }
  }
  const bool waits = request.waiting().operations() > 0;
  if (!waits && !told_waiting_) return;
  told_waiting_ = waits;
  ticks_since_told_ = 0;
  writer_->Write(std::move(request));
}

absl::StatusOr<absl::Duration> Uploader::OldestAge(const Reader& reader) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows, ReadOperations(reader, acknowledged_sequence_, 1, 1));
  if (rows.empty()) return absl::ZeroDuration();
  COMPTOIR_ASSIGN_OR_RETURN(const OutboxItem oldest, rows.front().Parse());
  return environment_.clock.Now() - FromTimestamp(oldest.entry.operation().capture_time());
}

void Uploader::Upload() {
  while (sender_.has_value() && sender_->MaySend()) {
    auto batch = NextBatch();
    if (ReasonOf(batch.status()) == Reason::kDiverged) return Diverged();
    if (!batch.ok()) return Close(batch.status());
    if (batch->operations().empty()) return;
    UploadRequest request;
    *request.mutable_batch() = *std::move(batch);
    sender_->Sent(sent_sequence_, request.ByteSizeLong(), environment_.clock.Now());
    writer_->Write(std::move(request));
  }
}

absl::StatusOr<OperationBatch> Uploader::NextBatch() {
  // One state for all reads: the outbox grows and settles meanwhile.
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  COMPTOIR_ASSIGN_OR_RETURN(const auto state, ReadOutboxState(*reader));
  OperationBatch batch;
  if (std::min(state.last_sequence(), credit_) <= sent_sequence_) return batch;
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto operations,
      ReadOperations(*reader, sent_sequence_, options_.upload_batch_operations_max,
                     options_.upload_batch_bytes_max));
  for (const OutboxRow& operation : operations) {
    // What is settled and gone is at HQ; anything else that is missing would be lost.
    const bool follows =
        operation.sequence() == sent_sequence_ + 1 ||
        (batch.operations().empty() && operation.sequence() <= state.acknowledged_sequence() + 1);
    if (!follows) {
      if (!batch.operations().empty()) break;
      return MakeError(Reason::kDiverged, "The outbox has a gap.");
    }
    if (operation.sequence() > credit_) break;
    sent_sequence_ = operation.sequence();
    batch.add_operations(operation.operation().data(), operation.operation().size());
  }
  return batch;
}

void Uploader::Discard() {
  LogWarning(environment_.logger, "an operator discards what this outbox holds");
  alarms_.Clear(Alarm::kOperationsCorrupt);
  // If it fails, the next hello is told again.
  environment_.submitter.Submit(
      Priority::kBulk, [](Transaction& transaction) { return DiscardUnsettled(transaction); },
      [](const absl::Status&) {});
}

void Uploader::KeepAcknowledgement() {
  if (keeping_ || kept_sequence_ >= acknowledged_sequence_) return;
  keeping_ = true;
  const uint64_t sequence = acknowledged_sequence_;
  environment_.submitter.Submit(
      Priority::kBulk,
      [lineage = lineage_, sequence](Transaction& transaction) {
        return AcknowledgeUpTo(transaction, lineage, sequence);
      },
      alive_.GuardOn(environment_.executor,
                     [this, lineage = lineage_, sequence](const absl::Status& status) {
                       keeping_ = false;
                       // If it failed, the next tick tries again.
                       if (!status.ok() || lineage != lineage_) return;
                       kept_sequence_ = std::max(kept_sequence_, sequence);
                       CheckHeldUnasked();
                       KeepAcknowledgement();
                     }));
}

void Uploader::CheckHeldUnasked() {
  // HQ's hello says what it holds.
  if (!asked_sequence_.has_value() || !sender_.has_value()) return;
  const bool unasked = held_sequence_ > *asked_sequence_;
  if (unasked && held_sequence_ > kept_sequence_) return;
  const uint64_t asked = *std::exchange(asked_sequence_, std::nullopt);
  if (unasked) listener_.held_unasked(asked);
}

}  // namespace comptoir::channel
