#include "common/process/metrics_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

TEST(MetricsAddress, APortIsTakenOnce) {
  const Metrics metrics;
  const auto first = MetricsServer::Start("127.0.0.1:0", metrics);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(MetricsServer::Start(absl::StrCat("127.0.0.1:", (*first)->port()), metrics),
              HasCode(absl::StatusCode::kUnavailable));
}

// Nobody is authenticated yet. (U1)
TEST(MetricsAddress, OtherMachinesCannotBeListenedFor) {
  EXPECT_THAT(MetricsServer::Start("0.0.0.0:0", Metrics()),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace comptoir
