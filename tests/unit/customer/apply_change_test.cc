#include "common/customer/records/apply_change.h"

#include "common/customer/search/search.h"
#include "common/storage/key_codec.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using replication::v1::RecordChange;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using ::testing::Eq;
using ::testing::Optional;

class ApplyChangeTest : public CustomerTest {
 protected:
  absl::Status Apply(const RecordChange& change) {
    absl::Status status;
    Write([&](Transaction& transaction) { status = ApplyRecordChange(transaction, change); });
    return status;
  }

  // HQ's record of a customer at this version.
  CustomerRecord AtHq(const Uuid& id, uint64_t version, const std::string& given_name = "Ada") {
    CustomerRecord record = Prepare(ACustomer().WithId(id).Named(given_name).Email("a@b"))->record;
    record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    record.mutable_customer()->set_account_number("C-1");
    record.set_version(version);
    return record;
  }

  static RecordChange ChangeOf(const CustomerRecord& record) {
    RecordChange change;
    change.set_kind(replication::v1::RECORD_KIND_CUSTOMER);
    change.set_key(std::string(ParseCustomerName(record.customer().name())->bytes()));
    change.set_record(record.SerializeAsString());
    change.set_version(record.version());
    return change;
  }

  static RecordChange Removal(RecordChange change, uint64_t version) {
    change.clear_record();
    change.set_removed(true);
    change.set_version(version);
    return change;
  }

  std::string GivenName(const Uuid& id) {
    const auto record = *FindCustomer(reader(), id);
    return record.has_value() ? record->customer().given_name() : "(none)";
  }

  int Found(const std::string& query) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    return SearchCustomers(reader(), request, "GB", "en")->results_size();
  }
};

TEST_F(ApplyChangeTest, ACustomerComesWithItsIndex) {
  PROVES("V7");
  const Uuid id = NewId();
  ASSERT_THAT(Apply(ChangeOf(AtHq(id, 5))), IsOk());
  EXPECT_EQ(GivenName(id), "Ada");
  EXPECT_EQ(Found("ada"), 1);
  EXPECT_THAT(FindAccountNumber(reader(), "C-1"), IsOkAndHolds(Optional(id)));

  ASSERT_THAT(Apply(ChangeOf(AtHq(id, 6, "Augusta"))), IsOk());
  EXPECT_EQ(Found("ada"), 0);
  EXPECT_EQ(Found("augusta"), 1);
}

// HQ's answer to a read was faster than the stream: the stream's older record doesn't bring the
// past back.
TEST_F(ApplyChangeTest, AnOlderRecordIsPassedOver) {
  const Uuid id = NewId();
  ASSERT_THAT(Apply(ChangeOf(AtHq(id, 9, "Augusta"))), IsOk());
  ASSERT_THAT(Apply(ChangeOf(AtHq(id, 8))), IsOk());
  EXPECT_EQ(GivenName(id), "Augusta");
  ASSERT_THAT(Apply(Removal(ChangeOf(AtHq(id, 8)), 8)), IsOk());
  EXPECT_EQ(GivenName(id), "Augusta");
}

// A batch whose acknowledgement was lost comes again.
TEST_F(ApplyChangeTest, TheSameChangeTwiceIsHarmless) {
  const RecordChange change = ChangeOf(AtHq(NewId(), 9));
  ASSERT_THAT(Apply(change), IsOk());
  const auto content = database_.Copy();
  ASSERT_THAT(Apply(change), IsOk());
  EXPECT_EQ(database_.Copy(), content);
}

TEST_F(ApplyChangeTest, APendingCustomerIsAlwaysReplaced) {
  PROVES("S3");
  const Uuid id = NewId();
  Store(ACustomer().WithId(id).Named("Typo"));
  ASSERT_THAT(Apply(ChangeOf(AtHq(id, 1))), IsOk());
  EXPECT_EQ(GivenName(id), "Ada");
  EXPECT_EQ(Found("typo"), 0);
}

TEST_F(ApplyChangeTest, ARemovalLeavesNothing) {
  const RecordChange change = ChangeOf(AtHq(NewId(), 5));
  ASSERT_THAT(Apply(change), IsOk());
  ASSERT_THAT(Apply(Removal(change, 6)), IsOk());
  EXPECT_EQ(RowCount(Table::kRecords), 0u);
  EXPECT_EQ(RowCount(Table::kIndex), 0u);
  EXPECT_THAT(Apply(Removal(change, 7)), IsOk());
}

// A newer HQ sends fields that this version doesn't know. They are still there after the upgrade.
TEST_F(ApplyChangeTest, BytesAreKeptAsTheyCame) {
  RecordChange change = ChangeOf(AtHq(NewId(), 5));
  const std::string unknown_field("\xfa\x7f\x01x", 4);  // field 2047, one byte
  change.set_record(unknown_field + change.record() + unknown_field);
  ASSERT_THAT(Apply(change), IsOk());
  const auto stored =
      reader().Get(Table::kRecords, CustomerRecordKey(Uuid::FromBytes(change.key())));
  EXPECT_EQ(**stored, change.record());
}

