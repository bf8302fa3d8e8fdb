#include "hq-service/domain/configuration/audit.h"

#include <utility>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

std::string AuditPrefix() {
  return KeyWriter().Byte(static_cast<uint8_t>(replication::v1::RECORD_KIND_AUDIT_ENTRY)).key();
}

}  // namespace

void PutAuditEntry(Transaction& transaction, const v1::ConfigurationChange& change,
                   const Administrator& administrator, Sequence sequence) {
  storage::v1::AuditRecord record;
  v1::AuditEntry& entry = *record.mutable_entry();
  entry.set_sequence(sequence.value());
  *entry.mutable_time() = ToTimestamp(administrator.now);
  entry.set_caller(administrator.caller);
  *entry.mutable_change() = change;
  PutRecord(transaction, Table::kRecords,
            KeyWriter().Rest(AuditPrefix()).Fixed64(sequence.value()).Rest(change.name()).key(),
            record);
}

absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
    const Reader& reader, const v1::ListAuditEntriesRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const Page page, ReadPage(reader, Table::kRecords, {AuditPrefix()},
                                                      {.page_size = request.page_size(),
                                                       .page_token = request.page_token(),
                                                       .reverse = true}));
  v1::ListAuditEntriesResponse response;
  response.set_next_page_token(page.next_page_token);
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, ParseRecord<storage::v1::AuditRecord>(value));
    if (!request.name().empty() && record.entry().change().name() != request.name()) continue;
    *response.add_entries() = std::move(*record.mutable_entry());
  }
  return response;
}

}  // namespace comptoir::hq
