#ifndef COMPTOIR_CLI_IMPORT_ROW_SOURCE_H_
#define COMPTOIR_CLI_IMPORT_ROW_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "cli/import/csv_reader.h"
#include "cli/import/row_mapping.h"
#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::cli {

struct RowSourceOptions {
  std::string path;
  CsvOptions csv;
  RowMappingOptions mapping;

  // "FROM-TO", each 1 or more, TO included; either may be left out. Empty: all rows.
  std::string rows;

  // Name of the import, with mapping.key; empty without.
  std::string name;
};

// One row of the file as a customer.
struct SourceRow {
  uint64_t number;
  // Nil if the row has no usable key.
  Uuid id;
  // With its name, and that of its address if it has one; else what is wrong with the row.
  absl::StatusOr<customer::v1::Customer> customer;
};

// The rows of a file that an import, or a comparison with one, goes through: the same options give
// the same customers with the same ids. Not thread-safe.
class RowSource {
 public:
  // Reads the whole file once, so that one that cannot be read to its end is known before anything
  // is done with it.
  static absl::StatusOr<std::unique_ptr<RowSource>> Open(const RowSourceOptions& options);

  const std::string& sha256() const { return facts_.sha256; }
  const RowMapping& mapping() const { return mapping_; }
  uint64_t first_row() const { return first_; }
  uint64_t last_row() const { return last_; }
  uint64_t rows() const { return last_ + 1 - first_; }

  // Returns the next row of those asked for, nothing after the last. A key that was there before
  // makes its row invalid (KEY_TWICE).
  absl::StatusOr<std::optional<SourceRow>> Next();

 private:
  RowSource(RowMapping mapping, std::string name)
      : mapping_(std::move(mapping)), name_(std::move(name)) {}

  absl::StatusOr<Uuid> IdOf(const CsvRow& row);

  // Constant after Open().
  const RowMapping mapping_;
  const std::string name_;
  CsvFileFacts facts_;
  uint64_t first_ = 1;
  uint64_t last_ = 0;

  std::unique_ptr<CsvReader> reader_;
  absl::flat_hash_set<Uuid> keys_seen_;
};

// Reads "FROM-TO" for a file of `rows` rows. Fails with a usage error.
struct RowRange {
  uint64_t first;
  uint64_t last;
};
absl::StatusOr<RowRange> ParseRowRange(std::string_view text, uint64_t rows);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_ROW_SOURCE_H_
