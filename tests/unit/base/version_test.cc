#include "common/base/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace comptoir {
namespace {

TEST(VersionTest, IsThreeNumbers) {
  EXPECT_THAT(std::string(Version()), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(VersionTest, TheTextStartsWithTheVersion) {
  EXPECT_THAT(VersionText(), ::testing::StartsWith(std::string(Version())));
}

}  // namespace
}  // namespace comptoir
