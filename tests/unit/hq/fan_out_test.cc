// What many channel services are sent is read and encoded once.

#include "hq-service/jobs/fan_out.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using ::testing::SizeIs;

// What is written to a stream, as it is encoded.
class EncodedStream {
 public:
  using Batches = std::vector<EncodedMessage>;

  EncodedStream(Hq& hq, const v1::SubscribeHello& hello) {
    reader_ = hq.SubscribeChanges(std::make_unique<Writer>(batches_));
    v1::SubscribeRequest request;
    *request.mutable_hello() = hello;
    reader_->OnMessage(request);
  }
  ~EncodedStream() { reader_->OnClosed(absl::UnavailableError("gone")); }

  // Those that came since the last call.
  Batches Take() { return std::exchange(*batches_, {}); }

 private:
  class Writer : public StreamWriter<v1::SubscribeResponse> {
   public:
    explicit Writer(std::shared_ptr<Batches> batches) : batches_(std::move(batches)) {}
    void Write(v1::SubscribeResponse) override {}
    void WriteEncoded(EncodedMessage encoded) override { batches_->push_back(std::move(encoded)); }
    void Finish(absl::Status) override {}

   private:
    const std::shared_ptr<Batches> batches_;
  };

  const std::shared_ptr<Batches> batches_ = std::make_shared<Batches>();
  std::unique_ptr<StreamReader<v1::SubscribeRequest>> reader_;
};

std::vector<replication::v1::Change> ChangesIn(const EncodedMessage& batch) {
  v1::SubscribeResponse response;
  EXPECT_TRUE(response.ParseFromString(batch.Joined()));
  return {response.batch().changes().begin(), response.batch().changes().end()};
}

class FanOutTest : public SubscriptionTest {};

// The streams stand at the same place, and each is told its own number of the batch.
TEST_F(FanOutTest, AChangeIsEncodedOnceForAllStreams) {
  EncodedStream one(hq(), SubscribeHello(kLineage));
  EncodedStream other(hq(), SubscribeHello(kOtherLineage, "houston-2"));
  RunAll();
  one.Take();
  other.Take();
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
    const auto to_one = one.Take();
    const auto to_other = other.Take();
    ASSERT_THAT(to_one, SizeIs(1));
    ASSERT_THAT(to_other, SizeIs(1));
    EXPECT_THAT(ChangesIn(to_one.front()), SizeIs(2));
    EXPECT_EQ(to_one.front().pieces().back(), to_other.front().pieces().back());
  }
}

// However much was committed since the streams were woken last: the last one of them is sent what
// the first one was.
TEST_F(FanOutTest, MuchAtOnceIsEncodedOnceToo) {
  EncodedStream one(hq(), SubscribeHello(kLineage, "houston-2"));
  EncodedStream other(hq(), SubscribeHello(kOtherLineage, "houston-3"));
  RunAll();
  one.Take();
  other.Take();
  constexpr size_t kBytes = 200 << 10;
  std::vector<replication::v1::Operation> operations;
  for (uint64_t sequence = 1; sequence <= 400; ++sequence) {
    operations.push_back(CreateOperation(sequence, ACustomer().WithId(NewId())));
    operations.back().mutable_create_customer()->mutable_customer()->set_notes(
        std::string(500, 'x'));
  }
  UploadOnce(kLineage, operations);
  const auto to_one = one.Take();
  const auto to_other = other.Take();
  ASSERT_EQ(to_one.size(), to_other.size());
  size_t bytes = 0;
  for (size_t i = 0; i < to_one.size(); ++i) {
    bytes += to_one[i].size();
    EXPECT_EQ(to_one[i].pieces().back(), to_other[i].pieces().back()) << i;
  }
  EXPECT_GT(bytes, kBytes);
}

// Who has the result of an operation is sent it together with its records; the others share these,
// and later all share again.
TEST_F(FanOutTest, AResultIsOneServicesOwn) {
  EncodedStream one(hq(), SubscribeHello(kLineage));
  EncodedStream other(hq(), SubscribeHello(kOtherLineage, "houston-2"));
  EncodedStream third(hq(), SubscribeHello(kOtherLineage, "houston-3"));
  RunAll();
  for (EncodedStream* const stream : {&one, &other, &third}) stream->Take();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId()))});
  Advance(absl::Seconds(1));
  std::vector<replication::v1::Change> own;
  for (const EncodedMessage& batch : one.Take()) {
    for (auto& change : ChangesIn(batch)) own.push_back(std::move(change));
  }
  ASSERT_THAT(own, SizeIs(2));
  EXPECT_TRUE(own[0].has_record());
  EXPECT_TRUE(own[1].has_result());
  EXPECT_EQ(own[0].sequence(), own[1].sequence());
  const auto to_other = other.Take();
  ASSERT_THAT(to_other, SizeIs(1));
  EXPECT_THAT(ChangesIn(to_other.front()), SizeIs(1));
  EXPECT_EQ(to_other.front().pieces().back(), third.Take().front().pieces().back());

  for (int i = 0; i < 2; ++i) {
    for (EncodedStream* const stream : {&one, &other}) stream->Take();
    ASSERT_THAT(Create(ACustomer()), IsOk());
  }
  EXPECT_EQ(one.Take().front().pieces().back(), other.Take().front().pieces().back());
}

// While waking them takes long, streams get more at once instead of more often.
TEST_F(FanOutTest, RestsAsLongAsWakingTook) {
  const auto signal = std::make_shared<ChangeSignal>(executor_, clock_, absl::ZeroDuration());
  const auto fan_out =
      std::make_shared<FanOut>(database(), executor_, clock_, signal, absl::Seconds(1));
  int woken = 0;
  const uint64_t id = fan_out->Join([&] {
    ++woken;
    clock_.Advance(absl::Milliseconds(20));
  });
  signal->Notify();
  executor_.RunReady();
  EXPECT_EQ(woken, 1);
  for (int i = 0; i < 10; ++i) {
    signal->Notify();
    executor_.RunReady();
  }
  EXPECT_EQ(woken, 1);
  executor_.Advance(absl::Milliseconds(20));
  EXPECT_EQ(woken, 2);
  fan_out->Leave(id);
}

}  // namespace
}  // namespace comptoir::hq
