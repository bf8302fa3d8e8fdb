#include "hq-service/jobs/subscription.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/replication/sender.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/configuration/administration.h"
#include "hq-service/domain/feeds/memberships.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/jobs/admission.h"
#include "hq-service/jobs/change_source.h"
#include "hq-service/jobs/core_reader.h"
#include "hq-service/jobs/offers_intake.h"
#include "hq-service/jobs/read_positions.h"
#include "hq-service/jobs/result_sweeper.h"
#include "hq-service/jobs/unsettled_answers.h"

namespace comptoir::hq {
namespace {

// HQ's database was restored: all that are connected open their streams again and are heard.
void MakeAllSpeak(JobContext& context) {
  context.open_streams.EndAll(absl::CancelledError("HQ's database was restored."));
}

// The configuration's version, which was `known`. The stream ends when the service's books change;
// it comes again, and is told its memberships.
absl::StatusOr<Sequence> CheckMemberships(const Reader& reader, Sequence known,
                                          const std::vector<std::string>& channels,
                                          absl::Span<const FeedCursor> cursors) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence configuration, ConfigurationVersion(reader));
  if (configuration == known) return known;
  COMPTOIR_ASSIGN_OR_RETURN(const auto feeds, CustomerFeedsOf(reader, channels));
  if (!ReadsFeeds(cursors, feeds)) {
    return absl::CancelledError("The channel service's address books have changed.");
  }
  return configuration;
}

// Lives as long as its reader, and a command's answer may come later. On the executor.
class SubscriptionCore : public std::enable_shared_from_this<SubscriptionCore> {
 public:
  SubscriptionCore(std::shared_ptr<JobContext> context,
                   std::unique_ptr<StreamWriter<v1::SubscribeResponse>> writer)
      : context_(std::move(context)),
        writer_(std::move(writer)),
        admission_(context_),
        sender_({.window_bytes_max = context_->options.subscribe_window_bytes_max,
                 .heartbeat_interval = context_->options.heartbeat_interval}) {}

  void Open() { stream_id_ = context_->open_streams.Add(Ender()); }

  void OnMessage(v1::SubscribeRequest message) {
    if (over_) return;
    if (message.has_acknowledgement()) {
      Acknowledged(message.acknowledgement().batch());
    } else if (message.has_offers() && offers_ != nullptr) {
      offers_->Received(std::move(*message.mutable_offers()));
    } else if (message.has_hello() && !said_hello_) {
      Hello(std::move(*message.mutable_hello()));
    } else if (message.has_hello()) {
      AnswerUnsettled(message.hello());
    }
  }

  void End(absl::Status status) {
    if (over_) return;
    const auto writer = std::move(writer_);
    CloseWith(status);
    writer->Finish(std::move(status));
  }

  // The peer has gone.
  void Close() { CloseWith(absl::OkStatus()); }

 private:
  void CloseWith(const absl::Status& status) {
    if (over_) return;
    over_ = true;
    LeaveSession(status);
    admission_.Leave();
    context_->open_streams.Remove(stream_id_);
    if (fan_out_id_ != 0) context_->fan_out->Leave(fan_out_id_);
    if (offers_ != nullptr) offers_->Stop();
    writer_.reset();
  }

  // What was under way is sent again, over another stream.
  void LeaveSession(const absl::Status& status) {
    if (session_ == nullptr) return;
    v1::SessionState failed = v1::SESSION_STATE_UNSPECIFIED;
    std::string error(kSessionDisconnected);
    const auto reason = ReasonOf(status);
    if (reason == Reason::kSequenceGap) {
      failed = v1::SESSION_STATE_APPLY_FAILED;
    } else if (reason.has_value() && reason != Reason::kShuttingDown) {
      failed = v1::SESSION_STATE_CREATE_FAILED;
    } else if (!positions_->all_durable()) {
      failed = v1::SESSION_STATE_DOWNLOAD_FAILED;
    }
    if (reason.has_value()) error = ReasonName(*reason);
    context_->sessions.Detach(*session_, failed, error);
    session_ = nullptr;
  }

