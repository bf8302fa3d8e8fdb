// The sample file is what a chain would have: it can be applied, is complete, and comes back from
// an export.

#include <algorithm>

#include "tests/support/files.h"
#include "tests/unit/hq/configuration_test.h"

namespace comptoir::hq {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SampleChainTest : public ConfigurationTest {
 protected:
  void SetUp() override {}
};

TEST_F(SampleChainTest, AppliesAndNothingIsMissing) {
  PROVES("M8", "M4", "M5");
  const auto chain =
      FromText<v1::Chain>(ReadFile(std::string(COMPTOIR_SOURCE_DIR) + "/examples/chain.textproto"));
  const auto applied = Apply(chain);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->changes_size(), chain.configurations_size());
  EXPECT_THAT(Apply(chain)->changes(), IsEmpty());
  EXPECT_THAT(
      Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest())->findings(),
      IsEmpty());
  EXPECT_THAT(List("channels")->configurations(), SizeIs(5));

  // An empty HQ becomes the same by the export of this one.
  v1::Chain exported = Export();
  const auto created = Create(ACustomer(), "004");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->customer_group(), "retail");
  EXPECT_EQ(created->currency(), "EUR");
  EXPECT_EQ(created->language(), "it");
  EXPECT_EQ(created->receipt_option(), customer::v1::RECEIPT_OPTION_STANDARD);
  EXPECT_EQ(created->financial_dimensions().at("CostCenter"), "082");
  // Besides, what is there from the start and the chain leaves alone: features and batch jobs.
  const auto features =
      std::count_if(chain.configurations().begin(), chain.configurations().end(),
                    [](const v1::Configuration& each) { return each.has_feature(); });
  EXPECT_EQ(exported.configurations_size(), chain.configurations_size() + (5 - features) + 6);
}

}  // namespace
}  // namespace comptoir::hq
