// What operators do about databases that were restored, or that are alive twice.

#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/configuration/audit.h"
#include "hq-service/domain/recovery/fenced_lineages.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/domain/recovery/restore_conflicts.h"
#include "hq-service/hq_impl.h"

namespace comptoir::hq {

void HqImpl::Administer(const v1::GetRecoveryRequest&, const CallContext&,
                        Done<v1::Recovery> done) {
  done(RecoveryView(*context_->environment.database.NewReader()));
}

void HqImpl::Administer(const v1::EndRecoveryRequest&, const CallContext& call,
                        Done<v1::Recovery> done) {
  Change<v1::Recovery>(
      std::move(done),
      [margin = context_->options.number_margin_after_restore,
       administrator =
           AdministratorOf(call)](Transaction& transaction) -> absl::StatusOr<v1::Recovery> {
        COMPTOIR_ASSIGN_OR_RETURN(const auto before, RecoveryView(transaction));
        if (before.state() != v1::RECOVERY_STATE_RECOVERING) return before;
        COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
        COMPTOIR_RETURN_IF_ERROR(
            EndRecovery(transaction, margin, administrator.caller, administrator.now));
        v1::ConfigurationChange change;
        change.set_name("recovery");
        change.add_differences()->set_field("state");
        change.mutable_differences(0)->set_old_value("RECOVERING");
        change.mutable_differences(0)->set_new_value("ENDED");
        PutAuditEntry(transaction, change, administrator, sequence);
        return RecoveryView(transaction);
      });
}

void HqImpl::Administer(const v1::ListRestoreConflictsRequest& request, const CallContext&,
                        Done<v1::ListRestoreConflictsResponse> done) {
  done(ListRestoreConflicts(*context_->environment.database.NewReader(), request));
}

void HqImpl::Administer(const v1::ResolveRestoreConflictRequest& request, const CallContext& call,
                        Done<v1::RestoreConflict> done) {
  Change<v1::RestoreConflict>(
      std::move(done), [request, administrator = AdministratorOf(call)](Transaction& transaction) {
        return ResolveRestoreConflict(transaction, request, administrator);
      });
}

void HqImpl::Administer(const v1::ListLineagesRequest& request, const CallContext&,
                        Done<v1::ListLineagesResponse> done) {
  done(ListLineages(*context_->environment.database.NewReader(), request));
}

void HqImpl::Administer(const v1::TakeLineageRequest& request, const CallContext& call,
                        Done<v1::Lineage> done) {
  Change<v1::Lineage>(std::move(done),
                      [request, administrator = AdministratorOf(call)](Transaction& transaction) {
                        return TakeLineage(transaction, request, administrator);
                      });
}

void HqImpl::Administer(const v1::DiscardLineageRequest& request, const CallContext& call,
                        Done<v1::Lineage> done) {
  Change<v1::Lineage>(std::move(done),
                      [request, administrator = AdministratorOf(call)](Transaction& transaction) {
                        return DiscardLineage(transaction, request, administrator);
                      });
}

}  // namespace comptoir::hq
