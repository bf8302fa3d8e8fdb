#include "channel-service/domain/commands/creation.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channel-service/domain/commands/decision.h"
#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/hq_call.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/replication/answers.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/customer/configured_channel.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/digest.h"
#include "common/customer/requests/errors.h"
#include "common/customer/rules/fields.h"
#include "common/customer/rules/rules.h"
#include "common/storage/request_log.h"

namespace comptoir::channel {
namespace {

using customer::v1::CreateCustomerRequest;
using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// The caller's UUID. One that is malformed is refused by PrepareCustomer, together with whatever
// else offends.
CustomerId IdOf(const CreateCustomerRequest& request, Random& random) {
  const auto id = ParseCustomerName(request.customer().name());
  return id.ok() ? *id : NewUuid(random);
}

// A known UUID: the same customer if it was the same request, with the addresses that came with it.
absl::StatusOr<Customer> AnswerFromRecord(const Reader& reader, const CustomerRecord& record,
                                          const std::vector<AddressKey>& addresses,
                                          std::string_view request_digest,
                                          std::string_view language) {
  // A rejected one that only this channel service holds may have been made without its operation,
  // and then has no digest.
  const bool forgotten = IsRejected(record) && record.request_digest().empty();
  if (record.request_digest() != request_digest && !forgotten) {
    return MakeError(Reason::kRequestIdReused, "The UUID belongs to another create.",
                     {{"customer", record.customer().name()}});
  }
  if (IsRejected(record)) return CustomerRejected(record.customer().name());
  COMPTOIR_ASSIGN_OR_RETURN(Customer view, ReadCustomerView(reader, record, language));
  for (const AddressKey& key : addresses) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto address, FindAddress(reader, key));
    if (address.has_value()) *view.add_addresses() = AddressView(*address, record);
  }
  return view;
}

std::vector<AddressKey> AddressesOf(const PreparedCustomer& prepared) {
  std::vector<AddressKey> keys;
  for (const AddressRecord& record : prepared.addresses) {
    const auto key = ParseAddressName(record.address().name());
    COMPTOIR_CHECK_OK(key);
    keys.push_back(*key);
  }
  return keys;
}

// True if the customer is there, by this very request.
absl::StatusOr<bool> IsRepeated(const Reader& reader, const CustomerId& id,
                                std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(reader, id));
  return known.has_value() && known->request_digest() == request_digest;
}

void AddWarnings(Customer& view, const std::vector<customer::v1::Warning>& warnings) {
  for (const customer::v1::Warning& warning : warnings) *view.add_warnings() = warning;
}

CreateMode ModeOf(const ChannelConfiguration& channel, bool filtered) {
  if (filtered) return CreateMode::kFiltered;
  return channel.create_customer_async ? CreateMode::kAsynchronous : CreateMode::kSynchronous;
}

CreateKind KindOf(CreateMode mode) {
  return mode == CreateMode::kAsynchronous ? CreateKind::kPending : CreateKind::kSynced;
}

// HQ may have created the customer or not. (S9)
absl::Status OutcomeUnknown(const CustomerId& id, const absl::Status& answer) {
  std::vector<std::pair<std::string, std::string>> metadata = {{"request_id", id.ToString()}};
  if (const auto reason = ReasonOf(answer); reason.has_value()) {
    metadata.emplace_back("hq_reason", ReasonName(*reason));
  }
  return MakeError(Reason::kOutcomeUnknown, "HQ didn't answer; repeat with the same UUID.",
                   std::move(metadata));
}

}  // namespace

struct Creation::Pending {
  std::unique_ptr<PendingCreate> create;
  bool created = false;  // by the command; otherwise the view is of what was there
};

struct Creation::Request {
  // Of an asynchronous create without features left out nobody reads it, and it is empty.
  CreateCustomerRequest forwarded;
  bool validate_only = false;
  CallContext call;
  Done<Customer> done;
  std::shared_ptr<const ChannelConfiguration> channel;
  CreateMode mode;
  std::string digest;
  PreparedCustomer prepared;
  absl::Time time;
};

void Creation::Create(const CreateCustomerRequest& request, const CallContext& call,
                      Done<Customer> done) {
  auto prepared = Prepare(request, call, done);
  if (!prepared.ok()) return done(prepared.status());
  Run(*prepared);
}

