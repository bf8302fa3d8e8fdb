// A chain to tell a story with: the simulator's HQ and one channel service, without faults but
// those that the story injects.

#ifndef COMPTOIR_TESTS_BUGS_CHAIN_H_
#define COMPTOIR_TESTS_BUGS_CHAIN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/customer/requests/names.h"
#include "tests/sim/context.h"
#include "tests/sim/network.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

class Chain {
 public:
  explicit Chain(uint64_t seed = 1);
  ~Chain();

  HqNode& hq() { return hq_; }
  ChannelNode& store() { return store_; }
  Network& network() { return network_; }

  void RunFor(absl::Duration duration);
  CustomerId NewId() { return NewUuid(random_); }
  // Creates a customer in the store, or at HQ, and waits for the answer.
  void Create(const CustomerId& id, const std::string& family_name);
  void CreateAtHq(const CustomerId& id, const std::string& family_name);
  // Orders at HQ.
  void BlockNumbers(bool blocked);
  // Operations of the store that are not settled.
  uint64_t OutboxDepth();
  // Stops the store, puts this content on its disk, and starts it again.
  void RestoreStore(MemoryDatabase::Content content);

 private:
  Context context_;
  SeededRandom random_;
  HqNode hq_;
  ChannelNode store_;
  Network network_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_BUGS_CHAIN_H_
