#include "hq-service/domain/feeds/customer_scan.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "common/base/uuid.h"
#include "common/customer/address_books.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/records/customers.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/feeds/change_encoding.h"
#include "hq-service/domain/feeds/customer_place.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/memberships.h"
#include "hq-service/domain/feeds/published.h"
#include "hq-service/domain/feeds/published_records.h"

namespace comptoir::hq {
namespace {

using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_CUSTOMER;

// What is read from the table at once.
constexpr size_t kCustomersAtOnceMin = 8;
constexpr size_t kCustomersAtOnceMax = 1000;
constexpr size_t kAddressesPerCustomer = 4;
constexpr size_t kRecordBytesGuess = 250;
constexpr size_t kMovedEntriesAtOnce = 256;
// Those of a customer that are in one batch with it whatever they take: more than it comes with.
constexpr size_t kAddressesTogether = 100;

std::string_view CustomerIn(std::string_view record_key) {
  return record_key.substr(1, Uuid::kBytes);
}
CustomerId CustomerIdIn(std::string_view record_key) {
  return CustomerId::FromBytes(CustomerIn(record_key));
}

HeldBooks HeldBy(absl::Span<const FeedCursor> cursors) {
  HeldBooks held;
  for (const FeedCursor& cursor : cursors) AddHeld(cursor.feed, held);
  return held;
}

// Rows of table records, copied into one place.
class Rows {
 public:
  absl::Status Read(const Reader& reader, const KeyRange& range) {
    return reader.Scan(Table::kRecords, range, [&](std::string_view key, std::string_view value) {
      rows_.push_back(
          {.begin = bytes_.size(), .key_bytes = key.size(), .value_bytes = value.size()});
      bytes_.append(key).append(value);
      return true;
    });
  }

  size_t size() const { return rows_.size(); }
  std::string_view key(size_t i) const {
    return std::string_view(bytes_).substr(rows_[i].begin, rows_[i].key_bytes);
  }
  std::string_view value(size_t i) const {
    return std::string_view(bytes_).substr(rows_[i].begin + rows_[i].key_bytes,
                                           rows_[i].value_bytes);
  }

 private:
  struct Row {
    size_t begin;
    size_t key_bytes;
    size_t value_bytes;
  };

  std::string bytes_;
  std::vector<Row> rows_;
};

class CustomerScan {
 public:
  CustomerScan(const Reader& reader, absl::Span<const FeedCursor> cursors,
               const FeedReading& reading, Sequence high_watermark, CustomerPlace place)
      : reader_(reader),
        cursors_(cursors),
        reading_(reading),
        held_(HeldBy(cursors)),
        high_watermark_(high_watermark),
        place_(std::move(place)) {
    membership_ = MembershipOf(*FirstBookOfCustomers(cursors)).SerializeAsString();
  }

  absl::StatusOr<std::vector<FeedBatch>> Read(size_t bytes_wanted) {
    bytes_wanted_ = bytes_wanted;
    while (!done_ && !HasEnough()) {
      COMPTOIR_RETURN_IF_ERROR(place_.after.starts_with(kAtMovedEntries) ? ReadMoved()
                                                                         : ReadCustomers());
    }
    // What is begun is sent, too: the place is here.
    if (done_ || changes_ > 0 || batches_.empty()) Cut();
    return std::move(batches_);
  }

 private:
  size_t bytes() const { return cut_bytes_ + encoding_.size() + passed_rows_ * kPassedRowBytes; }
  bool HasEnough() const { return bytes() >= bytes_wanted_; }

  // Of those after the place, as many as are read at once.
  absl::Status ReadCustomers() {
    const std::string after = place_.after;
    KeyRange range = PrefixRange(std::string(1, RECORD_KIND_CUSTOMER), CustomersAtOnce());
    // The customer of the last address, who may have more.
    const bool begun = !after.empty() && KindOf(after) == RECORD_KIND_ADDRESS;
    if (begun) {
      range.begin = CustomerRecordKey(CustomerIdIn(after));
      range.rows_max = 1;
    } else if (!after.empty()) {
      range.begin = after + '\0';
    }
    Rows customers;
    COMPTOIR_RETURN_IF_ERROR(customers.Read(reader_, range));
    // One that is gone had its place before those that follow.
    const bool last = customers.size() < range.rows_max;
    if (customers.size() > 0) {
      COMPTOIR_ASSIGN_OR_RETURN(const bool all, TellCustomers(customers, begun ? after : ""));
      if (!all) return absl::OkStatus();
    }
    if (last) place_.after.assign(1, kAtMovedEntries);
    return absl::OkStatus();
  }

  size_t CustomersAtOnce() const {
    return std::clamp((bytes_wanted_ - bytes()) / (2 * kRecordBytesGuess) + 1, kCustomersAtOnceMin,
                      kCustomersAtOnceMax);
  }

