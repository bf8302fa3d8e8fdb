#include "hq-service/jobs/subscription.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/replication/sender.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/administration.h"
#include "hq-service/domain/feed_reader.h"
#include "hq-service/domain/memberships.h"
#include "hq-service/jobs/admission.h"
#include "hq-service/jobs/core_reader.h"
#include "hq-service/jobs/result_sweeper.h"
#include "hq-service/jobs/unsettled_answers.h"

namespace comptoir::hq {
namespace {

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
    } else if (message.has_hello() && !said_hello_) {
      Hello(std::move(*message.mutable_hello()));
    } else if (message.has_hello()) {
      AnswerUnsettled(message.hello());
    }
  }

  void End(absl::Status status) {
    if (over_) return;
    const auto writer = std::move(writer_);
    Close();
    writer->Finish(std::move(status));
  }

  void Close() {
    if (over_) return;
    over_ = true;
    admission_.Leave();
    context_->open_streams.Remove(stream_id_);
    context_->signal->Forget(listener_id_);
    writer_.reset();
  }

 private:
  // A batch that isn't acknowledged yet, and where the cursors stand after it.
  struct UnderWay {
    uint64_t batch;
    std::vector<Sequence> after;
  };

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
    context_->commands.RunAndPost<bool>(
        Priority::kBulk,
        [channels,
         service = hello.channel_service()](Transaction& transaction) -> absl::StatusOr<bool> {
          COMPTOIR_RETURN_IF_ERROR(ReconcileMemberships(transaction, service, channels));
          return true;
        },
        [weak = weak_from_this(), hello](const absl::StatusOr<bool>& done) {
          if (const auto self = weak.lock()) self->Start(done.status(), hello);
        });
  }

  void Start(absl::Status status, const v1::SubscribeHello& hello) {
    if (over_) return;
    if (status.ok()) status = OpenAt(hello);
    if (ReasonOf(status) == Reason::kDiverged) {
      RaiseAlarm(*context_, admission_.hello(), Reason::kDiverged);
    }
    if (!status.ok()) return End(std::move(status));

    context_->channel_services.ClearAlarm(hello.channel_service(), Reason::kDiverged, lineage_);
    Reply();
    unsettled_->Start();
    sweeper_ = std::make_shared<ResultSweeper>(context_, hello.channel_service());
    CursorsDurable();
    const auto wake = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Pump();
    };
    listener_id_ = context_->signal->Listen(wake);
    Beat();
  }

  absl::Status OpenAt(const v1::SubscribeHello& hello) {
    const auto snapshot = context_->environment.database.NewReader();
    COMPTOIR_ASSIGN_OR_RETURN(cursors_, OpenCursors(*snapshot, hello));
    for (const FeedCursor& cursor : cursors_) durable_.push_back(cursor.after);
    return CheckMemberships(*snapshot);
  }

  // The stream ends when the service's books change; it comes again, and is told its memberships.
  absl::Status CheckMemberships(const Reader& reader) {
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence configuration, ConfigurationVersion(reader));
    if (configuration == configuration_) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(const auto feeds,
                              CustomerFeedsOf(reader, admission_.hello().channels));
    if (!ReadsFeeds(cursors_, feeds)) {
      return absl::CancelledError("The channel service's address books have changed.");
    }
    configuration_ = configuration;
    return absl::OkStatus();
  }

  void Reply() {
    v1::SubscribeResponse response;
    auto& reply = *response.mutable_hello();
    *reply.mutable_epoch() = context_->epoch;
    for (const FeedCursor& cursor : cursors_) *reply.add_memberships() = MembershipOf(cursor);
    reply.set_window_bytes_max(context_->options.subscribe_window_bytes_max);
    writer_->Write(std::move(response));
    LogInfo(context_->environment.logger, "a channel service subscribes",
            {{"channel_service", admission_.hello().channel_service},
             {"lineage", lineage_},
             {"behind", SlowestCursor([](replication::v1::Job) { return true; })}});
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
    while (!under_way_.empty() && under_way_.front().batch <= batch) {
      durable_ = std::move(under_way_.front().after);
      under_way_.pop_front();
    }
    CursorsDurable();
    Pump();
  }

  void CursorsDurable() {
    context_->channel_services.SetAcknowledged(
        admission_.hello().channel_service,
        SlowestCursor([](replication::v1::Job job) { return !IsOfCustomers(job); }),
        SlowestCursor(IsOfCustomers));
    sweeper_->Acknowledged(durable_.back());  // the service's own book is the last membership
  }

  static bool IsOfCustomers(replication::v1::Job job) {
    return job == replication::v1::JOB_1010_CUSTOMERS;
  }

  Sequence SlowestCursor(bool (*counts)(replication::v1::Job)) const {
    Sequence slowest = *std::max_element(durable_.begin(), durable_.end());
    for (size_t i = 0; i < cursors_.size(); ++i) {
      if (counts(cursors_[i].feed.job)) slowest = std::min(slowest, durable_[i]);
    }
    return slowest;
  }

  // Sends one batch and comes back for the next, so that others get their turn.
  void Pump() {
    if (over_ || pump_posted_ || !sender_.MaySend()) return;
    const auto snapshot = context_->environment.database.NewReader();
    if (absl::Status status = CheckMemberships(*snapshot); !status.ok()) {
      return End(std::move(status));
    }
    const auto batch = Read(*snapshot);
    if (!batch.ok()) return End(batch.status());
    if (!batch->changes.empty()) Send(*snapshot, *batch);
    if (over_ || batch->at_end || !sender_.MaySend()) return;
    pump_posted_ = true;
    context_->environment.executor.Post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->pump_posted_ = false;
      self->Pump();
    });
  }

  absl::StatusOr<FeedBatch> Read(const Reader& snapshot) const {
    return ReadFeeds(snapshot, cursors_, lineage_,
                     {.batch_bytes_max = context_->options.change_batch_bytes_max});
  }

  void Send(const Reader& snapshot, const FeedBatch& batch) {
    const auto last = LastSequence(snapshot);
    if (!last.ok()) return End(last.status());
    v1::SubscribeResponse response;
    auto& sent = *response.mutable_batch();
    sent.set_batch(++batch_);
    *sent.mutable_high_watermark() = MakePosition(context_->epoch, *last);
    for (const auto& change : batch.changes) *sent.add_changes() = change;
    for (size_t i = 0; i < cursors_.size(); ++i) {
      cursors_[i].after = batch.after[i];
      auto& cursor = *sent.add_cursors();
      *cursor.mutable_membership() = MembershipOf(cursors_[i]);
      *cursor.mutable_position() = MakePosition(context_->epoch, batch.after[i]);
    }
    under_way_.push_back({batch_, batch.after});
    sender_.Sent(batch_, sent.ByteSizeLong(), context_->Now());
    writer_->Write(std::move(response));
  }

  // Polls, says that HQ is alive, and lets cursors follow when nothing visible was committed.
  void Beat() {
    if (over_) return;
    Pump();
    if (!over_ && sender_.HeartbeatDue(context_->Now())) Heartbeat();
    context_->environment.executor.RunAfter(context_->options.heartbeat_interval,
                                            [weak = weak_from_this()] {
                                              if (const auto self = weak.lock()) self->Beat();
                                            });
  }

  void Heartbeat() {
    const auto snapshot = context_->environment.database.NewReader();
    if (absl::Status status = CheckMemberships(*snapshot); !status.ok()) {
      return End(std::move(status));
    }
    if (sender_.MaySend()) {
      const auto batch = Read(*snapshot);
      if (!batch.ok()) return End(batch.status());
      const bool moved = !std::equal(
          cursors_.begin(), cursors_.end(), batch->after.begin(),
          [](const FeedCursor& cursor, Sequence after) { return cursor.after == after; });
      if (moved) return Send(*snapshot, *batch);
    }
    const auto last = LastSequence(*snapshot);
    if (!last.ok()) return End(last.status());
    v1::SubscribeResponse response;
    *response.mutable_heartbeat()->mutable_high_watermark() = MakePosition(context_->epoch, *last);
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
  uint64_t listener_id_ = 0;
  uint64_t lineage_ = 0;
  bool said_hello_ = false;
  bool over_ = false;
  bool pump_posted_ = false;

  // Of the configuration that the memberships were compared with last.
  Sequence configuration_;
  // By membership: what was sent, and what is durable there.
  std::vector<FeedCursor> cursors_;
  std::vector<Sequence> durable_;
  std::deque<UnderWay> under_way_;
  // Number of the last batch sent.
  uint64_t batch_ = 0;

  // Set by the hello.
  std::shared_ptr<UnsettledAnswers> unsettled_;
  // Set once admitted.
  std::shared_ptr<ResultSweeper> sweeper_;
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
