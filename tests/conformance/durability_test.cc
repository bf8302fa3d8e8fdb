// What every Database promises when disks fail and power is lost: a transaction is there as a whole
// or not at all, and everything that was acknowledged is there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "common/base/random.h"
#include "common/base/status.h"
#include "common/storage/database.h"
#include "common/storage/key_codec.h"
#include "tests/conformance/database_harness.h"
#include "tests/support/matchers.h"
#include "tests/support/seed.h"

namespace comptoir {
namespace {

using Content = std::map<std::pair<Table, std::string>, std::string>;

constexpr int kOldRows = 15;

// Transaction `number` of the workload, on a model or on a database. It writes to several tables,
// overwrites, and deletes what the transaction before wrote; it is large enough that a few fill the
// write buffer of the harness.
template <typename Put, typename Delete>
void WorkloadWrites(int number, Put put, Delete remove) {
  const std::string id = KeyWriter().Fixed32(static_cast<uint32_t>(number)).key();
  put(Table::kMeta, "last", std::to_string(number));
  put(Table::kRecords, id, std::string(6'000, static_cast<char>('a' + number % 26)));
  put(Table::kIndex, "name" + id, id + std::string(2'000, static_cast<char>('a' + number % 26)));
  put(Table::kOutbox, id, "");
  if (number > 1) {
    const std::string previous = KeyWriter().Fixed32(static_cast<uint32_t>(number - 1)).key();
    remove(Table::kOutbox, previous);
  }
  // By then it has left memory.
  if (number > kOldRows) {
    const std::string old = KeyWriter().Fixed32(static_cast<uint32_t>(number - kOldRows)).key();
    remove(Table::kIndex, "name" + old);
  }
}

void WriteWorkload(int number, Transaction& transaction) {
  WorkloadWrites(
      number,
      [&](Table table, const std::string& key, const std::string& value) {
        transaction.Put(table, key, value);
      },
      [&](Table table, const std::string& key) { transaction.Delete(table, key); });
}

// The content after transactions 1 to `count`.
Content ExpectedContent(int count) {
  Content content;
  for (int number = 1; number <= count; ++number) {
    WorkloadWrites(
        number,
        [&](Table table, const std::string& key, const std::string& value) {
          content[{table, key}] = value;
        },
        [&](Table table, const std::string& key) {
          content.erase({table, key});
        });
  }
  return content;
}

absl::StatusOr<Content> ContentOf(const Reader& reader) {
  Content content;
  for (const Table table : kAllTables) {
    COMPTOIR_RETURN_IF_ERROR(reader.Scan(table, {.rows_max = 1'000'000},
                                         [&](std::string_view key, std::string_view value) {
                                           content[{table, std::string(key)}] = std::string(value);
                                           return true;
                                         }));
  }
  return content;
}

// Commits transactions `done` + 1 to `last`, stopping at the first that fails; the last
// acknowledged.
int RunWorkload(DatabaseHarness& harness, int done, int last) {
  for (int number = done + 1; number <= last; ++number) {
    const auto transaction = harness.database().NewTransaction();
    WriteWorkload(number, *transaction);
    if (!harness.Commit(*transaction).ok()) break;
    done = number;
  }
  return done;
}

// How many transactions are there, if it is a whole number of them in order; else -1.
int CountTransactions(const Reader& reader) {
  const auto content = ContentOf(reader);
  EXPECT_THAT(content, IsOk());
  if (!content.ok()) return -1;
  const auto last = content->find({Table::kMeta, "last"});
  const int count = last == content->end() ? 0 : std::stoi(last->second);
  return *content == ExpectedContent(count) ? count : -1;
}

// Opens the database, again if the operation that fails hits the opening itself.
void OpenAtLast(DatabaseHarness& harness) {
  if (harness.Open().ok()) return;
  harness.LosePower();
  ASSERT_THAT(harness.Open(), IsOk());
}

class DurabilityTest : public testing::TestWithParam<HarnessParam> {
 protected:
  std::unique_ptr<DatabaseHarness> NewHarness() { return GetParam().make(); }
};

// A process ends and starts again: everything that was acknowledged is there.
TEST_P(DurabilityTest, AcknowledgedSurvivesARestart) {
  const auto harness = NewHarness();
  ASSERT_THAT(harness->Open(), IsOk());
  for (int done = 0; done < 60; done += 20) {
    ASSERT_EQ(RunWorkload(*harness, done, done + 20), done + 20);
    harness->Close();
    ASSERT_THAT(harness->Open(), IsOk());
    ASSERT_EQ(CountTransactions(harness->database().latest()), done + 20);
  }
}

// Power is lost right after an acknowledgement, again and again: everything acknowledged is there.
// (invariants 1 and 10)
TEST_P(DurabilityTest, AcknowledgedSurvivesALossOfPower) {
  const auto harness = NewHarness();
  ASSERT_THAT(harness->Open(), IsOk());
  for (int done = 0; done < 60; done += 6) {
    ASSERT_EQ(RunWorkload(*harness, done, done + 6), done + 6);
    harness->LosePower();
    ASSERT_THAT(harness->Open(), IsOk());
    ASSERT_EQ(CountTransactions(harness->database().latest()), done + 6);
  }
}

// The same with a bug planted: commits acknowledged without a sync. The check above must notice,
// else it proves nothing.
TEST_P(DurabilityTest, ALossOfPowerShowsAForgottenSync) {
  const auto harness = NewHarness();
  ASSERT_THAT(harness->Open(), IsOk());
  ASSERT_EQ(RunWorkload(*harness, 0, 3), 3);
  harness->set_sync_forgotten(true);
  ASSERT_EQ(RunWorkload(*harness, 3, 6), 6);
  harness->LosePower();
  ASSERT_THAT(harness->Open(), IsOk());
  EXPECT_EQ(CountTransactions(harness->database().latest()), 3);
}

// A restart alone, as kill -9 is one, doesn't notice it: that is why power is lost in these tests.
TEST_P(DurabilityTest, ARestartHidesAForgottenSync) {
  const auto harness = NewHarness();
  ASSERT_THAT(harness->Open(), IsOk());
  harness->set_sync_forgotten(true);
  ASSERT_EQ(RunWorkload(*harness, 0, 3), 3);
  harness->Close();
  ASSERT_THAT(harness->Open(), IsOk());
  EXPECT_EQ(CountTransactions(harness->database().latest()), 3);
}

// A power cut seldom comes alone: it is lost at random operations of one database's life, also
// while it recovers from the last time.
TEST_P(DurabilityTest, PowerMayBeLostWhileRecovering) {
  TestRandom random;
  const auto harness = NewHarness();
  int acknowledged = 0;
  for (int cut = 0; cut < 60; ++cut) {
    harness->LosePowerAt(1 + random.Below(300));
    if (harness->Open().ok()) {
      acknowledged = RunWorkload(*harness, acknowledged, acknowledged + 20);
    }
    harness->LosePower();
    ASSERT_THAT(harness->Open(), IsOk());
    const int found = CountTransactions(harness->database().latest());
    ASSERT_GE(found, acknowledged);
    ASSERT_LE(found, acknowledged + 1);
    acknowledged = found;
    harness->Close();
  }
  EXPECT_GT(acknowledged, 60);
}

// The disk is full: the commit fails, says why, and nothing of it is there; with space again and
// after a restart work goes on.
TEST_P(DurabilityTest, AFullDiskLosesNothing) {
  const auto harness = NewHarness();
  ASSERT_THAT(harness->Open(), IsOk());
  EXPECT_GT(harness->database().FreeBytes(), 1u << 20);
  ASSERT_EQ(RunWorkload(*harness, 0, 3), 3);

  harness->set_free_bytes(0);
  EXPECT_EQ(harness->database().FreeBytes(), 0u);
  {
    const auto transaction = harness->database().NewTransaction();
    WriteWorkload(4, *transaction);
    EXPECT_THAT(harness->Commit(*transaction), HasReason(Reason::kDiskFull));
  }
  EXPECT_EQ(CountTransactions(harness->database().latest()), 3);

  harness->LosePower();
  harness->set_free_bytes(uint64_t{1} << 40);
  ASSERT_THAT(harness->Open(), IsOk());
  EXPECT_EQ(CountTransactions(harness->database().latest()), 3);
  EXPECT_EQ(RunWorkload(*harness, 3, 6), 6);
}

constexpr int kWorkload = 16;

// Opening a database takes a while, hundreds of times even more: each test takes its share of the
// operations.
constexpr uint64_t kSlices = 8;

class EveryOperationTest : public testing::TestWithParam<std::tuple<HarnessParam, uint64_t>> {
 protected:
  std::unique_ptr<DatabaseHarness> NewHarness() { return std::get<0>(GetParam()).make(); }
  uint64_t first() const { return std::get<1>(GetParam()); }
};

// The n-th operation fails, for every n: opening, writing, syncing, in the background too. After a
// restart each transaction is there as a whole or not at all, and all that were acknowledged are.
// (invariants 1 and 10)
TEST_P(EveryOperationTest, AnyOperationMayFail) {
  for (uint64_t n = first();; n += kSlices) {
    SCOPED_TRACE(n);
    const auto harness = NewHarness();
    harness->FailOperation(n);
    OpenAtLast(*harness);
    if (HasFatalFailure()) return;
    const int acknowledged = RunWorkload(*harness, 0, kWorkload);
    const bool was_reached = harness->operations() >= n;
    harness->LosePower();
    ASSERT_THAT(harness->Open(), IsOk());
    const int found = CountTransactions(harness->database().latest());
    ASSERT_GE(found, acknowledged);
    ASSERT_LE(found, std::min(acknowledged + 1, kWorkload));
    // And it goes on.
    ASSERT_EQ(RunWorkload(*harness, found, kWorkload + 1), kWorkload + 1);
    ASSERT_EQ(CountTransactions(harness->database().latest()), kWorkload + 1);
    if (!was_reached) break;
  }
}

// Power is lost at the n-th operation, for every n; the same holds.
TEST_P(EveryOperationTest, PowerMayBeLostAtAnyOperation) {
  for (uint64_t n = first();; n += kSlices) {
    SCOPED_TRACE(n);
    const auto harness = NewHarness();
    harness->LosePowerAt(n);
    int acknowledged = 0;
    if (harness->Open().ok()) acknowledged = RunWorkload(*harness, 0, kWorkload);
    const bool was_reached = harness->operations() >= n;
    harness->LosePower();
    ASSERT_THAT(harness->Open(), IsOk());
    const int found = CountTransactions(harness->database().latest());
    ASSERT_GE(found, acknowledged);
    ASSERT_LE(found, std::min(acknowledged + 1, kWorkload));
    if (!was_reached) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Databases, EveryOperationTest,
                         testing::Combine(testing::ValuesIn(kAllHarnesses),
                                          testing::Range<uint64_t>(1, kSlices + 1)),
                         [](const auto& info) {
                           return std::get<0>(info.param).name +
                                  std::to_string(std::get<1>(info.param));
                         });
INSTANTIATE_TEST_SUITE_P(Databases, DurabilityTest, testing::ValuesIn(kAllHarnesses),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace comptoir
