// Conflicts that edits of stores left at HQ, until a person decides. (F10, B4)
//
// Table staged: 'f', customer id, position at which the edit was applied: ConflictRecord. The
// record names the fields that are undecided (conflicted_fields), so that whoever shows it can mark
// them.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CONFLICTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CONFLICTS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/conflicts.pb.h"
#include "comptoir/storage/v1/conflicts.pb.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// Conflicts of one customer that are looked at, and of a list that filters let none through.
inline constexpr size_t kConflictsPerCustomerMax = 1000;
inline constexpr size_t kConflictsLookedAtMax = 2000;

// "customers/{uuid}/conflicts/{number}": the number is the position.
struct ConflictName {
  CustomerId customer;
  Sequence sequence;
};
std::string NameOf(const ConflictName& name);
absl::StatusOr<ConflictName> ParseConflictName(std::string_view name);

// What the edit of `row`, applied at `sequence`, left undecided in a record that HQ had changed at
// `hq_change_time`.
void PutConflict(Transaction& transaction, const StagedRow& row, const CustomerId& customer,
                 const google::protobuf::Timestamp& hq_change_time,
                 const std::vector<replication::v1::FieldChange>& conflicts, Sequence sequence,
                 absl::Time now);

absl::StatusOr<std::optional<storage::v1::ConflictRecord>> FindConflict(const Reader& reader,
                                                                        const ConflictName& name);
// Stores what is undecided now; nothing: the conflict goes.
void ReplaceConflict(Transaction& transaction, const ConflictName& name,
                     const storage::v1::ConflictRecord& record);

// True if another conflict of the same customer or address leaves this field undecided.
absl::StatusOr<bool> IsInAnotherConflict(const Reader& reader, const ConflictName& name,
                                         const storage::v1::ConflictRecord& record,
                                         std::string_view field);

// A conflict as people see it, beside the record as it is now.
absl::StatusOr<v1::Conflict> ConflictView(const Reader& reader, const ConflictName& name,
                                          const storage::v1::ConflictRecord& record);

absl::StatusOr<v1::ListConflictsResponse> ListConflicts(const Reader& reader,
                                                        const v1::ListConflictsRequest& request);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_OPERATIONS_CONFLICTS_H_
