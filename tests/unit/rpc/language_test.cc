#include "common/rpc/language.h"

#include "gtest/gtest.h"

namespace comptoir::rpc {
namespace {

TEST(PreferredLanguage, IsEnglishIfNoneIsKnown) {
  EXPECT_EQ(PreferredLanguage(""), "en");
  EXPECT_EQ(PreferredLanguage("de"), "en");
  EXPECT_EQ(PreferredLanguage("*"), "en");
  EXPECT_EQ(PreferredLanguage(";;,=,q=,"), "en");
}

TEST(PreferredLanguage, IgnoresRegionAndCase) {
  EXPECT_EQ(PreferredLanguage("fr-CH"), "fr");
  EXPECT_EQ(PreferredLanguage("SV"), "sv");
  EXPECT_EQ(PreferredLanguage(" it-IT "), "it");
}

TEST(PreferredLanguage, TakesTheFirstThatIsKnown) {
  EXPECT_EQ(PreferredLanguage("de-CH, fr-CH, it"), "fr");
}

TEST(PreferredLanguage, TakesTheOneOfGreatestWeight) {
  EXPECT_EQ(PreferredLanguage("en;q=0.5, fr;q=0.7, it;q=0.6"), "fr");
  EXPECT_EQ(PreferredLanguage("en;q=0.5,sv"), "sv");
}

TEST(PreferredLanguage, RespectsWeightZeroAndIgnoresNonsense) {
  EXPECT_EQ(PreferredLanguage("fr;q=0, it;q=0.1"), "it");
  EXPECT_EQ(PreferredLanguage("fr;q=often, it;q=0.1"), "it");
}

}  // namespace
}  // namespace comptoir::rpc
