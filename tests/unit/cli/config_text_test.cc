#include "cli/config_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/errors.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The collection says the kind, for every kind there is.
TEST(ConfigTextTest, EveryCollectionHasItsKind) {
  EXPECT_THAT(Collections(), SizeIs(16));
  EXPECT_THAT(Collections(), Contains("customerGroups"));
  EXPECT_THAT(Collections(), Contains("fieldRules"));
  for (const std::string& collection : Collections()) {
    const auto configuration = NewConfiguration(collection + "/x");
    ASSERT_THAT(configuration, IsOk());
    EXPECT_EQ(NameOf(*configuration), collection + "/x");
  }
  EXPECT_TRUE(IsUsageError(NewConfiguration("planets/mars").status()));
}

// Fields that are set to their default count as set: false is a value.
TEST(ConfigTextTest, KnowsWhichFieldsAreNamed) {
  auto feature = *NewConfiguration("features/F3");
  feature.mutable_feature()->set_enabled(true);
  const auto names = SetFields(feature, "enabled: false");
  ASSERT_THAT(names, IsOk());
  EXPECT_THAT(*names, ElementsAre("enabled"));
  EXPECT_FALSE(feature.feature().enabled());
  EXPECT_EQ(feature.feature().name(), "features/F3");

  auto channel = *NewConfiguration("channels/001");
  channel.mutable_channel()->add_address_books("addressBooks/old");
  EXPECT_THAT(*SetFields(channel, "address_books: 'addressBooks/a' address_books: 'b'"),
              ElementsAre("address_books"));
  EXPECT_THAT(channel.channel().address_books(), ElementsAre("addressBooks/a", "b"));
}

TEST(ConfigTextTest, MistakesHaveAPlace) {
  auto group = *NewConfiguration("customerGroups/a");
  const auto wrong = SetFields(group, "shoe_size: 44");
  EXPECT_TRUE(IsUsageError(wrong.status()));
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("shoe_size"));
  const auto chain = ParseChain("configurations {\n  channel { nonsense: 1 }\n}");
  EXPECT_TRUE(IsUsageError(chain.status()));
  EXPECT_THAT(std::string(chain.status().message()), HasSubstr("2:"));
}

// What is exported can be read again, as often as one likes: it holds no versions.
TEST(ConfigTextTest, AnExportHasNoEtags) {
  PROVES("M8");
  hq::v1::Chain chain;
  auto& group = *chain.add_configurations()->mutable_customer_group();
  group.set_name("customerGroups/été");
  group.set_etag("h7");
  const std::string text = ChainText(chain);
  EXPECT_THAT(text, HasSubstr("customerGroups/été"));
  EXPECT_THAT(text, Not(HasSubstr("etag")));
  group.clear_etag();
  EXPECT_EQ(ParseChain(text)->SerializeAsString(), chain.SerializeAsString());
}

}  // namespace
}  // namespace comptoir::cli
