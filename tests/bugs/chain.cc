#include "tests/bugs/chain.h"

#include <utility>

#include "channel-service/domain/outbox/outbox.h"
#include "common/base/check.h"
#include "tests/sim/setup.h"

namespace comptoir::sim {

namespace {

void Ignore(Node&, const std::vector<RowChange>&) {}

// Its only channel is the asynchronous one.
channel::ChannelServiceOptions StoreOptions() {
  channel::ChannelServiceOptions options;
  options.id = "store";
  options.channels = {kChannels[2]};
  return options;
}

customer::v1::CreateCustomerRequest CreateRequest(const CustomerId& id,
                                                  const std::string& family_name) {
  customer::v1::CreateCustomerRequest request;
  request.set_channel(kChannels[2]);
  request.mutable_customer()->set_name(CustomerName(id));
  request.mutable_customer()->set_family_name(family_name);
  return request;
}

}  // namespace

Chain::Chain(uint64_t seed)
    : context_(seed, /*trace=*/nullptr),
      random_(context_.NewRandom()),
      hq_(context_, hq::HqOptions(), Ignore),
      store_(context_, "store", StoreOptions(), Ignore),
      network_(context_, hq_) {
  hq_.set_on_crash([this](Owner owner) { network_.HqCrashed(owner); });
  store_.set_on_crash([this](Owner owner) { network_.ChannelCrashed(owner); });
  store_.set_hq_client(network_.ClientFor(store_));
  hq_.RestoreDisk(ConfiguredHq());
  hq_.Start();
  store_.Start();
  RunFor(absl::Seconds(2));
  COMPTOIR_CHECK(store_.service().ready());
}

Chain::~Chain() {
  store_.Crash(/*power_lost=*/false);
  hq_.Crash(/*power_lost=*/false);
}

void Chain::RunFor(absl::Duration duration) {
  const absl::Time end = context_.scheduler().now() + duration;
  while (context_.scheduler().now() < end) COMPTOIR_CHECK(context_.scheduler().Step());
}

void Chain::Create(const CustomerId& id, const std::string& family_name) {
  bool answered = false;
  store_.service().CreateCustomer(CreateRequest(id, family_name), {}, [&](const auto& answer) {
    COMPTOIR_CHECK_OK(answer);
    answered = true;
  });
  while (!answered) COMPTOIR_CHECK(context_.scheduler().Step());
}

void Chain::CreateAtHq(const CustomerId& id, const std::string& family_name) {
  bool answered = false;
  hq_.service().CreateCustomer(CreateRequest(id, family_name), {}, [&](const auto& answer) {
    COMPTOIR_CHECK_OK(answer);
    answered = true;
  });
  while (!answered) COMPTOIR_CHECK(context_.scheduler().Step());
}

void Chain::BlockNumbers(bool blocked) {
  hq::v1::UpdateNumberSequenceRequest request;
  request.mutable_number_sequence()->set_name(std::string(kNumberSequence));
  request.mutable_number_sequence()->set_blocked(blocked);
  request.mutable_update_mask()->add_paths("blocked");
  bool answered = false;
  hq_.service().Administer(request, CallContext(),
                           [&](const absl::StatusOr<hq::v1::NumberSequence>& a) {
                             COMPTOIR_CHECK_OK(a);
                             answered = true;
                           });
  while (!answered) COMPTOIR_CHECK(context_.scheduler().Step());
}

uint64_t Chain::OutboxDepth() {
  const auto state = channel::ReadOutboxState(store_.latest());
  COMPTOIR_CHECK_OK(state);
  return state->depth();
}

void Chain::RestoreStore(MemoryDatabase::Content content) {
  store_.Crash(/*power_lost=*/true);
  store_.RestoreDisk(std::move(content));
  store_.Start();
}

}  // namespace comptoir::sim
