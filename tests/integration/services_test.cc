// HQ and a channel service with real gRPC and real databases, in one process.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "channel-service/process.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/base/status_proto.h"
#include "common/rpc/status_mapping.h"
#include "comptoir/channel/v1/status_service.grpc.pb.h"
#include "comptoir/customer/v1/customer_service.grpc.pb.h"
#include "comptoir/hq/v1/admin_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "hq-service/process.h"
#include "tests/integration/eventually.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Address(int port) { return absl::StrCat("127.0.0.1:", port); }

// What GET /metrics says.
std::string Scrape(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text;
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
    if (write(socket, request.data(), request.size()) > 0) {
      char buffer[4096];
      for (ssize_t n; (n = read(socket, buffer, sizeof(buffer))) > 0;) text.append(buffer, n);
    }
  }
  close(socket);
  return text;
}

class ServicesTest : public ::testing::Test {
 protected:
  ServicesTest() {
    hq_options_.service.server.listen = "127.0.0.1:0";
    hq_options_.service.rocks.path = dir_.File("hq");
    StartHq();
    // The port that a restarted HQ will have again.
    hq_options_.service.server.listen = Address(hq_->port());
    channel_options_.channel.id = "store-001";
    channel_options_.channel.channels = {"001"};
    channel_options_.hq = hq_options_.service.server.listen;
    channel_options_.service.server.listen = "127.0.0.1:0";
    channel_options_.service.rocks.path = dir_.File("store");
  }

  void StartHq() {
    auto hq = hq::HqProcess::Start(hq_options_, logger_);
    ASSERT_THAT(hq, IsOk());
    hq_ = *std::move(hq);
  }

  void StopHq() {
    hq_->Drain();
    hq_.reset();
  }

  void StartChannelService() {
    auto service = channel::ChannelProcess::Start(channel_options_, logger_);
    ASSERT_THAT(service, IsOk());
    channel_ = *std::move(service);
    const auto connection =
        grpc::CreateChannel(Address(channel_->port()), grpc::InsecureChannelCredentials());
    store_ = customer::v1::CustomerService::NewStub(connection);
    status_ = channel::v1::StatusService::NewStub(connection);
    health_ = grpc::health::v1::Health::NewStub(connection);
  }

  // Makes channel 001 at HQ: synchronous, or with "Create customer in async mode".
  void Configure(bool async) {
    const auto connection =
        grpc::CreateChannel(Address(hq_->port()), grpc::InsecureChannelCredentials());
    const auto admin = hq::v1::AdminService::NewStub(connection);
    hq::v1::CreateNumberSequenceRequest numbers;
    numbers.mutable_number_sequence()->set_name("numberSequences/customers");
    numbers.mutable_number_sequence()->set_format("C-######");
    numbers.mutable_number_sequence()->set_lowest(1);
    numbers.mutable_number_sequence()->set_highest(999999);
    numbers.mutable_number_sequence()->set_next(1);
    hq::v1::NumberSequence made_numbers;
    Admin(&hq::v1::AdminService::Stub::CreateNumberSequence, *admin, numbers, made_numbers);

    hq::v1::CreateOperatingUnitRequest unit;
    unit.mutable_operating_unit()->set_name("operatingUnits/milano");
    unit.mutable_operating_unit()->mutable_address()->set_country("IT");
    hq::v1::OperatingUnit made_unit;
    Admin(&hq::v1::AdminService::Stub::CreateOperatingUnit, *admin, unit, made_unit);

    hq::v1::CreateProfileRequest profile;
    profile.mutable_profile()->set_name("profiles/store");
    profile.mutable_profile()->set_create_customer_async(async);
    hq::v1::Profile made_profile;
    Admin(&hq::v1::AdminService::Stub::CreateProfile, *admin, profile, made_profile);

    hq::v1::CreateChannelRequest channel;
    channel.mutable_channel()->set_name("channels/001");
    channel.mutable_channel()->set_operating_unit("operatingUnits/milano");
    channel.mutable_channel()->set_profile("profiles/store");
    channel.mutable_channel()->set_currency("EUR");
    channel.mutable_channel()->set_language("it");
    channel.mutable_channel()->add_channel_services("store-001");
    hq::v1::Channel made_channel;
    Admin(&hq::v1::AdminService::Stub::CreateChannel, *admin, channel, made_channel);
  }

  template <typename Method, typename Request, typename Response>
  void Admin(Method method, hq::v1::AdminService::Stub& admin, const Request& request,
             Response& response) {
    grpc::ClientContext context;
    const grpc::Status status = (admin.*method)(&context, request, &response);
    ASSERT_TRUE(status.ok()) << rpc::FromGrpc(status);
  }

  absl::StatusOr<Customer> Create(const Customer& customer, const std::string& language = "en") {
    customer::v1::CreateCustomerRequest request;
    *request.mutable_customer() = customer;
    grpc::ClientContext context;
    context.AddMetadata("accept-language", language);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    Customer created;
    const grpc::Status status = store_->CreateCustomer(&context, request, &created);
    if (!status.ok()) return rpc::FromGrpc(status);
    return created;
  }

