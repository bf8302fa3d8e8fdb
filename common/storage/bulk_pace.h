// How much bulk work may run while people wait for answers. (S4)
//
// On one thread a command waits for the group that is being run, and its own process and others
// share the processors with what bulk work sets off: preparing, sending, applying. So while
// interactive commands come, bulk ones run in small groups with pauses in between, and the work
// that hangs on them slows down with them. A few that come after a rest need no pause: what a
// create sets off on an idle chain is as quick as it can be. When nobody has waited for a while
// bulk commands have it all.
//
// It is the generic cell rate algorithm (ITU-T I.371): a time that runs ahead with what was used.

#ifndef COMPTOIR_COMMON_STORAGE_BULK_PACE_H_
#define COMPTOIR_COMMON_STORAGE_BULK_PACE_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace comptoir {

// Of the bulk commands, what one group may run.
enum class BulkShare : uint8_t {
  kNone,
  kLittle,  // as much as one goes along with interactive commands
  kAll,
};

// The commands of a group by priority.
struct GroupCounts {
  size_t interactive = 0;
  size_t prompt = 0;
  size_t bulk = 0;

  size_t before_bulk() const { return interactive + prompt; }
  size_t all() const { return before_bulk() + bulk; }
};

// The caller tells the time.
class BulkPace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // So long after an interactive command others are expected.
  static constexpr Duration kCourtesy = std::chrono::seconds(1);
  // Pauses are so many times as long as the groups before them: bulk work keeps a third of the
  // thread. One ends with the courtesy: after a group that a stalled disk held up for long, it is
  // that.
  static constexpr int kPause = 2;
  // So much of the pauses is let off after a rest.
  static constexpr Duration kLetOff = std::chrono::milliseconds(6);

  // For a group that begins now.
  BulkShare ShareAt(Time now) const {
    if (now < bulk_from()) return BulkShare::kNone;
    return now < courteous_until_ ? BulkShare::kLittle : BulkShare::kAll;
  }

  // Before this bulk commands alone are no work.
  Time bulk_from() const { return paid_until_ - kLetOff; }

  void GroupRan(Time begin, Time end, const GroupCounts& counts) {
    if (counts.interactive > 0) courteous_until_ = end + kCourtesy;
    if (counts.bulk == 0) return;
    paid_until_ = std::max(paid_until_, begin) + (1 + kPause) * (end - begin);
    paid_until_ = std::min(paid_until_, courteous_until_ + kLetOff);
  }

 private:
  Time courteous_until_;
  // By then the pauses of all bulk groups are over.
  Time paid_until_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_BULK_PACE_H_
