// What searches read of the index is read into memory in steps, beside commits, and not at all
// where it has no room.

#include "common/customer/search/search_memory.h"

#include <string>
#include <vector>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/customer/search/search_memory_metrics.h"
#include "tests/unit/customer/search_memory_test.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What was there before the start is read in steps; until then searches read the index.
TEST_F(SearchMemoryTest, IsReadInSteps) {
  for (const char* name : {"Ada", "Grace", "Alan", "Edsger", "Barbara"}) {
    Store(ACustomer().Named(name, "Hopper").At(AnAddress().Street("12 High Street")));
  }
  Begin({.rows_per_step = 7});
  Load();
  EXPECT_EQ(memory_->figures().state, State::kLoading);
  EXPECT_FALSE(memory_->ready());
  EXPECT_FALSE(memory_->Read([](const WordMemory&) { FAIL(); }));
  EXPECT_THAT(Find("ada"), ElementsAre("Ada Hopper"));
  EXPECT_GT(RunSteps(), 4u);
  EXPECT_TRUE(memory_->ready());
  ExpectAllInMemory();
  EXPECT_THAT(Find("ada"), ElementsAre("Ada Hopper"));
  EXPECT_THAT(log_.str(), HasSubstr("words of customers are in memory"));
  const auto figures = memory_->figures();
  EXPECT_EQ(figures.customers, 5u);
  EXPECT_GT(figures.words, 6u);
  EXPECT_GT(figures.bytes, 0u);
}

// Commits fall between the steps, before and behind the place that is read. (V7)
TEST_F(SearchMemoryTest, FollowsCommitsWhileItIsRead) {
  PROVES("V7");
  for (int round = 0; round < 20; ++round) {
    Begin({.rows_per_step = 1 + random_.Below(20)});
    const std::vector<Uuid> ids = SomeIds(10);
    for (int i = 0; i < 50; ++i) ChangeSomething(ids);
    Load();
    do {
      for (size_t changes = random_.Below(4); changes > 0; --changes) ChangeSomething(ids);
    } while (RunStep());
    ExpectAllInMemory();
  }
}

// All threads of the pool are taken: the next search asks again.
TEST_F(SearchMemoryTest, WaitsForAFreeThread) {
  Store(ACustomer().Named("Ada"));
  Begin({.rows_per_step = 1});
  is_busy_ = true;
  Load();
  EXPECT_THAT(work_, IsEmpty());
  is_busy_ = false;
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  EXPECT_EQ(work_.size(), 1u);
  is_busy_ = true;
  RunSteps();
  EXPECT_FALSE(memory_->ready());
  is_busy_ = false;
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  RunSteps();
  ExpectAllInMemory();
}

// Words come first; records have what they leave.
TEST_F(SearchMemoryTest, RecordsHaveTheRoomThatWordsLeave) {
  for (int i = 0; i < 300; ++i) Store(ACustomer().Named("Ada", "Hopper"));
  LoadAll();
  const auto all = memory_->figures();
  EXPECT_EQ(all.records, 300u);
  size_t words = 0;
  EXPECT_TRUE(
      memory_->Read([&](const WordMemory& memory) { words = memory.bytes_without_records(); }));
  Begin({.bytes_max = (words + all.bytes) / 2, .rows_per_step = 7});
  LoadAll();
  EXPECT_EQ(memory_->figures().customers, 300u);
  EXPECT_THAT(memory_->figures().records, testing::AllOf(testing::Gt(50u), testing::Lt(250u)));
  EXPECT_THAT(memory_->figures().bytes, testing::Le((words + all.bytes) / 2));
  EXPECT_THAT(Find("hopper"), testing::SizeIs(20));
}

// Without the room that it needs it gives up, and searches go on in the index.
TEST_F(SearchMemoryTest, IsOffWhereItHasNoRoom) {
  Store(ACustomer().Named("Ada"));
  Begin({.bytes_max = 1});
  Load();
  RunSteps();
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_EQ(memory_->figures().bytes, 0u);
  EXPECT_THAT(log_.str(), HasSubstr("more memory than they may have"));
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  Store(ACustomer().Named("Grace"));
  EXPECT_THAT(Find("grace"), ElementsAre("Grace"));
  Begin({.bytes_max = 0});
  Load();
  EXPECT_THAT(work_, IsEmpty());
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_THAT(Find("grace"), ElementsAre("Grace"));
}

// It grew too large after it was ready.
TEST_F(SearchMemoryTest, GoesOffWhenItHasNoRoomAnyMore) {
  LoadAll();
  const size_t bytes_max = memory_->figures().bytes + 20'000;
  Begin({.bytes_max = bytes_max, .changes_bytes_aside = 100});
  LoadAll();
  for (int i = 0; i < 2'000 && memory_->ready(); ++i) {
    Store(ACustomer().Named("Ada" + std::to_string(i)));
    RunSteps();
    EXPECT_LE(memory_->figures().bytes, bytes_max);
  }
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_EQ(Find("ada7").front(), "Ada7");
}

TEST_F(SearchMemoryTest, GivesUpWhereTheIndexCannotBeRead) {
  Load();
  database_.set_fault([] { return MakeError(Reason::kStorageFailed, "broken"); });
  RunSteps();
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_THAT(log_.str(), HasSubstr("couldn't be read"));
}

TEST_F(SearchMemoryTest, IsToldInMetrics) {
  Metrics metrics;
  SearchMemoryMetrics memory_metrics(metrics, *memory_);
  Load();
  memory_metrics.Update();
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_state{state=\"loading\"} 1"));
  RunSteps();
  Store(ACustomer().Named("Ada"));
  ExpectAllInMemory();
  memory_metrics.Update();
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_state{state=\"loading\"} 0"));
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_state{state=\"ready\"} 1"));
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_customers 1"));
}

}  // namespace
}  // namespace comptoir
