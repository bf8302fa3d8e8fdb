#include <array>
#include <limits>
#include <memory>

#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/field_path.h"
#include "cli/resource_names.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

using customer::v1::Address;

struct AddArguments {
  std::string customer;
  std::string id;
  std::vector<std::string> assignments;
};

absl::Status Add(Session& session, const AddArguments& arguments) {
  customer::v1::CreateAddressRequest request;
  request.set_channel(session.options().channel);
  request.set_parent(NameIn("customers", arguments.customer));
  COMPTOIR_RETURN_IF_ERROR(
      ApplyAssignments(*request.mutable_address(), arguments.assignments).status());
  const std::string id =
      arguments.id.empty() ? NewUuid(session.environment().random).ToString() : arguments.id;
  request.mutable_address()->set_name(request.parent() + "/addresses/" + id);
  COMPTOIR_ASSIGN_OR_RETURN(const Address address, session.service().Call(request));
  session.out() << (session.options().json ? ToJson(address) : AddressText(address));
  return absl::OkStatus();
}

struct ListAddressesArguments {
  std::string parent;
  int limit = 100;
  bool all = false;
};

absl::Status ListAddresses(Session& session, const ListAddressesArguments& arguments) {
  customer::v1::ListAddressesRequest request;
  request.set_channel(session.options().channel);
  request.set_parent(AddressParentOf(arguments.parent));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.service(), request, &customer::v1::ListAddressesResponse::addresses_size,
              arguments.all ? std::numeric_limits<int>::max() : arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"NAME", "ADDRESS", "PURPOSES", "PRIMARY", "STATE", "ID"});
  for (const Address& address : response.addresses()) {
    table.AddRow({address.display_name(), AddressLine(address),
                  absl::StrJoin(address.purposes(), ", "), address.primary() ? "yes" : "",
                  address.deactivated() ? "deactivated" : (address.pending() ? "pending" : ""),
                  IdOf(address.name())});
  }
  session.out() << (table.empty() ? "No addresses.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N or --all.\n";
  return absl::OkStatus();
}

}  // namespace

void AddAddressCommands(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "address", "Add and list addresses of customers");

  auto add = std::make_shared<AddArguments>();
  CLI::App& add_command =
      AddCommand(group, session,
                 {"add", "Add an address to a customer",
                  "comptoir address add {uuid} --street '12 rue des Lilas' --city Lyon "
                  "--postal-code 69003 --country FR --purpose Delivery"},
                 [&session, add] { return Add(session, *add); });
  add_command.add_option("customer", add->customer, "UUID or resource name")->required();
  add_command.add_option("--id", add->id, "UUID of the new address; repeating with it is safe")
      ->type_name("UUID");
  AddFieldOptions(add_command, AddressFieldOptions(), add->assignments);
  static const auto& more = *new std::array<FieldOption, 4>{{
      {"--phone", "phone", ""},
      {"--email", "email", ""},
      {"--url", "url", ""},
      {"--primary", "primary", "true makes it the primary address"},
  }};
  AddFieldOptions(add_command, more, add->assignments);

  auto list = std::make_shared<ListAddressesArguments>();
  CLI::App& list_command =
      AddCommand(group, session,
                 {"list", "List the addresses of a customer, or of all",
                  "comptoir address list {uuid}\ncomptoir address list - --all"},
                 [&session, list] { return ListAddresses(session, *list); });
  list_command.add_option("customer", list->parent, "UUID or resource name; - for all customers")
      ->required();
  list_command.add_option("--limit", list->limit, "at most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  list_command.add_flag("--all", list->all, "all of them");
}

}  // namespace comptoir::cli
