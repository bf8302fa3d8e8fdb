#include "hq-service/domain/conversion/staged_correction.h"

#include <algorithm>
#include <vector>

#include "common/base/status.h"
#include "common/customer/rules/derive.h"
#include "common/customer/rules/field_changes.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/conversion/staged_edit.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/staging/staging.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::CreateCustomer;
using replication::v1::Operation;

// The create that the edit's channel service made, if it is kept for a person.
absl::StatusOr<std::vector<StagedRow>> KeptPaths(const Reader& reader, const StagedRow& edit) {
  const Operation& operation = edit.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto create, FindStagedCreate(reader, CustomerId::FromBytes(operation.customer_id())));
  std::vector<StagedRow> paths;
  if (!create.has_value() || create->queue != StagedQueue::kKept ||
      create->staged.operation().request_digest() != operation.customer_digest()) {
    return paths;
  }
  COMPTOIR_ASSIGN_OR_RETURN(paths, AllPathsOf(reader, *create));
  const bool own = std::any_of(paths.begin(), paths.end(), [&](const StagedRow& path) {
    return path.staged.channel_service() == edit.staged.channel_service();
  });
  if (!own) paths.clear();
  return paths;
}

// Edits of a customer keep their order; addresses wait for it in any case.
absl::StatusOr<bool> IsBehindAnEdit(const Reader& reader, const StagedRow& edit) {
  const Operation& operation = edit.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(const auto waiting,
                            WaitingForCustomer(reader, operation.customer_id(),
                                               operation.customer_digest(), kStagedPerCustomerMax));
  return std::any_of(waiting.begin(), waiting.end(), [&](const StagedRow& other) {
    return other.place < edit.place && IsEdit(other.staged.operation());
  });
}

bool MergeAddressEdit(const Operation& edit, Customer& captured) {
  const auto& changes = edit.edit_address().changes();
  const auto ids = AddressIdsOf(
      [&] {
        Operation create;
        *create.mutable_create_customer()->mutable_customer() = captured;
        return create;
      }(),
      CustomerId::FromBytes(edit.customer_id()));
  for (int place = 0; place < captured.addresses_size(); ++place) {
    Address& address = *captured.mutable_addresses(place);
    if (ids[static_cast<size_t>(place)].bytes() != edit.edit_address().address_id()) continue;
    const FieldMerge merge = Merge(changes, address);
    // What came with its customer is active.
    if (!merge.conflicts.empty() || address.deactivated()) return false;
    if (!merge.applied.contains(kPrimaryField)) return true;
    captured.clear_primary_address();
    for (int other = 0; other < captured.addresses_size(); ++other) {
      captured.mutable_addresses(other)->set_primary(other == place);
    }
    return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::optional<CreateCustomer>> CorrectedByEdit(const Reader& reader,
                                                              const StagedRow& edit) {
  const Operation& operation = edit.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, KeptPaths(reader, edit));
  if (paths.empty()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(const bool behind, IsBehindAnEdit(reader, edit));
  COMPTOIR_ASSIGN_OR_RETURN(const auto merged, MergedIntoCreate(reader, operation.customer_id(),
                                                                operation.customer_digest()));
  if (behind || merged.size() >= kMergedMax) return std::nullopt;
  CreateCustomer corrected = paths.front().staged.operation().create_customer();
  Customer& captured = *corrected.mutable_customer();
  if (operation.has_edit_address()) {
    if (!MergeAddressEdit(operation, captured)) return std::nullopt;
  } else if (!Merge(operation.edit_customer().changes(), captured).conflicts.empty()) {
    return std::nullopt;
  }
  captured.set_display_name(DisplayName(captured));
  return corrected;
}

absl::Status MergeIntoCreate(Transaction& transaction, const StagedRow& edit,
                             const CreateCustomer& corrected, Sequence sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto paths, KeptPaths(transaction, edit));
  int64_t refused = edit.queue == StagedQueue::kKept ? -1 : 0;
  for (const StagedRow& old : paths) {
    StagedRow ready = old;
    *ready.staged.mutable_operation()->mutable_create_customer() = corrected;
    ready.queue = StagedQueue::kReady;
    ready.due = absl::UnixEpoch();
    ready.staged.set_state(replication::v1::OPERATION_STATE_STAGED);
    ready.staged.set_tries(0);
    ready.staged.clear_reason();
    ready.staged.clear_fields();
    if (old.queue == StagedQueue::kKept) --refused;
    COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction, &old, ready, sequence));
    ReplaceStaged(transaction, old, ready);
  }
  StagedRow merged = edit;
  merged.queue = StagedQueue::kMerged;
  merged.staged.set_state(replication::v1::OPERATION_STATE_STAGED);
  merged.staged.clear_reason();
  merged.staged.clear_fields();
  COMPTOIR_RETURN_IF_ERROR(EnterResult(transaction, &edit, merged, sequence));
  ReplaceStaged(transaction, edit, merged);
  return AddToCounters(transaction, {.refused = refused});
}

absl::Status SettleMerged(Transaction& transaction, const StagedRow& create,
                          const std::vector<StagedRow>& paths, const Outcome& outcome,
                          Sequence sequence, absl::Time now) {
  const Operation& operation = create.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto merged,
      MergedIntoCreate(transaction, operation.customer_id(), operation.request_digest()));
  if (merged.empty()) return absl::OkStatus();
  // They became part of the oldest path and of all that were there then.
  const bool applied = outcome.state == replication::v1::OPERATION_STATE_APPLIED;
  const bool in_it = !applied || SerializeDeterministically(operation.create_customer()) ==
                                     SerializeDeterministically(
                                         paths.front().staged.operation().create_customer());
  if (!in_it) return ReleaseMerged(transaction, operation);
  for (const StagedRow& edit : merged) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto edit_paths, AllPathsOf(transaction, edit));
    const Operation& edited = edit.staged.operation();
    if (applied) {
      RememberAppliedEdit(transaction, edited, outcome.customer, sequence, now);
    } else {
      RememberOutcome(transaction, edited, outcome, sequence, now);
    }
    COMPTOIR_RETURN_IF_ERROR(SettleAll(transaction, edit_paths, outcome, sequence, now));
  }
  return absl::OkStatus();
}

absl::Status ReleaseMerged(Transaction& transaction, const Operation& create) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto merged, MergedIntoCreate(transaction, create.customer_id(),
                                                                create.request_digest()));
  for (const StagedRow& edit : merged) {
    StagedRow ready = edit;
    ready.queue = StagedQueue::kReady;
    ReplaceStaged(transaction, edit, ready);
  }
  return absl::OkStatus();
}

}  // namespace comptoir::hq
