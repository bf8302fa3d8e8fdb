// A machine with a disk and, between a start and a crash, a service on it. The disk outlives the
// service; everything else is one life.

#ifndef COMPTOIR_TESTS_SIM_NODE_H_
#define COMPTOIR_TESTS_SIM_NODE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channel-service/channel_service.h"
#include "common/customer/search/search_memory.h"
#include "common/storage/memory_database.h"
#include "hq-service/hq.h"
#include "tests/sim/context.h"
#include "tests/sim/machine.h"

namespace comptoir::sim {

class Node {
 public:
  // Told of every commit of a node, after it was made, with the life that made it.
  using CommitObserver = std::function<void(Node&, const std::vector<RowChange>&)>;

  Node(Context& context, std::string name, CommitObserver observer);
  virtual ~Node();

  const std::string& name() const { return name_; }
  bool up() const { return life_ != nullptr; }
  // The present life; the default Owner while down.
  Owner owner() const { return life_ == nullptr ? Owner() : life_->owner; }

  SimDatabase& database() { return database_; }
  const Reader& latest() const { return database_.latest(); }
  SimClock& clock() { return clock_; }
  CommitPump::Disk& disk() { return disk_; }
  // While it is up.
  SearchMemory& search_memory() { return life_->search_memory; }
  uint64_t interactive_groups() const { return life_->pump.interactive_groups(); }

  // Opens the service on what the disk holds. If that fails (a full disk), it is tried again by
  // itself.
  void Start();
  // The process dies here and now; `power_lost`: what wasn't synced goes with it. Whoever is to
  // know is told by on_crash.
  void Crash(bool power_lost);
  // As Crash, and starts again after `delay`.
  void CrashAndRestart(bool power_lost, absl::Duration delay);
  // Keeps a crashed node down until Start is called.
  void CancelRestart();

  // Called at each crash: first when the life has lost its voice and its service isn't destroyed
  // yet, then when all is over.
  void set_on_crash(std::function<void(Owner)> on_crash) { on_crash_ = std::move(on_crash); }
  void set_on_crashed(std::function<void()> on_crashed) { on_crashed_ = std::move(on_crashed); }

  // Replaces the content of the disk while the node is down.
  void RestoreDisk(MemoryDatabase::Content content);

 protected:
  struct Life {
    Life(Context& context, Node& node);
    const Owner owner;
    SeededRandom random;
    SearchMemory search_memory;
    SimExecutor executor;
    CommitPump pump;
  };

  // Reads the words of customers in steps on the loop.
  void LoadSearchMemory(Life& life);
  // Opens and starts the service.
  virtual absl::Status Open(Life& life) = 0;
  // Destroys the service, if there is one.
  virtual void Close() = 0;

  Context& context_;
  TraceLogger logger_;
  SimClock clock_;
  SimDatabase database_;
  CommitPump::Disk disk_;
  std::unique_ptr<Life> life_;

 private:
  const std::string name_;
  std::function<void(Owner)> on_crash_;
  std::function<void()> on_crashed_;
  uint64_t starts_ = 0;
  SeededRandom random_;
  EventId restart_;
};

class HqNode : public Node {
 public:
  HqNode(Context& context, hq::HqOptions options, CommitObserver observer)
      : Node(context, "hq", std::move(observer)), options_(options) {}
  ~HqNode() override;

  // While it is up.
  hq::Hq& service() { return *service_; }
  const hq::HqOptions& options() const { return options_; }
  // How it starts next after its disk was restored: an operator says so, or it has to find out.
  void set_restored(bool told, absl::Duration check_max) {
    options_.restored = told;
    options_.restore_check_max = check_max;
  }

 protected:
  absl::Status Open(Life& life) override;
  void Close() override { service_.reset(); }

 private:
  hq::HqOptions options_;
  std::unique_ptr<hq::Hq> service_;
};

class ChannelNode : public Node {
 public:
  ChannelNode(Context& context, std::string name, channel::ChannelServiceOptions options,
              CommitObserver observer)
      : Node(context, std::move(name), std::move(observer)), options_(std::move(options)) {}
  ~ChannelNode() override;

  // Before the first start.
  void set_hq_client(std::unique_ptr<channel::HqClient> client) { client_ = std::move(client); }
  // While it is up.
  channel::ChannelService& service() { return *service_; }
  const channel::ChannelServiceOptions& options() const { return options_; }
  bool Serves(const std::string& channel) const;

 protected:
  absl::Status Open(Life& life) override;
  void Close() override { service_.reset(); }

 private:
  const channel::ChannelServiceOptions options_;
  std::unique_ptr<channel::HqClient> client_;
  std::unique_ptr<channel::ChannelService> service_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_NODE_H_
