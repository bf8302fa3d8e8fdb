// Wakes the streams of changes when something was committed. All of them look at one snapshot, and
// feeds that several of them read are read and encoded once (domain/feeds/feed_tail.h).
//
// They are woken every now and then without a signal, too: signals may be fewer than commits.
//
// Waking a thousand streams takes a while, in which more is committed: then it rests for as long as
// that took, and they get more at once instead of more often. (P1)

#ifndef COMPTOIR_HQ_SERVICE_JOBS_FAN_OUT_H_
#define COMPTOIR_HQ_SERVICE_JOBS_FAN_OUT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/storage/database.h"
#include "hq-service/domain/feeds/feed_reader.h"
#include "hq-service/domain/feeds/feed_tail.h"
#include "hq-service/jobs/change_signal.h"

namespace comptoir::hq {

// Made by std::make_shared: what is posted may come later. On the executor.
class FanOut : public std::enable_shared_from_this<FanOut> {
 public:
  FanOut(const Database& database, Executor& executor, const Clock& clock,
         std::shared_ptr<ChangeSignal> signal, absl::Duration poll_interval)
      : database_(database),
        executor_(executor),
        clock_(clock),
        signal_(std::move(signal)),
        poll_interval_(poll_interval) {}

  // `wake` is called when there may be something to send.
  uint64_t Join(std::function<void()> wake);
  void Leave(uint64_t id);

  // One state of the database; never an earlier one than before.
  struct Snapshot {
    std::unique_ptr<const Reader> reader;
    uint64_t number = 0;
  };
  std::shared_ptr<const Snapshot> Look();

  // The tail of these memberships; the last who holds it lets it go.
  std::shared_ptr<FeedTail> TailOf(const std::vector<FeedCursor>& cursors,
                                   const FeedReading& reading);

 private:
  void Poll();
  void Signalled();
  // Wakes some, and comes back for the next, so that others get their turn.
  void WakeSome();
  void Rest();

  // Constant after construction.
  const Database& database_;
  Executor& executor_;
  const Clock& clock_;
  const std::shared_ptr<ChangeSignal> signal_;
  const absl::Duration poll_interval_;

  std::map<uint64_t, std::function<void()>> streams_;
  uint64_t last_id_ = 0;
  // Zero: nobody has joined.
  uint64_t listener_id_ = 0;
  // By membership.
  std::map<std::string, std::weak_ptr<FeedTail>> tails_;

  // Those still to be woken, the next one last, and what they look at. Null: none.
  std::vector<uint64_t> waking_;
  std::shared_ptr<const Snapshot> snapshot_;
  uint64_t last_snapshot_ = 0;
  absl::Time begun_;
  bool resting_ = false;
  bool polling_ = false;
  // More was committed meanwhile.
  bool signalled_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_FAN_OUT_H_
