// CreateCustomer in a store: prepare, look for the UUID, and then what the decision table says
// (decision.h). Thread-safe. (S1–S9, C10, K1, K2, B1)
//
// The UUID exists before HQ is asked and is the same in the call, in the outbox and in the record,
// so one create never yields two customers, whatever gets lost.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_CREATION_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_CREATION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "common/customer/requests/call_context.h"

namespace comptoir::channel {

class Creation {
 public:
  explicit Creation(const DomainContext& context) : context_(context) {}

  void Create(const customer::v1::CreateCustomerRequest& request, const CallContext& call,
              Done<customer::v1::Customer> done);

 private:
  struct Request;  // one create on its way
  using RequestPtr = std::shared_ptr<Request>;
  struct Pending;
  using PendingPtr = std::shared_ptr<Pending>;

  absl::StatusOr<RequestPtr> Prepare(const customer::v1::CreateCustomerRequest& request,
                                     const CallContext& call,
                                     const Done<customer::v1::Customer>& done) const;
  void Run(const RequestPtr& request);
  void AskHq(const RequestPtr& request);
  void HqAnswered(const RequestPtr& request,
                  absl::StatusOr<HqAnswer<customer::v1::Customer>> answer);
  // Two ends of a create where customer data is filtered.
  void RefuseFiltered(const RequestPtr& request);
  void ReturnAnswer(const RequestPtr& request, const HqAnswer<customer::v1::Customer>& answer);
  void StoreAnswer(const RequestPtr& request, const HqAnswer<customer::v1::Customer>& answer);
  void CreatePending(const RequestPtr& request);
  // Takes what was prepared.
  static absl::StatusOr<PendingPtr> NewPending(Request& request);
  absl::Status StorePending(Transaction& transaction, const Request& request,
                            Pending& pending) const;

  // Constant after construction.
  const DomainContext& context_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_COMMANDS_CREATION_H_
