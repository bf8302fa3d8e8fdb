// What the invariants know of edits that stores make without asking HQ.

#include "common/customer/records/customers.h"
#include "tests/sim/invariants.h"

namespace comptoir::sim {

AcknowledgedEdits::IsUnderWay Invariants::UnderWay() const {
  return [this](std::string_view request_id, std::string_view digest) {
    return IsUnderWay(request_id, digest);
  };
}

// An edit that waits for a person is shown on top of HQ's records. Its customer stays, with its
// loyalty cards, also if it has left.
void Invariants::LeaveOutEdited(ChannelNode& channel, Rows& at_hq, Rows& at_channel) {
  for (const auto& [key, operation] : operations_[&channel]) {
    if (!operation.is_edit) continue;
    for (Rows* const rows : {&at_hq, &at_channel}) {
      rows->erase(CustomerRecordKey(operation.customer));
      std::erase_if(*rows, [&owner = operation.customer](const auto& row) {
        return KindOf(row.first) == replication::v1::RECORD_KIND_LOYALTY_CARD &&
               OwnerOf(row.first, row.second) == owner;
      });
      if (operation.address_id.empty()) continue;
      rows->erase(
          AddressRecordKey({operation.customer, AddressId::FromBytes(operation.address_id)}));
    }
  }
}

}  // namespace comptoir::sim