  ChannelServices::End Ender() {
    return [weak = weak_from_this()](absl::Status status) {
      if (const auto self = weak.lock()) self->End(std::move(status));
    };
  }

  void Hello(v1::SubscribeHello hello) {
    said_hello_ = true;
    lineage_ = hello.lineage();
    unsettled_ =
        std::make_shared<UnsettledAnswers>(context_, hello.channel_service(), hello.lineage());
    AnswerUnsettled(hello);
    if (over_) return;
    admission_.Start(
        {.stream = ChannelServices::Stream::kSubscribe,
         .protocol_version = hello.protocol_version(),
         .channel_service = hello.channel_service(),
         .channels = {hello.channels().begin(), hello.channels().end()},
         .lineage = hello.lineage()},
        Ender(),
        [weak = weak_from_this(), hello](const absl::StatusOr<storage::v1::UploadPosition>& held) {
          if (const auto self = weak.lock()) self->Admitted(held.status(), hello);
        });
  }

  void Admitted(absl::Status status, const v1::SubscribeHello& hello) {
    if (over_) return;
    if (status.ok()) status = admission_.Confirm();
    if (!status.ok()) return End(std::move(status));
    const std::vector<std::string> channels(hello.channels().begin(), hello.channels().end());
    const auto in_force =
        AreInForce(context_->environment.database.latest(), hello.channel_service(), channels);
    if (!in_force.ok()) return End(in_force.status());
    if (*in_force) return Start(absl::OkStatus(), hello);
    context_->commands.RunAndPost(
        Priority::kPrompt,
        [channels, service = hello.channel_service()](Transaction& transaction) -> absl::Status {
          return ReconcileMemberships(transaction, service, channels);
        },
        [weak = weak_from_this(), hello](const absl::Status& done) {
          if (const auto self = weak.lock()) self->Start(done, hello);
        });
  }

  void Start(absl::Status status, const v1::SubscribeHello& hello) {
    if (over_) return;
    if (!status.ok()) return End(std::move(status));
    const auto greet = MustBeGreeted(*context_->environment.database.NewReader(), hello);
    if (!greet.ok()) return End(greet.status());
    if (!*greet) return Greeted(Greeting(), hello);
    context_->commands.RunAndPost<Greeting>(
        Priority::kPrompt,
        [hello, margin = context_->options.number_margin_after_restore, now = context_->Now()](
            Transaction& transaction) { return Greet(transaction, hello, margin, now); },
        [weak = weak_from_this(), context = context_,
         hello](const absl::StatusOr<Greeting>& greeting) {
          const auto self = weak.lock();
          if (self == nullptr || self->over_) {
            // The others learn what this one has told all the same.
            if (greeting.ok() && greeting->others_must_speak) MakeAllSpeak(*context);
            return;
          }
          if (!greeting.ok()) return self->End(greeting.status());
          self->Greeted(*greeting, hello);
        });
  }

  void Greeted(const Greeting& greeting, const v1::SubscribeHello& hello) {
    if (greeting.offers_wanted) return AskForOffers(greeting, hello);
    if (absl::Status status = OpenAt(hello); !status.ok()) return End(std::move(status));

    context_->channel_services.ClearAlarm(hello.channel_service(), Reason::kDiverged, lineage_);
    Reply();
    unsettled_->Start();
    sweeper_ = std::make_shared<ResultSweeper>(context_, hello.channel_service());
    CursorsDurable();
    SweepResults();
    fan_out_id_ = context_->fan_out->Join([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Pump();
    });
    Beat();
  }

