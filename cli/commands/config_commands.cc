#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/config_text.h"
#include "cli/customer_text.h"
#include "cli/resource_names.h"
#include "cli/table.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

using hq::v1::Configuration;

constexpr char kNameHelp[] = "COLLECTION/ID: customerGroups/retail";

absl::Status Show(Session& session, const absl::StatusOr<Configuration>& configuration) {
  if (!configuration.ok()) return configuration.status();
  if (session.options().json) {
    session.out() << ToJson(*configuration);
    return absl::OkStatus();
  }
  hq::v1::Chain chain;
  *chain.add_configurations() = *configuration;
  session.out() << ChainText(std::move(chain));
  return absl::OkStatus();
}

absl::StatusOr<hq::v1::ListConfigurationsResponse> ListAllOf(Session& session,
                                                             const std::string& collection) {
  hq::v1::ListConfigurationsRequest request;
  request.set_collection(collection);
  return ListAll(session.hq(), request, &hq::v1::ListConfigurationsResponse::configurations_size,
                 kAll);
}

absl::Status ListConfigurations(Session& session, const std::string& collection) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto response, ListAllOf(session, collection));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table({"NAME", "FIELDS"});
  for (const Configuration& configuration : response.configurations()) {
    table.AddRow({NameOf(configuration), FieldsLine(configuration)});
  }
  session.out() << (table.empty() ? "None.\n" : table.ToString());
  return absl::OkStatus();
}

absl::StatusOr<Configuration> Get(Session& session, const std::string& name) {
  hq::v1::GetConfigurationRequest request;
  request.set_name(name);
  return session.hq().Call(request);
}

struct ConfigurationArguments {
  std::string name;
  std::string fields;
  std::vector<std::string> cleared;
};

absl::Status Create(Session& session, const ConfigurationArguments& arguments) {
  hq::v1::CreateConfigurationRequest request;
  COMPTOIR_ASSIGN_OR_RETURN(*request.mutable_configuration(), NewConfiguration(arguments.name));
  COMPTOIR_RETURN_IF_ERROR(SetFields(*request.mutable_configuration(), arguments.fields).status());
  return Show(session, session.hq().Call(request));
}

// Changes what was just read: another's change in between is told, not overwritten.
absl::Status UpdateConfiguration(Session& session, const ConfigurationArguments& arguments) {
  COMPTOIR_RETURN_IF_ERROR(NewConfiguration(arguments.name).status());
  hq::v1::UpdateConfigurationRequest request;
  COMPTOIR_ASSIGN_OR_RETURN(*request.mutable_configuration(), Get(session, arguments.name));
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> fields,
                            SetFields(*request.mutable_configuration(), arguments.fields));
  for (const std::string& field : fields) request.mutable_update_mask()->add_paths(field);
  google::protobuf::Message& resource = *MutableResourceOf(*request.mutable_configuration());
  for (const std::string& name : arguments.cleared) {
    const auto* field = resource.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) return UsageError(absl::StrCat("There is no field \"", name, "\"."));
    resource.GetReflection()->ClearField(&resource, field);
    request.mutable_update_mask()->add_paths(name);
  }
  if (request.update_mask().paths().empty()) {
    return UsageError("Nothing to change: name at least one field.");
  }
  return Show(session, session.hq().Call(request));
}

absl::Status Audit(Session& session, const std::string& name, int limit) {
  hq::v1::ListAuditEntriesRequest request;
  request.set_name(name);
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.hq(), request, &hq::v1::ListAuditEntriesResponse::entries_size, limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  for (const hq::v1::AuditEntry& entry : response.entries()) {
    session.out() << TimeText(entry.time()) << "  " << entry.caller() << "\n"
                  << ChangeText(entry.change());
  }
  if (response.entries().empty()) session.out() << "No changes.\n";
  return absl::OkStatus();
}

absl::Status Export(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto response, ListAllOf(session, "-"));
  hq::v1::Chain chain;
  *chain.mutable_configurations() = response.configurations();
  session.out() << ChainText(std::move(chain));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return UsageError(absl::StrCat(path, " cannot be read."));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct ApplyArguments {
  std::string file;
  bool dry_run = false;
  bool keep_others = false;
};

absl::Status Apply(Session& session, const ApplyArguments& arguments) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string text, ReadFile(arguments.file));
  hq::v1::ApplyConfigurationsRequest request;
  const auto chain = ParseChain(text);
  if (!chain.ok()) {
    return UsageError(absl::StrCat(arguments.file, ":", chain.status().message()));
  }
  *request.mutable_chain() = *chain;
  request.set_keep_others(arguments.keep_others);
  // The difference first, also when something is wrong in the second step.
  request.set_dry_run(true);
  COMPTOIR_ASSIGN_OR_RETURN(const auto response, session.hq().Call(request));
  if (session.options().json) {
    session.out() << ToJson(response);
  } else {
    for (const auto& change : response.changes()) session.out() << ChangeText(change);
    if (response.changes().empty()) session.out() << "Nothing differs.\n";
  }
  if (arguments.dry_run || response.changes().empty()) return absl::OkStatus();
  request.set_dry_run(false);
  COMPTOIR_ASSIGN_OR_RETURN(const auto applied, session.hq().Call(request));
  if (!session.options().json) {
    session.out() << "Applied " << applied.changes_size() << ".\n";
  }
  return absl::OkStatus();
}

