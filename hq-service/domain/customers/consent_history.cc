#include "hq-service/domain/customers/consent_history.h"

#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/rules/contacts.h"
#include "common/storage/key_codec.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/domain/feeds/milestones.h"

namespace comptoir::hq {
namespace {

std::string HistoryPrefix(const CustomerId& id) {
  return KeyWriter().Byte(replication::v1::RECORD_KIND_CONSENT_CHANGE).Id(id).key();
}

}  // namespace

void AppendConsentChanges(Transaction& transaction, const CustomerId& id,
                          const customer::v1::Customer& before, const customer::v1::Customer& after,
                          Sequence sequence, absl::Time now, std::string_view channel) {
  uint32_t place = 0;
  for (customer::v1::ConsentChange& change : ConsentChanges(before, after, now, channel)) {
    change.set_sequence(sequence.value());
    storage::v1::ConsentChangeRecord record;
    *record.mutable_change() = std::move(change);
    PutRecord(transaction, Table::kRecords,
              KeyWriter().Rest(HistoryPrefix(id)).Fixed64(sequence.value()).Fixed32(place++).key(),
              record);
  }
  if (place != 0) PutMilestone(transaction, sequence, id);
}

absl::StatusOr<std::vector<customer::v1::ConsentChange>> ConsentChangesAt(const Reader& reader,
                                                                          const CustomerId& id,
                                                                          Sequence sequence) {
  std::vector<customer::v1::ConsentChange> changes;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::ConsentChangeRecord>(
      reader, Table::kRecords,
      PrefixRange(KeyWriter().Rest(HistoryPrefix(id)).Fixed64(sequence.value()).key()),
      [&](std::string_view, storage::v1::ConsentChangeRecord record) {
        changes.push_back(std::move(*record.mutable_change()));
        return true;
      }));
  return changes;
}

absl::StatusOr<customer::v1::ListConsentChangesResponse> ListConsentChanges(
    const Reader& reader, const customer::v1::ListConsentChangesRequest& request) {
  COMPTOIR_RETURN_IF_ERROR(ResolveChannelOr(reader, request.channel()).status());
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(request.parent(), "parent"));
  COMPTOIR_RETURN_IF_ERROR(FindSyncedCustomer(reader, id).status());
  COMPTOIR_ASSIGN_OR_RETURN(const Page page, ReadPage(reader, Table::kRecords, {HistoryPrefix(id)},
                                                      {.page_size = request.page_size(),
                                                       .page_token = request.page_token(),
                                                       .reverse = true}));
  customer::v1::ListConsentChangesResponse response;
  response.set_next_page_token(page.next_page_token);
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, ParseRecord<storage::v1::ConsentChangeRecord>(value));
    *response.add_changes() = std::move(*record.mutable_change());
  }
  return response;
}

}  // namespace comptoir::hq