  // HQ's database is an earlier one than that which this service has read.
  void AskForOffers(const Greeting& greeting, const v1::SubscribeHello& hello) {
    RaiseAlarm(*context_, admission_.hello(), Reason::kDiverged);
    if (greeting.others_must_speak) {
      // But this one, which has spoken.
      context_->open_streams.Remove(stream_id_);
      MakeAllSpeak(*context_);
      stream_id_ = context_->open_streams.Add(Ender());
    }
    OffersIntake::Listener listener;
    listener.write = [weak = weak_from_this()](v1::SubscribeResponse response) {
      const auto self = weak.lock();
      if (self != nullptr && !self->over_) self->writer_->Write(std::move(response));
    };
    listener.failed = [weak = weak_from_this()](absl::Status status) {
      if (const auto self = weak.lock()) self->End(std::move(status));
    };
    offers_ = std::make_shared<OffersIntake>(context_, hello.channel_service(), greeting.known,
                                             std::move(listener));
    offers_->Start();
  }

  absl::Status OpenAt(const v1::SubscribeHello& hello) {
    const auto snapshot = context_->environment.database.NewReader();
    COMPTOIR_ASSIGN_OR_RETURN(auto cursors, OpenCursors(*snapshot, hello));
    positions_.emplace(cursors);
    source_.emplace(*context_->fan_out, std::move(cursors),
                    FeedReading{.lineage = lineage_,
                                .epoch = context_->epoch,
                                .batch_bytes_max = context_->options.change_batch_bytes_max});
    COMPTOIR_RETURN_IF_ERROR(CheckMemberships(*snapshot));
    session_ = context_->sessions.Attach({hello.channel_service(), v1::SESSION_DIRECTION_DOWNLOAD},
                                         lineage_, positions_->customers().value());
    return absl::OkStatus();
  }

  absl::Status CheckMemberships(const Reader& reader) {
    COMPTOIR_ASSIGN_OR_RETURN(
        configuration_, hq::CheckMemberships(reader, configuration_, admission_.hello().channels,
                                             source_->cursors()));
    return absl::OkStatus();
  }

  void Reply() {
    v1::SubscribeResponse response;
    auto& reply = *response.mutable_hello();
    *reply.mutable_epoch() = context_->epoch;
    for (const FeedCursor& cursor : source_->cursors())
      *reply.add_memberships() = MembershipOf(cursor);
    reply.set_window_bytes_max(context_->options.subscribe_window_bytes_max);
    writer_->Write(std::move(response));
    LogInfo(context_->environment.logger, "a channel service subscribes",
            {{"channel_service", admission_.hello().channel_service},
             {"lineage", lineage_},
             {"behind", positions_->slowest()}});
  }

  void AnswerUnsettled(const v1::SubscribeHello& hello) {
    if (unsettled_->Add({hello.unsettled().begin(), hello.unsettled().end()})) return;
    End(MakeError(Reason::kOverloaded, "Too many unsettled operations at once."));
  }

  void Acknowledged(uint64_t batch) {
    if (sweeper_ == nullptr) return;  // nothing was sent yet
    if (absl::Status status = sender_.Acknowledged(batch); !status.ok()) {
      return End(std::move(status));
    }
    const auto durable = positions_->Durable(batch);
    context_->sessions.Acknowledged(*session_, durable.records, durable.bytes,
                                    positions_->customers().value(), positions_->all_durable());
    CursorsDurable();
    if (results_sent_) SweepResults();
    // Much at once costs less, for both.
    const bool half_open =
        sender_.unacknowledged_bytes() <= context_->options.subscribe_window_bytes_max / 2;
    if (hungry_ && half_open) Pump();
  }

  void CursorsDurable() {
    context_->channel_services.SetAcknowledged(
        admission_.hello().channel_service, positions_->configuration(), positions_->customers());
  }

  // Of the own book, what is durable there.
  void SweepResults() {
    sweeper_->Acknowledged(positions_->own());
    results_sent_ = !positions_->all_durable() || sweeper_->is_behind();
  }

