// What loyalty cards promise, checked at every commit.

#include "absl/strings/str_cat.h"
#include "common/customer/records/customers.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/sim/invariants.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

using storage::v1::LoyaltyCardRecord;

void Invariants::CheckCardChange(Node& node, const RowChange& change) {
  const auto before = Parse<LoyaltyCardRecord>(change.before);
  const auto after = Parse<LoyaltyCardRecord>(change.after);
  const auto fail = [&](std::string_view what) {
    const std::string& name = (before.has_value() ? before : after)->card().name();
    context_.Fail(node.name(), absl::StrCat(name, " ", std::string(what)));
  };
  if (!after.has_value()) {
    // A store forgets cards of customers that it may not see and those that HQ has lost, and all
    // once it is filtered; HQ forgets none.
    if (IsHq(node)) fail("was removed");
    if (model_.address_books_in_play() && !model_.MayForget(node)) {
      context_.Count(Fault::kCardRemoved);
    }
    return;
  }
  if (before.has_value()) {
    const std::string& customer = before->card().customer();
    if (after->version() < before->version()) fail("went back");
    // A store may still hold what a restored HQ has lost; HQ itself never does.
    const bool lost_issue = !IsHq(node) && model_.cards().LostIssue(*before);
    const bool lost_tie = !IsHq(node) && model_.cards().LostTie(*before);
    if (after->request_id() != before->request_id() && !lost_issue) {
      fail("was issued by two requests");
    }
    if (!customer.empty() && after->card().customer() != customer && !lost_tie) {
      fail("changed its customer");
    }
  }
  if (IsHq(node)) model_.cards().StoredAtHq(*after);
  if (!IsHq(node) || after->card().customer().empty()) return;
  const auto customer =
      FindCustomer(node.latest(), ParseCustomerName(after->card().customer()).value());
  if (!customer.ok() || !customer->has_value() ||
      (*customer)->customer().state() != customer::v1::CUSTOMER_STATE_SYNCED) {
    fail("is of a customer that isn't synced");
  }
}

}  // namespace comptoir::sim
