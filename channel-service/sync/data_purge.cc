#include "channel-service/sync/data_purge.h"

#include <cstddef>
#include <utility>

#include "common/base/status.h"
#include "common/storage/scrub.h"

namespace comptoir::channel {
namespace {

// Each customer has some twenty keys in the index: a step is a small command.
constexpr size_t kRowsPerStep = 100;
// While the outbox isn't settled, or a reader is open.
constexpr absl::Duration kWaitInterval = absl::Milliseconds(500);
// After an error.
constexpr absl::Duration kRetryInterval = absl::Seconds(2);

}  // namespace

void DataPurge::Start() {
  stopped_ = false;
  Wake();
}

void DataPurge::Stop() { stopped_ = true; }

template <typename T>
std::function<void(T)> DataPurge::OnExecutor(void (DataPurge::*then)(const T&)) {
  return alive_.GuardOn(environment_.executor,
                        [this, then](const T& result) { (this->*then)(result); });
}

void DataPurge::Wake() {
  if (stopped_ || busy_) return;
  const Reader& reader = environment_.database.latest();
  const auto filter = ReadDataFilter(reader);
  if (!filter.ok()) return WakeAfter(kRetryInterval);
  switch (filter->stage) {
    case FilterStage::kUnfiltered:
    case FilterStage::kPurged:
      return;
    case FilterStage::kWaiting: {
      const auto may = MayPurge(reader);
      return may.ok() && *may ? Step() : WakeAfter(kWaitInterval);
    }
    case FilterStage::kRemoving:
      return Step();
    case FilterStage::kRewriting:
      return Rewrite();
  }
}

void DataPurge::WakeAfter(absl::Duration delay) {
  if (std::exchange(waking_, true)) return;
  environment_.executor.RunAfter(delay, alive_.Guard([this] {
    waking_ = false;
    Wake();
  }));
}

void DataPurge::Step() {
  busy_ = true;
  SubmitFor<FilterStage>(
      environment_.submitter, Priority::kBulk,
      [](Transaction& transaction) { return PurgeStep(transaction, kRowsPerStep); },
      OnExecutor<absl::StatusOr<FilterStage>>(&DataPurge::Stepped));
}

void DataPurge::Stepped(const absl::StatusOr<FilterStage>& stage) {
  busy_ = false;
  if (!stage.ok()) return WakeAfter(kRetryInterval);
  Wake();
}

void DataPurge::Rewrite() {
  busy_ = true;
  auto rewritten = OnExecutor<absl::Status>(&DataPurge::Rewritten);
  auto rewrite = [&database = environment_.database, rewritten] { rewritten(Scrub(database)); };
  if (environment_.run_aside == nullptr) return rewrite();
  if (environment_.run_aside(std::move(rewrite))) return;
  busy_ = false;
  WakeAfter(kRetryInterval);
}

void DataPurge::Rewritten(const absl::Status& status) {
  busy_ = false;
  if (status.ok()) return SubmitEnd();
  const bool in_use = ReasonOf(status) == Reason::kOverloaded;
  if (!in_use) LogWarning(environment_.logger, "purge cannot go on", {{"status", status}});
  WakeAfter(in_use ? kWaitInterval : kRetryInterval);
}

void DataPurge::SubmitEnd() {
  busy_ = true;
  environment_.submitter.Submit(Priority::kBulk, EndPurge,
                                OnExecutor<absl::Status>(&DataPurge::Ended));
}

void DataPurge::Ended(const absl::Status& status) {
  busy_ = false;
  if (!status.ok()) return WakeAfter(kRetryInterval);
  const auto filter = ReadDataFilter(environment_.database.latest());
  if (!filter.ok() || !filter->purged()) return Wake();
  LogInfo(environment_.logger, "no customer data is left");
}

}  // namespace comptoir::channel
