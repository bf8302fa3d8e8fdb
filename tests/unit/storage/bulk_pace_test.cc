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
  const BulkPace::Time bulk = kStart + milliseconds(1);
  EXPECT_EQ(pace.ShareAt(bulk), BulkShare::kLittle);
  pace.GroupRan(bulk, bulk + milliseconds(5), kBulk);
  EXPECT_EQ(pace.ShareAt(bulk + milliseconds(5)), BulkShare::kNone);
  EXPECT_EQ(pace.ShareAt(bulk + milliseconds(14)), BulkShare::kNone);
  EXPECT_EQ(pace.bulk_from(), bulk + milliseconds(15));
  EXPECT_EQ(pace.ShareAt(pace.bulk_from()), BulkShare::kLittle);
}

// Interactive groups in the pause neither end nor lengthen it: bulk work gets its turn.
TEST(BulkPaceTest, APauseEnds) {
  PROVES("S4");
  BulkPace pace;
  pace.GroupRan(kStart, kStart + milliseconds(5), {.interactive = 1, .bulk = 1});
  const BulkPace::Time from = pace.bulk_from();
  EXPECT_EQ(from, kStart + milliseconds(15));
  pace.GroupRan(kStart + milliseconds(5), kStart + milliseconds(10), kInteractive);
  EXPECT_EQ(pace.bulk_from(), from);
}

// A disk that stalls for seconds doesn't stop bulk work for twice as long.
TEST(BulkPaceTest, APauseEndsWithTheCourtesy) {
  BulkPace pace;
  const BulkPace::Time end = kStart + std::chrono::seconds(10);
  pace.GroupRan(kStart, end, {.interactive = 1, .bulk = 1});
  EXPECT_EQ(pace.bulk_from(), end + BulkPace::kCourtesy);
}

TEST(BulkPaceTest, CourtesyEnds) {
  BulkPace pace;
  pace.GroupRan(kStart, kStart, kInteractive);
  EXPECT_EQ(pace.ShareAt(kStart + BulkPace::kCourtesy - milliseconds(1)), BulkShare::kLittle);
  EXPECT_EQ(pace.ShareAt(kStart + BulkPace::kCourtesy), BulkShare::kAll);
}

}  // namespace
}  // namespace comptoir
