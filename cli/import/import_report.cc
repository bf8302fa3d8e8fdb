#include "cli/import/import_report.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/errors.h"
#include "cli/import/csv_reader.h"
#include "cli/table.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

std::string CountsText(const std::map<std::string, uint64_t>& counts) {
  std::string text;
  for (const auto& [reason, count] : counts) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", reason, " ", WithThousands(count));
  }
  return text;
}

double Rate(uint64_t rows, absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  return seconds > 0 ? static_cast<double>(rows) / seconds : 0;
}

std::string RateText(double rate) {
  return absl::StrCat(WithThousands(static_cast<uint64_t>(std::llround(rate))), " rows/s");
}

}  // namespace

double ImportReport::rows_per_second() const { return Rate(decided(), duration); }

void ImportReport::AddCustomer(const customer::v1::Customer& customer) {
  if (dry_run) {
    // Only creation gives a state.
    ++(customer.state() == customer::v1::CUSTOMER_STATE_UNSPECIFIED ? valid : known);
  } else if (customer.state() == customer::v1::CUSTOMER_STATE_SYNCED) {
    ++synced;
  } else {
    ++pending;
  }
  for (const auto& warning : customer.warnings()) ++warnings[warning.reason()];
}

void ImportReport::AddRejection(const absl::Status& status) {
  ++rejected;
  const std::vector<FieldViolation> violations = FieldViolationsOf(status);
  if (violations.empty()) ++rejections[ReasonText(status)];
  for (const FieldViolation& violation : violations) ++rejections[violation.reason];
}

std::string ImportReport::ToText() const {
  std::vector<std::pair<std::string, std::string>> fields = {
      {"rows", absl::StrCat(WithThousands(rows), " (", first_row, " to ", last_row, ")")}};
  if (dry_run) {
    fields.emplace_back("to create", WithThousands(valid));
    fields.emplace_back("there already", WithThousands(known));
  } else {
    fields.emplace_back("synced", WithThousands(synced));
    fields.emplace_back("pending", WithThousands(pending));
  }
  const std::string rejected_text = WithThousands(rejected);
  fields.emplace_back("rejected", rejections.empty()
                                      ? rejected_text
                                      : absl::StrCat(rejected_text, ": ", CountsText(rejections)));
  if (decided() < rows) fields.emplace_back("not done", WithThousands(rows - decided()));
  fields.emplace_back("duplicates", duplicates == 0 ? "" : WithThousands(duplicates));
  fields.emplace_back("not compared",
                      duplicates_unknown == 0 ? "" : WithThousands(duplicates_unknown));
  fields.emplace_back("warnings", CountsText(warnings));
  fields.emplace_back("retries", retries == 0 ? "" : WithThousands(retries));
  fields.emplace_back("time", absl::StrFormat("%.1f s, %s", absl::ToDoubleSeconds(duration),
                                              RateText(rows_per_second())));
  return absl::StrCat(dry_run ? "Dry run, nothing was stored: " : "Imported ", file, "\n",
                      Fields(fields));
}

nlohmann::json ImportReport::ToJson() const {
  return {{"file", file},
          {"sha256", sha256},
          {"first_row", first_row},
          {"last_row", last_row},
          {"rows", rows},
          {"dry_run", dry_run},
          {"synced", synced},
          {"pending", pending},
          {"valid", valid},
          {"known", known},
          {"rejected", rejected},
          {"not_done", rows - decided()},
          {"retries", retries},
          {"duplicates", duplicates},
          {"duplicates_unknown", duplicates_unknown},
          {"warnings", warnings},
          {"rejections", rejections},
          {"seconds", absl::ToDoubleSeconds(duration)},
          {"rows_per_second", rows_per_second()}};
}

std::string ProgressText(uint64_t done, uint64_t rows, absl::Duration elapsed) {
  const double rate = Rate(done, elapsed);
  const uint64_t percent = rows == 0 ? 100 : done * 100 / rows;
  std::string text = absl::StrFormat("%3d%%  %s of %s rows  %s", percent, WithThousands(done),
                                     WithThousands(rows), RateText(rate));
  if (rate > 0 && done < rows) {
    const auto seconds = static_cast<int64_t>(std::ceil(static_cast<double>(rows - done) / rate));
    absl::StrAppend(&text, "  ", absl::FormatDuration(absl::Seconds(seconds)), " left");
  }
  return text;
}

std::string RejectionsHeader() { return CsvLine({"row", "field", "reason", "column"}); }

std::string RejectionLines(uint64_t row, const absl::Status& status, const RowMapping& mapping) {
  const std::vector<FieldViolation> violations = FieldViolationsOf(status);
  if (violations.empty()) return CsvLine({absl::StrCat(row), "", ReasonText(status), ""});
  std::string lines;
  for (const FieldViolation& violation : violations) {
    const std::string column = violation.field.empty() ? "" : mapping.ColumnOf(violation.field);
    lines += CsvLine({absl::StrCat(row), violation.field, violation.reason, column});
  }
  return lines;
}

}  // namespace comptoir::cli
