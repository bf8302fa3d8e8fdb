// HQ closes a channel: nothing new comes from it, and what it has captured still does. (M5)

#include "tests/unit/hq/configuration_test.h"

namespace comptoir::hq {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

class RetiredChannelTest : public ConfigurationTest {
 protected:
  absl::StatusOr<v1::Configuration> Retire(bool retired = true) {
    return Change(std::string("channel { name: 'channels/houston' retired: ") +
                      (retired ? "true" : "false") + " }",
                  {"retired"});
  }
  absl::StatusOr<v1::Configuration> MakeDallas() {
    return Make(
        "channel { name: 'channels/dallas' operating_unit: 'operatingUnits/001' profile: "
        "'profiles/default' currency: 'USD' language: 'en-US' channel_services: 'dallas-1' }");
  }
  std::vector<std::string> Findings() {
    std::vector<std::string> findings;
    const auto response =
        Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest());
    for (const auto& finding : response->findings()) findings.push_back(finding.reason());
    return findings;
  }
};

TEST_F(RetiredChannelTest, TakesNothingNew) {
  PROVES("M5", "M6");
  ASSERT_THAT(Create(ACustomer()), IsOk());
  const auto retired = Retire();
  ASSERT_THAT(retired, IsOk());
  EXPECT_TRUE(retired->channel().retired());
  EXPECT_THAT(Create(ACustomer()), HasReason("REFERENCE_RETIRED"));
  customer::v1::GetNewCustomerFormRequest form;
  form.set_channel(kChannel);
  EXPECT_THAT(Call(&Hq::GetNewCustomerForm, form), HasReason("REFERENCE_RETIRED"));
  // Opened again.
  ASSERT_THAT(Retire(false), IsOk());
  EXPECT_THAT(Create(ACustomer()), IsOk());
}

// HQ had created the customer before it closed the channel, and its answer was lost.
TEST_F(RetiredChannelTest, ARepeatedCreateIsAnswered) {
  PROVES("M5", "C10");
  const Uuid id = NewId();
  const auto created = Create(ACustomer().WithId(id));
  ASSERT_THAT(created, IsOk());
  ASSERT_THAT(Retire(), IsOk());
  const auto again = Create(ACustomer().WithId(id));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->account_number(), created->account_number());
}

// Its outbox comes home, also with what needs a correction, and its customers are edited as any.
TEST_F(RetiredChannelTest, ItsOutboxComesHome) {
  PROVES("M5", "P7");
  const CustomerId id = NewId();
  const auto operation = CreateOperation(1, ACustomer().WithId(id).At(AnAddress()));
  ASSERT_THAT(Retire(), IsOk());
  UploadOnce(kLineage, {operation});
  const auto customer = Get(id);
  ASSERT_THAT(customer, IsOk());
  EXPECT_EQ(customer->account_number(), "C-00000001");
  customer::v1::UpdateCustomerRequest edit;
  edit.mutable_customer()->set_name(CustomerName(id));
  edit.mutable_customer()->set_notes("Moved to Dallas.");
  edit.mutable_update_mask()->add_paths("notes");
  EXPECT_THAT(Update(edit), IsOk());
  EXPECT_THAT(AddAddress(id, AnAddress()), IsOk());
}

// Of two channels one is closed: the other is the only one there is.
TEST_F(RetiredChannelTest, IsNoChoiceAnyMore) {
  PROVES("M5", "K2");
  ASSERT_THAT(MakeDallas(), IsOk());
  EXPECT_THAT(Create(ACustomer(), ""), HasViolation("channel", "REQUIRED"));
  ASSERT_THAT(Retire(), IsOk());
  const auto created = Create(ACustomer(), "");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->channel(), "dallas");
}

// It lacks nothing, and no channel service is missed for it.
TEST_F(RetiredChannelTest, TheCheckPassesItOver) {
  PROVES("M5", "M4");
  ASSERT_THAT(MakeDallas(), IsOk());
  ASSERT_THAT(Change("channel { name: 'channels/houston' }", {"channel_services"}), IsOk());
  EXPECT_THAT(Findings(), Contains("CHANNEL_WITHOUT_SERVICE"));
  ASSERT_THAT(Retire(), IsOk());
  EXPECT_THAT(Findings(), Not(Contains("CHANNEL_WITHOUT_SERVICE")));
  EXPECT_THAT(Findings(), Not(Contains("NO_CHANNEL")));
  ASSERT_THAT(Change("channel { name: 'channels/dallas' retired: true }", {"retired"}), IsOk());
  EXPECT_THAT(Findings(), Contains("NO_CHANNEL"));
  EXPECT_THAT(ServiceInfo("dallas-1"), Not(IsOk()));
}

// Export and import carry it; what it refers to may be retired with it.
TEST_F(RetiredChannelTest, ExportAndApply) {
  PROVES("M5", "M8");
  ASSERT_THAT(Retire(), IsOk());
  v1::Chain exported = Export();
  EXPECT_THAT(Apply(exported)->changes(), IsEmpty());
  ASSERT_THAT(Change("profile { name: 'profiles/default' retired: true }", {"retired"}), IsOk());
  EXPECT_THAT(Findings(), Not(Contains("RETIRED_IN_USE")));
  ASSERT_THAT(Retire(false), IsOk());
  EXPECT_THAT(Findings(), Contains("RETIRED_IN_USE"));
  // The file as it was then closes it again.
  for (v1::Configuration& any : *exported.mutable_configurations()) {
    if (any.has_channel()) any.mutable_channel()->clear_etag();
    if (any.has_profile()) any.mutable_profile()->clear_etag();
  }
  const auto changes = Apply(exported, /*dry_run=*/true)->changes();
  ASSERT_EQ(changes.size(), 2);
}

}  // namespace
}  // namespace comptoir::hq
