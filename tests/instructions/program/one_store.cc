#include "tests/instructions/program/one_store.h"

#include <utility>

#include "channel-service/domain/outbox/outbox.h"
#include "common/storage/rocks_database.h"

namespace comptoir {
namespace {

constexpr char kId[] = "store-001";

std::unique_ptr<Database> OpenDatabase(const std::string& path) {
  auto database = OpenRocksDatabase({.path = path});
  COMPTOIR_CHECK_OK(database);
  return *std::move(database);
}

// Where others have a pool of threads.
std::function<bool(std::function<void()>)> On(Executor& executor) {
  return [&executor](std::function<void()> work) { return executor.Post(std::move(work)); };
}

}  // namespace

OneStore::OneStore()
    : hq_database_(OpenDatabase(dir_.File("hq"))),
      store_database_(OpenDatabase(dir_.File("store"))) {
  hq_queue_ =
      std::make_unique<CommitQueue>(*hq_database_, CommitterOptions{.observer = &hq_memory_});
  store_queue_ =
      std::make_unique<CommitQueue>(*store_database_, CommitterOptions{.observer = &store_memory_});
  auto hq = hq::Hq::Open({.database = *hq_database_,
                          .submitter = *hq_queue_,
                          .executor = hq_executor_,
                          .clock = clock_,
                          .random = random_,
                          .logger = logger_,
                          .search_memory = &hq_memory_},
                         {});
  COMPTOIR_CHECK_OK(hq);
  hq_ = *std::move(hq);
  hq_memory_.Load(*hq_database_, On(hq_executor_));
  hq_->Start();
  RunHq();
  Configure();
  direct_ = std::make_unique<DirectHq>(*hq_, hq_executor_, store_executor_);
  auto store = channel::ChannelService::Open({.database = *store_database_,
                                              .submitter = *store_queue_,
                                              .executor = store_executor_,
                                              .clock = clock_,
                                              .random = random_,
                                              .logger = logger_,
                                              .hq = *direct_,
                                              .search_memory = &store_memory_},
                                             {.id = kId, .channels = {kStoreChannel}});
  COMPTOIR_CHECK_OK(store);
  store_ = *std::move(store);
  store_memory_.Load(*store_database_, On(store_executor_));
  store_->Start();
  Settle();
  COMPTOIR_CHECK(store_->ready());
}

OneStore::~OneStore() {
  store_executor_.Stop();
  hq_executor_.Stop();
  store_.reset();
  direct_.reset();
  hq_.reset();
}

void OneStore::Create(const customer::v1::Customer& customer) {
  customer::v1::CreateCustomerRequest request;
  request.set_channel(kStoreChannel);
  *request.mutable_customer() = customer;
  store_->CreateCustomer(request, {}, [](const absl::StatusOr<customer::v1::Customer>& created) {
    COMPTOIR_CHECK_OK(created);
  });
}

void OneStore::AddAtHq(const std::vector<customer::v1::CreateAddressRequest>& requests) {
  for (const customer::v1::CreateAddressRequest& request : requests) {
    hq_->CreateAddress(request, {}, [](const auto& created) { COMPTOIR_CHECK_OK(created); });
  }
  CommitQueue::Answers answers = hq_queue_->RunGroup();
  COMPTOIR_CHECK(answers.size() == requests.size());
  for (auto& [done, status] : answers) done(status);
}

void OneStore::HoldBack(bool held) {
  store_->SetForcedOffline(held, [](const auto& status) { COMPTOIR_CHECK_OK(status); });
  RunStore();
}

size_t OneStore::waiting() const {
  return channel::ReadOutboxState(*store_database_->NewReader())->depth();
}

void OneStore::Step(const Turn& of_hq, const Turn& of_store) {
  clock_.Advance(absl::Milliseconds(10));
  bool worked = true;
  while (worked) {
    worked = of_store([this] { return RunStore(); });
    worked = of_hq([this] { return RunHq(); }) || worked;
  }
}

void OneStore::Settle() {
  // Longer than HQ and stores wait for one another.
  constexpr int kSteps = 300;
  const Turn plain = [](const auto& run) { return run(); };
  for (int step = 0; step < kSteps; ++step) Step(plain, plain);
}

std::vector<EncodedMessage> OneStore::SendAll() {
  class Writer : public StreamWriter<hq::v1::SubscribeResponse> {
   public:
    explicit Writer(std::vector<EncodedMessage>& batches) : batches_(batches) {}
    void Write(hq::v1::SubscribeResponse) override {}
    void WriteEncoded(EncodedMessage encoded) override { batches_.push_back(std::move(encoded)); }
    void Finish(absl::Status status) override { COMPTOIR_CHECK_OK(status); }

   private:
    std::vector<EncodedMessage>& batches_;
  };
  std::vector<EncodedMessage> batches;
  const auto stream = hq_->SubscribeChanges(std::make_unique<Writer>(batches));
  hq::v1::SubscribeRequest hello;
  hello.mutable_hello()->set_protocol_version(1);
  hello.mutable_hello()->set_channel_service("new");
  hello.mutable_hello()->add_channels(kStoreChannel);
  hello.mutable_hello()->set_lineage(1);
  stream->OnMessage(hello);
  RunHq();
  for (size_t acknowledged = 0; acknowledged < batches.size();) {
    acknowledged = batches.size();
    hq::v1::SubscribeRequest request;
    request.mutable_acknowledgement()->set_batch(acknowledged);
    stream->OnMessage(request);
    RunHq();
  }
  stream->OnClosed(absl::OkStatus());
  return batches;
}

bool OneStore::Run(FakeExecutor& executor, CommitQueue& queue) {
  bool worked = false;
  while (true) {
    const bool ran = executor.RunReady() > 0;
    CommitQueue::Answers answers = queue.RunGroup();
    for (auto& [done, status] : answers) done(status);
    if (!ran && answers.empty()) return worked;
    worked = true;
  }
}

template <typename Response, typename Request>
void OneStore::Administer(const Request& request) {
  absl::Status status = absl::UnknownError("not answered");
  const Done<Response> done = [&](absl::StatusOr<Response> given) { status = given.status(); };
  hq_->Administer(request, {.caller = "anna"}, done);
  RunHq();
  COMPTOIR_CHECK_OK(status);
}

void OneStore::Configure() {
  hq::v1::CreateNumberSequenceRequest numbers;
  numbers.mutable_number_sequence()->set_name("numberSequences/customers");
  numbers.mutable_number_sequence()->set_format("C-########");
  numbers.mutable_number_sequence()->set_lowest(1);
  numbers.mutable_number_sequence()->set_highest(99'999'999);
  Administer<hq::v1::NumberSequence>(numbers);
  hq::v1::CreateProfileRequest profile;
  profile.mutable_profile()->set_name("profiles/stores");
  profile.mutable_profile()->set_create_customer_async(true);
  Administer<hq::v1::Profile>(profile);
  hq::v1::CreateOperatingUnitRequest unit;
  unit.mutable_operating_unit()->set_name("operatingUnits/seattle");
  unit.mutable_operating_unit()->mutable_address()->set_country("US");
  Administer<hq::v1::OperatingUnit>(unit);
  hq::v1::CreateChannelRequest channel;
  channel.mutable_channel()->set_name(std::string("channels/") + kStoreChannel);
  channel.mutable_channel()->set_profile("profiles/stores");
  channel.mutable_channel()->set_operating_unit("operatingUnits/seattle");
  channel.mutable_channel()->set_currency("USD");
  channel.mutable_channel()->set_language("en-US");
  channel.mutable_channel()->add_channel_services(kId);
  Administer<hq::v1::Channel>(channel);
  // The sample's customers have titles.
  hq::v1::UpdateConfigurationRequest titles;
  titles.mutable_configuration()->mutable_feature()->set_name("features/F3");
  titles.mutable_configuration()->mutable_feature()->set_enabled(true);
  titles.mutable_update_mask()->add_paths("enabled");
  Administer<hq::v1::Configuration>(titles);
}

}  // namespace comptoir
