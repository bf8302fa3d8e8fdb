// What operators do about HQ's database after it was restored, and about a channel database that is
// alive twice.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/resource_names.h"
#include "cli/table.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

std::string StateText(const hq::v1::Recovery& recovery) {
  return EnumText(hq::v1::RecoveryState_Name(recovery.state()), "RECOVERY_STATE_");
}

std::string RecoveryText(const hq::v1::Recovery& recovery) {
  if (recovery.state() == hq::v1::RECOVERY_STATE_UNSPECIFIED) {
    return "HQ's database was never found restored.\n";
  }
  std::string text =
      Fields({{"state", StateText(recovery)},
              {"since", recovery.has_begin_time() ? TimeText(recovery.begin_time()) : ""},
              {"ended", recovery.has_end_time() ? TimeText(recovery.end_time()) : ""},
              {"ended by", recovery.ended_by()},
              {"highest number told", recovery.highest_number()}});
  Table table({"CHANNEL SERVICE", "FINISHED", "TAKEN BACK", "CONFLICTS"});
  for (const auto& service : recovery.channel_services()) {
    table.AddRow({IdOf(service.name()), service.finished() ? "yes" : "no",
                  WithThousands(service.adopted_records()), WithThousands(service.conflicts())});
  }
  if (!table.empty()) absl::StrAppend(&text, "\n", table.ToString());
  if (recovery.state() == hq::v1::RECOVERY_STATE_RECOVERING) {
    absl::StrAppend(&text,
                    "\nAccount numbers wait until all have finished. Without those that never "
                    "will: comptoir recovery end\n");
  }
  return text;
}

template <typename Response>
absl::Status Show(Session& session, const Response& response, const std::string& text) {
  session.out() << (session.options().json ? ToJson(response) : text);
  return absl::OkStatus();
}

absl::Status ShowRecovery(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::Recovery recovery,
                            session.hq().Call(hq::v1::GetRecoveryRequest()));
  return Show(session, recovery, RecoveryText(recovery));
}

absl::Status End(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::Recovery recovery,
                            session.hq().Call(hq::v1::EndRecoveryRequest()));
  return Show(session, recovery, RecoveryText(recovery));
}

absl::Status ListConflicts(Session& session, int limit) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto response,
                            ListAll(session.hq(), hq::v1::ListRestoreConflictsRequest(),
                                    &hq::v1::ListRestoreConflictsResponse::conflicts_size, limit));
  if (response.conflicts().empty()) return Show(session, response, "No conflicts.\n");
  std::string text;
  for (const hq::v1::RestoreConflict& conflict : response.conflicts()) {
    absl::StrAppend(&text, text.empty() ? "" : "\n",
                    Fields({{"conflict", IdOf(conflict.name())},
                            {"record", conflict.resource()},
                            {"account number", conflict.account_number()},
                            {"reason", conflict.reason()},
                            {"offered by", conflict.channel_service()},
                            {"at", TimeText(conflict.offer_time())},
                            {"offered", conflict.offered()},
                            {"at HQ", conflict.held()}}));
  }
  return Show(session, response, text);
}

absl::Status Resolve(Session& session, const std::string& conflict, const std::string& decision) {
  hq::v1::ResolveRestoreConflictRequest request;
  request.set_name(NameIn("restoreConflicts", conflict));
  request.set_decision(decision == "take" ? hq::v1::RESTORE_CONFLICT_DECISION_TAKE
                                          : hq::v1::RESTORE_CONFLICT_DECISION_KEEP);
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::RestoreConflict resolved, session.hq().Call(request));
  return Show(session, resolved,
              Fields({{"record", resolved.resource()},
                      {"decision", decision},
                      {"account number", resolved.account_number()}}));
}

std::string LineageText(const hq::v1::Lineage& lineage) {
  return Fields({{"lineage", lineage.name()},
                 {"order", lineage.order()},
                 {"waiting operations", WithThousands(lineage.waiting_operations())}});
}

