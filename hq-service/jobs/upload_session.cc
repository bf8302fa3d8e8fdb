#include "hq-service/jobs/upload_session.h"

#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/recovery/fenced_lineages.h"
#include "hq-service/jobs/admission.h"
#include "hq-service/jobs/core_reader.h"
#include "hq-service/jobs/upload_intake.h"

namespace comptoir::hq {
namespace {

// Lives as long as its reader, and a command's answer may come later. On the executor.
class UploadCore : public std::enable_shared_from_this<UploadCore> {
 public:
  UploadCore(std::shared_ptr<JobContext> context,
             std::unique_ptr<StreamWriter<v1::UploadResponse>> writer)
      : context_(std::move(context)), writer_(std::move(writer)), admission_(context_) {}

  void Open() { stream_id_ = context_->open_streams.Add(Ender()); }

  void OnMessage(v1::UploadRequest message) {
    if (over_) return;
    if (message.has_hello()) {
      Hello(std::move(*message.mutable_hello()));
    } else if (message.has_batch()) {
      Batch(message.batch());
    } else if (message.has_outbox()) {
      Share(message.outbox());
    } else if (message.has_waiting() && session_ != nullptr) {
      Waiting(message.waiting());
    }
  }

  // Nothing is written afterwards; the peer is told unless it has gone.
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
    context_->signal->Forget(listener_id_);
    context_->owing_uploads.erase(stream_id_);
    if (intake_ != nullptr) intake_->Stop();
    writer_.reset();
  }

  // What was under way comes again, over another stream.
  void LeaveSession(const absl::Status& status) {
    if (session_ == nullptr) return;
    v1::SessionState failed = v1::SESSION_STATE_UNSPECIFIED;
    std::string error(kSessionDisconnected);
    if (const auto reason = ReasonOf(status);
        reason.has_value() && *reason != Reason::kShuttingDown) {
      failed = v1::SESSION_STATE_APPLY_FAILED;
      error = ReasonName(*reason);
    } else if (!intake_->empty()) {
      failed = v1::SESSION_STATE_UPLOAD_FAILED;
    }
    context_->sessions.Detach(*session_, failed, error);
    session_ = nullptr;
  }

  ChannelServices::End Ender() {
    return [weak = weak_from_this()](absl::Status status) {
      if (const auto self = weak.lock()) self->End(std::move(status));
    };
  }

  void Hello(v1::UploadHello hello) {
    if (said_hello_) return End(OutOfTurn());
    said_hello_ = true;
    outbox_ = {.channel_service = hello.channel_service(),
               .lineage = hello.lineage(),
               .epoch = hello.epoch()};
    admission_.Start({.stream = ChannelServices::Stream::kUpload,
                      .protocol_version = hello.protocol_version(),
                      .channel_service = hello.channel_service(),
                      .channels = {hello.channels().begin(), hello.channels().end()},
                      .lineage = hello.lineage(),
                      .epoch = hello.epoch()},
                     Ender(), Admitter(hello));
  }

  Admission::Admitted Admitter(const v1::UploadHello& hello) {
    return [weak = weak_from_this(), context = context_,
            hello](absl::StatusOr<storage::v1::UploadPosition> held) {
      if (ReasonOf(held.status()) == Reason::kLineageFenced) Remember(*context, hello);
      if (const auto self = weak.lock()) self->Admitted(std::move(held), hello);
    };
  }

  // What an operator sees of a lineage that is turned away, and decides about.
  static void Remember(JobContext& context, const v1::UploadHello& hello) {
    context.commands.RunAndPost(
        Priority::kBulk,
        [hello, now = context.Now()](Transaction& transaction) -> absl::Status {
          return RememberFenced(transaction, hello, now);
        },
        [](const absl::Status&) {});
  }

  void Admitted(const absl::StatusOr<storage::v1::UploadPosition>& held,
                const v1::UploadHello& hello) {
    if (over_) return;
    if (!held.ok()) return End(held.status());
    if (!admission_.is_connected()) {
      if (admission_.IsCopy(*held)) return TellHeld(*held);
      if (absl::Status status = admission_.Confirm(); !status.ok()) return End(std::move(status));
      // The stream that had the place may have staged more since HQ looked.
      return admission_.Ask(Admitter(hello));
    }
    Greet(*held);
  }

