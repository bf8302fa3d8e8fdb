// The sessions that are open, one per channel service and direction: counted by the streams, in
// memory alone, so that they cost the work they watch next to nothing. Those that have ended are
// for SessionKeeper to write; what is open when HQ dies is forgotten, and no data with it. (P6) Not
// thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_SESSION_BOOK_H_
#define COMPTOIR_HQ_SERVICE_JOBS_SESSION_BOOK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/job_service.pb.h"
#include "comptoir/storage/v1/jobs.pb.h"
#include "hq-service/domain/batch_jobs/live_services.h"
#include "hq-service/domain/sessions.h"

namespace comptoir::hq {

// Why work that was under way came to nothing, if nobody gave a reason.
inline constexpr std::string_view kSessionDisconnected = "DISCONNECTED";

// A session ends when all is acknowledged and nothing has come for so long,
inline constexpr absl::Duration kSessionQuiet = absl::Seconds(5);
// when it is so old,
inline constexpr absl::Duration kSessionAgeMax = absl::Minutes(1);
// or when it has so many records.
inline constexpr uint64_t kSessionRecordsMax = 10'000;

// The open session of a line. Streams hold a pointer to theirs.
struct OpenSession {
  SessionLine line;
  uint64_t number = 1;
  bool connected = false;
  v1::SessionState state = v1::SESSION_STATE_STARTED;
  uint32_t tries = 0;
  std::string last_error;
  absl::Time start;
  std::optional<absl::Time> acknowledged_time;
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t lineage = 0;
  uint64_t after = 0;
  uint64_t last = 0;
  // Upload: what waits in the outbox, as it was told.
  uint64_t waiting = 0;
  // Since when the oldest that isn't acknowledged waits, in the outbox or on its way down.
  std::optional<absl::Time> waiting_since;
  // When it was last connected or disconnected.
  absl::Time connected_changed;
  std::optional<storage::v1::SessionPause> pause;

  bool paused() const { return pause.has_value(); }
};

struct EndedSession {
  SessionLine line;
  uint64_t number;
  v1::Session session;
};

class SessionBook {
 public:
  // Both borrowed.
  SessionBook(const Database& database, const Clock& clock);

  // Reads who is paused. Before anything else.
  absl::Status Load();

  // A stream of this line is open, of an outbox of `lineage`, from `position` on: the last try's
  // session goes on if that fits. The pointer is good for ever.
  OpenSession* Attach(const SessionLine& line, uint64_t lineage, uint64_t position);
  // It is over. `failed`: what that is for work under way; unspecified, if none was.
  void Detach(OpenSession& session, v1::SessionState failed, std::string_view error);

  // Work is under way.
  void UnderWay(OpenSession& session);
  // This much is durable at the receiver, up to `position`; `all`: nothing is under way any more.
  void Acknowledged(OpenSession& session, uint64_t records, uint64_t bytes, uint64_t position,
                    bool all);
  // The stream goes on.
  void Failed(OpenSession& session, v1::SessionState state, std::string_view error);
  // There is nothing to send.
  void NoData(OpenSession& session);
  // The outbox says what waits.
  void Waiting(OpenSession& session, uint64_t operations, absl::Duration oldest_age);

  // Null if nothing is known of the line.
  OpenSession* Find(const SessionLine& line);
  // Makes one if there is none.
  OpenSession& FindOrOpen(const SessionLine& line);
  void Pause(OpenSession& session, const storage::v1::SessionPause& pause);
  void Resume(OpenSession& session);

  // Ends what is to end by now.
  std::vector<EndedSession> EndDue();

  // As people see it. `last` is HQ's last commit.
  v1::Session View(const OpenSession& session, Sequence last) const;
  const std::map<SessionLine, OpenSession>& lines() const { return lines_; }
  LiveServices Live() const;

 private:
  static v1::SessionState Idle(const OpenSession& session);
  // The next session of the line begins where this one ends.
  void Next(OpenSession& session);

  // Constant after construction.
  const Database& database_;
  const Clock& clock_;
  const absl::Time started_;

  std::map<SessionLine, OpenSession> lines_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_SESSION_BOOK_H_
