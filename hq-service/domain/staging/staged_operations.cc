#include "hq-service/domain/staging/staged_operations.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/counters.h"

namespace comptoir::hq {
namespace {

constexpr uint8_t kRows = 's';
constexpr uint8_t kByCustomer = 'c';
constexpr uint8_t kByAddress = 'o';
constexpr uint8_t kByRequest = 'i';
constexpr size_t kPlaceBytes = 12;

KeyWriter& AppendPlace(KeyWriter& key, const StagedPlace& place) {
  return key.Fixed64(place.sequence.value()).Fixed32(place.ordinal);
}

std::string RowKey(const StagedPlace& place) {
  KeyWriter key;
  return AppendPlace(key.Byte(kRows), place).key();
}

uint64_t Micros(absl::Time time) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMicros(time)));
}

// Queues in which a customer's operations are found together.
bool IsByCustomer(StagedQueue queue) {
  return queue == StagedQueue::kCustomer || queue == StagedQueue::kBehind ||
         queue == StagedQueue::kMerged;
}

std::string QueuedOfCustomerPrefix(StagedQueue queue, std::string_view customer_id,
                                   std::string_view customer_digest) {
  return KeyWriter()
      .Byte(static_cast<uint8_t>(queue))
      .String(customer_id)
      .String(customer_digest)
      .key();
}

std::string QueueKey(const StagedRow& row) {
  KeyWriter key;
  key.Byte(static_cast<uint8_t>(row.queue));
  if (row.queue == StagedQueue::kRetry) key.Fixed64(Micros(row.due));
  // See number_queue.h.
  if (row.queue == StagedQueue::kNumber) {
    key.String(row.staged.operation().create_customer().customer().customer_group());
  }
  if (IsByCustomer(row.queue)) {
    const auto& operation = row.staged.operation();
    key.String(operation.customer_id()).String(operation.customer_digest());
  }
  return AppendPlace(key, row.place).key();
}

std::string AddressPrefix(std::string_view channel_service, const OperationAddress& address) {
  return KeyWriter()
      .Byte(kByAddress)
      .String(channel_service)
      .Fixed64(address.lineage)
      .Fixed64(address.sequence)
      .key();
}

std::string WithPlace(std::string_view prefix, const StagedPlace& place) {
  KeyWriter key;
  return AppendPlace(key.Rest(prefix), place).key();
}

std::string CustomerKey(const StagedRow& row) {
  return WithPlace(StagedOfCustomerPrefix(row.staged.operation().customer_id()), row.place);
}

std::string RequestPrefix(std::string_view request_id) {
  return KeyWriter().Byte(kByRequest).String(request_id).key();
}

std::string RequestKey(const StagedRow& row) {
  return WithPlace(RequestPrefix(row.staged.operation().request_id()), row.place);
}

std::string AddressKeyOf(const StagedRow& row) {
  return WithPlace(AddressPrefix(row.staged.channel_service(), row.address()), row.place);
}

void PutRow(Transaction& transaction, const StagedRow& row) {
  transaction.Put(Table::kStaged, RowKey(row.place),
                  KeyWriter()
                      .Byte(static_cast<uint8_t>(row.queue))
                      .Fixed64(Micros(row.due))
                      .Rest(row.staged.SerializeAsString())
                      .key());
}

absl::Status CorruptStaged() {
  return MakeError(Reason::kStorageCorrupt, "A staged operation cannot be read.");
}

absl::StatusOr<StagedRow> ParseRow(const StagedPlace& place, std::string_view value) {
  KeyReader reader(value);
  const auto queue = reader.Byte();
  const auto due = reader.Fixed64();
  if (!reader.ok()) return CorruptStaged();
  StagedRow row{.place = place,
                .queue = static_cast<StagedQueue>(*queue),
                .due = absl::FromUnixMicros(static_cast<int64_t>(*due))};
  COMPTOIR_ASSIGN_OR_RETURN(row.staged, ParseRecord<storage::v1::StagedOperation>(reader.Rest()));
  return row;
}

absl::StatusOr<std::vector<StagedPlace>> PlacesIn(const Reader& reader, const KeyRange& range) {
  std::vector<StagedPlace> places;
  COMPTOIR_RETURN_IF_ERROR(
      ScanKeys(reader, Table::kStaged, range, [&](std::string_view key) -> absl::StatusOr<bool> {
        const auto place = PlaceAtEnd(key);
        if (!place.has_value()) return CorruptStaged();
        places.push_back(*place);
        return true;
      }));
  return places;
}

absl::StatusOr<std::vector<StagedRow>> RowsIn(const Reader& reader, const KeyRange& range) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto places, PlacesIn(reader, range));
  std::vector<StagedRow> rows;
  for (const StagedPlace& place : places) {
    COMPTOIR_ASSIGN_OR_RETURN(auto row, FindStaged(reader, place));
    if (!row.has_value()) return CorruptStaged();
    rows.push_back(*std::move(row));
  }
  return rows;
}

}  // namespace

