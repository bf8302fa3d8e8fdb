// A channel service and an HQ that says anything: the channel service ends the stream or takes what
// it is told, and goes on selling. It ends only by its own checks, which is what is looked for.

#include <cstdint>

#include "channel-service/domain/outbox/outbox.h"
#include "comptoir/storage/v1/records.pb.h"
#include "conversation.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/message_mutator.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

const std::vector<const google::protobuf::Message*> kEmbedded = {
    &storage::v1::CustomerRecord::default_instance(),
    &storage::v1::AddressRecord::default_instance(),
    &storage::v1::ChannelRecord::default_instance(),
    &storage::v1::ProfileRecord::default_instance(),
    &storage::v1::ConfigurationRecord::default_instance()};

// The customers that wait in the outbox.
constexpr const char* kPending[] = {"11111111-1111-4111-8111-111111111111",
                                    "22222222-2222-4222-8222-222222222222"};

class ChannelUnderFire : public ChannelTest {
 public:
  void Play(const fuzz::ToChannel& conversation) {
    OpenOffline();
    CreatePending(ACustomer().WithId(*Uuid::Parse(kPending[0])).At(AnAddress()));
    CreatePending(ACustomer().WithId(*Uuid::Parse(kPending[1])).Email("ada@example.org"));
    for (fuzz::ToChannel::Step step : conversation.steps()) {
      FillIn(step);
      Play(step);
    }
    LookAtAll();
    Open();
    LookAtAll();
  }

 private:
  void TestBody() override {}

  void Play(const fuzz::ToChannel::Step& step) {
    if (!hq_.uploads.is_open() || !hq_.subscriptions.is_open()) Advance(absl::Seconds(2));
    if (step.has_upload() && hq_.uploads.is_open()) {
      hq_.uploads.Send(step.upload());
    } else if (step.has_subscribe() && hq_.subscriptions.is_open()) {
      hq_.subscriptions.Send(step.subscribe());
    } else if (step.disconnect()) {
      Break();
    } else if (step.restart()) {
      Open();
    }
    Run();
  }

  void Break() {
    if (hq_.uploads.is_open()) hq_.uploads.Break(absl::UnavailableError("gone"));
    if (hq_.subscriptions.is_open()) hq_.subscriptions.Break(absl::UnavailableError("gone"));
  }

  void FillIn(fuzz::ToChannel::Step& step) {
    const uint64_t lineage = ReadOutboxState(reader())->lineage();
    if (step.upload().has_hello() && step.upload().hello().lineage() == 0) {
      step.mutable_upload()->mutable_hello()->set_lineage(lineage);
    }
    if (step.subscribe().has_hello()) batch_ = 0;
    if (!step.subscribe().has_batch()) return;
    hq::v1::ChangeBatch& batch = *step.mutable_subscribe()->mutable_batch();
    if (batch.batch() == 0) batch.set_batch(++batch_);
    for (auto& change : *batch.mutable_changes()) {
      if (change.has_result() && change.result().lineage() == 0) {
        change.mutable_result()->set_lineage(lineage);
      }
    }
  }

  // Whatever came is shown, found, sold to.
  void LookAtAll() {
    Status();
    Unsettled();
    for (const char* id : kPending) (void)*Get("customers/" + std::string(id));
    Reply<customer::v1::ListCustomersResponse> listed;
    service_->ListCustomers({}, {}, listed.done());
    Reply<customer::v1::SearchCustomersResponse> found;
    customer::v1::SearchCustomersRequest search;
    search.set_query("ada");
    service_->SearchCustomers(search, {}, found.done());
    Reply<customer::v1::Customer> form;
    service_->GetNewCustomerForm({}, {}, form.done());
    (void)*Create(ACustomer());
    Advance(absl::Seconds(1));
  }
};

}  // namespace
}  // namespace comptoir::channel

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  comptoir::fuzz::ToChannel seed;
  comptoir::fuzz::ReadSeeds({*argv + 1, *argv + *argc}, seed);
  google::protobuf::SetLogHandler(nullptr);
  testing::FLAGS_gtest_throw_on_failure = true;
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max,
                                          unsigned seed) {
  comptoir::fuzz::ToChannel conversation;
  return comptoir::fuzz::MutateText(data, size, size_max, seed, conversation,
                                    comptoir::channel::kEmbedded);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  comptoir::fuzz::ToChannel conversation;
  if (!comptoir::fuzz::ReadText(data, size, conversation)) return -1;
  comptoir::channel::ChannelUnderFire().Play(conversation);
  return 0;
}
