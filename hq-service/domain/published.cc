#include "hq-service/domain/published.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/customers.h"
#include "common/customer/record_io.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {
namespace {

using replication::v1::RecordChange;
using replication::v1::RecordKind;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

RecordKind KindOf(std::string_view record_key) {
  return static_cast<RecordKind>(static_cast<uint8_t>(record_key.front()));
}

// The record as the job has published it.
absl::StatusOr<std::optional<std::string>> ReadPublished(const Reader& reader,
                                                         std::string_view record_key) {
  COMPTOIR_ASSIGN_OR_RETURN(auto before, FindPublishedBefore(reader, CustomerFeed(), record_key));
  if (before.has_value()) return std::optional<std::string>(std::move(before->content));
  return reader.Get(Table::kRecords, record_key);
}

absl::StatusOr<uint64_t> VersionOf(RecordKind kind, const std::string& record) {
  if (kind == replication::v1::RECORD_KIND_ADDRESS) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto address, ParseRecord<AddressRecord>(record));
    return address.version();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, ParseRecord<CustomerRecord>(record));
  return customer.version();
}

// The record of the customer that the record is, or belongs to.
absl::StatusOr<std::optional<CustomerRecord>> ReadOwner(const Reader& reader,
                                                        std::string_view record_key,
                                                        const std::optional<std::string>& record) {
  std::optional<std::string> owner = record;
  if (KindOf(record_key) == replication::v1::RECORD_KIND_ADDRESS) {
    const CustomerId id = CustomerId::FromBytes(record_key.substr(1, Uuid::kBytes));
    COMPTOIR_ASSIGN_OR_RETURN(owner, ReadPublished(reader, CustomerRecordKey(id)));
  }
  if (!owner.has_value()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(auto customer, ParseRecord<CustomerRecord>(*owner));
  return customer;
}

}  // namespace

void AddHeld(const Feed& feed, HeldBooks& held) {
  if (feed.job == CustomerFeed().job) held.Add(feed.book);
}

absl::StatusOr<RecordChange> RecordForReader(const Reader& reader, std::string_view record_key,
                                             Sequence entered_at, const HeldBooks& held) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, ReadPublished(reader, record_key));
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner, ReadOwner(reader, record_key, record));
  RecordChange change;
  change.set_kind(KindOf(record_key));
  change.set_key(std::string(record_key.substr(1)));
  change.set_version(entered_at.value());
  if (record.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, VersionOf(change.kind(), *record));
    change.set_version(version);
  }
  if (record.has_value() && owner.has_value() && held.HoldAny(owner->customer().address_books())) {
    change.set_record(*std::move(record));
  } else {
    // Of any version that the reader may hold.
    change.set_version(std::max(change.version(), entered_at.value()));
    change.set_removed(true);
  }
  return change;
}

}  // namespace comptoir::hq
