#include "common/storage/epoch_history.h"

#include <optional>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/meta_keys.h"

namespace comptoir {

using replication::v1::Epoch;

absl::StatusOr<Sequence> EndOfCommonHistory(const Reader& reader, absl::Span<const Epoch> epochs) {
  std::optional<Epoch> latest;
  for (const Epoch& epoch : epochs) {
    if (latest.has_value() && latest->counter() >= epoch.counter()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindEpoch(reader, epoch.counter()));
    if (known.has_value() && known->id() == epoch.id()) latest = known;
  }
  if (!latest.has_value()) return Sequence(0);
  COMPTOIR_ASSIGN_OR_RETURN(const auto next, FindEpoch(reader, latest->counter() + 1));
  if (!next.has_value()) return LastSequence(reader);
  return Sequence(next->first_sequence() - 1);
}

absl::Status RaiseLastSequence(Transaction& transaction, Sequence sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(transaction));
  if (last >= sequence) return absl::OkStatus();
  transaction.Put(Table::kMeta, meta_keys::kSequence, KeyWriter().Fixed64(sequence.value()).key());
  return absl::OkStatus();
}

}  // namespace comptoir
