// Reads for streams that lag, away from the executor: they take as long as the disk does. One at a
// time, in the order in which they were asked for: whoever searches waits for one of them at most,
// and however many streams lag, one of them holds what was read and not sent. The more wait, the
// less is read for each, so that one that lags little doesn't wait long.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_LAGGING_READS_H_
#define COMPTOIR_HQ_SERVICE_JOBS_LAGGING_READS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "common/base/executor.h"

namespace comptoir::hq {

// How much is read for one stream without giving others their turn: on the executor, and away from
// it while nobody else waits.
inline constexpr size_t kBytesPerTurnMax = 128 << 10;
inline constexpr size_t kLaggingBytesPerTurnMax = 1 << 20;

// Made by std::make_shared: a read under way keeps it alive. On the executor.
class LaggingReads : public std::enable_shared_from_this<LaggingReads> {
 public:
  // `elsewhere` as HqEnvironment's run_read.
  LaggingReads(Executor& executor, std::function<bool(std::function<void()>)> elsewhere)
      : executor_(executor), elsewhere_(std::move(elsewhere)) {}

  using Take = std::function<void()>;
  struct Read {
    // Whether somebody still waits for it. On the executor.
    std::function<bool()> wanted;
    // Reads so many bytes at most, on any thread; what it returns is called on the executor.
    std::function<Take(size_t bytes_max)> read;
  };
  // Later than this call.
  void Run(Read read);

 private:
  void Next();

  // Constant after construction.
  Executor& executor_;
  const std::function<bool(std::function<void()>)> elsewhere_;

  std::deque<Read> waiting_;
  bool under_way_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_LAGGING_READS_H_