  Customer Ada() {
    Customer customer;
    customer.set_name(absl::StrCat("customers/", NewUuid(random_).ToString()));
    customer.set_given_name("Ada");
    customer.set_family_name("Lovelace");
    return customer;
  }

  // Waits, at the store, until the customer has its account number; returns it.
  Customer WaitUntilSynced(const std::string& name) {
    customer::v1::WatchCustomerRequest request;
    request.set_name(name);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    const auto stream = store_->WatchCustomer(&context, request);
    Customer customer;
    while (stream->Read(&customer)) {
      if (customer.state() == customer::v1::CUSTOMER_STATE_SYNCED) {
        context.TryCancel();
        return customer;
      }
    }
    ADD_FAILURE() << "never synced: " << rpc::FromGrpc(stream->Finish());
    return customer;
  }

  channel::v1::Status Status() {
    grpc::ClientContext context;
    channel::v1::Status status;
    EXPECT_TRUE(status_->GetStatus(&context, {}, &status).ok());
    return status;
  }

  bool IsServing() {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckResponse response;
    return health_->Check(&context, {}, &response).ok() &&
           response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  }

  // Ready, and with HQ answering.
  void WaitUntilOnline() {
    ASSERT_TRUE(Eventually([&] { return IsServing(); }));
    ASSERT_TRUE(Eventually([&] { return Status().link() == channel::v1::LINK_STATE_ONLINE; }));
  }

  TempDir dir_;
  SystemRandom random_;
  NullLogger logger_;
  hq::HqProcessOptions hq_options_;
  channel::ChannelProcessOptions channel_options_;
  std::unique_ptr<hq::HqProcess> hq_;
  std::unique_ptr<channel::ChannelProcess> channel_;
  std::unique_ptr<customer::v1::CustomerService::Stub> store_;
  std::unique_ptr<channel::v1::StatusService::Stub> status_;
  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

// A synchronous create comes back with HQ's account number.
TEST_F(ServicesTest, CreatesSynchronously) {
  PROVES("K1", "S2");
  Configure(/*async=*/false);
  StartChannelService();
  WaitUntilOnline();

  const auto created = Create(Ada());

  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_THAT(created->account_number(), StartsWith("C-"));
  EXPECT_EQ(created->account_number_text(), created->account_number());
}

// An asynchronous create is pending at once, in the caller's language, and synced by itself.
TEST_F(ServicesTest, CreatesAsynchronously) {
  PROVES("K1", "S3", "P3");
  Configure(/*async=*/true);
  StartChannelService();
  WaitUntilOnline();

  const auto created = Create(Ada(), "fr-CA, fr;q=0.9");

  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(created->account_number_text(), "En attente de synchronisation");
  EXPECT_THAT(WaitUntilSynced(created->name()).account_number(), StartsWith("C-"));
}

// HQ goes away: the store goes on; HQ comes back: the account number arrives.
TEST_F(ServicesTest, FallsBackAndReturns) {
  PROVES("K1", "S5", "S8", "P3");
  Configure(/*async=*/false);
  StartChannelService();
  WaitUntilOnline();
  StopHq();

  const auto created = Create(Ada());
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_TRUE(IsServing()) << "a channel service is ready without HQ (K1)";

  StartHq();
  EXPECT_THAT(WaitUntilSynced(created->name()).account_number(), StartsWith("C-"));
  WaitUntilOnline();
  const auto next = Create(Ada());
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->state(), customer::v1::CUSTOMER_STATE_SYNCED);
}

// Without its configuration a channel service isn't ready, and says why; then it is.
TEST_F(ServicesTest, IsReadyOnceConfigured) {
  PROVES("K1");
  StartChannelService();
  EXPECT_FALSE(IsServing());
  EXPECT_THAT(Create(Ada()), HasReason("CONFIGURATION_MISSING"));

  Configure(/*async=*/false);
  EXPECT_TRUE(Eventually([&] { return IsServing(); }));
}

// Ready from its own database, though HQ is down.
TEST_F(ServicesTest, RestartsWithoutHq) {
  PROVES("K1");
  Configure(/*async=*/false);
  StartChannelService();
  WaitUntilOnline();
  StopHq();
  channel_.reset();

  StartChannelService();
  EXPECT_TRUE(Eventually([&] { return IsServing(); }));
  const auto created = Create(Ada());
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_PENDING);
}

// A refusal of HQ reaches the POS whole: reason and every field.
TEST_F(ServicesTest, RefusalsAreReturnedWithTheirFields) {
  PROVES("S5", "C8");
  Configure(/*async=*/false);
  StartChannelService();
  WaitUntilOnline();
  Customer customer = Ada();
  customer.mutable_email()->set_address("nobody");
  customer.set_currency("XXL");

  const auto refused = Create(customer);

  EXPECT_THAT(refused, HasReason("INVALID_FIELDS"));
  EXPECT_GE(FieldViolationsOf(refused.status()).size(), 2u);
}

