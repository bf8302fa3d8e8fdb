#include "hq-service/domain/customers/edits.h"

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/requests/names.h"
#include "common/storage/request_log.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/customers/consent_history.h"
#include "hq-service/domain/feeds/customer_feeds.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {

absl::StatusOr<Uuid> RequestIdOf(std::string_view text, Random& random) {
  if (text.empty()) return NewUuid(random);
  return ParseRequestId(text);
}

absl::Status CheckNotRejected(const storage::v1::CustomerRecord& record) {
  if (record.customer().state() != customer::v1::CUSTOMER_STATE_REJECTED) return absl::OkStatus();
  return CustomerRejected(record.customer().name());
}

absl::StatusOr<storage::v1::CustomerRecord> FindSyncedCustomer(const Reader& reader,
                                                               const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindCustomer(reader, id));
  if (record.has_value()) {
    COMPTOIR_RETURN_IF_ERROR(CheckNotRejected(*record));
    return *std::move(record);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, FindStagedCreate(reader, id));
  if (staged.has_value()) return CustomerPending(CustomerName(id));
  COMPTOIR_ASSIGN_OR_RETURN(const bool recovers, NumbersWait(reader));
  if (recovers) {
    // A store may hold it, and offers it.
    return MakeError(Reason::kHqUnreachable, "HQ was restored and doesn't have the customer yet.",
                     {{"customer", CustomerName(id)}, {"recovery", "true"}});
  }
  return CustomerNotFound(CustomerName(id));
}

absl::Status StoreChangedCustomer(Transaction& transaction, const CustomerId& id,
                                  const storage::v1::CustomerRecord& old,
                                  storage::v1::CustomerRecord& changed, Sequence sequence,
                                  absl::Time now, const Origin& origin) {
  changed.set_version(sequence.value());
  *changed.mutable_customer()->mutable_update_time() = ToTimestamp(now);
  COMPTOIR_RETURN_IF_ERROR(MoveCustomerEntries(transaction, id, old, changed, sequence));
  PutCustomer(transaction, old, changed);
  AppendConsentChanges(transaction, id, old.customer(), changed.customer(), sequence,
                       origin.time.value_or(now), origin.channel);
  return absl::OkStatus();
}

void RememberEdit(Transaction& transaction, const EditContext& context, const CustomerId& customer,
                  std::string_view address_id, Sequence sequence) {
  storage::v1::RequestOutcome outcome;
  outcome.set_request_digest(context.request_digest);
  outcome.set_customer_id(std::string(customer.bytes()));
  outcome.set_address_id(std::string(address_id));
  outcome.set_version(sequence.value());
  *outcome.mutable_commit_time() = ToTimestamp(context.now);
  RememberRequest(transaction, context.request_id, outcome);
}

}  // namespace comptoir::hq
