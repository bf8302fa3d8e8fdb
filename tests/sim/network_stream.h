// The streams of the simulated network. For network.cc only.

#ifndef COMPTOIR_TESTS_SIM_NETWORK_STREAM_H_
#define COMPTOIR_TESTS_SIM_NETWORK_STREAM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/replication/stream.h"
#include "tests/sim/network.h"

namespace comptoir::sim {

// When a broken connection is noticed.
inline constexpr absl::Duration kBreakMax = absl::Seconds(3);

inline absl::Status Refused() { return absl::UnavailableError("connection refused"); }
inline absl::Status Broken() { return absl::UnavailableError("connection broken"); }

class Network::OpenStream {
 public:
  virtual ~OpenStream() = default;
  virtual void ChannelGone() = 0;
  virtual void HqGone() = 0;

  Owner channel_owner;
  Owner hq_owner;  // default: not connected yet
};

// Both ends of a stream. `Up` travels from the channel service to HQ.
template <typename Up, typename Down>
class Network::Stream : public OpenStream, public std::enable_shared_from_this<Stream<Up, Down>> {
 public:
  using Connect = std::function<std::unique_ptr<StreamReader<Up>>(
      hq::Hq&, std::unique_ptr<StreamWriter<Down>>)>;

  Stream(Network& network, uint64_t id, ChannelNode& from, StreamReader<Down>* reader)
      : network_(network), id_(id), from_(from), channel_reader_(reader) {
    channel_owner = from.owner();
  }

  // What one end writes to. Destroyed without Finish, it cancels.
  template <typename Message, bool kAtChannel>
  class Writer : public StreamWriter<Message> {
   public:
    Writer(std::shared_ptr<Stream> stream, Owner owner)
        : stream_(std::move(stream)), owner_(owner) {}
    ~Writer() override {
      if (!finished_) End(absl::CancelledError("stream dropped"));
    }
    void Write(Message message) override {
      if (finished_ || !Alive()) return;
      if constexpr (kAtChannel) {
        stream_->SendUp(std::move(message));
      } else {
        stream_->SendDown(std::move(message));
      }
    }
    void Finish(absl::Status status) override { End(std::move(status)); }

   private:
    bool Alive() const {
      return kAtChannel ? stream_->from_.owner() == owner_
                        : stream_->network_.hq_.owner() == owner_;
    }
    void End(absl::Status status) {
      if (std::exchange(finished_, true) || !Alive()) return;
      if constexpr (kAtChannel) {
        stream_->FinishedByChannel(std::move(status));
      } else {
        stream_->FinishedByHq(std::move(status));
      }
    }

    const std::shared_ptr<Stream> stream_;
    const Owner owner_;
    bool finished_ = false;
  };

  void ConnectLater(Connect connect) {
    const auto self = this->shared_from_this();
    if (network_.Lost(from_)) {
      up_.lost = true;
      CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
      return;
    }
    Schedule(up_, kWorld, [self, connect = std::move(connect)] { self->ConnectNow(connect); });
  }

  void SendUp(Up message) {
    if (channel_closed_) return;
    const size_t bytes = message.ByteSizeLong();
    network_.Trace(from_.name() + " up", message);
    auto shared = std::make_shared<Up>(std::move(message));
    SendOn(up_, bytes, [self = this->shared_from_this(), shared, bytes] {
      self->up_.bytes -= bytes;
      if (self->HqListens()) self->hq_reader_->OnMessage(std::move(*shared));
    });
  }

  void SendDown(Down message) {
    if (hq_closed_) return;
    const size_t bytes = message.ByteSizeLong();
    network_.Trace(from_.name() + " dn", message);
    auto shared = std::make_shared<Down>(std::move(message));
    SendOn(down_, bytes, [self = this->shared_from_this(), shared, bytes] {
      self->down_.bytes -= bytes;
      if (self->ChannelListens()) self->channel_reader_->OnMessage(std::move(*shared));
    });
  }

