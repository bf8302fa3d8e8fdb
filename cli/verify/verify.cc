#include <algorithm>
#include <deque>
#include <limits>
#include <memory>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/import/row_source.h"
#include "cli/import/row_source_options.h"
#include "cli/resource_names.h"
#include "cli/table.h"
#include "cli/verify/against.h"
#include "cli/verify/compare.h"
#include "cli/verify/holdings.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using customer::v1::LoyaltyCard;

// One side of the comparison: HQ, or what a channel service shows to one of its channels.
struct Side {
  std::string name;
  Client client;
  std::string channel;  // its number; empty at HQ
  Holding holding;
};

struct VerifyArguments {
  std::vector<std::string> services;
  RowSourceOptions source;  // its path is --against
  uint64_t differences_max = 20;
};

// Reads a list page by page.
template <typename Record, typename Request, typename Response>
RecordSource<Record> Pages(const Side& side, Request request,
                           google::protobuf::RepeatedPtrField<Record>* (Response::*records)()) {
  struct State {
    const Client client;
    Request request;
    std::deque<Record> page;
    bool last = false;
  };
  request.set_page_size(kPageSizeMax);
  request.set_channel(side.channel);
  auto state = std::make_shared<State>(State{.client = side.client, .request = std::move(request)});
  return [state, records]() -> absl::StatusOr<std::optional<Record>> {
    while (state->page.empty() && !state->last) {
      COMPTOIR_ASSIGN_OR_RETURN(Response response, state->client.Call(state->request));
      for (Record& record : *(response.*records)()) state->page.push_back(std::move(record));
      state->request.set_page_token(response.next_page_token());
      state->last = response.next_page_token().empty();
    }
    if (state->page.empty()) return std::nullopt;
    std::optional<Record> record = std::move(state->page.front());
    state->page.pop_front();
    return record;
  };
}

// What was found, and how it is told.
struct Findings {
  // Names of the sides; HQ first.
  std::vector<std::string> sides;
  std::vector<ServiceContent> contents;
  uint64_t difference_count = 0;
  std::vector<Difference> differences;
  std::optional<AgainstReport> against;

  bool digests_equal() const {
    for (const ServiceContent& content : contents) {
      if (content.digest != content.digest_at_hq) return false;
    }
    return true;
  }
  bool equal() const {
    return difference_count == 0 && digests_equal() &&
           (!against.has_value() || against->AsTheFile());
  }
};

std::string Text(const Findings& findings) {
  std::string text;
  for (const Difference& difference : findings.differences) {
    const std::string& side = findings.sides[difference.service];
    absl::StrAppend(&text, difference.name,
                    difference.field.empty() ? " is missing at "
                                             : absl::StrCat(": ", difference.field, " differs at "),
                    side, "\n");
  }
  if (findings.difference_count > findings.differences.size()) {
    absl::StrAppend(&text, "… ", WithThousands(findings.difference_count), " differences in all\n");
  }
  Table table({"SERVICE", "CUSTOMERS", "PENDING", "ADDRESSES", "CARDS", "DIGEST"});
  for (const size_t column : {1, 2, 3, 4}) table.SetAlign(column, Table::Align::kRight);
  for (size_t i = 0; i < findings.contents.size(); ++i) {
    const ServiceContent& content = findings.contents[i];
    table.AddRow({absl::StrCat(findings.sides[i], i == 0 ? " (HQ)" : ""),
                  WithThousands(content.customers), WithThousands(content.pending),
                  WithThousands(content.addresses), WithThousands(content.cards), content.digest});
  }
  absl::StrAppend(&text, table.ToString(), "digests ",
                  findings.digests_equal() ? "equal" : "DIFFERENT", "\n");
  return text;
}

