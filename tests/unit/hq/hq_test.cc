#include "tests/unit/hq/hq_test.h"

#include "common/customer/configuration.h"
#include "common/customer/requests/digest.h"
#include "common/customer/rules/rules.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {

using customer::v1::Customer;
using replication::v1::Operation;

namespace {

// Streams look at once for what was committed.
HqOptions WithoutRest(HqOptions options) {
  options.real_time_changes_rest = absl::ZeroDuration();
  return options;
}

}  // namespace

HqTest::HqTest(const HqOptions& options) : options_(WithoutRest(options)) { Restart(); }

HqTest::~HqTest() { hq_.reset(); }

HqEnvironment HqTest::Environment() {
  return {.database = database_,
          .submitter = *queue_,
          .executor = executor_,
          .clock = clock_,
          .random = random_,
          .logger = logger_,
          .run_read = run_read_};
}

void HqTest::Restart() {
  hq_.reset();
  queue_ = std::make_unique<CommitQueue>(database_, CommitterOptions());
  auto hq = Hq::Open(Environment(), options_);
  ASSERT_THAT(hq, IsOk());
  hq_ = *std::move(hq);
  hq_->Start();
  RunAll();
}

void HqTest::RunAll() {
  bool idle = false;
  while (!idle) {
    auto answers = queue_->RunGroup();
    for (auto& [done, status] : answers) done(status);
    idle = executor_.RunReady() == 0 && answers.empty();
  }
}

void HqTest::RunGroup() {
  for (auto& [done, status] : queue_->RunGroup()) done(status);
}

void HqTest::Advance(absl::Duration duration) {
  // In steps: what one timer starts is finished before the next one comes.
  const absl::Time end = clock_.Now() + duration;
  while (clock_.Now() < end) {
    executor_.Advance(std::min(absl::Milliseconds(100), end - clock_.Now()));
    RunAll();
  }
}

void HqTest::SetUpNumbers() {
  v1::CreateNumberSequenceRequest numbers;
  numbers.mutable_number_sequence()->set_name("numberSequences/customers");
  numbers.mutable_number_sequence()->set_format("C-########");
  numbers.mutable_number_sequence()->set_lowest(1);
  numbers.mutable_number_sequence()->set_highest(99'999'999);
  ASSERT_THAT(Administer<v1::NumberSequence>(numbers), IsOk());
}

void HqTest::SetUpChain() {
  SetUpNumbers();
  v1::CreateProfileRequest profile;
  profile.mutable_profile()->set_name("profiles/default");
  ASSERT_THAT(Administer<v1::Profile>(profile), IsOk());
  v1::CreateOperatingUnitRequest unit;
  unit.mutable_operating_unit()->set_name("operatingUnits/001");
  unit.mutable_operating_unit()->mutable_address()->set_country("US");
  ASSERT_THAT(Administer<v1::OperatingUnit>(unit), IsOk());
  v1::CreateChannelRequest channel;
  channel.mutable_channel()->set_name("channels/houston");
  channel.mutable_channel()->set_profile("profiles/default");
  channel.mutable_channel()->set_operating_unit("operatingUnits/001");
  channel.mutable_channel()->set_currency("USD");
  channel.mutable_channel()->set_language("en-US");
  channel.mutable_channel()->add_channel_services(kStore);
  ASSERT_THAT(Administer<v1::Channel>(channel), IsOk());
}

v1::NumberSequence HqTest::CustomerNumbers() const {
  v1::NumberSequence numbers;
  numbers.set_name("numberSequences/customers");
  return numbers;
}

void HqTest::SetNumbersBlocked(bool blocked) {
  v1::UpdateNumberSequenceRequest request;
  *request.mutable_number_sequence() = CustomerNumbers();
  request.mutable_number_sequence()->set_blocked(blocked);
  request.mutable_update_mask()->add_paths("blocked");
  ASSERT_THAT(Administer<v1::NumberSequence>(request), IsOk());
}

absl::StatusOr<Customer> HqTest::Create(const Customer& customer, const std::string& channel) {
  customer::v1::CreateCustomerRequest request;
  request.set_channel(channel);
  *request.mutable_customer() = customer;
  auto answer = Call(&Hq::CreateCustomer, request);
  if (!answer.ok()) return answer.status();
  return answer->value;
}

absl::StatusOr<Customer> HqTest::Get(const std::string& name) {
  customer::v1::GetCustomerRequest request;
  request.set_name(name);
  auto answer = Call(&Hq::GetCustomer, request);
  if (!answer.ok()) return answer.status();
  return answer->value;
}

absl::StatusOr<Customer> HqTest::Update(const customer::v1::UpdateCustomerRequest& request) {
  auto answer = Call(&Hq::UpdateCustomer, request);
  if (!answer.ok()) return answer.status();
  return answer->value;
}

