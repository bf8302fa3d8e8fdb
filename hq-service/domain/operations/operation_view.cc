#include "hq-service/domain/operations/operation_view.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/operations.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/names.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/operations/edit_correction.h"
#include "hq-service/domain/operations/operation_history.h"
#include "hq-service/domain/staging/staged_create.h"

namespace comptoir::hq {
namespace {

using replication::v1::FieldChange;
using replication::v1::Operation;

// A value that this version cannot read is shown as unset.
template <typename Message>
v1::FieldDifference ViewOf(const FieldChange& change) {
  Message replaced;
  Message value;
  if (!replaced.ParseFromString(change.replaced())) replaced.Clear();
  if (!value.ParseFromString(change.value())) value.Clear();
  const auto* const field = Message::descriptor()->FindFieldByName(change.path());
  if (field != nullptr) return DifferenceIn(*field, replaced, value);
  v1::FieldDifference unknown;
  unknown.set_field(change.path());
  return unknown;
}

void AddChanges(const Operation& operation, v1::StagedOperationInfo& info) {
  for (const FieldChange& change : operation.edit_customer().changes()) {
    *info.add_changes() = ViewOf<customer::v1::Customer>(change);
  }
  for (const FieldChange& change : operation.edit_address().changes()) {
    *info.add_changes() = ViewOf<customer::v1::Address>(change);
  }
}

}  // namespace

std::string NameOf(const TakenOperation& taken) {
  return absl::StrCat("operations/", taken.channel_service, "/", taken.lineage, "/",
                      taken.operation.sequence());
}

absl::StatusOr<OperationName> ParseOperationName(std::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(name), '/');
  OperationName parsed;
  if (parts.size() == 4 && parts[0] == "operations" &&
      absl::SimpleAtoi(parts[2], &parsed.address.lineage) &&
      absl::SimpleAtoi(parts[3], &parsed.address.sequence)) {
    parsed.channel_service = parts[1];
    return parsed;
  }
  FieldViolations violations;
  violations.Add("name", "NAME_INVALID",
                 "Must be operations/{channel service}/{lineage}/{sequence}.");
  return violations.ToStatus();
}

v1::StagedOperationInfo InfoOf(const StagedRow& row) {
  const auto& staged = row.staged;
  v1::StagedOperationInfo info;
  info.set_name(NameOf(row));
  info.set_channel(staged.operation().channel());
  if (const auto id = IdOfBytes(staged.operation().customer_id()); id.has_value()) {
    info.set_customer(CustomerName(*id));
  }
  info.set_kind(std::string(OperationKind(staged.operation())));
  info.set_state(staged.state());
  info.set_reason(staged.reason());
  *info.mutable_fields() = staged.fields();
  info.set_tries(staged.tries());
  *info.mutable_capture_time() = staged.operation().capture_time();
  *info.mutable_staged_time() = staged.staged_time();
  AddChanges(staged.operation(), info);
  return info;
}

absl::Status SetAccountNumber(const Reader& reader, v1::StagedOperationInfo& info) {
  const auto id = ParseCustomerName(info.customer());
  if (!id.ok()) return absl::OkStatus();  // What a store sent may name nobody.
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(reader, *id));
  if (record.has_value()) info.set_account_number(record->customer().account_number());
  return absl::OkStatus();
}

absl::StatusOr<v1::StagedOperationInfo> FullInfoOf(const Reader& reader, const StagedRow& row) {
  v1::StagedOperationInfo info = InfoOf(row);
  COMPTOIR_RETURN_IF_ERROR(SetAccountNumber(reader, info));
  const Operation& operation = row.staged.operation();
  if (operation.has_create_customer()) {
    *info.mutable_captured_customer() = operation.create_customer().customer();
  } else if (operation.has_create_address()) {
    *info.mutable_captured_address() = operation.create_address().address();
  } else if (operation.has_edit_customer()) {
    COMPTOIR_ASSIGN_OR_RETURN(*info.mutable_captured_customer(),
                              CustomerAsEdited(reader, operation));
  } else if (operation.has_edit_address()) {
    COMPTOIR_ASSIGN_OR_RETURN(*info.mutable_captured_address(), AddressAsEdited(reader, operation));
  }
  COMPTOIR_ASSIGN_OR_RETURN(auto history, HistoryOf(reader, info.name()));
  for (v1::OperationAction& entry : history) *info.add_history() = std::move(entry);
  return info;
}

v1::StagedOperationInfo DiscardedInfo(const std::vector<v1::OperationAction>& history) {
  v1::StagedOperationInfo info;
  info.set_name(history.back().resource());
  info.set_customer(history.back().customer());
  info.set_state(replication::v1::OPERATION_STATE_DISCARDED);
  info.set_reason(std::string(ReasonName(Reason::kOperationDiscarded)));
  for (const v1::OperationAction& entry : history) *info.add_history() = entry;
  return info;
}

}  // namespace comptoir::hq