std::string Text(const AgainstReport& report, const std::vector<std::string>& sides) {
  std::string text;
  for (const ChangedCell& cell : report.changed_cells) {
    absl::StrAppend(&text, "row ", cell.row, ", ",
                    cell.column.empty() ? "address is missing"
                                        : absl::StrCat("column ", cell.column, " differs"),
                    " at ", sides[cell.service], "\n");
  }
  if (report.changed > report.changed_cells.size()) {
    absl::StrAppend(&text, "… ", WithThousands(report.changed), " cells in all\n");
  }
  std::vector<std::pair<std::string, std::string>> fields = {
      {"rows", WithThousands(report.rows)},
      {"invalid", report.invalid == 0 ? "" : WithThousands(report.invalid)},
      {"created", WithThousands(report.created)},
      {"synced", WithThousands(report.synced)},
      {"pending", WithThousands(report.pending)},
      {"account numbers", WithThousands(report.account_numbers)},
      {"duplicates", WithThousands(report.duplicates())},
      {"lost", WithThousands(report.lost)},
      {"changed", WithThousands(report.changed)},
      {"other customers", report.others == 0 ? "" : WithThousands(report.others)},
  };
  for (size_t i = 0; i < sides.size(); ++i) {
    if (report.missing[i] == 0) continue;
    fields.emplace_back(absl::StrCat("missing at ", sides[i]), WithThousands(report.missing[i]));
  }
  return text + Fields(fields);
}

nlohmann::json Json(const AgainstReport& report, const std::vector<std::string>& sides) {
  nlohmann::json json = {{"rows", report.rows},
                         {"invalid", report.invalid},
                         {"created", report.created},
                         {"synced", report.synced},
                         {"pending", report.pending},
                         {"lost", report.lost},
                         {"others", report.others},
                         {"lookalikes", report.lookalikes},
                         {"account_numbers", report.account_numbers},
                         {"account_numbers_twice", report.account_numbers_twice},
                         {"duplicates", report.duplicates()},
                         {"changed", report.changed},
                         {"missing", nlohmann::json::object()},
                         {"changed_cells", nlohmann::json::array()}};
  for (size_t i = 0; i < sides.size(); ++i) json["missing"][sides[i]] = report.missing[i];
  for (const ChangedCell& cell : report.changed_cells) {
    json["changed_cells"].push_back(
        {{"row", cell.row}, {"column", cell.column}, {"service", sides[cell.service]}});
  }
  return json;
}

nlohmann::json Json(const Findings& findings) {
  nlohmann::json json = {{"equal", findings.equal()},
                         {"digests_equal", findings.digests_equal()},
                         {"difference_count", findings.difference_count},
                         {"differences", nlohmann::json::array()},
                         {"services", nlohmann::json::array()}};
  for (const Difference& difference : findings.differences) {
    json["differences"].push_back({{"name", difference.name},
                                   {"field", difference.field},
                                   {"missing", difference.field.empty()},
                                   {"service", findings.sides[difference.service]}});
  }
  for (size_t i = 0; i < findings.contents.size(); ++i) {
    const ServiceContent& content = findings.contents[i];
    json["services"].push_back({{"service", findings.sides[i]},
                                {"hq", i == 0},
                                {"customers", content.customers},
                                {"pending", content.pending},
                                {"addresses", content.addresses},
                                {"cards", content.cards},
                                {"digest", content.digest},
                                {"digest_at_hq", content.digest_at_hq}});
  }
  if (findings.against.has_value()) json["against"] = Json(*findings.against, findings.sides);
  return json;
}

absl::StatusOr<hq::v1::ListConfigurationsResponse> ListConfigurations(
    const Client& hq, const std::string& collection) {
  hq::v1::ListConfigurationsRequest request;
  request.set_collection(collection);
  return ListAll(hq, request, &hq::v1::ListConfigurationsResponse::configurations_size,
                 std::numeric_limits<int>::max());
}

