// Epochs and sequences: where a log stands, and whether a reader's position is one that this log
// ever gave.
//
// Each start of a service begins an epoch: a counter, a random id and the first sequence it can
// give, kept for ever. A position that names an unknown epoch, or a sequence beyond the end of its
// epoch, was given by a database that this one is not: it was restored, wiped or copied (it has
// diverged).

#ifndef COMPTOIR_COMMON_STORAGE_EPOCHS_H_
#define COMPTOIR_COMMON_STORAGE_EPOCHS_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "common/base/random.h"
#include "common/base/strong_id.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/position.pb.h"

namespace comptoir {

using Sequence = StrongId<struct SequenceTag, uint64_t>;

// The last sequence given by this database, 0 if none. HQ's sequences are its commit positions.
absl::StatusOr<Sequence> LastSequence(const Reader& reader);
// Gives the next one, in this transaction.
absl::StatusOr<Sequence> NextSequence(Transaction& transaction);

// Begins an epoch whose first sequence is `first_sequence`; to be committed before anything else
// is.
absl::StatusOr<replication::v1::Epoch> BeginEpoch(Transaction& transaction, Random& random,
                                                  Sequence first_sequence);

// The epoch with this counter, if any was begun.
absl::StatusOr<std::optional<replication::v1::Epoch>> FindEpoch(const Reader& reader,
                                                                uint64_t counter);

// The epoch in force. Fails with STORAGE_CORRUPT if none was begun.
absl::StatusOr<replication::v1::Epoch> CurrentEpoch(const Reader& reader);

// True if this database gave `position` out: its epoch is known and its sequence within that epoch,
// or it is the zero position. `last_sequence` is the last one given in the epoch in force.
absl::StatusOr<bool> IsOwnPosition(const Reader& reader, const replication::v1::Position& position,
                                   Sequence last_sequence);

replication::v1::Position MakePosition(const replication::v1::Epoch& epoch, Sequence sequence);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_EPOCHS_H_
