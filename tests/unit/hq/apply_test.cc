// HQ becomes as a file says, and what the file leaves out. (M8)

#include <algorithm>
#include <string>

#include "hq-service/domain/configuration/any_configuration.h"
#include "tests/support/files.h"
#include "tests/unit/hq/configuration_test.h"

namespace comptoir::hq {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> NamesOf(const v1::ApplyConfigurationsResponse& response) {
  std::vector<std::string> names;
  for (const auto& change : response.changes()) names.push_back(change.name());
  return names;
}

class ApplyTest : public ConfigurationTest {
 protected:
  // As files have it: without etags.
  v1::Chain ExportedFile() {
    v1::Chain chain = Export();
    for (auto& any : *chain.mutable_configurations()) SetEtag(any, "");
    return chain;
  }
  static v1::Chain Without(const v1::Chain& chain, const std::vector<std::string>& names) {
    v1::Chain rest;
    for (const auto& any : chain.configurations()) {
      if (std::find(names.begin(), names.end(), NameOf(any)) == names.end()) {
        *rest.add_configurations() = any;
      }
    }
    return rest;
  }
};

// What the file doesn't name is retired, in the same commit and audited as any change; a dry run
// shows it and retires nothing. Applied again, nothing differs.
TEST_F(ApplyTest, RetiresWhatIsLeftOut) {
  PROVES("M8", "M7");
  ASSERT_THAT(Make("address_book { name: 'addressBooks/old' display_name: 'Old' }"), IsOk());
  ASSERT_THAT(Make("customer_group { name: 'customerGroups/kept' }"), IsOk());
  const v1::Chain file = Without(ExportedFile(), {"addressBooks/old"});
  const auto dry = Apply(file, /*dry_run=*/true);
  ASSERT_THAT(dry, IsOk());
  ASSERT_THAT(NamesOf(*dry), ElementsAre("addressBooks/old"));
  EXPECT_FALSE(dry->changes(0).created());
  ASSERT_EQ(dry->changes(0).differences_size(), 1);
  EXPECT_EQ(dry->changes(0).differences(0).field(), "retired");
  EXPECT_EQ(dry->changes(0).differences(0).new_value(), "true");
  EXPECT_FALSE(Read("addressBooks/old")->address_book().retired());

  const auto applied = Apply(file);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->SerializeAsString(), dry->SerializeAsString());
  const auto old = Read("addressBooks/old");
  EXPECT_TRUE(old->address_book().retired());
  EXPECT_EQ(old->address_book().display_name(), "Old");
  EXPECT_FALSE(Read("customerGroups/kept")->customer_group().retired());
  EXPECT_EQ(Audit().front().change().name(), "addressBooks/old");
  EXPECT_THAT(Apply(file)->changes(), IsEmpty());
}

// Asked to keep them, HQ leaves all others as they are.
TEST_F(ApplyTest, KeepsOthersWhenAsked) {
  PROVES("M8");
  const v1::Chain before = ExportedFile();
  const auto file =
      FromText<v1::Chain>("configurations { customer_group { name: 'customerGroups/new' } }");
  EXPECT_THAT(NamesOf(*ApplyKeepingOthers(file)), ElementsAre("customerGroups/new"));
  EXPECT_EQ(Without(ExportedFile(), {"customerGroups/new"}).SerializeAsString(),
            before.SerializeAsString());
}

// What can't be retired goes back to how it was from the start; number sequences are blocked, for
// what they gave stays given.
TEST_F(ApplyTest, LeavesOutWhatCannotBeRetired) {
  PROVES("M8", "F0", "P3");
  for (const char* feature : {"F2", "F3", "F4", "F5"}) ASSERT_THAT(Switch(feature, true), IsOk());
  ASSERT_THAT(Change("batch_job { name: 'batchJobs/1010' mode: BATCH_JOB_MODE_MANUAL }", {"mode"}),
              IsOk());
  ASSERT_THAT(Make("attribute_group { name: 'attributeGroups/a' in_use: true }"), IsOk());
  const auto applied = Apply(FromText<v1::Chain>(
      "configurations { feature { name: 'features/F3' enabled: true } }"
      "configurations { attribute_group { name: 'attributeGroups/b' in_use: true } }"));
  ASSERT_THAT(applied, IsOk());
  EXPECT_THAT(
      NamesOf(*applied),
      UnorderedElementsAre("attributeGroups/b", "attributeGroups/a", "features/F2", "features/F4",
                           "features/F5", "batchJobs/1010", "numberSequences/customers",
                           "channels/houston", "profiles/default", "operatingUnits/001"));
  EXPECT_FALSE(Read("features/F5")->feature().enabled());
  EXPECT_TRUE(Read("features/F3")->feature().enabled());
  EXPECT_EQ(Read("batchJobs/1010")->batch_job().mode(), v1::BATCH_JOB_MODE_CONTINUOUS);
  EXPECT_TRUE(Read("numberSequences/customers")->number_sequence().blocked());
  EXPECT_TRUE(Read("channels/houston")->channel().retired());
  EXPECT_FALSE(Read("attributeGroups/a")->attribute_group().in_use());
}

