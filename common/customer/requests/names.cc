#include "common/customer/requests/names.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir {
namespace {

constexpr std::string_view kCustomers = "customers/";
constexpr std::string_view kAddressesPart = "/addresses/";
constexpr std::string_view kAccountNumbers = "accountNumbers/";
constexpr size_t kUuidTextSize = 36;

absl::Status NameInvalid(std::string_view field, std::string description) {
  FieldViolations violations;
  violations.Add(std::string(field), "NAME_INVALID", std::move(description));
  return violations.ToStatus();
}

// The nil UUID names nothing.
std::optional<Uuid> ParseId(std::string_view text) {
  const absl::StatusOr<Uuid> id = Uuid::Parse(text);
  if (!id.ok() || id->is_nil()) return std::nullopt;
  return *id;
}

}  // namespace

std::string CustomerName(const CustomerId& id) {
  return absl::StrCat(ToAbsl(kCustomers), id.ToString());
}

std::string AddressName(const AddressKey& key) {
  return AddressName(CustomerName(key.customer), key.address);
}

std::string AddressName(std::string_view customer, const AddressId& address) {
  return absl::StrCat(ToAbsl(customer), ToAbsl(kAddressesPart), address.ToString());
}

absl::StatusOr<CustomerId> ParseCustomerName(std::string_view name, std::string_view field) {
  if (name.starts_with(kCustomers)) {
    const auto id = ParseId(name.substr(kCustomers.size()));
    if (id.has_value()) return *id;
  }
  return NameInvalid(field, "Must be customers/{uuid}.");
}

absl::StatusOr<AddressKey> ParseAddressName(std::string_view name, std::string_view field) {
  constexpr size_t kAddressesAt = kCustomers.size() + kUuidTextSize;
  if (name.starts_with(kCustomers) && name.size() > kAddressesAt &&
      name.substr(kAddressesAt).starts_with(kAddressesPart)) {
    const auto customer = ParseId(name.substr(kCustomers.size(), kUuidTextSize));
    const auto address = ParseId(name.substr(kAddressesAt + kAddressesPart.size()));
    if (customer.has_value() && address.has_value()) return AddressKey{*customer, *address};
  }
  return NameInvalid(field, "Must be customers/{uuid}/addresses/{uuid}.");
}

absl::StatusOr<SynchronizedName> ParseSynchronizedName(std::string_view name) {
  if (const auto customer = ParseCustomerName(name); customer.ok()) {
    return SynchronizedName{.customer = *customer};
  }
  if (const auto key = ParseAddressName(name); key.ok()) {
    return SynchronizedName{.customer = key->customer, .address = key->address};
  }
  return NameInvalid("name", "Must be customers/{uuid} or customers/{uuid}/addresses/{uuid}.");
}

std::optional<std::string> ParseAccountNumberName(std::string_view name) {
  if (!name.starts_with(kAccountNumbers)) return std::nullopt;
  return std::string(name.substr(kAccountNumbers.size()));
}

absl::StatusOr<Uuid> ParseRequestId(std::string_view text) {
  const auto id = Uuid::Parse(text);
  if (id.ok() && !id->is_nil()) return *id;
  FieldViolations violations;
  violations.Add("request_id", "REQUEST_ID_INVALID", "A request id is a UUID.");
  return violations.ToStatus();
}

AddressId DerivedAddressId(const CustomerId& customer, int place) {
  return Uuid::NameBased(customer, std::to_string(place));
}

}  // namespace comptoir