  void FinishedByChannel(absl::Status status) {
    CloseChannel(status, network_.Latency());
    const auto self = this->shared_from_this();
    if (up_.lost)
      return CloseHq(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
    Schedule(up_, kWorld, [self, status] { self->CloseHqNow(status); });
  }

  void FinishedByHq(absl::Status status) {
    CloseHq(status, network_.Latency());
    const auto self = this->shared_from_this();
    if (down_.lost || network_.Lost(from_))
      return CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
    Schedule(down_, kWorld, [self, status] { self->CloseChannelNow(status); });
  }

  void ChannelGone() override {
    channel_reader_ = nullptr;
    channel_closed_ = true;
    // HQ hears of it soon, or after a while if the machine is gone.
    const absl::Duration most = network_.random_.OneIn(4) ? kBreakMax : absl::Milliseconds(20);
    CloseHq(Broken(), Between(network_.random_, absl::Milliseconds(1), most));
  }

  void HqGone() override {
    hq_reader_.reset();
    hq_closed_ = true;
    const absl::Duration most = network_.random_.OneIn(4) ? kBreakMax : absl::Milliseconds(20);
    CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), most));
  }

 private:
  struct Direction {
    absl::Time last_arrival = absl::InfinitePast();
    // Written and not yet delivered.
    size_t bytes = 0;
    // A message was lost: nothing after it arrives.
    bool lost = false;
  };

  bool HqListens() const {
    return hq_reader_ != nullptr && !hq_closed_ && network_.hq_.owner() == hq_owner;
  }
  bool ChannelListens() const {
    return channel_reader_ != nullptr && !channel_closed_ && from_.owner() == channel_owner;
  }

  // Runs `task` when what is sent now arrives: after everything sent before.
  void Schedule(Direction& direction, Owner owner, std::function<void()> task) {
    Scheduler& scheduler = network_.context_.scheduler();
    const absl::Time arrival = std::max(direction.last_arrival + absl::Microseconds(1),
                                        scheduler.now() + network_.Latency());
    direction.last_arrival = arrival;
    scheduler.After(arrival - scheduler.now(), owner, std::move(task));
  }

  void SendOn(Direction& direction, size_t bytes, std::function<void()> deliver) {
    if (direction.lost) return;
    if (network_.Lost(from_)) {
      direction.lost = true;
      Break();
      return;
    }
    direction.bytes += bytes;
    if (direction.bytes > network_.InFlightMax(from_)) {
      network_.context_.Fail(from_.name(), absl::StrCat(direction.bytes, " bytes are under way"));
    }
    const uint64_t number = network_.Send();
    Schedule(direction, kWorld, [this, number, deliver = std::move(deliver)] {
      network_.Deliver(number);
      deliver();
    });
  }

  void Break() {
    CloseChannel(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
    CloseHq(Broken(), Between(network_.random_, absl::Milliseconds(1), kBreakMax));
  }

  void ConnectNow(const Connect& connect) {
    // Broken before it was connected: HQ never hears of it.
    if (channel_closed_ || hq_closed_) return;
    if (!network_.hq_.up()) return CloseChannel(Refused(), network_.Latency());
    if (network_.unauthenticated_.count(&from_) > 0) {
      network_.context_.Count(Fault::kHqUnauthenticated);
      return CloseChannel(MakeError(Reason::kUnauthenticated, "The credential isn't valid."),
                          network_.Latency());
    }
    hq_owner = network_.hq_.owner();
    auto writer =
        std::make_unique<Writer<Down, false>>(this->shared_from_this(), network_.hq_.owner());
    auto reader = connect(network_.hq_.service(), std::move(writer));
    // HQ may have finished the stream before it returned.
    hq_reader_ = std::move(reader);
  }

  void CloseChannel(absl::Status status, absl::Duration delay) {
    network_.context_.scheduler().After(
        delay, kWorld, [self = this->shared_from_this(), status = std::move(status)] {
          self->CloseChannelNow(status);
        });
  }
  void CloseHq(absl::Status status, absl::Duration delay) {
    network_.context_.scheduler().After(
        delay, kWorld, [self = this->shared_from_this(), status = std::move(status)] {
          self->CloseHqNow(status);
        });
  }

  void CloseChannelNow(const absl::Status& status) {
    if (std::exchange(channel_closed_, true)) return;
    StreamReader<Down>* const reader = std::exchange(channel_reader_, nullptr);
    if (reader != nullptr && from_.owner() == channel_owner) reader->OnClosed(status);
    // An end that is closed is closed for the other one too, as soon as that hears of it.
    if (!hq_closed_) CloseHq(Broken(), network_.Latency());
    Forget();
  }

  void CloseHqNow(const absl::Status& status) {
    // A stream that isn't connected yet connects first; then it is closed.
    if (std::exchange(hq_closed_, true)) return;
    const std::unique_ptr<StreamReader<Up>> reader = std::move(hq_reader_);
    if (reader != nullptr && network_.hq_.owner() == hq_owner) reader->OnClosed(status);
    if (!channel_closed_) CloseChannel(Broken(), network_.Latency());
    Forget();
  }

  void Forget() {
    if (channel_closed_ && (hq_closed_ || hq_reader_ == nullptr)) network_.streams_.erase(id_);
  }

  Network& network_;
  const uint64_t id_;
  ChannelNode& from_;
  StreamReader<Down>* channel_reader_;
  std::unique_ptr<StreamReader<Up>> hq_reader_;
  Direction up_;
  Direction down_;
  bool channel_closed_ = false;
  bool hq_closed_ = false;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_NETWORK_STREAM_H_
