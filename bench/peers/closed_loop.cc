#include "bench/peers/closed_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/base/check.h"
#include "common/base/status.h"

namespace comptoir::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

// Every so many answers one counts as looked at.
constexpr uint64_t kCheckEvery = 64;

struct Busy {
  PeerConnection* connection;
  Time begin;
};

class ClosedLoop {
 public:
  ClosedLoop(const ClosedLoopOptions& options,
             const std::vector<std::unique_ptr<PeerConnection>>& connections)
      : options_(options), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    COMPTOIR_CHECK(poll_ >= 0);
    for (const auto& connection : connections) {
      busy_.push_back(std::make_unique<Busy>(Busy{connection.get(), Time()}));
      epoll_event event = {.events = EPOLLIN, .data = {.ptr = busy_.back().get()}};
      COMPTOIR_CHECK(epoll_ctl(poll_, EPOLL_CTL_ADD, connection->file(), &event) == 0);
    }
  }
  ~ClosedLoop() { close(poll_); }

  absl::StatusOr<LoadResult> Run() {
    const double cpu_before = CpuSeconds();
    counted_from_ = Clock::now() + options_.warm_up;
    end_ = counted_from_ + options_.duration;
    last_end_ = counted_from_;
    for (const auto& busy : busy_) COMPTOIR_RETURN_IF_ERROR(Begin(*busy));
    std::array<epoll_event, 64> events;
    while (under_way_ > 0) {
      const int ready = epoll_wait(poll_, events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        COMPTOIR_RETURN_IF_ERROR(Continue(*static_cast<Busy*>(events[i].data.ptr)));
      }
    }
    result_.seconds = std::chrono::duration<double>(last_end_ - counted_from_).count();
    result_.cpu_seconds = CpuSeconds() - cpu_before;
    return std::move(result_);
  }

 private:
  absl::Status Begin(Busy& busy) {
    busy.begin = Clock::now();
    if (next_ >= options_.limit || busy.begin >= end_) return absl::OkStatus();
    ++under_way_;
    return busy.connection->Send(next_++);
  }

  absl::Status Continue(Busy& busy) {
    COMPTOIR_ASSIGN_OR_RETURN(const std::optional<PeerAnswer> answer, busy.connection->Receive());
    if (!answer.has_value()) return absl::OkStatus();
    --under_way_;
    Take(busy, *answer);
    return Begin(busy);
  }

  void Take(const Busy& busy, const PeerAnswer& answer) {
    const Time now = Clock::now();
    if (!answer.status.ok()) {
      if (++result_.errors == 1) result_.first_error = answer.status.ToString();
      return;
    }
    if (busy.begin < counted_from_) return;
    result_.times.Record(static_cast<uint64_t>((now - busy.begin).count()));
    last_end_ = std::max(last_end_, now);
    if (result_.times.count() % kCheckEvery != 0) return;
    ++result_.answers_checked;
    if (answer.empty) ++result_.answers_empty;
  }

  // Constant after construction.
  const ClosedLoopOptions& options_;
  const int poll_;
  std::vector<std::unique_ptr<Busy>> busy_;

  uint64_t next_ = 0;
  uint64_t under_way_ = 0;
  Time counted_from_;
  Time end_;
  Time last_end_;
  LoadResult result_;
};

}  // namespace

absl::StatusOr<LoadResult> RunClosedLoop(
    const ClosedLoopOptions& options,
    const std::vector<std::unique_ptr<PeerConnection>>& connections) {
  return ClosedLoop(options, connections).Run();
}

}  // namespace comptoir::bench
