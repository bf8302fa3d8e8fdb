#include "cli/import/row_source.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/errors.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir::cli {
namespace {

void SetNames(const Uuid& id, customer::v1::Customer& customer) {
  customer.set_name(absl::StrCat("customers/", id.ToString()));
  for (auto& address : *customer.mutable_addresses()) {
    address.set_name(absl::StrCat(customer.name(), "/addresses/", IdOfAddress(id).ToString()));
  }
}

}  // namespace

absl::StatusOr<RowRange> ParseRowRange(std::string_view text, uint64_t rows) {
  RowRange range = {1, rows};
  if (text.empty()) return range;
  const size_t dash = text.find('-');
  const std::string_view from = text.substr(0, dash);
  const std::string_view to = dash == std::string_view::npos ? from : text.substr(dash + 1);
  const bool read = (from.empty() || absl::SimpleAtoi(ToAbsl(from), &range.first)) &&
                    (to.empty() || absl::SimpleAtoi(ToAbsl(to), &range.last));
  if (!read || text == "-" || range.first < 1 || range.last + 1 < range.first ||
      range.last > rows) {
    return UsageError(absl::StrCat("--rows \"", ToAbsl(text),
                                   "\": FROM-TO, within the file's rows 1-", rows, "."));
  }
  return range;
}

absl::StatusOr<std::unique_ptr<RowSource>> RowSource::Open(const RowSourceOptions& options) {
  if (options.name.empty() != options.mapping.key.empty()) {
    return UsageError(
        "--name and --key go together: a key names a row in the import of that name.");
  }
  COMPTOIR_ASSIGN_OR_RETURN(std::unique_ptr<CsvReader> reader,
                            CsvReader::Open(options.path, options.csv));
  COMPTOIR_ASSIGN_OR_RETURN(RowMapping mapping,
                            RowMapping::Make(reader->header(), options.mapping));
  auto source = std::unique_ptr<RowSource>(new RowSource(std::move(mapping), options.name));
  source->reader_ = std::move(reader);
  COMPTOIR_ASSIGN_OR_RETURN(source->facts_, ExamineCsvFile(options.path, options.csv));
  COMPTOIR_ASSIGN_OR_RETURN(const RowRange range, ParseRowRange(options.rows, source->facts_.rows));
  source->first_ = range.first;
  source->last_ = range.last;
  return source;
}

absl::StatusOr<Uuid> RowSource::IdOf(const CsvRow& row) {
  if (!mapping_.has_key()) return IdOfRow(facts_.sha256, row.number);
  COMPTOIR_ASSIGN_OR_RETURN(const std::string key, mapping_.KeyOf(row));
  const Uuid id = IdOfKey(name_, key);
  if (keys_seen_.insert(id).second) return id;
  FieldViolations violations;
  violations.Add("name", "KEY_TWICE", "An earlier row has the same key.");
  return violations.ToStatus();
}

absl::StatusOr<std::optional<SourceRow>> RowSource::Next() {
  while (true) {
    COMPTOIR_ASSIGN_OR_RETURN(const std::optional<CsvRow> row, reader_->Next());
    if (!row.has_value() || row->number > last_) return std::nullopt;
    if (row->number < first_) continue;
    const absl::StatusOr<Uuid> id = IdOf(*row);
    if (!id.ok()) return SourceRow{row->number, Uuid(), id.status()};
    SourceRow result = {row->number, *id, mapping_.ToCustomer(*row)};
    if (result.customer.ok()) SetNames(*id, *result.customer);
    return result;
  }
}

}  // namespace comptoir::cli