std::optional<StagedPlace> PlaceAtEnd(std::string_view key) {
  if (key.size() < kPlaceBytes) return std::nullopt;
  KeyReader reader(key.substr(key.size() - kPlaceBytes));
  const auto sequence = reader.Fixed64();
  const auto ordinal = reader.Fixed32();
  return StagedPlace{Sequence(*sequence), *ordinal};
}

std::string StagedRowsPrefix() { return KeyWriter().Byte(kRows).key(); }

std::string StagedQueuePrefix(StagedQueue queue) {
  return KeyWriter().Byte(static_cast<uint8_t>(queue)).key();
}

std::string StagedOfCustomerPrefix(std::string_view customer_id) {
  return KeyWriter().Byte(kByCustomer).String(customer_id).key();
}

absl::StatusOr<std::optional<StagedRow>> FindStaged(const Reader& reader,
                                                    const StagedPlace& place) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kStaged, RowKey(place)));
  if (!value.has_value()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(StagedRow row, ParseRow(place, *value));
  return row;
}

absl::StatusOr<std::optional<StagedRow>> FindStagedAt(const Reader& reader,
                                                      std::string_view channel_service,
                                                      const OperationAddress& address) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto places, PlacesIn(reader, PrefixRange(AddressPrefix(channel_service, address), 1)));
  if (places.empty()) return std::nullopt;
  return FindStaged(reader, places.front());
}

absl::StatusOr<std::vector<StagedRow>> StagedOfCustomer(const Reader& reader,
                                                        std::string_view customer_id) {
  return RowsIn(reader, PrefixRange(StagedOfCustomerPrefix(customer_id), kStagedPerCustomerMax));
}

absl::StatusOr<std::vector<StagedRow>> StagedOfRequest(const Reader& reader,
                                                       std::string_view request_id) {
  return RowsIn(reader, PrefixRange(RequestPrefix(request_id), kStagedPerRequestMax));
}

absl::StatusOr<std::vector<StagedRow>> WaitingForCustomer(const Reader& reader,
                                                          std::string_view customer_id,
                                                          std::string_view customer_digest,
                                                          size_t rows_max) {
  return RowsIn(reader, PrefixRange(QueuedOfCustomerPrefix(StagedQueue::kCustomer, customer_id,
                                                           customer_digest),
                                    rows_max));
}

absl::StatusOr<std::vector<StagedRow>> WaitingBehindOthers(const Reader& reader,
                                                           std::string_view customer_id,
                                                           std::string_view customer_digest,
                                                           size_t rows_max) {
  return RowsIn(reader, PrefixRange(QueuedOfCustomerPrefix(StagedQueue::kBehind, customer_id,
                                                           customer_digest),
                                    rows_max));
}

absl::StatusOr<std::vector<StagedRow>> MergedIntoCreate(const Reader& reader,
                                                        std::string_view customer_id,
                                                        std::string_view customer_digest) {
  return RowsIn(reader, PrefixRange(QueuedOfCustomerPrefix(StagedQueue::kMerged, customer_id,
                                                           customer_digest),
                                    kMergedMax));
}

absl::StatusOr<std::vector<StagedRow>> AllPathsOf(const Reader& reader, const StagedRow& row) {
  const auto& operation = row.staged.operation();
  COMPTOIR_ASSIGN_OR_RETURN(auto rows, StagedOfRequest(reader, operation.request_id()));
  std::erase_if(rows, [&](const StagedRow& other) {
    const auto& its = other.staged.operation();
    return other.place != row.place && (its.customer_id() != operation.customer_id() ||
                                        its.customer_digest() != operation.customer_digest() ||
                                        its.request_digest() != operation.request_digest() ||
                                        its.kind_case() != operation.kind_case());
  });
  return rows;
}

absl::StatusOr<StagedCustomers> StagedCustomers::Read(const Reader& reader) {
  StagedCustomers staged;
  COMPTOIR_ASSIGN_OR_RETURN(const Counters counters, ReadCounters(reader));
  staged.too_many_ = counters.staged > kStagedCustomersMax;
  if (counters.staged == 0 || staged.too_many_) return staged;
  // The request id of a create is its customer's, and may be all that is right about it.
  for (const uint8_t index : {kByCustomer, kByRequest}) {
    const KeyRange range =
        PrefixRange(KeyWriter().Byte(index).key(), static_cast<size_t>(kStagedCustomersMax));
    COMPTOIR_RETURN_IF_ERROR(
        ScanKeys(reader, Table::kStaged, range, [&](std::string_view key) -> absl::StatusOr<bool> {
          auto id = KeyReader(key.substr(1)).String();
          if (!id.has_value()) return CorruptStaged();
          staged.ids_.insert(*std::move(id));
          return true;
        }));
  }
  return staged;
}

