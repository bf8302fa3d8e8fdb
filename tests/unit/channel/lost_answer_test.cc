// HQ committed, and its answer was lost, or came late. Whatever overtakes what, the store ends with
// one customer.

#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class LostAnswer : public ChannelTest {};

// The feed brings HQ's record before the fallback's transaction runs: it answers SYNCED, and
// nothing is uploaded. (S6)
TEST_F(LostAnswer, FeedBeforeFallback) {
  PROVES("S6", "B1");
  OpenReady();
  const auto reply = Create(ACustomer().At(AnAddress()));
  Deliver(AtHq(hq_.creates.request(), "C-00000001"));
  hq_.creates.Answer(absl::DeadlineExceededError("no answer in time"));
  Run();
  ASSERT_THAT(*reply, IsOk());
  EXPECT_THAT(reply.value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(reply.value().addresses(), SizeIs(1));
  EXPECT_THAT(Operations(), IsEmpty());
  EXPECT_EQ(Status().created_by_fallback(), 0);
}

// The fallback is first: the store shows it PENDING, then HQ's record, and its operation settles on
// that customer. (S6)
TEST_F(LostAnswer, FallbackBeforeFeed) {
  PROVES("S6", "S11", "B1");
  OpenReady();
  const auto reply = Create(ACustomer().At(AnAddress()));
  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  hq_.creates.Answer(absl::DeadlineExceededError("no answer in time"));
  Run();
  EXPECT_THAT(reply.value(), IsPending());

  Deliver(at_hq);
  EXPECT_THAT(Get(reply.value().name()).value(), IsSyncedAs("C-00000001"));
  ASSERT_THAT(Operations(), SizeIs(1));

  Deliver({ChangeOf(AppliedResult(Operations().front(), at_hq))});
  EXPECT_THAT(Operations(), IsEmpty());
  EXPECT_EQ(Status().outbox_depth(), 0);
  EXPECT_EQ(Status().customers(), 1);
  EXPECT_THAT(Get(reply.value().name()).value(), IsSyncedAs("C-00000001"));
}

// An answer that was read before what the stream has brought isn't stored: what the stream brought
// counts. The caller gets it.
TEST_F(LostAnswer, AnswerOlderThanTheStreamIsNotStored) {
  PROVES("S2");
  OpenReady();
  const auto reply = Create(ACustomer().Named("Ada"));
  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  HqCustomer edited = at_hq;
  edited.record.mutable_customer()->set_given_name("Augusta");
  edited.record.set_version(hq_sequence_ + 1);
  Deliver(edited);

  hq_.creates.Answer(at_hq.Answer(at_hq.record.version()));
  Run();
  EXPECT_EQ(reply.value().given_name(), "Ada");
  EXPECT_EQ(Get(reply.value().name()).value().given_name(), "Augusta");
}

// The customer was removed meanwhile: the late answer doesn't bring it back.
TEST_F(LostAnswer, LateAnswerDoesNotBringBackWhatWasRemoved) {
  PROVES("S2");
  OpenReady();
  const auto reply = Create(ACustomer());
  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  replication::v1::RecordChange removal = at_hq.Changes().front();
  removal.set_removed(true);
  removal.clear_record();
  removal.set_version(hq_sequence_ + 1);
  Deliver({ChangeOf(removal)});

  hq_.creates.Answer(at_hq.Answer(at_hq.record.version()));
  Run();
  EXPECT_THAT(reply.value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(*Get(reply.value().name()), HasReason(Reason::kCustomerNotFound));
}

// A service that holds no book of customers stores none.
TEST_F(LostAnswer, AnswerWithoutMembershipIsNotStored) {
  PROVES("S2");
  OpenReady();
  hq_.subscriptions.Break(absl::UnavailableError("connection reset"));
  Advance(absl::Seconds(2));
  hq::v1::SubscribeResponse response;
  response.mutable_hello()->mutable_epoch()->set_counter(7);
  hq_.subscriptions.Send(response);
  Run();
  ASSERT_THAT(Status().cursors(), IsEmpty());

  const auto reply = Create(ACustomer());
  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  hq_.creates.Answer(at_hq.Answer(at_hq.record.version()));
  Run();
  EXPECT_THAT(reply.value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(*Get(reply.value().name()), HasReason(Reason::kCustomerNotFound));
}

// Another service of the channel got the same UUID first (S11): HQ's record comes while ours waits,
// and ours settles on it.
TEST_F(LostAnswer, SameUuidThroughAnotherService) {
  PROVES("S11", "B1");
  OpenOffline();
  const Customer pending = CreatePending(ACustomer());
  Deliver(AtHq(Operations().front(), "C-00000001"));
  EXPECT_THAT(Get(pending.name()).value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(Unsettled(), SizeIs(1)) << "ours is still to be uploaded";
}

// The store crashes with HQ's answer on its way: the repeated UUID asks again, and HQ's one
// customer is stored. (C10)
TEST_F(LostAnswer, CrashBeforeTheAnswer) {
  PROVES("C10", "S6");
  OpenReady();
  const auto request = ACustomer().WithId(NewId());
  Create(request);
  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  OpenReady();
  const auto reply = Create(request);
  hq_.creates.Answer(at_hq.Answer(hq_sequence_ + 1));
  Run();
  EXPECT_THAT(reply.value(), IsSyncedAs("C-00000001"));
}

}  // namespace
}  // namespace comptoir::channel
