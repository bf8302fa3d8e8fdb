// What a POS does with loyalty cards, and what HQ does to them.

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/loyalty_cards.h"
#include "tests/sim/workload_impl.h"

namespace comptoir::sim {

using customer::v1::BlockLoyaltyCardRequest;
using customer::v1::IssueLoyaltyCardRequest;
using customer::v1::LoyaltyCard;
using customer::v1::TieLoyaltyCardRequest;
using customer::v1::UnblockLoyaltyCardRequest;

// A request to issue a card or to tie one.
template <typename Request>
Workload::Task Workload::GettingCard(void (channel::ChannelService::*method)(const Request&,
                                                                             const CallContext&,
                                                                             Done<LoyaltyCard>),
                                     const Request& request) {
  Task task;
  task.name = Request::descriptor()->name();
  task.repeatable = true;
  task.send = [this, method, request](ChannelNode& node, absl::Duration patience,
                                      std::function<void(absl::Status)> ended) {
    const bool allowed = Cards::MayAnswer(node, request);
    const CallContext context{.deadline = node.clock().Now() + patience};
    (node.service().*method)(request, context,
                             [=, this, &node](const absl::StatusOr<LoyaltyCard>& answer) {
                               if (answer.ok()) context_.CarriedOut<Request>();
                               model_.cards().Answered(node, request, allowed, answer);
                               ended(answer.status());
                             });
  };
  return task;
}

Workload::Task Workload::WorkWithCards(Pos& pos) {
  const uint64_t dice = random_.Below(8);
  if (dice < 4) return IssueCard(pos);
  if (dice < 6) return TieCard(pos);
  if (dice < 7) return RepeatIssue(pos);
  return BlockCard(pos);
}

Workload::Task Workload::IssueCard(Pos& pos) {
  IssueLoyaltyCardRequest request;
  request.set_channel(pos.channel);
  request.set_request_id(NewUuid(random_).ToString());
  KnownCustomer* const known = random_.OneIn(3) ? nullptr : AnyCustomer(pos);
  if (known != nullptr) request.mutable_card()->set_customer(CustomerName(known->id));
  // Few numbers, so that some are taken; those of the sequence too.
  if (random_.OneIn(2)) {
    request.mutable_card()->set_name(
        LoyaltyCardName(absl::StrCat(random_.OneIn(2) ? "G-" : "L-000", 1 + random_.Below(9))));
  }
  model_.cards().sent().push_back(request);
  return GettingCard(&channel::ChannelService::IssueLoyaltyCard, request);
}

// The same again, maybe at another store.
Workload::Task Workload::RepeatIssue(Pos& pos) {
  const auto& sent = model_.cards().sent();
  if (sent.empty()) return Task();
  IssueLoyaltyCardRequest request = sent[random_.Below(sent.size())];
  request.set_channel(pos.channel);
  return GettingCard(&channel::ChannelService::IssueLoyaltyCard, request);
}

Workload::Task Workload::TieCard(Pos& pos) {
  const std::vector<std::string> names = model_.cards().names();
  KnownCustomer* const known = AnyCustomer(pos);
  if (names.empty() || known == nullptr) return Task();
  TieLoyaltyCardRequest request;
  request.set_channel(pos.channel);
  request.set_name(names[random_.Below(names.size())]);
  request.set_customer(CustomerName(known->id));
  request.set_request_id(NewUuid(random_).ToString());
  return GettingCard(&channel::ChannelService::TieLoyaltyCard, request);
}

// A person at HQ blocks a card, or unblocks it.
Workload::Task Workload::BlockCard(Pos&) {
  const std::vector<std::string> names = model_.cards().names();
  if (names.empty()) return Task();
  Task task;
  task.name = "BlockCard";
  const bool block = random_.OneIn(2);
  task.send = [this, name = names[random_.Below(names.size())], block](
                  ChannelNode&, absl::Duration, std::function<void(absl::Status)> ended) {
    if (hq_.up()) {
      const CallContext call{.deadline = hq_.clock().Now() + absl::Seconds(1)};
      if (block) {
        BlockLoyaltyCardRequest request;
        request.set_name(name);
        hq_.service().BlockLoyaltyCard(request, call, [this](const auto& answer) {
          if (answer.ok()) context_.CarriedOut<BlockLoyaltyCardRequest>();
        });
      } else {
        UnblockLoyaltyCardRequest request;
        request.set_name(name);
        hq_.service().UnblockLoyaltyCard(request, call, [this](const auto& answer) {
          if (answer.ok()) context_.CarriedOut<UnblockLoyaltyCardRequest>();
        });
      }
    }
    ended(absl::OkStatus());
  };
  return task;
}

}  // namespace comptoir::sim
