#include "common/base/check.h"

#include <gtest/gtest.h>

namespace comptoir {
namespace {

TEST(CheckTest, TrueDoesNothingAndBuildsNoText) {
  int texts = 0;
  const auto text = [&] { return ++texts; };
  COMPTOIR_CHECK(1 + 1 == 2) << text();
  EXPECT_EQ(texts, 0);
}

TEST(CheckTest, StandsWhereAStatementMay) {
  if (true)
    COMPTOIR_CHECK(true);
  else
    FAIL() << "the else went to the wrong if";
}

TEST(CheckDeathTest, FalseEndsTheProcessWithPlaceAndText) {
  EXPECT_DEATH(COMPTOIR_CHECK(1 > 2) << "cursor " << 7,
               "check_test.cc:[0-9]+: Check failed: 1 > 2 cursor 7");
}

TEST(CheckDeathTest, OkIsCheckedForBothKinds) {
  COMPTOIR_CHECK_OK(absl::OkStatus());
  COMPTOIR_CHECK_OK(absl::StatusOr<int>(1));
  EXPECT_DEATH(COMPTOIR_CHECK_OK(absl::DataLossError("torn page")), "DATA_LOSS: torn page");
  EXPECT_DEATH(COMPTOIR_CHECK_OK(absl::StatusOr<int>(absl::AbortedError("no"))), "ABORTED: no");
}

}  // namespace
}  // namespace comptoir
