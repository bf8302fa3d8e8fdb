// Streams that lag are read for away from the executor.

#include "hq-service/jobs/lagging_reads.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Another thread that works when it is told to.
class Elsewhere {
 public:
  std::function<bool(std::function<void()>)> Accepts() {
    return [this](std::function<void()> work) {
      if (!full_) waiting_.push_back(std::move(work));
      return !full_;
    };
  }
  void Work() {
    for (const auto& work : std::exchange(waiting_, {})) work();
  }
  size_t waiting() const { return waiting_.size(); }
  void set_full(bool full) { full_ = full; }

 private:
  std::vector<std::function<void()>> waiting_;
  bool full_ = false;
};

class LaggingReadsTest : public SubscriptionTest {
 protected:
  void Run(const std::shared_ptr<LaggingReads>& reads, int number) {
    reads->Run({.wanted = [this, number] { return number != unwanted_; },
                .read = [this, number](size_t bytes_max) -> LaggingReads::Take {
                  read_.push_back(number);
                  bytes_max_ = bytes_max;
                  return [this, number] { taken_.push_back(number); };
                }});
  }

  Elsewhere elsewhere_;
  std::vector<int> read_;
  std::vector<int> taken_;
  size_t bytes_max_ = 0;
  int unwanted_ = 0;
};

// However many streams lag, a search waits behind one read of theirs. (S4)
TEST_F(LaggingReadsTest, OneAtATimeInOrder) {
  const auto reads = std::make_shared<LaggingReads>(executor_, elsewhere_.Accepts());
  for (int number = 1; number <= 3; ++number) Run(reads, number);
  for (int number = 1; number <= 3; ++number) {
    EXPECT_EQ(elsewhere_.waiting(), 1u);
    elsewhere_.Work();
    EXPECT_THAT(taken_, SizeIs(number - 1));
    executor_.RunReady();
  }
  EXPECT_EQ(elsewhere_.waiting(), 0u);
  EXPECT_THAT(read_, ElementsAre(1, 2, 3));
  EXPECT_THAT(taken_, ElementsAre(1, 2, 3));
}

TEST_F(LaggingReadsTest, ReadsOnTheExecutorWhatIsTurnedAway) {
  const auto reads = std::make_shared<LaggingReads>(executor_, elsewhere_.Accepts());
  elsewhere_.set_full(true);
  Run(reads, 1);
  EXPECT_THAT(read_, IsEmpty());
  executor_.RunReady();
  EXPECT_THAT(taken_, ElementsAre(1));
  EXPECT_EQ(bytes_max_, kBytesPerTurnMax);
  elsewhere_.set_full(false);
  Run(reads, 2);
  EXPECT_EQ(elsewhere_.waiting(), 1u);
}

// One that lags little doesn't wait for much of each of the others.
TEST_F(LaggingReadsTest, ReadsLessForEachTheMoreWait) {
  const auto reads = std::make_shared<LaggingReads>(executor_, elsewhere_.Accepts());
  for (int number = 1; number <= 5; ++number) Run(reads, number);
  std::vector<size_t> sizes;
  while (elsewhere_.waiting() > 0) {
    elsewhere_.Work();
    sizes.push_back(bytes_max_);
    executor_.RunReady();
  }
  EXPECT_THAT(sizes, ElementsAre(kLaggingBytesPerTurnMax, kLaggingBytesPerTurnMax / 4,
                                 kLaggingBytesPerTurnMax / 3, kLaggingBytesPerTurnMax / 2,
                                 kLaggingBytesPerTurnMax));
}

// Else those who come again would wait behind themselves.
TEST_F(LaggingReadsTest, PassesOverWhatNobodyWaitsForAnyMore) {
  const auto reads = std::make_shared<LaggingReads>(executor_, elsewhere_.Accepts());
  for (int number = 1; number <= 3; ++number) Run(reads, number);
  unwanted_ = 2;
  elsewhere_.Work();
  executor_.RunReady();
  elsewhere_.Work();
  executor_.RunReady();
  EXPECT_THAT(read_, ElementsAre(1, 3));
}

// What was committed while the last of it was read is sent at once, not with the next heartbeat.
TEST_F(LaggingReadsTest, SendsWhatWasCommittedMeanwhile) {
  run_read_ = elsewhere_.Accepts();
  Restart();
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_EQ(elsewhere_.waiting(), 1u);
  // With the first row that is read, after the snapshot was made.
  bool committed = false;
  database().set_fault([&]() -> absl::Status {
    if (std::exchange(committed, true)) return absl::OkStatus();
    return Create(ACustomer()).status();
  });
  elsewhere_.Work();
  database().set_fault(nullptr);
  RunAll();
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_EQ(elsewhere_.waiting(), 0u);
}

// A store takes a silent HQ for a dead one, however long a read takes.
TEST_F(LaggingReadsTest, AStreamThatIsReadForIsNotSilent) {
  run_read_ = elsewhere_.Accepts();
  Restart();
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_EQ(elsewhere_.waiting(), 1u);
  const size_t before = stream.written->messages.size();
  Advance(absl::Seconds(5));
  ASSERT_GT(stream.written->messages.size(), before + 2);
  EXPECT_TRUE(stream.written->messages.back().has_heartbeat());
  elsewhere_.Work();
  RunAll();
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

// A stream that ends while it waits to be read for holds up nobody.
TEST_F(LaggingReadsTest, AStreamThatEndedHoldsUpNobody) {
  run_read_ = elsewhere_.Accepts();
  Restart();
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_EQ(elsewhere_.waiting(), 1u);
  stream.Break();
  elsewhere_.Work();
  RunAll();
  stream = Resume(replica, kLineage);
  elsewhere_.Work();
  RunAll();
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

}  // namespace
}  // namespace comptoir::hq