  // With their addresses, but for those up to `after`, if that is one of the first's. False if it
  // ended before.
  absl::StatusOr<bool> TellCustomers(const Rows& customers, std::string_view after) {
    std::vector<bool> held;
    for (size_t i = 0; i < customers.size(); ++i) {
      COMPTOIR_ASSIGN_OR_RETURN(const bool is_held, IsHeld(customers.value(i), held_));
      held.push_back(is_held);
    }
    Rows addresses;
    COMPTOIR_ASSIGN_OR_RETURN(const bool all_addresses,
                              ReadAddresses(customers, held, after, addresses));
    size_t next = 0;
    for (size_t i = 0; i < customers.size(); ++i) {
      const std::string_view key = customers.key(i);
      const bool cut =
          !all_addresses && CustomerIn(addresses.key(addresses.size() - 1)) == CustomerIn(key);
      // Its first ones come with it.
      if (cut && i > 0) return false;
      const bool told = i == 0 && !after.empty() && CustomerIn(after) == CustomerIn(key);
      if (!held[i]) {
        ++passed_rows_;
      } else if (!told) {
        COMPTOIR_RETURN_IF_ERROR(Tell(key, customers.value(i)));
      }
      COMPTOIR_RETURN_IF_ERROR(TellAddresses(addresses, CustomerIn(key), next));
      if (cut) {
        place_.after = addresses.key(next - 1);
        return false;
      }
      place_.after = key;
      CutIfFull();
      if (HasEnough()) return false;
    }
    return true;
  }

  // Those of customers that are held. False if there are more.
  absl::StatusOr<bool> ReadAddresses(const Rows& customers, const std::vector<bool>& held,
                                     std::string_view after, Rows& addresses) const {
    const size_t rows_max = kAddressesPerCustomer * customers.size() + kAddressesTogether;
    for (size_t i = 0; i < customers.size(); ++i) {
      if (!held[i]) continue;
      // One scan for all up to the next that isn't.
      size_t end = i + 1;
      while (end < customers.size() && held[end]) ++end;
      KeyRange range = PrefixRange(AddressRecordPrefix(CustomerIdIn(customers.key(i))),
                                   rows_max - addresses.size());
      if (!after.empty() && CustomerIn(after) == CustomerIn(customers.key(i))) {
        range.begin = std::string(after) + '\0';
      }
      range.end = PrefixRange(AddressRecordPrefix(CustomerIdIn(customers.key(end - 1)))).end;
      COMPTOIR_RETURN_IF_ERROR(addresses.Read(reader_, range));
      if (addresses.size() >= rows_max) return false;
      i = end - 1;
    }
    return true;
  }

  // Those of a customer, from `next` on, which comes to stand after them.
  absl::Status TellAddresses(const Rows& addresses, std::string_view customer, size_t& next) {
    for (size_t together = 1; next < addresses.size(); ++next, ++together) {
      const std::string_view key = addresses.key(next);
      if (CustomerIn(key) > customer) break;
      // Of one who isn't there.
      if (CustomerIn(key) < customer) continue;
      COMPTOIR_RETURN_IF_ERROR(Tell(key, addresses.value(next)));
      if (together % kAddressesTogether != 0) continue;
      place_.after = key;
      CutIfFull();
    }
    return absl::OkStatus();
  }

  // The next of those that have left a book, or followed their customers.
  absl::Status ReadMoved() {
    for (const FeedCursor& cursor : cursors_) {
      if (!IsBookOfCustomers(cursor.feed) || held_.all()) continue;
      if (place_.after >= PrefixRange(MovedEntriesPrefix(cursor.feed)).end) continue;
      COMPTOIR_ASSIGN_OR_RETURN(
          const auto entries,
          ReadMovedEntries(reader_, cursor.feed, place_.after, kMovedEntriesAtOnce));
      for (const MovedEntry& entry : entries) {
        COMPTOIR_RETURN_IF_ERROR(TellMoved(entry));
        place_.after = entry.row;
        CutIfFull();
        if (HasEnough()) return absl::OkStatus();
      }
      if (entries.size() == kMovedEntriesAtOnce) return absl::OkStatus();
    }
    done_ = true;
    return absl::OkStatus();
  }

