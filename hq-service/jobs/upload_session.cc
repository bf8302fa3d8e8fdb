#include "hq-service/jobs/upload_session.h"

#include <deque>
#include <optional>
#include <utility>

#include "common/base/backoff.h"
#include "common/base/status.h"
#include "common/replication/receiver.h"
#include "hq-service/domain/staging.h"
#include "hq-service/jobs/admission.h"
#include "hq-service/jobs/core_reader.h"

namespace comptoir::hq {
namespace {

// A peer that counts a batch's bytes a little differently isn't one that ignores its window.
constexpr uint64_t kWindowTolerance = 2;

// Lives as long as its reader, and a command's answer may come later. On the executor.
class UploadCore : public std::enable_shared_from_this<UploadCore> {
 public:
  UploadCore(std::shared_ptr<JobContext> context,
             std::unique_ptr<StreamWriter<v1::UploadResponse>> writer)
      : context_(std::move(context)),
        writer_(std::move(writer)),
        admission_(context_),
        backoff_(context_->environment.random, RetryBackoff(context_->options)) {}

  void Open() { stream_id_ = context_->open_streams.Add(Ender()); }

  void OnMessage(v1::UploadRequest message) {
    if (over_) return;
    if (message.has_hello()) {
      Hello(std::move(*message.mutable_hello()));
    } else if (message.has_batch()) {
      Batch(std::move(*message.mutable_batch()));
    }
  }

  // Nothing is written afterwards; the peer is told unless it has gone.
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
    waiting_.clear();
    writer_.reset();
  }

 private:
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
                      .lineage = hello.lineage()},
                     Ender(),
                     [weak = weak_from_this()](absl::StatusOr<storage::v1::UploadPosition> held) {
                       if (const auto self = weak.lock()) self->Admitted(std::move(held));
                     });
  }

  void Admitted(absl::StatusOr<storage::v1::UploadPosition> held) {
    if (over_) return;
    if (!held.ok()) return End(held.status());
    if (absl::Status status = admission_.Confirm(); !status.ok()) return End(std::move(status));
    receiver_.emplace(held->position().sequence());
    v1::UploadResponse response;
    response.mutable_hello()->set_lineage(held->lineage());
    *response.mutable_hello()->mutable_position() = held->position();
    response.mutable_hello()->set_window_bytes_max(context_->options.upload_window_bytes_max);
    writer_->Write(std::move(response));
    LogInfo(context_->environment.logger, "a channel service uploads",
            {{"channel_service", outbox_.channel_service},
             {"lineage", outbox_.lineage},
             {"held_sequence", held->position().sequence()}});
    StageNext();
  }

  void Batch(v1::OperationBatch batch) {
    if (!said_hello_ || batch.operations().empty()) return End(OutOfTurn());
    if (waiting_bytes_ >= kWindowTolerance * context_->options.upload_window_bytes_max) {
      return End(MakeError(Reason::kOverloaded, "More is under way than the window allows."));
    }
    waiting_bytes_ += batch.ByteSizeLong();
    waiting_.push_back(std::move(batch));
    StageNext();
  }

  // One command at a time: a batch that has to wait must not be overtaken by the next.
  void StageNext() {
    while (!over_ && receiver_.has_value() && !staging_ && !waiting_.empty()) {
      const v1::OperationBatch& batch = waiting_.front();
      const auto news = receiver_->Received(
          batch.operations(0).sequence(), batch.operations(batch.operations_size() - 1).sequence());
      if (!news.ok()) return End(news.status());
      if (*news) return Stage();
      DropFirst();
    }
  }

  void Stage() {
    staging_ = true;
    context_->commands.RunAndPost<uint64_t>(
        Priority::kBulk,
        [outbox = outbox_, batch = waiting_.front(), now = context_->Now()](
            Transaction& transaction) { return StageOperations(transaction, outbox, batch, now); },
        [weak = weak_from_this()](absl::StatusOr<uint64_t> held) {
          if (const auto self = weak.lock()) self->Staged(held);
        });
  }

  void Staged(const absl::StatusOr<uint64_t>& held) {
    if (over_) return;
    if (IsBusy(held.status())) return StageLater();
    if (!held.ok()) return End(held.status());
    staging_ = false;
    backoff_.Reset();
    const v1::OperationBatch& batch = waiting_.front();
    receiver_->Durable(batch.operations(batch.operations_size() - 1).sequence());
    DropFirst();
    if (const auto sequence = receiver_->TakeAcknowledgement(); sequence.has_value()) {
      v1::UploadResponse response;
      response.mutable_acknowledgement()->set_sequence(*sequence);
      writer_->Write(std::move(response));
    }
    StageNext();
  }

  // The window keeps the peer from sending more meanwhile.
  void StageLater() {
    context_->environment.executor.RunAfter(backoff_.Next(), [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self != nullptr && !self->over_) self->Stage();
    });
  }

  void DropFirst() {
    waiting_bytes_ -= waiting_.front().ByteSizeLong();
    waiting_.pop_front();
  }

  static bool IsBusy(const absl::Status& status) {
    const auto reason = ReasonOf(status);
    return reason == Reason::kOverloaded || reason == Reason::kDiskFull;
  }

  static absl::Status OutOfTurn() {
    return MakeError(Reason::kSequenceGap, "A stream is one hello, then batches of operations.");
  }

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  // Null when over.
  std::unique_ptr<StreamWriter<v1::UploadResponse>> writer_;
  Admission admission_;
  Backoff backoff_;
  uint64_t stream_id_ = 0;
  bool said_hello_ = false;
  bool over_ = false;

  OutboxId outbox_;
  // Set once admitted.
  std::optional<Receiver> receiver_;
  std::deque<v1::OperationBatch> waiting_;
  uint64_t waiting_bytes_ = 0;
  // A command for the first of waiting_ is under way, or will be.
  bool staging_ = false;
};

}  // namespace

std::unique_ptr<StreamReader<v1::UploadRequest>> OpenUploadSession(
    std::shared_ptr<JobContext> context, std::unique_ptr<StreamWriter<v1::UploadResponse>> writer) {
  auto core = std::make_shared<UploadCore>(std::move(context), std::move(writer));
  core->Open();
  return std::make_unique<CoreReader<v1::UploadRequest, UploadCore>>(std::move(core));
}

}  // namespace comptoir::hq
