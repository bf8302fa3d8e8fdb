// What POS clients were told of loyalty cards: one request one card, one card one number and, once
// it has one, one customer.

#ifndef COMPTOIR_TESTS_SIM_CARDS_H_
#define COMPTOIR_TESTS_SIM_CARDS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/customer/names.h"
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

  // All that was told, HQ holds.
  void CheckAtHq(Node& hq);

 private:
  struct Told {
    std::string request_id;  // that issued it; empty: not known
    std::string customer;
  };
  Context& context_;
  std::vector<customer::v1::IssueLoyaltyCardRequest> sent_;
  std::map<std::string, std::string> name_of_request_;
  std::map<std::string, Told> told_;  // by name
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_CARDS_H_
