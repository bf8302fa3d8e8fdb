// HQ's answers brought into the channel database, under the position rule: an answer that isn't
// newer than what the stream has brought isn't stored. The caller gets it all the same.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_ANSWERS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_ANSWERS_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "channel-service/domain/outbox/pending.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/requests/call_context.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/hq/v1/visibility_service.pb.h"
#include "comptoir/replication/v1/change.pb.h"
#include "google/protobuf/arena.h"

namespace comptoir::channel {

// HQ's customer and the addresses that came with it; all of version 0 are the store's own.
using CustomerWithAddresses = PendingRecords;

// What HQ answered to a create. Fails if the answer isn't a synced customer with this id.
absl::StatusOr<CustomerWithAddresses> RecordsOfAnswer(const customer::v1::Customer& answer,
                                                      const CustomerId& id,
                                                      std::string_view request_digest);

// The same with what can be worked out of it before it is the command's turn. Stays where it is.
class AnsweredRecords {
 public:
  explicit AnsweredRecords(CustomerWithAddresses records);
  AnsweredRecords(const AnsweredRecords&) = delete;
  AnsweredRecords& operator=(const AnsweredRecords&) = delete;

  const CustomerWithAddresses& operator*() const { return records_; }
  const CustomerWithAddresses* operator->() const { return &records_; }
  const CustomerId& id() const { return id_; }
  // What brings them, the addresses first.
  const std::vector<ParsedChange>& changes() const { return parsed_; }

 private:
  const CustomerWithAddresses records_;
  const CustomerId id_;
  google::protobuf::Arena arena_;
  std::vector<replication::v1::RecordChange> changes_;
  std::vector<ParsedChange> parsed_;
};

// As the creating caller sees it, with the addresses that came with it.
customer::v1::Customer CreatedView(const CustomerWithAddresses& records, std::string_view language);

// Each stores an answer if the position rule allows.
absl::Status StoreCreated(Transaction& transaction, const AnsweredRecords& records,
                          const replication::v1::Position& position);
// Answers to edits. A customer's keeps the digest of its creation; what isn't in the database any
// more isn't brought back.
absl::Status StoreEdited(Transaction& transaction, const HqAnswer<customer::v1::Customer>& answer,
                         const CustomerId& id);
// The primary flag is the customer's, and comes with it in the feed. `request_digest` is that of
// the address's creation, and used only if the address is new here.
absl::Status StoreEdited(Transaction& transaction, const HqAnswer<customer::v1::Address>& answer,
                         std::string_view request_digest);

// True if the store holds a later version of HQ's than an HQ answers that it hasn't greeted: HQ was
// restored and hasn't been offered that one yet.
absl::StatusOr<bool> IsOfLesserHq(const Reader& reader,
                                  const HqAnswer<customer::v1::Customer>& answer);
absl::StatusOr<bool> IsOfLesserHq(const Reader& reader,
                                  const HqAnswer<customer::v1::Address>& answer);

// What HQ answered to the opening of a customer. Fails if the answer isn't what it says.
absl::Status CheckOpened(const hq::v1::OpenCustomerResponse& response);
absl::Status StoreOpened(Transaction& transaction,
                         const HqAnswer<hq::v1::OpenCustomerResponse>& answer);

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_REPLICATION_ANSWERS_H_
