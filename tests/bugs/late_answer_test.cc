// An answer of HQ's that a store keeps after it has told HQ's successor what it knows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channel-service/domain/replication/hq_history.h"
#include "common/storage/memory_database.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir::channel {
namespace {

replication::v1::Position At(uint64_t sequence) {
  replication::v1::Position position;
  position.set_epoch_counter(2);
  position.set_epoch_id(20);
  position.set_sequence(sequence);
  return position;
}

// HQ answered an edit at position 124 and another call at 126, and was restored to an earlier
// state. The store kept the second answer, said hello, and only then the first one. That was taken
// for told, since 126 was: HQ never heard of the edit.
TEST(LateAnswer, IsToldThoughALaterOneWas) {
  PROVES("P13");
  MemoryDatabase database;
  const auto transaction = database.NewTransaction();
  ASSERT_THAT(KeepAnswered(*transaction, At(126)), IsOk());
  const auto told = ReadAnswered(*transaction);
  ASSERT_THAT(told, IsOk());
  EXPECT_THAT(HasUntoldAnswer(*transaction, *told, /*hq_epoch_id=*/30), IsOkAndHolds(false));

  ASSERT_THAT(KeepAnswered(*transaction, At(124)), IsOk());
  EXPECT_THAT(HasUntoldAnswer(*transaction, *told, /*hq_epoch_id=*/30), IsOkAndHolds(true));

  ASSERT_THAT(ForgetAnswered(*transaction, *told), IsOk());
  hq::v1::SubscribeHello hello;
  ASSERT_THAT(TellHistory(*transaction, hello), IsOk());
  ASSERT_EQ(hello.answered_size(), 1);
  EXPECT_EQ(hello.answered(0).sequence(), 126u);
}

}  // namespace
}  // namespace comptoir::channel
