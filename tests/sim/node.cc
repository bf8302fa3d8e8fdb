#include "tests/sim/node.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"

namespace comptoir::sim {

namespace {

// Small ones, so that commits come between them.
SearchMemoryOptions SmallSteps(Random& random) {
  return {.rows_per_step = 1 + random.Below(100),
          .changes_bytes_aside = 100 + random.Below(2000),
          .changes_bytes_max = 1000 + random.Below(4000)};
}

}  // namespace

Node::Life::Life(Context& context, Node& node)
    : owner(context.NewOwner()),
      random(context.NewRandom()),
      search_memory(SmallSteps(random), node.clock_, node.logger_),
      executor(context, owner),
      pump(context, owner, node.database_, node.disk_, search_memory, [&node] {
        node.context_.Count(Fault::kCommitFailed);
        node.CrashAndRestart(/*power_lost=*/true, absl::Milliseconds(300));
      }) {}

Node::Node(Context& context, std::string name, CommitObserver observer)
    : context_(context),
      logger_(context, name),
      clock_(context.scheduler()),
      database_([this, observer = std::move(observer)](const std::vector<RowChange>& changes) {
        observer(*this, changes);
      }),
      name_(std::move(name)),
      random_(context.NewRandom()) {}

Node::~Node() = default;

void Node::Start() {
  if (up()) return;
  CancelRestart();
  auto life = std::make_unique<Life>(context_, *this);
  // Up before it opens, for what it commits while opening is of this life.
  life_ = std::move(life);
  const absl::Status opened = Open(*life_);
  if (!opened.ok()) {
    context_.Trace(name_, [&] { return absl::StrCat("didn't start: ", opened.ToString()); });
    CrashAndRestart(/*power_lost=*/false, absl::Milliseconds(500));
    return;
  }
  context_.Trace(name_, [&] { return absl::StrCat("started, life ", owner().value()); });
  if (starts_++ > 0) ++context_.counts().restarts;
}

void Node::Crash(bool power_lost) {
  CancelRestart();
  if (!up()) return;
  context_.Trace(name_, [&] { return absl::StrCat("crashed, life ", owner().value()); });
  if (life_->pump.unanswered() > 0) context_.Count(Fault::kCrashBeforeAnswers);
  if (power_lost && life_->pump.queued() > 0) context_.Count(Fault::kUnsyncedLost);
  // First nothing that it does has an effect any more, then it is taken apart.
  const std::unique_ptr<Life> life = std::move(life_);
  context_.scheduler().Drop(life->owner);
  life->executor.Kill();
  life->pump.Kill();
  if (on_crash_) on_crash_(life->owner);
  Close();
  if (power_lost) database_.disk().LosePower();
  if (on_crashed_) on_crashed_();
}

void Node::CrashAndRestart(bool power_lost, absl::Duration delay) {
  Crash(power_lost);
  CancelRestart();
  restart_ = context_.scheduler().After(delay, kWorld, [this] {
    restart_ = EventId();
    Start();
  });
}

void Node::CancelRestart() {
  if (restart_ != EventId()) context_.scheduler().Cancel(restart_);
  restart_ = EventId();
}

void Node::LoadSearchMemory(Life& life) {
  life.search_memory.Load(database_, [&life](std::function<void()> work) {
    return life.executor.Post(std::move(work));
  });
}

void Node::RestoreDisk(MemoryDatabase::Content content) {
  COMPTOIR_CHECK(!up());
  database_.disk().Restore(std::move(content));
}

HqNode::~HqNode() { Crash(/*power_lost=*/false); }

absl::Status HqNode::Open(Life& life) {
  COMPTOIR_ASSIGN_OR_RETURN(service_, hq::Hq::Open({.database = database_,
                                                    .submitter = life.pump,
                                                    .executor = life.executor,
                                                    .clock = clock_,
                                                    .random = life.random,
                                                    .logger = logger_,
                                                    .search_memory = &life.search_memory},
                                                   options_));
  LoadSearchMemory(life);
  // Told for one start.
  options_.restored = false;
  service_->Start();
  return absl::OkStatus();
}

ChannelNode::~ChannelNode() { Crash(/*power_lost=*/false); }

bool ChannelNode::Serves(const std::string& channel) const {
  return std::find(options_.channels.begin(), options_.channels.end(), channel) !=
         options_.channels.end();
}

absl::Status ChannelNode::Open(Life& life) {
  COMPTOIR_ASSIGN_OR_RETURN(service_,
                            channel::ChannelService::Open({.database = database_,
                                                           .submitter = life.pump,
                                                           .executor = life.executor,
                                                           .clock = clock_,
                                                           .random = life.random,
                                                           .logger = logger_,
                                                           .hq = *client_,
                                                           .search_memory = &life.search_memory},
                                                          options_));
  LoadSearchMemory(life);
  service_->Start();
  return absl::OkStatus();
}

}  // namespace comptoir::sim
