#include "hq-service/jobs/session_book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

bool IsUpload(const OpenSession& session) {
  return session.line.direction == v1::SESSION_DIRECTION_UPLOAD;
}

bool HasFailed(v1::SessionState state) {
  return state == v1::SESSION_STATE_UPLOAD_FAILED || state == v1::SESSION_STATE_APPLY_FAILED ||
         state == v1::SESSION_STATE_DOWNLOAD_FAILED || state == v1::SESSION_STATE_CREATE_FAILED;
}

}  // namespace

SessionBook::SessionBook(const Database& database, const Clock& clock)
    : database_(database), clock_(clock), started_(clock.Now()) {}

absl::Status SessionBook::Load() {
  COMPTOIR_ASSIGN_OR_RETURN(auto pauses, ReadPauses(database_.latest()));
  for (auto& [line, pause] : pauses) {
    OpenSession& session = FindOrOpen(line);
    session.number = std::max(session.number, pause.session());
    session.pause = std::move(pause);
  }
  return absl::OkStatus();
}

OpenSession* SessionBook::Find(const SessionLine& line) {
  const auto found = lines_.find(line);
  return found == lines_.end() ? nullptr : &found->second;
}

OpenSession& SessionBook::FindOrOpen(const SessionLine& line) {
  if (OpenSession* const known = Find(line)) return *known;
  OpenSession& session = lines_[line];
  session.line = line;
  // If it cannot be read, numbers begin anew: it is history only.
  session.number = LastSession(database_.latest(), line).value_or(0) + 1;
  session.start = clock_.Now();
  session.connected_changed = started_;
  return session;
}

OpenSession* SessionBook::Attach(const SessionLine& line, uint64_t lineage, uint64_t position) {
  OpenSession& session = FindOrOpen(line);
  if (session.lineage != lineage || position < session.last) {
    // Another log, or an earlier place in it: what was acknowledged before is another span.
    if (session.records > 0) Next(session);
    session.lineage = lineage;
    session.after = position;
  }
  // Further than was known: an acknowledgement was lost.
  session.last = position;
  if (session.records == 0) session.after = position;
  session.connected = true;
  session.connected_changed = clock_.Now();
  session.waiting = 0;
  session.waiting_since.reset();
  ++session.tries;
  session.state = IsUpload(session) ? v1::SESSION_STATE_STARTED : v1::SESSION_STATE_REQUESTED;
  return &session;
}

void SessionBook::Detach(OpenSession& session, v1::SessionState failed, std::string_view error) {
  session.connected = false;
  session.connected_changed = clock_.Now();
  if (!IsUpload(session)) session.waiting_since.reset();
  if (failed != v1::SESSION_STATE_UNSPECIFIED) Failed(session, failed, error);
}

void SessionBook::UnderWay(OpenSession& session) {
  if (session.records == 0 && session.state != v1::SESSION_STATE_DOWNLOADED &&
      session.state != v1::SESSION_STATE_UPLOADED && !HasFailed(session.state)) {
    session.start = clock_.Now();
  }
  session.state = IsUpload(session) ? v1::SESSION_STATE_UPLOADED : v1::SESSION_STATE_DOWNLOADED;
  if (!IsUpload(session) && !session.waiting_since.has_value()) {
    session.waiting_since = clock_.Now();
  }
}

void SessionBook::Acknowledged(OpenSession& session, uint64_t records, uint64_t bytes,
                               uint64_t position, bool all) {
  session.records += records;
  session.bytes += bytes;
  session.last = std::max(session.last, position);
  // Positions at which there was nothing for it are no session.
  if (session.records == 0) session.after = session.last;
  if (records > 0) session.acknowledged_time = clock_.Now();
  if (!IsUpload(session)) {
    session.waiting_since = all ? std::nullopt : std::optional(clock_.Now());
  }
  if (all) {
    session.state = session.records > 0 ? v1::SESSION_STATE_APPLIED : Idle(session);
  }
}

void SessionBook::Failed(OpenSession& session, v1::SessionState state, std::string_view error) {
  session.state = state;
  session.last_error = std::string(error);
}

void SessionBook::NoData(OpenSession& session) {
  if (session.state == v1::SESSION_STATE_REQUESTED) session.state = v1::SESSION_STATE_NO_DATA;
}

