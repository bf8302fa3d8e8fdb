// Edits that stores made without asking HQ and acknowledged: each is owed an end at HQ, and none
// may run over what HQ holds without anybody being told. (F5, F10)

#ifndef COMPTOIR_TESTS_SIM_ACKNOWLEDGED_EDITS_H_
#define COMPTOIR_TESTS_SIM_ACKNOWLEDGED_EDITS_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/uuid.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "tests/sim/context.h"
#include "tests/sim/machine.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

struct AcknowledgedEdit {
  CustomerId customer;
  Uuid request_id;
  std::string digest;
  // What it left in the customer's notes, like no other edit; empty: it is one of an address.
  std::string notes;
  // As of CreateVariant.
  bool excused = false;
  bool at_hq = false;
};

class AcknowledgedEdits {
 public:
  // An operation of this request is in an outbox or staged.
  using IsUnderWay = std::function<bool(std::string_view request_id, std::string_view digest)>;

  explicit AcknowledgedEdits(Context& context) : context_(context) {}

  void Add(AcknowledgedEdit edit);
  // HQ settled it before it was restored and has forgotten that.
  void Excuse(const Uuid& request_id);

  // HQ's commits: an edit that is settled as applied is in the record, or a conflict is listed; and
  // it was applied only where the record held what it replaced.
  void CommittedAtHq(const std::vector<RowChange>& changes, const Reader& hq);
  // Every acknowledged edit is under way, or HQ knows what became of it.
  void CheckNothingLost(const Reader& hq, const IsUnderWay& is_under_way);
  void HqCrashed();
  void DiskReplaced(const Reader& hq, const IsUnderWay& is_under_way);
  // HQ's database was replaced by an earlier copy. What became of a request that HQ had settled is
  // its own memory and nobody else's: it is excused. What the edit left in the record is owed by
  // the record (Invariants::CheckTakenBack).
  void HqRestored(const Reader& hq, const IsUnderWay& is_under_way);
  // Whatever became of it, HQ remembers the request.
  static bool IsSettledAtHq(const Reader& hq, const CustomerId& customer, const Uuid& request_id,
                            std::string_view digest);

  // What a channel shows of a customer, and of the addresses that it edited, is what its unsettled
  // edits say. (Invariant 9)
  void CheckShown(ChannelNode& channel, const CustomerId& customer, const Reader& hq) const;

 private:
  Context& context_;
  std::map<Uuid, AcknowledgedEdit> edits_;
  // All notes that HQ ever held, and those that it listed as a conflict.
  std::set<std::string> shown_before_;
  std::set<std::string> listed_before_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_ACKNOWLEDGED_EDITS_H_
