#include "channel-service/domain/commands/synchronization.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "channel-service/domain/hq_call.h"
#include "channel-service/domain/outbox/pending.h"
#include "channel-service/domain/replication/answers.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"

namespace comptoir::channel {
namespace {

using customer::v1::Customer;
using customer::v1::EnsureSynchronizedRequest;

// The upload is woken; this long it takes at least.
constexpr absl::Duration kAskAgainDelay = absl::Milliseconds(20);
constexpr absl::Duration kAskAgainDelayMax = absl::Milliseconds(500);

absl::Status DeadlineExceeded() {
  return MakeError(Reason::kDeadlineExceeded,
                   "The customer isn't synchronized yet; it goes on by itself.");
}

}  // namespace

struct Synchronization::Request {
  EnsureSynchronizedRequest forwarded;
  CallContext call;
  Done<Customer> done;
  CustomerId id;
  // It is in this database; else HQ's answer is the answer, and nothing more is to come from here.
  bool kept = true;
  absl::Duration delay = kAskAgainDelay;
  // Answered; what still comes of it is stored, and nobody waits.
  std::atomic<bool> over{false};
};

void Synchronization::Ensure(const EnsureSynchronizedRequest& request, const CallContext& call,
                             Done<Customer> done) {
  Customer view;
  auto prepared = Prepare(request, call, view);
  if (!prepared.ok()) return done(prepared.status());
  if (*prepared == nullptr) return done(std::move(view));
  (*prepared)->done = std::move(done);
  context_.listener.OutboxGrew();
  // A timer of its own: clocks may jump while HQ is asked again and again.
  context_.environment.executor.RunAfter(
      (*prepared)->call.deadline - context_.environment.clock.Now(),
      alive_.Guard([request = *prepared] { Answer(request, DeadlineExceeded()); }));
  AskHq(*prepared);
}

void Synchronization::Answer(const RequestPtr& request, absl::StatusOr<Customer> answer) {
  if (request->over.exchange(true)) return;
  const Done<Customer> done = std::move(request->done);
  done(std::move(answer));
}

absl::StatusOr<Synchronization::RequestPtr> Synchronization::Prepare(
    const EnsureSynchronizedRequest& request, const CallContext& call, Customer& view) const {
  COMPTOIR_ASSIGN_OR_RETURN(const auto channel, context_.channels.Configured(request.channel()));
  COMPTOIR_ASSIGN_OR_RETURN(const SynchronizedName name, ParseSynchronizedName(request.name()));
  const Reader& reader = context_.environment.database.latest();
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(reader, name.customer));
  const bool held = record.has_value();
  if (!held && !context_.channels.filtered()) return CustomerNotFound(CustomerName(name.customer));
  if (held && IsRejected(*record)) {
    return CustomerRejected(CustomerName(name.customer));
  }
  // One that isn't kept here only HQ knows.
  bool pending = !held || record->customer().state() == customer::v1::CUSTOMER_STATE_PENDING;
  if (held && name.address.has_value()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto address,
                              FindAddress(reader, {name.customer, *name.address}));
    if (!address.has_value()) return AddressNotFound(AddressName({name.customer, *name.address}));
    pending = pending || address->version() == 0;
  }
  if (!pending) {
    COMPTOIR_ASSIGN_OR_RETURN(view, ReadCustomerView(reader, *record, call.language));
    return RequestPtr();
  }
  if (!context_.link.online()) return HqUnreachable();
  auto prepared = std::make_shared<Request>();
  prepared->id = name.customer;
  prepared->call = call;
  prepared->call.deadline =
      std::min(call.deadline, context_.environment.clock.Now() + context_.options.hq_edit_timeout);
  prepared->forwarded = request;
  prepared->forwarded.set_channel(channel->configuration.channel);
  prepared->kept = held;
  if (!held) return prepared;
  prepared->forwarded.mutable_forwarded()->set_channel_service(context_.options.id);
  prepared->forwarded.mutable_forwarded()->set_request_digest(record->request_digest());
  return prepared;
}

void Synchronization::AskHq(const RequestPtr& request) {
  if (request->over) return;
  const auto call = ContextForHq(context_, request->call, HqPatience::kWithoutFallback);
  if (!call.ok()) return Answer(request, DeadlineExceeded());
  CallHq<EnsureSynchronizedRequest, Customer>(
      context_, alive_, &HqClient::EnsureSynchronized, request->forwarded, *call,
      [this, request](absl::StatusOr<HqAnswer<Customer>> answer) {
        HqAnswered(request, std::move(answer));
      });
}

void Synchronization::HqAnswered(const RequestPtr& request,
                                 absl::StatusOr<HqAnswer<Customer>> answer) {
  if (answer.ok() && !request->kept) return Answer(request, std::move(answer->value));
  if (answer.ok()) return StoreAnswer(request, *answer);
  const auto reason = ReasonOf(answer.status());
  if (!request->kept && reason.has_value()) return Answer(request, answer.status());
  // Not uploaded yet.
  if (reason == Reason::kCustomerNotFound || reason == Reason::kAddressNotFound) {
    return AskAgainLater(request);
  }
  if (reason.has_value()) return Answer(request, answer.status());
  Answer(request, MakeError(Reason::kHqUnreachable, "HQ didn't answer; it goes on by itself."));
}

void Synchronization::StoreAnswer(const RequestPtr& request, const HqAnswer<Customer>& answer) {
  context_.environment.submitter.Submit(
      Priority::kInteractive,
      [id = request->id, answer](Transaction& transaction) {
        return StoreEdited(transaction, answer, id);
      },
      alive_.Guard([this, request, value = answer.value](absl::Status status) {
        if (!status.ok()) return Answer(request, std::move(status));
        context_.listener.CustomersChanged();
        auto reply = ReplyTo(*request);
        // It went from here when it was settled, or will then: HQ has it in no book of this
        // service, or customer data is filtered.
        const bool not_here = reply.ok() ? reply->state() == customer::v1::CUSTOMER_STATE_PENDING
                                         : ReasonOf(reply.status()) == Reason::kCustomerNotFound;
        Answer(request, not_here ? value : std::move(reply));
      }));
}

// What is stored by now, whether it came with the answer or by the stream.
absl::StatusOr<Customer> Synchronization::ReplyTo(const Request& request) const {
  const Reader& reader = context_.environment.database.latest();
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindCustomer(reader, request.id));
  if (record.has_value()) return ReadCustomerView(reader, *record, request.call.language);
  return CustomerNotFound(CustomerName(request.id));
}

void Synchronization::AskAgainLater(const RequestPtr& request) {
  context_.environment.executor.RunAfter(request->delay,
                                         alive_.Guard([this, request] { AskHq(request); }));
  request->delay = std::min(request->delay * 2, kAskAgainDelayMax);
}

}  // namespace comptoir::channel
