#include "channel-service/sync/link.h"

#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

class LinkStates : public ::testing::Test {
 protected:
  void BringUp() {
    link_.ProbeStarted(now_);
    link_.ProbeEnded(CallEnd::kAnswered, /*serving=*/true, now_);
  }

  absl::Time now_ = absl::FromUnixSeconds(1704110400);
  TestRandom random_;
  Link link_{{}, random_, now_};
};

TEST_F(LinkStates, DownAtFirstAndProbedAtOnce) {
  PROVES("S7", "S8");
  EXPECT_FALSE(link_.online());
  EXPECT_EQ(link_.next_probe(), now_);
  BringUp();
  EXPECT_TRUE(link_.online());
  EXPECT_EQ(link_.next_probe(), std::nullopt);
}

TEST_F(LinkStates, BrokenConnectionTakesItDownAtOnce) {
  PROVES("S7");
  BringUp();
  link_.CallEnded(CallEnd::kUnreachable, now_ + absl::Seconds(5));
  EXPECT_FALSE(link_.online());
  EXPECT_EQ(link_.since(), now_ + absl::Seconds(5));
}

TEST_F(LinkStates, ThreeUnansweredCallsInARowTakeItDown) {
  PROVES("S7");
  BringUp();
  link_.CallEnded(CallEnd::kUnanswered, now_);
  link_.CallEnded(CallEnd::kUnanswered, now_);
  EXPECT_TRUE(link_.online());
  link_.CallEnded(CallEnd::kUnanswered, now_);
  EXPECT_FALSE(link_.online());
}

// Whatever HQ itself answers doesn't count, and breaks the row. (S7)
TEST_F(LinkStates, AnAnswerBreaksTheRow) {
  PROVES("S7");
  BringUp();
  for (int i = 0; i < 10; ++i) {
    link_.CallEnded(CallEnd::kUnanswered, now_);
    link_.CallEnded(CallEnd::kUnanswered, now_);
    link_.CallEnded(CallEnd::kAnswered, now_);
  }
  EXPECT_TRUE(link_.online());
}

// Probes are less than a second apart, and not all stores probe at the same moment. (S7)
TEST_F(LinkStates, ProbesHaveJitterAndALimit) {
  PROVES("S7");
  absl::Time last = *link_.next_probe();
  for (int i = 0; i < 100; ++i) {
    link_.ProbeStarted(last);
    link_.ProbeEnded(CallEnd::kUnreachable, /*serving=*/false, last);
    const absl::Time next = *link_.next_probe();
    EXPECT_THAT(next - last, AllOf(Ge(absl::Milliseconds(125)), Le(absl::Milliseconds(250))));
    last = next;
  }
}

TEST_F(LinkStates, NotServingIsNotOnline) {
  PROVES("S7");
  link_.ProbeStarted(now_);
  link_.ProbeEnded(CallEnd::kAnswered, /*serving=*/false, now_);
  EXPECT_FALSE(link_.online());
}

TEST_F(LinkStates, ForcedOfflineIsNotProbed) {
  PROVES("S8");
  BringUp();
  link_.ForceOffline(true, now_);
  EXPECT_FALSE(link_.online());
  EXPECT_EQ(link_.next_probe(), std::nullopt);
  link_.ForceOffline(false, now_ + absl::Minutes(1));
  EXPECT_FALSE(link_.online()) << "HQ must be heard again first";
  EXPECT_EQ(link_.next_probe(), now_ + absl::Minutes(1));
}

TEST(ClassifyCall, OnlyTheConnectionCounts) {
  PROVES("S7");
  EXPECT_EQ(ClassifyCall(absl::OkStatus()), CallEnd::kAnswered);
  EXPECT_EQ(ClassifyCall(absl::UnavailableError("refused")), CallEnd::kUnreachable);
  EXPECT_EQ(ClassifyCall(absl::DeadlineExceededError("slow")), CallEnd::kUnanswered);
  EXPECT_EQ(ClassifyCall(MakeError(Reason::kShuttingDown, "HQ's word.")), CallEnd::kAnswered);
  EXPECT_EQ(ClassifyCall(MakeError(Reason::kDeadlineExceeded, "HQ's word.")), CallEnd::kAnswered);
  EXPECT_EQ(ClassifyCall(absl::InternalError("broken")), CallEnd::kAnswered);
}