void SessionBook::Waiting(OpenSession& session, uint64_t operations, absl::Duration oldest_age) {
  session.waiting = operations;
  session.waiting_since.reset();
  if (operations == 0) return;
  session.waiting_since = clock_.Now() - std::max(oldest_age, absl::ZeroDuration());
}

void SessionBook::Pause(OpenSession& session, const storage::v1::SessionPause& pause) {
  session.pause = pause;
}

void SessionBook::Resume(OpenSession& session) {
  if (!session.paused()) return;
  session.pause.reset();
  ++session.tries;
}

v1::SessionState SessionBook::Idle(const OpenSession& session) {
  return IsUpload(session) ? v1::SESSION_STATE_STARTED : v1::SESSION_STATE_NO_DATA;
}

void SessionBook::Next(OpenSession& session) {
  ++session.number;
  session.tries = session.connected ? 1 : 0;
  session.last_error.clear();
  session.start = clock_.Now();
  session.acknowledged_time.reset();
  session.records = 0;
  session.bytes = 0;
  session.after = session.last;
  if (session.state == v1::SESSION_STATE_APPLIED) session.state = Idle(session);
}

std::vector<EndedSession> SessionBook::EndDue() {
  const absl::Time now = clock_.Now();
  std::vector<EndedSession> ended;
  for (auto& [line, session] : lines_) {
    if (session.records == 0 || session.paused() || HasFailed(session.state)) continue;
    const bool quiet = session.state == v1::SESSION_STATE_APPLIED &&
                       now - session.acknowledged_time.value_or(now) >= kSessionQuiet;
    if (!quiet && now - session.start < kSessionAgeMax && session.records < kSessionRecordsMax) {
      continue;
    }
    v1::Session view = View(session, Sequence(0));
    view.set_state(v1::SESSION_STATE_APPLIED);
    view.clear_lag();
    *view.mutable_end_time() = ToTimestamp(now);
    ended.push_back({line, session.number, std::move(view)});
    Next(session);
  }
  return ended;
}

v1::Session SessionBook::View(const OpenSession& session, Sequence last) const {
  v1::Session view;
  view.set_name(SessionName(session.line, session.number));
  view.set_channel_service(absl::StrCat("channelServices/", session.line.channel_service));
  view.set_direction(session.line.direction);
  view.set_records(session.records);
  view.set_bytes(session.bytes);
  view.set_tries(session.tries);
  view.set_last_error(session.last_error);
  view.set_lineage(session.lineage);
  view.set_after_sequence(session.after);
  view.set_last_sequence(session.last);
  *view.mutable_start_time() = ToTimestamp(session.start);
  if (session.acknowledged_time.has_value()) {
    *view.mutable_acknowledge_time() = ToTimestamp(*session.acknowledged_time);
  }
  view.set_lag(session.waiting);
  if (!IsUpload(session)) {
    view.set_lag(last.value() > session.last ? last.value() - session.last : 0);
  }
  view.set_state(session.state);
  const bool idle = session.state == Idle(session) || session.state == v1::SESSION_STATE_APPLIED ||
                    (!session.connected && session.state == v1::SESSION_STATE_REQUESTED);
  if (idle && view.lag() > 0 && (IsUpload(session) || !session.connected)) {
    view.set_state(v1::SESSION_STATE_AVAILABLE);
  }
  if (session.paused()) {
    view.set_state(v1::SESSION_STATE_CANCELED);
    view.set_canceled_by(session.pause->caller());
  }
  return view;
}

LiveServices SessionBook::Live() const {
  LiveServices live{.started = started_};
  const auto earlier = [](std::optional<absl::Time>& one, std::optional<absl::Time> other) {
    if (other.has_value()) one = std::min(one.value_or(*other), *other);
  };
  for (const auto& [line, session] : lines_) {
    const bool upload = IsUpload(session);
    earlier(upload ? live.upload_waiting_since : live.download_waiting_since,
            session.waiting_since);
    if (session.paused()) {
      (upload ? live.upload_paused : live.download_paused).push_back(line.channel_service);
    }
    // One direction stands for both: each has a stream that is always open.
    if (upload) continue;
    live.away_since[line.channel_service] =
        session.connected ? std::nullopt : std::optional(session.connected_changed);
  }
  return live;
}

}  // namespace comptoir::hq
