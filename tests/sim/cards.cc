#include "tests/sim/cards.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

using customer::v1::LoyaltyCard;
using storage::v1::LoyaltyCardRecord;

std::vector<std::string> Cards::names() const {
  std::vector<std::string> names;
  for (const auto& [name, told] : told_) names.push_back(name);
  return names;
}

namespace {

bool IsSyncedAt(Node& node, const std::string& customer) {
  const auto record = FindCustomer(node.latest(), ParseCustomerName(customer).value());
  return record.ok() && record->has_value() && !(*record)->customer().account_number().empty();
}

}  // namespace

bool Cards::MayAnswer(Node& node, const customer::v1::IssueLoyaltyCardRequest& request) {
  const auto known =
      FindLoyaltyCardOfRequest(node.latest(), Uuid::Parse(request.request_id()).value());
  return request.card().customer().empty() || (known.ok() && known->has_value()) ||
         IsSyncedAt(node, request.card().customer());
}

bool Cards::MayAnswer(Node& node, const customer::v1::TieLoyaltyCardRequest& request) {
  return IsSyncedAt(node, request.customer());
}

void Cards::Answered(Node& node, const customer::v1::IssueLoyaltyCardRequest& request, bool allowed,
                     const absl::StatusOr<LoyaltyCard>& answer) {
  if (!answer.ok()) return;
  if (!allowed) context_.Fail(node.name(), "gave a card to a customer that is pending there");
  const std::string& asked = request.card().name();
  if (!asked.empty() && answer->name() != asked) {
    return context_.Fail(node.name(), absl::StrCat("issued ", answer->name(), " for ", asked));
  }
  if (IsOfLostIssue(answer->name(), Uuid::Parse(request.request_id())->bytes())) return;
  const auto [name, first] = name_of_request_.try_emplace(request.request_id(), answer->name());
  if (name->second != answer->name()) {
    return context_.Fail(
        node.name(), absl::StrCat("one request issued ", name->second, " and ", answer->name()));
  }
  Told& told = told_[answer->name()];
  if (!told.request_id.empty() && told.request_id != request.request_id()) {
    return context_.Fail(node.name(), absl::StrCat(answer->name(), " was issued twice"));
  }
  told.request_id = request.request_id();
  if (!answer->customer().empty() && !IsOfLostTie(answer->name(), answer->customer())) {
    told.customer = answer->customer();
  }
}

void Cards::Answered(Node& node, const customer::v1::TieLoyaltyCardRequest& request, bool allowed,
                     const absl::StatusOr<LoyaltyCard>& answer) {
  if (!answer.ok()) return;
  if (!allowed) context_.Fail(node.name(), "gave a card to a customer that is pending there");
  if (answer->customer() == request.customer() && IsOfLostTie(answer->name(), answer->customer())) {
    return;
  }
  Told& told = told_[answer->name()];
  if (answer->customer() != request.customer() ||
      (!told.customer.empty() && told.customer != answer->customer())) {
    return context_.Fail(node.name(), absl::StrCat(answer->name(), " is another customer's"));
  }
  told.customer = answer->customer();
}

void Cards::StoredAtHq(const LoyaltyCardRecord& record) {
  at_hq_[record.card().name()] = {record.request_id(), record.card().customer()};
}

void Cards::HqRestored(Node& hq) {
  const std::map<std::string, Held> before = std::exchange(at_hq_, {});
  for (const auto& [key, value] : AllRows(hq.latest(), Table::kRecords)) {
    if (KindOf(key) != replication::v1::RECORD_KIND_LOYALTY_CARD) continue;
    StoredAtHq(*Parse<LoyaltyCardRecord>(value));
  }
  const auto has_issue = [&](const std::string& name, std::string_view request_id) {
    const auto found = at_hq_.find(name);
    return found != at_hq_.end() && found->second.request_id == request_id;
  };
  const auto has_tie = [&](const std::string& name, const std::string& customer) {
    const auto found = at_hq_.find(name);
    return found != at_hq_.end() && found->second.customer == customer;
  };
  for (const auto& [name, held] : before) {
    if (!has_issue(name, held.request_id)) lost_issues_.emplace(name, held.request_id);
    if (!held.customer.empty() && !has_tie(name, held.customer)) {
      lost_ties_.emplace(name, held.customer);
    }
  }
  std::erase_if(told_, [&](const auto& entry) {
    const auto& [name, told] = entry;
    if (told.request_id.empty()) return at_hq_.count(name) == 0;
    return !has_issue(name, Uuid::Parse(told.request_id)->bytes());
  });
  for (auto& [name, told] : told_) {
    if (!has_tie(name, told.customer)) told.customer.clear();
  }
  std::erase_if(name_of_request_, [&](const auto& entry) {
    return !has_issue(entry.second, Uuid::Parse(entry.first)->bytes());
  });
}

bool Cards::LostIssue(const LoyaltyCardRecord& record) const {
  return lost_issues_.count({record.card().name(), record.request_id()}) > 0;
}

bool Cards::LostTie(const LoyaltyCardRecord& record) const {
  return lost_ties_.count({record.card().name(), record.card().customer()}) > 0;
}

bool Cards::IsOfLostIssue(const std::string& name, std::string_view request_id) const {
  if (lost_issues_.count({name, std::string(request_id)}) == 0) return false;
  const auto found = at_hq_.find(name);
  return found == at_hq_.end() || found->second.request_id != request_id;
}

bool Cards::IsOfLostTie(const std::string& name, const std::string& customer) const {
  if (lost_ties_.count({name, customer}) == 0) return false;
  const auto found = at_hq_.find(name);
  return found == at_hq_.end() || found->second.customer != customer;
}

void Cards::CheckAtHq(Node& hq) {
  std::set<std::string> requests;
  for (const auto& [key, value] : AllRows(hq.latest(), Table::kRecords)) {
    if (KindOf(key) != replication::v1::RECORD_KIND_LOYALTY_CARD) continue;
    const auto record = Parse<LoyaltyCardRecord>(value);
    if (!requests.insert(record->request_id()).second) {
      context_.Fail("hq", absl::StrCat(record->card().name(), " is a second card of its request"));
    }
  }
  for (const auto& [name, told] : told_) {
    const auto record = FindLoyaltyCard(hq.latest(), ParseLoyaltyCardName(name).value());
    if (!record.ok() || !record->has_value()) {
      context_.Fail("hq", absl::StrCat("lost ", name));
      continue;
    }
    const bool of_request =
        told.request_id.empty() || (*record)->request_id() == Uuid::Parse(told.request_id)->bytes();
    const bool of_customer = told.customer.empty() || (*record)->card().customer() == told.customer;
    if (!of_request || !of_customer) {
      context_.Fail("hq", absl::StrCat(name, " isn't what was told"));
    }
  }
}

}  // namespace comptoir::sim
