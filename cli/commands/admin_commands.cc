#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/field_path.h"
#include "cli/resource_names.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

using hq::v1::Channel;
using hq::v1::NumberSequence;
using hq::v1::OperatingUnit;
using hq::v1::Profile;

std::string Text(const Channel& channel) {
  return Fields({{"channel", IdOf(channel.name())},
                 {"name", channel.display_name()},
                 {"operating unit", IdOf(channel.operating_unit())},
                 {"profile", IdOf(channel.profile())},
                 {"currency", channel.currency()},
                 {"language", channel.language()},
                 {"channel services", absl::StrJoin(channel.channel_services(), ", ")},
                 {"closed", channel.retired() ? "yes" : ""}});
}

std::string Text(const Profile& profile) {
  return Fields({{"profile", IdOf(profile.name())},
                 {"name", profile.display_name()},
                 {"creates customers",
                  profile.create_customer_async() ? "asynchronously" : "synchronously"}});
}

std::string Text(const OperatingUnit& unit) {
  return Fields({{"operating unit", IdOf(unit.name())},
                 {"name", unit.display_name()},
                 {"address", AddressLine(unit.address())}});
}

std::string Text(const NumberSequence& sequence) {
  return Fields({{"number sequence", IdOf(sequence.name())},
                 {"format", sequence.format()},
                 {"lowest", absl::StrCat(sequence.lowest())},
                 {"highest", absl::StrCat(sequence.highest())},
                 {"next", absl::StrCat(sequence.next())},
                 {"blocked", sequence.blocked() ? "yes" : "no"}});
}

template <typename Resource>
absl::Status Show(Session& session, const absl::StatusOr<Resource>& resource) {
  if (!resource.ok()) return resource.status();
  session.out() << (session.options().json ? ToJson(*resource) : Text(*resource));
  return absl::OkStatus();
}

// What create and update are given: an id and values of fields.
struct AdminArguments {
  std::string id;
  std::vector<std::string> assignments;
};

// References are given by id.
void CompleteReferences(Channel& channel) {
  channel.set_operating_unit(NameIn("operatingUnits", channel.operating_unit()));
  channel.set_profile(NameIn("profiles", channel.profile()));
}
void CompleteReferences(google::protobuf::Message&) {}

template <typename Request, typename Resource>
absl::Status Create(Session& session, const std::string& collection,
                    const AdminArguments& arguments, Resource* (Request::*field)()) {
  Request request;
  Resource& resource = *(request.*field)();
  resource.set_name(NameIn(collection, arguments.id));
  COMPTOIR_RETURN_IF_ERROR(ApplyAssignments(resource, arguments.assignments).status());
  CompleteReferences(resource);
  return Show(session, session.hq().Call(request));
}

template <typename GetRequest>
auto Get(Session& session, const std::string& collection, const std::string& id) {
  GetRequest request;
  request.set_name(NameIn(collection, id));
  return session.hq().Call(request);
}

template <typename GetRequest, typename Request, typename Resource>
absl::Status Update(Session& session, const std::string& collection,
                    const AdminArguments& arguments, Resource* (Request::*field)()) {
  COMPTOIR_ASSIGN_OR_RETURN(Resource current, Get<GetRequest>(session, collection, arguments.id));
  Request request;
  Resource& resource = *(request.*field)();
  resource = std::move(current);
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> changed,
                            ApplyAssignments(resource, arguments.assignments));
  if (changed.empty()) return UsageError("Nothing to change: name at least one field.");
  CompleteReferences(resource);
  for (const std::string& path : changed) request.mutable_update_mask()->add_paths(path);
  return Show(session, session.hq().Call(request));
}

template <typename Response>
absl::Status ShowList(Session& session, const Response& response, const Table& table) {
  session.out() << (session.options().json ? ToJson(response)
                    : table.empty()        ? "None.\n"
                                           : table.ToString());
  return absl::OkStatus();
}

absl::Status ListChannels(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto response,
                            ListAll(session.hq(), hq::v1::ListChannelsRequest(),
                                    &hq::v1::ListChannelsResponse::channels_size, kAll));
  Table table({"CHANNEL", "NAME", "OPERATING UNIT", "PROFILE", "CURRENCY", "LANGUAGE", "SERVICES",
               "CLOSED"});
  for (const Channel& channel : response.channels()) {
    table.AddRow({IdOf(channel.name()), channel.display_name(), IdOf(channel.operating_unit()),
                  IdOf(channel.profile()), channel.currency(), channel.language(),
                  absl::StrJoin(channel.channel_services(), ", "), channel.retired() ? "yes" : ""});
  }
  return ShowList(session, response, table);
}

absl::Status ListProfiles(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto response,
                            ListAll(session.hq(), hq::v1::ListProfilesRequest(),
                                    &hq::v1::ListProfilesResponse::profiles_size, kAll));
  Table table({"PROFILE", "NAME", "CREATES CUSTOMERS"});
  for (const Profile& profile : response.profiles()) {
    table.AddRow({IdOf(profile.name()), profile.display_name(),
                  profile.create_customer_async() ? "asynchronously" : "synchronously"});
  }
  return ShowList(session, response, table);
}

