#include "common/rpc/calls.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/matchers.h"

namespace comptoir::rpc {
namespace {

using ::testing::HasSubstr;
using Kind = Calls::Kind;

class CallsTest : public ::testing::Test {
 protected:
  void End(Kind kind, const absl::Status& outcome = absl::OkStatus()) {
    calls_.Ended(kind, "Method", outcome, std::chrono::milliseconds(3));
  }

  Metrics metrics_;
  Calls calls_{metrics_, {.unary_calls_max = 2, .streams_max = 1}};
};

// More calls than the limit are refused at once; when one ends, the next is let in.
TEST_F(CallsTest, BoundsUnaryCalls) {
  EXPECT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());
  EXPECT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());
  EXPECT_THAT(calls_.Begin(Kind::kUnary, "Method"), HasReason("OVERLOADED"));

  End(Kind::kUnary);

  EXPECT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());
  End(Kind::kUnary);
  End(Kind::kUnary);
}

TEST_F(CallsTest, BoundsStreamsByThemselves) {
  EXPECT_THAT(calls_.Begin(Kind::kStream, "Watch"), IsOk());
  EXPECT_THAT(calls_.Begin(Kind::kStream, "Watch"), HasReason("OVERLOADED"));
  EXPECT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());
  End(Kind::kStream);
  End(Kind::kUnary);
}

TEST_F(CallsTest, LetsNothingInOnceStopped) {
  calls_.Stop();
  EXPECT_THAT(calls_.Begin(Kind::kUnary, "Method"), HasReason("SHUTTING_DOWN"));
  EXPECT_THAT(calls_.Begin(Kind::kStream, "Watch"), HasReason("SHUTTING_DOWN"));
}

TEST_F(CallsTest, WaitsForUnaryCallsOnly) {
  ASSERT_THAT(calls_.Begin(Kind::kStream, "Watch"), IsOk());
  EXPECT_TRUE(calls_.WaitForUnaryCalls(absl::ZeroDuration()));
  ASSERT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());
  EXPECT_FALSE(calls_.WaitForUnaryCalls(absl::Milliseconds(1)));
  End(Kind::kUnary);
  EXPECT_TRUE(calls_.WaitForUnaryCalls(absl::ZeroDuration()));
  End(Kind::kStream);
}

// Operators see calls by method and outcome; a reason where there is one, else the code.
TEST_F(CallsTest, CountsByMethodAndReason) {
  ASSERT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());
  End(Kind::kUnary, MakeError(Reason::kCustomerNotFound, ""));
  ASSERT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());
  End(Kind::kUnary, absl::InternalError(""));
  ASSERT_THAT(calls_.Begin(Kind::kUnary, "Method"), IsOk());

  const std::string text = metrics_.Render();

  EXPECT_THAT(text,
              HasSubstr(R"(comptoir_calls_total{method="Method",reason="CUSTOMER_NOT_FOUND"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(comptoir_calls_total{method="Method",reason="INTERNAL"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(comptoir_call_seconds_count{method="Method"} 2)"));
  EXPECT_THAT(text, HasSubstr("comptoir_calls_under_way 1"));
  End(Kind::kUnary);
}

}  // namespace
}  // namespace comptoir::rpc
