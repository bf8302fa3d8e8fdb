// BatchCreateCustomers, for HQ and channel services alike: many creates, each with its own result.

#ifndef COMPTOIR_COMMON_CUSTOMER_REQUESTS_BATCH_CREATE_H_
#define COMPTOIR_COMMON_CUSTOMER_REQUESTS_BATCH_CREATE_H_

#include <functional>
#include <string>

#include "common/customer/requests/call_context.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir {

inline constexpr int kBatchCreateRequestsMax = 256;

using CreateOne = std::function<void(const customer::v1::CreateCustomerRequest&,
                                     Done<customer::v1::Customer> done)>;

// Hands each request to `create` and answers when all are done. They are under way together, so
// that the committer groups them; only those of one UUID follow each other, so that of two contents
// the first is always the customer's. INVALID_FIELDS, and nothing is created, for no requests or
// too many. `create` is called, and calls its `done`, on any thread; it is kept until the answer.
// The request that it is given is there until it returns.
void BatchCreate(const customer::v1::BatchCreateCustomersRequest& batch,
                 const std::string& language, CreateOne create,
                 Done<customer::v1::BatchCreateCustomersResponse> done);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_REQUESTS_BATCH_CREATE_H_