  absl::Status TellMoved(const MovedEntry& entry) {
    ++passed_rows_;
    // What was done since is told from the feeds.
    const Sequence entered_at = std::min(entry.position, place_.since);
    if (!PublishedRecords::Knows(entry.record_key)) return TellCard(entry.record_key, entered_at);
    COMPTOIR_ASSIGN_OR_RETURN(const auto stored, reader_.Get(Table::kRecords, entry.record_key));
    ToldRecord told{.key = entry.record_key, .version = entered_at.value()};
    if (stored.has_value()) {
      COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(*stored));
      // Of any version that the reader may hold.
      told.version = std::max(told.version, version);
      COMPTOIR_ASSIGN_OR_RETURN(const bool held, IsHeldRecord(entry.record_key, *stored));
      // It has been told, or is in the feed after `since`.
      if (held) return absl::OkStatus();
    }
    AppendChange(place_.since.value(), membership_, told, encoding_);
    ++changes_;
    return absl::OkStatus();
  }

  absl::StatusOr<bool> IsHeldRecord(std::string_view key, std::string_view record) {
    if (KindOf(key) != RECORD_KIND_ADDRESS) return IsHeld(record, held_);
    const std::string customer_key = CustomerRecordKey(CustomerIdIn(key));
    COMPTOIR_ASSIGN_OR_RETURN(const auto stored, reader_.Get(Table::kRecords, customer_key));
    if (!stored.has_value()) return false;
    return IsHeld(*stored, held_);
  }

  absl::Status TellCard(std::string_view key, Sequence entered_at) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, CardForReader(reader_, key, entered_at, held_));
    if (!record.has_value()) return absl::OkStatus();
    replication::v1::Change change;
    change.set_sequence(place_.since.value());
    change.mutable_membership()->ParseFromString(membership_);
    *change.mutable_record() = *std::move(record);
    AppendChange(change, encoding_);
    ++changes_;
    return absl::OkStatus();
  }

  absl::Status Tell(std::string_view key, std::string_view record) {
    COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(record));
    AppendChange(place_.since.value(), membership_,
                 {.key = key, .version = version, .record = record}, encoding_);
    ++changes_;
    return absl::OkStatus();
  }

  void CutIfFull() {
    if (encoding_.size() < reading_.batch_bytes_max && changes_ < reading_.batch_changes_max) {
      return;
    }
    Cut();
    encoding_.reserve(reading_.batch_bytes_max + 2 * kRecordBytesGuess);
  }

  void Cut() {
    FeedBatch batch{.changes = changes_, .read = place_.since, .high_watermark = high_watermark_};
    if (!done_) batch.place = place_;
    for (FeedCursor cursor : cursors_) {
      if (IsBookOfCustomers(cursor.feed)) {
        if (done_) cursor.after = place_.since;
        cursor.place = batch.place;
        AppendCursor(CursorAt(cursor, cursor.after, reading_.epoch), encoding_);
      }
      batch.after.push_back(cursor.after);
    }
    AppendHighWatermark(MakePosition(reading_.epoch, high_watermark_), encoding_);
    cut_bytes_ += encoding_.size();
    batch.encoded = std::make_shared<const std::string>(std::exchange(encoding_, {}));
    changes_ = 0;
    batches_.push_back(std::move(batch));
  }

  // Constant after construction.
  const Reader& reader_;
  const absl::Span<const FeedCursor> cursors_;
  const FeedReading& reading_;
  const HeldBooks held_;
  const Sequence high_watermark_;
  // Encoded; of the first book, whichever a customer is in.
  std::string membership_;

  // All before has been told.
  CustomerPlace place_;
  bool done_ = false;
  size_t bytes_wanted_ = 0;
  // Looked at, and not told.
  size_t passed_rows_ = 0;
  std::vector<FeedBatch> batches_;
  size_t cut_bytes_ = 0;
  // The batch that is begun.
  std::string encoding_;
  size_t changes_ = 0;
};

}  // namespace

absl::StatusOr<bool> IsWorthScanning(const Reader& reader, absl::Span<const FeedCursor> cursors) {
  const HeldBooks held = HeldBy(cursors);
  if (held.all()) return true;
  KeyRange range = PrefixRange(std::string(1, RECORD_KIND_CUSTOMER), kScannedCustomersMin);
  Rows customers;
  COMPTOIR_RETURN_IF_ERROR(customers.Read(reader, range));
  size_t for_reader = 0;
  for (size_t i = 0; i < customers.size(); ++i) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool is_held, IsHeld(customers.value(i), held));
    for_reader += is_held ? 1 : 0;
  }
  // All of so few are read at once anyhow.
  return customers.size() < kScannedCustomersMin ||
         for_reader * kScannedPerToldMax >= customers.size();
}

absl::StatusOr<std::vector<FeedBatch>> ScanCustomers(const Reader& reader,
                                                     absl::Span<const FeedCursor> cursors,
                                                     const FeedReading& reading,
                                                     CustomerPlace place, size_t bytes_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  return CustomerScan(reader, cursors, reading, last, std::move(place))
      .Read(std::max(bytes_max, reading.batch_bytes_max));
}

}  // namespace comptoir::hq