// What stays refers to what would go: nothing is done, and every such reference is named, also
// those that are meant without being named.
TEST_F(ApplyTest, RefusesToLeaveOutWhatIsReferredTo) {
  PROVES("M8", "M6");
  ASSERT_THAT(Make("customer_group { name: 'customerGroups/g' }"), IsOk());
  ASSERT_THAT(
      Make("default_customer { name: 'defaultCustomers/d' customer_group: 'customerGroups/g' }"),
      IsOk());
  const v1::Chain file = ExportedFile();
  const auto refused =
      Apply(Without(file, {"profiles/default", "operatingUnits/001", "customerGroups/g"}));
  EXPECT_THAT(refused, HasReason("REFERENCED"));
  EXPECT_THAT(refused,
              HasMetadata("references",
                          AllOf(HasSubstr("channels/houston.profile: profiles/default"),
                                HasSubstr("channels/houston.operating_unit: operatingUnits/001"),
                                HasSubstr("defaultCustomers/d.customer_group: customerGroups/g"))));
  EXPECT_THAT(Apply(Without(file, {"numberSequences/customers"}), /*dry_run=*/true),
              HasReason("REFERENCED"));
  // Nor can something new refer to it.
  v1::Chain with_new = Without(file, {"customerGroups/g", "defaultCustomers/d"});
  with_new.add_configurations()->mutable_default_customer()->set_name("defaultCustomers/new");
  with_new.mutable_configurations()->rbegin()->mutable_default_customer()->set_customer_group(
      "customerGroups/g");
  EXPECT_THAT(Apply(with_new),
              HasMetadata("references", "defaultCustomers/new.customer_group: customerGroups/g"));
  EXPECT_EQ(ExportedFile().SerializeAsString(), file.SerializeAsString());
  // With what refers to it, it goes.
  EXPECT_THAT(NamesOf(*Apply(Without(file, {"customerGroups/g", "defaultCustomers/d"}))),
              ElementsAre("customerGroups/g", "defaultCustomers/d"));
}

// An error has room for so many.
TEST_F(ApplyTest, NamesThirtyReferencesAndHowManyThereAre) {
  PROVES("M8");
  v1::Chain chain;
  for (int i = 0; i < 40; ++i) {
    chain.add_configurations()->mutable_customer_group()->set_name("customerGroups/g" +
                                                                   std::to_string(i));
  }
  EXPECT_THAT(Apply(chain),
              HasMetadata("references", EndsWith("numberSequences/customers, … (40)")));
}

// An empty HQ becomes the same by an export, whatever had been retired, switched and given.
class ExportTest : public ApplyTest {
 protected:
  void SetUp() override { empty_ = database().Copy(); }
  void StartEmpty() {
    database().Restore(empty_);
    Restart();
  }

  MemoryDatabase::Content empty_;
};

TEST_F(ExportTest, MakesAnEmptyHqTheSame) {
  PROVES("M8");
  const auto sample =
      FromText<v1::Chain>(ReadFile(std::string(COMPTOIR_SOURCE_DIR) + "/examples/chain.textproto"));
  ASSERT_THAT(Apply(sample), IsOk());
  ASSERT_THAT(Create(ACustomer(), "004"), IsOk());
  for (const char* feature : {"F2", "F3", "F4", "F5"}) ASSERT_THAT(Switch(feature, true), IsOk());
  ASSERT_THAT(Change("batch_job { name: 'batchJobs/1070' withheld: true }", {"withheld"}), IsOk());
  ASSERT_THAT(Change("channel { name: 'channels/004' retired: true }", {"retired"}), IsOk());
  // Retired while channels refer to it.
  ASSERT_THAT(Change("address_book { name: 'addressBooks/us' retired: true }", {"retired"}),
              IsOk());
  const v1::Chain file = ExportedFile();
  EXPECT_THAT(Apply(file)->changes(), IsEmpty());

  StartEmpty();
  ASSERT_NE(ExportedFile().SerializeAsString(), file.SerializeAsString());
  ASSERT_THAT(Apply(file), IsOk());
  const v1::Chain copy = ExportedFile();
  ASSERT_EQ(copy.configurations_size(), file.configurations_size());
  for (int i = 0; i < file.configurations_size(); ++i) {
    EXPECT_TRUE(SameContent(copy.configurations(i), file.configurations(i)))
        << copy.configurations(i).DebugString() << file.configurations(i).DebugString();
  }
}

}  // namespace
}  // namespace comptoir::hq
