#include "hq-service/domain/conversion/conversion_warnings.h"

#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/customer/rules/field_rules.h"
#include "common/customer/rules/rules.h"
#include "common/customer/rules/validate.h"
#include "common/customer/texts.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/operations/operation_view.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::Warning;
using replication::v1::Operation;

constexpr uint8_t kWarned = 'v';

bool IsNewer(const ChannelConfiguration& channel, const Operation& operation) {
  return channel.version > operation.configuration_version();
}

Warnings WarningsOf(const FieldViolations& violations) {
  Warnings warnings;
  for (const FieldViolation& violation : violations.violations()) {
    Warning& warning = warnings.emplace_back();
    warning.set_reason(violation.reason);
    warning.set_field(violation.field);
  }
  return warnings;
}

// The whole operation needs a feature.
void AddFeature(bool on, FieldViolations& violations) {
  if (!on) violations.Add("", "FEATURE_OFF", "The feature was switched off.");
}

// Fields that hold what new customers inherit: they are only inherited, as far as anybody knows,
// and that isn't checked.
bool IsInherited(const Customer& customer, const hq::v1::DefaultCustomer& inherited,
                 std::string_view field) {
  if (field == "currency") return customer.currency() == inherited.currency();
  if (field == "language") return customer.language() == inherited.language();
  if (field == "receipt_email") {
    return customer.receipt_email().address() == inherited.receipt_email();
  }
  return false;
}

// By a store's rules; what is hidden there may have been inherited.
absl::StatusOr<ChannelConfiguration> WithDefinitions(const Reader& reader, const Customer& customer,
                                                     ChannelConfiguration channel) {
  channel.by_administrator = true;
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(reader, customer, channel));
  return channel;
}

std::string KeyOf(Sequence sequence) {
  return KeyWriter().Byte(kWarned).Fixed64(sequence.value()).key();
}

}  // namespace

absl::StatusOr<Warnings> WarningsOfCreate(const Reader& reader, const Operation& operation,
                                          const ChannelConfiguration& channel) {
  if (!IsNewer(channel, operation)) return Warnings();
  const Customer& captured = operation.create_customer().customer();
  COMPTOIR_ASSIGN_OR_RETURN(const auto today, WithDefinitions(reader, captured, channel));
  FieldViolations violations;
  FieldCheck check(violations);
  CheckCaptured(captured, Customer(), today, check);
  CheckRequiredFields(captured, today, /*pending=*/true, check);
  if (today.create_customer_async) CheckFeatures(captured, today, check);
  for (int place = 0; place < captured.addresses_size(); ++place) {
    FieldCheck address(violations, "addresses[" + std::to_string(place) + "].");
    CheckAddress(captured.addresses(place), today, address);
  }
  Warnings warnings = WarningsOf(violations);
  std::erase_if(warnings, [&](const Warning& warning) {
    return IsInherited(captured, today.inherited, warning.field());
  });
  return warnings;
}

Warnings WarningsOfAddress(const Operation& operation, const ChannelConfiguration& channel) {
  if (!IsNewer(channel, operation)) return {};
  FieldViolations violations;
  AddFeature(channel.async_addresses(), violations);
  FieldCheck check(violations);
  CheckAddress(operation.create_address().address(), channel, check);
  return WarningsOf(violations);
}

absl::StatusOr<Warnings> WarningsOfEdit(const Reader& reader, const Operation& operation,
                                        const ChannelConfiguration& channel, const Customer& before,
                                        const Customer& after, const FieldNames& fields) {
  if (!IsNewer(channel, operation)) return Warnings();
  COMPTOIR_ASSIGN_OR_RETURN(auto today, WithDefinitions(reader, after, channel));
  FieldViolations violations;
  AddFeature(today.features.contains("F5"), violations);
  FieldCheck check(violations, "", &fields);
  CheckCaptured(after, before, today, check);
  CheckRequiredFields(after, today, /*pending=*/false, check);
  return WarningsOf(violations);
}

Warnings WarningsOfAddressEdit(const Operation& operation, const ChannelConfiguration& channel,
                               const Address& after, const FieldNames& fields) {
  if (!IsNewer(channel, operation)) return {};
  FieldViolations violations;
  AddFeature(channel.features.contains("F5"), violations);
  FieldCheck check(violations, "", &fields);
  CheckAddress(after, channel, check);
  return WarningsOf(violations);
}

void PutWarnings(Transaction& transaction, const TakenOperation& taken, const CustomerId& customer,
                 const Warnings& warnings, Sequence sequence, absl::Time now) {
  if (warnings.empty()) return;
  const Operation& operation = taken.operation;
  v1::StagedOperationInfo info;
  info.set_name(NameOf(taken));
  info.set_channel(operation.channel());
  info.set_customer(CustomerName(customer));
  info.set_kind(std::string(OperationKind(operation)));
  info.set_state(replication::v1::OPERATION_STATE_APPLIED);
  *info.mutable_capture_time() = operation.capture_time();
  *info.mutable_staged_time() = taken.staged_time;
  *info.mutable_settle_time() = ToTimestamp(now);
  for (const Warning& warning : warnings) *info.add_warnings() = warning;
  PutRecord(transaction, Table::kStaged, KeyOf(sequence), info);
}

absl::StatusOr<v1::StagedOperationInfo> WarnedAt(const Reader& reader, Sequence sequence) {
  return ReadRecordOrEmpty<v1::StagedOperationInfo>(reader, Table::kStaged, KeyOf(sequence));
}

void LocalizeConversionWarnings(google::protobuf::RepeatedPtrField<Warning>& warnings,
                                std::string_view language) {
  for (Warning& warning : warnings) {
    warning.set_text(std::string(TextFor(Text::kConvertedAsCaptured, language)));
  }
}

std::string WarnedPrefix() { return KeyWriter().Byte(kWarned).key(); }

}  // namespace comptoir::hq
