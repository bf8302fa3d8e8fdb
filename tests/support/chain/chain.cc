#include "tests/support/chain/chain.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "common/base/check.h"
#include "common/base/random.h"
#include "tests/support/chain/in_process_service.h"
#include "tests/support/chain/process_service.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

// A connection that comes back at once when its service does.
std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void Require(const absl::Status& status) { COMPTOIR_CHECK(status.ok()) << status.ToString(); }

}  // namespace

class Chain::Folder : public TempDir {};

Chain::Chain(Harness harness, const std::vector<std::string>& profiles, rocksdb::Env* hq_disk)
    : harness_(harness), folder_(std::make_unique<Folder>()) {
  const std::string folder = folder_->path().string() + "/hq";
  hq_ = harness_ == Harness::kProcesses ? MakeProcessService(COMPTOIR_HQ_SERVICE, folder, {})
                                        : MakeInProcessHq(folder, hq_disk);
  hq_->Start();
  hq_customers_ = customer::v1::CustomerService::NewStub(Connect(hq_->address()));
  admin_ = hq::v1::AdminService::NewStub(Connect(hq_->address()));

  using Admin = hq::v1::AdminService::Stub;
  hq::v1::CreateNumberSequenceRequest numbers;
  numbers.mutable_number_sequence()->set_name("numberSequences/customers");
  numbers.mutable_number_sequence()->set_format("C-########");
  numbers.mutable_number_sequence()->set_lowest(1);
  numbers.mutable_number_sequence()->set_highest(99'999'999);
  numbers.mutable_number_sequence()->set_next(1);
  hq::v1::NumberSequence number_sequence;
  Require(Call(*admin_, &Admin::CreateNumberSequence, numbers, &number_sequence));

  hq::v1::CreateOperatingUnitRequest unit;
  unit.mutable_operating_unit()->set_name("operatingUnits/stores");
  unit.mutable_operating_unit()->mutable_address()->set_city("Seattle");
  unit.mutable_operating_unit()->mutable_address()->set_country("US");
  hq::v1::OperatingUnit operating_unit;
  Require(Call(*admin_, &Admin::CreateOperatingUnit, unit, &operating_unit));

  for (const char* name : {"sync", "async"}) {
    hq::v1::CreateProfileRequest request;
    request.mutable_profile()->set_name(std::string("profiles/") + name);
    request.mutable_profile()->set_create_customer_async(std::string(name) == "async");
    hq::v1::Profile profile;
    Require(Call(*admin_, &Admin::CreateProfile, request, &profile));
  }
  for (const std::string& profile : profiles) AddStore(profile);
  for (const auto& store : stores_) WaitUntilReady(*store);
}

Chain::~Chain() {
  for (const auto& store : stores_) {
    if (store->service->running()) store->service->Kill();
  }
  for (const auto& copy : copies_) {
    if (copy->service->running()) copy->service->Kill();
  }
  if (hq_->running()) hq_->Kill();
}

std::unique_ptr<ServiceHandle> Chain::NewService(const std::string& folder, const std::string& id,
                                                 const std::string& channel) {
  const std::string path = folder_->path().string() + "/" + folder;
  if (harness_ == Harness::kInProcess) {
    return MakeInProcessChannelService(path, hq_->address(), id, channel);
  }
  return MakeProcessService(COMPTOIR_CHANNEL_SERVICE, path,
                            {"--hq=" + hq_->address(), "--id=" + id, "--channels=" + channel});
}

Store& Chain::AddCopyOf(Store& store) {
  const std::string id = "store-" + store.channel;
  auto copy = std::make_unique<Store>();
  copy->channel = store.channel;
  copy->service = NewService(id + "-copy", id, store.channel);
  std::filesystem::create_directories(copy->service->data());
  std::filesystem::copy(store.service->data(), copy->service->data(),
                        std::filesystem::copy_options::recursive);
  const auto connection = Connect(copy->service->address());
  copy->customers = customer::v1::CustomerService::NewStub(connection);
  copy->status = channel::v1::StatusService::NewStub(connection);
  copies_.push_back(std::move(copy));
  return *copies_.back();
}

Store& Chain::AddStore(const std::string& profile) {
  auto store = std::make_unique<Store>();
  store->channel = "00" + std::to_string(stores_.size() + 1);
  const std::string id = "store-" + store->channel;

  hq::v1::CreateChannelRequest request;
  request.mutable_channel()->set_name("channels/" + store->channel);
  request.mutable_channel()->set_operating_unit("operatingUnits/stores");
  request.mutable_channel()->set_profile("profiles/" + profile);
  request.mutable_channel()->set_currency("USD");
  request.mutable_channel()->set_language("en");
  request.mutable_channel()->add_channel_services(id);
  hq::v1::Channel channel;
  Require(Call(*admin_, &hq::v1::AdminService::Stub::CreateChannel, request, &channel));

  store->service = NewService(id, id, store->channel);
  store->service->Start();
  const auto connection = Connect(store->service->address());
  store->customers = customer::v1::CustomerService::NewStub(connection);
  store->status = channel::v1::StatusService::NewStub(connection);
  stores_.push_back(std::move(store));
  return *stores_.back();
}

