#include "cli/import/row_mapping.h"

#include <unicode/calendar.h>
#include <unicode/smpdtfmt.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/errors.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir::cli {
namespace {

using customer::v1::Customer;

// Drawn once; every id of an import rests on it.
constexpr std::string_view kImportNamespace = "6f1c3a52-8d0e-4b7a-9c35-2e41d7a0b9f6";

// What headers say, without blanks, underscores, hyphens and case.
const std::map<std::string, std::string>& KnownHeaders() {
  static const auto& known = *new std::map<std::string, std::string>{
      {"type", "type"},
      {"title", "title"},
      {"salutation", "title"},
      {"firstname", "given_name"},
      {"givenname", "given_name"},
      {"middlename", "middle_name"},
      {"lastname", "family_name"},
      {"familyname", "family_name"},
      {"surname", "family_name"},
      {"organizationname", "organization_name"},
      {"organization", "organization_name"},
      {"company", "organization_name"},
      {"birthdate", "birth_date"},
      {"customergroup", "customer_group"},
      {"dateofbirth", "birth_date"},
      {"email", "email"},
      {"emailaddress", "email"},
      {"emailconsent", "email.consent.state"},
      {"secondaryemail", "secondary_emails"},
      {"secondaryphone", "secondary_phones"},
      {"phoneconsent", "phone.consent.state"},
      {"phone", "phone"},
      {"phonenumber", "phone"},
      {"phonetype", "phone.kind"},
      {"phonekind", "phone.kind"},
      {"currency", "currency"},
      {"language", "language"},
      {"receiptoption", "receipt_option"},
      {"receiptemail", "receipt_email"},
      {"url", "url"},
      {"website", "url"},
      {"taxnumber", "tax_number"},
      {"vatnumber", "tax_number"},
      {"notes", "notes"},
      {"street", "address.street"},
      {"street1", "address.street"},
      {"street2", "address.street2"},
      {"street3", "address.street3"},
      {"streetnumber", "address.street_number"},
      {"building", "address.building"},
      {"district", "address.district"},
      {"city", "address.city"},
      {"county", "address.county"},
      {"state", "address.state"},
      {"postalcode", "address.postal_code"},
      {"zip", "address.postal_code"},
      {"zipcode", "address.postal_code"},
      {"postcode", "address.postal_code"},
      {"country", "address.country"},
      {"countrycode", "address.country"},
  };
  return known;
}

std::string FieldOfHeader(std::string_view header) {
  std::string plain;
  for (const char c : header) {
    if (c != ' ' && c != '_' && c != '-') plain += absl::ascii_tolower(c);
  }
  const auto found = KnownHeaders().find(plain);
  return found == KnownHeaders().end() ? "" : found->second;
}

struct Target {
  FieldPath path;
  // The place among the columns of one list.
  int place;
};

// "address.street2" is the second line of "address.street".
absl::StatusOr<Target> ParseTarget(std::string_view field) {
  int place = 1;
  for (const int line : {2, 3}) {
    if (absl::EndsWith(ToAbsl(field), absl::StrCat("street", line))) place = line;
  }
  if (place != 1) field.remove_suffix(1);
  COMPTOIR_ASSIGN_OR_RETURN(FieldPath path, FieldPath::Parse(*Customer::descriptor(), field));
  return Target{std::move(path), place};
}

size_t IndexOf(const std::vector<std::string>& header, std::string_view name) {
  return static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin());
}

absl::Status NoSuchColumn(std::string_view name, const std::vector<std::string>& header) {
  return UsageError(absl::StrCat("The file has no column \"", ToAbsl(name),
                                 "\". It has: ", absl::StrJoin(header, ", "), "."));
}

bool IsDate(const FieldPath& path) {
  return path.text() == "birth_date" || path.text() == "addresses.valid_from" ||
         path.text() == "addresses.valid_to";
}

// Cells of these kinds are read by us; the others are the service's to judge.
std::string ReasonOfBadValue(const FieldPath& path) {
  return path.text() == "phone.kind" ? "PHONE_KIND_UNKNOWN" : "VALUE_INVALID";
}

absl::StatusOr<std::function<std::optional<std::string>(const std::string&)>> MakeDateReader(
    const std::string& pattern) {
  if (pattern.empty()) return [](const std::string& date) { return std::optional(date); };
  if (pattern.find('y') == std::string::npos || pattern.find('M') == std::string::npos ||
      pattern.find('d') == std::string::npos) {
    return UsageError(absl::StrCat("\"", pattern, "\" isn't a date format such as M/d/yyyy."));
  }
  UErrorCode error = U_ZERO_ERROR;
  auto format = std::make_shared<icu::SimpleDateFormat>(icu::UnicodeString::fromUTF8(pattern),
                                                        icu::Locale::getEnglish(), error);
  if (U_FAILURE(error)) {
    return UsageError(absl::StrCat("\"", pattern, "\" isn't a date format such as M/d/yyyy."));
  }
  format->setLenient(false);
  format->setTimeZone(*icu::TimeZone::getGMT());
  auto iso =
      std::make_shared<icu::SimpleDateFormat>("yyyy-MM-dd", icu::Locale::getEnglish(), error);
  iso->setTimeZone(*icu::TimeZone::getGMT());
  if (U_FAILURE(error)) return absl::InternalError(u_errorName(error));
  return [format, iso](const std::string& date) -> std::optional<std::string> {
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(date);
    icu::ParsePosition end(0);
    const UDate parsed = format->parse(text, end);
    if (end.getErrorIndex() >= 0 || end.getIndex() != text.length()) return std::nullopt;
    icu::UnicodeString formatted;
    std::string result;
    iso->format(parsed, formatted).toUTF8String(result);
    // "66" written for yyyy is the year 66.
    if (result.starts_with("00")) return std::nullopt;
    return result;
  };
}

}  // namespace

