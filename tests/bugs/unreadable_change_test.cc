// A record of configuration that cannot be read came with others: the batch was found out only when
// half of it was written, which ends the process, again after each restart.

#include <gtest/gtest.h>

#include "channel-service/domain/replication/change_batch.h"
#include "common/storage/memory_database.h"

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

}  // namespace
}  // namespace comptoir::channel
