// Lineages that HQ fences: a database of a channel service that is alive twice, or that returned
// after another took its place. An operator takes one, or discards what it holds.
//
// Table meta: "hq/fenced/", channel service, lineage: FencedLineage.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_FENCED_LINEAGES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_FENCED_LINEAGES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/admin_service.pb.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/storage/v1/recovery.pb.h"
#include "hq-service/domain/configuration/administration.h"

namespace comptoir::hq {

// Of one channel service; those that were longest not heard of are forgotten.
inline constexpr size_t kFencedLineagesMax = 100;

absl::StatusOr<std::optional<storage::v1::FencedLineage>> FindFenced(
    const Reader& reader, std::string_view channel_service, uint64_t lineage);
// It isn't fenced any more.
void ForgetFenced(Transaction& transaction, std::string_view channel_service, uint64_t lineage);

// A lineage said hello and was turned away.
absl::Status RememberFenced(Transaction& transaction, const v1::UploadHello& hello, absl::Time now);

// The lineages of one channel service, or of all.
absl::StatusOr<v1::ListLineagesResponse> ListLineages(const Reader& reader,
                                                      const v1::ListLineagesRequest& request);

// Orders, carried out when the lineage says hello next. Audited; repeating one changes nothing.
absl::StatusOr<v1::Lineage> TakeLineage(Transaction& transaction,
                                        const v1::TakeLineageRequest& request,
                                        const Administrator& administrator);
absl::StatusOr<v1::Lineage> DiscardLineage(Transaction& transaction,
                                           const v1::DiscardLineageRequest& request,
                                           const Administrator& administrator);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_FENCED_LINEAGES_H_