  void Greet(const storage::v1::UploadPosition& held) {
    if (absl::Status status = ReadJob(); !status.ok()) return End(std::move(status));
    session_ = context_->sessions.Attach({outbox_.channel_service, v1::SESSION_DIRECTION_UPLOAD},
                                         outbox_.lineage, held.position().sequence());
    intake_ = NewIntake(held.position().sequence());
    v1::UploadResponse response = HeldHello(held);
    response.mutable_hello()->set_window_bytes_max(context_->options.upload_window_bytes_max);
    SetCredit(*response.mutable_hello());
    writer_->Write(std::move(response));
    LogInfo(context_->environment.logger, "a channel service uploads",
            {{"channel_service", outbox_.channel_service},
             {"lineage", outbox_.lineage},
             {"held_sequence", held.position().sequence()}});
    listener_id_ = context_->signal->Listen([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->LookAtJob();
    });
    AskForShare();
  }

  std::shared_ptr<UploadIntake> NewIntake(uint64_t held) {
    UploadIntake::Listener listener{.staged =
                                        [weak = weak_from_this()](uint64_t sequence) {
                                          if (const auto self = weak.lock()) {
                                            self->Acknowledge(sequence);
                                          }
                                        },
                                    .failed =
                                        [weak = weak_from_this()](absl::Status status) {
                                          if (const auto self = weak.lock()) {
                                            self->End(std::move(status));
                                          }
                                        }};
    return std::make_shared<UploadIntake>(context_, outbox_, session_, held, std::move(listener));
  }

  static v1::UploadResponse HeldHello(const storage::v1::UploadPosition& held) {
    v1::UploadResponse response;
    response.mutable_hello()->set_lineage(held.lineage());
    *response.mutable_hello()->mutable_position() = held.position();
    return response;
  }

  // To a database that will find that it has diverged. It has no room to upload into, and closes.
  void TellHeld(const storage::v1::UploadPosition& held) {
    LogInfo(context_->environment.logger, "a copy of a channel service says hello",
            {{"channel_service", outbox_.channel_service}, {"lineage", outbox_.lineage}});
    writer_->Write(HeldHello(held));
  }

  // How P-0001 stands, and what its run takes from this channel service.
  absl::Status ReadJob() {
    const auto snapshot = context_->environment.database.NewReader();
    COMPTOIR_ASSIGN_OR_RETURN(jobs_version_, JobsVersion(*snapshot));
    COMPTOIR_ASSIGN_OR_RETURN(job_, ReadProgress(*snapshot, kUploadJob));
    COMPTOIR_ASSIGN_OR_RETURN(share_, ReadShare(*snapshot, outbox_.channel_service));
    return absl::OkStatus();
  }

  // A person's pause comes before what the job grants.
  std::optional<uint64_t> Credit() const {
    if (session_->paused()) return intake_->durable_mark();
    return UploadCredit(job_, share_, outbox_.lineage, intake_->durable_mark());
  }

  template <typename Message>
  void SetCredit(Message& message) {
    const auto credit = Credit();
    if (credit.has_value()) message.set_last_sequence(*credit);
    credit_told_ = credit;
    paused_told_ = session_->paused();
    message.set_paused(paused_told_);
    const bool owes =
        OwesShare(job_, share_, outbox_.lineage) || credit.value_or(0) > intake_->durable_mark();
    // A run doesn't wait for who is paused; it takes its share when it goes on.
    if (owes && job_.executing_run() != 0 && !paused_told_) {
      context_->owing_uploads.insert(stream_id_);
    } else if (context_->owing_uploads.erase(stream_id_) != 0) {
      // The run may be over.
      context_->signal->Notify();
    }
  }

