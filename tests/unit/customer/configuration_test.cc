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

  void PutConfiguration(const std::string& id, const hq::v1::Configuration& any, uint64_t version,
                        replication::v1::RecordKind kind) {
    storage::v1::ConfigurationRecord record;
    *record.mutable_configuration() = any;
    record.set_version(version);
    Put(ConfigurationRecordKey(kind, id), record);
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

// The attributes of the group in use, in its order; those that haven't come are none yet.
TEST_F(ConfigurationTest, KnowsTheAttributesInUse) {
  PROVES("C9");
  hq::v1::Configuration any;
  any.mutable_attribute_type()->set_kind(hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER);
  PutConfiguration("count", any, 3, replication::v1::RECORD_KIND_ATTRIBUTE_TYPE);
  for (const char* id : {"cats", "dogs", "birds"}) {
    any.mutable_attribute()->set_name(std::string("attributes/") + id);
    any.mutable_attribute()->set_type("attributeTypes/count");
    PutConfiguration(id, any, 11, replication::v1::RECORD_KIND_ATTRIBUTE);
  }
  any.mutable_attribute_group()->add_attributes("attributes/birds");
  PutConfiguration("old", any, 4, replication::v1::RECORD_KIND_ATTRIBUTE_GROUP);
  *any.mutable_attribute_group()->mutable_attributes(0) = "attributes/dogs";
  any.mutable_attribute_group()->add_attributes("attributes/fish");
  any.mutable_attribute_group()->add_attributes("attributes/cats");
  any.mutable_attribute_group()->set_in_use(true);
  PutConfiguration("pets", any, 5, replication::v1::RECORD_KIND_ATTRIBUTE_GROUP);

  ChannelConfiguration shared;
  ASSERT_THAT(ReadSharedConfiguration(reader(), shared), IsOk());
  std::vector<std::string> ids;
  for (const CustomerAttribute& attribute : shared.attributes) {
    ids.push_back(attribute.id());
    EXPECT_EQ(attribute.type->kind(), hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER);
  }
  EXPECT_THAT(ids, testing::ElementsAre("dogs", "cats"));
  EXPECT_EQ(shared.version, 11u);
}

// They come with another job than the channel, which doesn't wait for them.
TEST_F(ConfigurationTest, FieldRulesAreInForceWhenTheyHaveCome) {
  PROVES("C11", "F7");
  PutProfile();
  PutOperatingUnit();
  storage::v1::ChannelRecord channel;
  channel.mutable_channel()->set_profile("profiles/stores");
  channel.mutable_channel()->set_operating_unit("operatingUnits/paris");
  channel.mutable_channel()->set_field_rules("fieldRules/strict");
  Put(ChannelRecordKey("052"), channel);
  ASSERT_THAT(ReadChannelConfiguration(reader(), "052"), IsOk());
  EXPECT_TRUE(ReadChannelConfiguration(reader(), "052")->field_rules.empty());

  hq::v1::Configuration any;
  any.mutable_field_rules()->add_rules()->set_field("phone");
  PutConfiguration("strict", any, 12, replication::v1::RECORD_KIND_FIELD_RULES);
  const auto configuration = ReadChannelConfiguration(reader(), "052");
  ASSERT_THAT(configuration, IsOk());
  ASSERT_EQ(configuration->field_rules.size(), 1u);
  EXPECT_EQ(configuration->field_rules[0].field(), "phone");
  EXPECT_EQ(configuration->version, 12u);
}

}  // namespace
}  // namespace comptoir
