#include "channel-service/domain/replication/cursors.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/replication/removal.h"
#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {
namespace {

using replication::v1::Cursor;
using replication::v1::Membership;
using storage::v1::CursorRecord;

constexpr std::string_view kOwnBookPrefix = "service/";

// Whether a customer is here because of it, with all that belongs to it.
bool IsOfBook(const Membership& membership) {
  return membership.job() == replication::v1::JOB_1010_CUSTOMERS &&
         (membership.book() == kBookOfAll || AddressBookOf(membership.book()).has_value());
}

std::string CursorKey(const Membership& membership) {
  return KeyWriter()
      .Fixed32(static_cast<uint32_t>(membership.job()))
      .String(membership.book())
      .key();
}

absl::StatusOr<std::optional<Cursor>> FindCursor(const Reader& reader,
                                                 const Membership& membership) {
  COMPTOIR_ASSIGN_OR_RETURN(
      auto record, ReadRecord<CursorRecord>(reader, Table::kCursors, CursorKey(membership)));
  if (!record.has_value()) return std::nullopt;
  return std::move(*record->mutable_cursor());
}

void PutCursor(Transaction& transaction, const Cursor& cursor) {
  CursorRecord record;
  *record.mutable_cursor() = cursor;
  PutRecord(transaction, Table::kCursors, CursorKey(cursor.membership()), record);
}

// An answer that was read in a later epoch and yet earlier is of an HQ whose database was restored:
// the stream cannot have brought it.
bool IsLater(const replication::v1::Position& answer, const replication::v1::Position& read) {
  if (answer.sequence() > read.sequence()) return true;
  return answer.epoch_id() != read.epoch_id() && answer.epoch_counter() >= read.epoch_counter() &&
         answer.sequence() < read.sequence();
}

// Up to where what HQ answers is told by the stream. Before all customers have been read once, all
// that isn't newer than where that began comes with them, or has come.
const replication::v1::Position& ToldUpTo(const Cursor& cursor) {
  return cursor.has_place() ? cursor.place().since() : cursor.position();
}

}  // namespace

bool IsOfCustomers(const Membership& membership) {
  const bool of_customers = membership.job() == replication::v1::JOB_1010_CUSTOMERS ||
                            membership.job() == replication::v1::JOB_1050_LOYALTY;
  return of_customers && !membership.book().starts_with(kOwnBookPrefix);
}

absl::StatusOr<std::vector<Cursor>> ReadCursors(const Reader& reader) {
  std::vector<Cursor> cursors;
  COMPTOIR_RETURN_IF_ERROR(
      ScanRecords<CursorRecord>(reader, Table::kCursors, KeyRange{.rows_max = kMembershipsMax},
                                [&](std::string_view, CursorRecord record) {
                                  cursors.push_back(std::move(*record.mutable_cursor()));
                                  return true;
                                }));
  return cursors;
}

absl::StatusOr<HeldBooks> ReadHeldBooks(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<Cursor> cursors, ReadCursors(reader));
  HeldBooks held;
  for (const Cursor& cursor : cursors) {
    if (IsOfBook(cursor.membership())) held.Add(cursor.membership().book());
  }
  return held;
}

absl::Status ReconcileMemberships(Transaction& transaction,
                                  const std::vector<Membership>& memberships) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<Cursor> held, ReadCursors(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(transaction));
  std::map<std::string, Membership> in_force;
  for (const Membership& membership : memberships) {
    // HQ may not know yet, or not any more, that none may come.
    if (filter.filtered() && IsOfCustomers(membership)) continue;
    in_force[CursorKey(membership)] = membership;
  }
  bool lost = false;
  for (const Cursor& cursor : held) {
    const std::string key = CursorKey(cursor.membership());
    const auto found = in_force.find(key);
    const bool kept = found != in_force.end() && found->second.id() == cursor.membership().id();
    lost = lost || (!kept && IsOfBook(cursor.membership()));
    if (found == in_force.end()) {
      transaction.Delete(Table::kCursors, key);
    } else if (kept) {
      in_force.erase(found);
    }
  }
  // All that a filtered database holds is purged anyway.
  if (lost && !filter.filtered()) BeginSweep(transaction);
  for (const auto& [key, membership] : in_force) ResetCursor(transaction, membership);
  return absl::OkStatus();
}

absl::Status DropCustomerMemberships(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<Cursor> held, ReadCursors(transaction));
  for (const Cursor& cursor : held) {
    if (!IsOfCustomers(cursor.membership())) continue;
    transaction.Delete(Table::kCursors, CursorKey(cursor.membership()));
  }
  return absl::OkStatus();
}

absl::Status AdvanceCursor(Transaction& transaction, const Cursor& cursor) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto held, FindCursor(transaction, cursor.membership()));
  const bool back = held.has_value() && held->membership().id() == cursor.membership().id() &&
                    held->position().sequence() > cursor.position().sequence();
  if (!back) PutCursor(transaction, cursor);
  return absl::OkStatus();
}

absl::StatusOr<bool> AreBooksReadTo(const Reader& reader, uint64_t sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::vector<Cursor> cursors, ReadCursors(reader));
  for (const Cursor& cursor : cursors) {
    if (IsOfBook(cursor.membership()) && cursor.position().sequence() != sequence) return false;
  }
  return true;
}

void ResetCursor(Transaction& transaction, const Membership& membership) {
  Cursor zero;
  *zero.mutable_membership() = membership;
  PutCursor(transaction, zero);
}

absl::StatusOr<bool> MayStoreAnswer(
    const Reader& reader, const replication::v1::Position& position,
    const google::protobuf::RepeatedPtrField<std::string>& address_books) {
  std::vector<std::string> books = {std::string(kBookOfAll)};
  for (const std::string& id : address_books) books.push_back(BookOfAddressBook(id));
  bool held = false;
  for (std::string& book : books) {
    Membership membership;
    membership.set_job(replication::v1::JOB_1010_CUSTOMERS);
    membership.set_book(std::move(book));
    COMPTOIR_ASSIGN_OR_RETURN(const auto cursor, FindCursor(reader, membership));
    if (!cursor.has_value()) continue;
    if (!IsLater(position, ToldUpTo(*cursor))) return false;
    held = true;
  }
  return held;
}

}  // namespace comptoir::channel
