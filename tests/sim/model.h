// What POS clients have sent and been told: the obligations of the system, against which its
// databases are checked.

#ifndef COMPTOIR_TESTS_SIM_MODEL_H_
#define COMPTOIR_TESTS_SIM_MODEL_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/customer/requests/digest.h"
#include "common/customer/requests/names.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "tests/sim/cards.h"
#include "tests/sim/context.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

// One content under which a customer's creation was requested. The first is the customer's; others
// reuse its request id.
struct CreateVariant {
  customer::v1::CreateCustomerRequest request;
  std::string digest;
  bool acknowledged = false;
  // It was acknowledged by a channel service whose disk was then replaced before HQ had it: nobody
  // can have it.
  bool excused = false;
  // Found at HQ since HQ's last crash.
  bool at_hq = false;
};

struct KnownAddress {
  AddressId id;
  // The highest version told; 0: told, but not with a version of HQ's.
  uint64_t version = 0;
  std::string etag;
};

// An address that was sent on its own and acknowledged.
struct CreatedAddress {
  AddressId id;
  std::string digest;
  // As of CreateVariant.
  bool excused = false;
  bool at_hq = false;
};

struct KnownCustomer {
  // Nil until an answer has told it, if the request brought none.
  CustomerId id;
  // A word of its name that no other customer has.
  std::string word;
  std::vector<CreateVariant> variants;
  // The addresses that requests have named and that were acknowledged.
  std::vector<KnownAddress> addresses;
  std::vector<CreatedAddress> created_addresses;
  // Addresses that were sent on their own, whatever the answer.
  size_t addresses_sent = 0;
  // By node: the highest version it has shown since its disk was last replaced; 0: shown while
  // pending.
  std::map<const Node*, uint64_t> shown;
  // By node: how often it was removed there.
  std::map<const Node*, uint64_t> removals;
  // By node: which content (tax number) it showed last.
  std::map<const Node*, std::string> shown_content;
  // The highest version of HQ's that anybody was told.
  uint64_t version = 0;
  // The account number that anybody was told; empty: none yet.
  std::string account_number;
  std::string etag;
};

// What a node must show of a customer to a request that is sent now.
struct Expectation {
  bool found = false;
  uint64_t version = 0;
  std::string content;
  // As of KnownCustomer: one that was removed since needn't be shown.
  uint64_t removals = 0;
  // HQ's database was restored before.
  bool hq_restored = false;
  // The node holds it for another of its channels: who asked is answered by HQ, if at all.
  bool of_others = false;
};

class Model {
 public:
  // `digest_key` is the chain's.
  Model(Context& context, std::string digest_key);

  // Grows only; references stay valid.
  std::deque<KnownCustomer>& customers() { return customers_; }
  KnownCustomer* Find(const CustomerId& id);
  Cards& cards() { return cards_; }
  // Customers that the node has shown since its disk was replaced.
  std::vector<KnownCustomer*> ShownBy(const Node& node);
  // Of those only the ones that it must show to this channel. (V4)
  std::vector<KnownCustomer*> ShownBy(const ChannelNode& node, const std::string& channel);
  Expectation Expect(const KnownCustomer& customer, const ChannelNode& node,
                     const std::string& channel) const;

  // A create is sent for the first time.
  KnownCustomer& AddCustomer(const customer::v1::CreateCustomerRequest& request, std::string word);
  // The index of the new variant.
  size_t AddVariant(KnownCustomer& customer, const customer::v1::CreateCustomerRequest& request);

  template <typename Request>
  std::string DigestOf(const Request& request) const {
    return RequestDigest(digest_key_, request);
  }

  // Answers. `expected` is what Expect said when the request was sent.
  void CreateAnswered(KnownCustomer& customer, size_t variant, Node& node, Expectation expected,
                      const absl::StatusOr<customer::v1::Customer>& answer);
  void CustomerAnswered(KnownCustomer& customer, Node& node, Expectation expected,
                        const absl::StatusOr<customer::v1::Customer>& answer);
  void AddressAnswered(KnownCustomer& customer, const AddressId& address, Node& node,
                       const absl::StatusOr<customer::v1::Address>& answer);
  void AddressCreated(KnownCustomer& customer, const AddressId& address,
                      const customer::v1::CreateAddressRequest& request, Node& node,
                      const absl::StatusOr<customer::v1::Address>& answer);

  // A person has ordered to discard a create of the customer: it may be rejected from now on.
  void OrderDiscard(const CustomerId& customer) { discards_ordered_.insert(customer); }
  bool MayBeRejected(const CustomerId& customer) const {
    return discards_ordered_.count(customer) > 0;
  }

  // Account numbers, wherever seen: one customer has one, one belongs to one. (Invariant 3)
  void SawAccountNumber(std::string_view where, const CustomerId& customer,
                        const std::string& account_number);

  // HQ's disk was replaced, and nobody holds these customers, so nobody was told their numbers:
  // they may get other ones, and the numbers other customers.
  void ForgetNumbers(const std::function<bool(const CustomerId&)>& of) {
    std::erase_if(customer_of_, [&](const auto& entry) { return of(entry.second); });
    std::erase_if(number_of_, [&](const auto& entry) { return of(entry.first); });
  }
  // From now on HQ may say in real time that it has no such customer, until it is offered.
  void HqRestored() { hq_restored_ = true; }
  bool hq_restored() const { return hq_restored_; }
  // Channel services have address books: they needn't show what others do, and customers leave.
  void AddressBooksInPlay() { address_books_in_play_ = true; }
  bool address_books_in_play() const { return address_books_in_play_; }
  // The node has removed the customer: what it has shown counts no longer.
  void Removed(const Node& node, const CustomerId& customer);
  static bool WasRemovedSince(const KnownCustomer& customer, const Node& node,
                              const Expectation& expected);

  // The node's disk was replaced: what it has shown counts no longer.
  void DiskReplaced(const Node& node);

  // Its customer data may be filtered at any time: what it has shown it need not hold. (S9)
  void LetForget(const Node& node) { forgetful_.insert(&node); }
  bool MayForget(const Node& node) const { return forgetful_.count(&node) > 0; }
  bool SomeForget() const { return !forgetful_.empty(); }

 private:
  // A node of several channels shows each its own: what a channel has made and isn't settled, and
  // of HQ's customers all, unless address books come and go.
  bool MustShow(const KnownCustomer& customer, const ChannelNode& node,
                const std::string& channel) const;
  // Checks a customer as shown, and remembers it.
  void Shown(KnownCustomer& customer, Node& node, Expectation expected,
             const customer::v1::Customer& view);

  Context& context_;
  const std::string digest_key_;
  bool address_books_in_play_ = false;
  std::deque<KnownCustomer> customers_;
  Cards cards_;
  std::map<CustomerId, KnownCustomer*> by_id_;
  std::set<CustomerId> discards_ordered_;
  std::set<const Node*> forgetful_;
  bool hq_restored_ = false;
  std::map<CustomerId, std::string> number_of_;
  std::map<std::string, CustomerId> customer_of_;
};

// The version of HQ's in a view's etag; nullopt if it is pending.
std::optional<uint64_t> VersionOf(const customer::v1::Customer& view);
std::optional<uint64_t> VersionOf(const customer::v1::Address& view);

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_MODEL_H_
