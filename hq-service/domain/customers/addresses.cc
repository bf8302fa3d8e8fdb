#include "hq-service/domain/customers/addresses.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/rules/fields.h"
#include "common/customer/rules/rules.h"
#include "common/storage/epochs.h"
#include "common/storage/request_log.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/conversion/staged_edit.h"
#include "hq-service/domain/customers/new_address.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Warning;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// An address with its customer, as they are stored.
struct Found {
  AddressKey key;
  CustomerRecord customer;
  AddressRecord address;

  bool is_primary() const { return customer.primary_address_id() == key.address.bytes(); }
};

absl::StatusOr<Found> Find(const Reader& reader, std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(name));
  COMPTOIR_ASSIGN_OR_RETURN(auto customer, FindSyncedCustomer(reader, key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(auto address, FindAddress(reader, key));
  if (!address.has_value()) return AddressNotFound(AddressName(key));
  return Found{key, std::move(customer), *std::move(address)};
}

absl::StatusOr<Answered<Address>> Answer(const Reader& reader, const AddressRecord& address,
                                         const CustomerRecord& customer,
                                         const std::vector<Warning>& warnings = {}) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, LastSequence(reader));
  Address view = AddressView(address, customer);
  for (const Warning& warning : warnings) *view.add_warnings() = warning;
  return Answered<Address>{std::move(view), sequence};
}

bool NamesOnly(const google::protobuf::FieldMask& mask, std::string_view path) {
  return std::all_of(mask.paths().begin(), mask.paths().end(),
                     [&](const std::string& named) { return named == path; });
}

}  // namespace

absl::StatusOr<Answered<Address>> CreateAddress(Transaction& transaction,
                                                const customer::v1::CreateAddressRequest& request,
                                                const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(request.parent(), "parent"));
  const AddressKey key{id, context.request_id};
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord customer, FindSyncedCustomer(transaction, id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindAddress(transaction, key));
  if (known.has_value()) {
    if (known->request_digest() == context.request_digest) {
      return Answer(transaction, *known, customer);
    }
    return RequestIdReused(context.request_id);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto outcome,
                            FindAddressOutcome(transaction, key, context.request_digest));
  if (outcome.has_value() && outcome->state == replication::v1::OPERATION_STATE_DISCARDED) {
    return MakeError(Reason::kOperationDiscarded, "Its creation was discarded at HQ.",
                     {{"address", AddressName(key)}});
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, ResolveChannelOr(transaction, request.channel(),
                                                                 customer.customer().channel()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto prepared, PrepareAddress(request.address(), key.address,
                                                                customer.customer(), channel));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(const StoredAddress stored,
                            StoreNewAddress(transaction, customer,
                                            {.prepared = prepared,
                                             .request_digest = context.request_digest,
                                             .create_time = ToTimestamp(context.now)},
                                            sequence, context.now));
  return Answer(transaction, stored.address, stored.customer, prepared.warnings);
}

absl::StatusOr<Answered<Address>> UpdateAddress(Transaction& transaction,
                                                const customer::v1::UpdateAddressRequest& request,
                                                const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key,
                            ParseAddressName(request.address().name(), "address.name"));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsApplied(transaction, key.customer, context));
  COMPTOIR_ASSIGN_OR_RETURN(Found found, Find(transaction, request.address().name()));
  if (done) return Answer(transaction, found.address, found.customer);

  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), AddressEtag(found.address)));
  COMPTOIR_RETURN_IF_ERROR(
      CheckPrimaryChange(request, found.address.address(), found.is_primary()));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto channel,
      ResolveChannelOr(transaction, request.channel(), found.customer.customer().channel()));
  COMPTOIR_ASSIGN_OR_RETURN(
      auto prepared, ChangeAddress(found.address.address(), request.address(),
                                   request.update_mask(), found.customer.customer(), channel));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  AddressRecord record = found.address;
  if (!NamesOnly(request.update_mask(), "primary")) {
    *record.mutable_address() = std::move(*prepared.record.mutable_address());
    COMPTOIR_RETURN_IF_ERROR(StoreChangedAddress(transaction, found.key, found.customer,
                                                 found.address, record, sequence, context.now));
  }
  const bool becomes_primary =
      Names(request.update_mask(), "primary") && request.address().primary();
  if (becomes_primary && !found.is_primary()) {
    COMPTOIR_RETURN_IF_ERROR(StorePrimary(transaction, found.key.customer, found.customer,
                                          found.key.address.bytes(), sequence, context.now));
  }
  RememberEdit(transaction, context, found.key.customer, found.key.address.bytes(), sequence);
  return Answer(transaction, record, found.customer, prepared.warnings);
}

absl::StatusOr<Answered<Address>> DeactivateAddress(
    Transaction& transaction, const customer::v1::DeactivateAddressRequest& request,
    const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsApplied(transaction, key.customer, context));
  COMPTOIR_ASSIGN_OR_RETURN(Found found, Find(transaction, request.name()));
  if (done) return Answer(transaction, found.address, found.customer);

  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), AddressEtag(found.address)));
  if (found.address.address().deactivated()) {
    return Answer(transaction, found.address, found.customer);
  }
  std::optional<AddressId> successor;
  if (found.is_primary()) {
    COMPTOIR_ASSIGN_OR_RETURN(
        successor, OldestActiveAddress(transaction, found.key.customer, found.key.address));
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  AddressRecord record = found.address;
  record.mutable_address()->set_deactivated(true);
  COMPTOIR_RETURN_IF_ERROR(StoreChangedAddress(transaction, found.key, found.customer,
                                               found.address, record, sequence, context.now));
  if (found.is_primary()) {
    COMPTOIR_RETURN_IF_ERROR(StorePrimary(transaction, found.key.customer, found.customer,
                                          successor.has_value() ? successor->bytes() : "", sequence,
                                          context.now));
  }
  RememberEdit(transaction, context, found.key.customer, found.key.address.bytes(), sequence);
  return Answer(transaction, record, found.customer);
}

}  // namespace comptoir::hq