absl::StatusOr<Creation::RequestPtr> Creation::Prepare(const CreateCustomerRequest& request,
                                                       const CallContext& call,
                                                       const Done<Customer>& done) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, context_.channels.Configured(request.channel()));
  auto prepared = std::make_shared<Request>();
  prepared->time = context_.environment.clock.Now();
  const CustomerId id = IdOf(request, context_.environment.random);
  prepared->mode = ModeOf(channel->configuration, context_.channels.filtered());
  const Reader& reader = context_.environment.database.latest();
  COMPTOIR_ASSIGN_OR_RETURN(prepared->channel,
                            ConfigurationFor(reader, request.customer(), channel));
  Customer settable = request.customer();
  ClearOutputOnlyFields(settable);
  prepared->digest = CreateDigest(channel->digest_key, settable);
  auto customer = PrepareCustomer(request.customer(), std::move(settable), id, *prepared->channel,
                                  prepared->time, KindOf(prepared->mode));
  if (!customer.ok()) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool repeated, IsRepeated(reader, id, prepared->digest));
    // The rules were tightened since; it was created under those of its day. (C10)
    if (repeated) {
      customer = PrepareCustomer(request.customer(), id, *prepared->channel, prepared->time,
                                 CreateKind::kCaptured);
    }
  }
  COMPTOIR_ASSIGN_OR_RETURN(prepared->prepared, std::move(customer));
  prepared->call = call;
  prepared->done = done;
  prepared->validate_only = request.validate_only();
  const bool complete = prepared->channel->enhanced_async();
  if (prepared->mode == CreateMode::kAsynchronous && complete) return prepared;
  prepared->forwarded = request;
  prepared->forwarded.set_channel(channel->configuration.channel);
  prepared->forwarded.mutable_customer()->set_name(CustomerName(id));
  prepared->forwarded.mutable_forwarded()->set_channel_service(context_.options.id);
  prepared->forwarded.mutable_forwarded()->set_request_digest(prepared->digest);
  return prepared;
}

void Creation::Run(const RequestPtr& request) {
  const Reader& reader = context_.environment.database.latest();
  const auto known = FindCustomer(reader, request->prepared.id);
  if (!known.ok()) return request->done(known.status());
  if (known->has_value()) {
    return request->done(AnswerFromRecord(reader, **known, AddressesOf(request->prepared),
                                          request->digest, request->call.language));
  }
  if (request->validate_only) return request->done(PreparedView(request->prepared));
  const LinkBelief link = context_.link.online() ? LinkBelief::kOnline : LinkBelief::kOffline;
  switch (Decide(request->mode, link, HqOutcome::kNotAsked)) {
    case CreateAction::kAskHq:
      return AskHq(request);
    case CreateAction::kRefuseFiltered:
      return RefuseFiltered(request);
    default:
      return CreatePending(request);
  }
}

void Creation::RefuseFiltered(const RequestPtr& request) {
  const CustomerId& id = request->prepared.id;
  // Without a digest: whether the content is the same only HQ knows.
  const auto known = FindRequest(context_.environment.database.latest(), id, "");
  if (!known.ok()) return request->done(known.status());
  std::vector<std::pair<std::string, std::string>> metadata = {{"customer", CustomerName(id)}};
  if (known->has_value())
    metadata.emplace_back("created_version", std::to_string((*known)->version()));
  request->done(MakeError(Reason::kCustomerDataFiltered,
                          "This channel keeps no customer data, and HQ cannot be reached.",
                          std::move(metadata)));
}

void Creation::AskHq(const RequestPtr& request) {
  // Without a fallback HQ is awaited as long as by an edit.
  const bool filtered = request->mode == CreateMode::kFiltered;
  const auto call = ContextForHq(
      context_, request->call, filtered ? HqPatience::kWithoutFallback : HqPatience::kWithFallback);
  if (!call.ok()) return filtered ? request->done(call.status()) : CreatePending(request);
  CallHq<CreateCustomerRequest, Customer>(
      context_, alive_, &HqClient::CreateCustomer, request->forwarded, *call,
      [this, request](absl::StatusOr<HqAnswer<Customer>> answer) {
        HqAnswered(request, std::move(answer));
      });
}

void Creation::HqAnswered(const RequestPtr& request, absl::StatusOr<HqAnswer<Customer>> answer) {
  const HqOutcome outcome = OutcomeOf(answer.status());
  switch (Decide(request->mode, LinkBelief::kOnline, outcome)) {
    case CreateAction::kStoreAnswer:
      return StoreAnswer(request, *answer);
    case CreateAction::kReturnAnswer:
      return ReturnAnswer(request, *answer);
    case CreateAction::kOutcomeUnknown:
      return request->done(OutcomeUnknown(request->prepared.id, answer.status()));
    case CreateAction::kReturnRefusal:
      return request->done(answer.status());
    default:
      return CreatePending(request);
  }
}

