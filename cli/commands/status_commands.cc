#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/resource_names.h"
#include "cli/table.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace comptoir::cli {
namespace {

std::string AlarmsText(const google::protobuf::RepeatedPtrField<std::string>& alarms) {
  return alarms.empty() ? "none" : absl::StrJoin(alarms, ", ");
}

std::string LinkText(const channel::v1::Status& status) {
  std::string text = EnumText(LinkState_Name(status.link()), "LINK_STATE_");
  const std::string since = TimeText(status.link_since());
  if (!since.empty()) absl::StrAppend(&text, " since ", since);
  return text;
}

std::string OutboxText(const channel::v1::Status& status) {
  if (status.outbox_depth() == 0) return "empty";
  return absl::StrCat(WithThousands(status.outbox_depth()), " operations, ",
                      WithThousands(status.outbox_unacknowledged()), " not yet at HQ, oldest ",
                      absl::FormatDuration(absl::Seconds(status.outbox_age().seconds())));
}

std::string StreamText(bool connected, bool paused) {
  const std::string text = connected ? "connected" : "no";
  return paused ? text + ", paused" : text;
}

std::string PausedText(const channel::v1::Status& status) {
  if (status.upload_paused() && status.download_paused()) return "upload and download";
  if (status.upload_paused()) return "upload";
  return status.download_paused() ? "download" : "";
}

// What a channel service keeps of customers. (S9)
std::string CustomerDataText(const channel::v1::Status& status) {
  if (!status.customer_data_filtered()) return "kept";
  switch (status.customer_data_purge()) {
    case channel::v1::CUSTOMER_DATA_PURGE_WAITING:
      return "filtered; what is left goes once the outbox is uploaded and settled";
    case channel::v1::CUSTOMER_DATA_PURGE_REMOVING:
      return "filtered; what is left is being removed";
    case channel::v1::CUSTOMER_DATA_PURGE_REWRITING:
      return "filtered; removed, and the files are being rewritten without it";
    default:
      return "filtered, none is left";
  }
}

std::string Text(const std::string& address, const channel::v1::Status& status) {
  return Fields({
      {"channel service", status.channel_service()},
      {"address", address},
      {"version", status.version()},
      {"channels", absl::StrJoin(status.channels(), ", ")},
      {"configured", status.configured() ? "yes" : "no"},
      {"link to HQ", LinkText(status)},
      {"features", absl::StrJoin(status.features(), ", ")},
      {"customers", WithThousands(status.customers())},
      {"customer data", CustomerDataText(status)},
      {"outbox", OutboxText(status)},
      {"behind HQ", absl::StrCat(WithThousands(status.lag_changes()), " changes")},
      {"created", absl::StrCat(WithThousands(status.created_synchronously()), " synchronously, ",
                               WithThousands(status.created_by_fallback()), " by fallback, ",
                               WithThousands(status.created_asynchronously()),
                               " asynchronously, since the start")},
      {"paused at HQ", PausedText(status)},
      {"alarms", AlarmsText(status.alarms())},
  });
}

// Empty unless account numbers wait because HQ was restored.
std::string RecoveryLine(const hq::v1::Recovery& recovery) {
  if (recovery.state() != hq::v1::RECOVERY_STATE_RECOVERING) return "";
  std::vector<std::string> missing;
  for (const auto& service : recovery.channel_services()) {
    if (!service.finished()) missing.push_back(IdOf(service.name()));
  }
  return absl::StrCat("HQ was restored; account numbers wait for ", absl::StrJoin(missing, ", "),
                      ": comptoir recovery status");
}

std::string Text(const std::string& address, const hq::v1::HqStatus& status,
                 const hq::v1::ListChannelServicesResponse& services) {
  std::string text = Fields({
      {"headquarters", address},
      {"version", status.version()},
      {"epoch", absl::StrCat(status.epoch().counter())},
      {"last commit", WithThousands(status.high_watermark().sequence())},
      {"customers", WithThousands(status.customers())},
      {"staged", absl::StrCat(WithThousands(status.staged_operations()), " operations, ",
                              WithThousands(status.refused_operations()), " refused")},
      {"conversion waits", status.conversion_reason()},
      {"configuration", WithThousands(status.configuration_version())},
      {"recovery", RecoveryLine(status.recovery())},
  });
  Table table({"CHANNEL SERVICE", "CHANNELS", "UPLOAD", "DOWNLOAD", "UPLOADED", "BEHIND",
               "CONFIGURATION", "CUSTOMERS", "ALARMS"});
  for (const auto& service : services.channel_services()) {
    table.AddRow({IdOf(service.name()), absl::StrJoin(service.channels(), ", "),
                  StreamText(service.upload_connected(), service.upload_paused()),
                  StreamText(service.subscribe_connected(), service.download_paused()),
                  WithThousands(service.uploaded_sequence()), WithThousands(service.lag_changes()),
                  service.configuration_lags() ? "lags" : "in force",
                  service.customer_data_filtered() ? "filtered" : "kept",
                  AlarmsText(service.alarms())});
  }
  if (!table.empty()) absl::StrAppend(&text, "\n", table.ToString());
  return text;
}

absl::Status ShowChannelService(Session& session, const std::string& address,
                                const channel::v1::Status& status) {
  session.out() << (session.options().json ? ToJson(status, {.defaults = true})
                                           : Text(address, status));
  return absl::OkStatus();
}

absl::Status ShowHq(Session& session, const Client& client) {
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::HqStatus status,
                            client.Call(hq::v1::GetHqStatusRequest()));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::ListChannelServicesResponse services,
                            client.Call(hq::v1::ListChannelServicesRequest()));
  if (!session.options().json) {
    session.out() << Text(client.address(), status, services);
    return absl::OkStatus();
  }
  auto json = nlohmann::json::parse(ToJson(status, {.defaults = true}));
  json.update(nlohmann::json::parse(ToJson(services, {.defaults = true})));
  session.out() << json.dump(1) << "\n";
  return absl::OkStatus();
}

