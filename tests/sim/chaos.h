// Injects faults while the workload runs, and ends them all when it is time to heal. Each seed
// draws which kinds it knows and how often they come, so that some seeds see many of one kind and
// others none of it.

#ifndef COMPTOIR_TESTS_SIM_CHAOS_H_
#define COMPTOIR_TESTS_SIM_CHAOS_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/storage/memory_database.h"
#include "tests/sim/invariants.h"
#include "tests/sim/network.h"
#include "tests/sim/node.h"

namespace comptoir::sim {

class Chaos {
 public:
  // `replace_disks`: whether channel databases may be restored and wiped, and then features,
  // address books and edits change as well; worlds with another ending are plainer.
  // `switch_filter`: whether customer data of kFilteredGroup may be filtered.
  Chaos(Context& context, Network& network, Invariants& invariants, HqNode& hq,
        std::vector<ChannelNode*> channels, bool replace_disks, bool switch_filter);

  void Start();
  // No more faults: everything is repaired and started.
  void Heal();
  // What an operator does about a channel service whose lineage is retired for good: gives up its
  // database. (DESIGN: lineages)
  void GiveUpFenced();
  // Replaces HQ's database by an earlier copy of itself, half of the time without a word to HQ.
  // chaos_of_restores.cc
  void RestoreHq(MemoryDatabase::Content copy);
  // What was ever paused goes on: an earlier copy of HQ may hold a pause. chaos_of_sessions.cc
  void RerunSessions();
  // True when HQ has taken the repairs.
  bool healed() const { return healing_ && orders_ == 0; }

 private:
  using Injection = void (Chaos::*)();

  void Next();
  void CrashHq();
  void CrashChannel();
  void Partition();
  void SlowDisk();
  void FillDisk();
  void FailCommit();
  void SkewClock();
  void OverloadHq();
  void Unauthenticate();
  void BlockSequence();
  void SwitchMode();
  void SwitchFeature();
  // Who may see whom: books of a channel, and of a customer.
  void ChangeBooks();
  void MoveAnyCustomer();
  void MoveCustomer(const CustomerId& moved);
  void SwitchFilter();
  void StopJob();
  void RunJob();
  void ForceOffline();
  // chaos_of_sessions.cc
  void PauseSession();
  // chaos_of_administrators.cc
  void AddConfiguration();
  void Rename();
  void CancelJob();
  void OrderRun(const std::string& job);
  // Those that were ever canceled: an earlier copy of HQ may hold that.
  void RunCanceledJobs();
  // chaos_of_restores.cc
  void ActOnRestore();
  void EndRecovery();
  void ResolveRestoreConflict();
  // Not a fault: a person does something about an operation that HQ refused.
  void ActOnRefused();
  void ActOnAddress(const hq::v1::StagedOperationInfo& refused);
  void Act(const hq::v1::StagedOperationInfo& refused);
  // chaos_edits.cc
  void SwitchEdits();
  hq::v1::ApplyConfigurationsRequest EditFeatures() const;
  void EditAtHq();
  void EditAddressAtHq(const std::string& customer);
  void ResolveConflict();
  void ActOnEdit(const hq::v1::StagedOperationInfo& refused);
  void RestoreChannel();
  void WipeChannel();

  Node& AnyNode();
  ChannelNode& AnyChannel();
  // True if HQ will never admit this outbox again.
  bool IsRetired(const ChannelNode& channel, uint64_t lineage);
  void ReplaceDisk(ChannelNode& channel, MemoryDatabase::Content content, absl::Duration down);
  void RepairDisk(Node& node);
  void SetBlocked(bool blocked);
  void SetJob(size_t job, uint64_t how);
  // Asks HQ, which is up, for this.
  template <typename Request, typename Answered>
  void Administer(const Request& request, Answered answered);
  // Gives HQ an order until it says that it is carried out, and `is_done`, if there is one, thinks
  // so; carrying it out twice is harmless. What is ordered is asked each time.
  template <typename Request, typename Response>
  void Order(std::function<Request()> request,
             std::function<bool(const Response&)> is_done = nullptr);
  void OrderRerun(const std::string& session);

  Context& context_;
  Network& network_;
  Invariants& invariants_;
  HqNode& hq_;
  const std::vector<ChannelNode*> channels_;
  const bool replace_disks_;
  SeededRandom random_;
  std::vector<Injection> enabled_;
  absl::Duration interval_;
  bool hq_is_behind_ = false;
  // Orders that HQ had carried out may be lost.
  bool hq_restored_ = false;
  bool healing_ = false;
  bool sequence_blocked_ = false;
  bool filtered_ = false;
  // How each batch job is to run, see SetJob.
  std::map<size_t, uint64_t> jobs_;
  // The open sessions that were paused once.
  std::set<std::string> paused_sessions_;
  std::set<std::string> canceled_jobs_;
  // Configuration is named by it.
  uint64_t last_added_ = 0;
  // What the operator of a restored HQ does.
  bool ends_recovery_ = false;
  bool decides_ = false;
  int edits_after_restore_ = 0;
  int orders_ = 0;
  bool with_books_ = false;
  // F5, and with it what it needs.
  bool edits_ = false;
  bool edits_on_ = false;
  uint64_t last_edit_ = 0;
  // Backups.
  std::map<ChannelNode*, MemoryDatabase::Content> copies_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_CHAOS_H_
