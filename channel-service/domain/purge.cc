#include "channel-service/domain/purge.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "channel-service/domain/customer_count.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "common/storage/request_digests.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {
namespace {

using replication::v1::RecordKind;

// What goes, in this order: each after what refers to it. Of `next` the first byte.
enum class Part : uint8_t {
  kAddresses,
  kCustomers,
  kOtherRecords,  // all that isn't configuration, of kinds too that this version doesn't know
  kIndex,
  kRequests,
  kEnd,
};

struct Row {
  std::string key;
  std::string value;
};

std::string KindPrefix(int kind) { return KeyWriter().Byte(static_cast<uint8_t>(kind)).key(); }

bool IsConfiguration(std::string_view record_key) {
  const int kind = static_cast<uint8_t>(record_key.front());
  switch (kind) {
    case replication::v1::RECORD_KIND_CHANNEL:
    case replication::v1::RECORD_KIND_PROFILE:
    case replication::v1::RECORD_KIND_OPERATING_UNIT:
    case replication::v1::RECORD_KIND_CHAIN:
    case replication::v1::RECORD_KIND_NUMBER_SEQUENCE:
      return true;
    default:
      return kind >= replication::v1::RECORD_KIND_CUSTOMER_GROUP &&
             kind <= replication::v1::RECORD_KIND_DEFAULT_CUSTOMER;
  }
}

absl::StatusOr<std::vector<Row>> RowsOf(const Reader& reader, Table table, const KeyRange& range) {
  std::vector<Row> rows;
  COMPTOIR_RETURN_IF_ERROR(
      reader.Scan(table, range, [&rows](std::string_view key, std::string_view value) {
        rows.push_back({std::string(key), std::string(value)});
        return true;
      }));
  return rows;
}

KeyRange From(const KeyRange& range, const std::string& begin, size_t rows_max) {
  return {.begin = std::max(range.begin, begin), .end = range.end, .rows_max = rows_max};
}

std::string After(const std::vector<Row>& rows) { return rows.back().key + '\0'; }

// Each removes what it finds from `next` on, sets `next` to where to go on, and returns false when
// it has come to the end.

absl::StatusOr<bool> RemoveAddresses(Transaction& transaction, std::string& next, size_t rows_max) {
  const KeyRange all = PrefixRange(KindPrefix(replication::v1::RECORD_KIND_ADDRESS));
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows,
                            RowsOf(transaction, Table::kRecords, From(all, next, rows_max)));
  if (rows.empty()) return false;
  for (const Row& row : rows) {
    const auto record = ParseRecord<storage::v1::AddressRecord>(row.value);
    if (record.ok()) RemoveAddress(transaction, *record);
    transaction.Delete(Table::kRecords, row.key);
  }
  next = After(rows);
  return true;
}

absl::StatusOr<bool> RemoveCustomers(Transaction& transaction, std::string& next, size_t rows_max) {
  const KeyRange all = PrefixRange(KindPrefix(replication::v1::RECORD_KIND_CUSTOMER));
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows,
                            RowsOf(transaction, Table::kRecords, From(all, next, rows_max)));
  if (rows.empty()) return false;
  for (const Row& row : rows) {
    const auto record = ParseRecord<storage::v1::CustomerRecord>(row.value);
    if (record.ok()) RemoveCustomer(transaction, *record);
    transaction.Delete(Table::kRecords, row.key);
  }
  COMPTOIR_RETURN_IF_ERROR(AddToCustomerCount(transaction, -static_cast<int64_t>(rows.size())));
  next = After(rows);
  return true;
}

absl::StatusOr<bool> RemoveOtherRecords(Transaction& transaction, std::string& next,
                                        size_t rows_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows,
                            RowsOf(transaction, Table::kRecords, From(KeyRange(), next, rows_max)));
  if (rows.empty()) return false;
  for (const Row& row : rows) {
    if (!IsConfiguration(row.key)) transaction.Delete(Table::kRecords, row.key);
  }
  next = After(rows);
  return true;
}

// Whatever is left: keys of it are words of names.
absl::StatusOr<bool> RemoveIndex(Transaction& transaction, std::string& next, size_t rows_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows,
                            RowsOf(transaction, Table::kIndex, From(KeyRange(), next, rows_max)));
  if (rows.empty()) return false;
  for (const Row& row : rows) transaction.Delete(Table::kIndex, row.key);
  next = After(rows);
  return true;
}

absl::StatusOr<bool> RemovePart(Transaction& transaction, Part part, std::string& next,
                                size_t rows_max) {
  switch (part) {
    case Part::kAddresses:
      return RemoveAddresses(transaction, next, rows_max);
    case Part::kCustomers:
      return RemoveCustomers(transaction, next, rows_max);
    case Part::kOtherRecords:
      return RemoveOtherRecords(transaction, next, rows_max);
    case Part::kIndex:
      return RemoveIndex(transaction, next, rows_max);
    case Part::kRequests:
      // A digest is made of what a person said, and its key lies beside it.
      return ForgetRequestsWithDigest(transaction, next, rows_max);
    case Part::kEnd:
      break;
  }
  return false;
}

}  // namespace

absl::StatusOr<bool> MayPurge(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto unsettled, RowsOf(reader, Table::kOutbox, {.rows_max = 1}));
  return unsettled.empty();
}

absl::StatusOr<FilterStage> PurgeStep(Transaction& transaction, size_t rows_max) {
  COMPTOIR_ASSIGN_OR_RETURN(DataFilter filter, ReadDataFilter(transaction));
  if (filter.stage == FilterStage::kWaiting) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool may, MayPurge(transaction));
    if (!may) return filter.stage;
    filter.stage = FilterStage::kRemoving;
  }
  if (filter.stage != FilterStage::kRemoving) return filter.stage;

  KeyReader place(filter.next);
  auto part = static_cast<Part>(place.Byte().value_or(0));
  std::string next(place.Rest());
  COMPTOIR_ASSIGN_OR_RETURN(const bool more, RemovePart(transaction, part, next, rows_max));
  if (!more) {
    part = static_cast<Part>(static_cast<uint8_t>(part) + 1);
    next.clear();
  }
  filter.next = KeyWriter().Byte(static_cast<uint8_t>(part)).Rest(next).key();
  if (part >= Part::kEnd) filter = {.stage = FilterStage::kRewriting};
  PutDataFilter(transaction, filter);
  return filter.stage;
}

absl::Status EndPurge(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(transaction));
  if (filter.stage == FilterStage::kRewriting) {
    PutDataFilter(transaction, {.stage = FilterStage::kPurged});
  }
  return absl::OkStatus();
}

}  // namespace comptoir::channel
