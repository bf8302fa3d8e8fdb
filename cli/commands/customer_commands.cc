#include <limits>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/field_path.h"
#include "cli/resource_names.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

using customer::v1::Customer;

void Show(Session& session, const Customer& customer) {
  session.out() << (session.options().json ? ToJson(customer) : CustomerText(customer));
}

struct CreateArguments {
  std::string id;
  std::vector<std::string> assignments;
};

absl::Status Create(Session& session, const CreateArguments& arguments) {
  customer::v1::CreateCustomerRequest request;
  request.set_channel(session.options().channel);
  COMPTOIR_RETURN_IF_ERROR(
      ApplyAssignments(*request.mutable_customer(), arguments.assignments).status());
  // The id is minted here, so that a person can repeat what was lost on the way.
  const std::string id =
      arguments.id.empty() ? NewUuid(session.environment().random).ToString() : arguments.id;
  request.mutable_customer()->set_name(NameIn("customers", id));
  const absl::StatusOr<Customer> created = session.service().Call(request);
  if (!created.ok()) {
    if (!IsRefusal(created.status())) {
      session.err() << "The outcome isn't known. Repeat with --id "
                    << IdOf(request.customer().name()) << ": that never makes a second customer.\n";
    }
    return created.status();
  }
  Show(session, *created);
  return absl::OkStatus();
}

absl::StatusOr<Customer> Read(Session& session, const std::string& id) {
  customer::v1::GetCustomerRequest request;
  request.set_channel(session.options().channel);
  request.set_name(CustomerNameOf(id));
  return session.service().Call(request);
}

absl::Status Get(Session& session, const std::string& id) {
  COMPTOIR_ASSIGN_OR_RETURN(const Customer customer, Read(session, id));
  Show(session, customer);
  return absl::OkStatus();
}

// What was said of one contact isn't said of another.
void ForgetConsent(const std::vector<std::string>& assignments, Customer& customer) {
  for (const std::string& assignment : assignments) {
    if (absl::StartsWith(assignment, "email=") &&
        assignment != absl::StrCat("email=", customer.email().address())) {
      customer.mutable_email()->clear_consent();
    }
    if (absl::StartsWith(assignment, "phone=") &&
        assignment != absl::StrCat("phone=", customer.phone().number())) {
      customer.mutable_phone()->clear_consent();
    }
  }
}

// A secondary contact that is typed again, and nothing with it, is meant as it was.
void KeepSecondaryContacts(const Customer& current, Customer& changed) {
  for (auto& email : *changed.mutable_secondary_emails()) {
    if (email.has_consent() || !email.purpose().empty()) continue;
    for (const auto& held : current.secondary_emails()) {
      if (held.address() == email.address()) email = held;
    }
  }
  for (auto& phone : *changed.mutable_secondary_phones()) {
    if (phone.has_consent() || !phone.purpose().empty()) continue;
    for (const auto& held : current.secondary_phones()) {
      if (held.number() == phone.number()) phone = held;
    }
  }
}

struct UpdateArguments {
  std::string id;
  std::string etag;
  std::vector<std::string> assignments;
};

absl::Status Update(Session& session, const UpdateArguments& arguments) {
  COMPTOIR_ASSIGN_OR_RETURN(const Customer current, Read(session, arguments.id));
  customer::v1::UpdateCustomerRequest request;
  request.set_channel(session.options().channel);
  *request.mutable_customer() = current;
  ForgetConsent(arguments.assignments, *request.mutable_customer());
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> changed,
                            ApplyAssignments(*request.mutable_customer(), arguments.assignments));
  KeepSecondaryContacts(current, *request.mutable_customer());
  if (changed.empty()) return UsageError("Nothing to change: name at least one field.");
  for (const std::string& field : changed) request.mutable_update_mask()->add_paths(field);
  request.set_etag(arguments.etag.empty() ? current.etag() : arguments.etag);
  request.set_request_id(NewUuid(session.environment().random).ToString());
  COMPTOIR_ASSIGN_OR_RETURN(const Customer customer, session.service().Call(request));
  Show(session, customer);
  return absl::OkStatus();
}

struct SearchArguments {
  std::vector<std::string> words;
  int page_size = 20;
  bool all_stores = false;
  std::string field;
};

