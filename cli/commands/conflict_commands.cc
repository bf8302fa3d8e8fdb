#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/field_path.h"
#include "cli/resource_names.h"
#include "cli/table.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

struct ListConflictsArguments {
  std::string customer;
  int limit = 100;
};

std::string ValueText(const std::string& value) {
  return value.empty() ? std::string("nothing") : Printable(value);
}

std::string ConflictText(const hq::v1::Conflict& conflict) {
  std::string text = Fields({{"conflict", conflict.name()},
                             {"address", conflict.address()},
                             {"account number", conflict.account_number()},
                             {"operation", conflict.operation()},
                             {"channel", conflict.channel()},
                             {"captured", TimeText(conflict.capture_time())},
                             {"changed at HQ", TimeText(conflict.hq_change_time())},
                             {"found", TimeText(conflict.conflict_time())}});
  if (conflict.fields().empty()) return text + "Everything is decided.\n";
  Table table({"FIELD", "WAS", "STORE", "HQ"});
  for (const auto& field : conflict.fields()) {
    table.AddRow({field.field(), ValueText(field.replaced_value()), ValueText(field.store_value()),
                  ValueText(field.hq_value())});
  }
  return text + table.ToString();
}

absl::Status ListConflicts(Session& session, const ListConflictsArguments& arguments) {
  hq::v1::ListConflictsRequest request;
  request.set_channel(session.options().channel);
  if (!arguments.customer.empty()) request.set_customer(CustomerNameOf(arguments.customer));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.hq(), request, &hq::v1::ListConflictsResponse::conflicts_size,
              arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"CHANNEL", "ACCOUNT", "FIELD", "WAS", "STORE", "HQ", "CAPTURED", "CHANGED AT HQ",
               "CONFLICT"});
  for (const hq::v1::Conflict& conflict : response.conflicts()) {
    for (const auto& field : conflict.fields()) {
      table.AddRow({conflict.channel(), conflict.account_number(), field.field(),
                    ValueText(field.replaced_value()), ValueText(field.store_value()),
                    ValueText(field.hq_value()), TimeText(conflict.capture_time()),
                    TimeText(conflict.hq_change_time()), conflict.name()});
    }
  }
  session.out() << (table.empty() ? "There are no conflicts.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N.\n";
  return absl::OkStatus();
}

struct ResolveArguments {
  std::string name;
  std::vector<std::string> take_store;
  std::vector<std::string> keep_hq;
  std::vector<std::string> assignments;
  // Of what only addresses have.
  std::vector<std::string> address_assignments;
  std::string request_id;
};

// Its customer's conflicts are listed for it: whether it is one of an address decides what the
// options mean.
absl::StatusOr<hq::v1::Conflict> Find(Session& session, const std::string& name) {
  hq::v1::ListConflictsRequest request;
  request.set_customer(name.substr(0, name.find("/conflicts/")));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.hq(), request, &hq::v1::ListConflictsResponse::conflicts_size, 1000));
  for (const hq::v1::Conflict& conflict : response.conflicts()) {
    if (conflict.name() == name) return conflict;
  }
  return MakeError(Reason::kRecordNotFound, "No such conflict, or it is resolved.");
}

absl::Status Assign(const ResolveArguments& arguments, bool address,
                    hq::v1::ResolveConflictRequest& request) {
  for (const auto& assignments : {arguments.assignments, arguments.address_assignments}) {
    if (assignments.empty()) continue;
    google::protobuf::Message& message =
        address ? static_cast<google::protobuf::Message&>(*request.mutable_address())
                : *request.mutable_customer();
    COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> changed,
                              ApplyAssignments(message, assignments));
    for (const std::string& field : changed) request.mutable_update_mask()->add_paths(field);
  }
  return absl::OkStatus();
}

absl::Status Resolve(Session& session, const ResolveArguments& arguments) {
  hq::v1::ResolveConflictRequest request;
  request.set_name(arguments.name);
  request.set_request_id(arguments.request_id);
  for (const std::string& field : arguments.take_store) request.add_take_store(field);
  for (const std::string& field : arguments.keep_hq) request.add_keep_hq(field);
  if (!arguments.assignments.empty() || !arguments.address_assignments.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto conflict, Find(session, arguments.name));
    COMPTOIR_RETURN_IF_ERROR(Assign(arguments, !conflict.address().empty(), request));
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto left, session.hq().Call(request));
  session.out() << (session.options().json ? ToJson(left) : ConflictText(left));
  return absl::OkStatus();
}

}  // namespace

void AddConflictCommands(CLI::App& app, Session& session) {
  CLI::App& group =
      AddGroup(app, "conflict", "Fields that a store and HQ changed while they were apart");

  auto list = std::make_shared<ListConflictsArguments>();
  CLI::App& list_command = AddCommand(group, session,
                                      {"list", "List the fields that a person has to decide",
                                       "comptoir conflict list\n"
                                       "comptoir conflict list --channel 001"},
                                      [&session, list] { return ListConflicts(session, *list); });
  list_command.add_option("--customer", list->customer, "UUID, resource name or account number");
  list_command.add_option("--limit", list->limit, "at most so many conflicts")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();

  auto resolve = std::make_shared<ResolveArguments>();
  CLI::App& resolve_command = AddCommand(
      group, session,
      {"resolve", "Decide fields of a conflict: the store's value, HQ's, or a given one",
       "comptoir conflict resolve customers/{uuid}/conflicts/42 --take-store notes\n"
       "comptoir conflict resolve customers/{uuid}/conflicts/42 --keep-hq notes\n"
       "comptoir conflict resolve customers/{uuid}/conflicts/42 --notes 'likes tea, and coffee'"},
      [&session, resolve] { return Resolve(session, *resolve); });
  resolve_command.add_option("conflict", resolve->name, "name of the conflict, as listed")
      ->required();
  resolve_command.add_option("--take-store", resolve->take_store, "a field: the store's value");
  resolve_command.add_option("--keep-hq", resolve->keep_hq, "a field: HQ's value stays");
  resolve_command
      .add_option("--request-id", resolve->request_id, "makes it safe to repeat; see docs/pos.md")
      ->type_name("UUID");
  AddFieldOptions(resolve_command, CustomerFieldOptions(), resolve->assignments);
  AddFieldOptions(resolve_command, AddressFieldOptions(), resolve->address_assignments);
}

}  // namespace comptoir::cli
