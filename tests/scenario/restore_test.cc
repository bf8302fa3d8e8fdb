// HQ's database restored from a backup, and a store's database alive twice.

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/chain/story.h"

namespace comptoir::testing {
namespace {

using Admin = hq::v1::AdminService::Stub;
using customer::v1::Customer;

class Restore : public Story {};
COMPTOIR_TELL_STORIES(Restore);

std::map<std::string, std::string> NumbersAt(customer::v1::CustomerService::Stub& stub) {
  std::map<std::string, std::string> numbers;
  for (const Customer& customer : AllCustomers(stub)) {
    numbers[customer.name()] = customer.account_number();
  }
  return numbers;
}

hq::v1::Recovery RecoveryOf(Chain& chain) {
  hq::v1::Recovery recovery;
  EXPECT_THAT(Call(chain.admin(), &Admin::GetRecovery, {}, &recovery), IsOk());
  return recovery;
}

// HQ is killed and its folder replaced by an earlier copy. What it lost comes back from its stores,
// with the same UUIDs and account numbers, although no one store made all of it; the stores go on
// selling, and new numbers are higher than all that were ever given. (P12, P13, P9)
TEST_P(Restore, RestoredHqTakesBackWhatItLost) {
  PROVES("P9", "P12", "P13");
  Chain chain(GetParam(), {"sync", "async"});
  ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Ada", "Before")), IsOk());
  chain.WaitUntilHome();
  chain.hq().Stop();
  chain.hq().Backup();
  chain.hq().Start();
  for (int i = 0; i < 2; ++i) chain.WaitUntilOnline(chain.store(i));
  for (int i = 0; i < 10; ++i) {
    Customer customer = NewPerson("Ada", "Number" + std::to_string(i));
    customer.add_addresses()->set_city("Seattle");
    ASSERT_THAT(Create(*chain.store(i % 2).customers, customer), IsOk());
  }
  chain.WaitUntilHome();
  const auto numbers = NumbersAt(chain.hq_customers());
  ASSERT_EQ(numbers.size(), 11u);
  std::string highest;
  for (const auto& [name, number] : numbers) highest = std::max(highest, number);

  chain.hq().Kill();
  chain.hq().Restore();
  ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Ada", "While away")), IsOk());
  chain.hq().Start();
  WaitFor("HQ to notice",
          [&] { return RecoveryOf(chain).state() >= hq::v1::RECOVERY_STATE_RECOVERING; });
  ASSERT_THAT(Create(*chain.store(0).customers, NewPerson("Ada", "Still selling")), IsOk());
  WaitFor("HQ to recover",
          [&] { return RecoveryOf(chain).state() == hq::v1::RECOVERY_STATE_ENDED; });
  chain.WaitUntilHome();
  const auto now = NumbersAt(chain.hq_customers());
  EXPECT_EQ(now.size(), 13u);
  std::set<std::string> given;
  for (const auto& [name, number] : now) {
    EXPECT_TRUE(given.insert(number).second) << number << " was given twice";
    const auto before = numbers.find(name);
    if (before == numbers.end()) {
      EXPECT_GT(number, highest);
    } else {
      EXPECT_EQ(number, before->second);
    }
  }
  hq::v1::ListRestoreConflictsResponse conflicts;
  ASSERT_THAT(Call(chain.admin(), &Admin::ListRestoreConflicts, {}, &conflicts), IsOk());
  EXPECT_EQ(conflicts.conflicts_size(), 0);
  ExpectAllEqual(chain);
}

// A copy of a store's database is started beside it: the newcomer is fenced, goes on as offline and
// says so. HQ takes what it did when an operator says so, and the original, fenced then, is taken
// back when the copy is gone. (P13, P7)
TEST_P(Restore, CopiedStoreIsFencedAndTaken) {
  PROVES("P7", "P13");
  Chain chain(GetParam(), {"async"});
  Store& store = chain.store(0);
  ASSERT_THAT(Create(*store.customers, NewPerson("Ada", "Both")), IsOk());
  chain.WaitUntilHome();
  store.service->Kill();
  Store& copy = chain.AddCopyOf(store);
  store.service->Start();
  chain.WaitUntilReady(store);
  ASSERT_THAT(Create(*store.customers, NewPerson("Ada", "Original")), IsOk());
  chain.WaitUntilHome();

  copy.service->Start();
  const auto by_copy = Create(*copy.customers, NewPerson("Ada", "Copy"));
  ASSERT_THAT(by_copy, IsOk());
  const auto lineages = [&] {
    hq::v1::ListLineagesResponse response;
    EXPECT_THAT(Call(chain.admin(), &Admin::ListLineages, {}, &response), IsOk());
    return response;
  };
  const auto fenced_with_work = [&]() -> std::string {
    const auto all = lineages();
    for (const auto& lineage : all.lineages()) {
      if (!lineage.in_use() && lineage.waiting_operations() > 0) return lineage.name();
    }
    return "";
  };
  WaitFor(
      "the copy to be fenced", [&] { return !fenced_with_work().empty(); }, absl::Seconds(60));
  WaitFor("its alarm", [&] {
    const auto alarms = StatusOf(copy).alarms();
    return std::find(alarms.begin(), alarms.end(), "LINEAGE_FENCED") != alarms.end();
  });
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 2u);

  const auto take = [&](const std::string& name) {
    hq::v1::TakeLineageRequest request;
    request.set_name(name);
    hq::v1::Lineage lineage;
    return Call(chain.admin(), &Admin::TakeLineage, request, &lineage);
  };
  ASSERT_THAT(take(fenced_with_work()), IsOk());
  WaitFor(
      "HQ to take what the copy did",
      [&] { return AllCustomers(chain.hq_customers()).size() == 3; }, absl::Seconds(60));
  copy.service->Kill();

  // The original goes on.
  WaitFor(
      "the original to be in use again",
      [&] {
        const std::string own =
            absl::StrCat("/lineages/", absl::Hex(StatusOf(store).lineage(), absl::kZeroPad16));
        const auto all = lineages();
        for (const auto& lineage : all.lineages()) {
          if (!absl::EndsWith(lineage.name(), own)) continue;
          if (!lineage.in_use()) take(lineage.name()).IgnoreError();
          return lineage.in_use();
        }
        return false;
      },
      absl::Seconds(60));
  ASSERT_THAT(Create(*store.customers, NewPerson("Ada", "After")), IsOk());
  chain.WaitUntilHome();
  EXPECT_EQ(AllCustomers(chain.hq_customers()).size(), 4u);
  ExpectAllEqual(chain);
}

}  // namespace
}  // namespace comptoir::testing