absl::Status Search(Session& session, const SearchArguments& arguments) {
  customer::v1::SearchCustomersRequest request;
  request.set_channel(session.options().channel);
  request.set_query(absl::StrJoin(arguments.words, " "));
  request.set_page_size(arguments.page_size);
  if (arguments.all_stores) request.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
  request.set_field(arguments.field);
  COMPTOIR_ASSIGN_OR_RETURN(const customer::v1::SearchCustomersResponse response,
                            session.service().Call(request));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"ACCOUNT", "NAME", "E-MAIL", "PHONE", "MATCHED", "ID"});
  for (const auto& result : response.results()) {
    const Customer& customer = result.customer();
    table.AddRow({customer.account_number_text(), customer.display_name(),
                  customer.email().address(), customer.phone().number(),
                  absl::StrJoin(result.matched_fields(), ", "), IdOf(customer.name())});
  }
  session.out() << (table.empty() ? "No customer found.\n" : table.ToString());
  if (response.reason() == "HQ_UNREACHABLE") {
    session.out() << "HQ didn't answer: this store alone was searched.\n";
  }
  if (response.reason() == ReasonName(Reason::kCustomerDataFiltered)) {
    session.out() << "This store keeps no customers; search all stores with --all-stores.\n";
  }
  if (response.truncated()) session.out() << "There are more; name more of the customer.\n";
  return absl::OkStatus();
}

struct ListCustomersArguments {
  int limit = 100;
  bool all = false;
};

absl::Status ListCustomers(Session& session, const ListCustomersArguments& arguments) {
  customer::v1::ListCustomersRequest request;
  request.set_channel(session.options().channel);
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.service(), request, &customer::v1::ListCustomersResponse::customers_size,
              arguments.all ? std::numeric_limits<int>::max() : arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table = CustomerTable();
  for (const Customer& customer : response.customers()) AddCustomerRow(table, customer);
  session.out() << (table.empty() ? "No customers.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N or --all.\n";
  return absl::OkStatus();
}

struct ConsentArguments {
  std::string id;
  int limit = 100;
};

absl::Status Consent(Session& session, const ConsentArguments& arguments) {
  customer::v1::ListConsentChangesRequest request;
  request.set_channel(session.options().channel);
  request.set_parent(NameIn("customers", arguments.id));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.service(), request, &customer::v1::ListConsentChangesResponse::changes_size,
              arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"TIME", "CONTACT", "BEFORE", "AFTER", "WORDING", "BY", "CHANNEL"});
  for (const customer::v1::ConsentChange& change : response.changes()) {
    const customer::v1::Consent& after = change.after();
    table.AddRow({TimeText(after.time()), change.contact(), ConsentText(change.before()),
                  ConsentText(after), after.wording_version(), after.captured_by(),
                  after.channel()});
  }
  session.out() << (table.empty() ? "Nobody has asked.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N.\n";
  return absl::OkStatus();
}

absl::Status Synchronize(Session& session, const std::string& id) {
  customer::v1::EnsureSynchronizedRequest request;
  request.set_channel(session.options().channel);
  request.set_name(NameIn("customers", id));
  COMPTOIR_ASSIGN_OR_RETURN(const Customer customer, session.service().Call(request));
  Show(session, customer);
  return absl::OkStatus();
}

absl::Status Trace(Session& session, const std::string& id) {
  hq::v1::TraceCustomerRequest request;
  request.set_name(CustomerNameOf(id));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::CustomerTrace trace, session.hq().Call(request));
  if (session.options().json) {
    session.out() << ToJson(trace);
    return absl::OkStatus();
  }
  Table table({"TIME", "STAGE", "CHANNEL", "CHANNEL SERVICE", "POSITION", "REASON", "SESSION",
               "OPERATION"});
  for (const hq::v1::TraceStage& stage : trace.stages()) {
    table.AddRow({TimeText(stage.time()), hq::v1::TraceStage::Stage_Name(stage.stage()),
                  stage.channel(), stage.channel_service(),
                  stage.sequence() == 0 ? "" : absl::StrCat(stage.sequence()), stage.reason(),
                  stage.session(), stage.operation()});
  }
  session.out() << Fields(
                       {{"customer", IdOf(trace.customer())},
                        {"state", EnumText(CustomerState_Name(trace.state()), "CUSTOMER_STATE_")},
                        {"account number", trace.account_number()}})
                << table.ToString();
  return absl::OkStatus();
}

struct ExplainArguments {
  std::string customer;
  std::string channel;
};

absl::Status Explain(Session& session, const ExplainArguments& arguments) {
  hq::v1::ExplainVisibilityRequest request;
  request.set_customer(CustomerNameOf(arguments.customer));
  request.set_channel(NameIn("channels", arguments.channel));
  COMPTOIR_ASSIGN_OR_RETURN(const hq::v1::CustomerVisibility visibility,
                            session.hq().Call(request));
  if (session.options().json) {
    session.out() << ToJson(visibility);
    return absl::OkStatus();
  }
  Table table({"REASON", "ADDRESS BOOK", "CHANNEL SERVICE", "CHANNEL", "MEANS"});
  for (const hq::v1::VisibilityReason& reason : visibility.reasons()) {
    table.AddRow({reason.reason(), std::string(IdOf(reason.address_book())),
                  reason.channel_service(), std::string(IdOf(reason.channel())), reason.text()});
  }
  session.out() << Fields({{"customer", std::string(IdOf(visibility.customer()))},
                           {"channel", std::string(IdOf(visibility.channel()))},
                           {"visible", visibility.visible() ? "yes" : "no"}})
                << table.ToString();
  return absl::OkStatus();
}