absl::StatusOr<customer::v1::Address> HqTest::AddAddress(const CustomerId& parent,
                                                         const customer::v1::Address& address) {
  customer::v1::CreateAddressRequest request;
  request.set_parent(CustomerName(parent));
  *request.mutable_address() = address;
  auto answer = Call(&Hq::CreateAddress, request);
  if (!answer.ok()) return answer.status();
  return answer->value;
}

absl::StatusOr<v1::ListOperationsResponse> HqTest::Operations(
    replication::v1::OperationState state) {
  v1::ListOperationsRequest request;
  request.set_state(state);
  return Administer<v1::ListOperationsResponse>(request);
}

absl::StatusOr<v1::ChannelServiceInfo> HqTest::ServiceInfo(const std::string& service) {
  auto list = Administer<v1::ListChannelServicesResponse>(v1::ListChannelServicesRequest());
  if (!list.ok()) return list.status();
  for (const auto& info : list->channel_services()) {
    if (info.name() == "channelServices/" + service) return info;
  }
  return absl::NotFoundError(service);
}

Operation HqTest::CreateOperation(uint64_t sequence, const Customer& customer) {
  customer::v1::CreateCustomerRequest request;
  *request.mutable_customer() = customer;
  const CustomerId id = *ParseCustomerName(customer.name());
  const auto channel = *ReadChannelConfiguration(database_.latest(), kChannel);
  const auto key = *ReadDigestKey(database_.latest());
  const auto prepared = PrepareCustomer(customer, id, channel, clock_.Now());
  Operation operation;
  operation.set_sequence(sequence);
  operation.set_customer_id(std::string(id.bytes()));
  operation.set_request_id(std::string(id.bytes()));
  operation.set_request_digest(RequestDigest(key, request));
  operation.set_channel(kChannel);
  *operation.mutable_capture_time() = ToTimestamp(clock_.Now());
  auto& captured = *operation.mutable_create_customer()->mutable_customer();
  if (!prepared.ok()) {
    // One that a store with other rules would have taken.
    captured = customer;
    return operation;
  }
  captured = prepared->record.customer();
  for (const auto& record : prepared->addresses) {
    auto& address = *captured.add_addresses();
    address = record.address();
    const auto name = ParseAddressName(address.name());
    address.set_primary(name->address.bytes() == prepared->record.primary_address_id());
  }
  return operation;
}

Operation HqTest::NewEdit(uint64_t sequence, const Operation& create) {
  Operation operation;
  operation.set_sequence(sequence);
  operation.set_customer_id(create.customer_id());
  operation.set_customer_digest(create.request_digest());
  const Uuid id = NewId();
  operation.set_request_id(std::string(id.bytes()));
  operation.set_request_digest("digest of " + id.ToString());
  operation.set_channel(kChannel);
  operation.set_configuration_version(1'000'000);
  *operation.mutable_capture_time() = create.capture_time();
  operation.mutable_capture_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
  return operation;
}

UploadStream HqTest::OpenUpload(uint64_t lineage, const std::string& service, uint64_t epoch_id) {
  UploadStream stream;
  stream.reader = hq_->UploadOperations(stream.NewWriter());
  v1::UploadRequest request;
  auto& hello = *request.mutable_hello();
  hello.set_protocol_version(1);
  hello.set_channel_service(service);
  hello.add_channels(kChannel);
  hello.set_lineage(lineage);
  hello.mutable_epoch()->set_counter(1);
  hello.mutable_epoch()->set_id(epoch_id);
  stream.reader->OnMessage(request);
  RunAll();
  return stream;
}

void HqTest::Upload(UploadStream& stream, const std::vector<Operation>& operations) {
  v1::UploadRequest request;
  for (const Operation& operation : operations)
    request.mutable_batch()->add_operations(operation.SerializeAsString());
  stream.reader->OnMessage(request);
  RunAll();
}

void HqTest::UploadOnce(uint64_t lineage, const std::vector<Operation>& operations,
                        const std::string& service) {
  UploadStream stream = OpenUpload(lineage, service);
  Upload(stream, operations);
  ASSERT_THAT(stream.finished(), IsOk());
  stream.Break();
  RunAll();
}

v1::SubscribeHello HqTest::SubscribeHello(uint64_t lineage, const std::string& service) const {
  v1::SubscribeHello hello;
  hello.set_protocol_version(1);
  hello.set_channel_service(service);
  hello.add_channels(kChannel);
  hello.set_lineage(lineage);
  return hello;
}

SubscribeStream HqTest::OpenSubscription(const v1::SubscribeHello& hello) {
  SubscribeStream stream;
  stream.reader = hq_->SubscribeChanges(stream.NewWriter());
  v1::SubscribeRequest request;
  *request.mutable_hello() = hello;
  stream.reader->OnMessage(request);
  RunAll();
  return stream;
}

void HqTest::Acknowledge(SubscribeStream& stream, uint64_t batch) {
  v1::SubscribeRequest request;
  request.mutable_acknowledgement()->set_batch(batch);
  stream.reader->OnMessage(request);
  RunAll();
}

}  // namespace comptoir::hq