absl::StatusOr<bool> StagedCustomers::Has(const Reader& reader, std::string_view id) const {
  if (!too_many_ || ids_.contains(ToAbsl(id))) return ids_.contains(ToAbsl(id));
  bool found = false;
  for (const uint8_t index : {kByCustomer, kByRequest}) {
    COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kStaged,
                                      PrefixRange(KeyWriter().Byte(index).String(id).key(), 1),
                                      [&](std::string_view) {
                                        found = true;
                                        return false;
                                      }));
    if (found) break;
  }
  return found;
}

absl::StatusOr<std::vector<StagedPlace>> QueuedPlaces(const Reader& reader, StagedQueue queue,
                                                      Sequence staged_by, absl::Time now,
                                                      absl::Duration delay_max, size_t places_max) {
  KeyRange range = PrefixRange(StagedQueuePrefix(queue), places_max);
  if (queue == StagedQueue::kReady && staged_by < kAllStaged) {
    range.end = WithPlace(range.begin, {Sequence(staged_by.value() + 1), 0});
  }
  if (queue != StagedQueue::kRetry) return PlacesIn(reader, range);
  KeyRange strayed = range;
  range.end = KeyWriter().Rest(range.begin).Fixed64(Micros(now) + 1).key();
  COMPTOIR_ASSIGN_OR_RETURN(auto places, PlacesIn(reader, range));
  strayed.begin = KeyWriter().Rest(strayed.begin).Fixed64(Micros(now + delay_max) + 1).key();
  strayed.rows_max = places_max - places.size();
  if (strayed.rows_max == 0) return places;
  COMPTOIR_ASSIGN_OR_RETURN(const auto others, PlacesIn(reader, strayed));
  places.insert(places.end(), others.begin(), others.end());
  return places;
}

absl::StatusOr<std::optional<absl::Time>> NextRetry(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const Counters counters, ReadCounters(reader));
  if (counters.staged == 0) return std::nullopt;
  std::optional<uint64_t> due;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kStaged,
                                    PrefixRange(StagedQueuePrefix(StagedQueue::kRetry), 1),
                                    [&](std::string_view key) {
                                      KeyReader parts(key.substr(1));
                                      due = parts.Fixed64();
                                      return false;
                                    }));
  if (!due.has_value()) return std::nullopt;
  return absl::FromUnixMicros(static_cast<int64_t>(*due));
}

void PutStaged(Transaction& transaction, const StagedRow& row) {
  PutRow(transaction, row);
  transaction.Put(Table::kStaged, QueueKey(row), "");
  transaction.Put(Table::kStaged, CustomerKey(row), "");
  transaction.Put(Table::kStaged, RequestKey(row), "");
  transaction.Put(Table::kStaged, AddressKeyOf(row), "");
}

void ReplaceStaged(Transaction& transaction, const StagedRow& old, const StagedRow& row) {
  PutRow(transaction, row);
  if (QueueKey(old) != QueueKey(row)) {
    transaction.Delete(Table::kStaged, QueueKey(old));
    transaction.Put(Table::kStaged, QueueKey(row), "");
  }
  if (AddressKeyOf(old) != AddressKeyOf(row)) {
    transaction.Delete(Table::kStaged, AddressKeyOf(old));
    transaction.Put(Table::kStaged, AddressKeyOf(row), "");
  }
}

absl::Status WakeWaiting(Transaction& transaction, std::string_view customer_id,
                         std::string_view customer_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto waiting, WaitingForCustomer(transaction, customer_id, customer_digest, kWokenMax));
  for (const StagedRow& old : waiting) {
    StagedRow ready = old;
    ready.queue = StagedQueue::kReady;
    ReplaceStaged(transaction, old, ready);
  }
  return absl::OkStatus();
}

absl::Status WakeWaitingEdits(Transaction& transaction, std::string_view customer_id,
                              std::string_view customer_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(
      auto waiting,
      WaitingForCustomer(transaction, customer_id, customer_digest, kStagedPerCustomerMax));
  std::erase_if(waiting, [](const StagedRow& row) {
    const auto& operation = row.staged.operation();
    return !operation.has_edit_customer() && !operation.has_edit_address();
  });
  if (waiting.size() > kWokenMax) waiting.resize(kWokenMax);
  for (const StagedRow& old : waiting) {
    StagedRow ready = old;
    ready.queue = StagedQueue::kReady;
    ReplaceStaged(transaction, old, ready);
  }
  return absl::OkStatus();
}

void EraseStaged(Transaction& transaction, const StagedRow& row) {
  transaction.Delete(Table::kStaged, RowKey(row.place));
  transaction.Delete(Table::kStaged, QueueKey(row));
  transaction.Delete(Table::kStaged, CustomerKey(row));
  transaction.Delete(Table::kStaged, RequestKey(row));
  transaction.Delete(Table::kStaged, AddressKeyOf(row));
}

}  // namespace comptoir::hq
