// EnsureSynchronized in a store: HQ converts one pending customer now. Thread-safe. (P10, L5)
//
// The operation must be at HQ first: it is on its way there anyhow, so HQ is asked again, after a
// moment, until it knows the customer or the time is over.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_SYNCHRONIZATION_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_SYNCHRONIZATION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "common/customer/requests/call_context.h"
#include "common/customer/requests/names.h"

namespace comptoir::channel {

class Synchronization {
 public:
  explicit Synchronization(const DomainContext& context) : context_(context) {}

  void Ensure(const customer::v1::EnsureSynchronizedRequest& request, const CallContext& call,
              Done<customer::v1::Customer> done);

 private:
  struct Request;
  using RequestPtr = std::shared_ptr<Request>;

  // What there is to ask HQ; nothing if the customer is synced here: then `view` is the answer.
  absl::StatusOr<RequestPtr> Prepare(const customer::v1::EnsureSynchronizedRequest& request,
                                     const CallContext& call, customer::v1::Customer& view) const;
  // The first answer counts.
  static void Answer(const RequestPtr& request, absl::StatusOr<customer::v1::Customer> answer);
  void AskHq(const RequestPtr& request);
  void HqAnswered(const RequestPtr& request,
                  absl::StatusOr<HqAnswer<customer::v1::Customer>> answer);
  void StoreAnswer(const RequestPtr& request, const HqAnswer<customer::v1::Customer>& answer);
  absl::StatusOr<customer::v1::Customer> ReplyTo(const Request& request) const;
  void AskAgainLater(const RequestPtr& request);

  // Constant after construction.
  const DomainContext& context_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_SYNCHRONIZATION_H_
