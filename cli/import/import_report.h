#ifndef COMPTOIR_CLI_IMPORT_IMPORT_REPORT_H_
#define COMPTOIR_CLI_IMPORT_IMPORT_REPORT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/import/row_mapping.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "nlohmann/json.hpp"

namespace comptoir::cli {

// What an import has done so far.
struct ImportReport {
  std::string file;
  std::string sha256;
  // The rows asked for: first, last, number of them.
  uint64_t first_row = 0;
  uint64_t last_row = 0;
  uint64_t rows = 0;
  bool dry_run = false;

  // Decided rows. Whether a customer was there already cannot be told: a repeated create is
  // answered like the first.
  uint64_t synced = 0;
  uint64_t pending = 0;
  // In a dry run: what would be created, and what is there already.
  uint64_t valid = 0;
  uint64_t known = 0;
  uint64_t rejected = 0;
  uint64_t retries = 0;
  // Likely duplicates that were found, and how often nobody could be asked, or not everybody.
  uint64_t duplicates = 0;
  uint64_t duplicates_unknown = 0;
  std::map<std::string, uint64_t> warnings;
  std::map<std::string, uint64_t> rejections;
  absl::Duration duration;

  uint64_t decided() const { return synced + pending + valid + known + rejected; }
  double rows_per_second() const;

  // Counts a customer that a service answered, with its warnings.
  void AddCustomer(const customer::v1::Customer& customer);
  // Counts a row that was refused, by the reason of each field.
  void AddRejection(const absl::Status& status);

  std::string ToText() const;
  nlohmann::json ToJson() const;
};

// Returns "45%  8,123 of 18,148 rows  2,345 rows/s  4s left".
std::string ProgressText(uint64_t done, uint64_t rows, absl::Duration elapsed);

// Returns the lines of a file of rejected rows: row, field, reason, column, one line per refused
// field.
std::string RejectionsHeader();
std::string RejectionLines(uint64_t row, const absl::Status& status, const RowMapping& mapping);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_IMPORT_REPORT_H_