// HQ and channel services tell themselves apart by what they implement.
absl::Status ShowStatus(Session& session, const Client& client) {
  const absl::StatusOr<channel::v1::Status> status = client.Call(channel::v1::GetStatusRequest());
  if (status.ok()) return ShowChannelService(session, client.address(), *status);
  if (!absl::IsUnimplemented(status.status())) return status.status();
  return ShowHq(session, client);
}

absl::Status Force(Session& session, bool offline) {
  channel::v1::SetForcedOfflineRequest request;
  request.set_forced_offline(offline);
  COMPTOIR_ASSIGN_OR_RETURN(const channel::v1::Status status, session.service().Call(request));
  return ShowChannelService(session, session.service().address(), status);
}

}  // namespace

void AddStatusCommands(CLI::App& app, Session& session) {
  auto addresses = std::make_shared<std::vector<std::string>>();
  AddCommand(app, session,
             {"status", "Show how HQ or a channel service does",
              "comptoir status\ncomptoir status localhost:7400 localhost:7411 localhost:7412"},
             [&session, addresses]() -> absl::Status {
               if (addresses->empty()) return ShowStatus(session, session.service());
               for (const std::string& address : *addresses) {
                 if (address != addresses->front()) session.out() << "\n";
                 session.Finish(ShowStatus(session, session.Dial(address)));
               }
               return absl::OkStatus();
             })
      .add_option("address", *addresses, "services to ask; default: the one named by --service");

  AddCommand(
      app, session,
      {"offline", "Take a channel service's link to HQ down, as a drill; ends with a restart",
       "comptoir --service localhost:7411 offline"},
      [&session] { return Force(session, true); });
  AddCommand(app, session,
             {"online", "Let a channel service's link to HQ come back",
              "comptoir --service localhost:7411 online"},
             [&session] { return Force(session, false); });
}

}  // namespace comptoir::cli
