// POS clients: each does one thing after the other at its store's channel service, repeats what
// wasn't answered with the same id, and goes to another service of its channel when its own doesn't
// answer. Every answer is held against the model.

#ifndef COMPTOIR_TESTS_SIM_WORKLOAD_H_
#define COMPTOIR_TESTS_SIM_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/invariants.h"
#include "tests/sim/model.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

class Workload {
 public:
  struct Options {
    // Begun in all.
    uint64_t operations = 150;
    int clients_per_channel = 2;
    // Loyalty cards are worked with.
    bool cards = true;
  };

  // `nodes`: in the order in which a POS prefers them.
  Workload(Context& context, Model& model, Invariants& invariants, HqNode& hq,
           std::vector<ChannelNode*> nodes, std::vector<std::string> channels, Options options);
  ~Workload();

  // A second service for the same channels, from now on.
  void AddNode(ChannelNode* node) { nodes_.push_back(node); }

  void Start();
  // All operations were begun and have ended.
  bool done() const { return busy_ == 0 && begun_ >= options_.operations; }
  uint64_t begun() const { return begun_; }
  // Every call to a life that still lives has been answered, and every watch shows what its node
  // holds.
  void CheckAllAnswered();

  // Calls to this life get no answer any more.
  void Crashed(Owner owner);

 private:
  struct Pos;
  struct Task;
  struct Watch;
  struct Create;
  class WatchWriter;
  template <typename Response>
  using Answered =
      std::function<void(ChannelNode&, const Expectation&, const absl::StatusOr<Response>&)>;

  // Runs a task of this POS: `send` is called for each attempt.
  void Begin(Pos& pos);
  void Attempt(Pos& pos);
  void Ended(Pos& pos, uint64_t attempt, const absl::Status& status);
  void Next(Pos& pos);
  ChannelNode* Other(const Pos& pos, const ChannelNode* than);

  // A task that calls `method` with `request` until it is answered.
  template <typename Request, typename Response>
  Task Calling(void (channel::ChannelService::*method)(const Request&, const CallContext&,
                                                       Done<Response>),
               Request request, KnownCustomer* customer, bool repeatable,
               Answered<Response> answered);

  // One of each kind; a task without `send` if there is nothing to do it on.
  Task Choose(Pos& pos);
  Task CreateCustomer(Pos& pos);
  Task CreateFromForm(Pos& pos);
  Task RepeatCreate(Pos& pos);
  Task ReuseRequestId(Pos& pos);
  // workload_creates.cc: what is sent, alone or with others. Null `customer` if there is none whose
  // create could be repeated, or its UUID reused.
  Create NewCreate(const Pos& pos, bool has_id);
  Create RepeatedCreate(const Pos& pos);
  Create ReusedId(const Pos& pos, KnownCustomer* customer);
  KnownCustomer* AnyKnown();
  Task Creating(const Create& create);
  Create RowOfBatch(const Pos& pos, const std::vector<Create>& before);
  Task BatchCreateCustomers(Pos& pos);
  void BatchAnswered(const std::vector<Create>& rows, ChannelNode& node,
                     const std::vector<Expectation>& expected,
                     const std::vector<absl::StatusOr<customer::v1::Customer>>& answers);
  Task UpdateCustomer(Pos& pos);
  void CustomerEdited(KnownCustomer& known, const customer::v1::UpdateCustomerRequest& request,
                      ChannelNode& node, const absl::StatusOr<customer::v1::Customer>& answer);
  template <typename Request>
  void AddressEdited(KnownCustomer& known, const Request& request,
                     const absl::StatusOr<customer::v1::Address>& answer);
  Task CreateAddress(Pos& pos);
  Task UpdateAddress(Pos& pos);
  Task DeactivateAddress(Pos& pos);
  Task GetCustomer(Pos& pos);
  Task SearchCustomers(Pos& pos);
  Task ListCustomers(Pos& pos);
  Task ListAddresses(Pos& pos);
  Task EnsureSynchronized(Pos& pos);
  Task WatchCustomer(Pos& pos);
  // workload_cards.cc
  Task WorkWithCards(Pos& pos);
  Task IssueCard(Pos& pos);
  Task RepeatIssue(Pos& pos);
  template <typename Request>
  Task GettingCard(void (channel::ChannelService::*method)(const Request&, const CallContext&,
                                                           Done<customer::v1::LoyaltyCard>),
                   const Request& request);
  Task TieCard(Pos& pos);
  Task BlockCard(Pos& pos);

  KnownCustomer* AnyCustomer(const Pos& pos);
  customer::v1::CreateCustomerRequest NewCustomer(const Pos& pos, const std::string& word);
  void AddContacts(customer::v1::Customer& customer, const std::string& word);
  customer::v1::Address NewAddress();

  Context& context_;
  Model& model_;
  Invariants& invariants_;
  HqNode& hq_;
  std::vector<ChannelNode*> nodes_;
  const std::vector<std::string> channels_;
  const Options options_;
  SeededRandom random_;
  std::vector<std::unique_ptr<Pos>> clients_;
  uint64_t begun_ = 0;
  uint64_t busy_ = 0;
  uint64_t last_word_ = 0;
  uint64_t last_attempt_ = 0;
  // Calls that were not answered, with the life that they were made to.
  std::map<uint64_t, Owner> open_;
  std::vector<std::shared_ptr<Watch>> watches_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_WORKLOAD_H_