struct WatchArguments {
  std::string id;
  bool until_synced = false;
};

absl::Status Watch(Session& session, const WatchArguments& arguments) {
  customer::v1::WatchCustomerRequest request;
  request.set_channel(session.options().channel);
  request.set_name(CustomerNameOf(arguments.id));
  return session.service().Watch(request, [&](const Customer& customer) {
    if (session.options().json) {
      session.out() << ToJson(customer, {.one_line = true}) << std::flush;
    } else {
      session.out() << absl::FormatTime("%H:%M:%E3SZ", session.environment().clock.Now(),
                                        absl::UTCTimeZone())
                    << "  " << Printable(customer.account_number_text()) << "  "
                    << Printable(customer.display_name()) << std::endl;
    }
    return !arguments.until_synced || customer.state() != customer::v1::CUSTOMER_STATE_SYNCED;
  });
}

absl::Status Form(Session& session) {
  customer::v1::GetNewCustomerFormRequest request;
  request.set_channel(session.options().channel);
  COMPTOIR_ASSIGN_OR_RETURN(const customer::v1::Customer form, session.service().Call(request));
  if (session.options().json) {
    session.out() << ToJson(form);
    return absl::OkStatus();
  }
  session.out() << CustomerText(form);
  Table table({"INHERITED", "FROM"});
  for (const customer::v1::InheritedField& inherited : form.inherited_fields()) {
    table.AddRow({inherited.field(), inherited.source()});
  }
  if (!table.empty()) session.out() << "\n" << table.ToString();
  Table rules({"FIELD", "REQUIRED", "HIDDEN", "CHARACTERS", "PATTERN"});
  for (const customer::v1::FormField& field : form.form_fields()) {
    rules.AddRow({field.field(), field.required() ? "yes" : "", field.hidden() ? "yes" : "",
                  field.characters_max() == 0 ? "" : absl::StrCat(field.characters_max()),
                  field.pattern()});
  }
  if (!rules.empty()) session.out() << "\n" << rules.ToString();
  Table attributes({"ATTRIBUTE", "ID", "KIND", "UNIT", "VALUES", "HELP"});
  for (const customer::v1::FormAttribute& attribute : form.form_attributes()) {
    const bool range = !attribute.lowest().empty() || !attribute.highest().empty();
    attributes.AddRow({attribute.friendly_name(), attribute.id(), attribute.kind(),
                       attribute.unit(),
                       range ? absl::StrCat(attribute.lowest(), " to ", attribute.highest())
                             : absl::StrJoin(attribute.values(), ", "),
                       attribute.help()});
  }
  if (!attributes.empty()) session.out() << "\n" << attributes.ToString();
  return absl::OkStatus();
}

}  // namespace