// A whole batch over the wire: results in the order of the requests, errors with their reason, and
// the same at HQ. (C10)
TEST_F(ServicesTest, BatchOfCustomers) {
  PROVES("C10");
  Configure(/*async=*/true);
  StartChannelService();
  WaitUntilOnline();
  customer::v1::BatchCreateCustomersRequest batch;
  for (int i = 0; i < 256; ++i) {
    auto& request = *batch.add_requests();
    request.set_channel("001");
    *request.mutable_customer() = Ada();
  }
  batch.mutable_requests(7)->mutable_customer()->set_currency("XXL");

  const auto expect_results = [&](customer::v1::CustomerService::Stub& service) {
    customer::v1::BatchCreateCustomersResponse response;
    grpc::ClientContext context;
    const grpc::Status status = service.BatchCreateCustomers(&context, batch, &response);
    ASSERT_TRUE(status.ok()) << rpc::FromGrpc(status);
    ASSERT_EQ(response.results_size(), 256);
    for (int i = 0; i < 256; ++i) {
      const std::string& name = batch.requests(i).customer().name();
      EXPECT_EQ(response.results(i).customer().name(), i == 7 ? "" : name);
    }
    EXPECT_THAT(FromProto(response.results(7).error()),
                HasViolation("currency", "CURRENCY_UNKNOWN"));
  };
  expect_results(*store_);
  WaitUntilSynced(batch.requests(0).customer().name());
  expect_results(*customer::v1::CustomerService::NewStub(
      grpc::CreateChannel(Address(hq_->port()), grpc::InsecureChannelCredentials())));

  batch.add_requests();
  customer::v1::BatchCreateCustomersResponse response;
  grpc::ClientContext context;
  EXPECT_THAT(rpc::FromGrpc(store_->BatchCreateCustomers(&context, batch, &response)),
              HasViolation("requests", "TOO_MANY"));
}

TEST_F(ServicesTest, MetricsTellWhatHappened) {
  channel_options_.service.metrics_listen = "127.0.0.1:0";
  Configure(/*async=*/true);
  StartChannelService();
  WaitUntilOnline();
  const auto created = Create(Ada());
  ASSERT_THAT(created, IsOk());
  WaitUntilSynced(created->name());

  std::string text;
  EXPECT_TRUE(Eventually([&] {
    text = Scrape(channel_->metrics_port());
    return text.find(R"(comptoir_creates_total{kind="asynchronous"} 1)") != std::string::npos &&
           text.find("comptoir_outbox_operations 0") != std::string::npos;
  })) << text;
  EXPECT_THAT(text, HasSubstr(R"(comptoir_calls_total{method="CreateCustomer",reason="OK"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(comptoir_call_seconds_count{method="CreateCustomer"} 1)"));
  EXPECT_THAT(text, HasSubstr("comptoir_link_online 1"));
  EXPECT_THAT(text, HasSubstr("comptoir_commit_groups_total"));
}

// A draining service takes no calls and ends its streams; what it answered is there afterwards.
TEST_F(ServicesTest, DrainsWhileAPosWatches) {
  PROVES("K1");
  Configure(/*async=*/false);
  StartChannelService();
  WaitUntilOnline();
  const auto created = Create(Ada());
  ASSERT_THAT(created, IsOk());
  customer::v1::WatchCustomerRequest request;
  request.set_name(created->name());
  grpc::ClientContext watch_context;
  const auto watch = store_->WatchCustomer(&watch_context, request);
  Customer customer;
  ASSERT_TRUE(watch->Read(&customer));

  channel_->Drain();

  while (watch->Read(&customer)) {
  }
  EXPECT_FALSE(IsServing());
  EXPECT_THAT(Create(Ada()), HasCode(absl::StatusCode::kUnavailable));
  channel_.reset();
  StartChannelService();
  customer::v1::GetCustomerRequest get;
  get.set_name(created->name());
  grpc::ClientContext context;
  ASSERT_TRUE(store_->GetCustomer(&context, get, &customer).ok());
  EXPECT_EQ(customer.account_number(), created->account_number());
}

// The documented example of a POS works, in its language.
TEST_F(ServicesTest, PosClientPrintsTheAccountNumber) {
  Configure(/*async=*/false);
  StartChannelService();
  WaitUntilOnline();
  const std::string address = Address(channel_->port());
  const auto run = [&](const std::string& given_name) {
    Subprocess pos({COMPTOIR_POS_CLIENT, address, given_name, "Lovelace"}, dir_.File("pos"));
    EXPECT_EQ(pos.Wait(), 0) << pos.Output();
    return pos.Output();
  };
  EXPECT_THAT(run("Ada"), AllOf(StartsWith("C-0"), HasSubstr("\n")));
  StopHq();
  EXPECT_EQ(run("Grace"), "En attente de synchronisation\n");
}

}  // namespace
}  // namespace comptoir
