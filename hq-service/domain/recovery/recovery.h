// HQ after its database was restored from a backup: how it notices, what waits meanwhile, and when
// it is over. (P12)
//
// A channel service that presents a position which HQ never gave proves it. From then on no account
// number is given until every channel service has told the highest number that it ever held and has
// offered what HQ has lost (adoption.h); then the number sequences skip a margin, for what nobody
// has told. Before it is known, right after a start, no number is given either until all have said
// hello, or a short while has passed: what was staged would be converted before anybody speaks.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_RECOVERY_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_RECOVERY_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/recovery.pb.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/storage/v1/recovery.pb.h"

namespace comptoir::hq {

// Of one hello.
inline constexpr int kHqEpochsMax = 100;
inline constexpr int kHighestNumbersMax = 100;
inline constexpr int kAnsweredMax = 100;

absl::StatusOr<storage::v1::RecoveryState> ReadRecovery(const Reader& reader);
void PutRecovery(Transaction& transaction, const storage::v1::RecoveryState& state);

// True while no account number may be given.
absl::StatusOr<bool> NumbersWait(const Reader& reader);

// Channel services that HQ waits for: those that channels name and those that ever said hello.
absl::StatusOr<std::set<std::string>> KnownChannelServices(const Reader& reader);

// At a start of HQ: `restored` says that an operator has restored the database, else it is checked
// whether somebody did, if `check`.
struct RecoveryStart {
  bool restored = false;
  bool check = false;
  uint64_t number_margin = 0;
  absl::Time now;
};
absl::Status StartRecovery(Transaction& transaction, const RecoveryStart& start);

// Those that haven't said hello by now are waited for no longer, unless HQ is known to be restored.
absl::Status EndCheck(Transaction& transaction);

// False for the usual hello, which tells nothing that HQ must keep.
absl::StatusOr<bool> MustBeGreeted(const Reader& reader, const v1::SubscribeHello& hello);

struct Greeting {
  // The channel service must offer every record after `known`.
  bool offers_wanted = false;
  Sequence known;
  // HQ has just learned that it was restored: everybody else must say hello anew.
  bool others_must_speak = false;
};
// Takes what a hello tells of HQ's lost history.
absl::StatusOr<Greeting> Greet(Transaction& transaction, const v1::SubscribeHello& hello,
                               uint64_t number_margin, absl::Time now);

// The channel service has offered all that it has.
absl::Status FinishOffers(Transaction& transaction, std::string_view channel_service,
                          uint64_t number_margin, absl::Time now);

// What operators see of it.
absl::StatusOr<v1::Recovery> RecoveryView(const Reader& reader);

// Ends the recovery although not everybody came. Numbers skip `number_margin`. Does nothing if
// there is none under way.
absl::Status EndRecovery(Transaction& transaction, uint64_t number_margin,
                         std::string_view ended_by, absl::Time now);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_RECOVERY_H_
