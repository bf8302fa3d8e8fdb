// Somebody waits for a pending customer of the store.

#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using replication::v1::Operation;

class EnsuringSynchronized : public ChannelTest {
 protected:
  Reply<Customer> Ensure(const std::string& name, CallContext call = {}) {
    customer::v1::EnsureSynchronizedRequest request;
    request.set_name(name);
    Reply<Customer> reply;
    service_->EnsureSynchronized(request, call, reply.done());
    Run();
    return reply;
  }
  // A pending customer, made while HQ could not be asked; it can again.
  Operation Pending() {
    asynchronous_ = true;
    OpenReady();
    CreatePending(ACustomer().WithId(NewId()).At(AnAddress()));
    return Operations().back();
  }
  static std::string NameOf(const Operation& operation) {
    return operation.create_customer().customer().name();
  }
};

// HQ doesn't have the operation yet: it is asked again until it has; its answer is stored before it
// is given.
TEST_F(EnsuringSynchronized, AsksUntilHqHasIt) {
  PROVES("P10", "L5");
  const Operation operation = Pending();
  const auto reply = Ensure(NameOf(operation));
  ASSERT_FALSE(hq_.synchronizations.empty());
  EXPECT_EQ(hq_.synchronizations.request().forwarded().request_digest(),
            operation.request_digest());
  hq_.synchronizations.Answer(MakeError(Reason::kCustomerNotFound, "Not yet."));
  EXPECT_FALSE(reply.answered());
  Advance(absl::Seconds(1));
  ASSERT_EQ(hq_.synchronizations.count(), 2);
  const HqCustomer at_hq = AtHq(operation, "C-00000001");
  HqAnswer<Customer> answer = at_hq.Answer(at_hq.record.version());
  answer.value.clear_addresses();
  hq_.synchronizations.Answer(answer);
  Run();
  EXPECT_THAT(reply.value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(Get(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
  // Now it is answered from here.
  EXPECT_THAT(Ensure(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
  EXPECT_EQ(hq_.synchronizations.count(), 2);
}

// HQ's reason is the answer; the time that is over is one too, and then it goes on by itself.
TEST_F(EnsuringSynchronized, SaysWhyNot) {
  PROVES("P10");
  const Operation operation = Pending();
  const auto refused = Ensure(NameOf(operation));
  hq_.synchronizations.Answer(MakeError(Reason::kNumberSequenceBlocked, "Blocked."));
  EXPECT_THAT(*refused, HasReason("NUMBER_SEQUENCE_BLOCKED"));

  const auto late = Ensure(NameOf(operation), {.deadline = clock_.Now() + absl::Milliseconds(10)});
  hq_.synchronizations.Answer(MakeError(Reason::kCustomerNotFound, "Not yet."));
  Advance(absl::Seconds(1));
  EXPECT_THAT(*late, HasReason("DEADLINE_EXCEEDED"));

  const auto unanswered = Ensure(NameOf(operation));
  hq_.synchronizations.Answer(absl::UnavailableError("broken"));
  EXPECT_THAT(*unanswered, HasReason("HQ_UNREACHABLE"));
  EXPECT_THAT(*Ensure(CustomerName(NewId())), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Get(NameOf(operation)).value(), IsPending());
}

TEST_F(EnsuringSynchronized, NeedsHq) {
  PROVES("P10", "S8");
  OpenOffline();
  CreatePending(ACustomer().WithId(NewId()));
  EXPECT_THAT(*Ensure(NameOf(Operations().back())), HasReason("HQ_UNREACHABLE"));
}

}  // namespace
}  // namespace comptoir::channel
