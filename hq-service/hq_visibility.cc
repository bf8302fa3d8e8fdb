// Which channels see which customers.

#include <string>
#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/customers/open_customer.h"
#include "hq-service/domain/feeds/explain_visibility.h"
#include "hq-service/hq_impl.h"

namespace comptoir::hq {

void HqImpl::OpenCustomer(const v1::OpenCustomerRequest& request, const CallContext& call,
                          HqDone<v1::OpenCustomerResponse> done) {
  Run<v1::OpenCustomerResponse>(
      call, std::move(done),
      [request, now = context_->Now(), language = call.language](Transaction& transaction) {
        return hq::OpenCustomer(transaction, request, now, language);
      });
}

void HqImpl::ExplainVisibility(const v1::ExplainVisibilityRequest& request, const CallContext& call,
                               Done<v1::CustomerVisibility> done) {
  // Connections are known on the executor.
  const bool posted = context_->environment.executor.Post(
      [context = context_, request, language = call.language, done] {
        done(hq::ExplainVisibility(*context->environment.database.NewReader(), request,
                                   context->channel_services.List(), language));
      });
  if (!posted) done(MakeError(Reason::kShuttingDown, "HQ is shutting down."));
}

}  // namespace comptoir::hq
