#include "hq-service/domain/operations/conflicts.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/customers/reads.h"
#include "hq-service/domain/operations/operation_view.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::FieldChange;
using storage::v1::ConflictRecord;

constexpr uint8_t kConflicts = 'f';

std::string ConflictsPrefix() { return KeyWriter().Byte(kConflicts).key(); }

std::string PrefixOf(const CustomerId& customer) {
  return KeyWriter().Byte(kConflicts).Id(customer).key();
}

std::string KeyOf(const ConflictName& name) {
  return KeyWriter().Rest(PrefixOf(name.customer)).Fixed64(name.sequence.value()).key();
}

absl::StatusOr<ConflictName> NameOfKey(std::string_view key) {
  KeyReader reader(key);
  reader.Byte();
  const auto customer = reader.Id();
  const auto sequence = reader.Fixed64();
  if (!reader.ok()) return MakeError(Reason::kStorageCorrupt, "A conflict cannot be read.");
  return ConflictName{*customer, Sequence(*sequence)};
}

// Of the elements of a field only those that the change is about.
template <typename Message>
v1::ConflictingField ViewOf(const FieldChange& change, const Message& held) {
  v1::ConflictingField view;
  view.set_field(change.path());
  const auto* const field = Message::descriptor()->FindFieldByName(change.path());
  Message replaced;
  Message value;
  if (field == nullptr || !replaced.ParseFromString(change.replaced()) ||
      !value.ParseFromString(change.value())) {
    return view;
  }
  view.set_replaced_value(DifferenceIn(*field, Message(), replaced).new_value());
  view.set_store_value(DifferenceIn(*field, Message(), value).new_value());
  view.set_hq_value(DifferenceIn(*field, Message(), held).new_value());
  return view;
}

}  // namespace

std::string NameOf(const ConflictName& name) {
  return absl::StrCat(CustomerName(name.customer), "/conflicts/", name.sequence.value());
}

absl::StatusOr<ConflictName> ParseConflictName(std::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(name), '/');
  uint64_t sequence = 0;
  if (parts.size() == 4 && parts[2] == "conflicts" && absl::SimpleAtoi(parts[3], &sequence)) {
    const auto customer = ParseCustomerName(parts[0] + "/" + parts[1]);
    if (customer.ok()) return ConflictName{*customer, Sequence(sequence)};
  }
  FieldViolations violations;
  violations.Add("name", "NAME_INVALID", "Must be customers/{uuid}/conflicts/{number}.");
  return violations.ToStatus();
}

void PutConflict(Transaction& transaction, const StagedRow& row, const CustomerId& customer,
                 const google::protobuf::Timestamp& hq_change_time,
                 const std::vector<FieldChange>& conflicts, Sequence sequence, absl::Time now) {
  const auto& operation = row.staged.operation();
  ConflictRecord record;
  record.set_address_id(operation.edit_address().address_id());
  record.set_operation(NameOf(row));
  record.set_channel(operation.channel());
  *record.mutable_capture_time() = operation.capture_time();
  *record.mutable_hq_change_time() = hq_change_time;
  *record.mutable_conflict_time() = ToTimestamp(now);
  for (const FieldChange& conflict : conflicts) *record.add_changes() = conflict;
  ReplaceConflict(transaction, {customer, sequence}, record);
}

absl::StatusOr<std::optional<ConflictRecord>> FindConflict(const Reader& reader,
                                                           const ConflictName& name) {
  return ReadRecord<ConflictRecord>(reader, Table::kStaged, KeyOf(name));
}

void ReplaceConflict(Transaction& transaction, const ConflictName& name,
                     const ConflictRecord& record) {
  if (record.changes().empty()) {
    transaction.Delete(Table::kStaged, KeyOf(name));
  } else {
    PutRecord(transaction, Table::kStaged, KeyOf(name), record);
  }
}

absl::StatusOr<bool> IsInAnotherConflict(const Reader& reader, const ConflictName& name,
                                         const ConflictRecord& record, std::string_view field) {
  bool found = false;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<ConflictRecord>(
      reader, Table::kStaged, PrefixRange(PrefixOf(name.customer), kConflictsPerCustomerMax),
      [&](std::string_view key, const ConflictRecord& other) {
        if (key == KeyOf(name)) return true;
        if (other.address_id() != record.address_id()) return true;
        found = std::any_of(other.changes().begin(), other.changes().end(),
                            [&](const FieldChange& change) { return change.path() == field; });
        return !found;
      }));
  return found;
}

absl::StatusOr<v1::Conflict> ConflictView(const Reader& reader, const ConflictName& name,
                                          const ConflictRecord& record) {
  v1::Conflict view;
  view.set_name(NameOf(name));
  view.set_operation(record.operation());
  view.set_channel(record.channel());
  *view.mutable_capture_time() = record.capture_time();
  *view.mutable_hq_change_time() = record.hq_change_time();
  *view.mutable_conflict_time() = record.conflict_time();
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(reader, name.customer));
  const Customer held = customer.has_value() ? customer->customer() : Customer();
  view.set_account_number(held.account_number());
  if (record.address_id().empty()) {
    for (const FieldChange& change : record.changes()) *view.add_fields() = ViewOf(change, held);
    return view;
  }
  const AddressKey key{name.customer, Uuid::FromBytes(record.address_id())};
  view.set_address(AddressName(key));
  COMPTOIR_ASSIGN_OR_RETURN(const auto address, FindAddress(reader, key));
  const Address shown =
      address.has_value() && customer.has_value() ? AddressView(*address, *customer) : Address();
  for (const FieldChange& change : record.changes()) *view.add_fields() = ViewOf(change, shown);
  return view;
}

absl::StatusOr<v1::ListConflictsResponse> ListConflicts(const Reader& reader,
                                                        const v1::ListConflictsRequest& request) {
  std::string prefix = ConflictsPrefix();
  if (!request.customer().empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, CustomerOfName(reader, request.customer()));
    prefix = PrefixOf(id);
  }
  v1::ListConflictsResponse response;
  const auto take = [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
    COMPTOIR_ASSIGN_OR_RETURN(const ConflictName name, NameOfKey(key));
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<ConflictRecord>(value));
    if (!request.channel().empty() && request.channel() != record.channel()) return false;
    COMPTOIR_ASSIGN_OR_RETURN(*response.add_conflicts(), ConflictView(reader, name, record));
    return true;
  };
  COMPTOIR_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      ReadFilteredPage(reader, Table::kStaged, {prefix},
                       {.page_size = request.page_size(), .page_token = request.page_token()}, take,
                       kConflictsLookedAtMax));
  return response;
}

}  // namespace comptoir::hq
