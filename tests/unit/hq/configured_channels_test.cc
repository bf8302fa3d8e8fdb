// What HQ keeps of channels from one create to the next.

#include "hq-service/domain/channels.h"
#include "tests/unit/hq/configuration_test.h"

namespace comptoir::hq {
namespace {

class ConfiguredChannelsTest : public ConfigurationTest {
 protected:
  void SetUp() override {
    SetUpChain();
    ASSERT_THAT(Make("channel { name: 'channels/dallas' operating_unit: 'operatingUnits/001' "
                     "profile: 'profiles/default' currency: 'USD' language: 'en-US' "
                     "channel_services: 'dallas-1' }"),
                IsOk());
  }
  absl::StatusOr<v1::Configuration> SetCurrency(const std::string& currency) {
    return Change("channel { name: 'channels/houston' currency: '" + currency + "' }",
                  {"currency"});
  }
  absl::StatusOr<v1::Configuration> Retire(const std::string& channel) {
    return Change("channel { name: 'channels/" + channel + "' retired: true }", {"retired"});
  }
  std::shared_ptr<const ConfiguredChannel> Resolve(ConfiguredChannels& channels,
                                                   const std::string& channel) {
    return channels.Resolve(database().latest(), channel).value();
  }
};

TEST_F(ConfiguredChannelsTest, AreReadOnceWhileNothingChanges) {
  ConfiguredChannels channels;
  const auto first = Resolve(channels, "houston");
  EXPECT_EQ(first->configuration.currency, "USD");
  EXPECT_FALSE(first->digest_key.empty());
  ASSERT_THAT(Create(ACustomer()), IsOk());
  EXPECT_EQ(Resolve(channels, "houston"), first);
  EXPECT_EQ(Resolve(channels, "dallas")->configuration.channel, "dallas");
  EXPECT_EQ(Resolve(channels, "houston"), first);
}

TEST_F(ConfiguredChannelsTest, AnyChangeIsSeen) {
  PROVES("F7");
  ConfiguredChannels channels;
  Resolve(channels, "houston");
  ASSERT_THAT(SetCurrency("CAD"), IsOk());
  EXPECT_EQ(Resolve(channels, "houston")->configuration.currency, "CAD");
  ASSERT_THAT(Switch("F1", true), IsOk());
  EXPECT_TRUE(Resolve(channels, "houston")->configuration.captures_contacts());
  ASSERT_THAT(Retire("houston"), IsOk());
  EXPECT_THAT(channels.Resolve(database().latest(), "houston"), HasReason("REFERENCE_RETIRED"));
}

// No channel is named: which is the only one changes with the configuration, too.
TEST_F(ConfiguredChannelsTest, TheOnlyOneIsKeptAsWell) {
  PROVES("K2");
  ConfiguredChannels channels;
  EXPECT_THAT(channels.Resolve(database().latest(), ""), HasViolation("channel", "REQUIRED"));
  ASSERT_THAT(Retire("dallas"), IsOk());
  EXPECT_EQ(Resolve(channels, "")->configuration.channel, "houston");
  EXPECT_EQ(Resolve(channels, ""), Resolve(channels, ""));
  ASSERT_THAT(Change("channel { name: 'channels/dallas' retired: false }", {"retired"}), IsOk());
  EXPECT_THAT(channels.Resolve(database().latest(), ""), HasViolation("channel", "REQUIRED"));
}

// Who reads an earlier state gets that one, and others don't.
TEST_F(ConfiguredChannelsTest, AnEarlierStateIsNotKept) {
  ConfiguredChannels channels;
  const auto before = database().NewReader();
  ASSERT_THAT(SetCurrency("CAD"), IsOk());
  const auto now = Resolve(channels, "houston");
  EXPECT_EQ(channels.Resolve(*before, "houston").value()->configuration.currency, "USD");
  EXPECT_EQ(Resolve(channels, "houston"), now);
}

TEST_F(ConfiguredChannelsTest, AreBounded) {
  ConfiguredChannels channels(/*channels_max=*/1);
  const auto first = Resolve(channels, "houston");
  const auto other = Resolve(channels, "dallas");
  EXPECT_EQ(Resolve(channels, "dallas"), other);
  EXPECT_NE(Resolve(channels, "houston"), first);
}

// A channel's settings, a definition that it names, one that the chain shares, and whether it is
// open: each counts from the next create on.
TEST_F(ConfiguredChannelsTest, TheNextCreateIsUnderWhatWasChanged) {
  PROVES("F7", "D5", "C11");
  EXPECT_EQ(Create(ACustomer())->currency(), "USD");
  ASSERT_THAT(SetCurrency("CAD"), IsOk());
  EXPECT_EQ(Create(ACustomer())->currency(), "CAD");

  ASSERT_THAT(Make("field_rules { name: 'fieldRules/strict' }"), IsOk());
  ASSERT_THAT(Change("channel { name: 'channels/houston' field_rules: 'fieldRules/strict' }",
                     {"field_rules"}),
              IsOk());
  ASSERT_THAT(Create(ACustomer()), IsOk());
  ASSERT_THAT(Change("field_rules { name: 'fieldRules/strict' "
                     "rules { field: 'phone' required: true } }",
                     {"rules"}),
              IsOk());
  EXPECT_THAT(Create(ACustomer()), HasViolation("phone", "REQUIRED"));

  ASSERT_THAT(Retire("houston"), IsOk());
  EXPECT_THAT(Create(ACustomer()), HasReason("REFERENCE_RETIRED"));
}

}  // namespace
}  // namespace comptoir::hq
