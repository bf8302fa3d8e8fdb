// What the store tells HQ of what waits in it, and what HQ tells the store of pauses.

#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class Waiting : public ChannelTest {
 protected:
  std::vector<hq::v1::UploadWaiting> Told() {
    std::vector<hq::v1::UploadWaiting> told;
    for (const auto& request : hq_.uploads.written) {
      if (request.has_waiting()) told.push_back(request.waiting());
    }
    return told;
  }
};

// What is on its way is no news; what is old is, as an age, every ten seconds and when it has
// ended.
TEST_F(Waiting, OldWorkIsTold) {
  PROVES("P11");
  OpenOffline();
  CreatePending(ACustomer());
  Advance(absl::Seconds(3));
  EXPECT_THAT(Told(), IsEmpty());
  Advance(absl::Seconds(4));
  ASSERT_THAT(Told(), SizeIs(1));
  EXPECT_EQ(Told()[0].operations(), 1u);
  EXPECT_GE(Told()[0].oldest_age().seconds(), 5);
  CreatePending(ACustomer());
  Advance(absl::Seconds(11));
  ASSERT_THAT(Told(), SizeIs(2));
  EXPECT_EQ(Told()[1].operations(), 2u);
  EXPECT_GE(Told()[1].oldest_age().seconds(), 15);
  AcknowledgeUpload(2);
  Advance(absl::Seconds(2));
  ASSERT_THAT(Told(), SizeIs(3));
  EXPECT_EQ(Told()[2].operations(), 0u);
  Advance(absl::Minutes(1));
  EXPECT_THAT(Told(), SizeIs(3));
}

// A person has paused it at HQ: its status says so.
TEST_F(Waiting, PausesAreShown) {
  PROVES("P6");
  OpenReady();
  EXPECT_FALSE(Status().upload_paused());
  EXPECT_FALSE(Status().download_paused());
  hq::v1::UploadResponse upload;
  upload.mutable_acknowledgement()->set_paused(true);
  hq_.uploads.Send(upload);
  hq::v1::SubscribeResponse download;
  download.mutable_heartbeat()->set_paused(true);
  hq_.subscriptions.Send(download);
  Run();
  EXPECT_TRUE(Status().upload_paused());
  EXPECT_TRUE(Status().download_paused());
  upload.mutable_acknowledgement()->set_paused(false);
  hq_.uploads.Send(upload);
  download.mutable_heartbeat()->set_paused(false);
  hq_.subscriptions.Send(download);
  Run();
  EXPECT_FALSE(Status().upload_paused());
  EXPECT_FALSE(Status().download_paused());
}

}  // namespace
}  // namespace comptoir::channel
