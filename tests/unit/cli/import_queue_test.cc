#include "cli/import/import_queue.h"

#include <gtest/gtest.h>

#include "common/base/status.h"
#include "tests/support/proves.h"

namespace comptoir::cli {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1704110400);

absl::Status Unavailable() { return absl::UnavailableError("connection refused"); }

customer::v1::CreateCustomerRequest Request(const std::string& name) {
  customer::v1::CreateCustomerRequest request;
  request.mutable_customer()->set_name(name);
  return request;
}

class ImportQueueTest : public testing::Test {
 protected:
  // Sends everything that is due and returns the rows.
  std::vector<uint64_t> TakeAll(absl::Time now) {
    std::vector<uint64_t> rows;
    while (const auto due = queue_.TakeDue(now)) rows.push_back(due->row);
    return rows;
  }

  SeededRandom random_{7};
  ImportQueue queue_{random_, {.rows_max = 2, .give_up_after = absl::Seconds(60)}};
};

TEST(Judge, TriesAgainWhatMayPass) {
  EXPECT_EQ(Judge(Unavailable()), Verdict::kRetry);
  EXPECT_EQ(Judge(absl::DeadlineExceededError("")), Verdict::kRetry);
  EXPECT_EQ(Judge(absl::ResourceExhaustedError("")), Verdict::kRetry);
  EXPECT_EQ(Judge(absl::InternalError("")), Verdict::kRetry);
  EXPECT_EQ(Judge(MakeError(Reason::kOverloaded, "")), Verdict::kRetry);
  EXPECT_EQ(Judge(MakeError(Reason::kConfigurationMissing, "")), Verdict::kRetry);
  EXPECT_EQ(Judge(MakeError(Reason::kNumberSequenceBlocked, "")), Verdict::kRetry);
  EXPECT_EQ(Judge(MakeError(Reason::kCustomerDataFiltered, "")), Verdict::kRetry);
}

TEST(Judge, TellsBadRowsFromBadImports) {
  EXPECT_EQ(Judge(absl::OkStatus()), Verdict::kDone);
  EXPECT_EQ(Judge(MakeError(Reason::kInvalidFields, "")), Verdict::kReject);
  EXPECT_EQ(Judge(MakeError(Reason::kRequestIdReused, "")), Verdict::kReject);
  EXPECT_EQ(Judge(absl::InvalidArgumentError("")), Verdict::kReject);
  EXPECT_EQ(Judge(MakeError(Reason::kChannelNotServed, "")), Verdict::kAbort);
  EXPECT_EQ(Judge(MakeError(Reason::kUnauthenticated, "")), Verdict::kAbort);
  EXPECT_EQ(Judge(absl::UnimplementedError("")), Verdict::kAbort);
}

TEST_F(ImportQueueTest, HoldsNoMoreRowsThanItMay) {
  queue_.Add(1, Request("a"), kNoon);
  EXPECT_TRUE(queue_.HasRoom());
  queue_.Add(2, Request("b"), kNoon);
  EXPECT_FALSE(queue_.HasRoom());

  EXPECT_EQ(TakeAll(kNoon), (std::vector<uint64_t>{1, 2}));
  EXPECT_FALSE(queue_.HasRoom());

  EXPECT_EQ(queue_.Answered(1, absl::OkStatus(), kNoon), Verdict::kDone);
  EXPECT_TRUE(queue_.HasRoom());
}

// What is tried again is the very same request: same id, same content. (C10)
TEST_F(ImportQueueTest, TriesAgainLaterWithTheSameRequest) {
  PROVES("B5", "C10");
  queue_.Add(1, Request("customers/x"), kNoon);
  ASSERT_EQ(TakeAll(kNoon).size(), 1u);

  EXPECT_EQ(queue_.Answered(1, Unavailable(), kNoon), Verdict::kRetry);

  EXPECT_EQ(TakeAll(kNoon), std::vector<uint64_t>());
  EXPECT_GT(queue_.NextDue(), kNoon);
  EXPECT_LE(queue_.NextDue(), kNoon + absl::Milliseconds(100));
  const auto due = queue_.TakeDue(queue_.NextDue());
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->request.customer().name(), "customers/x");
  EXPECT_EQ(queue_.retries(), 1u);
}

TEST_F(ImportQueueTest, WaitsLongerEachTimeAndNeverTooLong) {
  queue_.Add(1, Request("a"), kNoon);
  absl::Time now = kNoon;
  absl::Duration longest;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(TakeAll(now).size(), 1u);
    queue_.Answered(1, Unavailable(), now);
    longest = std::max(longest, queue_.NextDue() - now);
    now = queue_.NextDue();
  }
  EXPECT_GT(longest, absl::Seconds(2));
  EXPECT_LE(longest, absl::Seconds(5));
}

TEST_F(ImportQueueTest, GivesUpAfterNothingButFailures) {
  queue_.Add(1, Request("a"), kNoon);
  queue_.Add(2, Request("b"), kNoon);
  TakeAll(kNoon);
  EXPECT_FALSE(queue_.ShouldGiveUp(kNoon + absl::Hours(1)));  // slow, but nothing has failed

  queue_.Answered(1, Unavailable(), kNoon);
  EXPECT_FALSE(queue_.ShouldGiveUp(kNoon + absl::Seconds(59)));
  EXPECT_TRUE(queue_.ShouldGiveUp(kNoon + absl::Seconds(60)));
  EXPECT_EQ(queue_.last_failure(), Unavailable());
}

TEST_F(ImportQueueTest, AnySuccessGivesNewTime) {
  queue_.Add(1, Request("a"), kNoon);
  queue_.Add(2, Request("b"), kNoon);
  TakeAll(kNoon);
  queue_.Answered(1, Unavailable(), kNoon);

  queue_.Answered(2, MakeError(Reason::kInvalidFields, ""), kNoon + absl::Seconds(50));

  EXPECT_FALSE(queue_.ShouldGiveUp(kNoon + absl::Seconds(70)));
}

TEST_F(ImportQueueTest, IsEmptyWhenEveryRowIsDecided) {
  queue_.Add(1, Request("a"), kNoon);
  queue_.Add(2, Request("b"), kNoon);
  TakeAll(kNoon);
  EXPECT_EQ(queue_.NextDue(), absl::InfiniteFuture());

  queue_.Answered(1, absl::OkStatus(), kNoon);
  queue_.Answered(2, MakeError(Reason::kInvalidFields, ""), kNoon);

  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace comptoir::cli
