#include "tests/support/costs/address_costs.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "channel-service/domain/replication/change_batch.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/customer/requests/names.h"
#include "common/storage/committer.h"
#include "common/storage/memory_database.h"
#include "hq-service/domain/feeds/feed_reader.h"
#include "hq-service/hq.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

// HQ and what one store has of it, without threads, network and disk.
class World {
 public:
  World() {
    auto hq = hq::Hq::Open({.database = hq_database_,
                            .submitter = queue_,
                            .executor = executor_,
                            .clock = clock_,
                            .random = random_,
                            .logger = logger_},
                           {});
    COMPTOIR_CHECK_OK(hq);
    hq_ = *std::move(hq);
    hq_->Start();
    RunAll();
    Configure();
  }

  DatabaseCounts hq_counts() const { return hq_database_.counts(); }
  DatabaseCounts store_counts() const { return store_database_.counts(); }
  hq::Hq& hq() { return *hq_; }

  // Calls `method` of HQ and works until nothing is left to do.
  template <typename Response, typename Request>
  Response Call(void (hq::Hq::*method)(const Request&, const CallContext&, HqDone<Response>),
                const Request& request) {
    std::optional<absl::StatusOr<HqAnswer<Response>>> answer;
    (hq_.get()->*method)(
        request, {}, [&](absl::StatusOr<HqAnswer<Response>> given) { answer = std::move(given); });
    RunAll();
    COMPTOIR_CHECK(answer.has_value());
    COMPTOIR_CHECK_OK(*answer);
    return std::move((*answer)->value);
  }

  // HQ reads what the store lacks.
  std::vector<replication::v1::Change> ReadChanges() {
    const std::vector<hq::FeedCursor> cursors = {{.feed = hq::CustomerFeed(), .after = after_}};
    const auto batches = hq::ReadFeeds(*hq_database_.NewReader(), cursors, {}, 0);
    COMPTOIR_CHECK_OK(batches);
    after_ = batches->front().after[0];
    hq::v1::ChangeBatch batch;
    COMPTOIR_CHECK(batch.ParseFromString(*batches->front().encoded));
    return {batch.changes().begin(), batch.changes().end()};
  }

  // The store applies it.
  void Apply(std::vector<replication::v1::Change> changes) {
    hq::v1::ChangeBatch batch;
    for (auto& change : changes) *batch.add_changes() = std::move(change);
    const auto checked = channel::CheckBatch(std::move(batch));
    COMPTOIR_CHECK_OK(checked);
    const auto transaction = store_database_.NewTransaction();
    COMPTOIR_CHECK_OK(channel::ApplyBatch(*transaction, *checked));
    COMPTOIR_CHECK_OK(store_database_.Commit(*transaction));
  }

 private:
  void RunAll() {
    bool idle = false;
    while (!idle) {
      auto answers = queue_.RunGroup();
      for (auto& [done, status] : answers) done(status);
      idle = executor_.RunReady() == 0 && answers.empty();
    }
  }

  template <typename Response, typename Request>
  void Administer(const Request& request) {
    absl::Status status = absl::UnknownError("not answered");
    const Done<Response> done = [&](absl::StatusOr<Response> given) { status = given.status(); };
    hq_->Administer(request, {.caller = "anna"}, done);
    RunAll();
    COMPTOIR_CHECK_OK(status);
  }