void Creation::StoreAnswer(const RequestPtr& request, const HqAnswer<Customer>& answer) {
  auto records = RecordsOfAnswer(answer.value, request->prepared.id, request->digest);
  if (!records.ok()) {
    // HQ knows the customer, but not (yet) as one with an account number: it is pending here too.
    return CreatePending(request);
  }
  const auto answered = std::make_shared<const AnsweredRecords>(*std::move(records));
  Customer reply = CreatedView(**answered, request->call.language);
  *reply.mutable_warnings() = answer.value.warnings();
  context_.environment.submitter.Submit(
      request->call.priority,
      [answered, position = answer.position](Transaction& transaction) {
        return StoreCreated(transaction, *answered, position);
      },
      alive_.Guard([this, request, reply = std::move(reply)](absl::Status status) mutable {
        // Nothing is lost if this failed: HQ has the customer, and the UUID may be repeated.
        if (!status.ok()) return request->done(std::move(status));
        ++context_.counters.synchronous;
        request->done(std::move(reply));
        context_.listener.CustomersChanged();
      }));
}

void Creation::ReturnAnswer(const RequestPtr& request, const HqAnswer<Customer>& answer) {
  const CustomerId& id = request->prepared.id;
  const auto records = RecordsOfAnswer(answer.value, id, request->digest);
  if (!records.ok()) return request->done(OutcomeUnknown(id, records.status()));
  Customer reply = CreatedView(*records, request->call.language);
  *reply.mutable_warnings() = answer.value.warnings();
  // Nothing of what the customer is, nor the digest, which is made of that.
  storage::v1::RequestOutcome outcome;
  outcome.set_customer_id(std::string(id.bytes()));
  outcome.set_version(records->customer.version());
  *outcome.mutable_commit_time() = ToTimestamp(request->time);
  context_.environment.submitter.Submit(
      request->call.priority,
      [id, outcome = std::move(outcome)](Transaction& transaction) {
        RememberRequest(transaction, id, outcome);
        return absl::OkStatus();
      },
      alive_.Guard([this, request, reply = std::move(reply)](absl::Status status) mutable {
        if (!status.ok()) return request->done(std::move(status));
        ++context_.counters.synchronous;
        request->done(std::move(reply));
      }));
}

void Creation::CreatePending(const RequestPtr& request) {
  auto prepared = NewPending(*request);
  if (!prepared.ok()) return request->done(prepared.status());
  const PendingPtr pending = *std::move(prepared);
  context_.environment.submitter.Submit(
      request->call.priority,
      [this, request, pending](Transaction& transaction) {
        return StorePending(transaction, *request, *pending);
      },
      alive_.Guard([this, request, pending](absl::Status status) {
        if (!status.ok()) return request->done(std::move(status));
        if (!pending->created) return request->done(std::move(pending->create->view));
        const bool automatic = request->mode == CreateMode::kSynchronous;
        ++(automatic ? context_.counters.fallback : context_.counters.asynchronous);
        request->done(std::move(pending->create->view));
        // What follows from it takes processors from the answer.
        context_.listener.OutboxGrew();
        context_.listener.CustomersChanged();
      }));
}

absl::StatusOr<Creation::PendingPtr> Creation::NewPending(Request& request) {
  PreparedCustomer prepared =
      WithoutForbidden(std::move(request.prepared), request.forwarded.customer(), *request.channel);
  const std::vector<customer::v1::Warning> warnings = std::move(prepared.warnings);
  auto pending = std::make_shared<Pending>();
  COMPTOIR_ASSIGN_OR_RETURN(pending->create,
                            NewPendingCreate(CreateOperation(std::move(prepared), request.digest,
                                                             *request.channel, request.time),
                                             request.call.language));
  AddWarnings(pending->create->view, warnings);
  return pending;
}

absl::Status Creation::StorePending(Transaction& transaction, const Request& request,
                                    Pending& pending) const {
  PendingCreate& create = *pending.create;
  COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindCustomer(transaction, create.id));
  if (known.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(create.view, AnswerFromRecord(transaction, *known, create.addresses,
                                                            request.digest, request.call.language));
    return absl::OkStatus();
  }
  COMPTOIR_RETURN_IF_ERROR(CheckMayStore(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
  COMPTOIR_RETURN_IF_ERROR(CheckRoom(state, context_.options.outbox_operations_max));
  COMPTOIR_RETURN_IF_ERROR(PutPendingCreate(transaction, create));
  AppendEncodedCreate(transaction, state, create.id.bytes(), create.operation);
  pending.created = true;
  return absl::OkStatus();
}

}  // namespace comptoir::channel
