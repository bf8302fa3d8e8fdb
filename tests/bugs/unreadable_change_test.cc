// A record of configuration that cannot be read came with others: the batch was found out only when
// half of it was written, which ends the process, again after each restart.

#include <gtest/gtest.h>

#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/replication/change_batch.h"
#include "common/storage/memory_database.h"
#include "tests/support/matchers.h"

namespace comptoir::channel {
namespace {

// Whatever is wrong with a record of any kind is found before the first is written.
TEST(UnreadableChange, IsFoundBeforeAnythingIsWritten) {
  const auto& kinds = *replication::v1::RecordKind_descriptor();
  for (int i = 0; i < kinds.value_count(); ++i) {
    hq::v1::ChangeBatch batch;
    replication::v1::RecordChange& change = *batch.add_changes()->mutable_record();
    change.set_kind(static_cast<replication::v1::RecordKind>(kinds.value(i)->number()));
    change.set_key("key");
    change.set_record("\xff");
    const auto checked = CheckBatch(batch);
    if (!checked.ok()) continue;
    MemoryDatabase database;
    const auto transaction = database.NewTransaction();
    EXPECT_TRUE(ApplyBatch(*transaction, *checked).ok()) << kinds.value(i)->name();
  }
}

// The store looked into its own operation only after HQ's result of it had been written in part.
TEST(UnreadableOperation, IsFoundBeforeAnythingIsWritten) {
  const auto field = [](int number, const std::string& bytes) {
    return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
  };
  const std::string id(16, 'x');
  replication::v1::Operation ids;
  ids.set_customer_id(id);
  ids.set_request_id(id);
  const std::string unreadable =
      field(replication::v1::Operation::kCreateCustomerFieldNumber,
            field(replication::v1::CreateCustomer::kCustomerFieldNumber, "\xff"));
  MemoryDatabase database;
  const auto transaction = database.NewTransaction();
  storage::v1::OutboxState state;
  AppendEncodedCreate(*transaction, state, id, ids.SerializeAsString() + unreadable);
  const size_t before = transaction->write_count();
  for (const auto result_state :
       {replication::v1::OPERATION_STATE_APPLIED, replication::v1::OPERATION_STATE_DISCARDED,
        replication::v1::OPERATION_STATE_WAITING}) {
    hq::v1::ChangeBatch batch;
    batch.mutable_high_watermark()->set_epoch_id(1);
    replication::v1::OperationResult& result = *batch.add_changes()->mutable_result();
    result.set_customer_id(id);
    result.set_request_id(id);
    result.set_sequence(1);
    result.set_state(result_state);
    const auto checked = CheckBatch(batch);
    ASSERT_THAT(checked, IsOk());
    EXPECT_THAT(ApplyBatch(*transaction, *checked), HasReason("STORAGE_CORRUPT"));
    EXPECT_EQ(transaction->write_count(), before);
  }
}

}  // namespace
}  // namespace comptoir::channel
