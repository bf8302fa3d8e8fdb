#include "channel-service/domain/customer_count.h"

#include <string_view>

#include "common/base/status.h"
#include "common/storage/key_codec.h"

namespace comptoir::channel {
namespace {

constexpr std::string_view kCountKey = "channel-service/customers";

}  // namespace

absl::StatusOr<uint64_t> ReadCustomerCount(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, kCountKey));
  if (!value.has_value()) return 0;
  const auto count = KeyReader(*value).Fixed64();
  if (!count.has_value()) {
    return MakeError(Reason::kStorageCorrupt, "The number of customers cannot be read.");
  }
  return *count;
}

absl::Status AddToCustomerCount(Transaction& transaction, int64_t difference) {
  if (difference == 0) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t count, ReadCustomerCount(transaction));
  transaction.Put(Table::kMeta, kCountKey,
                  KeyWriter().Fixed64(count + static_cast<uint64_t>(difference)).key());
  return absl::OkStatus();
}

}  // namespace comptoir::channel