TEST_F(ApplyChangeTest, AnAddressTakesItsPlaceAmongTheActiveOnes) {
  PROVES("A7");
  const AddressKey key{NewId(), NewId()};
  AddressRecord record;
  *record.mutable_address() = AnAddress();
  record.mutable_address()->set_name(AddressName(key));
  record.set_version(5);
  record.set_created_sequence(5);
  RecordChange change;
  change.set_kind(replication::v1::RECORD_KIND_ADDRESS);
  change.set_key(KeyWriter().Id(key.customer).Id(key.address).key());
  change.set_record(record.SerializeAsString());
  change.set_version(5);
  ASSERT_THAT(Apply(change), IsOk());
  EXPECT_THAT(OldestActiveAddress(reader(), key.customer, std::nullopt),
              IsOkAndHolds(Optional(key.address)));

  record.mutable_address()->set_deactivated(true);
  record.set_version(6);
  change.set_record(record.SerializeAsString());
  change.set_version(6);
  ASSERT_THAT(Apply(change), IsOk());
  EXPECT_THAT(OldestActiveAddress(reader(), key.customer, std::nullopt),
              IsOkAndHolds(Eq(std::nullopt)));
  ASSERT_THAT(Apply(Removal(change, 7)), IsOk());
  EXPECT_EQ(RowCount(Table::kRecords), 0u);
}

TEST_F(ApplyChangeTest, ConfigurationIsReadBack) {
  storage::v1::ChannelRecord channel;
  channel.mutable_channel()->set_name("channels/052");
  channel.mutable_channel()->set_profile("profiles/p");
  channel.mutable_channel()->set_operating_unit("operatingUnits/u");
  channel.set_version(3);
  storage::v1::ProfileRecord profile;
  profile.set_version(4);
  storage::v1::OperatingUnitRecord unit;
  unit.mutable_operating_unit()->mutable_address()->set_country("SE");
  storage::v1::ChainRecord chain;
  chain.set_digest_key("secret");
  const auto apply = [&](replication::v1::RecordKind kind, const std::string& key,
                         const google::protobuf::Message& record) {
    RecordChange change;
    change.set_kind(kind);
    change.set_key(key);
    change.set_record(record.SerializeAsString());
    EXPECT_THAT(Apply(change), IsOk());
  };
  apply(replication::v1::RECORD_KIND_CHANNEL, "052", channel);
  apply(replication::v1::RECORD_KIND_PROFILE, "p", profile);
  apply(replication::v1::RECORD_KIND_OPERATING_UNIT, "u", unit);
  apply(replication::v1::RECORD_KIND_CHAIN, "chain", chain);
  EXPECT_EQ(ReadChannelConfiguration(reader(), "052")->default_country, "SE");
  EXPECT_EQ(ReadChannelConfiguration(reader(), "052")->version, 4u);
  EXPECT_THAT(ReadDigestKey(reader()), IsOkAndHolds("secret"));

  // What HQ sends is how it is, whatever its version: HQ's database may have been restored.
  channel.set_version(2);
  channel.mutable_channel()->set_profile("profiles/older");
  apply(replication::v1::RECORD_KIND_CHANNEL, "052", channel);
  EXPECT_THAT(ReadChannelConfiguration(reader(), "052"), ::testing::Not(IsOk()));
}

// A kind of a later version waits in the database for the upgrade.
TEST_F(ApplyChangeTest, AnUnknownKindIsKeptAsBytes) {
  RecordChange change;
  change.set_kind(static_cast<replication::v1::RecordKind>(200));
  change.set_key("k");
  change.set_record("\xff not a message");
  change.set_version(5);
  ASSERT_THAT(Apply(change), IsOk());
  EXPECT_THAT(reader().Get(Table::kRecords, "\xc8k"), IsOkAndHolds(Optional(change.record())));
  ASSERT_THAT(Apply(Removal(change, 6)), IsOk());
  EXPECT_EQ(RowCount(Table::kRecords), 0u);
}

TEST_F(ApplyChangeTest, WhatContradictsItselfIsCorruptAndWritesNothing) {
  const RecordChange good = ChangeOf(AtHq(NewId(), 5));
  RecordChange unparsable = good;
  unparsable.set_record("\xff");
  RecordChange elsewhere = good;
  elsewhere.set_key(std::string(NewId().bytes()));
  RecordChange short_key = good;
  short_key.set_key("k");
  RecordChange no_kind = good;
  no_kind.clear_kind();
  RecordChange big_kind = good;
  big_kind.set_kind(static_cast<replication::v1::RecordKind>(257));
  CustomerRecord odd_primary = AtHq(NewId(), 5);
  odd_primary.set_primary_address_id("short");
  for (const RecordChange& change :
       {unparsable, elsewhere, short_key, no_kind, big_kind, ChangeOf(odd_primary)}) {
    EXPECT_THAT(Apply(change), HasReason("STORAGE_CORRUPT"));
  }
  EXPECT_EQ(RowCount(Table::kRecords), 0u);
}

}  // namespace
}  // namespace comptoir
