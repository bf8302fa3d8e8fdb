// Upload and download sessions of channel services: what they moved, pausing and resuming them.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/table.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

constexpr char kServicePrefix[] = "channelServices/";

std::string ServiceName(const std::string& id) {
  return id.empty() || id.starts_with(kServicePrefix) ? id : kServicePrefix + id;
}

// The open session of a channel service, by its direction.
std::string OpenSessionName(const std::string& service, const std::string& direction) {
  return absl::StrCat(ServiceName(service), "/", direction, "Sessions/current");
}

std::string StateText(const hq::v1::Session& session) {
  return EnumText(hq::v1::SessionState_Name(session.state()), "SESSION_STATE_");
}

std::string DirectionText(const hq::v1::Session& session) {
  return session.direction() == hq::v1::SESSION_DIRECTION_UPLOAD ? "upload" : "download";
}

std::string NumberOf(const hq::v1::Session& session) {
  return session.name().substr(session.name().rfind('/') + 1);
}

struct ListSessionsArguments {
  std::string service;
  std::string direction;
  bool open = false;
};

hq::v1::SessionDirection DirectionOf(const std::string& text) {
  if (text == "upload") return hq::v1::SESSION_DIRECTION_UPLOAD;
  if (text == "download") return hq::v1::SESSION_DIRECTION_DOWNLOAD;
  return hq::v1::SESSION_DIRECTION_UNSPECIFIED;
}

absl::Status ListSessions(Session& session, const ListSessionsArguments& arguments) {
  hq::v1::ListSessionsRequest request;
  request.set_channel_service(ServiceName(arguments.service));
  request.set_direction(DirectionOf(arguments.direction));
  request.set_open(arguments.open);
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::ListSessionsResponse response,
                            session.hq().Call(request));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"CHANNEL SERVICE", "DIRECTION", "SESSION", "STATE", "RECORDS", "BYTES", "TRIES",
               "LAG", "START", "ACKNOWLEDGED", "LAST ERROR"});
  for (const hq::v1::Session& one : response.sessions()) {
    table.AddRow(
        {one.channel_service().substr(sizeof(kServicePrefix) - 1), DirectionText(one),
         NumberOf(one), StateText(one), absl::StrCat(one.records()), absl::StrCat(one.bytes()),
         absl::StrCat(one.tries()), absl::StrCat(one.lag()), TimeText(one.start_time()),
         one.has_acknowledge_time() ? TimeText(one.acknowledge_time()) : "", one.last_error()});
  }
  session.out() << (table.empty() ? "No channel service has ever connected.\n" : table.ToString());
  return absl::OkStatus();
}

void Show(Session& session, const hq::v1::Session& one) {
  if (session.options().json) {
    session.out() << ToJson(one);
    return;
  }
  session.out() << Fields({{"session", one.name()},
                           {"state", StateText(one)},
                           {"canceled by", one.canceled_by()},
                           {"lag", absl::StrCat(one.lag())}});
}

struct OneArguments {
  std::string service;
  std::string direction;
};

absl::Status Cancel(Session& session, const OneArguments& arguments) {
  hq::v1::CancelSessionRequest request;
  request.set_name(OpenSessionName(arguments.service, arguments.direction));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::Session one, session.hq().Call(request));
  Show(session, one);
  return absl::OkStatus();
}

absl::Status Rerun(Session& session, const OneArguments& arguments) {
  hq::v1::RerunSessionRequest request;
  request.set_name(OpenSessionName(arguments.service, arguments.direction));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::Session one, session.hq().Call(request));
  Show(session, one);
  return absl::OkStatus();
}

void AddDirection(CLI::App& command, std::string& direction, bool required) {
  CLI::Option* const option = command.add_option("direction", direction, "upload or download")
                                  ->check(CLI::IsMember({"upload", "download"}));
  if (required) option->required();
}

void AddOne(CLI::App& group, Session& session, const CommandText& text,
            absl::Status (*run)(Session&, const OneArguments&)) {
  auto arguments = std::make_shared<OneArguments>();
  CLI::App& command = AddCommand(group, session, text,
                                 [&session, run, arguments] { return run(session, *arguments); });
  command.add_option("service", arguments->service, "id of the channel service")->required();
  AddDirection(command, arguments->direction, /*required=*/true);
}

}  // namespace

void AddSessionCommands(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "session", "Upload and download sessions of channel services");
  auto listed = std::make_shared<ListSessionsArguments>();
  CLI::App& list =
      AddCommand(group, session,
                 {"list", "Show what was moved between HQ and the channel services, the last first",
                  "comptoir session list --open\ncomptoir session list store-001 upload"},
                 [&session, listed] { return ListSessions(session, *listed); });
  list.add_option("service", listed->service, "id of a channel service; default: all");
  AddDirection(list, listed->direction, /*required=*/false);
  list.add_flag("--open", listed->open, "only those that are open");
  AddOne(
      group, session,
      {"cancel", "Pause one direction of a channel service until it is rerun; nothing is skipped",
       "comptoir session cancel store-001 download"},
      Cancel);
  AddOne(group, session,
         {"rerun", "Let it go on from where it was",
          "comptoir session cancel store-001 upload\ncomptoir session rerun store-001 upload\n"
          "comptoir session rerun store-001 download"},
         Rerun);
}

}  // namespace comptoir::cli
