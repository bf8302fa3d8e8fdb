#include "common/replication/receiver.h"

#include <gtest/gtest.h>

#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// Batches that follow each other are news; what is durable is acknowledged once.
TEST(ReceiverTest, AcknowledgesWhatIsDurable) {
  PROVES("P7");
  Receiver receiver(10);
  EXPECT_THAT(receiver.Received(11, 15), IsOkAndHolds(true));
  EXPECT_THAT(receiver.TakeAcknowledgement(), Eq(std::nullopt));
  receiver.Durable(15);
  EXPECT_THAT(receiver.TakeAcknowledgement(), Optional(15u));
  EXPECT_THAT(receiver.TakeAcknowledgement(), Eq(std::nullopt));
}

// A peer that reconnected sends again what is held: no news, and no gap.
TEST(ReceiverTest, RepeatedBatchIsNoNews) {
  PROVES("P7");
  Receiver receiver(10);
  EXPECT_THAT(receiver.Received(1, 10), IsOkAndHolds(false));
  EXPECT_THAT(receiver.Received(8, 12), IsOkAndHolds(true));
  EXPECT_THAT(receiver.Received(11, 12), IsOkAndHolds(false));
  EXPECT_EQ(receiver.received_mark(), 12u);
}

// What is missing would be lost for ever if the batch after it were acknowledged.
TEST(ReceiverTest, GapIsAnError) {
  PROVES("P7");
  Receiver receiver(10);
  EXPECT_THAT(receiver.Received(12, 13), HasReason("SEQUENCE_GAP"));
  EXPECT_THAT(receiver.Received(11, 10), HasReason("SEQUENCE_GAP"));
  EXPECT_EQ(receiver.received_mark(), 10u);
}

// A later batch that is durable first isn't acknowledged before the ones before it are.
TEST(ReceiverTest, AcknowledgesNothingOutOfOrder) {
  PROVES("P7");
  Receiver receiver;
  EXPECT_THAT(receiver.Received(1, 2), IsOkAndHolds(true));
  EXPECT_THAT(receiver.Received(3, 4), IsOkAndHolds(true));
  receiver.Durable(4);
  EXPECT_THAT(receiver.TakeAcknowledgement(), Eq(std::nullopt));
  receiver.Durable(2);
  EXPECT_THAT(receiver.TakeAcknowledgement(), Optional(4u));
  EXPECT_EQ(receiver.durable_mark(), 4u);
}

}  // namespace
}  // namespace comptoir
