#ifndef COMPTOIR_CLI_IMPORT_ROW_MAPPING_H_
#define COMPTOIR_CLI_IMPORT_ROW_MAPPING_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/field_path.h"
#include "cli/import/csv_reader.h"
#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::cli {

struct RowMappingOptions {
  // "COLUMN=field" texts; they go before what the column's name says.
  std::vector<std::string> map;

  // Columns that are left out.
  std::vector<std::string> ignore;

  // The column that names a row for ever, if any. It need be neither mapped nor ignored.
  std::string key;

  // How dates are written, in ICU's letters: "M/d/yyyy". Empty: as ISO 8601.
  std::string date_format;
};

// Where a column goes.
struct MappedColumn {
  size_t index;
  std::string name;
  FieldPath path;
};

// What the columns of a file mean. Nothing is left out silently: a column that is neither mapped
// nor ignored is an error. A value after Make(); thread-compatible.
class RowMapping {
 public:
  // Fails with a usage error that names every column without a meaning.
  static absl::StatusOr<RowMapping> Make(const std::vector<std::string>& header,
                                         const RowMappingOptions& options);

  // Returns the customer of a row, without name; blank cells set nothing. Fails with INVALID_FIELDS
  // naming every cell that cannot be understood: COLUMN_COUNT, DATE_INVALID, VALUE_INVALID.
  absl::StatusOr<customer::v1::Customer> ToCustomer(const CsvRow& row) const;

  // Returns the row's key; KEY_MISSING if it is blank. REQUIRES: there is a key column.
  absl::StatusOr<std::string> KeyOf(const CsvRow& row) const;
  bool has_key() const { return key_index_.has_value(); }

  // In the order of the fields; the columns of one list in the order of its elements.
  const std::vector<MappedColumn>& columns() const { return columns_; }

  // Returns the column behind a field that a service refused ("customer.addresses[0].city"); empty
  // if there is none.
  std::string ColumnOf(std::string_view field) const;

 private:
  // Returns the date in ISO 8601; nothing if it isn't written as the options say.
  using DateReader = std::function<std::optional<std::string>(const std::string&)>;

  RowMapping() = default;

  size_t column_count_ = 0;
  std::vector<MappedColumn> columns_;
  std::optional<size_t> key_index_;
  DateReader read_date_;
};

// The id of a customer by its place: always the same for the same bytes and row.
Uuid IdOfRow(std::string_view file_sha256, uint64_t row);

// The id of a customer by its key in the import of this name.
Uuid IdOfKey(std::string_view import_name, std::string_view key);

// The id of the address that comes with a customer.
Uuid IdOfAddress(const Uuid& customer);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_ROW_MAPPING_H_
