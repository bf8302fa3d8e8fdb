// Puts a record of HQ into the channel database so that the store's own unsettled work stays in
// sight. (DESIGN: a channel always shows its own unsettled work.)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_HQ_RECORD_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_HQ_RECORD_H_

#include <string_view>

#include "absl/status/status.h"
#include "common/customer/records/apply_change.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir::channel {

// HQ's customer replaces a pending one; the store's unsettled addresses and edits are replayed on
// top. If it was made by another request (its digest differs), the pending one's addresses go with
// it: they aren't that customer's. A removal leaves a customer that is only the store's, or has
// unsettled operations here, with its addresses and loyalty cards. The highest account numbers are
// the caller's to keep.
absl::Status ApplyHqRecord(Transaction& transaction, const ParsedChange& change);

// Empty if the change brings none.
std::string_view AccountNumberOf(const ParsedChange& change);

// The same of one record, with its account number. REQUIRES: CheckRecordChange.
absl::Status ApplyHqRecord(Transaction& transaction, const replication::v1::RecordChange& change);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_HQ_RECORD_H_
