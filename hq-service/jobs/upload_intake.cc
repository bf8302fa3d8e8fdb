#include "hq-service/jobs/upload_intake.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "hq-service/domain/conversion/arrivals.h"

namespace comptoir::hq {
namespace {

// A peer that counts a batch's bytes a little differently isn't one that ignores its window.
constexpr uint64_t kWindowTolerance = 2;

// Of a command: whoever waits for a commit waits for one of them at most. (S4)
constexpr size_t kArrivalsPerCommand = 8;
// Of one stream, before its next batch is looked at: others' commands wait behind them.
constexpr size_t kCommandsUnderWayMax = 32;
// Of all streams: the queue holds others' commands too, such as the hello of a store.
constexpr size_t kAllCommandsUnderWayMax = 2'000;

bool IsBusy(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::kOverloaded || reason == Reason::kDiskFull;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const UploadedBatch>> UploadedBatch::Parse(
    const v1::OperationBatch& batch) {
  auto parsed = std::make_shared<UploadedBatch>();
  parsed->operations_.reserve(static_cast<size_t>(batch.operations_size()));
  for (const std::string& bytes : batch.operations()) {
    auto* const operation =
        google::protobuf::Arena::CreateMessage<replication::v1::Operation>(&parsed->arena_);
    if (!operation->ParseFromString(bytes)) {
      return MakeError(Reason::kProtocolVersion, "An operation cannot be read.");
    }
    parsed->operations_.push_back(operation);
  }
  // As it was sent: operations without content take room too.
  parsed->bytes_ = batch.ByteSizeLong();
  return parsed;
}

UploadIntake::UploadIntake(std::shared_ptr<JobContext> context, OutboxId outbox,
                           OpenSession* session, uint64_t held, Listener listener)
    : context_(std::move(context)),
      outbox_(std::make_shared<const OutboxId>(std::move(outbox))),
      session_(session),
      listener_(std::move(listener)),
      receiver_(held),
      backoff_(context_->environment.random, RetryBackoff(context_->options)) {}

void UploadIntake::Take(std::shared_ptr<const UploadedBatch> batch) {
  if (waiting_bytes_ >= kWindowTolerance * context_->options.upload_window_bytes_max) {
    return Fail(MakeError(Reason::kOverloaded, "More is under way than the window allows."));
  }
  waiting_bytes_ += batch->bytes();
  waiting_.push_back({.uploaded = std::move(batch)});
  Go();
}

// Commands follow each other without waiting for the one before: many become one commit. One that
// fails makes all later ones fail, since what they bring doesn't follow then.
void UploadIntake::Go() {
  while (!over_ && !failed_.has_value() && !session_->paused() && submitted_ < waiting_.size() &&
         commands_under_way_ < kCommandsUnderWayMax) {
    if (context_->upload_commands >= kAllCommandsUnderWayMax) return Wait();
    Batch& next = waiting_[submitted_];
    if (!next.is_news) {
      const auto news = receiver_.Received(next.uploaded->first(), next.uploaded->last());
      if (!news.ok()) return Fail(news.status());
      next.is_news = *news;
    }
    if (next.is_news) {
      Stage(next);
      ++submitted_;
    } else {
      Drop(submitted_);
    }
  }
}

void UploadIntake::Stage(const Batch& batch) {
  context_->sessions.UnderWay(*session_);
  const UploadedBatch::Operations& operations = batch.uploaded->operations();
  const absl::Time now = context_->Now();
  auto prepared = PrepareArrivals(*context_->environment.database.NewReader(), operations, now);
  if (!prepared.ok()) return Fail(prepared.status());
  const auto arrivals = std::make_shared<std::vector<Arrival>>(*std::move(prepared));
  // What an earlier attempt staged needn't be tried again; the last one answers for the batch.
  size_t begin = 0;
  while (begin + 1 < operations.size() && operations[begin]->sequence() <= held_) ++begin;
  for (; begin < arrivals->size(); begin += kArrivalsPerCommand) {
    const size_t count = std::min(kArrivalsPerCommand, arrivals->size() - begin);
    ++commands_under_way_;
    ++context_->upload_commands;
    context_->commands.RunAndPost<uint64_t>(
        Priority::kBulk,
        [stopped = stopped_, outbox = outbox_, owner = batch.uploaded, arrivals, begin, count,
         now](Transaction& transaction) -> absl::StatusOr<uint64_t> {
          if (*stopped) return absl::CancelledError("The upload is over.");
          return StageOperations(transaction, *outbox,
                                 absl::MakeSpan(*arrivals).subspan(begin, count), now);
        },
        [weak = weak_from_this(), context = context_,
         last = begin + count == arrivals->size()](const absl::StatusOr<uint64_t>& held) {
          --context->upload_commands;
          if (const auto self = weak.lock()) self->Staged(held, last);
        });
  }
}

void UploadIntake::Staged(const absl::StatusOr<uint64_t>& held, bool last) {
  --commands_under_way_;
  if (over_) return;
  if (held.ok()) held_ = std::max(held_, *held);
  if (!held.ok() && !failed_.has_value()) failed_ = held.status();
  if (failed_.has_value()) {
    if (commands_under_way_ == 0) StageAgain();
    return;
  }
  if (last) BatchStaged();
  Go();
}

void UploadIntake::BatchStaged() {
  backoff_.Reset();
  const UploadedBatch& staged = *waiting_.front().uploaded;
  receiver_.Durable(staged.last());
  context_->sessions.Acknowledged(*session_, staged.operations().size(), staged.bytes(),
                                  receiver_.durable_mark(), waiting_.size() == 1);
  Drop(0);
  --submitted_;
  if (const auto sequence = receiver_.TakeAcknowledgement(); sequence.has_value()) {
    listener_.staged(*sequence);
  }
}

// All streams together have enough under way: it goes on when its own are answered, or soon.
void UploadIntake::Wait() {
  if (commands_under_way_ > 0) return;
  failed_ = MakeError(Reason::kOverloaded, "Uploads have enough under way.");
  TryLater();
}

// From the first batch that isn't acknowledged; what is staged of it is passed over. The window
// keeps the peer from sending more meanwhile.
void UploadIntake::StageAgain() {
  if (!IsBusy(*failed_)) return Fail(*failed_);
  context_->sessions.Failed(*session_, v1::SESSION_STATE_APPLY_FAILED,
                            ReasonName(ReasonOf(*failed_).value()));
  TryLater();
}

void UploadIntake::TryLater() {
  context_->environment.executor.RunAfter(backoff_.Next(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr || self->over_) return;
    self->failed_.reset();
    self->submitted_ = 0;
    self->Go();
  });
}

void UploadIntake::Drop(size_t place) {
  waiting_bytes_ -= waiting_[place].uploaded->bytes();
  waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(place));
}

void UploadIntake::Fail(const absl::Status& status) {
  over_ = true;
  listener_.failed(status);
}

void UploadIntake::Stop() {
  over_ = true;
  *stopped_ = true;
  waiting_.clear();
}

}  // namespace comptoir::hq
