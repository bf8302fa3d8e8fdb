// HQ and one store, each on RocksDB, in this one thread: what runs when is the caller's, and no
// instruction is anybody else's.

#ifndef COMPTOIR_TESTS_INSTRUCTIONS_PROGRAM_ONE_STORE_H_
#define COMPTOIR_TESTS_INSTRUCTIONS_PROGRAM_ONE_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "channel-service/channel_service.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/customer/search/search_memory.h"
#include "common/storage/committer.h"
#include "hq-service/hq.h"
#include "tests/instructions/program/direct_hq.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"
#include "tests/support/temp_dir.h"

namespace comptoir {

inline constexpr char kStoreChannel[] = "001";

class OneStore {
 public:
  // Configured and connected; the channel creates without asking HQ.
  OneStore();
  ~OneStore();

  channel::ChannelService& service() { return *store_; }

  // Hands a create in; RunStore() carries it out, with the others, and it must go well.
  void Create(const customer::v1::Customer& customer);
  // Operations that HQ hasn't settled wait in the store until this.
  void HoldBack(bool held);
  size_t waiting() const;

  // HQ adds the addresses in one commit, and does nothing else meanwhile; it must go well.
  void AddAtHq(const std::vector<customer::v1::CreateAddressRequest>& requests);

  // Runs all that HQ or the store can do without the other one.
  bool RunHq() { return Run(hq_executor_, *hq_queue_); }
  bool RunStore() { return Run(store_executor_, *store_queue_); }
  // Lets a little time pass; the store and then HQ do what they can, until neither can do any more.
  // Each turn is run by one of these.
  using Turn = std::function<bool(const std::function<bool()>& run)>;
  void Step(const Turn& of_hq, const Turn& of_store);
  // What HQ sends to a channel service that is new and keeps nothing.
  std::vector<EncodedMessage> SendAll();
  // Lets time pass until nothing happens any more but what comes again and again.
  void Settle();

 private:
  static bool Run(FakeExecutor& executor, CommitQueue& queue);
  template <typename Response, typename Request>
  void Administer(const Request& request);
  void Configure();

  TempDir dir_;
  FakeClock clock_;
  FakeExecutor hq_executor_{clock_};
  FakeExecutor store_executor_{clock_};
  SeededRandom random_{1};
  NullLogger logger_;
  std::unique_ptr<Database> hq_database_;
  std::unique_ptr<Database> store_database_;
  SearchMemory hq_memory_{{}, clock_, logger_};
  SearchMemory store_memory_{{}, clock_, logger_};
  std::unique_ptr<CommitQueue> hq_queue_;
  std::unique_ptr<CommitQueue> store_queue_;
  std::unique_ptr<hq::Hq> hq_;
  std::unique_ptr<DirectHq> direct_;
  std::unique_ptr<channel::ChannelService> store_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_INSTRUCTIONS_PROGRAM_ONE_STORE_H_