absl::Status ListUnits(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.hq(), hq::v1::ListOperatingUnitsRequest(),
              &hq::v1::ListOperatingUnitsResponse::operating_units_size, kAll));
  Table table({"OPERATING UNIT", "NAME", "ADDRESS"});
  for (const OperatingUnit& unit : response.operating_units()) {
    table.AddRow({IdOf(unit.name()), unit.display_name(), AddressLine(unit.address())});
  }
  return ShowList(session, response, table);
}

absl::StatusOr<hq::v1::ListConfigurationsResponse> ListOf(Session& session,
                                                          const char* collection) {
  hq::v1::ListConfigurationsRequest request;
  request.set_collection(collection);
  return ListAll(session.hq(), request, &hq::v1::ListConfigurationsResponse::configurations_size,
                 kAll);
}

absl::Status ListNumberSequences(Session& session) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto sequences, ListOf(session, "numberSequences"));
  COMPTOIR_ASSIGN_OR_RETURN(const auto groups, ListOf(session, "customerGroups"));
  Table table({"NUMBER SEQUENCE", "FORMAT", "NEXT", "HIGHEST", "BLOCKED", "CUSTOMER GROUPS"});
  for (const hq::v1::Configuration& any : sequences.configurations()) {
    const NumberSequence& sequence = any.number_sequence();
    std::vector<std::string> ids;
    for (const hq::v1::Configuration& other : groups.configurations()) {
      const hq::v1::CustomerGroup& group = other.customer_group();
      if (group.number_sequence() == sequence.name()) ids.push_back(IdOf(group.name()));
    }
    const bool shared = IdOf(sequence.name()) == "customers";
    table.AddRow({IdOf(sequence.name()), sequence.format(), absl::StrCat(sequence.next()),
                  absl::StrCat(sequence.highest()), sequence.blocked() ? "yes" : "no",
                  shared ? "all others" : absl::StrJoin(ids, ", ")});
  }
  return ShowList(session, sequences, table);
}

constexpr char kChannels[] = "channels";
constexpr char kProfiles[] = "profiles";
constexpr char kOperatingUnits[] = "operatingUnits";
constexpr char kNumberSequences[] = "numberSequences";
constexpr char kIdHelp[] = "id; \"customers\" is the one of all whose group names no other";

void AddChannelCommands(CLI::App& app, Session& session) {
  static const auto& fields = *new std::array<FieldOption, 7>{{
      {"--display-name", "display_name", ""},
      {"--operating-unit", "operating_unit", "id of the operating unit"},
      {"--profile", "profile", "id of the functionality profile"},
      {"--currency", "currency", "ISO 4217: EUR"},
      {"--language", "language", "BCP 47: fr-CA"},
      {"--channel-service", "channel_services",
       "id of a channel service that serves it; may be repeated"},
      {"--retired", "retired",
       "true: it is closed, nobody serves it; what it captured still comes"},
  }};
  CLI::App& group = AddGroup(app, "channel", "Channels: stores and online stores");
  auto create = std::make_shared<AdminArguments>();
  CLI::App& create_command = AddCommand(
      group, session,
      {"create", "Create a channel at HQ",
       "comptoir channel create 001 --operating-unit main-street --profile sync "
       "--currency USD --language en-US --channel-service store-001"},
      [&session, create] {
        return Create(session, kChannels, *create, &hq::v1::CreateChannelRequest::mutable_channel);
      });
  create_command.add_option("number", create->id, "number of the channel")->required();
  AddFieldOptions(create_command, fields, create->assignments);

  auto get = std::make_shared<std::string>();
  AddCommand(group, session, {"get", "Read a channel", "comptoir channel get 001"},
             [&session, get] {
               return Show(session, Get<hq::v1::GetChannelRequest>(session, kChannels, *get));
             })
      .add_option("number", *get, "number of the channel")
      ->required();

  AddCommand(group, session, {"list", "List channels", "comptoir channel list"},
             [&session] { return ListChannels(session); });

  auto update = std::make_shared<AdminArguments>();
  CLI::App& update_command =
      AddCommand(group, session,
                 {"update", "Change a channel, close it, open it again",
                  "comptoir channel update 001 --profile async\n"
                  "comptoir channel update 001 --retired false"},
                 [&session, update] {
                   return Update<hq::v1::GetChannelRequest>(
                       session, kChannels, *update, &hq::v1::UpdateChannelRequest::mutable_channel);
                 });
  update_command.add_option("number", update->id, "number of the channel")->required();
  AddFieldOptions(update_command, fields, update->assignments);
}

