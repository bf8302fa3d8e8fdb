#include "hq-service/domain/staging/staged_create.h"

#include <string>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/conversion/conversion_warnings.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::Operation;

AddressId IdOfAddress(const Address& address, const CustomerId& customer, int place) {
  const auto key = ParseAddressName(address.name());
  return key.ok() ? key->address : DerivedAddressId(customer, place);
}

// A captured customer may name its primary address; rules.h looks for a flag.
void FlagPrimary(Customer& customer, const CustomerId& id) {
  if (customer.primary_address().empty()) return;
  const auto primary = ParseAddressName(customer.primary_address());
  if (!primary.ok()) return;
  for (int place = 0; place < customer.addresses_size(); ++place) {
    Address& address = *customer.mutable_addresses(place);
    address.set_primary(IdOfAddress(address, id, place) == primary->address);
  }
}

absl::Status IdInvalid() {
  FieldViolations violations;
  violations.Add("customer_id", "ID_INVALID", "Not the 16 bytes of a UUID.");
  return violations.ToStatus();
}

}  // namespace

std::optional<Uuid> IdOfBytes(std::string_view bytes) {
  if (bytes.size() != Uuid::kBytes) return std::nullopt;
  const Uuid id = Uuid::FromBytes(bytes);
  if (id.is_nil()) return std::nullopt;
  return id;
}

absl::StatusOr<const CapturingChannels::Channel*> CapturingChannels::Find(
    const std::string& number) {
  const auto known = channels_.find(number);
  if (known != channels_.end()) return &known->second;
  COMPTOIR_ASSIGN_OR_RETURN(ChannelConfiguration today, ReadChannelConfiguration(reader_, number));
  ChannelConfiguration at_capture = today;
  at_capture.purposes.merge(at_capture.retired_purposes);
  Channel channel{.today = std::move(today), .at_capture = std::move(at_capture)};
  return &channels_.emplace(number, std::move(channel)).first->second;
}

absl::StatusOr<PreparedCustomer> PrepareStagedCreate(const Reader& reader,
                                                     const Operation& operation, absl::Time now) {
  CapturingChannels channels(reader);
  return PrepareStagedCreate(reader, channels, operation, now);
}

absl::StatusOr<PreparedCustomer> PrepareStagedCreate(const Reader& reader,
                                                     CapturingChannels& channels,
                                                     const Operation& operation, absl::Time now) {
  const auto id = IdOfBytes(operation.customer_id());
  if (!id.has_value() || operation.request_id() != operation.customer_id()) return IdInvalid();
  COMPTOIR_ASSIGN_OR_RETURN(const auto* const channel, channels.Find(operation.channel()));
  COMPTOIR_ASSIGN_OR_RETURN(auto warnings, WarningsOfCreate(reader, operation, channel->today));
  const Customer* captured = &operation.create_customer().customer();
  // A store flags it, as a rule.
  Customer flagged;
  if (!captured->primary_address().empty()) {
    flagged = *captured;
    FlagPrimary(flagged, *id);
    captured = &flagged;
  }
  COMPTOIR_ASSIGN_OR_RETURN(auto prepared, PrepareCustomer(*captured, *id, channel->at_capture, now,
                                                           CreateKind::kCaptured));
  for (int place = 0; place < captured->addresses_size(); ++place) {
    // The channel had no country then; that it has one now changes nothing.
    if (!captured->addresses(place).country().empty()) continue;
    prepared.addresses[static_cast<size_t>(place)].mutable_address()->clear_country();
  }
  prepared.warnings = std::move(warnings);
  return prepared;
}

std::vector<AddressId> AddressIdsOf(const Operation& operation, const CustomerId& customer) {
  const Customer& captured = operation.create_customer().customer();
  std::vector<AddressId> ids;
  for (int place = 0; place < captured.addresses_size(); ++place) {
    ids.push_back(IdOfAddress(captured.addresses(place), customer, place));
  }
  return ids;
}

storage::v1::CustomerRecord PendingRecord(const StagedRow& row, const CustomerId& customer) {
  const Operation& operation = row.staged.operation();
  storage::v1::CustomerRecord record;
  record.set_request_digest(operation.request_digest());
  Customer& pending = *record.mutable_customer();
  pending = operation.create_customer().customer();
  FlagPrimary(pending, customer);
  for (int place = 0; place < pending.addresses_size(); ++place) {
    if (!pending.addresses(place).primary()) continue;
    record.set_primary_address_id(
        std::string(IdOfAddress(pending.addresses(place), customer, place).bytes()));
  }
  pending.clear_addresses();
  pending.clear_primary_address();
  pending.set_name(CustomerName(customer));
  pending.set_state(customer::v1::CUSTOMER_STATE_PENDING);
  pending.clear_account_number();
  pending.set_channel(operation.channel());
  pending.set_pending_reason(row.staged.reason());
  *pending.mutable_create_time() = operation.capture_time();
  *pending.mutable_update_time() = operation.capture_time();
  return record;
}

}  // namespace comptoir::hq
