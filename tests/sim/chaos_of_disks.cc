// Disks that are slow or full, fail a commit, or are replaced by an earlier copy or by nothing.

#include <algorithm>
#include <utility>

#include "channel-service/domain/outbox/outbox.h"
#include "hq-service/domain/recovery/lineages.h"
#include "tests/sim/chaos.h"

namespace comptoir::sim {

void Chaos::SlowDisk() {
  Node& node = AnyNode();
  context_.Count(Fault::kSlowDisk);
  node.disk().delay_max = absl::Milliseconds(500);
  context_.scheduler().After(Between(random_, absl::Milliseconds(300), absl::Seconds(3)), kWorld,
                             [this, &node] { RepairDisk(node); });
}

void Chaos::FillDisk() {
  Node& node = AnyNode();
  context_.Count(Fault::kFullDisk);
  context_.Trace(node.name(), [] { return "has a full disk"; });
  node.database().disk().set_free_bytes(0);
  context_.scheduler().After(Between(random_, absl::Milliseconds(100), absl::Seconds(2)), kWorld,
                             [this, &node] { RepairDisk(node); });
}

void Chaos::RepairDisk(Node& node) {
  node.disk() = CommitPump::Disk();
  node.database().disk().set_free_bytes(uint64_t{1} << 40);
}

void Chaos::FailCommit() {
  Node& node = AnyNode();
  if (node.up()) node.database().FailNextCommit();
}

bool Chaos::IsRetired(const ChannelNode& channel, uint64_t lineage) {
  const auto position = hq::FindUploadPosition(hq_.latest(), channel.options().id);
  if (!position.ok() || !position->has_value()) return false;
  const auto& retired = (*position)->retired_lineages();
  return std::find(retired.begin(), retired.end(), lineage) != retired.end();
}

void Chaos::ReplaceDisk(ChannelNode& channel, MemoryDatabase::Content content,
                        absl::Duration down) {
  channel.Crash(/*power_lost=*/true);
  channel.RestoreDisk(std::move(content));
  invariants_.DiskReplaced(channel);
  channel.CrashAndRestart(/*power_lost=*/false, down);
}

void Chaos::RestoreChannel() {
  ChannelNode& channel = AnyChannel();
  auto copy = copies_.extract(&channel);
  if (copy.empty()) {
    // The backup; a later call restores it.
    copies_.emplace(&channel, channel.database().disk().Copy());
    return;
  }
  // One of before the last divergence would be fenced, for an operator.
  MemoryDatabase backup;
  backup.Restore(copy.mapped());
  const auto state = channel::ReadOutboxState(backup.latest());
  if (!state.ok() || IsRetired(channel, state->lineage())) return;
  context_.Count(Fault::kChannelRestored);
  context_.Trace(channel.name(), [] { return "is restored from an earlier copy"; });
  ReplaceDisk(channel, std::move(copy.mapped()),
              Between(random_, absl::Milliseconds(20), absl::Seconds(2)));
}

void Chaos::WipeChannel() {
  // Rarely: it makes much work void.
  if (!random_.OneIn(3)) return;
  ChannelNode& channel = AnyChannel();
  context_.Count(Fault::kChannelWiped);
  context_.Trace(channel.name(), [] { return "is wiped"; });
  ReplaceDisk(channel, {}, Between(random_, absl::Milliseconds(20), absl::Seconds(2)));
}

void Chaos::GiveUpFenced() {
  for (ChannelNode* channel : channels_) {
    const auto state = channel::ReadOutboxState(channel->latest());
    if (!state.ok() || !IsRetired(*channel, state->lineage())) continue;
    context_.Trace(channel->name(), [] { return "is given up: its lineage is retired"; });
    ReplaceDisk(*channel, {}, absl::ZeroDuration());
  }
}

}  // namespace comptoir::sim