// HQ, and every channel of every service: HQ knows what each is to have, the service which channels
// it serves.
absl::StatusOr<std::vector<Side>> ReadSides(const Session& session,
                                            const std::vector<std::string>& services) {
  const std::string& hq_address = session.options().hq;
  std::vector<Side> sides = {{hq_address, session.Dial(hq_address), "", {.all = true}}};
  const Client& hq = sides.front().client;
  COMPTOIR_ASSIGN_OR_RETURN(const auto channels, ListConfigurations(hq, "channels"));
  COMPTOIR_ASSIGN_OR_RETURN(const auto groups, ListConfigurations(hq, "channelDatabaseGroups"));
  for (const std::string& address : services) {
    const Client service = session.Dial(address);
    COMPTOIR_ASSIGN_OR_RETURN(const channel::v1::Status status,
                              service.Call(channel::v1::GetStatusRequest()));
    const bool one = status.channels_size() == 1;
    for (const std::string& number : status.channels()) {
      sides.push_back(
          {one ? address : absl::StrCat(address, " (", number, ")"), service, number,
           Holding::OfChannel(number, channels.configurations(), groups.configurations())});
    }
  }
  if (sides.size() > kServicesMax) {
    return UsageError(absl::StrCat("At most ", kServicesMax - 1, " channels at a time."));
  }
  return sides;
}

// What stores don't show isn't compared. (Y1)
absl::StatusOr<absl::flat_hash_set<std::string>> HiddenAffiliations(const Client& hq) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto all, ListConfigurations(hq, "affiliations"));
  absl::flat_hash_set<std::string> hidden;
  for (const hq::v1::Configuration& any : all.configurations()) {
    if (any.affiliation().hidden()) hidden.insert(IdOf(any.affiliation().name()));
  }
  return hidden;
}

// As HQ has it, or else whoever has it.
template <typename Record>
const Record& FirstOf(const std::vector<const Record*>& records) {
  return **std::find_if(records.begin(), records.end(),
                        [](const Record* record) { return record != nullptr; });
}

RecordSource<Customer> Without(absl::flat_hash_set<std::string> hidden,
                               RecordSource<Customer> source) {
  return [hidden = std::move(hidden),
          source = std::move(source)]() -> absl::StatusOr<std::optional<Customer>> {
    COMPTOIR_ASSIGN_OR_RETURN(std::optional<Customer> customer, source());
    if (!customer.has_value()) return std::nullopt;
    auto& ids = *customer->mutable_affiliations();
    ids.erase(std::remove_if(ids.begin(), ids.end(),
                             [&](const std::string& id) { return hidden.contains(id); }),
              ids.end());
    return customer;
  };
}

// Cards are listed in the order of their numbers in upper case.
RecordSource<LoyaltyCard> InUpperCase(RecordSource<LoyaltyCard> source) {
  return [source = std::move(source)]() -> absl::StatusOr<std::optional<LoyaltyCard>> {
    COMPTOIR_ASSIGN_OR_RETURN(std::optional<LoyaltyCard> card, source());
    if (card.has_value()) {
      card->set_name(NameIn("loyaltyCards", absl::AsciiStrToUpper(IdOf(card->name()))));
    }
    return card;
  };
}

