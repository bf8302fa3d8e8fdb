#include "bench/load/caller.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/load/buffers.h"
#include "common/base/check.h"

namespace comptoir::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

// A call under way.
struct Call {
  std::unique_ptr<grpc::GenericStub> stub;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
  Time due;
};

// What the threads of a load share.
struct Load {
  const LoadOptions& options;
  const Requests& requests;
  const std::string method;
  const Time begin;
  const Time counted_from;
  const Time end;
  std::atomic<uint64_t> next = 0;
};

// One thread's calls.
class Caller {
 public:
  Caller(Load& load, uint64_t thread,
         const std::vector<std::shared_ptr<grpc::Channel>>& connections)
      : load_(load) {
    const LoadOptions& options = load.options;
    for (uint64_t i = thread; i < options.in_flight; i += options.threads) {
      auto call = std::make_unique<Call>();
      call->stub = std::make_unique<grpc::GenericStub>(connections[i % connections.size()]);
      free_.push_back(call.get());
      calls_.push_back(std::move(call));
    }
    if (options.rate > 0) {
      interval_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::duration<double>(static_cast<double>(options.threads) / options.rate));
      next_due_ = load.begin + interval_ * thread / options.threads;
    }
  }

  LoadResult Run() {
    while (true) {
      BeginDueCalls();
      if (free_.size() == calls_.size() && over_) break;
      AwaitOne();
    }
    completions_.Shutdown();
    result_.seconds = std::chrono::duration<double>(last_end_ - load_.counted_from).count();
    return std::move(result_);
  }

 private:
  bool is_open_loop() const { return interval_.count() > 0; }

  void BeginDueCalls() {
    while (!free_.empty() && !over_) {
      const Time now = Clock::now();
      const Time due = is_open_loop() ? next_due_ : now;
      if (due > now) return;
      if (due >= load_.end) {
        over_ = true;
        return;
      }
      const uint64_t n = load_.next++;
      if (n >= load_.requests.limit()) {
        over_ = true;
        return;
      }
      next_due_ += interval_;
      Begin(*free_.back(), n, due);
    }
  }

  void Begin(Call& call, uint64_t n, Time due) {
    free_.pop_back();
    const std::string request = load_.requests.Get(n);
    call.context.emplace();
    // A closed loop begins when it can: making the request isn't part of the call.
    call.due = is_open_loop() ? due : Clock::now();
    call.reader =
        call.stub->PrepareUnaryCall(&*call.context, load_.method, ToBuffer(request), &completions_);
    call.reader->StartCall();
    call.reader->Finish(&call.answer, &call.status, &call);
  }

  void AwaitOne() {
    void* tag = nullptr;
    bool ok = false;
    if (is_open_loop() && !free_.empty() && !over_) {
      // gRPC takes a deadline of the system's clock.
      const auto wait = std::max(next_due_ - Clock::now(), Clock::duration::zero());
      const auto status =
          completions_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + wait);
      if (status != grpc::CompletionQueue::GOT_EVENT) return;
    } else if (!completions_.Next(&tag, &ok)) {
      return;
    }
    End(*static_cast<Call*>(tag));
  }

  void End(Call& call) {
    const Time now = Clock::now();
    if (!call.status.ok()) {
      if (++result_.errors == 1) result_.first_error = call.status.error_message();
    } else if (call.due >= load_.counted_from) {
      result_.times.Record(static_cast<uint64_t>((now - call.due).count()));
      last_end_ = std::max(last_end_, now);
      Check(call.answer);
    }
    call.answer.Clear();
    call.reader.reset();
    free_.push_back(&call);
  }

  void Check(const grpc::ByteBuffer& answer) {
    if (result_.times.count() % load_.options.check_every != 0) return;
    ++result_.answers_checked;
    result_.answers_bytes += answer.Length();
    if (!load_.requests.Holds(ToBytes(answer))) ++result_.answers_empty;
  }

  // Constant after construction.
  Load& load_;
  std::chrono::nanoseconds interval_{0};

  grpc::CompletionQueue completions_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> free_;
  Time next_due_;
  Time last_end_ = load_.counted_from;
  bool over_ = false;
  LoadResult result_;
};

std::vector<std::shared_ptr<grpc::Channel>> Connect(const LoadOptions& options) {
  std::vector<std::shared_ptr<grpc::Channel>> connections;
  for (uint64_t i = 0; i < options.connections; ++i) {
    connections.push_back(NewConnection(options.address));
    COMPTOIR_CHECK(connections.back()->WaitForConnected(std::chrono::system_clock::now() +
                                                        std::chrono::seconds(10)))
        << "no connection to " << options.address;
  }
  return connections;
}

}  // namespace

LoadResult RunLoad(const LoadOptions& options, const Requests& requests) {
  const auto connections = Connect(options);
  const Time begin = Clock::now();
  Load load = {.options = options,
               .requests = requests,
               .method = requests.Method(),
               .begin = begin,
               .counted_from = begin + options.warm_up,
               .end = begin + options.warm_up + options.duration};
  const double cpu_before = CpuSeconds();
  std::vector<LoadResult> results(options.threads);
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < options.threads; ++i) {
    threads.emplace_back([&, i] { results[i] = Caller(load, i, connections).Run(); });
  }
  for (std::thread& thread : threads) thread.join();
  LoadResult result;
  for (const LoadResult& one : results) result.Add(one);
  result.cpu_seconds = CpuSeconds() - cpu_before;
  return result;
}

}  // namespace comptoir::bench
