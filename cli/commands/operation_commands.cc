#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/field_path.h"
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

// Filters and how many.
struct ListOperationsArguments {
  std::string state;
  std::string channel_service;
  std::string customer;
  std::string kind;
  std::string reason;
  std::string value;
  std::string since;
  std::string until;
  bool store = false;
  int limit = 100;

  bool has_filter() const {
    return !(state + channel_service + customer + kind + reason + value + since + until).empty();
  }
};

absl::Status SetTime(const std::string& flag, const std::string& text,
                     google::protobuf::Timestamp* (hq::v1::ListOperationsRequest::*field)(),
                     hq::v1::ListOperationsRequest& request) {
  if (text.empty()) return absl::OkStatus();
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return UsageError(absl::StrCat(flag, " is a time such as 2026-11-22T09:00:00Z."));
  }
  (request.*field)()->set_seconds(absl::ToUnixSeconds(time));
  return absl::OkStatus();
}

absl::StatusOr<hq::v1::ListOperationsRequest> RequestOf(const std::string& channel,
                                                        const ListOperationsArguments& arguments) {
  hq::v1::ListOperationsRequest request;
  if (!arguments.state.empty()) {
    OperationState state;
    const std::string name = absl::StrCat(kStatePrefix, absl::AsciiStrToUpper(arguments.state));
    if (!OperationState_Parse(name, &state)) {
      return UsageError("--state is one of staged, waiting, refused, applied.");
    }
    request.set_state(state);
  }
  request.set_channel(channel);
  request.set_channel_service(arguments.channel_service);
  if (!arguments.customer.empty()) request.set_customer(CustomerNameOf(arguments.customer));
  request.set_kind(arguments.kind);
  request.set_reason(absl::AsciiStrToUpper(arguments.reason));
  request.set_value(arguments.value);
  COMPTOIR_RETURN_IF_ERROR(SetTime("--since", arguments.since,
                                   &hq::v1::ListOperationsRequest::mutable_captured_from, request));
  COMPTOIR_RETURN_IF_ERROR(SetTime("--until", arguments.until,
                                   &hq::v1::ListOperationsRequest::mutable_captured_before,
                                   request));
  return request;
}

std::string ChangeText(const hq::v1::FieldDifference& change) {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::string("nothing") : value;
  };
  return absl::StrCat(change.field(), ": ", text(change.old_value()), " -> ",
                      text(change.new_value()));
}

// Who did what, when and why; one line for each changed field.
std::string HistoryText(const hq::v1::StagedOperationInfo& operation) {
  std::string text;
  for (const hq::v1::OperationAction& entry : operation.history()) {
    absl::StrAppend(&text, TimeText(entry.time()), "  ", entry.action(), " by ", entry.caller(),
                    entry.reason().empty() ? "" : ": ", Printable(entry.reason()), "\n");
    for (const hq::v1::FieldDifference& change : entry.changes()) {
      absl::StrAppend(&text, "    ", Printable(ChangeText(change)), "\n");
    }
  }
  return text;
}

std::string OperationText(const hq::v1::StagedOperationInfo& operation) {
  std::vector<std::pair<std::string, std::string>> fields = {
      {"operation", operation.name()},
      {"kind", operation.kind()},
      {"state", StateText(operation.state())},
      {"reason", operation.reason()},
      {"fields", absl::StrJoin(operation.fields(), ", ")},
      {"tries", operation.tries() == 0 ? "" : absl::StrCat(operation.tries())},
      {"channel", operation.channel()},
      {"captured", TimeText(operation.capture_time())},
      {"staged", TimeText(operation.staged_time())},
      {"customer", IdOf(operation.customer())},
      {"account number", operation.account_number()}};
  for (const hq::v1::FieldDifference& change : operation.changes()) {
    fields.emplace_back("change", ChangeText(change));
  }
  std::string text = Fields(fields);
  if (operation.has_captured_customer()) {
    absl::StrAppend(&text, "captured:\n", CustomerText(operation.captured_customer()));
  }
  if (operation.has_captured_address()) {
    absl::StrAppend(&text, "captured:\n", AddressText(operation.captured_address()));
  }
  return text + HistoryText(operation);
}

absl::Status Show(Session& session, const absl::StatusOr<hq::v1::StagedOperationInfo>& operation) {
  if (!operation.ok()) return operation.status();
  session.out() << (session.options().json ? ToJson(*operation) : OperationText(*operation));
  return absl::OkStatus();
}