// Goes through all services side by side: through customers, then addresses, then cards.
absl::Status Walk(const std::vector<Side>& sides, ContentComparison& comparison,
                  AgainstFile* against) {
  std::vector<RecordSource<Customer>> customers;
  std::vector<RecordSource<Address>> addresses;
  std::vector<RecordSource<LoyaltyCard>> cards;
  std::vector<Holding> held;
  for (const Side& side : sides) {
    held.push_back(side.holding);
    customers.push_back(Pages<Customer>(side, customer::v1::ListCustomersRequest(),
                                        &customer::v1::ListCustomersResponse::mutable_customers));
    customer::v1::ListAddressesRequest request;
    request.set_parent("customers/-");
    addresses.push_back(
        Pages<Address>(side, request, &customer::v1::ListAddressesResponse::mutable_addresses));
    customer::v1::ListLoyaltyCardsRequest all_cards;
    all_cards.set_parent("customers/-");
    cards.push_back(InUpperCase(Pages<LoyaltyCard>(
        side, all_cards, &customer::v1::ListLoyaltyCardsResponse::mutable_cards)));
  }
  COMPTOIR_ASSIGN_OR_RETURN(auto hidden, HiddenAffiliations(sides.front().client));
  Holdings holdings(std::move(held));
  customers.front() = Without(std::move(hidden), std::move(customers.front()));
  COMPTOIR_RETURN_IF_ERROR(MergeByName<Customer>(
      customers, [&](const std::string& name, const std::vector<const Customer*>& records) {
        const Services at = holdings.Of(FirstOf(records));
        comparison.Visit(name, records, at);
        if (against != nullptr) against->Visit(name, records, at);
      }));
  COMPTOIR_RETURN_IF_ERROR(MergeByName<Address>(
      addresses, [&](const std::string& name, const std::vector<const Address*>& records) {
        comparison.Visit(name, records, holdings.OfPart(name));
        if (against != nullptr) against->Visit(name, records);
      }));
  return MergeByName<LoyaltyCard>(
      cards, [&](const std::string& name, const std::vector<const LoyaltyCard*>& records) {
        comparison.Visit(name, records, holdings.Of(FirstOf(records)));
      });
}

absl::Status LoadRows(RowSource& source, AgainstFile& against) {
  while (true) {
    COMPTOIR_ASSIGN_OR_RETURN(const std::optional<SourceRow> row, source.Next());
    if (!row.has_value()) return absl::OkStatus();
    COMPTOIR_RETURN_IF_ERROR(against.Add(*row));
  }
}

absl::Status Verify(Session& session, const VerifyArguments& arguments) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const std::vector<Side> sides,
      ReadSides(session, arguments.services.empty()
                             ? std::vector<std::string>{session.options().service}
                             : arguments.services));
  Findings findings;
  for (const Side& side : sides) findings.sides.push_back(side.name);

  std::unique_ptr<RowSource> source;
  std::optional<AgainstFile> against;
  if (!arguments.source.path.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(source, RowSource::Open(arguments.source));
    against.emplace(source->mapping(), sides.size(), arguments.differences_max);
    COMPTOIR_RETURN_IF_ERROR(LoadRows(*source, *against));
  }
  ContentComparison comparison(sides.size(), arguments.differences_max);
  COMPTOIR_RETURN_IF_ERROR(Walk(sides, comparison, against.has_value() ? &*against : nullptr));
  findings.contents = comparison.Finish();
  findings.difference_count = comparison.difference_count();
  findings.differences = comparison.differences();
  if (against.has_value()) findings.against = against->Finish();

  if (session.options().json) {
    session.out() << Json(findings).dump(1) << "\n";
  } else {
    session.out() << Text(findings);
    if (findings.against.has_value()) {
      session.out() << "\n" << Text(*findings.against, findings.sides);
    }
  }
  if (!findings.equal()) session.SetExitCode(kExitDifferences);
  return absl::OkStatus();
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App& command = AddCommand(
      app, session,
      {"verify", "Compare what HQ and channel services hold, with each other and with a file",
       "comptoir verify --hq localhost:7400 --service localhost:7411 --service localhost:7412\n"
       "comptoir verify --service localhost:7411 --against customers.csv\n"
       "Every customer, address and loyalty card is read through the API and compared field by "
       "field. A\n"
       "channel is to have the customers of its address books; a service of several channels is "
       "compared\n"
       "for each. --against takes the options of the import.\n"
       "Exit code 3 if anything differs; what is still on its way differs."},
      [&session, arguments] { return Verify(session, *arguments); });
  command
      .add_option("--service", arguments->services,
                  "a channel service to compare with HQ; may be repeated")
      ->type_size(1)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("HOST:PORT|unix:/PATH");
  command.add_option("--against", arguments->source.path, "the file that was imported")
      ->type_name("FILE");
  AddRowSourceOptions(command, arguments->source);
  command
      .add_option("--differences", arguments->differences_max, "name at most so many differences")
      ->capture_default_str();
}

}  // namespace comptoir::cli