absl::Status Check(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto response,
                            session.hq().Call(hq::v1::CheckConfigurationRequest()));
  for (const auto& finding : response.findings()) {
    if (finding.severity() == hq::v1::ConfigurationFinding::SEVERITY_ERROR) {
      session.SetExitCode(kExitFailure);
    }
  }
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  for (const auto& finding : response.findings()) {
    const std::string severity =
        EnumText(hq::v1::ConfigurationFinding::Severity_Name(finding.severity()), "SEVERITY_");
    session.out() << absl::AsciiStrToLower(severity) << ": " << finding.reason();
    if (!finding.name().empty()) session.out() << ": " << finding.name();
    session.out() << ": " << finding.text() << "\n";
  }
  if (response.findings().empty()) session.out() << "Nothing is missing.\n";
  return absl::OkStatus();
}

absl::Status Switch(Session& session, const std::string& feature, bool enabled) {
  return UpdateConfiguration(session,
                             {.name = NameIn("features", feature),
                              .fields = absl::StrCat("enabled: ", enabled ? "true" : "false")});
}

void AddConfigCommands(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "config", "HQ's configuration of every kind");

  auto collection = std::make_shared<std::string>("-");
  AddCommand(group, session,
             {"list", "List a collection, or everything",
              "comptoir config list\ncomptoir config list customerGroups"},
             [&session, collection] { return ListConfigurations(session, *collection); })
      .add_option("collection", *collection,
                  absl::StrCat("one of ", absl::StrJoin(Collections(), ", ")));

  auto get = std::make_shared<std::string>();
  AddCommand(group, session,
             {"get", "Read a resource, as a file for apply has it",
              "comptoir config get affiliations/staff"},
             [&session, get] { return Show(session, Get(session, *get)); })
      .add_option("name", *get, kNameHelp)
      ->required();

  auto create = std::make_shared<ConfigurationArguments>();
  CLI::App& create_command = AddCommand(
      group, session,
      {"create", "Create a resource",
       "comptoir config create customerGroups/retail 'display_name: \"Retail\" "
       "financial_dimensions { key: \"CostCenter\" value: \"082\" }'\n"
       "comptoir config create affiliations/staff 'kind: AFFILIATION_KIND_GENERAL hidden: true'"},
      [&session, create] { return Create(session, *create); });
  create_command.add_option("name", create->name, kNameHelp)->required();
  create_command.add_option("fields", create->fields, "in the text format of protocol buffers");

  auto update = std::make_shared<ConfigurationArguments>();
  CLI::App& update_command = AddCommand(
      group, session,
      {"update", "Change fields of a resource",
       "comptoir config update channels/001 'default_customer: \"defaultCustomers/us\"'\n"
       "comptoir config update channels/001 --clear default_customer"},
      [&session, update] { return UpdateConfiguration(session, *update); });
  update_command.add_option("name", update->name, kNameHelp)->required();
  update_command.add_option("fields", update->fields, "in the text format of protocol buffers");
  update_command.add_option("--clear", update->cleared, "field to clear; may be repeated");

  auto retired = std::make_shared<std::string>();
  AddCommand(group, session,
             {"retire", "Retire a resource: nothing new may refer to it",
              "comptoir config retire customerGroups/old"},
             [&session, retired] {
               return UpdateConfiguration(session, {.name = *retired, .fields = "retired: true"});
             })
      .add_option("name", *retired, kNameHelp)
      ->required();

  auto audited = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(100);
  CLI::App& audit_command =
      AddCommand(group, session,
                 {"audit", "Show who changed what, newest first",
                  "comptoir config audit\ncomptoir config audit customerGroups/retail"},
                 [&session, audited, limit] { return Audit(session, *audited, *limit); });
  audit_command.add_option("name", *audited, kNameHelp);
  audit_command.add_option("--limit", *limit, "at most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void AddFeatureCommands(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "feature", "Feature management");
  AddCommand(group, session, {"list", "List features", "comptoir feature list"},
             [&session] { return ListConfigurations(session, "features"); });
  for (const bool enabled : {true, false}) {
    const std::string verb = enabled ? "enable" : "disable";
    auto id = std::make_shared<std::string>();
    AddCommand(group, session,
               {verb,
                enabled ? "Switch a feature on, in each store when job 1110 has brought it"
                        : "Switch a feature off; what was captured stays",
                absl::StrCat("comptoir feature ", verb, " F3")},
               [&session, id, enabled] { return Switch(session, *id, enabled); })
        .add_option("feature", *id, "F1 to F5")
        ->required();
  }
}

}  // namespace

void AddConfigurationCommands(CLI::App& app, Session& session) {
  AddConfigCommands(app, session);
  AddFeatureCommands(app, session);

  AddCommand(app, session,
             {"export", "Print HQ's whole configuration as a file for apply",
              "comptoir export > chain.textproto"},
             [&session] { return Export(session); });

  auto apply = std::make_shared<ApplyArguments>();
  CLI::App& apply_command =
      AddCommand(app, session,
                 {"apply",
                  "Make HQ's configuration as a file says: show the difference, then all "
                  "of it or nothing. What the file leaves out is retired, a number sequence "
                  "blocked, a feature or batch job as it was from the start",
                  "comptoir apply -f chain.textproto --dry-run\ncomptoir apply -f chain.textproto\n"
                  "comptoir apply -f groups.textproto --keep-others"},
                 [&session, apply] { return Apply(session, *apply); });
  apply_command.add_option("-f,--file", apply->file, "the file")->required();
  apply_command.add_flag("--dry-run", apply->dry_run, "only show the difference");
  apply_command.add_flag("--keep-others", apply->keep_others,
                         "leave what the file doesn't name as it is");

  AddCommand(app, session,
             {"check",
              "Look for what is missing or doubtful in HQ's configuration; 1 if "
              "something cannot work",
              "comptoir check"},
             [&session] { return Check(session); });
}

}  // namespace comptoir::cli
