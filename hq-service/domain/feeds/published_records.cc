#include "hq-service/domain/feeds/published_records.h"

#include <algorithm>
#include <utility>

#include "absl/functional/function_ref.h"
#include "common/base/status.h"
#include "common/base/uuid.h"
#include "common/customer/records/customers.h"
#include "comptoir/storage/v1/records.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/published.h"

namespace comptoir::hq {
namespace {

using google::protobuf::internal::WireFormatLite;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// A field's number and, by its kind, its number or its bytes.
using VisitField = absl::FunctionRef<void(int field, uint64_t number, std::string_view bytes)>;

// Visits the fields that are numbers or bytes.
absl::Status VisitFields(std::string_view message, VisitField visit) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()),
                                            static_cast<int>(message.size()));
  bool ok = true;
  while (const uint32_t tag = ok ? in.ReadTag() : 0) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    uint64_t number = 0;
    uint32_t bytes = 0;
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT:
        ok = in.ReadVarint64(&number);
        if (ok) visit(field, number, {});
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        ok = in.ReadVarint32(&bytes);
        const auto begin = static_cast<size_t>(in.CurrentPosition());
        ok = ok && in.Skip(static_cast<int>(bytes));
        if (ok) visit(field, 0, message.substr(begin, bytes));
        break;
      }
      default:
        ok = WireFormatLite::SkipField(&in, tag);
    }
  }
  if (ok && in.ConsumedEntireMessage()) return absl::OkStatus();
  return MakeError(Reason::kStorageCorrupt, "A record doesn't parse.");
}

// The two kinds of record begin alike.
constexpr int kVersionField = CustomerRecord::kVersionFieldNumber;
static_assert(kVersionField == int{AddressRecord::kVersionFieldNumber});

absl::StatusOr<uint64_t> VersionOf(std::string_view record) {
  uint64_t version = 0;
  COMPTOIR_RETURN_IF_ERROR(VisitFields(record, [&](int field, uint64_t number, std::string_view) {
    if (field == kVersionField) version = number;
  }));
  return version;
}

// Whether a customer is in a book that is held.
absl::StatusOr<bool> IsHeld(std::string_view record, const HeldBooks& held) {
  if (held.all()) return true;
  std::string_view customer;
  COMPTOIR_RETURN_IF_ERROR(VisitFields(record, [&](int field, uint64_t, std::string_view bytes) {
    if (field == CustomerRecord::kCustomerFieldNumber) customer = bytes;
  }));
  bool found = false;
  COMPTOIR_RETURN_IF_ERROR(VisitFields(customer, [&](int field, uint64_t, std::string_view bytes) {
    if (field == customer::v1::Customer::kAddressBooksFieldNumber) found |= held.Holds(bytes);
  }));
  return found;
}

std::string CustomerKeyOf(std::string_view address_key) {
  return CustomerRecordKey(CustomerId::FromBytes(address_key.substr(1, Uuid::kBytes)));
}

}  // namespace

bool PublishedRecords::Knows(std::string_view record_key) {
  return KindOf(record_key) == replication::v1::RECORD_KIND_CUSTOMER ||
         KindOf(record_key) == replication::v1::RECORD_KIND_ADDRESS;
}

void PublishedRecords::AddStored(std::string_view record_key) { keys_.emplace_back(record_key); }

void PublishedRecords::AddPublished(std::string_view record_key) {
  AddStored(record_key);
  if (KindOf(record_key) == replication::v1::RECORD_KIND_ADDRESS) {
    keys_.push_back(CustomerKeyOf(record_key));
  }
}

absl::Status PublishedRecords::Read() {
  if (keys_.empty()) return absl::OkStatus();
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  COMPTOIR_ASSIGN_OR_RETURN(values_, reader_.MultiGet(Table::kRecords, keys_));
  places_.reserve(keys_.size());
  for (size_t i = 0; i < keys_.size(); ++i) places_.emplace(keys_[i], i);
  return absl::OkStatus();
}

std::optional<std::string_view> PublishedRecords::Stored(std::string_view record_key) const {
  const auto& value = values_[places_.at(record_key)];
  if (!value.has_value()) return std::nullopt;
  return std::string_view(*value);
}

absl::StatusOr<ToldRecord> PublishedRecords::ForReader(std::string_view record_key,
                                                       Sequence entered_at, const HeldBooks& held) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, Published(record_key));
  ToldRecord told{.key = record_key, .version = entered_at.value()};
  bool readable = false;
  if (record.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(told.version, VersionOf(*record));
    COMPTOIR_ASSIGN_OR_RETURN(readable, KindOf(record_key) == replication::v1::RECORD_KIND_ADDRESS
                                            ? MayReadAddress(record_key, held)
                                            : IsHeld(*record, held));
  }
  if (readable) {
    told.record = record;
  } else {
    // Of any version that the reader may hold.
    told.version = std::max(told.version, entered_at.value());
  }
  return told;
}

absl::StatusOr<bool> PublishedRecords::MayReadAddress(std::string_view record_key,
                                                      const HeldBooks& held) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, Published(CustomerKeyOf(record_key)));
  if (!customer.has_value()) return false;
  return IsHeld(*customer, held);
}

// What isn't newer than the watermark is published as it is now: in the feed of all, a record's
// entry is at its version.
absl::StatusOr<std::optional<std::string_view>> PublishedRecords::Published(
    std::string_view record_key) {
  const auto stored = Stored(record_key);
  if (!watermark_.has_value()) return stored;
  if (stored.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(*stored));
    if (version <= watermark_->value()) return stored;
  }
  COMPTOIR_ASSIGN_OR_RETURN(auto before, FindPublishedBefore(reader_, CustomerFeed(), record_key));
  if (!before.has_value()) return stored;
  return std::optional<std::string_view>(before_.emplace_back(std::move(before->content)));
}

}  // namespace comptoir::hq
