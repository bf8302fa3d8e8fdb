// Reading whole tables, for what is said of all that a database holds.

#ifndef COMPTOIR_TESTS_SIM_ROWS_H_
#define COMPTOIR_TESTS_SIM_ROWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/customer/requests/names.h"
#include "common/storage/database.h"

namespace comptoir::sim {

using Rows = std::map<std::string, std::string>;

Rows AllRows(const Reader& reader, Table table);
// Records that are distributed; number sequences, batch jobs and the audit stay at HQ.
Rows DistributedRecords(const Reader& reader);

// The kind of record that a key of table records begins with.
uint8_t KindOf(std::string_view key);
// The customer that a record is, or belongs to; nothing for configuration and for loyalty cards
// that are nobody's.
std::optional<CustomerId> OwnerOf(std::string_view key, const std::string& value);
// A key of table records for people.
std::string Describe(std::string_view key);

// Nothing for a row that isn't there, or doesn't parse.
template <typename Record>
std::optional<Record> Parse(const std::optional<std::string>& bytes) {
  if (!bytes.has_value()) return std::nullopt;
  Record record;
  if (!record.ParseFromString(*bytes)) return std::nullopt;
  return record;
}

}  // namespace comptoir::sim

#endif  // COMPTOIR_TESTS_SIM_ROWS_H_
