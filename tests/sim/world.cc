#include "tests/sim/world.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "hq-service/domain/recovery/fenced_lineages.h"
#include "hq-service/domain/recovery/lineages.h"
#include "tests/sim/chaos.h"
#include "tests/sim/consumer.h"
#include "tests/sim/invariants.h"
#include "tests/sim/model.h"
#include "tests/sim/network.h"
#include "tests/sim/node.h"
#include "tests/sim/setup.h"
#include "tests/sim/workload.h"

namespace comptoir::sim {

namespace {

// What a seed ends with.
enum class Ending { kHealed, kHqRestored, kChannelTwice };

Ending EndingOf(const RunOptions& run) {
  const bool restored = run.seed % 10 == 2 || run.seed % 20 == 7;
  if (restored || (run.restore_hq && run.seed % 2 == 0)) return Ending::kHqRestored;
  if (run.seed % 20 == 17) return Ending::kChannelTwice;
  return Ending::kHealed;
}

// In some of the seeds that heal, a channel service's customer data is filtered, and not any more.
bool SwitchesFilter(uint64_t seed) { return seed % 5 == 4; }

constexpr uint64_t kStepsBetweenChecks = 200;
constexpr absl::Duration kWorkMax = absl::Minutes(10);
constexpr absl::Duration kHealingMax = absl::Minutes(3);
constexpr absl::Duration kQuietCheck = absl::Milliseconds(250);
// So long nothing may be under way: who was fenced comes back later, and is given what it lost.
constexpr absl::Duration kQuietFor = absl::Seconds(1);

class World {
 public:
  explicit World(const RunOptions& options);
  ~World();

  RunResult Run();

 private:
  hq::HqOptions DrawHqOptions();
  channel::ChannelServiceOptions DrawChannelOptions(const ServiceSetup& setup);
  ChannelNode& AddChannel(const std::string& name, const channel::ChannelServiceOptions& options);
  void Watch(Node& node);

  void Work();
  // Takes a backup of HQ now and puts it back when more has begun.
  void RestoreHqLater(uint64_t begun);
  void Heal();
  void EndHealed();
  void EndChannelTwice();
  // How the twin ends: false, and a failure, if it doesn't.
  bool Take(const ChannelNode& twin);
  bool Discard(ChannelNode& twin);
  void CheckTwinsNoticed();
  // HQ turns the node away.
  bool IsFenced(const ChannelNode& channel);
  // An operator takes the lineage of this node, if HQ fences it, or has it discarded.
  void TakeIfFenced(const ChannelNode& channel);
  void DiscardIfFenced(const ChannelNode& channel);
  template <typename Request>
  void OrderIfFenced(const ChannelNode& channel, Request request);
  // HQ has all that this node has done.
  bool IsUploaded(const ChannelNode& channel);
  // It comes to know all that HQ has.
  void CheckConsumer();

  // Runs until `until` is true; false if that takes longer than `most`, or an invariant is broken.
  bool RunUntil(const std::function<bool()>& until, absl::Duration most);
  void RunFor(absl::Duration duration);
  std::vector<std::string> AlarmsOf(ChannelNode& channel);
  // Whether HQ holds operations of a service that came after its outbox was as in `then`.
  bool UploadedSince(const ChannelNode& channel, const storage::v1::OutboxState& then);

