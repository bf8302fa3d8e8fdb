#include "common/base/strong_id.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash_testing.h"

namespace comptoir {
namespace {

using Sequence = StrongId<struct SequenceTag, uint64_t>;
using Epoch = StrongId<struct EpochTag, uint64_t>;
using ChannelNumber = StrongId<struct ChannelNumberTag, std::string>;

static_assert(!std::is_convertible_v<uint64_t, Sequence>, "an id must be named");
static_assert(!std::is_convertible_v<Epoch, Sequence>, "two kinds of id must not be swapped");
static_assert(!std::is_constructible_v<Sequence, Epoch>, "two kinds of id must not be swapped");
static_assert(Sequence(1) < Sequence(2));

TEST(StrongIdTest, ComparesAsItsValue) {
  EXPECT_LT(Sequence(9), Sequence(10));
  EXPECT_EQ(ChannelNumber("S-001"), ChannelNumber("S-001"));
  EXPECT_NE(ChannelNumber("S-001"), ChannelNumber("S-002"));
}

TEST(StrongIdTest, StartsEmpty) {
  EXPECT_EQ(Sequence().value(), 0u);
  EXPECT_EQ(ChannelNumber().value(), "");
}

TEST(StrongIdTest, HashesAsItsValue) {
  const absl::flat_hash_set<ChannelNumber> numbers = {ChannelNumber("a"), ChannelNumber("b"),
                                                      ChannelNumber("a")};
  EXPECT_EQ(numbers.size(), 2u);
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({Sequence(0), Sequence(1)}));
}

TEST(StrongIdTest, PrintsItsValue) {
  std::ostringstream out;
  out << Sequence(7) << " " << ChannelNumber("S-001");
  EXPECT_EQ(out.str(), "7 S-001");
}

}  // namespace
}  // namespace comptoir
