// A staged edit against the record as it is: fields that still hold what the store replaced get the
// new values, the others stay HQ's and are conflicts. (F9, F10, P7)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_EDIT_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_EDIT_H_

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/configuration.h"
#include "common/customer/requests/names.h"
#include "common/customer/rules/field_changes.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {

// An edit whose form is right, with the channel that captured it.
struct PreparedEdit {
  ChannelConfiguration channel;
};

bool IsEdit(const replication::v1::Operation& operation);

// The changes of an edit, whichever kind it is.
const FieldChanges& ChangesIn(const replication::v1::Operation& operation);

// Needs no transaction. INVALID_FIELDS; CONFIGURATION_MISSING, CHANNEL_NOT_FOUND.
absl::StatusOr<PreparedEdit> PrepareStagedEdit(const Reader& reader,
                                               const replication::v1::Operation& operation);

// What an edit makes of the records.
struct MergedEdit {
  CustomerId customer;
  storage::v1::CustomerRecord old_customer;
  // The customer with its changes; of an edit of an address as it is.
  storage::v1::CustomerRecord new_customer;
  std::optional<AddressId> address;
  storage::v1::AddressRecord old_address;
  storage::v1::AddressRecord new_address;
  // What becomes the primary address, if that changes; empty: none.
  std::optional<std::string> primary;
  std::vector<replication::v1::FieldChange> conflicts;
  std::vector<customer::v1::Warning> warnings;
};

// The edit applied to this customer of HQ's, which exists. ADDRESS_NOT_FOUND; INVALID_FIELDS for
// what the record would be.
absl::StatusOr<MergedEdit> MergeEdit(const Reader& reader,
                                     const replication::v1::Operation& operation,
                                     const PreparedEdit& prepared, const CustomerId& customer,
                                     absl::Time now);

// Stores and publishes at `sequence` what changed, if anything did, and the conflicts; remembers
// the request.
absl::Status StoreMergedEdit(Transaction& transaction, const StagedRow& row,
                             const MergedEdit& merged, Sequence sequence, absl::Time now);

// What became of the edit of this request, if HQ remembers; REQUEST_ID_REUSED if the id is that of
// another request.
absl::StatusOr<std::optional<Outcome>> FindEditOutcome(const Reader& reader,
                                                       const CustomerId& customer,
                                                       const Uuid& request_id,
                                                       std::string_view request_digest);

// The same of an edit that is asked for in real time: true if it was applied, OPERATION_DISCARDED
// if a person gave it up.
absl::StatusOr<bool> IsApplied(const Reader& reader, const CustomerId& customer,
                               const EditContext& context);

// Remembers that the edit was applied, here or with its customer's create.
void RememberAppliedEdit(Transaction& transaction, const replication::v1::Operation& operation,
                         const CustomerId& customer, Sequence sequence, absl::Time now);

// True if HQ's memory of requests may have lost what became of the edit: it was captured longer ago
// than that goes back, and its channel service has begun a new lineage, so it may come again.
absl::StatusOr<bool> MayBeForgotten(const Reader& reader, const StagedRow& row, absl::Time now);

// True if an operation of the same outbox and customer that came before isn't settled and is about
// the same address or fields. (P7)
absl::StatusOr<bool> IsBehindOverlapping(const Reader& reader, const StagedRow& row);

// Sets the first edits free that wait behind this operation, which is settled.
absl::Status WakeOverlapping(Transaction& transaction, const replication::v1::Operation& operation);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONVERSION_STAGED_EDIT_H_
