// The invariants of the whole system, checked on what the databases hold: some at every commit,
// some at intervals and after each crash, some when all faults have ended and everything has come
// home.

#ifndef COMPTOIR_TESTS_SIM_INVARIANTS_H_
#define COMPTOIR_TESTS_SIM_INVARIANTS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "comptoir/replication/v1/operation.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/sim/acknowledged_edits.h"
#include "tests/sim/model.h"
#include "tests/sim/node.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

class Invariants {
 public:
  Invariants(Context& context, Model& model);

  // From now on what commits show isn't checked: for what comes after a fault that is only to be
  // detected.
  void Suspend() { suspended_ = true; }

  // Nodes are told before their first start.
  void SetHq(HqNode* hq) { hq_ = hq; }
  void AddChannel(ChannelNode* channel) { channels_.push_back(channel); }
  // It is shut down for good.
  void RemoveChannel(ChannelNode* channel) {
    std::erase(channels_, channel);
    operations_.erase(channel);
  }

  // At each commit: versions, cursors and sequences never go back (5), account numbers are unique
  // (3), an edit has one effect (4).
  void Committed(Node& node, const std::vector<RowChange>& changes);
  // After a crash: what the disk holds counts, not what was seen to be committed.
  void Crashed(Node& node);
  // The disk of a channel service was replaced: obligations that nobody can meet any more are
  // excused.
  void DiskReplaced(Node& node);
  // The disk of HQ was replaced by an earlier copy: what nobody holds any more is excused, and what
  // its channel services hold must come back.
  void HqRestored();
  // A restored HQ may stop waiting: those that haven't finished hold no customer or address that it
  // lacks.
  bool MayEndRecovery() const;
  void EndOfRecoveryOrdered() { recovery_ended_ = true; }
  // A person decides about this customer or address, which a store has offered to a restored HQ.
  void RestoreConflictDecided(const std::string& resource, bool take);
  // An operator has what this node holds and HQ doesn't take discarded.
  void LineageDiscarded(ChannelNode& node);
  // Somebody may give this customer the books that it has.
  void MoveOrdered(const CustomerId& customer) { moved_.insert(customer); }
  // Customers may leave channel services.
  void AddressBooksInPlay() { model_.AddressBooksInPlay(); }
  // HQ may give this node operations that it doesn't hold (any more): its outbox may become longer
  // than its limit.
  void MayBeGivenBack(const Node& node) { given_back_to_.insert(&node); }

  // At intervals: nothing acknowledged is lost (1, 10), a channel shows its own unsettled work (9)
  // and works on what it shows as pending (6), no queue is too long (7).
  void CheckNow();
  // Is nothing under way any more?
  bool IsQuiet();
  // What keeps it from being quiet, for people.
  std::string WhyNotQuiet();
  // After healing: (2), (3), (6), addresses and primary ones, and CheckNow.
  void CheckHealed();
  // Work in the outboxes or at HQ is all that is asked for, when healing isn't: (1).
  void CheckNothingLost();

  // HQ's answer to a create was lost after HQ had committed.
  void AnswerLost(ChannelNode& node, const std::string& customer_name);

  // A person gives an operation of this customer up.
  void DiscardOrdered(const std::string& customer_name);

  // A store took an edit without asking HQ.
  void EditAcknowledged(AcknowledgedEdit edit);
  // HQ knows what became of an edit that a store took.
  bool EditIsSettled(const AcknowledgedEdit& edit) const {
    return AcknowledgedEdits::IsSettledAtHq(hq_->latest(), edit.customer, edit.request_id,
                                            edit.digest);
  }
  // A store or HQ holds its operation.
  bool EditIsUnderWay(const AcknowledgedEdit& edit) const {
    return UnderWay()(edit.request_id.bytes(), edit.digest);
  }
  // F5 was ever on.
  void EditsSwitched() { edits_switched_ = true; }
  bool edits_switched() const { return edits_switched_; }

  // True if HQ ever committed an edit that left this text in the notes, even if it has lost it
  // since.
  bool EditWasCommitted(const std::string& notes) const {
    return edits_.count(notes) > 0 || IsOfLostHistory(notes);
  }
  // It did, before it was restored.
  bool IsOfLostHistory(const std::string& notes) const { return lost_edits_.count(notes) > 0; }

 private:
  struct WaitingOperation {
    CustomerId customer;
    std::string request_id;
    std::string digest;
    replication::v1::OperationState state;
    std::string reason;
    bool is_create = false;
    // Of anything but a create: that of the customer that it is about.
    std::string customer_digest;
    bool is_edit = false;
    // Of an edit of an address: its id.
    std::string address_id;
  };
  using Operations = std::map<std::string, WaitingOperation>;  // by key

