// HQ and a channel service that says anything: HQ ends the stream or takes what it is told, and
// goes on working. It ends only by its own checks, which is what is looked for.

#include <cstdint>
#include <optional>

#include "comptoir/storage/v1/records.pb.h"
#include "conversation.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/message_mutator.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

const std::vector<const google::protobuf::Message*> kEmbedded = {
    &customer::v1::Customer::default_instance(), &customer::v1::Address::default_instance()};

class HqUnderFire : public HqTest {
 public:
  void Play(const fuzz::ToHq& conversation) {
    SetUpChain();
    for (const fuzz::ToHq::Step& step : conversation.steps()) Play(step);
    Advance(absl::Seconds(2));
    Disconnect();
    LookAtAll();
    Restart();
    Advance(absl::Seconds(2));
    LookAtAll();
  }

 private:
  void TestBody() override {}

  void Play(const fuzz::ToHq::Step& step) {
    if (step.has_upload()) {
      Upload(step.upload());
    } else if (step.has_operations()) {
      v1::UploadRequest upload;
      for (const auto& operation : step.operations().operations()) {
        upload.mutable_batch()->add_operations(operation.SerializeAsString());
      }
      Upload(upload);
    } else if (step.has_subscribe()) {
      if (!subscription_.has_value()) {
        subscription_.emplace();
        subscription_->reader = hq().SubscribeChanges(subscription_->NewWriter());
      }
      subscription_->reader->OnMessage(step.subscribe());
    } else if (step.disconnect()) {
      Disconnect();
    } else if (step.restart()) {
      Disconnect();
      Restart();
    }
    RunAll();
    CloseIfFinished(uploads_);
    CloseIfFinished(subscription_);
  }

  void Upload(const v1::UploadRequest& upload) {
    if (!uploads_.has_value()) {
      uploads_.emplace();
      uploads_->reader = hq().UploadOperations(uploads_->NewWriter());
    }
    uploads_->reader->OnMessage(upload);
  }

  template <typename Stream>
  static void CloseIfFinished(std::optional<Stream>& stream) {
    if (stream.has_value() && stream->written->finished.has_value()) Close(stream);
  }

  template <typename Stream>
  static void Close(std::optional<Stream>& stream) {
    if (!stream.has_value()) return;
    stream->Break();
    stream.reset();
  }

  void Disconnect() {
    Close(uploads_);
    Close(subscription_);
    RunAll();
  }

  // What is staged is shown to people; they trace it.
  void LookAtAll() {
    ASSERT_THAT(Status(), IsOk());
    const auto operations = Operations();
    ASSERT_THAT(operations, IsOk());
    for (const auto& operation : operations->operations()) {
      v1::GetOperationRequest get;
      get.set_name(operation.name());
      EXPECT_THAT(Administer<v1::StagedOperationInfo>(get), IsOk());
      v1::TraceCustomerRequest trace;
      trace.set_name(operation.customer());
      (void)Administer<v1::CustomerTrace>(trace);
    }
    EXPECT_THAT(Administer<v1::ListChannelServicesResponse>(v1::ListChannelServicesRequest()),
                IsOk());
  }

  std::optional<UploadStream> uploads_;
  std::optional<SubscribeStream> subscription_;
};

}  // namespace
}  // namespace comptoir::hq

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  comptoir::fuzz::ToHq seed;
  comptoir::fuzz::ReadSeeds({*argv + 1, *argv + *argc}, seed);
  google::protobuf::SetLogHandler(nullptr);
  testing::FLAGS_gtest_throw_on_failure = true;
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max,
                                          unsigned seed) {
  comptoir::fuzz::ToHq conversation;
  return comptoir::fuzz::MutateText(data, size, size_max, seed, conversation,
                                    comptoir::hq::kEmbedded);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  comptoir::fuzz::ToHq conversation;
  if (!comptoir::fuzz::ReadText(data, size, conversation)) return -1;
  comptoir::hq::HqUnderFire().Play(conversation);
  return 0;
}
