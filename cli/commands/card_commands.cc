#include <limits>
#include <memory>

#include "cli/command.h"
#include "cli/customer_text.h"
#include "cli/resource_names.h"
#include "common/base/status.h"
#include "common/base/uuid.h"

namespace comptoir::cli {
namespace {

using customer::v1::LoyaltyCard;

constexpr char kCards[] = "loyaltyCards";

Table CardTable() { return Table({"NUMBER", "STATE", "CUSTOMER", "CHANNEL", "ISSUED"}); }

void AddCardRow(Table& table, const LoyaltyCard& card) {
  table.AddRow({IdOf(card.name()),
                EnumText(customer::v1::LoyaltyCardState_Name(card.state()), "LOYALTY_CARD_STATE_"),
                card.customer().empty() ? "anonymous" : IdOf(card.customer()), card.channel(),
                TimeText(card.create_time())});
}

void Print(Session& session, const LoyaltyCard& card) {
  if (session.options().json) {
    session.out() << ToJson(card);
    return;
  }
  Table table = CardTable();
  AddCardRow(table, card);
  session.out() << table.ToString();
}

std::string RequestId(Session& session, const std::string& given) {
  return given.empty() ? NewUuid(session.environment().random).ToString() : given;
}

void AddRequestId(CLI::App& command, std::string& request_id) {
  command.add_option("--request-id", request_id, "UUID; repeating with it is safe")
      ->type_name("UUID");
}

struct CardArguments {
  std::string number;
  std::string customer;
  std::string request_id;
};

absl::Status Issue(Session& session, const CardArguments& arguments) {
  customer::v1::IssueLoyaltyCardRequest request;
  request.set_channel(session.options().channel);
  request.mutable_card()->set_name(NameIn(kCards, arguments.number));
  request.mutable_card()->set_customer(NameIn("customers", arguments.customer));
  request.set_request_id(RequestId(session, arguments.request_id));
  COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCard card, session.service().Call(request));
  Print(session, card);
  return absl::OkStatus();
}

absl::Status Tie(Session& session, const CardArguments& arguments) {
  customer::v1::TieLoyaltyCardRequest request;
  request.set_channel(session.options().channel);
  request.set_name(NameIn(kCards, arguments.number));
  request.set_customer(NameIn("customers", arguments.customer));
  request.set_request_id(RequestId(session, arguments.request_id));
  COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCard card, session.service().Call(request));
  Print(session, card);
  return absl::OkStatus();
}

absl::Status Get(Session& session, const CardArguments& arguments) {
  customer::v1::GetLoyaltyCardRequest request;
  request.set_channel(session.options().channel);
  request.set_name(NameIn(kCards, arguments.number));
  COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCard card, session.service().Call(request));
  Print(session, card);
  return absl::OkStatus();
}

template <typename Request>
absl::Status SetState(Session& session, const CardArguments& arguments) {
  Request request;
  request.set_name(NameIn(kCards, arguments.number));
  request.set_request_id(RequestId(session, arguments.request_id));
  COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCard card, session.hq().Call(request));
  Print(session, card);
  return absl::OkStatus();
}

struct ListCardsArguments {
  std::string customer;
  int limit = 100;
  bool all = false;
};

absl::Status ListCards(Session& session, const ListCardsArguments& arguments) {
  customer::v1::ListLoyaltyCardsRequest request;
  request.set_channel(session.options().channel);
  request.set_parent(NameIn("customers", arguments.customer));
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto response,
      ListAll(session.service(), request, &customer::v1::ListLoyaltyCardsResponse::cards_size,
              arguments.all ? std::numeric_limits<int>::max() : arguments.limit));
  if (session.options().json) {
    session.out() << ToJson(response);
    return absl::OkStatus();
  }
  Table table = CardTable();
  for (const LoyaltyCard& card : response.cards()) AddCardRow(table, card);
  session.out() << (table.empty() ? "No cards.\n" : table.ToString());
  if (!response.next_page_token().empty()) session.out() << "There are more: --limit N or --all.\n";
  return absl::OkStatus();
}

void AddIssue(CLI::App& group, Session& session) {
  auto issue = std::make_shared<CardArguments>();
  CLI::App& command =
      AddCommand(group, session,
                 {"issue", "Issue a loyalty card, to a customer or to nobody yet",
                  "comptoir card issue gold-0042 --customer {uuid}\ncomptoir card issue gold-0043"},
                 [&session, issue] { return Issue(session, *issue); });
  command.add_option("number", issue->number,
                     "1 to 30 letters, digits and hyphens; none: the channel generates one");
  command.add_option("--customer", issue->customer, "UUID or resource name; none: anonymous");
  AddRequestId(command, issue->request_id);
}

void AddTie(CLI::App& group, Session& session) {
  auto tie = std::make_shared<CardArguments>();
  CLI::App& command =
      AddCommand(group, session,
                 {"tie", "Give an anonymous card its customer", "comptoir card tie {card} {uuid}"},
                 [&session, tie] { return Tie(session, *tie); });
  command.add_option("number", tie->number, "the card's")->required();
  command.add_option("customer", tie->customer, "UUID or resource name")->required();
  AddRequestId(command, tie->request_id);
}

void AddReads(CLI::App& group, Session& session) {
  auto get = std::make_shared<CardArguments>();
  CLI::App& get_command =
      AddCommand(group, session, {"get", "Show a card", "comptoir card get {card}"},
                 [&session, get] { return Get(session, *get); });
  get_command.add_option("number", get->number, "the card's")->required();

  auto list = std::make_shared<ListCardsArguments>();
  CLI::App& list_command = AddCommand(group, session,
                                      {"list", "List the cards of a customer, or all",
                                       "comptoir card list {uuid}\ncomptoir card list - --all"},
                                      [&session, list] { return ListCards(session, *list); });
  list_command
      .add_option("customer", list->customer,
                  "UUID or resource name; - for all cards, the anonymous ones too")
      ->required();
  list_command.add_option("--limit", list->limit, "at most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  list_command.add_flag("--all", list->all, "all of them");
}

template <typename Request>
void AddState(CLI::App& group, Session& session, const CommandText& text) {
  auto arguments = std::make_shared<CardArguments>();
  CLI::App& command = AddCommand(group, session, text, [&session, arguments] {
    return SetState<Request>(session, *arguments);
  });
  command.add_option("number", arguments->number, "the card's")->required();
  AddRequestId(command, arguments->request_id);
}

}  // namespace

void AddCardCommands(CLI::App& app, Session& session) {
  CLI::App& group = AddGroup(app, "card", "Issue, tie, find and block loyalty cards");
  AddIssue(group, session);
  AddTie(group, session);
  AddReads(group, session);
  AddState<customer::v1::BlockLoyaltyCardRequest>(
      group, session,
      {"block", "Block a card, at HQ; it still finds its customer", "comptoir card block {card}"});
  AddState<customer::v1::UnblockLoyaltyCardRequest>(
      group, session,
      {"unblock", "Put a blocked card into use again, at HQ", "comptoir card unblock {card}"});
}

}  // namespace comptoir::cli
