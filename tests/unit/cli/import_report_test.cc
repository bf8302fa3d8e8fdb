#include "cli/import/import_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "tests/support/matchers.h"

namespace comptoir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ImportReport, CountsWhatServicesAnswer) {
  ImportReport report = {.file = "x.csv", .first_row = 1, .last_row = 5, .rows = 5};
  customer::v1::Customer synced;
  synced.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
  synced.add_warnings()->set_reason("PHONE_UNPARSABLE");
  customer::v1::Customer pending;
  pending.set_state(customer::v1::CUSTOMER_STATE_PENDING);
  FieldViolations violations;
  violations.Add("customer.email", "EMAIL_IMPOSSIBLE", "");
  violations.Add("customer.birth_date", "DATE_INVALID", "");

  report.AddCustomer(synced);
  report.AddCustomer(pending);
  report.AddRejection(violations.ToStatus());
  report.AddRejection(MakeError(Reason::kRequestIdReused, ""));
  report.duration = absl::Seconds(2);

  EXPECT_EQ(report.decided(), 4u);
  const auto json = report.ToJson();
  EXPECT_EQ(json["synced"], 1);
  EXPECT_EQ(json["pending"], 1);
  EXPECT_EQ(json["rejected"], 2);
  EXPECT_EQ(json["not_done"], 1);
  EXPECT_EQ(json["warnings"]["PHONE_UNPARSABLE"], 1);
  EXPECT_EQ(json["rejections"]["EMAIL_IMPOSSIBLE"], 1);
  EXPECT_EQ(json["rejections"]["REQUEST_ID_REUSED"], 1);
  EXPECT_EQ(json["rows_per_second"], 2.0);
  const std::string text = report.ToText();
  EXPECT_THAT(text, HasSubstr("DATE_INVALID 1, EMAIL_IMPOSSIBLE 1, REQUEST_ID_REUSED 1"));
  EXPECT_THAT(text, HasSubstr("not done"));
  EXPECT_THAT(text, Not(HasSubstr("retries")));
}

TEST(Progress, TellsRateAndTimeLeft) {
  EXPECT_EQ(ProgressText(0, 1000, absl::ZeroDuration()), "  0%  0 of 1,000 rows  0 rows/s");
  EXPECT_EQ(ProgressText(4000, 10000, absl::Seconds(2)),
            " 40%  4,000 of 10,000 rows  2,000 rows/s  3s left");
  EXPECT_EQ(ProgressText(10, 10, absl::Seconds(1)), "100%  10 of 10 rows  10 rows/s");
}

TEST(Rejections, AreOneLinePerField) {
  const auto mapping =
      RowMapping::Make({"first_name", "city, or so"}, {.map = {"city, or so=address.city"}});
  ASSERT_THAT(mapping, IsOk());
  FieldViolations violations;
  violations.Add("customer.addresses[0].city", "TOO_LONG", "");
  violations.Add("customer.given_name", "TOO_LONG", "");

  EXPECT_EQ(RejectionsHeader(), "row,field,reason,column\n");
  EXPECT_EQ(RejectionLines(7, violations.ToStatus(), *mapping),
            "7,customer.addresses[0].city,TOO_LONG,\"city, or so\"\n"
            "7,customer.given_name,TOO_LONG,first_name\n");
  EXPECT_EQ(RejectionLines(8, MakeError(Reason::kRequestIdReused, ""), *mapping),
            "8,,REQUEST_ID_REUSED,\n");
}

}  // namespace
}  // namespace comptoir::cli
