#include "hq-service/domain/feeds/customer_events.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "hq-service/domain/customers/consent_history.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/milestones.h"

namespace comptoir::hq {
namespace {

using v1::CustomerEvent;

constexpr size_t kTokenBytesMax = 200;

// The addresses of a customer that one position has entries of.
using Touched = std::map<CustomerId, std::vector<AddressId>>;
// By position.
using Positions = std::map<Sequence, Touched>;

absl::Status TokenInvalid() {
  FieldViolations violations;
  violations.Add("token", "ID_INVALID", "Not a token of this method.");
  return violations.ToStatus();
}

// Whose record it is, and which address; nothing for kinds of no interest here.
struct EntryOf {
  CustomerId customer;
  std::optional<AddressId> address;
};
std::optional<EntryOf> ReadEntry(std::string_view record_key) {
  KeyReader reader(record_key);
  const auto kind = reader.Byte();
  const auto customer = reader.Id();
  if (!reader.ok()) return std::nullopt;
  if (*kind == replication::v1::RECORD_KIND_CUSTOMER) return EntryOf{.customer = *customer};
  const auto address = reader.Id();
  if (*kind != replication::v1::RECORD_KIND_ADDRESS || !reader.ok()) return std::nullopt;
  return EntryOf{.customer = *customer, .address = *address};
}

// Reads positions of one of the two logs, whole ones only: returns where it ended, nothing at the
// end of the log. `add` is given each row; false if it cannot be read.
template <typename Add>
absl::StatusOr<std::optional<Sequence>> ReadLog(const Reader& reader, KeyRange range,
                                                Positions& positions, const Add& add) {
  while (true) {
    positions.clear();
    size_t rows = 0;
    COMPTOIR_RETURN_IF_ERROR(
        ScanRows(reader, Table::kFeeds, range,
                 [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
                   ++rows;
                   if (!add(key, value, positions)) return CorruptEntry();
                   return true;
                 }));
    if (rows < range.rows_max) return std::nullopt;
    // The last position may go on.
    const Sequence last = positions.rbegin()->first;
    if (positions.size() > 1) {
      positions.erase(last);
      return last;
    }
    range.rows_max *= 2;
  }
}

// Positions from `first` on. What is returned is where the read ended, if it isn't at the end.
absl::StatusOr<std::optional<Sequence>> ReadPositions(const Reader& reader, Sequence first,
                                                      size_t rows_max, Positions& positions) {
  const Feed feed = CustomerFeed();
  const size_t prefix_bytes = FeedPrefix(feed).size();
  Positions entries;
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto entries_end,
      ReadLog(reader,
              {.begin = FeedPosition(feed, first),
               .end = PrefixRange(FeedPrefix(feed)).end,
               .rows_max = rows_max},
              entries, [&](std::string_view key, std::string_view value, Positions& read) {
                const auto entry = ParseFeedEntryKey(key.substr(prefix_bytes));
                if (!entry.has_value()) return false;
                Touched& touched = read[entry->sequence];
                // One with content is what was published before a newer one.
                const auto of = ReadEntry(entry->record_key);
                if (!of.has_value() || !value.empty()) return true;
                auto& addresses = touched[of->customer];
                if (of->address.has_value()) addresses.push_back(*of->address);
                return true;
              }));
  Positions milestones;
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto milestones_end,
      ReadLog(reader,
              {.begin = MilestonePosition(first),
               .end = PrefixRange(MilestonePrefix()).end,
               .rows_max = rows_max},
              milestones, [&](std::string_view key, std::string_view, Positions& read) {
                const auto milestone = ParseMilestone(key);
                if (milestone.has_value()) read[milestone->sequence][milestone->customer];
                return milestone.has_value();
              }));
  // Both are complete before the earlier end.
  std::optional<Sequence> end = entries_end;
  if (milestones_end.has_value()) end = std::min(end.value_or(*milestones_end), *milestones_end);
  for (Positions* const log : {&entries, &milestones}) {
    for (auto& [sequence, touched] : *log) {
      if (end.has_value() && sequence >= *end) break;
      for (auto& [customer, addresses] : touched) {
        auto& known = positions[sequence][customer];
        known.insert(known.end(), addresses.begin(), addresses.end());
      }
    }
  }
  return end;
}