  void Configure() {
    hq::v1::CreateNumberSequenceRequest numbers;
    numbers.mutable_number_sequence()->set_name("numberSequences/customers");
    numbers.mutable_number_sequence()->set_format("C-########");
    numbers.mutable_number_sequence()->set_lowest(1);
    numbers.mutable_number_sequence()->set_highest(99'999'999);
    Administer<hq::v1::NumberSequence>(numbers);
    hq::v1::CreateProfileRequest profile;
    profile.mutable_profile()->set_name("profiles/default");
    Administer<hq::v1::Profile>(profile);
    hq::v1::CreateOperatingUnitRequest unit;
    unit.mutable_operating_unit()->set_name("operatingUnits/001");
    Administer<hq::v1::OperatingUnit>(unit);
    hq::v1::CreateChannelRequest channel;
    channel.mutable_channel()->set_name("channels/001");
    channel.mutable_channel()->set_profile("profiles/default");
    channel.mutable_channel()->set_operating_unit("operatingUnits/001");
    channel.mutable_channel()->set_currency("USD");
    channel.mutable_channel()->set_language("en-US");
    channel.mutable_channel()->add_channel_services("store-001");
    Administer<hq::v1::Channel>(channel);
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  SeededRandom random_{1};
  NullLogger logger_;
  MemoryDatabase hq_memory_;
  CountingDatabase hq_database_{hq_memory_};
  MemoryDatabase store_memory_;
  CountingDatabase store_database_{store_memory_};
  CommitQueue queue_{hq_database_, CommitterOptions()};
  std::unique_ptr<hq::Hq> hq_;
  Sequence after_;
};

Address AnAddress() {
  Address address;
  address.add_street("12 Rue des Lilas");
  address.set_city("Lyon");
  address.set_postal_code("69003");
  address.set_country("FR");
  return address;
}

class Measurement {
 public:
  std::vector<OperationCost> Run(int addresses) {
    customer::v1::CreateCustomerRequest create;
    create.set_channel("001");
    create.mutable_customer()->set_given_name("Ada");
    create.mutable_customer()->set_family_name("Lovelace");
    customer_ = world_.Call(&hq::Hq::CreateCustomer, create);
    for (int i = 0; i < addresses; ++i) {
      Add();
      world_.Apply(world_.ReadChanges());
    }

    AtHq("add an address", [&] { address_ = Add(); });
    Replicate("replicate it: HQ reads", "replicate it: the store applies");
    AtHq("change an address", [&] {
      address_.set_city("Paris");
      Update("city");
    });
    AtHq("make an address primary", [&] {
      address_.set_primary(true);
      Update("primary");
    });
    AtHq("list a page of one address", [&] {
      customer::v1::ListAddressesRequest list;
      list.set_parent(customer_.name());
      list.set_page_size(1);
      world_.Call(&hq::Hq::ListAddresses, list);
    });
    AtHq("read the customer", [&] {
      customer::v1::GetCustomerRequest get;
      get.set_name(customer_.name());
      world_.Call(&hq::Hq::GetCustomer, get);
    });
    AtHq("edit the customer", [&] {
      customer::v1::UpdateCustomerRequest update;
      update.mutable_customer()->set_name(customer_.name());
      update.mutable_customer()->set_family_name("King");
      update.mutable_update_mask()->add_paths("family_name");
      world_.Call(&hq::Hq::UpdateCustomer, update);
    });
    AtHq("find the customer by name", [&] {
      customer::v1::SearchCustomersRequest search;
      search.set_query("ada king");
      world_.Call(&hq::Hq::SearchCustomers, search);
    });
    return std::move(costs_);
  }

 private:
  Address Add() {
    customer::v1::CreateAddressRequest request;
    request.set_parent(customer_.name());
    *request.mutable_address() = AnAddress();
    return world_.Call(&hq::Hq::CreateAddress, request);
  }

  void Update(const std::string& path) {
    customer::v1::UpdateAddressRequest request;
    *request.mutable_address() = address_;
    request.mutable_update_mask()->add_paths(path);
    world_.Call(&hq::Hq::UpdateAddress, request);
  }

  void AtHq(const std::string& operation, const std::function<void()>& run) {
    const DatabaseCounts before = world_.hq_counts();
    run();
    costs_.push_back({operation, world_.hq_counts() - before});
  }

  void Replicate(const std::string& reading, const std::string& applying) {
    std::vector<replication::v1::Change> changes;
    AtHq(reading, [&] { changes = world_.ReadChanges(); });
    const DatabaseCounts before = world_.store_counts();
    world_.Apply(std::move(changes));
    costs_.push_back({applying, world_.store_counts() - before});
  }

  World world_;
  Customer customer_;
  Address address_;
  std::vector<OperationCost> costs_;
};

}  // namespace

std::vector<OperationCost> MeasureAddressCosts(int addresses) {
  return Measurement().Run(addresses);
}

}  // namespace comptoir