  // A create that is queued anew makes its customer, in the same commit: what HQ is known to have
  // isn't queued.
  void CheckQueued(Node& node, const std::vector<RowChange>& changes);
  void CheckCustomerChange(Node& node, const RowChange& change);
  void CheckAddressChange(Node& node, const RowChange& change);
  void CheckRejected(Node& node, const CustomerId& id, const storage::v1::CustomerRecord& record);
  void CheckEdit(const CustomerId& id, const std::string& before, const std::string& after);
  void CheckCursorChange(Node& node, const RowChange& change);
  // `changes` are all of its commit.
  void CheckMetaChange(Node& node, const RowChange& change, const std::vector<RowChange>& changes);
  // invariants_of_cards.cc: a card keeps its number, its request and its customer, and goes back
  // nowhere.
  void CheckCardChange(Node& node, const RowChange& change);
  // invariants_of_jobs.cc
  void CheckFeedChange(Node& node, const RowChange& change);
  void CheckPublished(Node& node, const RowChange& change);
  void CheckRun(Node& node, const RowChange& change);
  // invariants_of_filter.cc: a filtered channel service keeps nothing of customers once it is
  // purged, and isn't before its work is settled.
  void CheckFilteredCommit(Node& node, const std::vector<RowChange>& changes);
  void CheckFiltered(ChannelNode& channel);
  // How one that is filtered differs from what it is to be; nothing if it isn't filtered.
  std::optional<std::string> FilteredDiffers(ChannelNode& channel);
  void ReadOperation(Node& node, const std::string& key, const std::optional<std::string>& value);
  void ReadDisk(Node& node);
  // Keeps in mind whether this is a pending customer of a channel service.
  void ReadCustomer(const Node& node, const CustomerId& id,
                    const storage::v1::CustomerRecord* record);
  bool IsHq(const Node& node) const { return &node == hq_; }

  bool IsSettledAtHq(const KnownCustomer& customer, const CreateVariant& variant);
  bool IsDurable(const KnownCustomer& customer, const CreateVariant& variant);
  // invariants_of_restores.cc: a channel service has HQ's record of it, which HQ may have lost.
  bool IsHeld(const KnownCustomer& customer, const CreateVariant& variant) const;
  bool IsHeld(const KnownCustomer& customer, const CreatedAddress& address) const;
  // A store has it in the version that was told, and HQ hasn't heard all stores yet: what HQ had
  // sent before it was restored may have come since.
  bool IsToBeOffered(const KnownCustomer& customer) const;
  void CheckTakenBack();
  // HQ waits for it, or waited until a person ended that.
  bool IsWaitedFor(const ChannelNode& channel) const;
  // What nobody holds any more.
  void ExcuseWhatIsLost();
  // HQ's records and results that were on their way when it was restored: a store may still apply
  // them. What it then holds must come back too, and what it has settled is as HQ said.
  void HeldFromLostHistory(const CustomerId& id, const storage::v1::CustomerRecord& record);
  void SettledAtStore(const WaitingOperation& operation);
  // A person is asked about an offered record with these notes.
  bool IsRestoreConflict(const CustomerId& id, const std::string& notes) const;
  bool IsSettledAtHq(const KnownCustomer& customer, const CreatedAddress& address);
  bool IsDurable(const KnownCustomer& customer, const CreatedAddress& address);
  // An operation of this request is in an outbox or staged.
  bool IsUnderWay(std::string_view request_id, std::string_view digest) const;
  // It waits for a customer whose create HQ keeps for a person.
  bool WaitsForAPerson(const WaitingOperation& operation) const;
  void CheckOwnWorkIsShown(ChannelNode& channel);
  void CheckOwnAddressIsShown(ChannelNode& channel, const WaitingOperation& operation);
  void CheckQueues(ChannelNode& channel);
  // HQ's records that a channel service may see.
  Rows VisibleRecords(ChannelNode& channel);
  // invariants_of_edits.cc
  AcknowledgedEdits::IsUnderWay UnderWay() const;
  void LeaveOutEdited(ChannelNode& channel, Rows& at_hq, Rows& at_channel);
  // The first difference between HQ's records and a channel's; empty if there is none.
  std::string RecordsDiffer(ChannelNode& channel);
  void CheckOperationsHealed(ChannelNode& channel);
  // An operation that HQ keeps for a person and that no store shows; empty if there is none.
  std::string KeptUnseen();
  void CheckCustomersAtHq();
  void CheckConsentAtHq(const storage::v1::CustomerRecord& record);
  void CheckAddressesAtHq(const KnownCustomer& customer);
  void CheckIndex(Node& node);
  // What searches find in memory is what the index says.
  void CheckSearchMemory(Node& node);

  Context& context_;
  Model& model_;
  AcknowledgedEdits acknowledged_edits_;
  bool suspended_ = false;
  bool edits_switched_ = false;
  HqNode* hq_ = nullptr;
  std::vector<ChannelNode*> channels_;
  std::map<const Node*, Operations> operations_;
  std::map<const Node*, std::set<CustomerId>> pending_;
  std::set<const Node*> given_back_to_;
  std::set<CustomerId> moved_;
  bool hq_restored_ = false;
  bool recovery_ended_ = false;
  // A person has decided about a record of theirs that was offered to a restored HQ.
  std::set<CustomerId> decided_;
  // The counter of the last epoch in the copy to which HQ was restored.
  uint64_t restored_epoch_ = 0;
  // Of those that HQ must have again, at least: versions that channel services held, and notes, if
  // those aren't in HQ's copy.
  struct HeldRecord {
    uint64_t version = 0;
    std::string notes;
  };
  std::map<CustomerId, HeldRecord> held_before_restore_;
  // Operations that HQ has settled, and those that it had before it was restored: request ids and
  // digests.
  std::set<std::pair<std::string, std::string>> settled_at_hq_;
  std::set<std::pair<std::string, std::string>> settled_before_restore_;
  // Texts that the notes held in what HQ has lost.
  std::set<std::string> lost_edits_;
  std::set<std::pair<const Node*, CustomerId>> answers_lost_;
  // Every text that HQ's notes have held, and how the customer it belongs to looked then.
  std::map<std::string, CustomerId> edits_;
};

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_INVARIANTS_H_
