// A server and a client on loopback, with a domain that does what the test wants.

#ifndef COMPTOIR_TESTS_UNIT_RPC_SERVER_TEST_H_
#define COMPTOIR_TESTS_UNIT_RPC_SERVER_TEST_H_

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/loop.h"
#include "common/base/status.h"
#include "common/rpc/client.h"
#include "common/rpc/client_stream.h"
#include "common/rpc/customer_handlers.h"
#include "common/rpc/encoded_stream.h"
#include "common/rpc/health.h"
#include "common/rpc/server.h"
#include "common/rpc/server_stream.h"
#include "comptoir/hq/v1/replication_service.grpc.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/matchers.h"

namespace comptoir::rpc {

using customer::v1::Customer;

inline constexpr std::chrono::seconds kPatience(60);

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
  COMPTOIR_TEST_METHOD(ListConsentChanges, ListConsentChangesRequest,
                       customer::v1::ListConsentChangesResponse)
  COMPTOIR_TEST_METHOD(CreateAddress, CreateAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(GetAddress, GetAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(ListAddresses, ListAddressesRequest, customer::v1::ListAddressesResponse)
  COMPTOIR_TEST_METHOD(UpdateAddress, UpdateAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(DeactivateAddress, DeactivateAddressRequest, customer::v1::Address)
  COMPTOIR_TEST_METHOD(EnsureSynchronized, EnsureSynchronizedRequest, Customer)
  COMPTOIR_TEST_METHOD(IssueLoyaltyCard, IssueLoyaltyCardRequest, customer::v1::LoyaltyCard)
  COMPTOIR_TEST_METHOD(TieLoyaltyCard, TieLoyaltyCardRequest, customer::v1::LoyaltyCard)
  COMPTOIR_TEST_METHOD(GetLoyaltyCard, GetLoyaltyCardRequest, customer::v1::LoyaltyCard)
  COMPTOIR_TEST_METHOD(ListLoyaltyCards, ListLoyaltyCardsRequest,
                       customer::v1::ListLoyaltyCardsResponse)
  COMPTOIR_TEST_METHOD(BlockLoyaltyCard, BlockLoyaltyCardRequest, customer::v1::LoyaltyCard)
  COMPTOIR_TEST_METHOD(UnblockLoyaltyCard, UnblockLoyaltyCardRequest, customer::v1::LoyaltyCard)
#undef COMPTOIR_TEST_METHOD

  void SearchCustomers(const customer::v1::SearchCustomersRequest&, const CallContext&,
                       Answer<customer::v1::SearchCustomersResponse> done) {
    done(HqAnswer<customer::v1::SearchCustomersResponse>());
  }
  void CreateCustomer(const customer::v1::CreateCustomerRequest& request,
                      const CallContext& context, Answer<Customer> done) {
    create(request, context, std::move(done));
  }
  void BatchCreateCustomers(const customer::v1::BatchCreateCustomersRequest&, const CallContext&,
                            Done<customer::v1::BatchCreateCustomersResponse> done) {
    done(customer::v1::BatchCreateCustomersResponse());
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
    replication::v1::Operation first;
    COMPTOIR_CHECK(first.ParseFromString(request.batch().operations(0)));
    response.mutable_acknowledgement()->set_sequence(first.sequence());
    writer_->Write(std::move(response));
  }
  void OnClosed(absl::Status status) override { closed_.set_value(std::move(status)); }

 private:
  std::unique_ptr<StreamWriter<hq::v1::UploadResponse>> writer_;
  std::promise<absl::Status>& closed_;
};

// Answers each acknowledgement by one that is encoded: in as many pieces as the number says.
class Subscriptions : public StreamReader<hq::v1::SubscribeRequest> {
 public:
  explicit Subscriptions(std::unique_ptr<StreamWriter<hq::v1::SubscribeResponse>> writer)
      : writer_(std::move(writer)) {}
  void OnMessage(hq::v1::SubscribeRequest request) override {
    hq::v1::SubscribeResponse response;
    response.mutable_batch()->set_batch(request.acknowledgement().batch());
    EncodedMessage encoded;
    encoded.Add(response.SerializeAsString());
    for (uint64_t i = 1; i < request.acknowledgement().batch(); ++i) encoded.Add(change_);
    writer_->WriteEncoded(std::move(encoded));
    writer_->Write(std::move(response));
  }
  void OnClosed(absl::Status) override {}

 private:
  static EncodedMessage::Piece Change() {
    hq::v1::SubscribeResponse response;
    response.mutable_batch()->add_changes()->set_sequence(7);
    return std::make_shared<const std::string>(response.SerializeAsString());
  }

  const std::unique_ptr<StreamWriter<hq::v1::SubscribeResponse>> writer_;
  const EncodedMessage::Piece change_ = Change();
};

class Replication : public hq::v1::ReplicationService::WithCallbackMethod_UploadOperations<
                        hq::v1::ReplicationService::WithRawCallbackMethod_SubscribeChanges<
                            hq::v1::ReplicationService::Service>> {
 public:
  Replication(Calls& calls, Executor& executor) : calls_(calls), executor_(executor) {}

  grpc::ServerBidiReactor<hq::v1::UploadRequest, hq::v1::UploadResponse>* UploadOperations(
      grpc::CallbackServerContext*) override {
    return ServeBidi<hq::v1::UploadRequest, hq::v1::UploadResponse>(
        calls_, __func__, executor_,
        [this](auto writer) { return std::make_unique<Uploads>(std::move(writer), closed); });
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SubscribeChanges(
      grpc::CallbackServerContext*) override {
    return ServeEncodedBidi<hq::v1::SubscribeRequest, hq::v1::SubscribeResponse>(
        calls_, __func__, executor_,
        [](auto writer) { return std::make_unique<Subscriptions>(std::move(writer)); });
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

  std::unique_ptr<StreamWriter<hq::v1::SubscribeRequest>> Subscribe(
      StreamReader<hq::v1::SubscribeResponse>* reader) {
    return OpenBidi<hq::v1::SubscribeResponse, hq::v1::SubscribeRequest>(
        client_, client_loop_, reader, [&](grpc::ClientContext* context, auto* reactor) {
          replication_stub_->async()->SubscribeChanges(context, reactor);
        });
  }

  static hq::v1::UploadRequest Batch(uint64_t sequence, std::string payload = "") {
    hq::v1::UploadRequest request;
    replication::v1::Operation operation;
    operation.set_sequence(sequence);
    operation.set_channel(std::move(payload));
    request.mutable_batch()->add_operations(operation.SerializeAsString());
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

}  // namespace comptoir::rpc

#endif  // COMPTOIR_TESTS_UNIT_RPC_SERVER_TEST_H_
