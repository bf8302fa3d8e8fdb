// Reads for streams that lag, away from the executor: they take as long as the disk does. One at a
// time, in the order in which they were asked for: whoever searches waits for one of them at most,
// and however many streams lag, one of them holds what was read and not sent.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_LAGGING_READS_H_
#define COMPTOIR_HQ_SERVICE_JOBS_LAGGING_READS_H_

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "common/base/executor.h"

namespace comptoir::hq {

// Made by std::make_shared: a read under way keeps it alive. On the executor.
class LaggingReads : public std::enable_shared_from_this<LaggingReads> {
 public:
  // `elsewhere` as HqEnvironment's run_read.
  LaggingReads(Executor& executor, std::function<bool(std::function<void()>)> elsewhere)
      : executor_(executor), elsewhere_(std::move(elsewhere)) {}

  using Take = std::function<void()>;
  // `read` is called on any thread, later than this call; what it returns, on the executor.
  void Run(std::function<Take()> read);

 private:
  void Next();

  // Constant after construction.
  Executor& executor_;
  const std::function<bool(std::function<void()>)> elsewhere_;

  std::deque<std::function<Take()>> waiting_;
  bool under_way_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_LAGGING_READS_H_