void Chain::WaitUntilReady(Store& store) {
  WaitFor("the store to be configured", [&] { return StatusOf(store).configured(); });
  if (hq_->running()) WaitUntilOnline(store);
}

void Chain::WaitUntilOnline(Store& store, bool online) {
  WaitFor(online ? "the link to come up" : "the link to go down",
          [&] { return (StatusOf(store).link() == channel::v1::LINK_STATE_ONLINE) == online; });
}

void Chain::WaitUntilHome() {
  WaitFor(
      "everything pending to come home",
      [&] {
        hq::v1::HqStatus hq;
        if (!Call(*admin_, &hq::v1::AdminService::Stub::GetHqStatus, {}, &hq).ok()) return false;
        if (hq.staged_operations() != 0) return false;
        for (const auto& store : stores_) {
          const channel::v1::Status status = StatusOf(*store);
          if (status.channel_service().empty() || status.outbox_depth() != 0) return false;
          for (const channel::v1::CursorStatus& cursor : status.cursors()) {
            if (cursor.position().sequence() < hq.high_watermark().sequence()) return false;
          }
          if (status.cursors().empty()) return false;
        }
        return true;
      },
      absl::Seconds(120));
}

void WaitFor(const char* what, const std::function<bool()>& condition, absl::Duration cap) {
  const absl::Time end = absl::Now() + cap;
  while (!condition()) {
    COMPTOIR_CHECK(absl::Now() < end) << "gave up waiting for " << what;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

absl::StatusOr<customer::v1::Customer> Create(customer::v1::CustomerService::Stub& stub,
                                              const customer::v1::Customer& customer,
                                              const std::string& channel) {
  customer::v1::CreateCustomerRequest request;
  *request.mutable_customer() = customer;
  request.set_channel(channel);
  customer::v1::Customer response;
  COMPTOIR_RETURN_IF_ERROR(
      Call(stub, &customer::v1::CustomerService::Stub::CreateCustomer, request, &response));
  return response;
}

absl::StatusOr<customer::v1::Customer> Get(customer::v1::CustomerService::Stub& stub,
                                           const std::string& name, const std::string& language) {
  customer::v1::GetCustomerRequest request;
  request.set_name(name);
  customer::v1::Customer response;
  COMPTOIR_RETURN_IF_ERROR(Call(stub, &customer::v1::CustomerService::Stub::GetCustomer, request,
                                &response, absl::Seconds(10), language));
  return response;
}

absl::StatusOr<customer::v1::Customer> Update(customer::v1::CustomerService::Stub& stub,
                                              const customer::v1::Customer& customer,
                                              const std::string& path, const std::string& etag) {
  customer::v1::UpdateCustomerRequest request;
  *request.mutable_customer() = customer;
  request.mutable_update_mask()->add_paths(path);
  request.set_etag(etag);
  customer::v1::Customer response;
  COMPTOIR_RETURN_IF_ERROR(
      Call(stub, &customer::v1::CustomerService::Stub::UpdateCustomer, request, &response));
  return response;
}

std::vector<customer::v1::Customer> Search(customer::v1::CustomerService::Stub& stub,
                                           const std::string& query) {
  customer::v1::SearchCustomersRequest request;
  request.set_query(query);
  customer::v1::SearchCustomersResponse response;
  Require(Call(stub, &customer::v1::CustomerService::Stub::SearchCustomers, request, &response));
  std::vector<customer::v1::Customer> customers;
  for (const auto& result : response.results()) customers.push_back(result.customer());
  return customers;
}

std::vector<customer::v1::Customer> AllCustomers(customer::v1::CustomerService::Stub& stub) {
  std::vector<customer::v1::Customer> customers;
  customer::v1::ListCustomersRequest request;
  request.set_page_size(1000);
  do {
    customer::v1::ListCustomersResponse page;
    Require(Call(stub, &customer::v1::CustomerService::Stub::ListCustomers, request, &page));
    customers.insert(customers.end(), page.customers().begin(), page.customers().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return customers;
}

std::vector<customer::v1::Address> AllAddresses(customer::v1::CustomerService::Stub& stub,
                                                const std::string& parent) {
  std::vector<customer::v1::Address> addresses;
  customer::v1::ListAddressesRequest request;
  request.set_parent(parent);
  request.set_page_size(1000);
  do {
    customer::v1::ListAddressesResponse page;
    Require(Call(stub, &customer::v1::CustomerService::Stub::ListAddresses, request, &page));
    addresses.insert(addresses.end(), page.addresses().begin(), page.addresses().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return addresses;
}

channel::v1::Status StatusOf(Store& store) {
  channel::v1::Status status;
  // A store that doesn't answer has an empty status.
  (void)Call(*store.status, &channel::v1::StatusService::Stub::GetStatus, {}, &status);
  return status;
}

customer::v1::Customer NewPerson(const std::string& given_name, const std::string& family_name) {
  customer::v1::Customer customer;
  customer.set_name(NewCustomerName());
  customer.set_given_name(given_name);
  customer.set_family_name(family_name);
  return customer;
}

std::string NewCustomerName() {
  static SystemRandom random;
  return "customers/" + NewUuid(random).ToString();
}

}  // namespace comptoir::testing
