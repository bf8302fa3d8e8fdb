#include "hq-service/domain/feeds/published_records.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "common/base/uuid.h"
#include "common/customer/records/customers.h"
#include "common/storage/message_fields.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/published.h"

namespace comptoir::hq {
namespace {

using storage::v1::CustomerRecord;

absl::Status Corrupt() { return MakeError(Reason::kStorageCorrupt, "A record doesn't parse."); }

std::string CustomerKeyOf(std::string_view address_key) {
  return CustomerRecordKey(CustomerId::FromBytes(address_key.substr(1, Uuid::kBytes)));
}

}  // namespace

absl::StatusOr<bool> IsHeld(std::string_view record, const HeldBooks& held) {
  if (held.all()) return true;
  std::string_view customer;
  bool parses = VisitFields(record, [&](const MessageField& field) {
    if (field.id == CustomerRecord::kCustomerFieldNumber) customer = field.bytes;
    return true;
  });
  bool found = false;
  parses = parses && VisitFields(customer, [&](const MessageField& field) {
             if (field.id == customer::v1::Customer::kAddressBooksFieldNumber) {
               found |= held.Holds(field.bytes);
             }
             return true;
           });
  if (!parses) return Corrupt();
  return found;
}

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
