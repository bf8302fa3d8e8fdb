// Upload and download sessions as they are kept: those that have ended, and who paused what. (P6)
//
// Table meta: "hq/session/", channel service, direction (1 byte), number: Session; "hq/pause/",
// channel service, direction: SessionPause.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_SESSIONS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_SESSIONS_H_

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/job_service.pb.h"
#include "comptoir/storage/v1/jobs.pb.h"

namespace comptoir::hq {

// Ended sessions that are kept, per channel service and direction.
inline constexpr uint64_t kSessionsMax = 100;
// In one answer.
inline constexpr int kSessionsListedMax = 1000;

// What sessions follow one another on.
struct SessionLine {
  std::string channel_service;
  v1::SessionDirection direction = v1::SESSION_DIRECTION_UNSPECIFIED;
  friend auto operator<=>(const SessionLine&, const SessionLine&) = default;
};

struct SessionKey {
  SessionLine line;
  // 0: the open one.
  uint64_t number = 0;
};
std::string SessionName(const SessionLine& line, uint64_t number);
// RECORD_NOT_FOUND if it is no name of a session.
absl::StatusOr<SessionKey> ParseSessionName(std::string_view name);
// INVALID_FIELDS. Empty stays empty.
absl::StatusOr<std::string> ParseChannelServiceName(std::string_view name);

// Keeps it as the last of its line, and lets go of the one that is too many.
void PutSession(Transaction& transaction, const SessionLine& line, uint64_t number,
                const v1::Session& session);
absl::StatusOr<std::optional<v1::Session>> FindSession(const Reader& reader,
                                                       const SessionLine& line, uint64_t number);
// The number of the last that is kept; 0 if there is none.
absl::StatusOr<uint64_t> LastSession(const Reader& reader, const SessionLine& line);
// The last ones first, until `visit` returns false.
absl::Status VisitSessions(const Reader& reader, const SessionLine& line,
                           const std::function<bool(v1::Session)>& visit);
// The last of those that brought `sequence`, in this lineage (0: in any).
absl::StatusOr<std::optional<v1::Session>> SessionThatBrought(const Reader& reader,
                                                              const SessionLine& line,
                                                              uint64_t lineage, uint64_t sequence);
bool Brought(const v1::Session& session, uint64_t lineage, uint64_t sequence);

void PutPause(Transaction& transaction, const SessionLine& line,
              const storage::v1::SessionPause& pause);
absl::StatusOr<std::optional<storage::v1::SessionPause>> FindPause(const Reader& reader,
                                                                   const SessionLine& line);
void ErasePause(Transaction& transaction, const SessionLine& line);
absl::StatusOr<std::map<SessionLine, storage::v1::SessionPause>> ReadPauses(const Reader& reader);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_SESSIONS_H_
