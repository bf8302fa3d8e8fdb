// Puts HQ's records into a channel's database.

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_APPLY_CHANGE_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_APPLY_CHANGE_H_

#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace comptoir {

// A change with its record, which is parsed once for all who look at it. Borrows the change, and
// the arena that its record lies in.
class ParsedChange {
 public:
  // STORAGE_CORRUPT, without touching a database, for a change that could not be applied: a peer's
  // input is checked before a command runs.
  static absl::StatusOr<ParsedChange> Parse(const replication::v1::RecordChange& change,
                                            google::protobuf::Arena& arena);
  // Of who has the record, which is borrowed. REQUIRES: the change brings it, and is right.
  static ParsedChange Of(const replication::v1::RecordChange& change,
                         const google::protobuf::Message& record, google::protobuf::Arena& arena);

  const replication::v1::RecordChange& operator*() const { return *change_; }
  const replication::v1::RecordChange* operator->() const { return change_; }
  google::protobuf::Arena& arena() const { return *arena_; }

  // Null if the record is removed. REQUIRES: the type is that of the kind.
  template <typename Record>
  const Record* record() const {
    return static_cast<const Record*>(record_);
  }

 private:
  friend class ChangeParser;

  ParsedChange(const replication::v1::RecordChange& change, google::protobuf::Arena& arena)
      : change_(&change), arena_(&arena) {}

  const replication::v1::RecordChange* change_;
  google::protobuf::Arena* arena_;
  // Null, too, for a kind that isn't known.
  const google::protobuf::Message* record_ = nullptr;
};

// Parses what comes together, where a record may come several times: by each feed that it is in,
// and with the result of what made it.
class ChangeParser {
 public:
  // Borrows the arena, and what it parses.
  explicit ChangeParser(google::protobuf::Arena& arena) : arena_(arena) {}

  absl::StatusOr<ParsedChange> Parse(const replication::v1::RecordChange& change);

 private:
  google::protobuf::Arena& arena_;
  // The last of each key, whichever kind.
  std::unordered_map<std::string_view, ParsedChange> parsed_;
};

// Stores or removes one record with its index. A record older than what is stored is passed over
// (an answer of HQ may have been faster than the stream); a pending one (version 0) is always
// replaced. A kind that isn't known is kept as bytes under its key.
absl::Status ApplyRecordChange(Transaction& transaction, const ParsedChange& change);

// The same for who has read what is stored now; null: nothing.
absl::Status ApplyRecordChange(Transaction& transaction, const ParsedChange& change,
                               const storage::v1::CustomerRecord* stored);
absl::Status ApplyRecordChange(Transaction& transaction, const ParsedChange& change,
                               const storage::v1::AddressRecord* stored);

// The same of a change that isn't parsed yet: STORAGE_CORRUPT if it could not be applied.
absl::Status ApplyRecordChange(Transaction& transaction,
                               const replication::v1::RecordChange& change);

// Of the record that a change is about, in table records.
std::string RecordKeyOf(const replication::v1::RecordChange& change);

// What ParsedChange::Parse() says of it.
absl::Status CheckRecordChange(const replication::v1::RecordChange& change);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_APPLY_CHANGE_H_
