#include "common/customer/search/near_values.h"

#include <algorithm>
#include <set>

#include "common/storage/key_codec.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class NearValuesTest : public CustomerTest {
 protected:
  void Index(const std::vector<std::string>& values, IndexTag tag = IndexTag::kWord) {
    Write([&](Transaction& transaction) {
      for (const std::string& value : values) {
        transaction.Put(Table::kIndex,
                        KeyWriter().Byte(static_cast<uint8_t>(tag)).String(value).Id(NewId()).key(),
                        "");
      }
    });
  }

  std::vector<std::string> Near(const std::string& value, NearTo to = NearTo::kWholeValues,
                                const NearLimits& limits = {}) {
    const auto near = NearValues(reader(), IndexTag::kWord, value, to, limits);
    EXPECT_THAT(near, IsOk());
    return near.value_or(std::vector<std::string>());
  }
};

// Whether one letter wrong, left out, one too many, or two neighbours swapped makes `b` of `a`: the
// definition, to hold the search against.
bool OneErrorApart(std::string a, std::string b) {
  if (a.size() > b.size()) std::swap(a, b);
  size_t same = 0;
  while (same < a.size() && a[same] == b[same]) ++same;
  const std::string rest_a = a.substr(same);
  const std::string rest_b = b.substr(same);
  if (a.size() + 1 == b.size()) return rest_a == rest_b.substr(1);
  if (a.size() != b.size() || rest_a.empty()) return false;
  if (rest_a.substr(1) == rest_b.substr(1)) return true;
  return rest_a.size() >= 2 && rest_a[0] == rest_b[1] && rest_a[1] == rest_b[0] &&
         rest_a.substr(2) == rest_b.substr(2);
}

TEST_F(NearValuesTest, FindsEachKindOfError) {
  PROVES("V2");
  Index({"hernandez", "herminia", "hernando"});
  for (const char* typed :
       {"hernandes", "harnandez", "xernandez", "hernadez", "ernandez", "hernanndez", "hhernandez",
        "hernandezz", "henrandez", "hernandze", "ehrnandez"}) {
    EXPECT_THAT(Near(typed), ElementsAre("hernandez")) << typed;
  }
  EXPECT_THAT(Near("hernande"), ElementsAre("hernandez", "hernando"));
  EXPECT_THAT(Near("hernandez"), IsEmpty());
  EXPECT_THAT(Near("hernxndxz"), IsEmpty());
}

// A letter is a character, however many bytes it has.
TEST_F(NearValuesTest, KnowsLettersOfManyBytes) {
  Index({"жуков", "山田花子", "smith"});
  EXPECT_THAT(Near("жукав"), ElementsAre("жуков"));
  EXPECT_THAT(Near("жуов"), ElementsAre("жуков"));
  EXPECT_THAT(Near("山田子"), ElementsAre("山田花子"));
  EXPECT_THAT(Near("山花田子"), ElementsAre("山田花子"));
}

// Beginnings, as of phones whose last digits aren't typed, or whose first ones aren't.
TEST_F(NearValuesTest, FindsBeginnings) {
  Index({"442079460958", "442079460111", "12125550118"});
  EXPECT_THAT(Near("4420794699", NearTo::kBeginnings), ElementsAre("4420794609"));
  EXPECT_THAT(Near("4420794899", NearTo::kBeginnings), IsEmpty());
  EXPECT_THAT(Near("44207846", NearTo::kBeginnings), ElementsAre("44207946"));
  EXPECT_THAT(Near("44207846"), IsEmpty());
}

// Among random words of few letters everything that the definition says is found, and nothing else.
TEST_F(NearValuesTest, AgreesWithTheDefinition) {
  PROVES("V2");
  SeededRandom random(TestSeed());
  const auto word = [&] {
    std::string letters;
    const uint64_t length = 1 + random.Below(6);
    for (uint64_t i = 0; i < length; ++i)
      letters.push_back(static_cast<char>('a' + random.Below(3)));
    return letters;
  };
  std::set<std::string> words;
  for (int i = 0; i < 300; ++i) words.insert(word());
  Index({words.begin(), words.end()});
  for (int i = 0; i < 300; ++i) {
    const std::string typed = word();
    std::vector<std::string> expected;
    std::copy_if(words.begin(), words.end(), std::back_inserter(expected),
                 [&](const std::string& other) { return OneErrorApart(typed, other); });
    EXPECT_EQ(Near(typed, NearTo::kWholeValues, {.values_max = 1000}), expected) << typed;
  }
}

TEST_F(NearValuesTest, LimitsHold) {
  std::vector<std::string> words;
  for (char letter = 'a'; letter <= 'z'; ++letter) words.push_back(std::string("smit") + letter);
  Index(words);
  EXPECT_THAT(Near("smit?"), SizeIs(26));
  EXPECT_THAT(Near("smit?", NearTo::kWholeValues, {.values_max = 5}), SizeIs(5));
  EXPECT_THAT(Near("smit?", NearTo::kWholeValues, {.seeks_max = 3}), IsEmpty());
}

}  // namespace
}  // namespace comptoir
