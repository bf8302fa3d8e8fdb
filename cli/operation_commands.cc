#include <limits>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/resource_names.h"
#include "cli/table.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

using replication::v1::OperationState;

constexpr char kStatePrefix[] = "OPERATION_STATE_";

std::string StateText(OperationState state) {
  return EnumText(OperationState_Name(state), kStatePrefix);
}

struct ListArguments {
  std::string state;
  bool store = false;
  int limit = 100;
};

absl::Status ListAtStore(Session& session, const ListArguments& arguments) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.service(), channel::v1::ListUnsettledOperationsRequest(),
              &channel::v1::ListUnsettledOperationsResponse::operations_size, arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"SEQUENCE", "KIND", "STATE", "REASON", "FIELDS", "CAPTURED", "CUSTOMER"});
  for (const auto& operation : response.operations()) {
    table.AddRow({absl::StrCat(operation.sequence()), operation.kind(),
                  StateText(operation.state()), operation.reason(),
                  absl::StrJoin(operation.fields(), ", "), TimeText(operation.capture_time()),
                  IdOf(operation.customer())});
  }
  session.out() << (table.empty() ? "Everything is settled.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N.\n";
  return absl::OkStatus();
}

absl::Status ListAtHq(Session& session, const ListArguments& arguments) {
  hq::v1::ListOperationsRequest request;
  if (!arguments.state.empty()) {
    OperationState state;
    const std::string name = absl::StrCat(kStatePrefix, absl::AsciiStrToUpper(arguments.state));
    if (!OperationState_Parse(name, &state)) {
      return UsageError("--state is one of staged, waiting, refused.");
    }
    request.set_state(state);
  }
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.hq(), request, &hq::v1::ListOperationsResponse::operations_size,
              arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"CHANNEL", "KIND", "STATE", "REASON", "FIELDS", "TRIES", "CAPTURED", "OPERATION"});
  for (const auto& operation : response.operations()) {
    table.AddRow({operation.channel(), operation.kind(), StateText(operation.state()),
                  operation.reason(), absl::StrJoin(operation.fields(), ", "),
                  absl::StrCat(operation.tries()), TimeText(operation.capture_time()),
                  operation.name()});
  }
  session.out() << (table.empty() ? "No operations wait.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N.\n";
  return absl::OkStatus();
}

absl::Status List(Session& session, const ListArguments& arguments) {
  if (!arguments.store) return ListAtHq(session, arguments);
  if (!arguments.state.empty()) return UsageError("--state and --store don't go together.");
  return ListAtStore(session, arguments);
}

absl::Status Retry(Session& session, const std::string& name) {
  hq::v1::RetryOperationRequest request;
  request.set_name(NameIn("operations", name));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::StagedOperationInfo operation,
                            session.hq().Call(request));
  if (session.options().json) {
    session.out() << ToJson(operation);
  } else {
    session.out() << operation.name() << "  " << StateText(operation.state()) << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddOperationCommands(CLI::App& app, Session& session) {
  CLI::App& group =
      AddGroup(app, "operation", "Operations that stores did without HQ and that aren't final");
  auto list = std::make_shared<ListArguments>();
  CLI::App& list_command =
      AddCommand(group, session,
                 {"list", "List what HQ has taken and not yet converted, or what a store waits for",
                  "comptoir operation list --state refused\n"
                  "comptoir --service localhost:7411 operation list --store"},
                 [&session, list] { return List(session, *list); });
  list_command.add_option("--state", list->state, "staged, waiting or refused");
  list_command.add_flag("--store", list->store,
                        "ask the channel service: its operations that aren't settled");
  list_command.add_option("--limit", list->limit, "at most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();

  auto retry = std::make_shared<std::string>();
  AddCommand(group, session,
             {"retry", "Try a refused operation again",
              "comptoir operation retry operations/store-001/7/42"},
             [&session, retry] { return Retry(session, *retry); })
      .add_option("operation", *retry, "name of the operation, as listed")
      ->required();
}

}  // namespace comptoir::cli
