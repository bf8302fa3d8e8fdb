#include "tests/sim/workload.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/records/customers.h"
#include "tests/sim/workload_impl.h"

namespace comptoir::sim {

namespace {

constexpr int kAttemptsMax = 4;

// Worth another attempt with the same id.
bool IsWorthRepeating(const absl::Status& status) { return !status.ok() && !IsRefusal(status); }

}  // namespace

Workload::Workload(Context& context, Model& model, Invariants& invariants, HqNode& hq,
                   std::vector<ChannelNode*> nodes, std::vector<std::string> channels,
                   Options options)
    : context_(context),
      model_(model),
      invariants_(invariants),
      hq_(hq),
      nodes_(std::move(nodes)),
      channels_(std::move(channels)),
      options_(options),
      random_(context.NewRandom()) {}

Workload::~Workload() = default;

void Workload::Start() {
  for (const std::string& channel : channels_) {
    for (int i = 0; i < options_.clients_per_channel; ++i) {
      auto pos = std::make_unique<Pos>();
      pos->name = absl::StrCat("pos", channel, "-", i);
      pos->channel = channel;
      for (ChannelNode* node : nodes_) {
        if (pos->home == nullptr && node->Serves(channel)) pos->home = node;
      }
      pos->node = pos->home;
      clients_.push_back(std::move(pos));
      Next(*clients_.back());
    }
  }
}

void Workload::Next(Pos& pos) {
  context_.scheduler().After(Between(random_, absl::ZeroDuration(), absl::Milliseconds(300)),
                             kWorld, [this, &pos] { Begin(pos); });
}

void Workload::Begin(Pos& pos) {
  Task task = std::exchange(pos.follow_up, Task());
  if (task.send == nullptr) {
    if (begun_ >= options_.operations) return;
    task = Choose(pos);
    if (task.send == nullptr) return Next(pos);
  }
  ++begun_;
  ++busy_;
  ++context_.counts().operations;
  pos.task = std::move(task);
  pos.attempts = 0;
  pos.node = pos.home;
  Attempt(pos);
}

void Workload::Attempt(Pos& pos) {
  ++pos.attempts;
  const uint64_t attempt = ++last_attempt_;
  pos.attempt = attempt;
  context_.Trace(pos.name, [&] {
    return absl::StrCat(pos.task.name, " at ", pos.node->name(), ", attempt ", pos.attempts);
  });
  const auto end_later = [this, &pos, attempt](absl::Duration delay, absl::Status status) {
    context_.scheduler().After(delay, kWorld,
                               [this, &pos, attempt, status] { Ended(pos, attempt, status); });
  };
  if (!pos.node->up()) {
    end_later(absl::Milliseconds(1), absl::UnavailableError("connection refused"));
    return;
  }
  pos.sent_to = pos.node->owner();
  open_.emplace(attempt, pos.sent_to);
  const absl::Duration patience =
      Between(random_, absl::Milliseconds(300), absl::Milliseconds(2500));
  pos.task.send(*pos.node, patience, [this, attempt, end_later](absl::Status status) {
    if (open_.erase(attempt) == 0) context_.Fail("pos", "a call was answered twice");
    end_later(absl::Microseconds(100), std::move(status));
  });
  end_later(patience + absl::Milliseconds(50), absl::DeadlineExceededError("no answer"));
}

void Workload::Ended(Pos& pos, uint64_t attempt, const absl::Status& status) {
  if (pos.attempt != attempt) return;
  pos.attempt = 0;
  context_.Trace(pos.name,
                 [&] { return absl::StrCat(pos.task.name, " ended: ", status.ToString()); });
  if (IsWorthRepeating(status) && pos.task.repeatable && pos.attempts < kAttemptsMax) {
    ChannelNode* const other = Other(pos, pos.node);
    if (other != nullptr && random_.OneIn(2)) {
      context_.Count(Fault::kPosFailover);
      pos.node = other;
    }
    context_.scheduler().After(Between(random_, absl::Milliseconds(1), absl::Milliseconds(400)),
                               kWorld, [this, &pos] { Attempt(pos); });
    return;
  }
  --busy_;
  pos.task = Task();
  Next(pos);
}

ChannelNode* Workload::Other(const Pos& pos, const ChannelNode* than) {
  std::vector<ChannelNode*> others;
  for (ChannelNode* node : nodes_) {
    if (node != than && node->Serves(pos.channel)) others.push_back(node);
  }
  return others.empty() ? nullptr : others[random_.Below(others.size())];
}

void Workload::Crashed(Owner owner) {
  std::erase_if(open_, [&](const auto& call) { return call.second == owner; });
  std::erase_if(watches_, [&](const auto& watch) {
    if (watch->life == owner) watch->reader.reset();
    return watch->life == owner;
  });
  for (const auto& pos : clients_) {
    if (pos->attempt == 0 || pos->sent_to != owner) continue;
    context_.scheduler().After(Between(random_, absl::Milliseconds(1), absl::Milliseconds(20)),
                               kWorld, [this, &pos = *pos, attempt = pos->attempt] {
                                 Ended(pos, attempt, absl::UnavailableError("connection broken"));
                               });
  }
}

void Workload::CheckAllAnswered() {
  if (!open_.empty()) {
    context_.Fail("pos", absl::StrCat(open_.size(), " calls were never answered"));
  }
  for (const auto& watch : watches_) {
    const auto record = FindCustomer(watch->node->latest(), watch->customer->id);
    if (!record.ok() || !record->has_value() || !watch->shown.has_value()) continue;
    // It had left, and was entered here anew: that is another one to those who watched.
    if ((*record)->version() == 0 && *watch->shown > 0) continue;
    if ((*record)->version() != *watch->shown) {
      context_.Fail(watch->node->name(), absl::StrCat("a watch of ", watch->customer->word,
                                                      " stopped at version ", *watch->shown));
    }
  }
}

}  // namespace comptoir::sim
