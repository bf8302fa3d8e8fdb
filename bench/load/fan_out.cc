#include "bench/load/fan_out.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/load/buffers.h"
#include "bench/load/follower.h"
#include "common/base/mutex.h"
#include "comptoir/customer/v1/customer_service.grpc.pb.h"

namespace comptoir::bench {
namespace {

using customer::v1::CreateCustomerRequest;
using customer::v1::Customer;
using customer::v1::CustomerService;
using Clock = std::chrono::steady_clock;

constexpr auto kConnectPatience = std::chrono::minutes(5);
// How long the last creates may take to be seen.
constexpr auto kLastPatience = std::chrono::seconds(10);
constexpr auto kLookInterval = std::chrono::milliseconds(20);

// When creates were due, and how long it took until each was seen. Thread-safe.
class Seen {
 public:
  void Due(const Uuid& customer, Clock::time_point due) {
    MutexLock lock(mutex_);
    due_.emplace(customer, due);
  }

  void Saw(const Uuid& customer) {
    const auto now = Clock::now();
    MutexLock lock(mutex_);
    const auto found = due_.find(customer);
    if (found == due_.end()) return;
    times_.Record(static_cast<uint64_t>((now - found->second).count()));
  }

  LatencyHistogram times() const {
    MutexLock lock(mutex_);
    return times_;
  }

 private:
  mutable Mutex mutex_;
  absl::flat_hash_map<Uuid, Clock::time_point> due_ ABSL_GUARDED_BY(mutex_);
  LatencyHistogram times_ ABSL_GUARDED_BY(mutex_);
};

// A create under way; it deletes itself.
struct CreateCall {
  grpc::ClientContext context;
  CreateCustomerRequest request;
  Customer answer;
};

// Creates that are counted when they end. Thread-safe.
class CreateCalls {
 public:
  explicit CreateCalls(const std::string& address)
      : service_(CustomerService::NewStub(NewConnection(address))) {}

  void Begin(Customer customer, const std::string& channel) {
    auto* const create = new CreateCall();
    *create->request.mutable_customer() = std::move(customer);
    create->request.set_channel(channel);
    {
      MutexLock lock(mutex_);
      ++under_way_;
    }
    service_->async()->CreateCustomer(&create->context, &create->request, &create->answer,
                                      [this, create](const grpc::Status& status) {
                                        End(status);
                                        delete create;
                                      });
  }

  // Waits for the last one.
  void Finish(LoadResult& result) {
    MutexLock lock(mutex_);
    while (under_way_ > 0) changed_.Wait(mutex_);
    result.errors += errors_;
    result.first_error = first_error_;
  }

 private:
  void End(const grpc::Status& status) {
    MutexLock lock(mutex_);
    if (!status.ok() && ++errors_ == 1) first_error_ = status.error_message();
    --under_way_;
    changed_.NotifyAll();
  }

  // Constant after construction.
  const std::unique_ptr<CustomerService::Stub> service_;

  Mutex mutex_;
  CondVar changed_;
  uint64_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t errors_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string first_error_ ABSL_GUARDED_BY(mutex_);
};

// A group's followers that are looked at: one in so many of them all.
uint64_t Watchers(const FanOutOptions& options, uint64_t group) {
  uint64_t watchers = 0;
  for (uint64_t i = 0; i < options.followers; i += options.watch_every) {
    if (i % options.channels % options.groups == group) ++watchers;
  }
  return watchers;
}

absl::Status Ended(const grpc::Status& status) {
  return absl::UnavailableError(absl::StrCat("A subscription ended: ", status.error_message()));
}

absl::Status AwaitAll(const std::vector<std::unique_ptr<Follower>>& followers) {
  const auto end = Clock::now() + kConnectPatience;
  for (const auto& follower : followers) {
    while (!follower->caught_up()) {
      if (follower->broken()) return Ended(follower->Stop());
      if (Clock::now() > end) return absl::DeadlineExceededError("Not all followers caught up.");
      std::this_thread::sleep_for(kLookInterval);
    }
  }
  return absl::OkStatus();
}

// Returns how often creates are to be seen.
uint64_t CreateAtRate(const FanOutOptions& options, const CustomerGenerator& generator, Seen& seen,
                      LoadResult& result) {
  CreateCalls creates(options.address);
  const auto interval = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(1 / options.rate));
  const auto begin = Clock::now();
  uint64_t expected = 0;
  uint64_t n = 0;
  for (auto due = begin; due - begin < options.duration; due += interval, ++n) {
    const uint64_t number = options.first + n;
    std::this_thread::sleep_until(due);
    seen.Due(generator.IdOf(number), due);
    creates.Begin(generator.Get(number), FollowedChannel(n % options.groups));
    expected += Watchers(options, n % options.groups);
  }
  creates.Finish(result);
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return expected;
}

}  // namespace

absl::StatusOr<LoadResult> RunFanOut(const FanOutOptions& options,
                                     const CustomerGenerator& generator) {
  Seen seen;
  std::vector<std::unique_ptr<Follower>> followers;
  for (uint64_t i = 0; i < options.followers; ++i) {
    std::function<void(const Uuid&)> saw;
    if (i % options.watch_every == 0) saw = [&](const Uuid& customer) { seen.Saw(customer); };
    followers.push_back(std::make_unique<Follower>(
        options.address, FollowerName(i), FollowedChannel(i % options.channels), std::move(saw)));
  }
  LoadResult result;
  absl::Status connected = AwaitAll(followers);
  if (connected.ok()) {
    const double cpu_before = CpuSeconds();
    const uint64_t expected = CreateAtRate(options, generator, seen, result);
    const auto end = Clock::now() + kLastPatience;
    while (seen.times().count() < expected && Clock::now() < end) {
      std::this_thread::sleep_for(kLookInterval);
    }
    result.cpu_seconds = CpuSeconds() - cpu_before;
    result.times = seen.times();
    if (result.times.count() < expected) {
      if (result.errors == 0) result.first_error = "Some creates were never seen.";
      result.errors += expected - result.times.count();
    }
  }
  for (const auto& follower : followers) follower->Stop();
  if (!connected.ok()) return connected;
  return result;
}

absl::StatusOr<LoadResult> RunFill(const FillOptions& options) {
  std::atomic<uint64_t> customers = 0;
  const auto begin = Clock::now();
  Follower follower(options.address, options.channel_service, options.channel,
                    [&](const Uuid&) { ++customers; });
  while (customers < options.customers && !follower.broken()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto end = Clock::now();
  const bool broken = follower.broken();
  const grpc::Status status = follower.Stop();
  if (broken) return Ended(status);
  LoadResult result;
  // One fill, as one that took so long.
  result.times.Record(static_cast<uint64_t>((end - begin).count()));
  result.seconds = std::chrono::duration<double>(end - begin).count();
  return result;
}

}  // namespace comptoir::bench