absl::Status ListAtStore(Session& session, const ListOperationsArguments& arguments) {
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

// Of one that was applied: what would be refused by now.
std::string ReasonText(const hq::v1::StagedOperationInfo& operation) {
  std::vector<std::string> reasons;
  for (const auto& warning : operation.warnings()) {
    if (reasons.empty() || reasons.back() != warning.reason()) reasons.push_back(warning.reason());
  }
  return reasons.empty() ? operation.reason() : absl::StrJoin(reasons, ", ");
}

std::vector<std::string> FieldsOf(const hq::v1::StagedOperationInfo& operation) {
  std::vector<std::string> fields(operation.fields().begin(), operation.fields().end());
  for (const auto& warning : operation.warnings()) {
    if (!warning.field().empty()) fields.push_back(warning.field());
  }
  return fields;
}

absl::Status ListAtHq(Session& session, const ListOperationsArguments& arguments) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto request, RequestOf(session.options().channel, arguments));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.hq(), request, &hq::v1::ListOperationsResponse::operations_size,
              arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"CHANNEL", "KIND", "STATE", "REASON", "FIELDS", "TRIES", "CAPTURED", "ACCOUNT",
               "CUSTOMER", "OPERATION"});
  for (const auto& operation : response.operations()) {
    table.AddRow({operation.channel(), operation.kind(), StateText(operation.state()),
                  ReasonText(operation), absl::StrJoin(FieldsOf(operation), ", "),
                  absl::StrCat(operation.tries()), TimeText(operation.capture_time()),
                  operation.account_number(), IdOf(operation.customer()), operation.name()});
  }
  session.out() << (table.empty() ? "No operations wait.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N.\n";
  return absl::OkStatus();
}

absl::Status ListOperations(Session& session, const ListOperationsArguments& arguments) {
  if (!arguments.store) return ListAtHq(session, arguments);
  if (arguments.has_filter()) return UsageError("--store goes with --limit only.");
  return ListAtStore(session, arguments);
}

absl::StatusOr<hq::v1::StagedOperationInfo> Get(Session& session, const std::string& name) {
  hq::v1::GetOperationRequest request;
  request.set_name(NameIn("operations", name));
  return session.hq().Call(request);
}

absl::Status Retry(Session& session, const std::string& name) {
  hq::v1::RetryOperationRequest request;
  request.set_name(NameIn("operations", name));
  return Show(session, session.hq().Call(request));
}

struct CorrectArguments {
  std::string name;
  std::vector<std::string> assignments;
  // To the address at this place, from 1.
  std::vector<std::string> address_assignments;
  int address = 1;
  std::string id;
};

// Customers and addresses have fields of one name: the option is the same.
absl::Status CorrectAddress(const CorrectArguments& arguments,
                            hq::v1::CorrectOperationRequest& request) {
  for (const auto& assignments : {arguments.assignments, arguments.address_assignments}) {
    COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> changed,
                              ApplyAssignments(*request.mutable_address(), assignments));
    for (const std::string& field : changed) request.mutable_update_mask()->add_paths(field);
  }
  return absl::OkStatus();
}

absl::Status CorrectCustomer(const CorrectArguments& arguments,
                             hq::v1::CorrectOperationRequest& request) {
  customer::v1::Customer& customer = *request.mutable_customer();
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> changed,
                            ApplyAssignments(customer, arguments.assignments));
  for (const std::string& field : changed) request.mutable_update_mask()->add_paths(field);
  if (!arguments.address_assignments.empty()) {
    if (arguments.address > customer.addresses_size()) {
      return UsageError("--address: it came with fewer addresses.");
    }
    COMPTOIR_RETURN_IF_ERROR(ApplyAssignments(*customer.mutable_addresses(arguments.address - 1),
                                              arguments.address_assignments)
                                 .status());
    request.mutable_update_mask()->add_paths("addresses");
  }
  if (!arguments.id.empty()) {
    customer.set_name(arguments.id == "new" ? "" : NameIn("customers", arguments.id));
    request.mutable_update_mask()->add_paths("name");
  }
  return absl::OkStatus();
}

absl::Status Correct(Session& session, const CorrectArguments& arguments) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto current, Get(session, arguments.name));
  hq::v1::CorrectOperationRequest request;
  request.set_name(NameIn("operations", arguments.name));
  if (current.has_captured_address()) {
    *request.mutable_address() = current.captured_address();
    COMPTOIR_RETURN_IF_ERROR(CorrectAddress(arguments, request));
  } else {
    *request.mutable_customer() = current.captured_customer();
    COMPTOIR_RETURN_IF_ERROR(CorrectCustomer(arguments, request));
  }
  if (request.update_mask().paths().empty()) {
    return UsageError("Nothing to correct: name at least one field.");
  }
  return Show(session, session.hq().Call(request));
}

