#include "hq-service/domain/conversion/ensure_synchronized.h"

#include <optional>
#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/requests/names.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/conversion/conversion.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/customers/edits.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using customer::v1::EnsureSynchronizedRequest;
using storage::v1::CustomerRecord;

// The channel service that asks holds another customer under the UUID.
absl::Status CheckSameCreate(const EnsureSynchronizedRequest& request,
                             std::string_view request_digest) {
  if (!request.has_forwarded() || request.forwarded().request_digest() == request_digest) {
    return absl::OkStatus();
  }
  return MakeError(Reason::kRequestIdReused,
                   "The customer was created by a request with other content.");
}

// The address, converted if it is only staged.
absl::Status FindOrConvertAddress(Transaction& transaction, const AddressKey& key, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindAddress(transaction, key));
  if (known.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, StagedOfRequest(transaction, key.address.bytes()));
  for (const StagedRow& row : staged) {
    if (row.staged.operation().has_create_address() &&
        row.staged.operation().customer_id() == key.customer.bytes()) {
      return ConvertAddressNow(transaction, row, now);
    }
  }
  return AddressNotFound(AddressName(key));
}

absl::StatusOr<CustomerRecord> FindOrConvert(Transaction& transaction,
                                             const EnsureSynchronizedRequest& request,
                                             const CustomerId& id, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindCustomer(transaction, id));
  if (record.has_value()) {
    COMPTOIR_RETURN_IF_ERROR(CheckSameCreate(request, record->request_digest()));
    COMPTOIR_RETURN_IF_ERROR(CheckNotRejected(*record));
    return *std::move(record);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, FindStagedCreate(transaction, id));
  if (!staged.has_value()) return CustomerNotFound(CustomerName(id));
  COMPTOIR_RETURN_IF_ERROR(CheckSameCreate(request, staged->staged.operation().request_digest()));
  COMPTOIR_ASSIGN_OR_RETURN(StoredCustomer stored, ConvertNow(transaction, *staged, now));
  return std::move(stored.customer);
}

}  // namespace

absl::StatusOr<Answered<Customer>> EnsureSynchronized(Transaction& transaction,
                                                      const EnsureSynchronizedRequest& request,
                                                      absl::Time now, const std::string& language) {
  COMPTOIR_RETURN_IF_ERROR(ResolveChannelOr(transaction, request.channel()).status());
  COMPTOIR_ASSIGN_OR_RETURN(const SynchronizedName name, ParseSynchronizedName(request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(CustomerRecord record,
                            FindOrConvert(transaction, request, name.customer, now));
  if (name.address.has_value()) {
    COMPTOIR_RETURN_IF_ERROR(
        FindOrConvertAddress(transaction, {name.customer, *name.address}, now));
    COMPTOIR_ASSIGN_OR_RETURN(record, FindOrConvert(transaction, request, name.customer, now));
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, LastSequence(transaction));
  // A channel service stores the answer, and shows the primary address's phone itself.
  if (request.has_forwarded()) return Answered<Customer>{CustomerView(record, language), sequence};
  COMPTOIR_ASSIGN_OR_RETURN(Customer view, ReadCustomerView(transaction, record, language));
  return Answered<Customer>{std::move(view), sequence};
}

}  // namespace comptoir::hq
