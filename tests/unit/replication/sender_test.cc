#include "common/replication/sender.h"

#include <gtest/gtest.h>

#include "tests/support/matchers.h"
#include "tests/support/proves.h"

namespace comptoir {
namespace {

constexpr absl::Time kNow = absl::UnixEpoch();

// A batch larger than the window is sent all the same, alone: otherwise it would never be.
TEST(SenderTest, OneBatchAlwaysFits) {
  Sender sender({.window_bytes_max = 100});
  ASSERT_TRUE(sender.MaySend());
  sender.Sent(1, 1000, kNow);
  EXPECT_FALSE(sender.MaySend());
  EXPECT_THAT(sender.Acknowledged(1), IsOk());
  EXPECT_TRUE(sender.MaySend());
}

// Batches go out until the window is full; a cumulative acknowledgement opens it again.
TEST(SenderTest, WindowBoundsWhatIsUnderWay) {
  Sender sender({.window_bytes_max = 100});
  sender.Sent(1, 40, kNow);
  sender.Sent(5, 40, kNow);
  ASSERT_TRUE(sender.MaySend());
  sender.Sent(6, 40, kNow);
  EXPECT_FALSE(sender.MaySend());
  EXPECT_EQ(sender.unacknowledged_bytes(), 120u);

  EXPECT_THAT(sender.Acknowledged(5), IsOk());
  EXPECT_TRUE(sender.MaySend());
  EXPECT_EQ(sender.unacknowledged_bytes(), 40u);
  EXPECT_EQ(sender.acknowledged_mark(), 5u);
}

// The peer pauses the sender with a window of zero and lets it go on later.
TEST(SenderTest, ZeroWindowPauses) {
  PROVES("S4");
  Sender sender({.window_bytes_max = 100});
  sender.set_window_bytes_max(0);
  EXPECT_FALSE(sender.MaySend());
  sender.set_window_bytes_max(1);
  EXPECT_TRUE(sender.MaySend());
}

// An acknowledgement of what was never sent means that the peer talks of another stream.
TEST(SenderTest, RefusesAcknowledgementOfTheUnsent) {
  Sender sender({});
  sender.Sent(3, 1, kNow);
  EXPECT_THAT(sender.Acknowledged(4), HasReason("SEQUENCE_GAP"));
}

// Acknowledgements may be repeated or come late.
TEST(SenderTest, OlderAcknowledgementIsNoNews) {
  Sender sender({});
  sender.Sent(1, 10, kNow);
  sender.Sent(2, 10, kNow);
  EXPECT_THAT(sender.Acknowledged(2), IsOk());
  EXPECT_THAT(sender.Acknowledged(1), IsOk());
  EXPECT_EQ(sender.acknowledged_mark(), 2u);
  EXPECT_EQ(sender.unacknowledged_bytes(), 0u);
}

// Whoever sends nothing else says that it is alive.
TEST(SenderTest, HeartbeatIsDueAfterSilence) {
  Sender sender({.heartbeat_interval = absl::Seconds(1)});
  EXPECT_TRUE(sender.HeartbeatDue(kNow));
  sender.Sent(1, 1, kNow);
  EXPECT_FALSE(sender.HeartbeatDue(kNow + absl::Milliseconds(999)));
  EXPECT_TRUE(sender.HeartbeatDue(kNow + absl::Seconds(1)));
  sender.HeartbeatSent(kNow + absl::Seconds(1));
  EXPECT_FALSE(sender.HeartbeatDue(kNow + absl::Seconds(1)));
}

}  // namespace
}  // namespace comptoir
