#include "cli/errors.h"

#include <gtest/gtest.h>

#include "common/base/status.h"
#include "tests/support/proves.h"

namespace comptoir::cli {
namespace {

TEST(Errors, TellReasonMessageAndMetadata) {
  const absl::Status status =
      MakeError(Reason::kEtagMismatch, "Changed since it was read.", {{"etag", "7"}});

  EXPECT_EQ(ErrorText(status), "comptoir: ETAG_MISMATCH: Changed since it was read. [etag=7]\n");
  EXPECT_EQ(ErrorJson(status),
            R"({"error":{"code":"ABORTED","message":"Changed since it was read.",)"
            R"("metadata":{"etag":"7"},"reason":"ETAG_MISMATCH"}})");
  EXPECT_EQ(ExitCodeOf(status), kExitFailure);
}

// Every refused field is told, never only the first. (C8)
TEST(Errors, TellEveryField) {
  PROVES("C8");
  FieldViolations violations;
  violations.Add("customer.email", "EMAIL_IMPOSSIBLE", "No e-mail address looks so.");
  violations.Add("customer.birth_date", "DATE_INVALID", "");

  const std::string text = ErrorText(violations.ToStatus());

  EXPECT_NE(text.find("\n  customer.email: EMAIL_IMPOSSIBLE: No e-mail address looks so.\n"),
            std::string::npos);
  EXPECT_NE(text.find("\n  customer.birth_date: DATE_INVALID\n"), std::string::npos);
}

TEST(Errors, OfOthersAreToldByTheirCode) {
  const absl::Status status = absl::UnavailableError("connection refused");

  EXPECT_EQ(ReasonText(status), "UNAVAILABLE");
  EXPECT_EQ(ErrorText(status), "comptoir: UNAVAILABLE: connection refused\n");
}

TEST(Errors, OfUsageHaveAnExitCodeOfTheirOwn) {
  EXPECT_EQ(ExitCodeOf(UsageError("No such column.")), kExitUsage);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), kExitFailure);
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), kExitOk);
}

}  // namespace
}  // namespace comptoir::cli