absl::Status ListLineages(Session& session, const std::string& service) {
  hq::v1::ListLineagesRequest request;
  if (!service.empty()) request.set_parent(NameIn("channelServices", service));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::ListLineagesResponse response,
                            session.hq().Call(request));
  Table table({"LINEAGE", "STATE", "WAITING", "LAST HEARD", "ORDER", "BY", "REASON"});
  for (const hq::v1::Lineage& lineage : response.lineages()) {
    table.AddRow({lineage.name(), lineage.in_use() ? "in use" : "fenced",
                  lineage.in_use() ? "" : WithThousands(lineage.waiting_operations()),
                  lineage.has_last_time() ? TimeText(lineage.last_time()) : "", lineage.order(),
                  lineage.order_by(), lineage.order_reason()});
  }
  return Show(session, response, table.empty() ? "None.\n" : table.ToString());
}

template <typename Request>
absl::Status Order(Session& session, const std::string& lineage, const std::string& reason) {
  Request request;
  request.set_name(lineage);
  request.set_reason(reason);
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::Lineage ordered, session.hq().Call(request));
  return Show(session, ordered, LineageText(ordered));
}

struct OrderOptions {
  std::string lineage;
  std::string reason;
};

void AddRecoveryGroup(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "recovery", "HQ after its database was restored from a backup");
  AddCommand(group, session,
             {"status", "Show who hasn't told HQ yet what it lost", "comptoir recovery status"},
             [&session] { return ShowRecovery(session); });
  AddCommand(group, session,
             {"end", "Give account numbers again although not everybody has finished",
              "comptoir recovery end"},
             [&session] { return End(session); });
  auto limit = std::make_shared<int>(kPageSizeMax);
  AddCommand(
      group, session,
      {"conflicts", "List what stores offered and HQ didn't take", "comptoir recovery conflicts"},
      [&session, limit] { return ListConflicts(session, *limit); })
      .add_option("--limit", *limit, "how many at most");
  auto conflict = std::make_shared<std::string>();
  auto decision = std::make_shared<std::string>();
  CLI::App& resolve =
      AddCommand(group, session,
                 {"resolve", "Keep HQ's record, or take what the store offered",
                  "comptoir recovery resolve 01f3…a7 take\ncomptoir recovery resolve 01f3…a7 keep"},
                 [&session, conflict, decision] { return Resolve(session, *conflict, *decision); });
  resolve.add_option("conflict", *conflict, "as \"recovery conflicts\" shows it")->required();
  resolve.add_option("decision", *decision, "take or keep")
      ->required()
      ->check(CLI::IsMember({"take", "keep"}));
}

void AddLineageGroup(CLI::App& app, Session& session) {
  CLI::App& group =
      AddGroup(app, "lineage", "Outboxes of a channel service whose database is alive twice");
  auto service = std::make_shared<std::string>();
  AddCommand(group, session,
             {"list", "Show which lineage is in use and which are fenced",
              "comptoir lineage list\ncomptoir lineage list store-001"},
             [&session, service] { return ListLineages(session, *service); })
      .add_option("service", *service, "id of the channel service; default: all");

  auto taken = std::make_shared<OrderOptions>();
  CLI::App& take = AddCommand(
      group, session,
      {"take", "Take a fenced lineage in place of the one in use, with all its operations",
       "comptoir lineage take channelServices/store-001/lineages/00c0ffee00c0ffee"},
      [&session, taken] {
        return Order<hq::v1::TakeLineageRequest>(session, taken->lineage, taken->reason);
      });
  take.add_option("lineage", taken->lineage, "as \"lineage list\" shows it")->required();
  take.add_option("--reason", taken->reason, "why, for those who ask later");

  auto discarded = std::make_shared<OrderOptions>();
  CLI::App& discard = AddCommand(
      group, session,
      {"discard", "Discard the operations of a fenced lineage in its own database",
       "comptoir lineage discard channelServices/store-001/lineages/00c0ffee00c0ffee \\\n"
       "  --reason 'an old copy, started by mistake'"},
      [&session, discarded] {
        return Order<hq::v1::DiscardLineageRequest>(session, discarded->lineage, discarded->reason);
      });
  discard.add_option("lineage", discarded->lineage, "as \"lineage list\" shows it")->required();
  discard.add_option("--reason", discarded->reason, "why")->required();
}

}  // namespace

void AddRecoveryCommands(CLI::App& app, Session& session) {
  AddRecoveryGroup(app, session);
  AddLineageGroup(app, session);
}

}  // namespace comptoir::cli
