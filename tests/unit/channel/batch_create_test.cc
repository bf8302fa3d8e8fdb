// Many creates in one call: each is a CreateCustomer with its own result.

#include "common/customer/requests/batch_create.h"

#include "common/base/reason_texts.h"
#include "common/base/status.h"
#include "common/base/status_proto.h"
#include "google/rpc/error_details.pb.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class BatchCreateTest : public ChannelTest {
 protected:
  using Batch = customer::v1::BatchCreateCustomersRequest;
  using Response = customer::v1::BatchCreateCustomersResponse;

  static Batch BatchOf(const std::vector<Customer>& customers) {
    Batch batch;
    for (const Customer& customer : customers) {
      *batch.add_requests()->mutable_customer() = customer;
    }
    return batch;
  }

  Customer New(const std::string& given_name = "Ada") {
    return ACustomer().Named(given_name).WithId(NewId());
  }

  Reply<Response> Send(Batch batch, const CallContext& call = {}) {
    Reply<Response> reply;
    service_->BatchCreateCustomers(batch, call, reply.done());
    // The request may be gone before its answer.
    batch.Clear();
    Run();
    return reply;
  }
  Reply<Response> Send(const std::vector<Customer>& customers, const CallContext& call = {}) {
    return Send(BatchOf(customers), call);
  }

  static absl::StatusOr<Customer> ResultOf(const Reply<Response>& reply, int i) {
    if (!(*reply).ok() || i >= reply.value().results_size()) return absl::UnknownError("no result");
    const auto& result = reply.value().results(i);
    if (result.has_customer()) return result.customer();
    return FromProto(result.error());
  }

  // HQ creates the customer that it was asked about first.
  Customer AnswerOldest(const std::string& account_number) {
    const HqCustomer at_hq = AtHq(hq_.creates.request(), account_number);
    hq_.creates.Answer(at_hq.Answer(at_hq.record.version()));
    Run();
    return at_hq.record.customer();
  }
};