  // Sends what one look gives and comes back for more, so that others get their turn.
  void Pump() {
    if (over_ || pump_posted_) return;
    if (reading_since_.has_value()) {
      woken_ = true;
      return;
    }
    hungry_ = true;
    if (session_->paused() || !sender_.MaySend()) return;
    if (source_->lags()) return ReadLagging();
    const auto snapshot = context_->fan_out->Look();
    if (absl::Status status = CheckMemberships(*snapshot->reader); !status.ok()) {
      return End(std::move(status));
    }
    const auto batches = source_->Next(*snapshot, SendableBytes(kBytesPerTurnMax));
    if (!batches.ok()) return End(batches.status());
    SendBatches(*batches);
    if (over_ || !hungry_ || !sender_.MaySend()) return;
    pump_posted_ = true;
    context_->environment.executor.Post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->pump_posted_ = false;
      self->Pump();
    });
  }

  struct LaggingRead {
    std::vector<ChangeSource::Batch> batches;
    Sequence configuration;
  };

  // Away from the executor, which others need meanwhile. What is read and its memberships are
  // checked in one state of the database.
  void ReadLagging() {
    reading_since_ = context_->Now();
    const auto read = [database = &context_->environment.database, cursors = source_->cursors(),
                       reading = source_->reading(), channels = admission_.hello().channels,
                       known = configuration_, sendable = SendableBytes(kLaggingBytesPerTurnMax)](
                          size_t bytes_max) -> absl::StatusOr<LaggingRead> {
      const auto reader = database->NewReader();
      LaggingRead result;
      COMPTOIR_ASSIGN_OR_RETURN(result.configuration,
                                hq::CheckMemberships(*reader, known, channels, cursors));
      COMPTOIR_ASSIGN_OR_RETURN(
          result.batches,
          ChangeSource::ReadAlone(*reader, cursors, reading, std::min(sendable, bytes_max)));
      return result;
    };
    // Looked at, not held: it is to end on the executor.
    context_->lagging_reads->Run(
        {.wanted =
             [weak = weak_from_this()] {
               const auto self = weak.lock();
               return self != nullptr && !self->over_;
             },
         .read = [read, weak = weak_from_this()](size_t bytes_max) -> LaggingReads::Take {
           return [weak, result = read(bytes_max)] {
             if (const auto self = weak.lock()) self->TakeLagging(result);
           };
         }});
  }

  void TakeLagging(const absl::StatusOr<LaggingRead>& read) {
    reading_since_.reset();
    const bool woken = std::exchange(woken_, false);
    if (over_) return;
    if (!read.ok()) return End(read.status());
    configuration_ = read->configuration;
    // A person may have paused it meanwhile.
    if (session_->paused()) return;
    SendBatches(read->batches);
    if (hungry_ || woken) Pump();
  }

  void SendBatches(const std::vector<ChangeSource::Batch>& batches) {
    for (const ChangeSource::Batch& batch : batches) {
      if (!sender_.MaySend()) return;
      // Where long nothing is for it, the store hears so, and how far it is.
      const bool place_is_due = batch.place.has_value() && sender_.HeartbeatDue(context_->Now());
      if (batch.changes > 0 || place_is_due) {
        Send(batch);
      } else {
        source_->Pass(batch);
        if (batch.at_end) context_->sessions.NoData(*session_);
      }
    }
    hungry_ = !batches.back().at_end;
    if (!hungry_) caught_up_ = std::max(caught_up_, batches.back().high_watermark);
  }

  bool ReadsForLong() const {
    return reading_since_.has_value() &&
           context_->Now() - *reading_since_ >= context_->options.heartbeat_interval;
  }

  // What the window has left, and no more than others can wait for.
  size_t SendableBytes(uint64_t turn_max) const {
    const uint64_t left =
        context_->options.subscribe_window_bytes_max -
        std::min(context_->options.subscribe_window_bytes_max, sender_.unacknowledged_bytes());
    return std::min<uint64_t>(left, turn_max);
  }

  void Send(const ChangeSource::Batch& batch) {
    EncodedMessage message = source_->Send(batch, ++batch_);
    positions_->Sent(batch_, batch.after, batch.changes, batch.changes == 0 ? 0 : message.size());
    results_sent_ |= batch.results;
    // Cursors that follow what isn't visible are no work.
    if (batch.changes > 0) context_->sessions.UnderWay(*session_);
    sender_.Sent(batch_, message.size(), context_->Now());
    writer_->WriteEncoded(std::move(message));
  }

  // Says that HQ is alive, and lets cursors follow when nothing visible was committed.
  void Beat() {
    if (over_) return;
    if (hungry_) Pump();
    if (!over_ && sender_.HeartbeatDue(context_->Now())) Heartbeat();
    context_->environment.executor.RunAfter(context_->options.heartbeat_interval,
                                            [weak = weak_from_this()] {
                                              if (const auto self = weak.lock()) self->Beat();
                                            });
  }

  void Heartbeat() {
    const Reader& reader = context_->environment.database.latest();
    if (absl::Status status = CheckMemberships(reader); !status.ok()) {
      return End(std::move(status));
    }
    const bool sends = sender_.MaySend() && !session_->paused();
    // What is to be sent goes before what says that nothing is; but while it is read, which may
    // take long, the store is to hear that HQ is there.
    if (sends && hungry_ && !ReadsForLong()) return;
    if (sends && !hungry_ && source_->moved()) return Send(source_->Standing(caught_up_));
    const auto last = hungry_ ? LastSequence(reader) : caught_up_;
    if (!last.ok()) return End(last.status());
    v1::SubscribeResponse response;
    *response.mutable_heartbeat()->mutable_high_watermark() = MakePosition(context_->epoch, *last);
    response.mutable_heartbeat()->set_paused(session_->paused());
    sender_.HeartbeatSent(context_->Now());
    writer_->Write(std::move(response));
  }

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  // Null when over.
  std::unique_ptr<StreamWriter<v1::SubscribeResponse>> writer_;
  Admission admission_;
  Sender sender_;
  uint64_t stream_id_ = 0;
  uint64_t fan_out_id_ = 0;
  uint64_t lineage_ = 0;
  bool said_hello_ = false;
  bool over_ = false;
  bool pump_posted_ = false;
  // What comes next is being read; whether more was committed meanwhile.
  std::optional<absl::Time> reading_since_;
  bool woken_ = false;

  // Of the configuration that the memberships were compared with last.
  Sequence configuration_;
  // What is sent, and how much of it is durable there. Set once admitted.
  std::optional<ChangeSource> source_;
  std::optional<ReadPositions> positions_;
  // There may be more to send.
  bool hungry_ = true;
  // HQ's last commit when there was no more.
  Sequence caught_up_;
  // Results are under way, and to be swept when they are durable.
  bool results_sent_ = false;
  // Number of the last batch sent.
  uint64_t batch_ = 0;

  // Set by the hello.
  std::shared_ptr<UnsettledAnswers> unsettled_;
  // Set once admitted, if HQ knows the positions; else the other.
  std::shared_ptr<ResultSweeper> sweeper_;
  std::shared_ptr<OffersIntake> offers_;
  OpenSession* session_ = nullptr;
};

}  // namespace

std::unique_ptr<StreamReader<v1::SubscribeRequest>> OpenSubscription(
    std::shared_ptr<JobContext> context,
    std::unique_ptr<StreamWriter<v1::SubscribeResponse>> writer) {
  auto core = std::make_shared<SubscriptionCore>(std::move(context), std::move(writer));
  core->Open();
  return std::make_unique<CoreReader<v1::SubscribeRequest, SubscriptionCore>>(std::move(core));
}

}  // namespace comptoir::hq