class LinkOfService : public ChannelTest {};

// The connection breaks in one create; the next one doesn't wait for HQ, even before the loop has
// run. (S7)
TEST_F(LinkOfService, NextCreateAfterABrokenConnectionDoesNotWait) {
  PROVES("S7", "S8");
  OpenReady();
  hq_.probe_answer = absl::UnavailableError("connection refused");
  Create(ACustomer());
  hq_.creates.Answer(absl::UnavailableError("connection refused"));
  Reply<Customer> next;
  customer::v1::CreateCustomerRequest request;
  *request.mutable_customer() = ACustomer();
  service_->CreateCustomer(request, {}, next.done());
  EXPECT_TRUE(hq_.creates.empty());
  Run();
  EXPECT_THAT(next.value(), IsPending());
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_OFFLINE);
}

// HQ doesn't answer three creates in a row; the fourth isn't sent. HQ comes back; within a second
// creates are synchronous. (S7, S8)
TEST_F(LinkOfService, SilentHqAndBack) {
  PROVES("S7", "S8");
  OpenReady();
  hq_.probe_answer.reset();
  for (int i = 0; i < 3; ++i) {
    Create(ACustomer());
    Advance(absl::Milliseconds(300));
    hq_.creates.Answer(absl::DeadlineExceededError("no answer in time"));
    Run();
  }
  const auto fourth = Create(ACustomer());
  EXPECT_THAT(fourth.value(), IsPending());
  EXPECT_EQ(hq_.creates.count(), 3);

  OpenOffline();
  hq_.probe_answer = absl::OkStatus();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_ONLINE);
  CreateSynced(ACustomer(), "C-00000001");
}

// HQ answers, if only errors: the link stays up. (S7)
TEST_F(LinkOfService, OverloadedHqIsOnline) {
  PROVES("S7");
  OpenReady();
  for (int i = 0; i < 10; ++i) {
    Create(ACustomer());
    hq_.creates.Answer(MakeError(Reason::kOverloaded, "The queue is full."));
    Run();
  }
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_ONLINE);
  EXPECT_EQ(hq_.creates.count(), 10);
}

// A stream that breaks says nothing about calls: HQ is asked, and creates don't wait if it is gone.
// (S7)
TEST_F(LinkOfService, BrokenStreamMakesTheLinkSuspect) {
  PROVES("S7");
  OpenReady();
  const int probes = hq_.probes;
  hq_.uploads.Break(absl::UnavailableError("connection reset"));
  Run();
  EXPECT_EQ(hq_.probes, probes + 1);
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_ONLINE);

  hq_.probe_answer = absl::UnavailableError("connection refused");
  hq_.subscriptions.Break(absl::UnavailableError("connection reset"));
  Run();
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_OFFLINE);
  EXPECT_THAT(Create(ACustomer()).value(), IsPending());
}

// Streams work while calls don't: that doesn't bring the link up. (S7)
TEST_F(LinkOfService, StreamsDoNotBringTheLinkUp) {
  PROVES("S7");
  OpenOffline();
  Advance(absl::Seconds(5));
  EXPECT_TRUE(hq_.uploads.is_open());
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_OFFLINE);
}

// A drill: offline by command, streams and all, and back by itself. (S8)
TEST_F(LinkOfService, ForcedOfflineAndBack) {
  PROVES("S8");
  OpenReady();
  Reply<channel::v1::Status> forced;
  service_->SetForcedOffline(true, forced.done());
  Run();
  EXPECT_EQ(forced.value().link(), channel::v1::LINK_STATE_FORCED_OFFLINE);
  EXPECT_FALSE(hq_.uploads.is_open());
  EXPECT_FALSE(hq_.subscriptions.is_open());
  CreatePending(ACustomer());
  Advance(absl::Minutes(1));
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_FORCED_OFFLINE);

  service_->SetForcedOffline(false, Reply<channel::v1::Status>().done());
  Advance(absl::Seconds(1));
  EXPECT_EQ(Status().link(), channel::v1::LINK_STATE_ONLINE);
  EXPECT_TRUE(hq_.uploads.is_open());
  EXPECT_TRUE(hq_.subscriptions.is_open());
}

}  // namespace
}  // namespace comptoir::channel
