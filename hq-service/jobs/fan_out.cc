#include "hq-service/jobs/fan_out.h"

#include <algorithm>
#include <utility>

namespace comptoir::hq {
namespace {

// Woken without giving others their turn.
constexpr size_t kWokenAtOnceMax = 32;
// However long the clock says that it took.
constexpr absl::Duration kRestMax = absl::Milliseconds(50);

std::string NameOf(const std::vector<FeedCursor>& cursors) {
  std::string name;
  for (const FeedCursor& cursor : cursors) {
    name += FeedPosition(cursor.feed, Sequence(cursor.membership_id));
  }
  return name;
}

}  // namespace

uint64_t FanOut::Join(std::function<void()> wake) {
  if (listener_id_ == 0) {
    listener_id_ = signal_->Listen([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Signalled();
    });
  }
  streams_.emplace(++last_id_, std::move(wake));
  if (!std::exchange(polling_, true)) Poll();
  return last_id_;
}

void FanOut::Poll() {
  if (streams_.empty()) {
    polling_ = false;
    return;
  }
  executor_.RunAfter(poll_interval_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->Signalled();
    self->Poll();
  });
}

void FanOut::Leave(uint64_t id) {
  streams_.erase(id);
  if (!streams_.empty()) return;
  signal_->Forget(std::exchange(listener_id_, 0));
  // The database may go before this does.
  waking_.clear();
  snapshot_.reset();
}

std::shared_ptr<const FanOut::Snapshot> FanOut::Look() {
  if (snapshot_ != nullptr) return snapshot_;
  return std::make_shared<const Snapshot>(
      Snapshot{.reader = database_.NewReader(), .number = ++last_snapshot_});
}

std::shared_ptr<FeedTail> FanOut::TailOf(const std::vector<FeedCursor>& cursors,
                                         const FeedReading& reading) {
  std::erase_if(tails_, [](const auto& tail) { return tail.second.expired(); });
  std::weak_ptr<FeedTail>& kept = tails_[NameOf(cursors)];
  std::shared_ptr<FeedTail> tail = kept.lock();
  if (tail == nullptr) {
    tail = std::make_shared<FeedTail>(cursors, reading);
    kept = tail;
  }
  return tail;
}

void FanOut::Signalled() {
  signalled_ = true;
  if (snapshot_ != nullptr || resting_) return;
  signalled_ = false;
  for (const auto& [name, kept] : tails_) {
    if (const auto tail = kept.lock()) tail->KeepLittle();
  }
  begun_ = clock_.Now();
  snapshot_ = Look();
  for (auto stream = streams_.rbegin(); stream != streams_.rend(); ++stream) {
    waking_.push_back(stream->first);
  }
  WakeSome();
}

void FanOut::WakeSome() {
  for (size_t woken = 0; !waking_.empty() && woken < kWokenAtOnceMax; ++woken) {
    // Streams come and go while they are woken.
    const auto stream = streams_.find(waking_.back());
    waking_.pop_back();
    if (stream == streams_.end()) continue;
    const auto wake = stream->second;
    wake();
  }
  if (waking_.empty()) return Rest();
  executor_.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->WakeSome();
  });
}

void FanOut::Rest() {
  snapshot_.reset();
  const absl::Duration took = clock_.Now() - begun_;
  if (took <= absl::ZeroDuration()) {
    if (signalled_) Signalled();
    return;
  }
  resting_ = true;
  executor_.RunAfter(std::min(took, kRestMax), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->resting_ = false;
    if (self->signalled_) self->Signalled();
  });
}

}  // namespace comptoir::hq
