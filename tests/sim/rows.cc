#include "tests/sim/rows.h"

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/storage/key_codec.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::sim {

using replication::v1::RECORD_KIND_AUDIT_ENTRY;
using replication::v1::RECORD_KIND_BATCH_JOB;
using replication::v1::RECORD_KIND_CONSENT_CHANGE;
using replication::v1::RECORD_KIND_NUMBER_SEQUENCE;

Rows AllRows(const Reader& reader, Table table) {
  Rows rows;
  KeyRange range;
  range.rows_max = 1'000'000;
  COMPTOIR_CHECK_OK(reader.Scan(table, range, [&](std::string_view key, std::string_view value) {
    rows.emplace(key, value);
    return true;
  }));
  return rows;
}

uint8_t KindOf(std::string_view key) { return key.empty() ? 0 : static_cast<uint8_t>(key[0]); }

Rows DistributedRecords(const Reader& reader) {
  Rows rows = AllRows(reader, Table::kRecords);
  std::erase_if(rows, [](const auto& row) {
    return KindOf(row.first) == RECORD_KIND_NUMBER_SEQUENCE ||
           KindOf(row.first) == RECORD_KIND_AUDIT_ENTRY ||
           KindOf(row.first) == RECORD_KIND_CONSENT_CHANGE ||
           KindOf(row.first) == RECORD_KIND_BATCH_JOB || KindOf(row.first) == 0;
  });
  return rows;
}

std::optional<CustomerId> OwnerOf(std::string_view key, const std::string& value) {
  switch (KindOf(key)) {
    case replication::v1::RECORD_KIND_CUSTOMER:
    case replication::v1::RECORD_KIND_ADDRESS:
      return Uuid::FromBytes(key.substr(1, Uuid::kBytes));
    case replication::v1::RECORD_KIND_LOYALTY_CARD: {
      const std::string customer = Parse<storage::v1::LoyaltyCardRecord>(value)->card().customer();
      if (customer.empty()) return std::nullopt;
      return ParseCustomerName(customer).value();
    }
    default:
      return std::nullopt;
  }
}

std::string Describe(std::string_view key) {
  KeyReader reader(key);
  const auto kind = reader.Byte();
  const auto first = reader.Id();
  const auto second = reader.Id();
  return absl::StrCat("record of kind ", kind.value_or(0), " ",
                      first.has_value() ? first->ToString() : std::string(key.substr(1)), " ",
                      second.has_value() ? second->ToString() : "");
}

}  // namespace comptoir::sim
