#include "common/storage/bulk_pace.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/proves.h"

namespace comptoir {
namespace {

using std::chrono::milliseconds;

constexpr BulkPace::Time kStart{std::chrono::hours(1)};
constexpr GroupCounts kBulk{.bulk = 1};
constexpr GroupCounts kInteractive{.interactive = 1};

TEST(BulkPaceTest, AllOfTheThreadWhenNobodyWaits) {
  BulkPace pace;
  EXPECT_EQ(pace.ShareAt(kStart), BulkShare::kAll);
  pace.GroupRan(kStart, kStart + milliseconds(50), kBulk);
  EXPECT_EQ(pace.ShareAt(kStart + milliseconds(50)), BulkShare::kAll);
  EXPECT_LE(pace.bulk_from(), kStart);
}

TEST(BulkPaceTest, AThirdWhileInteractiveCommandsCome) {
  PROVES("S4");
  BulkPace pace;
  pace.GroupRan(kStart, kStart + milliseconds(1), kInteractive);
  const BulkPace::Time rested = kStart + milliseconds(1);
  EXPECT_EQ(pace.ShareAt(rested), BulkShare::kLittle);
  pace.GroupRan(rested, rested + milliseconds(5), kBulk);
  const BulkPace::Time bulk = pace.bulk_from();
  for (int i = 0; i < 3; ++i) {
    const BulkPace::Time begin = pace.bulk_from();
    EXPECT_EQ(begin, bulk + i * milliseconds(15));
    EXPECT_EQ(pace.ShareAt(begin - milliseconds(1)), BulkShare::kNone);
    EXPECT_EQ(pace.ShareAt(begin), BulkShare::kLittle);
    pace.GroupRan(begin, begin + milliseconds(5), kBulk);
  }
}

// On an idle chain a create sets off a few short groups: none of them waits.
TEST(BulkPaceTest, AFewShortGroupsNeedNoPause) {
  PROVES("P3");
  BulkPace pace;
  for (int second = 0; second < 3; ++second) {
    BulkPace::Time now = kStart + second * milliseconds(500);
    pace.GroupRan(now, now + milliseconds(1), kInteractive);
    for (int i = 0; i < 4; ++i) {
      now += milliseconds(1);
      EXPECT_EQ(pace.ShareAt(now), BulkShare::kLittle) << second << ", " << i;
      pace.GroupRan(now, now + milliseconds(1), kBulk);
    }
    EXPECT_EQ(pace.ShareAt(now + milliseconds(1)), BulkShare::kNone) << "all is used up";
  }
}

// Who only goes first isn't waited for.
TEST(BulkPaceTest, PromptCommandsAskForNoPause) {
  PROVES("S4");
  BulkPace pace;
  pace.GroupRan(kStart, kStart + milliseconds(50), {.prompt = 1, .bulk = 10});
  EXPECT_EQ(pace.ShareAt(kStart + milliseconds(50)), BulkShare::kAll);
}

// Interactive groups in the pause neither end nor lengthen it: bulk work gets its turn.
TEST(BulkPaceTest, APauseEnds) {
  PROVES("S4");
  BulkPace pace;
  pace.GroupRan(kStart, kStart + milliseconds(5), {.interactive = 1, .bulk = 1});
  const BulkPace::Time from = pace.bulk_from();
  EXPECT_EQ(from, kStart + milliseconds(15) - BulkPace::kLetOff);
  pace.GroupRan(kStart + milliseconds(5), kStart + milliseconds(10), kInteractive);
  EXPECT_EQ(pace.bulk_from(), from);
}

// A disk that stalls for seconds doesn't stop bulk work for twice as long.
TEST(BulkPaceTest, APauseEndsWithTheCourtesy) {
  BulkPace pace;
  const BulkPace::Time end = kStart + std::chrono::seconds(10);
  pace.GroupRan(kStart, end, {.interactive = 1, .bulk = 1});
  EXPECT_EQ(pace.bulk_from(), end + BulkPace::kCourtesy);
  // Nor later, when others are expected again.
  const BulkPace::Time next = end + std::chrono::seconds(2);
  pace.GroupRan(next, next + milliseconds(1), {.interactive = 1, .bulk = 1});
  EXPECT_LE(pace.bulk_from(), next + milliseconds(1));
}

// All that was done while nobody waited is let off.
TEST(BulkPaceTest, NothingIsOwedForWhatNobodyWaitedFor) {
  BulkPace pace;
  pace.GroupRan(kStart, kStart + std::chrono::seconds(10), kBulk);
  const BulkPace::Time next = kStart + std::chrono::seconds(10);
  pace.GroupRan(next, next + milliseconds(1), {.interactive = 1, .bulk = 1});
  EXPECT_EQ(pace.ShareAt(next + milliseconds(1)), BulkShare::kLittle);
}

TEST(BulkPaceTest, CourtesyEnds) {
  BulkPace pace;
  pace.GroupRan(kStart, kStart, kInteractive);
  EXPECT_EQ(pace.ShareAt(kStart + BulkPace::kCourtesy - milliseconds(1)), BulkShare::kLittle);
  EXPECT_EQ(pace.ShareAt(kStart + BulkPace::kCourtesy), BulkShare::kAll);
}

}  // namespace
}  // namespace comptoir
