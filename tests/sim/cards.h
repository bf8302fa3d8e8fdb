// What POS clients were told of loyalty cards: one request one card, one card one number and, once
// it has one, one customer.

#ifndef COMPTOIR_TESTS_SIM_CARDS_H_
#define COMPTOIR_TESTS_SIM_CARDS_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/customer/requests/names.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/sim/context.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

class Cards {
 public:
  explicit Cards(Context& context) : context_(context) {}

  // Requests to issue one that were sent.
  std::vector<customer::v1::IssueLoyaltyCardRequest>& sent() { return sent_; }
  // Names that were told.
  std::vector<std::string> names() const;

  // Whether the node may answer a request that is sent to it now with a card: the account number of
  // the customer is there, or the card itself, which the request issued before. (L2)
  static bool MayAnswer(Node& node, const customer::v1::IssueLoyaltyCardRequest& request);
  static bool MayAnswer(Node& node, const customer::v1::TieLoyaltyCardRequest& request);
  void Answered(Node& node, const customer::v1::IssueLoyaltyCardRequest& request, bool allowed,
                const absl::StatusOr<customer::v1::LoyaltyCard>& answer);
  void Answered(Node& node, const customer::v1::TieLoyaltyCardRequest& request, bool allowed,
                const absl::StatusOr<customer::v1::LoyaltyCard>& answer);

  // HQ has committed this.
  void StoredAtHq(const storage::v1::LoyaltyCardRecord& record);
  // HQ's database was replaced by an earlier copy. Cards aren't offered to it: what it has lost of
  // them is excused, and only that.
  void HqRestored(Node& hq);
  // A restore lost who issued the card, or whose it is. A store may hold it until it has read all
  // anew.
  bool LostIssue(const storage::v1::LoyaltyCardRecord& record) const;
  bool LostTie(const storage::v1::LoyaltyCardRecord& record) const;

  // All that was told, HQ holds, but for what a restore lost.
  void CheckAtHq(Node& hq);

 private:
  struct Told {
    std::string request_id;  // that issued it; empty: not known
    std::string customer;
  };
  struct Held {
    std::string request_id;  // its bytes
    std::string customer;
  };

  // Such an answer is of the history that a restore lost: one that was under way, or of a store
  // that hasn't read all anew. One of what HQ holds again isn't.
  bool IsOfLostIssue(const std::string& name, std::string_view request_id) const;
  bool IsOfLostTie(const std::string& name, const std::string& customer) const;

  Context& context_;
  std::vector<customer::v1::IssueLoyaltyCardRequest> sent_;
  std::map<std::string, std::string> name_of_request_;
  std::map<std::string, Told> told_;  // by name
  // What HQ committed, by name.
  std::map<std::string, Held> at_hq_;
  // What restores lost: names and the bytes of the request ids that issued them; names and
  // customers.
  std::set<std::pair<std::string, std::string>> lost_issues_;
  std::set<std::pair<std::string, std::string>> lost_ties_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_CARDS_H_