void AddCustomerCommands(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "customer", "Create, read, change, find and watch customers");

  auto create = std::make_shared<CreateArguments>();
  CLI::App& create_command = AddCommand(
      group, session,
      {"create", "Create a customer; SYNCED or PENDING, durable either way",
       "comptoir customer create --given-name Ada --family-name Lovelace --email ada@example.com\n"
       "comptoir customer create --organization-name 'Analytical Engines' --phone '020 7946 0018' "
       "\\\n"
       "    --street '1 Dorset St' --city London --postal-code 'W1U 4EE' --country GB\n"
       "comptoir customer create --given-name Ada --email ada@example.com --email-consent opted_in "
       "\\\n"
       "    --secondary-phone '020 7946 0018,kind=work,purpose=Office' --attribute shoe-size=37"},
      [&session, create] { return Create(session, *create); });
  create_command
      .add_option("--id", create->id,
                  "UUID of the new customer; repeating a create with it is safe")
      ->type_name("UUID");
  AddFieldOptions(create_command, CustomerFieldOptions(), create->assignments);
  AddFieldOptions(create_command, AddressFieldOptions(), create->assignments, "address.");

  AddCommand(group, session,
             {"form", "Show the form of a new customer: defaults and where from, rules, attributes",
              "comptoir --channel 001 customer form"},
             [&session] { return Form(session); });

  auto get = std::make_shared<std::string>();
  CLI::App& get_command = AddCommand(group, session,
                                     {"get", "Read a customer by UUID or account number",
                                      "comptoir customer get C-00000042\n"
                                      "comptoir --json customer get customers/{uuid}"},
                                     [&session, get] { return Get(session, *get); });
  get_command.add_option("customer", *get, "UUID, resource name or account number")->required();

  auto update = std::make_shared<UpdateArguments>();
  CLI::App& update_command =
      AddCommand(group, session,
                 {"update", "Change fields of a customer; an empty value clears a field",
                  "comptoir customer update C-00000042 --email ada@example.org --title ''\n"
                  "comptoir customer update C-00000042 --email-consent opted_out"},
                 [&session, update] { return Update(session, *update); });
  update_command.add_option("customer", update->id, "UUID, resource name or account number")
      ->required();
  update_command.add_option("--etag", update->etag,
                            "change only this version; default: the one just read");
  AddFieldOptions(update_command, CustomerFieldOptions(), update->assignments);

  auto search = std::make_shared<SearchArguments>();
  CLI::App& search_command = AddCommand(
      group, session,
      {"search", "Find customers by name, address, e-mail, phone, account number or UUID",
       "comptoir customer search hernandez jose\n"
       "comptoir customer search 0130\n"
       "comptoir customer search --field email alvarez\n"
       "comptoir customer search --all-stores 'geneve eglise'"},
      [&session, search] { return Search(session, *search); });
  search_command.add_option("words", search->words, "what is known of the customer")->required();
  search_command
      .add_option("--field", search->field, "the one field that must match, instead of any")
      ->check(CLI::IsMember(std::vector<std::string>{"name", "email", "phone", "loyalty_card",
                                                     "address", "account_number", "uuid"}));
  search_command.add_flag("--all-stores", search->all_stores, "ask HQ too, in real time");
  search_command.add_option("--limit", search->page_size, "at most so many")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();

  auto list = std::make_shared<ListCustomersArguments>();
  CLI::App& list_command = AddCommand(group, session,
                                      {"list", "List customers in order of their UUID",
                                       "comptoir customer list --limit 10\n"
                                       "comptoir --json customer list --all"},
                                      [&session, list] { return ListCustomers(session, *list); });
  list_command.add_option("--limit", list->limit, "at most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  list_command.add_flag("--all", list->all, "all of them");

  auto consent = std::make_shared<ConsentArguments>();
  CLI::App& consent_command =
      AddCommand(group, session,
                 {"consent", "Show every change of consent to marketing, the last one first",
                  "comptoir customer consent {uuid}\n"
                  "comptoir --json customer consent {uuid} --limit 1000"},
                 [&session, consent] { return Consent(session, *consent); });
  consent_command.add_option("customer", consent->id, "UUID or resource name")->required();
  consent_command.add_option("--limit", consent->limit, "at most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();

  auto synchronize = std::make_shared<std::string>();
  AddCommand(group, session,
             {"synchronize", "Have HQ convert a pending customer now, as an order would",
              "comptoir customer synchronize {uuid}"},
             [&session, synchronize] { return Synchronize(session, *synchronize); })
      .add_option("customer", *synchronize, "UUID or resource name, of an address too")
      ->required();

  auto trace = std::make_shared<std::string>();
  AddCommand(group, session,
             {"trace", "Show every stage that a customer has passed, and what it waits for",
              "comptoir customer trace {uuid}\n"
              "comptoir customer trace C-00000042"},
             [&session, trace] { return Trace(session, *trace); })
      .add_option("customer", *trace, "UUID, resource name or account number")
      ->required();

  auto explain = std::make_shared<ExplainArguments>();
  CLI::App& explain_command =
      AddCommand(group, session,
                 {"explain", "Explain why a channel sees a customer, or doesn't",
                  "comptoir customer explain {uuid} 001\n"
                  "comptoir customer explain C-00000042 channels/001"},
                 [&session, explain] { return Explain(session, *explain); });
  explain_command
      .add_option("customer", explain->customer, "UUID, resource name or account number")
      ->required();
  explain_command.add_option("channel", explain->channel, "number of the channel")->required();

  auto watch = std::make_shared<WatchArguments>();
  CLI::App& watch_command = AddCommand(
      group, session,
      {"watch", "Show a customer now and whenever it changes: see the account number appear",
       "comptoir customer watch {uuid} --until-synced"},
      [&session, watch] { return Watch(session, *watch); });
  watch_command.add_option("customer", watch->id, "UUID or resource name")->required();
  watch_command.add_flag("--until-synced", watch->until_synced,
                         "end when the account number is there");
}

}  // namespace comptoir::cli
