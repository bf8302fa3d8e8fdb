#include "channel-service/domain/reads/reads.h"

#include <memory>
#include <string>
#include <utility>

#include "channel-service/domain/reads/own_customers.h"
#include "common/base/status.h"
#include "common/customer/records/customer_bytes.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/shown_customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/rules/rules.h"
#include "common/customer/search/search.h"
#include "common/customer/search/search_memory.h"

namespace comptoir::channel {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

absl::StatusOr<CustomerId> FindId(const Reader& reader, std::string_view name) {
  const auto number = ParseAccountNumberName(name);
  if (!number.has_value()) return ParseCustomerName(name);
  COMPTOIR_ASSIGN_OR_RETURN(const auto id, FindAccountNumber(reader, *number));
  if (!id.has_value()) return CustomerNotFound(name);
  return *id;
}

absl::StatusOr<Customer> GetById(const Reader& reader, const IsShown& is_shown,
                                 const CustomerId& id, std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, ShownCustomers(reader, is_shown).Find(id));
  return ReadCustomerView(reader, std::move(record), language);
}

}  // namespace

absl::StatusOr<Customer> Reads::NewForm(const customer::v1::GetNewCustomerFormRequest& request,
                                        std::string_view language) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, channels_.Configured(request.channel()));
  ChannelConfiguration configuration = channel->configuration;
  COMPTOIR_RETURN_IF_ERROR(
      ReadDefinitions(environment_.database.latest(), Customer(), configuration));
  return NewCustomerForm(NewUuid(environment_.random), configuration, language);
}

absl::StatusOr<Customer> Reads::Get(const customer::v1::GetCustomerRequest& request,
                                    std::string_view language) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string channel, channels_.Trusted(request.channel()));
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, FindId(*reader, request.name()));
  return GetById(*reader, ShownIn(*reader, channels_, channel), id, language);
}

std::optional<std::string> Reads::Stored(const customer::v1::GetCustomerRequest& request) const {
  const auto channel = channels_.Trusted(request.channel());
  if (!channel.ok()) return std::nullopt;
  // Of the last commit: whoever has an account number keeps it, so no snapshot is needed.
  const Reader& reader = environment_.database.latest();
  if (ShownIn(reader, channels_, *channel) != nullptr) return std::nullopt;
  if (const auto number = ParseAccountNumberName(request.name()); number.has_value()) {
    if (auto view = StoredUnder(*number); view.has_value()) return view;
  }
  const auto id = FindId(reader, request.name());
  if (!id.ok()) return std::nullopt;
  const auto record = StoredRecord(*id);
  return record.has_value() ? CustomerViewBytes(*record) : std::nullopt;
}

std::optional<std::string> Reads::StoredUnder(std::string_view account_number) const {
  SearchMemory* const memory = environment_.search_memory;
  if (memory == nullptr) return std::nullopt;
  auto found = memory->FindNumbered(account_number);
  if (!found.has_value()) return std::nullopt;
  const auto record =
      found->record.has_value() ? std::move(found->record) : RecordInTable(found->customer);
  const auto stored = record.has_value() ? LookInto(*record) : std::nullopt;
  if (!stored.has_value() || stored->viewed.account_number != account_number) return std::nullopt;
  return CustomerViewBytes(*stored);
}

std::optional<std::string> Reads::StoredRecord(const CustomerId& id) const {
  if (SearchMemory* const memory = environment_.search_memory; memory != nullptr) {
    if (auto record = memory->RecordOf(id); record.has_value()) return record;
  }
  return RecordInTable(id);
}

std::optional<std::string> Reads::RecordInTable(const CustomerId& id) const {
  auto record = environment_.database.latest().Get(Table::kRecords, CustomerRecordKey(id));
  return record.ok() ? *std::move(record) : std::nullopt;
}

absl::StatusOr<Customer> Reads::Get(const CustomerId& id, const std::string& channel,
                                    std::string_view language) const {
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  return GetById(*reader, ShownIn(*reader, channels_, channel), id, language);
}

absl::StatusOr<customer::v1::ListCustomersResponse> Reads::List(
    const customer::v1::ListCustomersRequest& request, std::string_view language) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string channel, channels_.Trusted(request.channel()));
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  return ListCustomers(*reader, request, language, ShownIn(*reader, channels_, channel));
}

absl::StatusOr<customer::v1::SearchCustomersResponse> Reads::Search(
    const customer::v1::SearchCustomersRequest& request, std::string_view language) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, channels_.Configured(request.channel()));
  const ChannelConfiguration& configuration = channel->configuration;
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  return SearchCustomers(*reader, request, configuration.default_country, language,
                         ShownIn(*reader, channels_, configuration.channel),
                         environment_.search_memory);
}

absl::StatusOr<std::string> Reads::SearchBytes(const customer::v1::SearchCustomersRequest& request,
                                               std::string_view language) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, channels_.Configured(request.channel()));
  const ChannelConfiguration& configuration = channel->configuration;
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  return SearchCustomersBytes(
      *reader, request, configuration.default_country, language,
      ShownIn(*reader, channels_, configuration.channel),
      [this](Customer& customer) { channels_.HideAffiliations(customer); },
      environment_.search_memory);
}

bool Reads::IsQuick(const customer::v1::SearchCustomersRequest& request) const {
  const SearchMemory* const memory = environment_.search_memory;
  if (memory == nullptr || !memory->quiet() || !IsOfWords(request)) return false;
  const auto channel = channels_.Trusted(request.channel());
  return channel.ok() && ShownIn(environment_.database.latest(), channels_, *channel) == nullptr;
}

absl::StatusOr<Address> Reads::Get(const customer::v1::GetAddressRequest& request) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string channel, channels_.Trusted(request.channel()));
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(request.name()));
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  ShownCustomers shown(*reader, ShownIn(*reader, channels_, channel));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, shown.Find(key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(const auto address, FindAddress(*reader, key));
  if (!address.has_value()) return AddressNotFound(request.name());
  return AddressView(*address, customer);
}

absl::StatusOr<customer::v1::ListAddressesResponse> Reads::List(
    const customer::v1::ListAddressesRequest& request) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string channel, channels_.Trusted(request.channel()));
  const std::unique_ptr<Reader> reader = environment_.database.NewReader();
  return ListAddresses(*reader, request, ShownIn(*reader, channels_, channel));
}

}  // namespace comptoir::channel
