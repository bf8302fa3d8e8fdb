// What loyalty cards promise, checked at every commit.

#include "absl/strings/str_cat.h"
#include "common/customer/customers.h"
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
    // A store forgets cards with their customer; nobody takes one from HQ.
    if (IsHq(node)) fail("was removed");
    return;
  }
  if (before.has_value()) {
    const std::string& customer = before->card().customer();
    if (after->version() < before->version()) fail("went back");
    if (after->request_id() != before->request_id()) fail("was issued by two requests");
    if (!customer.empty() && after->card().customer() != customer) fail("changed its customer");
  }
  if (!IsHq(node) || after->card().customer().empty()) return;
  const auto customer =
      FindCustomer(node.latest(), ParseCustomerName(after->card().customer()).value());
  if (!customer.ok() || !customer->has_value() ||
      (*customer)->customer().state() != customer::v1::CUSTOMER_STATE_SYNCED) {
    fail("is of a customer that isn't synced");
  }
}

}  // namespace comptoir::sim
