#include "common/customer/configuration.h"

#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

class ConfigurationTest : public CustomerTest {
 protected:
  void PutChannel() {
    storage::v1::ChannelRecord record;
    record.mutable_channel()->set_name("channels/052");
    record.mutable_channel()->set_profile("profiles/stores");
    record.mutable_channel()->set_operating_unit("operatingUnits/paris");
    record.mutable_channel()->set_currency("EUR");
    record.mutable_channel()->set_language("fr");
    record.set_version(7);
    Put(ChannelRecordKey("052"), record);
  }

  void PutProfile() {
    storage::v1::ProfileRecord record;
    record.mutable_profile()->set_create_customer_async(true);
    record.set_version(9);
    Put(ProfileRecordKey("stores"), record);
  }

  void PutOperatingUnit() {
    storage::v1::OperatingUnitRecord record;
    record.mutable_operating_unit()->mutable_address()->set_country("FR");
    record.set_version(8);
    Put(OperatingUnitRecordKey("paris"), record);
  }

  void Put(const std::string& key, const google::protobuf::Message& record) {
    Write([&](Transaction& transaction) {
      transaction.Put(Table::kRecords, key, record.SerializeAsString());
    });
  }
};

TEST_F(ConfigurationTest, JoinsChannelProfileAndOperatingUnit) {
  PROVES("A6", "D5");
  PutChannel();
  PutProfile();
  PutOperatingUnit();

  const auto configuration = ReadChannelConfiguration(reader(), "052");
  ASSERT_THAT(configuration, IsOk());
  EXPECT_EQ(configuration->channel, "052");
  EXPECT_EQ(configuration->currency, "EUR");
  EXPECT_EQ(configuration->language, "fr");
  EXPECT_EQ(configuration->default_country, "FR");
  EXPECT_TRUE(configuration->create_customer_async);
  EXPECT_EQ(configuration->version, 9u);
}

TEST_F(ConfigurationTest, AnUnknownChannelIsNotFound) {
  PROVES("K2");
  EXPECT_THAT(ReadChannelConfiguration(reader(), "053"), HasReason("CHANNEL_NOT_FOUND"));
}

// The records of job 1070 arrive one by one: a channel isn't ready before all are there.
TEST_F(ConfigurationTest, WhatHasNotComeYetIsMissing) {
  PutChannel();
  EXPECT_THAT(ReadChannelConfiguration(reader(), "052"), HasReason("CONFIGURATION_MISSING"));
  PutProfile();
  EXPECT_THAT(ReadChannelConfiguration(reader(), "052"), HasReason("CONFIGURATION_MISSING"));
  PutOperatingUnit();
  EXPECT_THAT(ReadChannelConfiguration(reader(), "052"), IsOk());
}

TEST_F(ConfigurationTest, RecordsThatDontParseAreCorrupt) {
  Write([](Transaction& transaction) {
    transaction.Put(Table::kRecords, ChannelRecordKey("052"), "\xff");
  });
  EXPECT_THAT(ReadChannelConfiguration(reader(), "052"), HasReason("STORAGE_CORRUPT"));
}

TEST_F(ConfigurationTest, TheDigestKeyIsTheChains) {
  PROVES("C10");
  EXPECT_THAT(ReadDigestKey(reader()), HasReason("CONFIGURATION_MISSING"));
  storage::v1::ChainRecord chain;
  chain.set_digest_key("secret");
  Put(ChainRecordKey(), chain);
  EXPECT_THAT(ReadDigestKey(reader()), IsOkAndHolds("secret"));
}

}  // namespace
}  // namespace comptoir