absl::StatusOr<RowMapping> RowMapping::Make(const std::vector<std::string>& header,
                                            const RowMappingOptions& options) {
  std::vector<std::string> fields;
  for (const std::string& name : header) fields.push_back(FieldOfHeader(name));
  std::vector<bool> ignored(header.size(), false);
  for (const std::string& name : options.ignore) {
    const size_t index = IndexOf(header, name);
    if (index == header.size()) return NoSuchColumn(name, header);
    ignored[index] = true;
    fields[index].clear();
  }
  RowMapping mapping;
  if (!options.key.empty()) {
    const size_t index = IndexOf(header, options.key);
    if (index == header.size()) return NoSuchColumn(options.key, header);
    mapping.key_index_ = index;
    ignored[index] = true;
  }
  for (const std::string& text : options.map) {
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      return UsageError(absl::StrCat("\"", text, "\" isn't COLUMN=field."));
    }
    const size_t index = IndexOf(header, text.substr(0, equals));
    if (index == header.size()) return NoSuchColumn(text.substr(0, equals), header);
    fields[index] = text.substr(equals + 1);
    if (fields[index].empty()) {
      return UsageError(
          absl::StrCat("\"", text, "\" names no field; leave a column out with --ignore."));
    }
  }

  std::vector<std::pair<Target, size_t>> targets;
  std::vector<std::string> unmapped;
  for (size_t i = 0; i < header.size(); ++i) {
    if (fields[i].empty()) {
      if (!ignored[i]) unmapped.push_back(header[i]);
      continue;
    }
    COMPTOIR_ASSIGN_OR_RETURN(Target target, ParseTarget(fields[i]));
    for (const auto& [other, index] : targets) {
      if (other.path.text() == target.path.text() && other.place == target.place) {
        return UsageError(absl::StrCat("Columns \"", header[index], "\" and \"", header[i],
                                       "\" are both mapped to ", fields[i], "."));
      }
    }
    targets.emplace_back(std::move(target), i);
  }
  if (!unmapped.empty()) {
    return UsageError(
        absl::StrCat("No field is known for these columns: ", absl::StrJoin(unmapped, ", "),
                     ". Say for each --map COLUMN=field or --ignore COLUMN."));
  }
  std::stable_sort(targets.begin(), targets.end(),
                   [](const auto& a, const auto& b) { return a.first.place < b.first.place; });
  for (auto& [target, index] : targets) {
    mapping.columns_.push_back({index, header[index], std::move(target.path)});
  }
  mapping.column_count_ = header.size();
  COMPTOIR_ASSIGN_OR_RETURN(mapping.read_date_, MakeDateReader(options.date_format));
  return mapping;
}

absl::StatusOr<Customer> RowMapping::ToCustomer(const CsvRow& row) const {
  FieldViolations violations;
  if (row.cells.size() != column_count_) {
    violations.Add(
        "", "COLUMN_COUNT",
        absl::StrCat("The row has ", row.cells.size(), " cells, the header ", column_count_, "."));
    return violations.ToStatus();
  }
  Customer customer;
  for (const MappedColumn& column : columns_) {
    const std::string& cell = row.cells[column.index];
    if (cell.empty()) continue;
    std::optional<std::string> value = cell;
    if (IsDate(column.path)) {
      value = read_date_(cell);
      if (!value.has_value()) {
        violations.Add(column.path.text(), "DATE_INVALID", "Not written as --date-format says.");
        continue;
      }
    }
    const absl::Status set = column.path.Set(customer, *value);
    if (!set.ok()) {
      violations.Add(column.path.text(), ReasonOfBadValue(column.path), std::string(set.message()));
    }
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  return customer;
}

absl::StatusOr<std::string> RowMapping::KeyOf(const CsvRow& row) const {
  COMPTOIR_CHECK(key_index_.has_value());
  if (*key_index_ >= row.cells.size() || row.cells[*key_index_].empty()) {
    FieldViolations violations;
    violations.Add("name", "KEY_MISSING", "The key column is blank.");
    return violations.ToStatus();
  }
  return row.cells[*key_index_];
}

std::string RowMapping::ColumnOf(std::string_view field) const {
  for (const MappedColumn& column : columns_) {
    if (column.path.Covers(field)) return column.name;
  }
  return "";
}

Uuid IdOfRow(std::string_view file_sha256, uint64_t row) {
  return Uuid::NameBased(*Uuid::Parse(kImportNamespace),
                         absl::StrCat("file:", ToAbsl(file_sha256), ":", row));
}

Uuid IdOfKey(std::string_view import_name, std::string_view key) {
  // The length keeps two pairs apart that would read the same.
  return Uuid::NameBased(
      *Uuid::Parse(kImportNamespace),
      absl::StrCat("import:", import_name.size(), ":", ToAbsl(import_name), ":", ToAbsl(key)));
}

Uuid IdOfAddress(const Uuid& customer) { return Uuid::NameBased(customer, "address"); }

}  // namespace comptoir::cli
