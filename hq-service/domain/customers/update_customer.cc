#include "hq-service/domain/customers/update_customer.h"

#include <utility>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/customer/rules/rules.h"
#include "common/storage/epochs.h"
#include "hq-service/domain/channels.h"
#include "hq-service/domain/conversion/staged_edit.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;

absl::StatusOr<Answered<Customer>> Answer(const Reader& reader, const CustomerRecord& record,
                                          Customer& changed, const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, LastSequence(reader));
  Customer view = CustomerView(record, context.language);
  if (!context.forwarded) {
    COMPTOIR_ASSIGN_OR_RETURN(view, ReadCustomerView(reader, record, context.language));
  }
  view.mutable_warnings()->Swap(changed.mutable_warnings());
  return Answered<Customer>{std::move(view), sequence};
}

}  // namespace

absl::StatusOr<Answered<Customer>> UpdateCustomer(
    Transaction& transaction, const customer::v1::UpdateCustomerRequest& request,
    const EditContext& context) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(request.customer().name()));
  COMPTOIR_ASSIGN_OR_RETURN(const bool done, IsApplied(transaction, id, context));
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord old, FindSyncedCustomer(transaction, id));
  Customer changed;
  if (done) return Answer(transaction, old, changed, context);

  COMPTOIR_RETURN_IF_ERROR(CheckEtag(request.etag(), CustomerEtag(old)));
  COMPTOIR_ASSIGN_OR_RETURN(
      auto channel, ResolveChannelOr(transaction, request.channel(), old.customer().channel()));
  channel.by_administrator = !context.forwarded;
  if (request.channel().empty()) {
    // An edit at HQ: the customer's channel only says what is usual there.
    channel.channel.clear();
    channel.field_rules.clear();
  }
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(transaction, request.customer(), channel));
  // Which of those that it has are hidden.
  COMPTOIR_RETURN_IF_ERROR(ReadDefinitions(transaction, old.customer(), channel));
  COMPTOIR_ASSIGN_OR_RETURN(changed, ChangeCustomer(old.customer(), request.customer(),
                                                    request.update_mask(), channel, context.now));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  CustomerRecord record = old;
  *record.mutable_customer() = changed;
  record.mutable_customer()->clear_warnings();
  COMPTOIR_RETURN_IF_ERROR(StoreChangedCustomer(transaction, id, old, record, sequence, context.now,
                                                {.channel = channel.channel}));
  RememberEdit(transaction, context, id, /*address_id=*/"", sequence);
  return Answer(transaction, record, changed, context);
}

}  // namespace comptoir::hq