// Whoever is wrong is told so in the place of the request, and holds up no other.
TEST_F(BatchCreateTest, EachHasItsResultInTheOrderOfTheRequests) {
  PROVES("C8", "K2", "S3");
  asynchronous_ = true;
  OpenReady();
  Batch batch =
      BatchOf({New("Ada"), CustomerBuilder().Email("nonsense"), New("Grace"), New("Zoë")});
  batch.mutable_requests(2)->set_channel("053");
  batch.mutable_requests(3)->set_channel("052");

  const auto reply = Send(batch);

  ASSERT_THAT(*reply, IsOk());
  ASSERT_THAT(reply.value().results(), SizeIs(4));
  EXPECT_THAT(ResultOf(reply, 0).value(), IsPending());
  EXPECT_EQ(ResultOf(reply, 0)->given_name(), "Ada");
  EXPECT_THAT(ResultOf(reply, 1), HasViolation("given_name", "NAME_REQUIRED"));
  EXPECT_THAT(ResultOf(reply, 1), HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(ResultOf(reply, 2), HasReason(Reason::kChannelNotServed));
  EXPECT_EQ(ResultOf(reply, 3)->given_name(), "Zoë");
  EXPECT_THAT(Operations(), SizeIs(2));
  EXPECT_EQ(Status().created_asynchronously(), 2);
}

// Each has the error of CreateCustomer, with the text for people in the language of the call.
TEST_F(BatchCreateTest, ErrorIsThatOfCreateCustomer) {
  PROVES("C8");
  asynchronous_ = true;
  OpenReady();
  const Customer wrong = CustomerBuilder().Email("nonsense");

  const auto reply = Send({wrong}, {.language = "fr"});

  EXPECT_EQ(ResultOf(reply, 0).status(), WithTextForPeople((*Create(wrong)).status(), "fr"));
}

// One synced write for all of them. (S3)
TEST_F(BatchCreateTest, IsOneCommitGroup) {
  PROVES("S3");
  asynchronous_ = true;
  OpenReady();
  std::vector<Customer> customers;
  for (int i = 0; i < kBatchCreateRequestsMax; ++i) customers.push_back(New());
  const uint64_t groups = queue().groups_committed();

  Reply<Response> reply;
  service_->BatchCreateCustomers(BatchOf(customers), {}, reply.done());
  EXPECT_FALSE(reply.answered()) << "nothing is durable yet";
  Run();

  ASSERT_THAT(*reply, IsOk());
  for (int i = 0; i < kBatchCreateRequestsMax; ++i) {
    EXPECT_EQ(ResultOf(reply, i)->name(), customers[i].name());
  }
  EXPECT_EQ(queue().groups_committed(), groups + 1);
  EXPECT_THAT(Operations(), SizeIs(kBatchCreateRequestsMax));
}

TEST_F(BatchCreateTest, NoneAndTooManyAreRefusedAsAWhole) {
  asynchronous_ = true;
  OpenReady();
  EXPECT_THAT(*Send(Batch()), HasViolation("requests", "REQUIRED"));
  std::vector<Customer> customers(kBatchCreateRequestsMax + 1, ACustomer());
  EXPECT_THAT(*Send(customers), HasViolation("requests", "TOO_MANY"));
  EXPECT_THAT(Operations(), IsEmpty());
}

// The answer was lost: the POS sends the batch again, and every customer is there once. (C10)
TEST_F(BatchCreateTest, RepeatedBatchHasNoSecondEffect) {
  PROVES("C10");
  asynchronous_ = true;
  OpenReady();
  const std::vector<Customer> customers = {New(), CustomerBuilder().Email("nonsense"), New()};
  const auto first = Send(customers);
  Open();

  const auto second = Send(customers);

  EXPECT_EQ(ResultOf(second, 0)->name(), customers[0].name());
  EXPECT_THAT(ResultOf(second, 1), HasReason(Reason::kInvalidFields));
  EXPECT_EQ(ResultOf(second, 2)->name(), customers[2].name());
  EXPECT_THAT(Operations(), SizeIs(2));
}

// The queue is full: who found no place is told so, the others are durable, and the repeated batch
// creates the rest. (C10)
TEST_F(BatchCreateTest, WhoIsShedIsToldSo) {
  PROVES("C10");
  asynchronous_ = true;
  OpenReady();
  committer_options_.queue_commands_max = 2;
  Open();
  Connect();
  const std::vector<Customer> customers = {New(), New(), New()};

  const auto first = Send(customers);
  EXPECT_THAT(ResultOf(first, 0), IsOk());
  EXPECT_THAT(ResultOf(first, 1), IsOk());
  EXPECT_THAT(ResultOf(first, 2), HasReason(Reason::kOverloaded));
  EXPECT_THAT(Operations(), SizeIs(2));

  EXPECT_THAT(ResultOf(Send(customers), 2), IsOk());
  EXPECT_THAT(Operations(), SizeIs(3));
}

// One UUID is one customer, also within a batch: the first content is the customer's. (C10)
TEST_F(BatchCreateTest, OneUuidTwiceIsOneCustomer) {
  PROVES("C10");
  asynchronous_ = true;
  OpenReady();
  const Customer ada = New("Ada");
  Customer grace = ada;
  grace.set_given_name("Grace");

  const auto reply = Send({ada, grace, ada});

  EXPECT_EQ(ResultOf(reply, 0)->given_name(), "Ada");
  EXPECT_THAT(ResultOf(reply, 1), HasReason(Reason::kRequestIdReused));
  EXPECT_EQ(ResultOf(reply, 2)->name(), ada.name());
  EXPECT_THAT(Operations(), SizeIs(1));
}

// As many as allowed, all of one UUID: each is answered in turn.
TEST_F(BatchCreateTest, OneUuidAsOftenAsAllowed) {
  PROVES("C10");
  asynchronous_ = true;
  OpenReady();
  const std::vector<Customer> customers(kBatchCreateRequestsMax, New());
  const auto reply = Send(customers);
  EXPECT_EQ(ResultOf(reply, kBatchCreateRequestsMax - 1)->name(), customers[0].name());
  EXPECT_THAT(Operations(), SizeIs(1));
}

// What was refused has no effect, so the next of the UUID may be the customer. (C10)
TEST_F(BatchCreateTest, RefusalLeavesTheUuidToTheNext) {
  PROVES("C10");
  asynchronous_ = true;
  OpenReady();
  const Customer ada = New("Ada");
  Customer wrong = ada;
  wrong.mutable_email()->set_address("nonsense");

  const auto reply = Send({wrong, ada});

  EXPECT_THAT(ResultOf(reply, 0), HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(ResultOf(reply, 1), IsOk());
}

// HQ is asked for all at once; one is created, one refused, one not answered and so pending. The
// batch is answered with the last. (S2, S5)
TEST_F(BatchCreateTest, SynchronousOnesAreUnderWayTogether) {
  PROVES("S2", "S5");
  OpenReady();
  const auto reply = Send({New(), New(), New()});
  EXPECT_EQ(hq_.creates.count(), 3);

  AnswerOldest("C-00000001");
  FieldViolations violations;
  violations.Add("email", "EMAIL_IMPOSSIBLE", "No e-mail looks so.");
  hq_.creates.Answer(violations.ToStatus());
  Run();
  EXPECT_FALSE(reply.answered());
  hq_.creates.Answer(absl::UnavailableError("connection refused"));
  Run();

  EXPECT_THAT(ResultOf(reply, 0).value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(ResultOf(reply, 1), HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(ResultOf(reply, 2).value(), IsPending());
}

// HQ could answer two calls about one UUID in any order; so the second waits for the first. (C10)
TEST_F(BatchCreateTest, HqIsAskedAboutOneUuidInTheOrderOfTheRequests) {
  PROVES("C10");
  OpenReady();
  const Customer ada = New("Ada");
  Customer grace = ada;
  grace.set_given_name("Grace");
  const auto reply = Send({ada, grace});
  EXPECT_EQ(hq_.creates.count(), 1);
  EXPECT_EQ(hq_.creates.request().customer().given_name(), "Ada");

  AnswerOldest("C-00000001");

  EXPECT_THAT(ResultOf(reply, 0).value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(ResultOf(reply, 1), HasReason(Reason::kRequestIdReused));
  EXPECT_EQ(hq_.creates.count(), 1);
}

}  // namespace
}  // namespace comptoir::channel
