// What the parts of the workload share. For workload*.cc only.

#ifndef COMPTOIR_TESTS_SIM_WORKLOAD_IMPL_H_
#define COMPTOIR_TESTS_SIM_WORKLOAD_IMPL_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "tests/sim/workload.h"

namespace comptoir::sim {

// What a POS is doing: an attempt may be repeated as it is.
struct Workload::Task {
  std::string name;
  bool repeatable = false;
  // Sends it to a node that is up; `ended` is to be called with the answer's status.
  std::function<void(ChannelNode&, absl::Duration, std::function<void(absl::Status)>)> send;
  // What to do next with the answer, instead of something new.
  std::function<void()> then;
};

struct Workload::Pos {
  std::string name;
  std::string channel;
  ChannelNode* home = nullptr;
  ChannelNode* node = nullptr;
  Task task;
  int attempts = 0;
  uint64_t attempt = 0;
  // Where the attempt under way was sent.
  Owner sent_to;
  // Asked for by the last task.
  Task follow_up;
};

// One create as it is sent: which content of which customer.
struct Workload::Create {
  customer::v1::CreateCustomerRequest request;
  KnownCustomer* customer = nullptr;
  size_t variant = 0;
};

// A POS that follows one customer until its node crashes.
struct Workload::Watch {
  KnownCustomer* customer = nullptr;
  ChannelNode* node = nullptr;
  Owner life;
  std::optional<uint64_t> shown;
  std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> reader;
  std::function<void(absl::Status)> ended;
};

class Workload::WatchWriter : public StreamWriter<customer::v1::Customer> {
 public:
  WatchWriter(Model& model, std::shared_ptr<Watch> watch)
      : model_(model), watch_(std::move(watch)) {}

  void Write(customer::v1::Customer view) override {
    // Never an older state than before.
    const Expectation expected{.found = watch_->shown.has_value(),
                               .version = watch_->shown.value_or(0)};
    model_.CustomerAnswered(*watch_->customer, *watch_->node, expected, view);
    watch_->shown = VersionOf(view).value_or(0);
    End(absl::OkStatus());
  }
  void Finish(absl::Status status) override {
    // Of somebody who isn't there any more; whoever comes back needs a new one.
    watch_->shown.reset();
    End(std::move(status));
  }

 private:
  void End(absl::Status status) {
    if (const auto ended = std::exchange(watch_->ended, nullptr)) ended(std::move(status));
  }

  Model& model_;
  const std::shared_ptr<Watch> watch_;
};

// A task that is one call about `customer`, or about nobody that is known.
template <typename Request, typename Response>
Workload::Task Workload::Calling(
    void (channel::ChannelService::*method)(const Request&, const CallContext&, Done<Response>),
    Request request, KnownCustomer* customer, bool repeatable, Answered<Response> answered) {
  Task task;
  task.name =
      absl::StrCat(Request::descriptor()->name(), customer == nullptr ? "" : " " + customer->word);
  task.repeatable = repeatable;
  task.send = [this, method, request = std::move(request), customer,
               answered = std::move(answered)](ChannelNode& node, absl::Duration patience,
                                               std::function<void(absl::Status)> ended) {
    const Expectation expected =
        customer == nullptr ? Expectation() : model_.Expect(*customer, node, request.channel());
    const CallContext context{.deadline = node.clock().Now() + patience};
    (node.service().*method)(request, context,
                             [=, this, &node](const absl::StatusOr<Response>& answer) {
                               if (answer.ok()) context_.CarriedOut<Request>();
                               answered(node, expected, answer);
                               ended(answer.status());
                             });
  };
  return task;
}

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_WORKLOAD_IMPL_H_
