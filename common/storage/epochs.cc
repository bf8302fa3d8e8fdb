#include "common/storage/epochs.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/meta_keys.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using replication::v1::Epoch;
using replication::v1::Position;

std::string EpochKey(uint64_t counter) {
  return KeyWriter().Rest(meta_keys::kEpochPrefix).Fixed64(counter).key();
}

// The epoch in force, if any was begun.
absl::StatusOr<std::optional<Epoch>> FindCurrentEpoch(const Reader& reader) {
  KeyRange range = PrefixRange(meta_keys::kEpochPrefix, /*rows_max=*/1);
  range.reverse = true;
  std::optional<Epoch> current;
  COMPTOIR_RETURN_IF_ERROR(
      ScanRecords<Epoch>(reader, Table::kMeta, range, [&current](std::string_view, Epoch epoch) {
        current = std::move(epoch);
        return true;
      }));
  return current;
}

bool IsZero(const Position& position) {
  return position.epoch_counter() == 0 && position.epoch_id() == 0 && position.sequence() == 0;
}

}  // namespace

absl::StatusOr<std::optional<Epoch>> FindEpoch(const Reader& reader, uint64_t counter) {
  return ReadRecord<Epoch>(reader, Table::kMeta, EpochKey(counter));
}

absl::StatusOr<Sequence> LastSequence(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, meta_keys::kSequence));
  if (!value.has_value()) return Sequence(0);
  KeyReader bytes(*value);
  const auto sequence = bytes.Fixed64();
  if (!bytes.AtEnd()) {
    return MakeError(Reason::kStorageCorrupt, "The last sequence cannot be read.");
  }
  return Sequence(*sequence);
}

absl::StatusOr<Sequence> NextSequence(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(transaction));
  const Sequence next(last.value() + 1);
  transaction.Put(Table::kMeta, meta_keys::kSequence, KeyWriter().Fixed64(next.value()).key());
  return next;
}

absl::StatusOr<Epoch> BeginEpoch(Transaction& transaction, Random& random,
                                 Sequence first_sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto last, FindCurrentEpoch(transaction));
  Epoch epoch;
  epoch.set_counter(last.has_value() ? last->counter() + 1 : 1);
  epoch.set_id(random.Next());
  epoch.set_first_sequence(first_sequence.value());
  PutRecord(transaction, Table::kMeta, EpochKey(epoch.counter()), epoch);
  return epoch;
}

absl::StatusOr<Epoch> CurrentEpoch(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(auto epoch, FindCurrentEpoch(reader));
  if (!epoch.has_value()) return MakeError(Reason::kStorageCorrupt, "No epoch was begun.");
  return *std::move(epoch);
}

absl::StatusOr<bool> IsOwnPosition(const Reader& reader, const Position& position,
                                   Sequence last_sequence) {
  if (IsZero(position)) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch, FindEpoch(reader, position.epoch_counter()));
  if (!epoch.has_value() || epoch->id() != position.epoch_id()) return false;
  // A sequence before the epoch's first is fine: what was written earlier can be read during it.
  COMPTOIR_ASSIGN_OR_RETURN(const auto next, FindEpoch(reader, position.epoch_counter() + 1));
  if (!next.has_value()) return position.sequence() <= last_sequence.value();
  return position.sequence() < next->first_sequence();
}

Position MakePosition(const Epoch& epoch, Sequence sequence) {
  Position position;
  position.set_epoch_counter(epoch.counter());
  position.set_epoch_id(epoch.id());
  position.set_sequence(sequence.value());
  return position;
}

}  // namespace comptoir
