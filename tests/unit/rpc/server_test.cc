#include "tests/unit/rpc/server_test.h"

#include "common/base/reason_texts.h"
#include "common/base/strings.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/generic/generic_stub.h"

namespace comptoir::rpc {
namespace {

using ::testing::HasSubstr;

// The position at which HQ read its answer comes with it; language and deadline go to HQ.
TEST_F(ServerTest, AnswerAndContextTravel) {
  CallContext seen;
  domain_.create = [&](const auto&, const CallContext& context, HqDone<Customer> done) {
    seen = context;
    HqAnswer<Customer> answer;
    answer.value.set_account_number("C-1");
    answer.position.set_sequence(42);
    answer.position.set_epoch_id(7);
    done(answer);
  };
  const absl::Time deadline = absl::Now() + absl::Seconds(60);

  const auto answer = Await(Create({.language = "fr", .deadline = deadline}));

  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->value.account_number(), "C-1");
  EXPECT_EQ(answer->position.sequence(), 42u);
  EXPECT_EQ(answer->position.epoch_id(), 7u);
  EXPECT_EQ(seen.language, "fr");
  EXPECT_LT(absl::AbsDuration(seen.deadline - deadline), absl::Seconds(5));
}

TEST_F(ServerTest, ACallWithoutDeadlineHasNone) {
  absl::Time seen;
  domain_.create = [&](const auto&, const CallContext& context, HqDone<Customer> done) {
    seen = context.deadline;
    done(HqAnswer<Customer>());
  };
  ASSERT_THAT(Await(Create()), IsOk());
  EXPECT_EQ(seen, absl::InfiniteFuture());
}

// Reason, metadata and refused fields arrive as they were given. (S5, C8)
TEST_F(ServerTest, ErrorsTravelWithTheirDetails) {
  domain_.create = [&](const auto&, const auto&, HqDone<Customer> done) {
    FieldViolations violations;
    violations.Add("customer.email", "EMAIL_IMPOSSIBLE", "No.");
    done(violations.ToStatus());
  };
  const auto answer = Await(Create());
  EXPECT_THAT(answer, HasReason("INVALID_FIELDS"));
  EXPECT_THAT(answer, HasViolation("customer.email", "EMAIL_IMPOSSIBLE"));
  EXPECT_TRUE(IsRefusal(answer.status()));
}

// What people read is in the caller's language. (L1)
TEST_F(ServerTest, ErrorsSpeakTheCallersLanguage) {
  domain_.create = [&](const auto&, const auto&, HqDone<Customer> done) {
    done(MakeError(Reason::kCustomerPending, "Pending."));
  };
  const auto answer = Await(Create({.language = "sv"}));
  const auto payload = answer.status().GetPayload(ToAbsl(kLocalizedMessageUrl));
  ASSERT_TRUE(payload.has_value());
  google::rpc::LocalizedMessage message;
  ASSERT_TRUE(message.ParseFromString(std::string(*payload)));
  EXPECT_EQ(message.locale(), "sv");
  EXPECT_EQ(message.message(), "Kunden håller fortfarande på att synkroniseras.");
}

// As many calls as allowed are under way: the next is answered at once, and fits again later.
TEST_F(ServerTest, MoreCallsThanAllowedAreOverload) {
  KeepCreates();
  auto first = Create();
  Await(first_kept_.get_future());

  const auto second = Await(Create());
  EXPECT_THAT(second, HasReason("OVERLOADED"));
  EXPECT_THAT(second, HasCode(absl::StatusCode::kResourceExhausted));

  kept_.front()(HqAnswer<Customer>());
  EXPECT_THAT(Await(std::move(first)), IsOk());
  domain_.create = [](const auto&, const auto&, HqDone<Customer> done) {
    done(HqAnswer<Customer>());
  };
  EXPECT_THAT(Await(Create()), IsOk());
}

// The caller went away; the answer comes later and harms nobody.
TEST_F(ServerTest, AnsweringACancelledCallIsSafe) {
  KeepCreates();
  const auto answer = Await(Create({.deadline = absl::Now() + absl::Milliseconds(100)}));
  EXPECT_THAT(answer, HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(ReasonOf(answer.status()), std::nullopt);
  Await(first_kept_.get_future());
  kept_.front()(HqAnswer<Customer>());
}

// A command that the stopping service drops still gets its answer.
TEST_F(ServerTest, ACallThatIsDroppedIsAnswered) {
  domain_.create = [](const auto&, const auto&, HqDone<Customer>) {};
  EXPECT_THAT(Await(Create()), HasReason("SHUTTING_DOWN"));
}

// Searches and lists have threads of their own; without room there they are refused at once, and
// calls that read little go on.
TEST_F(ServerTest, ReadsThatFindNoRoomAreOverload) {
  customer::v1::SearchCustomersResponse response;
  const auto search = [&] {
    grpc::ClientContext context;
    return FromGrpc(stub_->SearchCustomers(&context, {}, &response));
  };
  EXPECT_THAT(search(), IsOk());
  reads_.Stop();
  EXPECT_EQ(ReasonOf(search()), Reason::kOverloaded);
  Customer customer;
  grpc::ClientContext context;
  EXPECT_EQ(ReasonOf(FromGrpc(stub_->GetCustomer(&context, {}, &customer))),
            Reason::kCustomerNotFound);
}

TEST_F(ServerTest, ALongerRequestIsRefused) {
  domain_.create = [](const auto&, const auto&, HqDone<Customer> done) {
    done(HqAnswer<Customer>());
  };
  const auto answer = Await(Create({}, std::string(2 << 20, 'x')));
  EXPECT_THAT(answer, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Await(Create({}, std::string(1 << 19, 'x'))), IsOk());
}

TEST_F(ServerTest, HealthSaysWhatItIsTold) {
  EXPECT_THAT(Health(), HasReason("SHUTTING_DOWN"));
  server_->SetServing(true);
  EXPECT_THAT(Health(), IsOk());
  server_->SetServing(false);
  EXPECT_THAT(Health(), HasReason("SHUTTING_DOWN"));
}

TEST_F(ServerTest, APortIsTakenOnce) {
  const std::string address = absl::StrCat("127.0.0.1:", server_->port());
  const auto second = Server::Start({.listen = address}, {});
  EXPECT_THAT(second, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(address));
}

// Nobody is authenticated yet. (U1)
TEST(ServerAddress, OtherMachinesCannotBeListenedFor) {
  EXPECT_THAT(Server::Start({.listen = "0.0.0.0:0"}, {}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

// What grpcurl does first.
TEST_F(ServerTest, ReflectionListsTheServices) {
  grpc::GenericStub stub(connection_);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto step = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  ASSERT_TRUE(step());
  // ServerReflectionRequest{list_services: "*"}, by hand: no stub is packaged.
  grpc::Slice request("\x3a\x01*");
  call->Write(grpc::ByteBuffer(&request, 1), nullptr);
  ASSERT_TRUE(step());
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  ASSERT_TRUE(step());
  grpc::Slice slice;
  ASSERT_TRUE(response.DumpToSingleSlice(&slice).ok());
  const std::string text(reinterpret_cast<const char*>(slice.begin()), slice.size());
  EXPECT_THAT(text, HasSubstr("comptoir.customer.v1.CustomerService"));
  EXPECT_THAT(text, HasSubstr("comptoir.hq.v1.ReplicationService"));
  EXPECT_THAT(text, HasSubstr("grpc.health.v1.Health"));
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  step();
  queue.Shutdown();
  while (step()) {
  }
}

}  // namespace
}  // namespace comptoir::rpc
