// What an operator does after HQ's database was restored: doesn't wait for a channel service that
// stays away, and decides about what HQ didn't take back. (docs/recovery.md)

#include <utility>

#include "tests/sim/chaos_impl.h"

namespace comptoir::sim {

void Chaos::RestoreHq(MemoryDatabase::Content copy) {
  context_.Count(Fault::kHqRestored);
  context_.Trace("hq", [] { return "is restored from an earlier copy"; });
  hq_restored_ = true;
  const bool told = random_.OneIn(2);
  hq_.Crash(/*power_lost=*/random_.OneIn(2));
  hq_.RestoreDisk(std::move(copy));
  // Who isn't told waits until everybody has spoken.
  hq_.set_restored(told, told ? absl::ZeroDuration() : absl::Hours(1));
  invariants_.HqRestored();
  hq_.CrashAndRestart(/*power_lost=*/false,
                      Between(random_, absl::Milliseconds(20), absl::Seconds(2)));
  ends_recovery_ = random_.OneIn(2);
  decides_ = !random_.OneIn(3);
  // Somebody works at HQ before the stores have offered what they changed as well.
  edits_after_restore_ = random_.OneIn(3) ? 0 : 30;
  ActOnRestore();
}

// Also while all heals: what is offered then is decided then.
void Chaos::ActOnRestore() {
  for (int i = 0; i < 10 && hq_.up() && edits_after_restore_ > 0; ++i) {
    --edits_after_restore_;
    EditAtHq();
  }
  if (hq_.up() && ends_recovery_) EndRecovery();
  if (hq_.up() && decides_) ResolveRestoreConflict();
  context_.scheduler().After(Between(random_, absl::Milliseconds(50), absl::Milliseconds(500)),
                             kWorld, [this] { ActOnRestore(); });
}

// Not before HQ has all customers of those that it still waits for: what they have beyond that
// would come as a conflict, with numbers that were given anew, and a person would have to know.
void Chaos::EndRecovery() {
  Administer(hq::v1::GetRecoveryRequest(), [this](const absl::StatusOr<hq::v1::Recovery>& answer) {
    if (!answer.ok() || answer->state() != hq::v1::RECOVERY_STATE_RECOVERING || !hq_.up() ||
        !invariants_.MayEndRecovery()) {
      return;
    }
    invariants_.EndOfRecoveryOrdered();
    Administer(hq::v1::EndRecoveryRequest(), [](const absl::StatusOr<hq::v1::Recovery>&) {});
  });
}

void Chaos::ResolveRestoreConflict() {
  Administer(hq::v1::ListRestoreConflictsRequest(),
             [this](const absl::StatusOr<hq::v1::ListRestoreConflictsResponse>& answer) {
               if (!answer.ok() || answer->conflicts().empty() || !hq_.up()) return;
               const auto& conflicts = answer->conflicts();
               const hq::v1::RestoreConflict& conflict = conflicts[random_.Below(conflicts.size())];
               const bool take = random_.OneIn(2);
               invariants_.RestoreConflictDecided(conflict.resource(), take);
               hq::v1::ResolveRestoreConflictRequest resolve;
               resolve.set_name(conflict.name());
               resolve.set_decision(take ? hq::v1::RESTORE_CONFLICT_DECISION_TAKE
                                         : hq::v1::RESTORE_CONFLICT_DECISION_KEEP);
               Administer(resolve,
                          [this, take](const absl::StatusOr<hq::v1::RestoreConflict>& decided) {
                            if (!decided.ok()) return;
                            context_.Count(take ? Fault::kOfferTaken : Fault::kOfferNotTaken);
                          });
             });
}

}  // namespace comptoir::sim
