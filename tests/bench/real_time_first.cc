// How long a synchronous create takes while a backlog comes home, and while nothing does. (S4)
//
//     build/dev/bench/real_time_first [--waiting=N] [--rounds=N] [FILE]
//
// Real processes on this machine: HQ, two stores that create without asking it, one that asks. In
// each round the third store creates customers at a fixed rate, first alone, then from the moment
// at which HQ comes back to the operations that the first two have made meanwhile until the last of
// these is home. A create's time runs from when it was due, so that what waits behind a slow one
// counts. With FILE (docs/benchmarks.md), its table is brought up to date.

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "common/base/mutex.h"
#include "tests/bench/docs_table.h"
#include "tests/support/chain/chain.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using Clock = std::chrono::steady_clock;

constexpr auto kInterval = std::chrono::milliseconds(25);
constexpr int kAloneCreates = 1000;
constexpr int kAskingThreads = 16;
constexpr int kCapturingThreads = 16;
constexpr int kAsync = 2;  // stores

struct Round {
  std::vector<double> alone;  // milliseconds
  std::vector<double> busy;
  double seconds = 0;      // until the backlog was home
  uint64_t fell_back = 0;  // creates that HQ didn't answer in time: the store went on without it
};

double Quantile(std::vector<double> values, double q) {
  COMPTOIR_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

Customer Somebody(const std::string& label, int i) {
  Customer customer = NewPerson(label, "Bench" + std::to_string(i));
  customer.mutable_phone()->set_number("+1 206 555 0" + std::to_string(100 + i % 900));
  customer.add_addresses()->set_city("Seattle");
  return customer;
}

class RealTimeFirst {
 public:
  explicit RealTimeFirst(int waiting) : waiting_(waiting) {}

  Round Run() {
    Round round;
    round.alone = CreateWhile(round, [](int done) { return done < kAloneCreates; });
    chain_.hq().Stop();
    Capture();
    const auto begin = Clock::now();
    chain_.hq().Start();
    chain_.WaitUntilOnline(asking());
    std::atomic<bool> home = false;
    std::thread watcher([&] {
      while (Waiting() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      home = true;
    });
    round.busy = CreateWhile(round, [&](int) { return !home; });
    watcher.join();
    round.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    chain_.WaitUntilHome();
    return round;
  }

 private:
  Store& asking() { return chain_.store(kAsync); }

  // At a fixed rate, as long as a thread is free when one is due.
  template <typename GoOn>
  std::vector<double> CreateWhile(Round& round, const GoOn& go_on) {
    Mutex mutex;
    std::vector<double> times;
    std::atomic<int> next = 0;
    const auto begin = Clock::now();
    std::vector<std::thread> threads;
    for (int t = 0; t < kAskingThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = next++; go_on(i); i = next++) {
          const auto due = begin + i * kInterval;
          std::this_thread::sleep_until(due);
          const auto created = Create(*asking().customers, Somebody("Ask", ++asked_));
          const std::chrono::duration<double, std::milli> time = Clock::now() - due;
          COMPTOIR_CHECK(created.ok()) << created.status();
          MutexLock lock(mutex);
          times.push_back(time.count());
          if (created->account_number().empty()) ++round.fell_back;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return times;
  }

  // The backlog, in equal parts.
  void Capture() {
    std::vector<std::thread> threads;
    for (int t = 0; t < kCapturingThreads; ++t) {
      threads.emplace_back([this, t] {
        Store& store = chain_.store(t % kAsync);
        for (int i = 0; i < waiting_ / kCapturingThreads; ++i) {
          const auto created =
              Create(*store.customers, Somebody("Wait" + std::to_string(t), captured_ + i));
          COMPTOIR_CHECK(created.ok()) << created.status();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    captured_ += waiting_;
  }

  // Operations that aren't settled in their store.
  uint64_t Waiting() {
    uint64_t waiting = 0;
    for (int i = 0; i < kAsync; ++i) waiting += StatusOf(chain_.store(i)).outbox_depth();
    return waiting;
  }

  // Constant after construction.
  const int waiting_;

  Chain chain_{Chain::Harness::kProcesses, {"async", "async", "sync"}};
  int captured_ = 0;
  std::atomic<int> asked_ = 0;
};

std::string Row(const char* what, const std::vector<Round>& rounds,
                std::vector<double> Round::*times) {
  std::string row = std::string("| ") + what;
  for (const double q : {0.5, 0.99}) {
    std::vector<double> of_rounds;
    for (const Round& round : rounds) of_rounds.push_back(Quantile(round.*times, q));
    char cell[64];
    std::snprintf(cell, sizeof(cell), " | %.1f", Quantile(of_rounds, 0.5));
    row += cell;
  }
  return row + " |\n";
}

std::string Table(int waiting, const std::vector<Round>& rounds) {
  std::vector<double> ratios;
  std::vector<double> seconds;
  uint64_t fell_back = 0;
  for (const Round& round : rounds) {
    fell_back += round.fell_back;
    ratios.push_back(Quantile(round.busy, 0.99) / Quantile(round.alone, 0.99));
    seconds.push_back(round.seconds);
  }
  char last[256];
  std::snprintf(last, sizeof(last),
                "\nRatio of the p99: median %.2f, lowest %.2f, highest %.2f of %zu rounds. The "
                "backlog of %d was home after %.0f s; %d creates weren't answered in time.\n",
                Quantile(ratios, 0.5), Quantile(ratios, 0), Quantile(ratios, 1), rounds.size(),
                waiting, Quantile(seconds, 0.5), static_cast<int>(fell_back));
  return "| synchronous creates | p50, ms | p99, ms |\n|---|--:|--:|\n" +
         Row("alone", rounds, &Round::alone) +
         Row("while the backlog comes home", rounds, &Round::busy) + last;
}

int Usage() {
  std::cerr << "Usage: real_time_first [--waiting=N] [--rounds=N] [FILE]\n";
  return 2;
}

int Main(int argc, char** argv) {
  int waiting = 100'000;
  int rounds_wanted = 3;
  std::string path;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto number = [&](std::string_view flag, int& value) {
      if (!argument.starts_with(flag)) return false;
      const char* const end = argument.data() + argument.size();
      const auto parsed = std::from_chars(argument.data() + flag.size(), end, value);
      return parsed.ec == std::errc() && parsed.ptr == end && value > 0;
    };
    if (number("--waiting=", waiting) || number("--rounds=", rounds_wanted)) continue;
    if (argument.starts_with("-")) return Usage();
    path = argument;
  }
  RealTimeFirst bench(waiting);
  std::vector<Round> rounds;
  for (int i = 0; i < rounds_wanted; ++i) {
    rounds.push_back(bench.Run());
    std::fprintf(stderr, "round %d: p99 alone %.1f ms, while the backlog comes home %.1f ms\n",
                 i + 1, Quantile(rounds.back().alone, 0.99), Quantile(rounds.back().busy, 0.99));
  }
  return ShowTable("real_time_first", Table(waiting, rounds), path) ? 0 : 1;
}

}  // namespace
}  // namespace comptoir::testing

int main(int argc, char** argv) { return comptoir::testing::Main(argc, argv); }
