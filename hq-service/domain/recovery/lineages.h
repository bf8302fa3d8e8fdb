// What HQ holds of each channel service's outbox, and which of its lineages may go on.
//
// A new lineage retires the last by itself if that one isn't connected; if it is, or when a retired
// one returns, the newcomer is fenced: two services with one id must not both be believed.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_LINEAGES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_LINEAGES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

// Retired lineages that are remembered; each is a database restored or wiped.
inline constexpr int kRetiredLineagesMax = 100;

absl::StatusOr<std::optional<storage::v1::UploadPosition>> FindUploadPosition(
    const Reader& reader, std::string_view channel_service);
void PutUploadPosition(Transaction& transaction, std::string_view channel_service,
                       const storage::v1::UploadPosition& position);
// All channel services that ever said hello, in order of their ids.
absl::Status ForEachUploadPosition(
    const Reader& reader,
    const std::function<void(std::string_view channel_service, const storage::v1::UploadPosition&)>&
        visit);

// A hello of either stream.
struct LineageHello {
  std::string channel_service;
  std::vector<std::string> channels;
  uint64_t lineage = 0;
  // Another lineage of this channel service has a stream open now.
  bool other_lineage_connected = false;
};

// What HQ holds of this lineage from now on; LINEAGE_FENCED if it may not go on. One that an
// operator has taken takes the place of the one in use. One that an operator has discarded is told
// so: the error has metadata "discard", the reason.
absl::StatusOr<storage::v1::UploadPosition> AdmitLineage(Transaction& transaction,
                                                         const LineageHello& hello);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_RECOVERY_LINEAGES_H_
