// What this service knows of HQ's history, so that HQ learns of it should its database be restored
// to an earlier state: the epochs in which it has read, the latest position of each epoch at which
// HQ answered or sent what is stored here, and the highest account number of each form that it ever
// held.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_HQ_HISTORY_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_HQ_HISTORY_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/replication/v1/position.pb.h"
#include "comptoir/storage/v1/recovery.pb.h"

namespace comptoir::channel {

// HQ hears of the latest ones.
inline constexpr int kHqEpochsMax = 100;
inline constexpr size_t kAnsweredEpochsMax = 50;
inline constexpr int kNumberFormsMax = 100;

// Puts all of it into a hello.
absl::Status TellHistory(const Reader& reader, hq::v1::SubscribeHello& hello);

// The stream has begun to read in this epoch of HQ's.
absl::Status KeepHqEpoch(Transaction& transaction, const replication::v1::Epoch& epoch);

// An answer of HQ's is stored, read at this position. The latest position of each epoch is kept:
// that of a restored HQ must not hide one that it doesn't know.
absl::Status KeepAnswered(Transaction& transaction, const replication::v1::Position& position);

// Those that are kept, of each epoch: which a hello that is made now tells.
using Answered = std::vector<storage::v1::HqAnswers>;
absl::StatusOr<Answered> ReadAnswered(const Reader& reader);
bool SameAnswers(const Answered& a, const Answered& b);
// True if HQ has greeted in the epoch of this answer: then it has been offered whatever it may have
// lost. Before that the versions of what is stored and of an answer cannot be compared.
absl::StatusOr<bool> IsOfGreetedEpoch(const Reader& reader,
                                      const replication::v1::Position& answer);
// True if an answer was stored that HQ wasn't told of, and that isn't of the epoch in which HQ
// speaks now: it came late, maybe from a history that HQ has lost.
absl::StatusOr<bool> HasUntoldAnswer(const Reader& reader, const Answered& told,
                                     uint64_t hq_epoch_id);
// HQ has all that came up to these answers. One that was stored meanwhile is still to be told.
absl::Status ForgetAnswered(Transaction& transaction, const Answered& told);

// Customers with these numbers were stored, or only seen. It costs a write only when one is the
// highest of its form so far: "C-00000042" is of form "C-########".
absl::Status KeepNumbers(Transaction& transaction, absl::Span<const std::string_view> numbers);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_HQ_HISTORY_H_
