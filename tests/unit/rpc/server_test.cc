#include "common/rpc/server.h"

#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/loop.h"
#include "common/base/status.h"
#include "common/rpc/client.h"
#include "common/rpc/client_stream.h"
#include "common/rpc/customer_handlers.h"
#include "common/rpc/health.h"
#include "common/rpc/server_stream.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace comptoir::rpc {
namespace {

using customer::v1::Customer;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience(60);

// Fails the test if it takes implausibly long.
template <typename T>
T Await(std::future<T> future) {
  if (future.wait_for(kPatience) != std::future_status::ready) {
    ADD_FAILURE() << "waited in vain";
    std::abort();
  }
  return future.get();
}

// A state machine at either end of a stream, whose end can be awaited.
template <typename Message>
class RecordingReader : public StreamReader<Message> {
 public:
  void OnMessage(Message message) override {
    messages.push_back(std::move(message));
    if (messages.size() == messages_awaited) enough.set_value();
  }
  void OnClosed(absl::Status status) override { closed.set_value(std::move(status)); }

  size_t messages_awaited = 0;
  std::promise<void> enough;
  std::vector<Message> messages;
  std::promise<absl::Status> closed;
};

// Has the methods of hq::Hq and channel::ChannelService. Those that no test calls answer nothing.
class FakeDomain {
 public:
  template <typename Response>
  using Answer = HqDone<Response>;

#define COMPTOIR_TEST_METHOD(method, Request, Response) \
  void method(const customer::v1::Request&, const CallContext&, Answer<Response>) {}
  COMPTOIR_TEST_METHOD(GetNewCustomerForm, GetNewCustomerFormRequest, Customer)
  COMPTOIR_TEST_METHOD(ListCustomers, ListCustomersRequest, customer::v1::ListCustomersResponse)
  COMPTOIR_TEST_METHOD(UpdateCustomer, UpdateCustomerRequest, Customer)
  COMPTOIR_TEST_METHOD(CreateAddress, CreateAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(GetAddress, GetAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(ListAddresses, ListAddressesRequest, customer::v1::ListAddressesResponse)
  COMPTOIR_TEST_METHOD(UpdateAddress, UpdateAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(DeactivateAddress, DeactivateAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(EnsureSynchronized, EnsureSynchronizedRequest, Customer)
#undef COMPTOIR_TEST_METHOD

  void SearchCustomers(const customer::v1::SearchCustomersRequest&, const CallContext&,
                       Answer<customer::v1::SearchCustomersResponse> done) {
    done(HqAnswer<customer::v1::SearchCustomersResponse>());
  }
  void CreateCustomer(const customer::v1::CreateCustomerRequest& request,
                      const CallContext& context, Answer<Customer> done) {
    create(request, context, std::move(done));
  }
  void GetCustomer(const customer::v1::GetCustomerRequest&, const CallContext&,
                   Answer<Customer> done) {
    done(MakeError(Reason::kCustomerNotFound, "No such customer.", {{"customer", "x"}}));
  }
  // Answers with the states 1 to 3 of the customer that was asked for, then ends.
  std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> WatchCustomer(
      const CallContext&, std::unique_ptr<StreamWriter<Customer>> writer) {
    class Watch : public StreamReader<customer::v1::WatchCustomerRequest> {
     public:
      explicit Watch(std::unique_ptr<StreamWriter<Customer>> writer) : writer_(std::move(writer)) {}
      void OnMessage(customer::v1::WatchCustomerRequest request) override {
        Customer customer;
        customer.set_name(request.name());
        for (const char* etag : {"1", "2", "3"}) {
          customer.set_etag(etag);
          writer_->Write(customer);
        }
        writer_->Finish(absl::OkStatus());
      }
      void OnClosed(absl::Status) override {}

     private:
      std::unique_ptr<StreamWriter<Customer>> writer_;
    };
    return std::make_unique<Watch>(std::move(writer));
  }

  std::function<void(const customer::v1::CreateCustomerRequest&, const CallContext&,
                     Answer<Customer>)>
      create;
};

// Answers each upload batch by an acknowledgement of its first operation; what else it does is the
// test's.
class Uploads : public StreamReader<hq::v1::UploadRequest> {
 public:
  Uploads(std::unique_ptr<StreamWriter<hq::v1::UploadResponse>> writer,
          std::promise<absl::Status>& closed)
      : writer_(std::move(writer)), closed_(closed) {}
  void OnMessage(hq::v1::UploadRequest request) override {
    if (request.has_hello()) {
      writer_->Finish(MakeError(Reason::kLineageFenced, "Another one uploads."));
      return;
    }
    hq::v1::UploadResponse response;
    response.mutable_acknowledgement()->set_sequence(request.batch().operations(0).sequence());
    writer_->Write(std::move(response));
  }
  void OnClosed(absl::Status status) override { closed_.set_value(std::move(status)); }

 private:
  std::unique_ptr<StreamWriter<hq::v1::UploadResponse>> writer_;
  std::promise<absl::Status>& closed_;
};

class Replication : public hq::v1::ReplicationService::CallbackService {
 public:
  Replication(Calls& calls, Executor& executor) : calls_(calls), executor_(executor) {}

  grpc::ServerBidiReactor<hq::v1::UploadRequest, hq::v1::UploadResponse>* UploadOperations(
      grpc::CallbackServerContext*) override {
    return ServeBidi<hq::v1::UploadRequest, hq::v1::UploadResponse>(
        calls_, __func__, executor_,
        [this](auto writer) { return std::make_unique<Uploads>(std::move(writer), closed); });
  }

  std::promise<absl::Status> closed;

 private:
  Calls& calls_;
  Executor& executor_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    server_ = *Server::Start(options_, {&customers_, &replication_});
    connection_ = NewConnection({.target = absl::StrCat("127.0.0.1:", server_->port())});
    stub_ = customer::v1::CustomerService::NewStub(connection_);
    replication_stub_ = hq::v1::ReplicationService::NewStub(connection_);
    health_ = std::make_unique<HealthClient>(client_, connection_);
  }
  ~ServerTest() override {
    // Drops what a test kept unanswered.
    domain_.create = nullptr;
    kept_.clear();
    client_.StopAndWait();
    server_->Shutdown(absl::Seconds(1));
    server_.reset();
    server_loop_.Stop();
    client_loop_.Stop();
  }

  // Calls CreateCustomer as a channel service calls HQ.
  std::future<absl::StatusOr<HqAnswer<Customer>>> Create(const CallContext& context = {},
                                                         std::string notes = "") {
    auto answer = std::make_shared<std::promise<absl::StatusOr<HqAnswer<Customer>>>>();
    customer::v1::CreateCustomerRequest request;
    request.set_channel(std::move(notes));
    CallUnary<Customer>(
        client_, context,
        [&](grpc::ClientContext* client_context, Customer* response, auto ended) {
          stub_->async()->CreateCustomer(client_context, &request, response, std::move(ended));
        },
        [answer](absl::StatusOr<HqAnswer<Customer>> result) {
          answer->set_value(std::move(result));
        });
    return answer->get_future();
  }

  // Lets creates wait until the test answers them.
  void KeepCreates() {
    domain_.create = [this](const auto&, const auto&, HqDone<Customer> done) {
      kept_.push_back(std::move(done));
      if (kept_.size() == 1) first_kept_.set_value();
    };
  }

  std::unique_ptr<StreamWriter<hq::v1::UploadRequest>> Upload(
      StreamReader<hq::v1::UploadResponse>* reader) {
    return OpenBidi<hq::v1::UploadResponse, hq::v1::UploadRequest>(
        client_, client_loop_, reader, [&](grpc::ClientContext* context, auto* reactor) {
          replication_stub_->async()->UploadOperations(context, reactor);
        });
  }

  static hq::v1::UploadRequest Batch(uint64_t sequence, std::string payload = "") {
    hq::v1::UploadRequest request;
    auto& operation = *request.mutable_batch()->add_operations();
    operation.set_sequence(sequence);
    operation.set_channel(std::move(payload));
    return request;
  }

  absl::Status Health() {
    std::promise<absl::Status> health;
    health_->Check(absl::InfiniteFuture(),
                   [&](absl::Status status) { health.set_value(std::move(status)); });
    return Await(health.get_future());
  }

  const ServerOptions options_ = {.listen = "127.0.0.1:0", .message_bytes_max = 1 << 20};
  Metrics metrics_;
  Calls calls_{metrics_, {.unary_calls_max = 1, .streams_max = 2}};
  Loop server_loop_;
  Loop client_loop_;
  FakeDomain domain_;
  ReadPool reads_{{.threads = 1, .queue_reads_max = 2}};
  CustomerHandlers<FakeDomain> customers_{domain_, calls_, reads_, server_loop_};
  Replication replication_{calls_, server_loop_};
  std::vector<HqDone<Customer>> kept_;
  std::promise<void> first_kept_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> connection_;
  std::unique_ptr<customer::v1::CustomerService::Stub> stub_;
  std::unique_ptr<hq::v1::ReplicationService::Stub> replication_stub_;
  ClientCalls client_;
  std::unique_ptr<HealthClient> health_;
};

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

TEST_F(ServerTest, StatesAreStreamed) {
  grpc::ClientContext context;
  customer::v1::WatchCustomerRequest request;
  request.set_name("customers/1");
  const auto stream = stub_->WatchCustomer(&context, request);
  Customer customer;
  std::string last;
  while (stream->Read(&customer)) {
    EXPECT_EQ(customer.name(), "customers/1");
    EXPECT_GT(customer.etag(), last);
    last = customer.etag();
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(last, "3");
}

// Many messages go up, as many come back, in order, and both sides end well.
TEST_F(ServerTest, StreamsCarryEverythingInOrder) {
  constexpr uint64_t kBatches = 2000;
  RecordingReader<hq::v1::UploadResponse> reader;
  reader.messages_awaited = kBatches;
  auto writer = Upload(&reader);
  for (uint64_t i = 1; i <= kBatches; ++i) writer->Write(Batch(i, std::string(1000, 'x')));
  Await(reader.enough.get_future());
  writer->Finish(absl::OkStatus());

  EXPECT_THAT(Await(reader.closed.get_future()), IsOk());
  EXPECT_THAT(Await(replication_.closed.get_future()), IsOk());
  for (uint64_t i = 1; i <= kBatches; ++i) {
    ASSERT_EQ(reader.messages[i - 1].acknowledgement().sequence(), i);
  }
}

TEST_F(ServerTest, TheServersReasonForEndingArrives) {
  RecordingReader<hq::v1::UploadResponse> reader;
  auto writer = Upload(&reader);
  hq::v1::UploadRequest hello;
  hello.mutable_hello()->set_channel_service("store-001");
  writer->Write(hello);
  EXPECT_THAT(Await(reader.closed.get_future()), HasReason("LINEAGE_FENCED"));
  EXPECT_THAT(Await(replication_.closed.get_future()), HasReason("LINEAGE_FENCED"));
  writer->Write(hello);
}

TEST_F(ServerTest, AClientThatLetsGoCancels) {
  RecordingReader<hq::v1::UploadResponse> reader;
  reader.messages_awaited = 1;
  auto writer = Upload(&reader);
  writer->Write(Batch(1));
  Await(reader.enough.get_future());
  writer.reset();
  EXPECT_THAT(Await(reader.closed.get_future()), HasCode(absl::StatusCode::kCancelled));
  static_cast<void>(Await(replication_.closed.get_future()));
}

TEST_F(ServerTest, AServerThatGoesAwayEndsStreams) {
  RecordingReader<hq::v1::UploadResponse> reader;
  reader.messages_awaited = 1;
  auto writer = Upload(&reader);
  writer->Write(Batch(1));
  Await(reader.enough.get_future());
  server_->Shutdown(absl::ZeroDuration());
  static_cast<void>(Await(replication_.closed.get_future()));
  EXPECT_FALSE(Await(reader.closed.get_future()).ok());
}

// Nobody listens: the reader still hears the end, as unreachable.
TEST_F(ServerTest, AStreamToNowhereCloses) {
  server_->Shutdown(absl::ZeroDuration());
  RecordingReader<hq::v1::UploadResponse> reader;
  auto writer = Upload(&reader);
  const absl::Status status = Await(reader.closed.get_future());
  EXPECT_THAT(status, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(status), std::nullopt);
}

TEST_F(ServerTest, MoreStreamsThanAllowedAreOverload) {
  std::vector<std::unique_ptr<StreamWriter<hq::v1::UploadRequest>>> writers;
  RecordingReader<hq::v1::UploadResponse> readers[3];
  for (int i = 0; i < 2; ++i) {
    readers[i].messages_awaited = 1;
    writers.push_back(Upload(&readers[i]));
    writers.back()->Write(Batch(1));
    Await(readers[i].enough.get_future());
  }
  auto third = Upload(&readers[2]);
  EXPECT_THAT(Await(readers[2].closed.get_future()), HasReason("OVERLOADED"));
  // The two share what tells the test of their end.
  replication_.closed = {};
  writers[0].reset();
  static_cast<void>(Await(replication_.closed.get_future()));
  EXPECT_THAT(Await(readers[0].closed.get_future()), HasCode(absl::StatusCode::kCancelled));
  replication_.closed = {};
  writers[1].reset();
  static_cast<void>(Await(replication_.closed.get_future()));
  EXPECT_THAT(Await(readers[1].closed.get_future()), HasCode(absl::StatusCode::kCancelled));
}

// A client that stops ends its streams and calls, and begins none.
TEST_F(ServerTest, AClientThatStopsEndsAll) {
  RecordingReader<hq::v1::UploadResponse> reader;
  auto writer = Upload(&reader);
  KeepCreates();
  auto call = Create();
  Await(first_kept_.get_future());

  client_.StopAndWait();

  EXPECT_THAT(Await(std::move(call)), HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(Await(reader.closed.get_future()), HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(Await(Create()), HasReason("SHUTTING_DOWN"));
  RecordingReader<hq::v1::UploadResponse> late;
  auto closed_writer = Upload(&late);
  closed_writer->Write(Batch(1));
  EXPECT_THAT(Await(late.closed.get_future()), HasReason("SHUTTING_DOWN"));
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
