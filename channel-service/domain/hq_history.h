// What this service knows of HQ's history, so that HQ learns of it should its database be restored
// to an earlier state: the epochs in which it has read, the latest answer that it stored, and the
// highest account number of each form that it ever held.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_HISTORY_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_HISTORY_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/replication/v1/position.pb.h"

namespace comptoir::channel {

// HQ hears of the latest ones.
inline constexpr int kHqEpochsMax = 100;
inline constexpr int kNumberFormsMax = 100;

// Puts all of it into a hello.
absl::Status TellHistory(const Reader& reader, hq::v1::SubscribeHello& hello);

// The stream has begun to read in this epoch of HQ's.
absl::Status KeepHqEpoch(Transaction& transaction, const replication::v1::Epoch& epoch);

// An answer of HQ's is stored, read at this position.
absl::Status KeepAnswered(Transaction& transaction, const replication::v1::Position& position);
// HQ has all that any answer brought.
void ForgetAnswered(Transaction& transaction);

// A customer with this number was stored, or only seen. It costs a write only when it is the
// highest of its form so far: "C-00000042" is of form "C-########".
absl::Status KeepNumber(Transaction& transaction, std::string_view account_number);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_HQ_HISTORY_H_