  void Acknowledge(uint64_t sequence, uint64_t run = 0) {
    v1::UploadResponse response;
    response.mutable_acknowledgement()->set_sequence(sequence);
    response.mutable_acknowledgement()->set_run(run);
    SetCredit(*response.mutable_acknowledgement());
    writer_->Write(std::move(response));
  }

  void LookAtJob() {
    if (over_ || intake_ == nullptr) return;
    if (session_->paused() != paused_told_) {
      Acknowledge(intake_->durable_mark());
      // Goes on with what had come already.
      intake_->Go();
      if (over_) return;
    }
    const auto version = JobsVersion(context_->environment.database.latest());
    if (version.ok() && *version == jobs_version_) return;
    if (absl::Status status = ReadJob(); !status.ok()) return End(std::move(status));
    if (OwesShare(job_, share_, outbox_.lineage)) return AskForShare();
    const uint64_t held = intake_->durable_mark();
    if (Credit() != credit_told_) Acknowledge(held);
  }

  void Waiting(const v1::UploadWaiting& waiting) {
    context_->sessions.Waiting(*session_, waiting.operations(),
                               absl::Seconds(waiting.oldest_age().seconds()) +
                                   absl::Nanoseconds(waiting.oldest_age().nanos()));
  }

  void AskForShare() {
    if (!OwesShare(job_, share_, outbox_.lineage) || asked_run_ == job_.owed_run()) return;
    asked_run_ = job_.owed_run();
    Acknowledge(intake_->durable_mark(), asked_run_);
  }

  // It says what its outbox holds: kept, so that the run takes that much, however often the stream
  // breaks until then.
  void Share(const v1::UploadOutbox& outbox) {
    if (intake_ == nullptr || outbox.run() != asked_run_) return;
    storage::v1::UploadShare share;
    share.set_lineage(outbox_.lineage);
    share.set_run(outbox.run());
    share.set_last_sequence(outbox.last_sequence());
    context_->commands.RunAndPost(
        Priority::kBulk,
        [share, service = outbox_.channel_service](Transaction& transaction) -> absl::Status {
          PutShare(transaction, service, share);
          return absl::OkStatus();
        },
        [weak = weak_from_this(), share](const absl::Status& kept) {
          const auto self = weak.lock();
          if (self == nullptr || self->over_) return;
          if (!kept.ok()) return self->End(kept);
          self->share_ = share;
          self->Acknowledge(self->intake_->durable_mark());
        });
  }

  void Batch(const v1::OperationBatch& batch) {
    // Before HQ's hello there is no window to send into.
    if (intake_ == nullptr || batch.operations().empty()) return End(OutOfTurn());
    auto uploaded = UploadedBatch::Parse(batch);
    if (!uploaded.ok()) return End(uploaded.status());
    intake_->Take(*std::move(uploaded));
  }

  static absl::Status OutOfTurn() {
    return MakeError(Reason::kSequenceGap, "A stream is one hello, then batches of operations.");
  }

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  // Null when over.
  std::unique_ptr<StreamWriter<v1::UploadResponse>> writer_;
  Admission admission_;
  uint64_t stream_id_ = 0;
  bool said_hello_ = false;
  bool over_ = false;

  OutboxId outbox_;
  // P-0001 as this stream knows it, and what it has told the peer of it.
  uint64_t listener_id_ = 0;
  uint64_t jobs_version_ = 0;
  storage::v1::JobProgress job_;
  storage::v1::UploadShare share_;
  std::optional<uint64_t> credit_told_;
  bool paused_told_ = false;
  uint64_t asked_run_ = 0;
  // Both set once admitted.
  std::shared_ptr<UploadIntake> intake_;
  OpenSession* session_ = nullptr;
};

}  // namespace

std::unique_ptr<StreamReader<v1::UploadRequest>> OpenUploadSession(
    std::shared_ptr<JobContext> context, std::unique_ptr<StreamWriter<v1::UploadResponse>> writer) {
  auto core = std::make_shared<UploadCore>(std::move(context), std::move(writer));
  core->Open();
  return std::make_unique<CoreReader<v1::UploadRequest, UploadCore>>(std::move(core));
}

}  // namespace comptoir::hq
