// Runs commands: what was committed is signalled, and answers come where they are wanted.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_COMMANDS_H_
#define COMPTOIR_HQ_SERVICE_JOBS_COMMANDS_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "common/base/executor.h"
#include "common/storage/committer.h"
#include "hq-service/jobs/change_signal.h"

namespace comptoir::hq {

// Thread-safe.
class Commands {
 public:
  template <typename T>
  using Command = std::function<absl::StatusOr<T>(Transaction&)>;
  template <typename T>
  using Done = std::function<void(absl::StatusOr<T>)>;

  Commands(Submitter& submitter, Executor& executor, std::shared_ptr<ChangeSignal> signal)
      : submitter_(submitter), executor_(executor), signal_(std::move(signal)) {}

  // `done` is called on whichever thread, once.
  template <typename T>
  void Run(Priority priority, Command<T> command, Done<T> done) const {
    RunAndTell<T, &ChangeSignal::Notify>(priority, std::move(command), std::move(done));
  }

  // The same, told with NotifyOfRealTime(): who asked has the answer already.
  template <typename T>
  void RunInRealTime(Priority priority, Command<T> command, Done<T> done) const {
    RunAndTell<T, &ChangeSignal::NotifyOfRealTime>(priority, std::move(command), std::move(done));
  }

  // `done` is called on the executor, later than this call; never if the executor has stopped.
  template <typename T>
  void RunAndPost(Priority priority, Command<T> command, Done<T> done) const {
    Run<T>(priority, std::move(command),
           [&executor = executor_, done = std::move(done)](absl::StatusOr<T> result) {
             executor.Post([done, result = std::move(result)] { done(result); });
           });
  }

  // The same for a command that has nothing to tell.
  void RunAndPost(Priority priority, std::function<absl::Status(Transaction&)> command,
                  std::function<void(const absl::Status&)> done) const {
    submitter_.Submit(
        priority, std::move(command),
        [&executor = executor_, signal = signal_, done = std::move(done)](absl::Status status) {
          if (status.ok()) signal->Notify();
          executor.Post([done, status = std::move(status)] { done(status); });
        });
  }

 private:
  template <typename T, void (ChangeSignal::*tell)()>
  void RunAndTell(Priority priority, Command<T> command, Done<T> done) const {
    SubmitFor<T>(submitter_, priority, std::move(command),
                 [signal = signal_, done = std::move(done)](absl::StatusOr<T> result) {
                   const bool changed = result.ok();
                   done(std::move(result));
                   // What follows from it takes processors from the answer.
                   if (changed) ((*signal).*tell)();
                 });
  }

  // Constant after construction.
  Submitter& submitter_;
  Executor& executor_;
  const std::shared_ptr<ChangeSignal> signal_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_COMMANDS_H_
