// The session methods of HQ. Sessions are known on the executor.

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/sessions.h"
#include "hq-service/domain/times.h"
#include "hq-service/hq_impl.h"

namespace comptoir::hq {
namespace {

absl::Status NoSuchSession() {
  return MakeError(Reason::kRecordNotFound, "There is no such session.");
}

absl::StatusOr<v1::Session> OpenOne(const JobContext& context, const OpenSession& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last,
                            LastSequence(context.environment.database.latest()));
  return context.sessions.View(session, last);
}

absl::StatusOr<v1::Session> ReadSession(JobContext& context, const std::string& name) {
  COMPTOIR_ASSIGN_OR_RETURN(const SessionKey key, ParseSessionName(name));
  const OpenSession* const open = context.sessions.Find(key.line);
  if (open != nullptr && (key.number == 0 || key.number == open->number)) {
    return OpenOne(context, *open);
  }
  COMPTOIR_ASSIGN_OR_RETURN(
      auto session, FindSession(context.environment.database.latest(), key.line, key.number));
  if (!session.has_value()) return NoSuchSession();
  return *std::move(session);
}

// Channel services that ever said hello, or whose sessions are known.
absl::StatusOr<std::set<std::string>> Services(const JobContext& context, const Reader& reader,
                                               const std::string& only) {
  std::set<std::string> services;
  if (!only.empty()) return std::set<std::string>{only};
  for (const auto& [line, session] : context.sessions.lines()) {
    services.insert(line.channel_service);
  }
  COMPTOIR_RETURN_IF_ERROR(ForEachUploadPosition(
      reader,
      [&](std::string_view id, const storage::v1::UploadPosition&) { services.emplace(id); }));
  return services;
}

absl::StatusOr<v1::ListSessionsResponse> ListAll(JobContext& context,
                                                 const v1::ListSessionsRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string only,
                            ParseChannelServiceName(request.channel_service()));
  const auto snapshot = context.environment.database.NewReader();
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(*snapshot));
  COMPTOIR_ASSIGN_OR_RETURN(const auto services, Services(context, *snapshot, only));
  v1::ListSessionsResponse response;
  const auto full = [&] { return response.sessions_size() >= kSessionsListedMax; };
  for (const std::string& service : services) {
    for (const auto direction : {v1::SESSION_DIRECTION_UPLOAD, v1::SESSION_DIRECTION_DOWNLOAD}) {
      const bool asked = request.direction() == v1::SESSION_DIRECTION_UNSPECIFIED ||
                         request.direction() == direction;
      if (!asked || full()) continue;
      const SessionLine line{service, direction};
      if (const OpenSession* const open = context.sessions.Find(line)) {
        *response.add_sessions() = context.sessions.View(*open, last);
      }
      if (request.open()) continue;
      COMPTOIR_RETURN_IF_ERROR(VisitSessions(*snapshot, line, [&](v1::Session session) {
        if (full()) return false;
        *response.add_sessions() = std::move(session);
        return true;
      }));
    }
  }
  return response;
}

// The open session that is named.
absl::StatusOr<OpenSession*> RequireOpen(JobContext& context, const std::string& name) {
  COMPTOIR_ASSIGN_OR_RETURN(const SessionKey key, ParseSessionName(name));
  OpenSession* open = context.sessions.Find(key.line);
  if (open == nullptr) {
    // It hasn't connected since HQ started.
    COMPTOIR_ASSIGN_OR_RETURN(
        const auto known,
        FindUploadPosition(context.environment.database.latest(), key.line.channel_service));
    if (known.has_value()) open = &context.sessions.FindOrOpen(key.line);
  }
  if (open == nullptr || (key.number != 0 && key.number != open->number)) return NoSuchSession();
  return open;
}

void Cancel(const std::shared_ptr<JobContext>& context, const v1::CancelSessionRequest& request,
            const std::string& caller, const Done<v1::Session>& done) {
  const auto open = RequireOpen(*context, request.name());
  if (!open.ok()) return done(open.status());
  OpenSession* const session = *open;
  storage::v1::SessionPause pause;
  pause.set_session(session->number);
  pause.set_caller(caller);
  *pause.mutable_time() = ToTimestamp(context->Now());
  // Whatever is known here: another order may be under way, and the database has them in a row.
  context->commands.RunAndPost<storage::v1::SessionPause>(
      Priority::kInteractive,
      [line = session->line,
       pause](Transaction& transaction) -> absl::StatusOr<storage::v1::SessionPause> {
        COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindPause(transaction, line));
        if (known.has_value()) return *known;
        PutPause(transaction, line, pause);
        return pause;
      },
      [context, session, done](const absl::StatusOr<storage::v1::SessionPause>& kept) {
        if (!kept.ok()) return done(kept.status());
        context->sessions.Pause(*session, *kept);
        // The streams look again.
        context->signal->Notify();
        done(OpenOne(*context, *session));
      });
}

void Rerun(const std::shared_ptr<JobContext>& context, const v1::RerunSessionRequest& request,
           const Done<v1::Session>& done) {
  const auto open = RequireOpen(*context, request.name());
  if (!open.ok()) return done(open.status());
  OpenSession* const session = *open;
  context->commands.RunAndPost(
      Priority::kInteractive,
      [line = session->line](Transaction& transaction) -> absl::Status {
        ErasePause(transaction, line);
        return absl::OkStatus();
      },
      [context, session, done](const absl::Status& erased) {
        if (!erased.ok()) return done(erased);
        context->sessions.Resume(*session);
        context->signal->Notify();
        done(OpenOne(*context, *session));
      });
}

}  // namespace

void HqImpl::Administer(const v1::ListSessionsRequest& request, const CallContext&,
                        Done<v1::ListSessionsResponse> done) {
  OnExecutor(done, [context = context_, request, done] { done(ListAll(*context, request)); });
}

void HqImpl::Administer(const v1::GetSessionRequest& request, const CallContext&,
                        Done<v1::Session> done) {
  OnExecutor(done,
             [context = context_, request, done] { done(ReadSession(*context, request.name())); });
}

void HqImpl::Administer(const v1::CancelSessionRequest& request, const CallContext& call,
                        Done<v1::Session> done) {
  OnExecutor(done, [context = context_, request, caller = call.caller, done] {
    Cancel(context, request, caller, done);
  });
}

void HqImpl::Administer(const v1::RerunSessionRequest& request, const CallContext&,
                        Done<v1::Session> done) {
  OnExecutor(done, [context = context_, request, done] { Rerun(context, request, done); });
}

}  // namespace comptoir::hq
