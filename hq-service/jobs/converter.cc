#include "hq-service/jobs/converter.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/conversion/conversion.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {
namespace {

// A wake-up may be missed; so may the repair of a number sequence.
constexpr absl::Duration kConverterPollInterval = absl::Seconds(30);

// Of a command: whoever waits for a commit waits for one of them at most. (S4)
constexpr size_t kOperationsPerCommand = 8;

}  // namespace

Converter::Converter(std::shared_ptr<JobContext> context)
    : context_(std::move(context)),
      backoff_(context_->environment.random, RetryBackoff(context_->options)) {}

void Converter::Start() {
  if (running_) return;
  running_ = true;
  listener_id_ = context_->signal->Listen([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Step();
  });
  Step();
}

void Converter::Stop() {
  running_ = false;
  context_->signal->Forget(listener_id_);
  context_->environment.executor.Cancel(timer_);
}

void Converter::Step() {
  if (!running_ || under_way_) return;
  const auto snapshot = context_->environment.database.NewReader();
  const absl::Time now = context_->Now();
  const auto options = OptionsNow(*snapshot);
  if (!options.ok()) return StepAfter(backoff_.Next());
  // What was staged before HQ's database was restored may have been converted in what it lost.
  const auto numbers_wait = NumbersWait(*snapshot);
  if (!numbers_wait.ok() || *numbers_wait) return StepAfter(kConverterPollInterval);
  if (canceling_) return EndRunUnderWay(options->run, v1::JOB_STATE_CANCELED, "");
  auto plan = PlanConversion(*snapshot, now, *options, context_->environment.random);
  if (!plan.ok()) {
    LogError(context_->environment.logger, "conversion cannot read what is staged",
             {{"error", plan.status()}});
    if (options->run != 0) {
      return EndRunUnderWay(options->run, v1::JOB_STATE_ERROR,
                            "What is staged could not be read: see the log.");
    }
    return StepAfter(backoff_.Next());
  }
  if (plan->empty() && options->run != 0) {
    return EndRunUnderWay(options->run, v1::JOB_STATE_ENDED, "");
  }
  // Between runs a retry waits for the next run, however long it has been due.
  if (plan->empty())
    return options->staged_by.has_value() ? Wait(*snapshot) : StepAfter(kConverterPollInterval);

  Convert(*std::move(plan), now, *options);
}

void Converter::Convert(std::vector<ConversionCandidate> plan, absl::Time now,
                        const ConversionOptions& options) {
  under_way_ = true;
  struct UnderWay {
    size_t commands;
    absl::Status status;  // the first error
  };
  const size_t commands = (plan.size() + kOperationsPerCommand - 1) / kOperationsPerCommand;
  const auto under_way = std::make_shared<UnderWay>(UnderWay{.commands = commands});
  for (size_t begin = 0; begin < plan.size(); begin += kOperationsPerCommand) {
    const size_t end = std::min(begin + kOperationsPerCommand, plan.size());
    std::vector<ConversionCandidate> part(
        std::make_move_iterator(plan.begin() + static_cast<ptrdiff_t>(begin)),
        std::make_move_iterator(plan.begin() + static_cast<ptrdiff_t>(end)));
    context_->commands.RunAndPost<ConversionOutcome>(
        Priority::kBulk,
        [part = std::move(part), now, options](Transaction& transaction) {
          return ConvertOperations(transaction, part, now, options);
        },
        [weak = weak_from_this(), under_way](const absl::StatusOr<ConversionOutcome>& outcome) {
          under_way->status.Update(outcome.status());
          if (--under_way->commands > 0) return;
          if (const auto self = weak.lock()) self->Converted(under_way->status);
        });
  }
}

absl::StatusOr<ConversionOptions> Converter::OptionsNow(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto progress, ReadProgress(reader, kConversionJob));
  ConversionOptions options{
      .operations_max = static_cast<size_t>(context_->options.convert_operations_max),
      .operation_tries_max = context_->options.operation_tries_max,
      .retry_delay_max = context_->options.retry_delay_max,
      .run = progress.executing_run()};
  canceling_ = progress.canceling();
  if (!progress.stopped()) return options;
  options.staged_by = std::nullopt;
  if (options.run == 0) return options;
  COMPTOIR_ASSIGN_OR_RETURN(const auto run, FindRun(reader, kConversionJob, options.run));
  if (run.has_value()) options.staged_by = Sequence(run->position());
  return options;
}

void Converter::EndRunUnderWay(uint64_t run, v1::JobState state, const std::string& message) {
  under_way_ = true;
  context_->commands.RunAndPost(
      Priority::kBulk,
      [run, state, message, now = context_->Now()](Transaction& transaction) -> absl::Status {
        return EndRun(transaction, kConversionJob, run, state, message, now);
      },
      [weak = weak_from_this()](const absl::Status& ended) {
        if (const auto self = weak.lock()) self->Converted(ended);
      });
}

void Converter::Converted(const absl::Status& status) {
  under_way_ = false;
  if (status.ok()) {
    backoff_.Reset();
    return Step();
  }
  // The queue or the disk is full for now.
  LogWarning(context_->environment.logger, "conversion waits", {{"error", status}});
  StepAfter(backoff_.Next());
}

void Converter::Wait(const Reader& reader) {
  const auto next = NextRetry(reader);
  absl::Duration delay = kConverterPollInterval;
  if (next.ok() && next->has_value()) delay = std::min(delay, **next - context_->Now());
  StepAfter(delay);
}

void Converter::StepAfter(absl::Duration delay) {
  if (!running_) return;
  context_->environment.executor.Cancel(timer_);
  timer_ = context_->environment.executor.RunAfter(delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Step();
  });
}

}  // namespace comptoir::hq
