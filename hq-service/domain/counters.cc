#include "hq-service/domain/counters.h"

#include "common/base/status.h"
#include "common/storage/key_codec.h"

namespace comptoir::hq {
namespace {

constexpr std::string_view kKey = "hq/counters";

}  // namespace

absl::StatusOr<Counters> ReadCounters(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, kKey));
  if (!value.has_value()) return Counters();
  KeyReader parts(*value);
  const auto customers = parts.Fixed64();
  const auto staged = parts.Fixed64();
  const auto refused = parts.Fixed64();
  if (!parts.AtEnd()) return MakeError(Reason::kStorageCorrupt, "The counters cannot be read.");
  return Counters{.customers = static_cast<int64_t>(*customers),
                  .staged = static_cast<int64_t>(*staged),
                  .refused = static_cast<int64_t>(*refused)};
}

absl::Status AddToCounters(Transaction& transaction, const Counters& difference) {
  COMPTOIR_ASSIGN_OR_RETURN(Counters counters, ReadCounters(transaction));
  counters.customers += difference.customers;
  counters.staged += difference.staged;
  counters.refused += difference.refused;
  transaction.Put(Table::kMeta, kKey,
                  KeyWriter()
                      .Fixed64(static_cast<uint64_t>(counters.customers))
                      .Fixed64(static_cast<uint64_t>(counters.staged))
                      .Fixed64(static_cast<uint64_t>(counters.refused))
                      .key());
  return absl::OkStatus();
}

}  // namespace comptoir::hq