// Nothing for a customer without an account number.
absl::StatusOr<std::optional<CustomerEvent>> Render(const Reader& reader, Sequence sequence,
                                                    const CustomerId& id,
                                                    const std::vector<AddressId>& addresses,
                                                    std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(reader, id));
  if (!record.has_value() || record->customer().account_number().empty()) return std::nullopt;
  CustomerEvent event;
  const bool created = record->created_sequence() == sequence.value();
  event.set_kind(created ? CustomerEvent::KIND_CREATED : CustomerEvent::KIND_CHANGED);
  event.set_sequence(sequence.value());
  COMPTOIR_ASSIGN_OR_RETURN(*event.mutable_customer(), ReadCustomerView(reader, *record, language));
  for (const AddressId& address_id : addresses) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto address, FindAddress(reader, {id, address_id}));
    if (address.has_value()) *event.add_addresses() = AddressView(*address, *record);
  }
  COMPTOIR_ASSIGN_OR_RETURN(auto changes, ConsentChangesAt(reader, id, sequence));
  for (auto& change : changes) *event.add_consent_changes() = std::move(change);
  return event;
}

bool Fits(const v1::CustomerEventFilter& filter, const CustomerEvent& event) {
  if (!filter.created() && !filter.consent_changed()) return true;
  return (filter.created() && event.kind() == CustomerEvent::KIND_CREATED) ||
         (filter.consent_changed() && event.consent_changes_size() > 0);
}

}  // namespace

std::string EventToken(const replication::v1::Epoch& epoch, const EventCursor& cursor) {
  KeyWriter writer;
  writer.Fixed64(epoch.counter()).Fixed64(epoch.id()).Fixed64(cursor.sequence.value());
  if (cursor.customer.has_value()) writer.Id(*cursor.customer);
  return absl::BytesToHexString(ToAbsl(writer.key()));
}

absl::StatusOr<EventCursor> OpenEventToken(const Reader& reader, std::string_view token) {
  EventCursor cursor;
  if (token.empty()) return cursor;
  const bool hexadecimal = token.size() % 2 == 0 && token.size() <= kTokenBytesMax &&
                           std::all_of(token.begin(), token.end(), [](char c) {
                             return std::isxdigit(static_cast<unsigned char>(c)) != 0;
                           });
  if (!hexadecimal) return TokenInvalid();
  const std::string bytes = absl::HexStringToBytes(ToAbsl(token));
  KeyReader parts(bytes);
  const auto counter = parts.Fixed64();
  const auto id = parts.Fixed64();
  const auto sequence = parts.Fixed64();
  if (parts.ok() && !parts.AtEnd()) cursor.customer = parts.Id();
  if (!parts.AtEnd()) return TokenInvalid();
  cursor.sequence = Sequence(*sequence);
  replication::v1::Position position;
  position.set_epoch_counter(*counter);
  position.set_epoch_id(*id);
  position.set_sequence(*sequence);
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const bool own, IsOwnPosition(reader, position, last));
  if (!own) return MakeError(Reason::kDiverged, "HQ never gave this token.");
  return cursor;
}

absl::StatusOr<EventBatch> ReadCustomerEvents(const Reader& reader, const EventCursor& cursor,
                                              const v1::CustomerEventFilter& filter,
                                              std::string_view language,
                                              const EventLimits& limits) {
  const Sequence first(cursor.sequence.value() + (cursor.customer.has_value() ? 0 : 1));
  Positions positions;
  COMPTOIR_ASSIGN_OR_RETURN(const auto end,
                            ReadPositions(reader, first, limits.rows_max, positions));
  EventBatch batch;
  size_t bytes = 0;
  for (const auto& [sequence, touched] : positions) {
    for (auto next = touched.begin(); next != touched.end(); ++next) {
      const auto& [customer, addresses] = *next;
      const bool read = sequence == cursor.sequence && cursor.customer.has_value() &&
                        customer <= *cursor.customer;
      if (read) continue;
      if (batch.events.size() >= limits.events_max || bytes >= limits.bytes_max) return batch;
      COMPTOIR_ASSIGN_OR_RETURN(auto event,
                                Render(reader, sequence, customer, addresses, language));
      batch.end = {.sequence = sequence};
      if (std::next(next) != touched.end()) batch.end.customer = customer;
      if (!event.has_value() || !Fits(filter, *event)) continue;
      bytes += event->ByteSizeLong();
      batch.events.push_back(*std::move(event));
      batch.after.push_back(batch.end);
    }
  }
  if (end.has_value()) {
    batch.end = {.sequence = Sequence(end->value() - 1)};
    return batch;
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  batch.end = {.sequence = last};
  batch.at_end = true;
  return batch;
}

}  // namespace comptoir::hq