struct DiscardArguments {
  std::string name;
  std::string reason;
};

absl::Status Discard(Session& session, const DiscardArguments& arguments) {
  hq::v1::DiscardOperationRequest request;
  request.set_name(NameIn("operations", arguments.name));
  request.set_reason(arguments.reason);
  return Show(session, session.hq().Call(request));
}

void AddListCommand(CLI::App& group, Session& session) {
  auto list = std::make_shared<ListOperationsArguments>();
  CLI::App& command =
      AddCommand(group, session,
                 {"list", "List what HQ has taken and not yet converted, or what a store waits for",
                  "comptoir operation list --state refused --channel 001\n"
                  "comptoir operation list --reason invalid_fields --value renee\n"
                  "comptoir --service localhost:7411 operation list --store"},
                 [&session, list] { return ListOperations(session, *list); });
  command.add_option("--state", list->state, "staged, waiting or refused; applied: with warnings");
  command.add_option("--channel-service", list->channel_service, "id of the one that sent it");
  command.add_option("--customer", list->customer, "UUID, resource name or account number");
  command.add_option("--kind", list->kind,
                     "create_customer, create_address, edit_customer or edit_address");
  command.add_option("--reason", list->reason, "why it was refused or waits: INVALID_FIELDS");
  command.add_option("--value", list->value, "words of an old or a new value of an edit");
  command.add_option("--since", list->since, "captured then or later: 2026-11-22T09:00:00Z");
  command.add_option("--until", list->until, "captured before");
  command.add_flag("--store", list->store,
                   "ask the channel service: its operations that aren't settled");
  command.add_option("--limit", list->limit, "at most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void AddCorrectCommand(CLI::App& group, Session& session) {
  auto correct = std::make_shared<CorrectArguments>();
  CLI::App& command = AddCommand(
      group, session,
      {"correct",
       "Change fields of a refused operation and try it again; an empty value clears one",
       "comptoir operation correct operations/store-001/7/42 --email ada@example.org\n"
       "comptoir operation correct operations/store-001/7/42 --address 2 --country FR\n"
       "comptoir operation correct operations/store-001/7/42 --id new"},
      [&session, correct] { return Correct(session, *correct); });
  command.add_option("operation", correct->name, "name of the operation, as listed")->required();
  command
      .add_option("--id", correct->id,
                  "of a reused UUID: make the customer under this one, or under a \"new\" one")
      ->type_name("UUID");
  command
      .add_option(
          "--address", correct->address,
          "of a customer that came with several: which of them the options of addresses mean")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddFieldOptions(command, CustomerFieldOptions(), correct->assignments);
  AddFieldOptions(command, AddressFieldOptions(), correct->address_assignments);
}

}  // namespace

void AddOperationCommands(CLI::App& app, Session& session) {
  CLI::App& group =
      AddGroup(app, "operation", "Operations that stores did without HQ and that aren't final");
  AddListCommand(group, session);

  auto show = std::make_shared<std::string>();
  AddCommand(group, session,
             {"show", "Show an operation, what it captured and what people did to it",
              "comptoir operation show operations/store-001/7/42"},
             [&session, show] { return Show(session, Get(session, *show)); })
      .add_option("operation", *show, "name of the operation, as listed")
      ->required();

  auto retry = std::make_shared<std::string>();
  AddCommand(group, session,
             {"retry", "Try a refused operation again",
              "comptoir operation retry operations/store-001/7/42"},
             [&session, retry] { return Retry(session, *retry); })
      .add_option("operation", *retry, "name of the operation, as listed")
      ->required();

  AddCorrectCommand(group, session);

  auto discard = std::make_shared<DiscardArguments>();
  CLI::App& discard_command = AddCommand(
      group, session,
      {"discard", "Give up a refused operation, for ever; the UUID of a create stays, as REJECTED",
       "comptoir operation discard operations/store-001/7/42 --reason 'entered twice'"},
      [&session, discard] { return Discard(session, *discard); });
  discard_command.add_option("operation", discard->name, "name of the operation, as listed")
      ->required();
  discard_command.add_option("--reason", discard->reason, "why, for the people who will ask; kept")
      ->required();
}

}  // namespace comptoir::cli
