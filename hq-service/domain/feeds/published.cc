#include "hq-service/domain/feeds/published.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/feeds/watermarks.h"

namespace comptoir::hq {
namespace {

using replication::v1::RecordChange;
using replication::v1::RecordKind;
using storage::v1::CustomerRecord;
using storage::v1::LoyaltyCardRecord;

Feed FeedOfAll(RecordKind kind) {
  return kind == replication::v1::RECORD_KIND_LOYALTY_CARD ? LoyaltyCardFeed() : CustomerFeed();
}

// The record as its job has published it.
absl::StatusOr<std::optional<std::string>> ReadPublished(const Reader& reader,
                                                         std::string_view record_key) {
  COMPTOIR_ASSIGN_OR_RETURN(auto before,
                            FindPublishedBefore(reader, FeedOfAll(KindOf(record_key)), record_key));
  if (before.has_value()) return std::optional<std::string>(std::move(before->content));
  return reader.Get(Table::kRecords, record_key);
}

// Its customer's job may come to a card before its own has published anything of it.
absl::StatusOr<bool> IsUnpublished(const Reader& reader, uint64_t version) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(reader, LoyaltyCardFeed().job));
  return watermark.has_value() && version > watermark->value();
}

absl::StatusOr<bool> HoldsPublished(const Reader& reader, const CustomerId& id,
                                    const HeldBooks& held) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto published, ReadPublished(reader, CustomerRecordKey(id)));
  if (!published.has_value()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, ParseRecord<CustomerRecord>(*published));
  return held.HoldAny(customer.customer().address_books());
}

absl::StatusOr<bool> MayReadCard(const Reader& reader, const LoyaltyCardRecord& card,
                                 const HeldBooks& held) {
  if (card.card().customer().empty()) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(card.card().customer()));
  COMPTOIR_ASSIGN_OR_RETURN(const bool published, HoldsPublished(reader, id, held));
  if (published) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(reader, id));
  return customer.has_value() && held.HoldAny(customer->customer().address_books());
}

}  // namespace

RecordKind KindOf(std::string_view record_key) {
  return static_cast<RecordKind>(static_cast<uint8_t>(record_key.front()));
}

void AddHeld(const Feed& feed, HeldBooks& held) {
  if (feed.job == CustomerFeed().job) held.Add(feed.book);
}

absl::StatusOr<std::optional<RecordChange>> CardForReader(const Reader& reader,
                                                          std::string_view record_key,
                                                          Sequence entered_at,
                                                          const HeldBooks& held) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, ReadPublished(reader, record_key));
  RecordChange change;
  change.set_kind(KindOf(record_key));
  change.set_key(std::string(record_key.substr(1)));
  change.set_version(entered_at.value());
  bool readable = false;
  if (record.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto card, ParseRecord<LoyaltyCardRecord>(*record));
    change.set_version(card.version());
    COMPTOIR_ASSIGN_OR_RETURN(const bool unpublished, IsUnpublished(reader, card.version()));
    if (unpublished) return std::nullopt;
    COMPTOIR_ASSIGN_OR_RETURN(readable, MayReadCard(reader, card, held));
  }
  if (readable) {
    change.set_record(*std::move(record));
  } else {
    // Of any version that the reader may hold.
    change.set_version(std::max(change.version(), entered_at.value()));
    change.set_removed(true);
  }
  return change;
}

}  // namespace comptoir::hq
