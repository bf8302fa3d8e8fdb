// Puts HQ's records into a channel's database.

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_APPLY_CHANGE_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_APPLY_CHANGE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

// Stores or removes one record with its index. A record older than what is stored is passed over
// (an answer of HQ may have been faster than the stream); a pending one (version 0) is always
// replaced. A kind that isn't known is kept as bytes under its key. STORAGE_CORRUPT if the record
// doesn't parse.
absl::Status ApplyRecordChange(Transaction& transaction,
                               const replication::v1::RecordChange& change);

// The same of a customer for who has parsed both: `stored` is what is stored now, `record` what the
// change brings.
absl::Status ApplyRecordChange(Transaction& transaction,
                               const replication::v1::RecordChange& change,
                               const std::optional<storage::v1::CustomerRecord>& stored,
                               const storage::v1::CustomerRecord& record);

// Of the record that a change is about, in table records.
std::string RecordKeyOf(const replication::v1::RecordChange& change);

// Fails, without touching a database, for a change that ApplyRecordChange could not apply: a peer's
// input is checked before a command runs.
absl::Status CheckRecordChange(const replication::v1::RecordChange& change);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_APPLY_CHANGE_H_
