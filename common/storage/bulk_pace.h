// How much bulk work may run while people wait for answers. (S4)
//
// On one thread a command waits for the group that is being run, and its own process and others
// share the processors with what bulk work sets off: preparing, sending, applying. So while
// interactive commands come, bulk ones run in small groups with pauses in between, and the work
// that hangs on them slows down with them. When nobody has waited for a while they have it all.

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
  size_t bulk = 0;
};

// The caller tells the time.
class BulkPace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // So long after an interactive command others are expected.
  static constexpr Duration kCourtesy = std::chrono::seconds(1);
  // A pause is so many times as long as the group before it: bulk work keeps a third of the thread.
  // It ends with the courtesy: after a group that a stalled disk held up for long, it is that.
  static constexpr int kPause = 2;

  // For a group that begins now.
  BulkShare ShareAt(Time now) const {
    if (now < bulk_from_) return BulkShare::kNone;
    return now < courteous_until_ ? BulkShare::kLittle : BulkShare::kAll;
  }

  // Before this bulk commands alone are no work.
  Time bulk_from() const { return bulk_from_; }

  void GroupRan(Time begin, Time end, const GroupCounts& counts) {
    if (counts.interactive > 0) courteous_until_ = end + kCourtesy;
    if (counts.bulk > 0) bulk_from_ = std::min(end + kPause * (end - begin), courteous_until_);
  }

 private:
  Time courteous_until_;
  Time bulk_from_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_BULK_PACE_H_
