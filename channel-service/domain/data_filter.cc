#include "channel-service/domain/data_filter.h"

#include <string_view>

#include "channel-service/domain/replication/cursors.h"
#include "common/base/status.h"
#include "common/customer/data_filter.h"
#include "common/storage/key_codec.h"

namespace comptoir::channel {
namespace {

// The stage (1 byte), then where removing goes on. Absent: unfiltered.
constexpr std::string_view kFilterKey = "channel-service/data-filter";

}  // namespace

absl::StatusOr<DataFilter> ReadDataFilter(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, kFilterKey));
  if (!value.has_value()) return DataFilter();
  KeyReader key(*value);
  const auto stage = key.Byte();
  if (!stage.has_value() || *stage > static_cast<uint8_t>(FilterStage::kPurged)) {
    return MakeError(Reason::kStorageCorrupt, "The filter of customer data cannot be read.");
  }
  return DataFilter{.stage = static_cast<FilterStage>(*stage), .next = std::string(key.Rest())};
}

void PutDataFilter(Transaction& transaction, const DataFilter& filter) {
  if (!filter.filtered()) return transaction.Delete(Table::kMeta, kFilterKey);
  transaction.Put(Table::kMeta, kFilterKey,
                  KeyWriter().Byte(static_cast<uint8_t>(filter.stage)).Rest(filter.next).key());
}

absl::StatusOr<bool> FollowConfiguration(Transaction& transaction,
                                         const std::vector<std::string>& channels) {
  COMPTOIR_ASSIGN_OR_RETURN(const bool filtered, IsCustomerDataFiltered(transaction, channels));
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(transaction));
  if (filtered == filter.filtered()) return false;
  if (filtered) COMPTOIR_RETURN_IF_ERROR(DropCustomerMemberships(transaction));
  PutDataFilter(transaction,
                {.stage = filtered ? FilterStage::kWaiting : FilterStage::kUnfiltered});
  return true;
}

absl::Status CheckMayStore(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(reader));
  if (!filter.filtered()) return absl::OkStatus();
  return MakeError(Reason::kOutcomeUnknown,
                   "Customer data is filtered since a moment; repeat with the same id.");
}

}  // namespace comptoir::channel
