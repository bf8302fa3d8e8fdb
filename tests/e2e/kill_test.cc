// Real processes, killed with SIGKILL under load, again and again.

#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "common/base/random.h"
#include "tests/e2e/load_generator.h"
#include "tests/support/chain/story.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

constexpr int kKills = 50;
constexpr int kInFlightMin = 8;
// A kill that cut nothing off has proved little.
constexpr int kKillsThatCutOffMin = 31;

bool HappensWithin(absl::Duration time, const std::function<bool()>& condition) {
  for (const absl::Time end = absl::Now() + time; absl::Now() < end;) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

// HQ and two stores under load. One of the three is killed at a random moment with at least eight
// creates in flight, started again, and so on. In the end nothing acknowledged is lost or doubled,
// each customer has one account number, and it is the one that was told. (B1, S6, P7, P12, P13)
TEST(Kill, LosesAndDoublesNothing) {
  PROVES("B1", "S6", "P7", "P12", "P13");
  TestRandom random;
  Chain chain(Chain::Harness::kProcesses, {"sync", "async"});
  TempDir folder;
  const std::string files[] = {folder.File("sync.acknowledged"), folder.File("async.acknowledged")};
  int kills_that_cut_off = 0;
  std::string victims;
  {
    LoadGenerator sync(*chain.store(0).customers, "Sync", files[0], 16);
    LoadGenerator async(*chain.store(1).customers, "Async", files[1], 16);
    for (int kill = 0; kill < kKills; ++kill) {
      // A third of the kills each: HQ, the synchronous store, the asynchronous store.
      const int victim = kill % 3;
      ServiceHandle& service = victim == 0 ? chain.hq() : *chain.store(victim - 1).service;
      const uint64_t progress = sync.acknowledged() + async.acknowledged() + 50 + random.Below(200);
      WaitFor("load", [&] {
        const int in_flight = victim == 1   ? sync.in_flight()
                              : victim == 2 ? async.in_flight()
                                            : sync.in_flight() + async.in_flight();
        return sync.acknowledged() + async.acknowledged() >= progress && in_flight >= kInFlightMin;
      });
      // Creates at the synchronous store are in flight at HQ too: cut off there means fallback
      // here, seen as pending answers.
      const uint64_t cut_off_before = sync.cut_off() + async.cut_off();
      const uint64_t fallbacks_before = StatusOf(chain.store(0)).created_by_fallback();
      service.Kill();
      kills_that_cut_off += HappensWithin(absl::Seconds(2), [&] {
        return victim == 0 ? StatusOf(chain.store(0)).created_by_fallback() > fallbacks_before
                           : sync.cut_off() + async.cut_off() > cut_off_before;
      });
      victims += "HSA"[victim];
      service.Start();
      if (victim == 0) chain.WaitUntilOnline(chain.store(0));
    }
    sync.Stop();
    async.Stop();
  }
  EXPECT_GE(kills_that_cut_off, kKillsThatCutOffMin);
  chain.WaitUntilHome();

  std::map<std::string, customer::v1::Customer> at_hq;
  std::set<std::string> account_numbers;
  for (const auto& customer : AllCustomers(chain.hq_customers())) {
    EXPECT_EQ(customer.state(), customer::v1::CUSTOMER_STATE_SYNCED);
    EXPECT_TRUE(account_numbers.insert(customer.account_number()).second) << "given twice";
    at_hq[customer.name()] = customer;
  }
  size_t acknowledged_count = 0;
  for (const std::string& file : files) {
    for (const auto& [name, account_number] : LoadGenerator::ReadAcknowledged(file)) {
      ++acknowledged_count;
      ASSERT_TRUE(at_hq.contains(name)) << "lost: " << name;
      if (!account_number.empty()) {
        EXPECT_EQ(at_hq[name].account_number(), account_number);
      }
    }
  }
  ExpectAllEqual(chain);
  std::cout << kKills << " kills (" << victims << "), " << kills_that_cut_off
            << " cut requests off; " << acknowledged_count << " acknowledged, " << at_hq.size()
            << " at HQ\n";
}

}  // namespace
}  // namespace comptoir::testing