  const RunOptions run_;
  Context context_;
  SeededRandom random_;
  Model model_;
  Invariants invariants_;
  HqNode hq_;
  Network network_;
  std::vector<std::unique_ptr<ChannelNode>> channels_;
  std::unique_ptr<Workload> workload_;
  std::unique_ptr<Chaos> chaos_;
  std::unique_ptr<Consumer> consumer_;
  // The outbox of the service when its copy was started.
  storage::v1::OutboxState outbox_before_twin_;
  absl::Time next_order_ = absl::InfinitePast();
};

std::string DigestKey() {
  MemoryDatabase database;
  database.Restore(ConfiguredHq());
  return ReadDigestKey(database.latest()).value();
}

World::World(const RunOptions& options)
    : run_(options),
      context_(options.seed, options.trace),
      random_(context_.NewRandom()),
      model_(context_, DigestKey()),
      invariants_(context_, model_),
      hq_(context_, DrawHqOptions(),
          [this](Node& node, const std::vector<RowChange>& changes) {
            invariants_.Committed(node, changes);
          }),
      network_(context_, hq_) {
  invariants_.SetHq(&hq_);
  Watch(hq_);
  hq_.RestoreDisk(ConfiguredHq());
  network_.set_on_answer_lost([this](ChannelNode& node, const std::string& customer_name) {
    invariants_.AnswerLost(node, customer_name);
  });
  std::vector<ChannelNode*> channels;
  for (const ServiceSetup& setup : ServiceSetups()) {
    channels.push_back(&AddChannel(setup.id, DrawChannelOptions(setup)));
  }
  workload_ = std::make_unique<Workload>(
      context_, model_, invariants_, hq_, channels,
      std::vector<std::string>(std::begin(kChannels), std::end(kChannels)),
      Workload::Options{.operations = run_.operations});
  chaos_ = std::make_unique<Chaos>(context_, network_, invariants_, hq_, channels,
                                   EndingOf(run_) == Ending::kHealed, SwitchesFilter(run_.seed));
  if (SwitchesFilter(run_.seed)) model_.LetForget(*channels_[kFilteredService]);
  consumer_ = std::make_unique<Consumer>(context_, hq_);
}

World::~World() {
  // While all that they tell still is there.
  invariants_.Suspend();
  for (const auto& channel : channels_) channel->Crash(/*power_lost=*/false);
  hq_.Crash(/*power_lost=*/false);
}

hq::HqOptions World::DrawHqOptions() {
  hq::HqOptions options;
  options.convert_operations_max = static_cast<int>(1 + random_.Below(16));
  options.retry_delay_max = absl::Seconds(2);
  options.follow_records_max = 1 + random_.Below(10);
  // Small windows and batches, so that many things take several.
  if (random_.OneIn(2)) options.upload_window_bytes_max = 256 << random_.Below(8);
  if (random_.OneIn(2)) options.subscribe_window_bytes_max = 256 << random_.Below(8);
  if (random_.OneIn(2)) options.change_batch_bytes_max = 128 << random_.Below(8);
  return options;
}

channel::ChannelServiceOptions World::DrawChannelOptions(const ServiceSetup& setup) {
  channel::ChannelServiceOptions options;
  options.id = setup.id;
  options.channels = setup.channels;
  options.removal_records_max = 1 + random_.Below(10);
  if (random_.OneIn(4)) options.outbox_operations_max = 3 + random_.Below(20);
  if (random_.OneIn(2)) options.upload_batch_operations_max = 1 + random_.Below(8);
  if (random_.OneIn(2)) options.upload_batch_bytes_max = 128 << random_.Below(8);
  return options;
}

ChannelNode& World::AddChannel(const std::string& name,
                               const channel::ChannelServiceOptions& options) {
  channels_.push_back(std::make_unique<ChannelNode>(
      context_, name, options, [this](Node& node, const std::vector<RowChange>& changes) {
        invariants_.Committed(node, changes);
      }));
  ChannelNode& channel = *channels_.back();
  channel.set_hq_client(network_.ClientFor(channel));
  invariants_.AddChannel(&channel);
  Watch(channel);
  return channel;
}

void World::Watch(Node& node) {
  node.set_on_crash([this, &node](Owner owner) {
    if (&node == &hq_) {
      network_.HqCrashed(owner);
      if (consumer_ != nullptr) consumer_->HqCrashed();
    } else {
      network_.ChannelCrashed(owner);
    }
    if (workload_ != nullptr) workload_->Crashed(owner);
  });
  node.set_on_crashed([this, &node] { invariants_.Crashed(node); });
}

bool World::RunUntil(const std::function<bool()>& until, absl::Duration most) {
  const absl::Time end = context_.scheduler().now() + most;
  while (!context_.failure().has_value()) {
    if (until()) return true;
    if (context_.scheduler().now() > end) return false;
    if (context_.scheduler().steps() > run_.steps_max) {
      context_.Fail("world", "takes too many steps");
      return false;
    }
    if (!context_.scheduler().Step()) return until();
    if (context_.scheduler().steps() % kStepsBetweenChecks == 0) invariants_.CheckNow();
  }
  return false;
}

void World::RunFor(absl::Duration duration) {
  const absl::Time end = context_.scheduler().now() + duration;
  RunUntil([&] { return context_.scheduler().now() >= end; }, duration + absl::Hours(1));
}

RunResult World::Run() {
  hq_.Start();
  for (const auto& channel : channels_) channel->Start();
  // Without faults until the channel services are configured: what they do before is refused, and
  // little is learned from that.
  const bool configured = RunUntil(
      [&] {
        return std::all_of(channels_.begin(), channels_.end(), [](const auto& channel) {
          return channel->up() && channel->service().ready();
        });
      },
      absl::Minutes(1));
  if (!configured) context_.Fail("world", "the channel services weren't configured");
  if (!context_.failure().has_value()) Work();
  if (!context_.failure().has_value()) Heal();
  if (!context_.failure().has_value()) {
    switch (EndingOf(run_)) {
      case Ending::kHealed:
      case Ending::kHqRestored:
        EndHealed();
        break;
      case Ending::kChannelTwice:
        EndChannelTwice();
        break;
    }
  }
  RunResult result{.seed = run_.seed, .failure = context_.failure()};
  result.counts = context_.counts();
  result.counts.steps = context_.scheduler().steps();
  result.fingerprint = context_.scheduler().fingerprint();
  return result;
}

void World::Work() {
  chaos_->Start();
  workload_->Start();
  consumer_->Start();
  const uint64_t half = run_.operations / 2;
  RunUntil([&] { return workload_->begun() >= half; }, kWorkMax);
  if (EndingOf(run_) == Ending::kHqRestored) RestoreHqLater(half);
  if (EndingOf(run_) == Ending::kChannelTwice) {
    // The copy runs too: somebody has started yesterday's machine.
    context_.Count(Fault::kChannelTwice);
    ChannelNode& twin = AddChannel("cs-1'", channels_[0]->options());
    twin.RestoreDisk(channels_[0]->database().disk().Copy());
    outbox_before_twin_ = channel::ReadOutboxState(twin.latest()).value();
    invariants_.DiskReplaced(twin);
    invariants_.MayBeGivenBack(*channels_[0]);
    twin.Start();
    workload_->AddNode(&twin);
  }
  if (!RunUntil([&] { return workload_->done(); }, kWorkMax)) {
    context_.Fail("world", "the work wasn't done in time");
  }
}

void World::RestoreHqLater(uint64_t begun) {
  MemoryDatabase::Content copy = hq_.database().disk().Copy();
  const uint64_t then = begun + 1 + random_.Below(run_.operations - begun);
  RunUntil([&] { return workload_->begun() >= then || workload_->done(); }, kWorkMax);
  chaos_->RestoreHq(std::move(copy));
}

void World::Heal() {
  chaos_->Heal();
  consumer_->Heal();
  for (const auto& channel : channels_) channel->Start();
  if (!RunUntil([&] { return chaos_->healed(); }, kHealingMax)) {
    context_.Fail("world", "HQ doesn't take orders");
  }
  // Longer than any call may take.
  RunFor(absl::Seconds(6));
  workload_->CheckAllAnswered();
  if (EndingOf(run_) == Ending::kHealed) chaos_->GiveUpFenced();
}

void World::EndHealed() {
  absl::Time next_check = context_.scheduler().now();
  absl::Time quiet_since = absl::InfiniteFuture();
  const bool quiet = RunUntil(
      [&] {
        const absl::Time now = context_.scheduler().now();
        if (now < next_check) return false;
        next_check = now + kQuietCheck;
        if (EndingOf(run_) == Ending::kChannelTwice) TakeIfFenced(*channels_.front());
        quiet_since = invariants_.IsQuiet() ? std::min(quiet_since, now) : absl::InfiniteFuture();
        return now - quiet_since >= kQuietFor;
      },
      kHealingMax);
  if (!quiet) context_.Fail("world", absl::StrCat("doesn't heal: ", invariants_.WhyNotQuiet()));
  if (!context_.failure().has_value()) invariants_.CheckHealed();
  CheckConsumer();
}

void World::CheckConsumer() {
  absl::Time next_check = context_.scheduler().now();
  const bool complete = RunUntil(
      [&] {
        if (context_.scheduler().now() < next_check) return false;
        next_check = context_.scheduler().now() + kQuietCheck;
        return consumer_->Difference().empty();
      },
      kHealingMax);
  if (!complete) context_.Fail("consumer", consumer_->Difference());
}

std::vector<std::string> World::AlarmsOf(ChannelNode& channel) {
  std::vector<std::string> alarms;
  bool answered = false;
  channel.service().GetStatus([&](const absl::StatusOr<channel::v1::Status>& status) {
    answered = true;
    if (status.ok()) alarms.assign(status->alarms().begin(), status->alarms().end());
  });
  if (!answered) context_.Fail(channel.name(), "doesn't tell its status");
  return alarms;
}

bool World::UploadedSince(const ChannelNode& channel, const storage::v1::OutboxState& then) {
  const auto held = hq::FindUploadPosition(hq_.latest(), channel.options().id);
  if (!held.ok() || !held->has_value()) return false;
  return (*held)->lineage() != then.lineage() ||
         (*held)->position().sequence() > then.last_sequence();
}

void World::EndChannelTwice() {
  RunFor(absl::Seconds(20));
  if (context_.failure().has_value()) return;
  invariants_.CheckNothingLost();
  // Two that upload nothing but what both have do no harm, and HQ cannot tell them apart.
  if (UploadedSince(*channels_.front(), outbox_before_twin_)) CheckTwinsNoticed();
  // What an operator does: HQ takes what the copy has done, or that isn't wanted; the copy is shut
  // down for good, and the original goes on.
  ChannelNode& twin = *channels_.back();
  const bool discard =
      random_.OneIn(2) && IsFenced(twin) && channel::ReadOutboxState(twin.latest())->depth() > 0;
  if (!(discard ? Discard(twin) : Take(twin))) return;
  twin.Crash(/*power_lost=*/false);
  invariants_.RemoveChannel(&twin);
  EndHealed();
}

bool World::Take(const ChannelNode& twin) {
  const bool taken = RunUntil(
      [&] {
        TakeIfFenced(twin);
        return IsUploaded(twin);
      },
      kHealingMax);
  if (!taken) context_.Fail(twin.name(), "isn't taken by an operator's order");
  return taken;
}

bool World::Discard(ChannelNode& twin) {
  context_.Count(Fault::kTwinDiscarded);
  invariants_.LineageDiscarded(twin);
  const bool discarded = RunUntil(
      [&] {
        DiscardIfFenced(twin);
        return channel::ReadOutboxState(twin.latest())->depth() == 0;
      },
      kHealingMax);
  if (!discarded) context_.Fail(twin.name(), "doesn't discard what an operator gave up");
  return discarded;
}

void World::CheckTwinsNoticed() {
  std::vector<std::string> alarms = AlarmsOf(*channels_.front());
  const std::vector<std::string> of_twin = AlarmsOf(*channels_.back());
  alarms.insert(alarms.end(), of_twin.begin(), of_twin.end());
  const bool noticed = std::find(alarms.begin(), alarms.end(), "LINEAGE_FENCED") != alarms.end() ||
                       std::find(alarms.begin(), alarms.end(), "DIVERGED") != alarms.end();
  if (!noticed) context_.Fail("cs-1", "nobody notices that it runs twice");
}

bool World::IsFenced(const ChannelNode& channel) {
  const auto outbox = channel::ReadOutboxState(channel.latest());
  const auto fenced = hq::FindFenced(hq_.latest(), channel.options().id, outbox->lineage());
  return fenced.ok() && fenced->has_value();
}

void World::TakeIfFenced(const ChannelNode& channel) {
  OrderIfFenced(channel, hq::v1::TakeLineageRequest());
}

void World::DiscardIfFenced(const ChannelNode& channel) {
  hq::v1::DiscardLineageRequest discard;
  discard.set_reason("a copy");
  OrderIfFenced(channel, discard);
}

template <typename Request>
void World::OrderIfFenced(const ChannelNode& channel, Request request) {
  if (context_.scheduler().now() < next_order_) return;
  next_order_ = context_.scheduler().now() + absl::Seconds(1);
  if (!hq_.up() || !IsFenced(channel)) return;
  hq::v1::ListLineagesRequest list;
  list.set_parent(absl::StrCat("channelServices/", channel.options().id));
  const auto outbox = channel::ReadOutboxState(channel.latest());
  const std::string suffix = absl::StrFormat("/lineages/%016x", outbox->lineage());
  hq_.service().Administer(
      list, CallContext(),
      [this, suffix, request](const absl::StatusOr<hq::v1::ListLineagesResponse>& lineages) {
        if (!lineages.ok()) return;
        for (const hq::v1::Lineage& lineage : lineages->lineages()) {
          if (!lineage.name().ends_with(suffix)) continue;
          Request order = request;
          order.set_name(lineage.name());
          hq_.service().Administer(order, CallContext(),
                                   [this](const absl::StatusOr<hq::v1::Lineage>& ordered) {
                                     if (ordered.ok()) context_.CarriedOut<Request>();
                                   });
        }
      });
}

bool World::IsUploaded(const ChannelNode& channel) {
  const auto outbox = channel::ReadOutboxState(channel.latest());
  const auto held = hq::FindUploadPosition(hq_.latest(), channel.options().id);
  return outbox.ok() && held.ok() && held->has_value() && (*held)->lineage() == outbox->lineage() &&
         outbox->acknowledged_sequence() == outbox->last_sequence();
}

}  // namespace

RunResult RunSeed(const RunOptions& options) {
  World world(options);
  return world.Run();
}

}  // namespace comptoir::sim