void AddProfileCommands(CLI::App& app, Session& session) {
  static const auto& fields = *new std::array<FieldOption, 2>{{
      {"--display-name", "display_name", ""},
      {"--create-customer-async", "create_customer_async",
       "true: no call to HQ during creation; default false"},
  }};
  CLI::App& group = AddGroup(app, "profile", "Functionality profiles: settings shared by channels");
  auto create = std::make_shared<AdminArguments>();
  CLI::App& create_command = AddCommand(
      group, session,
      {"create", "Create a profile at HQ",
       "comptoir profile create sync\ncomptoir profile create async --create-customer-async true"},
      [&session, create] {
        return Create(session, kProfiles, *create, &hq::v1::CreateProfileRequest::mutable_profile);
      });
  create_command.add_option("id", create->id, "id of the profile")->required();
  AddFieldOptions(create_command, fields, create->assignments);

  AddCommand(group, session, {"list", "List profiles", "comptoir profile list"},
             [&session] { return ListProfiles(session); });

  auto update = std::make_shared<AdminArguments>();
  CLI::App& update_command =
      AddCommand(group, session,
                 {"update", "Change a profile, for all its channels",
                  "comptoir profile update sync --create-customer-async true"},
                 [&session, update] {
                   return Update<hq::v1::GetProfileRequest>(
                       session, kProfiles, *update, &hq::v1::UpdateProfileRequest::mutable_profile);
                 });
  update_command.add_option("id", update->id, "id of the profile")->required();
  AddFieldOptions(update_command, fields, update->assignments);
}

void AddUnitCommands(CLI::App& app, Session& session) {
  static const auto& fields =
      *new std::array<FieldOption, 1>{{{"--display-name", "display_name", ""}}};
  CLI::App& group = AddGroup(app, "unit", "Operating units: whose address gives the country");
  auto create = std::make_shared<AdminArguments>();
  CLI::App& create_command =
      AddCommand(group, session,
                 {"create", "Create an operating unit at HQ",
                  "comptoir unit create main-street --street '1 Main St' --city Seattle --state WA "
                  "--postal-code 98101 --country US"},
                 [&session, create] {
                   return Create(session, kOperatingUnits, *create,
                                 &hq::v1::CreateOperatingUnitRequest::mutable_operating_unit);
                 });
  create_command.add_option("id", create->id, "id of the operating unit")->required();
  AddFieldOptions(create_command, fields, create->assignments);
  AddFieldOptions(create_command, AddressFieldOptions(), create->assignments, "address.");

  AddCommand(group, session, {"list", "List operating units", "comptoir unit list"},
             [&session] { return ListUnits(session); });
}

void AddNumberSequenceCommands(CLI::App& app, Session& session) {
  static const auto& fields = *new std::array<FieldOption, 5>{{
      {"--format", "format", "constants and digits: C-########"},
      {"--lowest", "lowest", "the first number"},
      {"--highest", "highest", "the last number"},
      {"--next", "next", "the next number to give"},
      {"--blocked", "blocked", "true: no number is given, what needs one waits"},
  }};
  CLI::App& group = AddGroup(app, "number-sequence", "Where account numbers come from");
  auto create = std::make_shared<AdminArguments>(AdminArguments{.id = "customers"});
  CLI::App& create_command =
      AddCommand(group, session,
                 {"create", "Create a number sequence at HQ",
                  "comptoir number-sequence create --format C-######## --lowest 1 --next 1 "
                  "--highest 89999999"},
                 [&session, create] {
                   return Create(session, kNumberSequences, *create,
                                 &hq::v1::CreateNumberSequenceRequest::mutable_number_sequence);
                 });
  create_command.add_option("id", create->id, kIdHelp)->capture_default_str();
  AddFieldOptions(create_command, fields, create->assignments);

  auto get = std::make_shared<std::string>("customers");
  AddCommand(group, session, {"get", "Read a number sequence", "comptoir number-sequence get"},
             [&session, get] {
               return Show(session,
                           Get<hq::v1::GetNumberSequenceRequest>(session, kNumberSequences, *get));
             })
      .add_option("id", *get, kIdHelp)
      ->capture_default_str();

  auto update = std::make_shared<AdminArguments>(AdminArguments{.id = "customers"});
  CLI::App& update_command =
      AddCommand(group, session,
                 {"update", "Change a number sequence: raise its end, block it, go on",
                  "comptoir number-sequence update --highest 99999999\n"
                  "comptoir number-sequence update --blocked false"},
                 [&session, update] {
                   return Update<hq::v1::GetNumberSequenceRequest>(
                       session, kNumberSequences, *update,
                       &hq::v1::UpdateNumberSequenceRequest::mutable_number_sequence);
                 });
  update_command.add_option("id", update->id, kIdHelp)->capture_default_str();
  AddFieldOptions(update_command, fields, update->assignments);

  AddCommand(
      group, session,
      {"list", "List number sequences, and whom they number", "comptoir number-sequence list"},
      [&session] { return ListNumberSequences(session); });
}

}  // namespace

void AddAdminCommands(CLI::App& app, Session& session) {
  AddChannelCommands(app, session);
  AddProfileCommands(app, session);
  AddUnitCommands(app, session);
  AddNumberSequenceCommands(app, session);
}

}  // namespace comptoir::cli
