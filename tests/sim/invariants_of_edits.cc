// What the invariants know of edits that stores make without asking HQ.

#include "common/customer/records/customers.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/sim/invariants.h"

namespace comptoir::sim {

AcknowledgedEdits::IsUnderWay Invariants::UnderWay() const {
  return [this](std::string_view request_id, std::string_view digest) {
    return IsUnderWay(request_id, digest);
  };
}

namespace {

void LeaveOutPrimary(const CustomerId& customer, Rows& rows) {
  const auto row = rows.find(CustomerRecordKey(customer));
  if (row == rows.end()) return;
  storage::v1::CustomerRecord record;
  if (!record.ParseFromString(row->second)) return;
  record.clear_primary_address_id();
  row->second = SerializeDeterministically(record);
}

}  // namespace

// An edit that waits for a person is shown on top of HQ's records. Its customer stays, with its
// loyalty cards, also if it has left. A new address that waits for a person is shown, too, and may
// be the primary one here.
void Invariants::LeaveOutEdited(ChannelNode& channel, Rows& at_hq, Rows& at_channel) {
  for (const auto& [key, operation] : operations_[&channel]) {
    if (!operation.is_edit) {
      if (operation.is_create) continue;
      for (Rows* const rows : {&at_hq, &at_channel}) LeaveOutPrimary(operation.customer, *rows);
      const std::string address =
          AddressRecordKey({operation.customer, AddressId::FromBytes(operation.request_id)});
      if (at_hq.count(address) == 0) at_channel.erase(address);
      continue;
    }
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
