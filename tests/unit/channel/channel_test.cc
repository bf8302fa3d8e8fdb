#include "tests/unit/channel/channel_test.h"

#include "channel-service/domain/outbox/lineage.h"
#include "common/customer/rules/rules.h"
#include "common/storage/epochs.h"
#include "common/storage/key_codec.h"

namespace comptoir::channel {
namespace {

constexpr uint64_t kHqEpoch = 7;

ChannelConfiguration Configuration() {
  return {.channel = "052", .currency = "GBP", .language = "en-GB", .default_country = "GB"};
}

template <typename Record>
replication::v1::Change ConfigurationChange(replication::v1::RecordKind kind, std::string key,
                                            const Record& record) {
  replication::v1::Change change;
  change.mutable_membership()->set_job(replication::v1::JOB_1070_CHANNELS);
  change.set_sequence(record.version());
  replication::v1::RecordChange& changed = *change.mutable_record();
  changed.set_kind(kind);
  changed.set_key(std::move(key));
  changed.set_record(record.SerializeAsString());
  changed.set_version(record.version());
  return change;
}

HqCustomer MakeHqCustomer(PreparedCustomer prepared, const std::string& digest, uint64_t version,
                          const std::string& account_number) {
  HqCustomer customer{std::move(prepared.record), std::move(prepared.addresses)};
  customer.record.mutable_customer()->set_name(CustomerName(prepared.id));
  customer.record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  customer.record.mutable_customer()->set_account_number(account_number);
  customer.record.mutable_customer()->set_channel("052");
  customer.record.set_request_digest(digest);
  customer.record.set_version(version);
  uint32_t ordinal = 0;
  for (storage::v1::AddressRecord& address : customer.addresses) {
    address.set_version(version);
    address.set_request_digest(digest);
    address.set_created_sequence(version);
    address.set_created_ordinal(ordinal++);
  }
  return customer;
}

}  // namespace

HqAnswer<customer::v1::Customer> HqCustomer::Answer(uint64_t position) const {
  HqAnswer<customer::v1::Customer> answer{.value = CustomerView(record, "en")};
  for (const auto& address : addresses) {
    *answer.value.add_addresses() = AddressView(address, record);
  }
  answer.position.set_epoch_counter(kHqEpoch);
  answer.position.set_sequence(position);
  return answer;
}

std::vector<replication::v1::RecordChange> HqCustomer::Changes() const {
  std::vector<replication::v1::RecordChange> changes;
  const auto id = ParseCustomerName(record.customer().name()).value();
  replication::v1::RecordChange& customer = changes.emplace_back();
  customer.set_kind(replication::v1::RECORD_KIND_CUSTOMER);
  customer.set_key(std::string(id.bytes()));
  customer.set_record(record.SerializeAsString());
  customer.set_version(record.version());
  for (const storage::v1::AddressRecord& address : addresses) {
    const auto key = ParseAddressName(address.address().name()).value();
    replication::v1::RecordChange& change = changes.emplace_back();
    change.set_kind(replication::v1::RECORD_KIND_ADDRESS);
    change.set_key(KeyWriter().Id(key.customer).Id(key.address).key());
    change.set_record(address.SerializeAsString());
    change.set_version(address.version());
  }
  return changes;
}

ChannelTest::ChannelTest() {
  options_.id = "store-052";
  options_.channels = {"052"};
}

ChannelTest::~ChannelTest() { Crash(); }

void ChannelTest::Open() {
  Crash();
  queue_ = std::make_unique<CommitQueue>(database_, committer_options_);
  auto service = ChannelService::Open({.database = database_,
                                       .submitter = *queue_,
                                       .executor = executor_,
                                       .clock = clock_,
                                       .random = random_,
                                       .logger = logger_,
                                       .hq = hq_,
                                       .search_memory = search_memory_},
                                      options_);
  ASSERT_THAT(service, IsOk());
  service_ = *std::move(service);
  service_->Start();
  Run();
}

void ChannelTest::Crash() {
  service_.reset();
  queue_.reset();
  hq_.Forget();
}

void ChannelTest::Run() {
  bool worked = true;
  while (worked) {
    worked = executor_.RunReady() > 0;
    CommitQueue::Answers answers = queue_->RunGroup();
    for (auto& [done, status] : answers) done(status);
    worked = worked || !answers.empty();
  }
}

void ChannelTest::Advance(absl::Duration duration) {
  for (absl::Duration step = absl::Milliseconds(10); duration > absl::ZeroDuration();
       duration -= step) {
    executor_.Advance(std::min(step, duration));
    Run();
  }
}

hq::v1::UploadHelloReply ChannelTest::HeldByHq(uint64_t sequence) const {
  hq::v1::UploadHelloReply reply;
  reply.set_lineage(ReadOutboxState(reader())->lineage());
  if (sequence > 0) {
    *reply.mutable_position() = MakePosition(*CurrentEpoch(reader()), Sequence(sequence));
  }
  reply.set_window_bytes_max(1 << 20);
  return reply;
}

void ChannelTest::Connect(const hq::v1::UploadHelloReply& uploaded) {
  hq::v1::UploadResponse upload;
  *upload.mutable_hello() = uploaded;
  hq_.uploads.Send(upload);
  GreetSubscription();
}

void ChannelTest::GreetSubscription() {
  hq::v1::SubscribeResponse subscription;
  hq::v1::SubscribeHelloReply& hello = *subscription.mutable_hello();
  hello.mutable_epoch()->set_counter(kHqEpoch);
  for (const replication::v1::Membership& membership : Memberships()) {
    *hello.add_memberships() = membership;
  }
  batch_ = 0;
  hq_.subscriptions.Send(subscription);
  Run();
}

std::vector<replication::v1::Membership> ChannelTest::Memberships() const {
  std::vector<replication::v1::Membership> memberships;
  const auto add = [&](replication::v1::Job job, const std::string& book, uint64_t id) {
    replication::v1::Membership& membership = memberships.emplace_back();
    membership.set_job(job);
    membership.set_book(book);
    membership.set_id(id);
  };
  add(replication::v1::JOB_1070_CHANNELS, "all", 1);
  add(replication::v1::JOB_1110_GLOBAL, "all", 1);
  if (customers_come_) {
    for (const auto& [book, id] : books_) {
      add(replication::v1::JOB_1010_CUSTOMERS, book, id);
      add(replication::v1::JOB_1050_LOYALTY, book, id);
    }
    if (books_.count("all") == 0) add(replication::v1::JOB_1050_LOYALTY, "anonymous", 1);
  }
  add(replication::v1::JOB_1010_CUSTOMERS, "service/" + options_.id, 1);
  return memberships;
}

void ChannelTest::AcknowledgeUpload(uint64_t sequence) {
  hq::v1::UploadResponse response;
  response.mutable_acknowledgement()->set_sequence(sequence);
  hq_.uploads.Send(response);
  Run();
}

void ChannelTest::Configure() {
  const uint64_t version = NextHqSequence();
  storage::v1::ChainRecord chain;
  chain.set_digest_key("0123456789abcdef0123456789abcdef");
  chain.set_version(version);
  storage::v1::ChannelRecord channel;
  channel.mutable_channel()->set_name("channels/052");
  channel.mutable_channel()->set_operating_unit("operatingUnits/london");
  channel.mutable_channel()->set_profile("profiles/stores");
  channel.mutable_channel()->set_currency("GBP");
  channel.mutable_channel()->set_language("en-GB");
  if (with_default_customer_) {
    channel.mutable_channel()->set_default_customer("defaultCustomers/walk-in");
  }
  channel.mutable_channel()->set_field_rules(field_rules_);
  for (const std::string& book : address_books_) {
    channel.mutable_channel()->add_address_books("addressBooks/" + book);
  }
  channel.mutable_channel()->set_channel_database_group(database_group_);
  channel.set_version(version);
  storage::v1::ProfileRecord profile;
  profile.mutable_profile()->set_name("profiles/stores");
  profile.mutable_profile()->set_create_customer_async(asynchronous_);
  profile.set_version(version);
  storage::v1::OperatingUnitRecord unit;
  unit.mutable_operating_unit()->set_name("operatingUnits/london");
  unit.mutable_operating_unit()->mutable_address()->set_country("GB");
  unit.set_version(version);
  --hq_sequence_;
  Deliver({ConfigurationChange(replication::v1::RECORD_KIND_CHAIN, "chain", chain),
           ConfigurationChange(replication::v1::RECORD_KIND_CHANNEL, "052", channel),
           ConfigurationChange(replication::v1::RECORD_KIND_PROFILE, "stores", profile),
           ConfigurationChange(replication::v1::RECORD_KIND_OPERATING_UNIT, "london", unit)});
}

void ChannelTest::ConfigureDefaultCustomer() {
  storage::v1::ConfigurationRecord group;
  auto& retail = *group.mutable_configuration()->mutable_customer_group();
  retail.set_name("customerGroups/retail");
  (*retail.mutable_financial_dimensions())["CostCenter"] = "082";
  group.set_version(hq_sequence_ + 1);
  storage::v1::ConfigurationRecord record;
  auto& defaults = *record.mutable_configuration()->mutable_default_customer();
  defaults.set_name("defaultCustomers/walk-in");
  defaults.set_customer_group("customerGroups/retail");
  defaults.set_currency("EUR");
  defaults.add_affiliations("affiliations/guests");
  record.set_version(hq_sequence_ + 1);
  storage::v1::ConfigurationRecord guests;
  guests.mutable_configuration()->mutable_affiliation()->set_name("affiliations/guests");
  guests.set_version(hq_sequence_ + 1);
  Deliver({ConfigurationChange(replication::v1::RECORD_KIND_AFFILIATION, "guests", guests),
           ConfigurationChange(replication::v1::RECORD_KIND_CUSTOMER_GROUP, "retail", group),
           ConfigurationChange(replication::v1::RECORD_KIND_DEFAULT_CUSTOMER, "walk-in", record)});
}

void ChannelTest::SwitchFeature(const std::string& id, bool enabled) {
  hq::v1::Configuration any;
  any.mutable_feature()->set_name("features/" + id);
  any.mutable_feature()->set_enabled(enabled);
  ConfigureAny(replication::v1::RECORD_KIND_FEATURE, id, std::move(any));
}

void ChannelTest::ConfigureAny(replication::v1::RecordKind kind, const std::string& id,
                               hq::v1::Configuration any) {
  storage::v1::ConfigurationRecord record;
  *record.mutable_configuration() = std::move(any);
  record.set_version(hq_sequence_ + 1);
  Deliver({ConfigurationChange(kind, id, record)});
}

void ChannelTest::OpenReady() {
  Open();
  Connect();
  Configure();
}

uint64_t ChannelTest::Deliver(std::vector<replication::v1::Change> changes) {
  const uint64_t sequence = NextHqSequence();
  hq::v1::SubscribeResponse response;
  hq::v1::ChangeBatch& batch = *response.mutable_batch();
  batch.set_batch(++batch_);
  for (replication::v1::Change& change : changes) {
    change.set_sequence(sequence);
    *batch.add_changes() = std::move(change);
  }
  *batch.mutable_high_watermark() = PositionAt(sequence);
  for (const replication::v1::Membership& membership : Memberships()) {
    replication::v1::Cursor& cursor = *batch.add_cursors();
    *cursor.mutable_membership() = membership;
    *cursor.mutable_position() = PositionAt(sequence);
  }
  hq_.subscriptions.Send(response);
  Run();
  return sequence;
}

uint64_t ChannelTest::Deliver(const HqCustomer& customer) {
  std::vector<replication::v1::Change> changes;
  for (replication::v1::RecordChange& change : customer.Changes()) {
    changes.push_back(ChangeOf(std::move(change)));
  }
  return Deliver(std::move(changes));
}

replication::v1::Change ChannelTest::ChangeOf(replication::v1::RecordChange record) {
  replication::v1::Change change;
  *change.mutable_record() = std::move(record);
  return change;
}

replication::v1::Change ChannelTest::ChangeOf(replication::v1::OperationResult result) {
  replication::v1::Change change;
  *change.mutable_result() = std::move(result);
  return change;
}

replication::v1::Position ChannelTest::PositionAt(uint64_t sequence) const {
  replication::v1::Position position;
  position.set_epoch_counter(kHqEpoch);
  position.set_sequence(sequence);
  return position;
}

HqCustomer ChannelTest::AtHq(const customer::v1::CreateCustomerRequest& forwarded,
                             const std::string& account_number) {
  const auto id = ParseCustomerName(forwarded.customer().name());
  EXPECT_THAT(id, IsOk()) << "a forwarded create names its UUID";
  auto prepared = PrepareCustomer(forwarded.customer(), *id, Configuration(), clock_.Now());
  EXPECT_THAT(prepared, IsOk());
  return MakeHqCustomer(*std::move(prepared), forwarded.forwarded().request_digest(),
                        NextHqSequence(), account_number);
}

HqCustomer ChannelTest::AtHq(const replication::v1::Operation& operation,
                             const std::string& account_number) {
  customer::v1::CreateCustomerRequest request;
  *request.mutable_customer() = operation.create_customer().customer();
  request.mutable_forwarded()->set_request_digest(operation.request_digest());
  return AtHq(request, account_number);
}

replication::v1::OperationResult ChannelTest::ResultOf(const replication::v1::Operation& operation,
                                                       replication::v1::OperationState state,
                                                       const std::string& reason) const {
  replication::v1::OperationResult result;
  result.set_lineage(ReadOutboxState(reader())->lineage());
  result.set_sequence(operation.sequence());
  result.set_customer_id(operation.customer_id());
  result.set_request_id(operation.request_id());
  result.set_request_digest(operation.request_digest());
  result.set_customer_digest(operation.customer_digest());
  result.set_state(state);
  result.set_reason(reason);
  return result;
}

replication::v1::OperationResult ChannelTest::AppliedResult(
    const replication::v1::Operation& operation, const HqCustomer& customer) const {
  auto result = ResultOf(operation, replication::v1::OPERATION_STATE_APPLIED);
  for (replication::v1::RecordChange& change : customer.Changes()) {
    *result.add_records() = std::move(change);
  }
  return result;
}

Reply<customer::v1::Customer> ChannelTest::Create(const Customer& customer, CallContext call) {
  Reply<Customer> reply;
  customer::v1::CreateCustomerRequest request;
  *request.mutable_customer() = customer;
  service_->CreateCustomer(request, call, reply.done());
  Run();
  return reply;
}

Reply<customer::v1::Customer> ChannelTest::Get(const std::string& name, CallContext call) {
  Reply<Customer> reply;
  customer::v1::GetCustomerRequest request;
  request.set_name(name);
  service_->GetCustomer(request, call, reply.done());
  return reply;
}

customer::v1::Customer ChannelTest::CreatePending(const Customer& customer) {
  const auto reply = Create(customer);
  EXPECT_THAT(*reply, IsOk());
  EXPECT_THAT(reply.value(), IsPending());
  return reply.value();
}

customer::v1::Customer ChannelTest::CreateSynced(const Customer& customer,
                                                 const std::string& account_number) {
  const auto reply = Create(customer);
  const HqCustomer at_hq = AtHq(hq_.creates.request(), account_number);
  hq_.creates.Answer(at_hq.Answer(at_hq.record.version()));
  Run();
  EXPECT_THAT(*reply, IsOk());
  EXPECT_THAT(reply.value(), IsSyncedAs(account_number));
  return reply.value();
}

channel::v1::Status ChannelTest::Status() {
  Reply<channel::v1::Status> reply;
  service_->GetStatus(reply.done());
  return reply.value();
}

std::vector<channel::v1::UnsettledOperation> ChannelTest::Unsettled() {
  Reply<channel::v1::ListUnsettledOperationsResponse> reply;
  service_->ListUnsettledOperations({}, reply.done());
  return {reply.value().operations().begin(), reply.value().operations().end()};
}

std::vector<replication::v1::Operation> ChannelTest::Operations() {
  std::vector<replication::v1::Operation> operations;
  const auto rows = ReadOperations(reader(), 0, 1000, 1 << 20);
  for (const OutboxRow& row : *rows) {
    operations.push_back(row.Parse()->entry.operation());
  }
  return operations;
}

void ChannelTest::OpenOffline() {
  hq_.probe_answer = absl::UnavailableError("connection refused");
  OpenReady();
}

}  // namespace comptoir::channel
