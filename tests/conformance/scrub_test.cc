// Scrub: what was deleted is in no file any more, and what wasn't is there, whatever fails.

#include "common/storage/scrub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "tests/conformance/database_harness.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

// Compression keeps these as they are: they are the first of their kind in any block.
constexpr char kKey[] = "zweifelhaft/key-of-somebody";
constexpr char kValue[] = "Xanthippe Quodlibet, 17 Wuchtbrumme Street";

class ScrubTest : public ::testing::TestWithParam<HarnessParam> {
 protected:
  void SetUp() override { ASSERT_THAT(harness_->Open(), IsOk()); }
  Database& database() { return harness_->database(); }

  void Write(bool deleted) {
    const auto transaction = database().NewTransaction();
    for (const Table table : {Table::kRecords, Table::kIndex, Table::kMeta}) {
      if (deleted) {
        transaction->Delete(table, kKey);
      } else {
        transaction->Put(table, kKey, kValue);
      }
    }
    transaction->Put(Table::kMeta, "kept", "Kept of all this");
    ASSERT_THAT(harness_->Commit(*transaction), IsOk());
  }
  // The engine removes files a moment later, on a thread of its own.
  absl::Status ScrubAtLast() {
    absl::Status status;
    for (int i = 0; i < 100; ++i) {
      status = Scrub(database());
      if (ReasonOf(status) != Reason::kOverloaded) break;
    }
    return status;
  }
  bool KeepsAnything() { return harness_->Keeps(kKey) || harness_->Keeps(kValue); }

  const std::unique_ptr<DatabaseHarness> harness_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(Databases, ScrubTest, ::testing::ValuesIn(kAllHarnesses),
                         [](const auto& info) { return info.param.name; });

// Keys and values, in the log, in sorted files and in their description: the boundaries of files
// are keys.
TEST_P(ScrubTest, LeavesNothingOfWhatWasDeleted) {
  Write(/*deleted=*/false);
  ASSERT_THAT(ScrubAtLast(), IsOk());
  EXPECT_TRUE(KeepsAnything()) << "this test could not fail";
  Write(/*deleted=*/true);
  ASSERT_THAT(ScrubAtLast(), IsOk());
  EXPECT_FALSE(KeepsAnything());
  harness_->Close();
  ASSERT_THAT(harness_->Open(), IsOk());
  EXPECT_FALSE(KeepsAnything());
  EXPECT_THAT(database().latest().Get(Table::kMeta, "kept"),
              IsOkAndHolds(::testing::Optional(std::string("Kept of all this"))));
}

// A search that has ended keeps nothing, though what it read with is kept for the next one.
TEST_P(ScrubTest, LeavesNothingToThoseWhoHaveRead) {
  Write(/*deleted=*/false);
  ASSERT_THAT(ScrubAtLast(), IsOk());
  Write(/*deleted=*/true);
  for (const Table table : {Table::kRecords, Table::kIndex}) {
    EXPECT_THAT(database().NewReader()->Scan(table, {.end = "zz"},
                                             [](std::string_view, std::string_view) {
                                               ADD_FAILURE() << "a row that was deleted";
                                               return true;
                                             }),
                IsOk());
  }
  ASSERT_THAT(ScrubAtLast(), IsOk());
  EXPECT_FALSE(KeepsAnything());
}

// What was overwritten or deleted at once never left the log.
TEST_P(ScrubTest, ForgetsWhatNeverLeftTheLog) {
  Write(/*deleted=*/false);
  Write(/*deleted=*/true);
  ASSERT_THAT(ScrubAtLast(), IsOk());
  EXPECT_FALSE(KeepsAnything());
}

// Somebody still reads an earlier state: it says so, and works once the reader is gone.
TEST_P(ScrubTest, SaysThatAReaderIsInTheWay) {
  if (GetParam().name == "Memory") GTEST_SKIP() << "there what it sees goes with the reader";
  Write(/*deleted=*/false);
  auto reader = database().NewReader();
  Write(/*deleted=*/true);
  EXPECT_THAT(Scrub(database()), HasReason("OVERLOADED"));
  EXPECT_THAT(reader->Get(Table::kIndex, kKey),
              IsOkAndHolds(::testing::Optional(std::string(kValue))));
  reader.reset();
  EXPECT_THAT(ScrubAtLast(), IsOk());
  EXPECT_FALSE(KeepsAnything());
}

// The power goes at any operation of it: what was committed is there, and it works when repeated.
TEST_P(ScrubTest, SurvivesALossOfPowerAnywhere) {
  Write(/*deleted=*/false);
  Write(/*deleted=*/true);
  const uint64_t before = harness_->operations();
  ASSERT_THAT(ScrubAtLast(), IsOk());
  const uint64_t operations = harness_->operations() - before;
  const uint64_t step = std::max<uint64_t>(1, operations / 40);
  for (uint64_t n = 1; n <= operations; n += step) {
    Write(/*deleted=*/false);
    Write(/*deleted=*/true);
    harness_->LosePowerAt(n);
    // It may even be done: the last operations only tidy up.
    (void)Scrub(database());
    harness_->LosePower();
    ASSERT_THAT(harness_->Open(), IsOk());
    ASSERT_THAT(database().latest().Get(Table::kMeta, "kept"),
                IsOkAndHolds(::testing::Optional(std::string("Kept of all this"))));
    ASSERT_THAT(database().latest().Get(Table::kIndex, kKey),
                IsOkAndHolds(::testing::Eq(std::nullopt)));
    ASSERT_THAT(ScrubAtLast(), IsOk());
    ASSERT_FALSE(KeepsAnything()) << "after a loss of power at operation " << n;
  }
}

}  // namespace
}  // namespace comptoir
