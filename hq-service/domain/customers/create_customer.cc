#include "hq-service/domain/customers/create_customer.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/digest.h"
#include "common/storage/epochs.h"
#include "common/storage/request_log.h"
#include "hq-service/domain/conversion/conversion.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/customers/edits.h"
#include "hq-service/domain/customers/new_customer.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

absl::StatusOr<PreparedCustomer> Prepare(const Reader& reader, ConfiguredChannels& channels,
                                         const customer::v1::CreateCustomerRequest& request,
                                         const CustomerId& id, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, channels.Resolve(reader, request.channel()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto configuration,
                            ConfigurationFor(reader, request.customer(), channel));
  if (request.has_forwarded()) return PrepareCustomer(request.customer(), id, *configuration, now);
  ChannelConfiguration for_administrator = *configuration;
  for_administrator.by_administrator = true;
  return PrepareCustomer(request.customer(), id, for_administrator, now);
}

absl::StatusOr<Customer> Render(const Reader& reader, const CreateCustomerCommand& command,
                                const CustomerRecord& record,
                                const std::vector<AddressRecord>& addresses) {
  Customer view = CustomerView(record, command.language);
  if (!command.forwarded) {
    COMPTOIR_ASSIGN_OR_RETURN(view, ReadCustomerView(reader, record, command.language));
  }
  for (const AddressRecord& address : addresses)
    *view.add_addresses() = AddressView(address, record);
  if (command.prepared.ok()) {
    for (const auto& warning : command.prepared->warnings) *view.add_warnings() = warning;
  }
  return view;
}

// The answer to a repeated request: the customer, and the addresses that came with it, as they are.
absl::StatusOr<Answered<Customer>> AnswerAgain(const Reader& reader,
                                               const CreateCustomerCommand& command,
                                               const CustomerRecord& record) {
  if (record.request_digest() != command.request_digest) return RequestIdReused(command.id);
  COMPTOIR_RETURN_IF_ERROR(CheckNotRejected(record));
  std::vector<AddressRecord> addresses;
  if (command.prepared.ok()) {
    for (const AddressRecord& prepared : command.prepared->addresses) {
      COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(prepared.address().name()));
      COMPTOIR_ASSIGN_OR_RETURN(auto address, FindAddress(reader, key));
      if (address.has_value()) addresses.push_back(*std::move(address));
    }
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, LastSequence(reader));
  COMPTOIR_ASSIGN_OR_RETURN(Customer view, Render(reader, command, record, addresses));
  return Answered<Customer>{std::move(view), sequence};
}

absl::StatusOr<StoredCustomer> Store(Transaction& transaction,
                                     const CreateCustomerCommand& command) {
  COMPTOIR_RETURN_IF_ERROR(command.prepared.status());
  COMPTOIR_ASSIGN_OR_RETURN(
      const NextNumber number,
      PeekAccountNumber(transaction, command.prepared->record.customer().customer_group()));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  TakeNumber(transaction, number);
  return StoreNewCustomer(transaction,
                          {.prepared = *command.prepared,
                           .request_digest = command.request_digest,
                           .create_time = ToTimestamp(command.now),
                           .account_number = number.text},
                          sequence, command.now);
}

}  // namespace

absl::StatusOr<CreateCustomerCommand> PrepareCreateCustomer(
    const Reader& reader, ConfiguredChannels& channels,
    const customer::v1::CreateCustomerRequest& request, Random& random, absl::Time now,
    std::string language) {
  CustomerId id;
  if (request.customer().name().empty()) {
    id = NewUuid(random);
  } else {
    const auto named = ParseCustomerName(request.customer().name());
    if (!named.ok()) {
      // Names the other fields that are wrong, too. (C8)
      COMPTOIR_RETURN_IF_ERROR(Prepare(reader, channels, request, NewUuid(random), now).status());
      return named.status();
    }
    id = *named;
  }
  CreateCustomerCommand command{.id = id,
                                .request_digest = request.forwarded().request_digest(),
                                .prepared = Prepare(reader, channels, request, id, now),
                                .now = now,
                                .language = std::move(language),
                                .forwarded = request.has_forwarded()};
  if (command.request_digest.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(const std::string key, ReadDigestKey(reader));
    command.request_digest = RequestDigest(key, request);
  }
  return command;
}

absl::StatusOr<Answered<Customer>> CreateCustomer(Transaction& transaction,
                                                  const CreateCustomerCommand& command) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(transaction, command.id));
  if (known.has_value()) return AnswerAgain(transaction, command, *known);
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, FindStagedCreate(transaction, command.id));
  if (staged.has_value() && staged->staged.operation().request_digest() != command.request_digest) {
    return RequestIdReused(command.id);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const StoredCustomer stored,
                            staged.has_value() ? ConvertNow(transaction, *staged, command.now)
                                               : Store(transaction, command));
  COMPTOIR_ASSIGN_OR_RETURN(Customer view,
                            Render(transaction, command, stored.customer, stored.addresses));
  return Answered<Customer>{std::move(view), Sequence(stored.customer.version())};
}

absl::StatusOr<Customer> RehearseCreateCustomer(const Reader& reader,
                                                const CreateCustomerCommand& command) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(reader, command.id));
  if (known.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(auto answered, AnswerAgain(reader, command, *known));
    return std::move(answered.value);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto staged, FindStagedCreate(reader, command.id));
  if (staged.has_value() && staged->staged.operation().request_digest() != command.request_digest) {
    return RequestIdReused(command.id);
  }
  COMPTOIR_RETURN_IF_ERROR(command.prepared.status());
  return PreparedView(*command.prepared);
}

}  // namespace comptoir::hq
