// The history of a customer's consent, which HQ holds: asked in real time. Thread-safe. (C6)

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_CONSENT_HISTORY_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_CONSENT_HISTORY_H_

#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "common/customer/requests/call_context.h"

namespace comptoir::channel {

class ConsentHistory {
 public:
  explicit ConsentHistory(const DomainContext& context) : context_(context) {}

  // HQ's refusal as it is; HQ_UNREACHABLE for anything else.
  void List(const customer::v1::ListConsentChangesRequest& request, const CallContext& call,
            Done<customer::v1::ListConsentChangesResponse> done);

 private:
  // Constant after construction.
  const DomainContext& context_;
  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_READS_CONSENT_HISTORY_H_
