#include "cli/verify/against.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/resource_names.h"
#include "common/base/check.h"
#include "common/base/crypto.h"
#include "common/base/strings.h"

namespace comptoir::cli {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

// Where a blank cell is filled in by the service: nothing can be expected then.
bool IsFilledIn(std::string_view path) {
  if (path.starts_with("attributes.")) return true;  // with its default
  static const auto& filled_in = *new std::set<std::string, std::less<>>{
      "type",
      "currency",
      "language",
      "receipt_option",
      "phone.number",  // shows that of the primary address
      "phone.kind",
      "addresses.display_name",
      "addresses.purposes",
      "addresses.phone.number",
      "addresses.phone.kind",
      "addresses.country",
  };
  return filled_in.contains(path);
}

}  // namespace

bool AgainstReport::AsTheFile() const {
  return pending == 0 && lost == 0 && changed == 0 && duplicates() == 0 &&
         std::all_of(missing.begin(), missing.end(), [](uint64_t count) { return count == 0; });
}

AgainstFile::AgainstFile(const RowMapping& mapping, size_t services, size_t changed_max)
    : services_(services), changed_max_(changed_max) {
  COMPTOIR_CHECK(services >= 1 && services <= kServicesMax);
  report_.missing.resize(services);
  std::set<std::string> seen;
  for (const MappedColumn& column : mapping.columns()) {
    // The lines of a list are one field.
    if (!seen.insert(column.path.text()).second) continue;
    auto& fields = column.path.root() == "addresses" ? address_fields_ : customer_fields_;
    fields.push_back({column.path, column.name});
  }
}

absl::Status AgainstFile::Add(const SourceRow& row) {
  ++report_.rows;
  if (!row.customer.ok()) {
    ++report_.invalid;
    return absl::OkStatus();
  }
  if (rows_.size() >= kAgainstRowsMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("More than ", kAgainstRowsMax, " rows; compare parts with --rows."));
  }
  rows_.emplace(row.id, Row{.number = row.number,
                            .expected = row.customer->SerializeAsString(),
                            .has_address = row.customer->addresses_size() > 0});
  fingerprints_.insert(Fingerprint(*row.customer));
  return absl::OkStatus();
}

std::string AgainstFile::Fingerprint(const Customer& customer) const {
  std::string values;
  for (const Field& field : customer_fields_) {
    const std::string value = field.path.Get(customer);
    absl::StrAppend(&values, value.size(), ":", value);
  }
  return Sha256(values);
}

void AgainstFile::AddChanged(ChangedCell cell) {
  ++report_.changed;
  if (report_.changed_cells.size() < changed_max_) {
    report_.changed_cells.push_back(std::move(cell));
  }
}

void AgainstFile::CompareCells(const Row& row, const std::vector<Field>& fields,
                               const Customer& expected, const Customer& actual, size_t service) {
  for (const Field& field : fields) {
    const std::string value = field.path.Get(expected);
    if (value.empty() && IsFilledIn(field.path.text())) continue;
    if (value != field.path.Get(actual)) AddChanged({row.number, field.column, service});
  }
}

void AgainstFile::CountAtHq(const Customer& customer, bool is_row) {
  if (!customer.account_number().empty() &&
      !account_numbers_.insert(customer.account_number()).second) {
    account_numbers_twice_.insert(customer.account_number());
  }
  if (is_row) return;
  ++report_.others;
  if (!customer_fields_.empty() && fingerprints_.contains(Fingerprint(customer))) {
    ++report_.lookalikes;
  }
}

void AgainstFile::Visit(const std::string& name, const std::vector<const Customer*>& records,
                        const Services& at) {
  COMPTOIR_CHECK(records.size() == services_);
  const std::optional<Uuid> id = CustomerIdOf(name);
  const auto found = id.has_value() ? rows_.find(*id) : rows_.end();
  if (records[0] != nullptr) CountAtHq(*records[0], found != rows_.end());
  if (found == rows_.end()) return;
  Row& row = found->second;
  row.not_at = ~at;
  Customer expected;
  COMPTOIR_CHECK(expected.ParseFromString(row.expected));
  for (size_t i = 0; i < services_; ++i) {
    if (records[i] == nullptr) continue;
    row.customer_at[i] = true;
    if (records[i]->account_number().empty()) {
      row.pending = true;
    } else if (i == 0) {
      row.synced = true;
    }
    CompareCells(row, customer_fields_, expected, *records[i], i);
  }
}

void AgainstFile::Visit(const std::string& name, const std::vector<const Address*>& records) {
  COMPTOIR_CHECK(records.size() == services_);
  const std::optional<Uuid> id = CustomerIdOf(name);
  const auto found = id.has_value() ? rows_.find(*id) : rows_.end();
  if (found == rows_.end()) return;
  Row& row = found->second;
  Customer expected;
  COMPTOIR_CHECK(expected.ParseFromString(row.expected));
  // The customer may have got other addresses since.
  if (!row.has_address || name != expected.addresses(0).name()) return;
  for (size_t i = 0; i < services_; ++i) {
    if (records[i] == nullptr) continue;
    row.address_at[i] = true;
    Customer actual;
    *actual.add_addresses() = *records[i];
    CompareCells(row, address_fields_, expected, actual, i);
  }
}

AgainstReport AgainstFile::Finish() {
  for (const auto& [id, row] : rows_) {
    if (row.customer_at[0]) ++report_.created;
    if (row.synced) ++report_.synced;
    if (!row.synced && row.pending) ++report_.pending;
    if (row.customer_at.none()) ++report_.lost;
    for (size_t i = 0; i < services_; ++i) {
      if (!row.customer_at[i]) {
        if (!row.not_at[i]) ++report_.missing[i];
      } else if (row.has_address && !row.address_at[i]) {
        AddChanged({row.number, "", i});
      }
    }
  }
  report_.account_numbers = account_numbers_.size();
  report_.account_numbers_twice = account_numbers_twice_.size();
  auto& cells = report_.changed_cells;
  std::sort(cells.begin(), cells.end(), [](const ChangedCell& a, const ChangedCell& b) {
    return std::tie(a.row, a.column, a.service) < std::tie(b.row, b.column, b.service);
  });
  return std::move(report_);
}

}  // namespace comptoir::cli
