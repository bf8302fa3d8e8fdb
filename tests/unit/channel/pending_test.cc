#include "channel-service/domain/outbox/pending.h"

#include <map>
#include <string>
#include <utility>

#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/replication/answers.h"
#include "common/base/status.h"
#include "common/storage/epochs.h"
#include "common/storage/record_io.h"
#include "tests/support/builders.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using customer::v1::Customer;
using replication::v1::Operation;
using storage::v1::OutboxEntry;
using ::testing::SizeIs;

using Content = std::map<std::pair<Table, std::string>, std::string>;

// What a create without HQ stores, on a database of its own each time.
class PendingCreateTest : public ::testing::Test {
 protected:
  PendingCreateTest() {
    const Customer customer = ACustomer()
                                  .WithId(id_)
                                  .Named("Ada", "Lovelace")
                                  .Email("ada@example.com")
                                  .At(AnAddress().Phone("020 7946 0958"))
                                  .At(AnAddress().In("Paris", "FR").Primary());
    ChannelConfiguration channel;
    auto prepared = PrepareCustomer(customer, id_, channel, absl::UnixEpoch());
    EXPECT_THAT(prepared, IsOk());
    operation_ = CreateOperation(*std::move(prepared), "digest", channel, absl::UnixEpoch());
  }

  template <typename Function>
  static Content ContentAfter(Function write) {
    MemoryDatabase database;
    const auto transaction = database.NewTransaction();
    EXPECT_THAT(write(*transaction), IsOk());
    EXPECT_THAT(database.Commit(*transaction), IsOk());
    return database.Copy();
  }

  static OutboxRow Row(const Operation& operation) {
    OutboxEntry entry;
    *entry.mutable_operation() = operation;
    return OutboxRow::Read("key", SerializeDeterministically(entry)).value();
  }

  SeededRandom random_{1};
  const CustomerId id_ = NewUuid(random_);
  Operation operation_;
};

// Rows that were worked out before are those that the records give in the transaction, and the
// caller sees the same.
TEST_F(PendingCreateTest, IsStoredAndShownAsItsRecordsAre) {
  const auto create = NewPendingCreate(operation_, "en");
  const auto records = RecordsOfCreate(operation_);
  ASSERT_THAT(create, IsOk());
  ASSERT_THAT(records, IsOk());
  EXPECT_EQ(ContentAfter(
                [&](Transaction& transaction) { return PutPendingCreate(transaction, **create); }),
            ContentAfter([&](Transaction& transaction) {
              return PutPendingRecords(transaction, *records);
            }));
  EXPECT_EQ((*create)->view.DebugString(), CreatedView(*records, "en").DebugString());
}

// What settles a create finds its records by its bytes.
TEST_F(PendingCreateTest, KeysAreThoseOfItsRecords) {
  const auto records = RecordsOfCreate(operation_);
  ASSERT_THAT(records, IsOk());
  const auto create = KeysOfCreate(Row(operation_));
  ASSERT_THAT(create, IsOk());
  EXPECT_EQ(create->customer, id_);
  EXPECT_EQ(create->request_digest, records->customer.request_digest());
  ASSERT_THAT(create->addresses, SizeIs(records->addresses.size()));
  for (size_t i = 0; i < records->addresses.size(); ++i) {
    EXPECT_EQ(AddressName(create->addresses[i]), records->addresses[i].address().name());
  }

  Operation of_another = operation_;
  of_another.mutable_create_customer()->mutable_customer()->mutable_addresses(0)->set_name(
      AddressName({NewUuid(random_), NewUuid(random_)}));
  EXPECT_THAT(KeysOfCreate(Row(of_another)), HasReason("STORAGE_CORRUPT"));
  of_another = operation_;
  of_another.mutable_create_customer()->mutable_customer()->set_name(
      CustomerName(NewUuid(random_)));
  EXPECT_THAT(KeysOfCreate(Row(of_another)), HasReason("STORAGE_CORRUPT"));
  EXPECT_THAT(OutboxRow::Read("key", "\377"), HasReason("STORAGE_CORRUPT"));
}

// One of its addresses is there already, another create's that isn't at HQ: its index goes with it.
TEST_F(PendingCreateTest, TakesTheIndexOfAnAddressThatWasThere) {
  const auto create = NewPendingCreate(operation_, "en");
  auto records = RecordsOfCreate(operation_);
  ASSERT_THAT(create, IsOk());
  ASSERT_THAT(records, IsOk());
  storage::v1::AddressRecord other = records->addresses[0];
  other.mutable_address()->set_city("Nowhere");
  EXPECT_EQ(ContentAfter([&](Transaction& transaction) {
              PutAddress(transaction, std::nullopt, other);
              return PutPendingCreate(transaction, **create);
            }),
            ContentAfter([&](Transaction& transaction) {
              return PutPendingRecords(transaction, *records);
            }));
}

// An operation that was bytes before it got its sequence is the row that it would be otherwise.
TEST_F(PendingCreateTest, IsAnEntryOfTheOutbox) {
  const auto create = NewPendingCreate(operation_, "en");
  ASSERT_THAT(create, IsOk());
  const Content content = ContentAfter([&](Transaction& transaction) {
    storage::v1::OutboxState state;
    state.set_last_sequence(299);
    AppendEncodedCreate(transaction, state, (*create)->id.bytes(), (*create)->operation);
    return absl::OkStatus();
  });
  OutboxEntry expected;
  *expected.mutable_operation() = operation_;
  expected.mutable_operation()->set_sequence(300);
  expected.set_state(replication::v1::OPERATION_STATE_QUEUED);
  const auto row = content.lower_bound({Table::kOutbox, ""});
  ASSERT_NE(row, content.end());
  EXPECT_EQ(row->second, SerializeDeterministically(expected));
}

}  // namespace
}  // namespace comptoir::channel
