#include "common/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace comptoir {
namespace {

TEST(SeededRandomTest, OneSeedAlwaysGivesTheSame) {
  SeededRandom first(42);
  SeededRandom second(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.Next(), second.Next());
}

// A simulation's seed means the same on every machine and in every version.
TEST(SeededRandomTest, KnowsItsNumbersForEver) {
  SeededRandom random(0);
  EXPECT_EQ(random.Next(), 0x99ec5f36cb75f2b4u);
  EXPECT_EQ(random.Next(), 0xbf6e1f784956452au);
}

TEST(SeededRandomTest, NeighbouringSeedsHaveNothingInCommon) {
  std::set<uint64_t> values;
  for (uint64_t seed = 0; seed < 1000; ++seed) values.insert(SeededRandom(seed).Next() >> 32);
  EXPECT_GT(values.size(), 990u);
}

TEST(RandomTest, BelowReachesEveryNumberAboutEquallyOften) {
  SeededRandom random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.Below(counts.size()));
  for (const int count : counts) {
    EXPECT_GT(count, 9'500);
    EXPECT_LT(count, 10'500);
  }
}

// Draws the highest value first, which lies in the incomplete last range.
TEST(RandomTest, BelowDrawsAgainWhereItWouldBeBiased) {
  class Scripted : public Random {
   public:
    uint64_t Next() override { return ++calls_ == 1 ? ~uint64_t{0} : 5; }
    int calls_ = 0;
  } random;
  EXPECT_EQ(random.Below(3), 2u);
  EXPECT_EQ(random.calls_, 2);
}

TEST(RandomTest, BelowOneIsZero) {
  SeededRandom random(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.Below(1), 0u);
}

TEST(RandomDeathTest, BelowNothingIsABug) {
  SeededRandom random(1);
  EXPECT_DEATH(random.Below(0), "n > 0");
}

TEST(RandomTest, FractionIsAtLeastZeroAndLessThanOne) {
  class Constant : public Random {
   public:
    explicit Constant(uint64_t value) : value_(value) {}
    uint64_t Next() override { return value_; }

   private:
    uint64_t value_;
  };
  EXPECT_EQ(Constant(0).Fraction(), 0);
  EXPECT_LT(Constant(~uint64_t{0}).Fraction(), 1);
  EXPECT_GT(Constant(~uint64_t{0}).Fraction(), 0.999);
}

TEST(RandomTest, OneInHappensThatOften) {
  SeededRandom random(1);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += random.OneIn(10) ? 1 : 0;
  EXPECT_GT(hits, 9'700);
  EXPECT_LT(hits, 10'300);
}

TEST(SystemRandomTest, DoesNotRepeat) {
  SystemRandom random;
  std::set<uint64_t> values;
  for (int i = 0; i < 1000; ++i) values.insert(random.Next());
  EXPECT_EQ(values.size(), 1000u);
}

TEST(NewUuidTest, IsVersionFourAndDependsOnTheRandom) {
  SeededRandom random(1);
  SeededRandom same(1);
  std::set<Uuid> uuids;
  for (int i = 0; i < 1000; ++i) {
    const Uuid uuid = NewUuid(random);
    const std::string text = uuid.ToString();
    EXPECT_EQ(text[14], '4') << text;
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
    EXPECT_EQ(uuid, NewUuid(same));
    uuids.insert(uuid);
  }
  EXPECT_EQ(uuids.size(), 1000u);
}

}  // namespace
}  // namespace comptoir
