// What a POS wants to see: one task of each kind.

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "tests/sim/workload_impl.h"

namespace comptoir::sim {

namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::GetCustomerRequest;
using customer::v1::ListAddressesRequest;
using customer::v1::ListAddressesResponse;
using customer::v1::ListCustomersRequest;
using customer::v1::ListCustomersResponse;
using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;
using customer::v1::WatchCustomerRequest;

}  // namespace

Workload::Task Workload::GetCustomer(Pos& pos) {
  KnownCustomer* known = AnyCustomer(pos);
  // One of another store, perhaps.
  if (random_.OneIn(3) && !model_.customers().empty()) {
    known = &model_.customers()[random_.Below(model_.customers().size())];
    if (known->id.is_nil()) known = nullptr;
  }
  if (known == nullptr) return Task();
  GetCustomerRequest request;
  request.set_channel(pos.channel);
  const bool by_number = !known->account_number.empty() && random_.OneIn(3);
  request.set_name(by_number ? absl::StrCat("accountNumbers/", known->account_number)
                             : CustomerName(known->id));
  return Calling<GetCustomerRequest, Customer>(
      &channel::ChannelService::GetCustomer, request, known, true,
      [this, known, by_number](ChannelNode& node, Expectation expected,
                               const absl::StatusOr<Customer>& answer) {
        // A node that has shown it while pending need not know its number.
        if (by_number && expected.version == 0) expected.found = false;
        model_.CustomerAnswered(*known, node, expected, answer);
      });
}

Workload::Task Workload::SearchCustomers(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr) return Task();
  SearchCustomersRequest request;
  request.set_channel(pos.channel);
  request.set_query(known->word);
  request.set_page_size(100);
  if (random_.OneIn(3)) request.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
  return Calling<SearchCustomersRequest, SearchCustomersResponse>(
      &channel::ChannelService::SearchCustomers, request, known, true,
      [this, known](ChannelNode& node, const Expectation& expected,
                    const absl::StatusOr<SearchCustomersResponse>& answer) {
        if (!answer.ok()) return;
        const bool of_hq = answer->scope() == customer::v1::SEARCH_SCOPE_ALL_STORES;
        for (const auto& result : answer->results()) {
          if (result.customer().name() == CustomerName(known->id)) {
            // What HQ shows the store need not hold.
            if (of_hq) return;
            if (expected.of_others &&
                result.customer().state() == customer::v1::CUSTOMER_STATE_PENDING) {
              return context_.Fail(
                  node.name(), absl::StrCat("finds ", known->word, ", pending in another channel"));
            }
            return model_.CustomerAnswered(*known, node, expected, result.customer());
          }
        }
        // A restored HQ may not have it back yet.
        if (of_hq && model_.hq_restored()) return;
        // A rejected customer is found no more.
        if (!Model::WasRemovedSince(*known, node, expected) && expected.found &&
            !answer->truncated() && !model_.MayBeRejected(known->id)) {
          context_.Fail(node.name(), absl::StrCat("doesn't find ", known->word));
        }
      });
}

Workload::Task Workload::ListCustomers(Pos& pos) {
  ListCustomersRequest request;
  request.set_channel(pos.channel);
  request.set_page_size(1000);
  return Calling<ListCustomersRequest, ListCustomersResponse>(
      &channel::ChannelService::ListCustomers, request, nullptr, true,
      [this, channel = pos.channel](ChannelNode& node, const Expectation&,
                                    const absl::StatusOr<ListCustomersResponse>& answer) {
        if (!answer.ok()) return;
        std::set<std::string> names;
        for (const Customer& customer : answer->customers()) names.insert(customer.name());
        for (const KnownCustomer* known : model_.ShownBy(node, channel)) {
          if (names.count(CustomerName(known->id)) == 0) {
            context_.Fail(node.name(), absl::StrCat("doesn't list ", known->word));
          }
        }
      });
}

Workload::Task Workload::ListAddresses(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr) return Task();
  ListAddressesRequest request;
  request.set_channel(pos.channel);
  request.set_parent(CustomerName(known->id));
  return Calling<ListAddressesRequest, ListAddressesResponse>(
      &channel::ChannelService::ListAddresses, request, known, true,
      [this, known](ChannelNode& node, const Expectation& expected,
                    const absl::StatusOr<ListAddressesResponse>& answer) {
        if (!answer.ok()) {
          if (expected.found && IsRefusal(answer.status()) &&
              !Model::WasRemovedSince(*known, node, expected)) {
            context_.Fail(node.name(), absl::StrCat("doesn't list the addresses of ", known->word,
                                                    ": ", answer.status().ToString()));
          }
          return;
        }
        for (const Address& address : answer->addresses()) {
          const auto key = ParseAddressName(address.name());
          if (key.ok()) model_.AddressAnswered(*known, key->address, node, address);
        }
      });
}

Workload::Task Workload::WatchCustomer(Pos& pos) {
  KnownCustomer* const known = AnyCustomer(pos);
  if (known == nullptr) return Task();
  Task task;
  task.name = absl::StrCat("WatchCustomer ", known->word);
  task.send = [this, known, channel = pos.channel](ChannelNode& node, absl::Duration,
                                                   std::function<void(absl::Status)> ended) {
    auto watch = std::make_shared<Watch>();
    watch->customer = known;
    watch->node = &node;
    watch->life = node.owner();
    watch->ended = std::move(ended);
    watches_.push_back(watch);
    watch->reader = node.service().WatchCustomer({}, std::make_unique<WatchWriter>(model_, watch));
    WatchCustomerRequest request;
    request.set_channel(channel);
    request.set_name(CustomerName(known->id));
    watch->reader->OnMessage(std::move(request));
  };
  return task;
}

}  // namespace comptoir::sim
