// Creating a customer at HQ in real time. (C1–C4, C8, C10, S2, S6, P12)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_CREATE_CUSTOMER_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_CREATE_CUSTOMER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/customer/rules/rules.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "hq-service/domain/answered.h"
#include "hq-service/domain/channels.h"

namespace comptoir::hq {

// A request with everything that was worked out before its command runs.
struct CreateCustomerCommand {
  CustomerId id;
  std::string request_digest;
  // Why the request is refused, unless its customer is known already.
  absl::StatusOr<PreparedCustomer> prepared;
  absl::Time now;
  std::string language;
  // By a channel service, which stores the answer: it shows nothing that isn't the record's.
  bool forwarded = false;
};

// Fails for requests that no state can make good: an unreadable id.
absl::StatusOr<CreateCustomerCommand> PrepareCreateCustomer(
    const Reader& reader, ConfiguredChannels& channels,
    const customer::v1::CreateCustomerRequest& request, Random& random, absl::Time now,
    std::string language);

// A customer that HQ has, or has staged, answers for itself if the request is the same, else
// REQUEST_ID_REUSED: one UUID is one customer, over whichever path it comes.
absl::StatusOr<Answered<customer::v1::Customer>> CreateCustomer(
    Transaction& transaction, const CreateCustomerCommand& command);

// What CreateCustomer would answer, but for what only creation gives. Account numbers don't count:
// they may be there by the time it is called.
absl::StatusOr<customer::v1::Customer> RehearseCreateCustomer(const Reader& reader,
                                                              const CreateCustomerCommand& command);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CUSTOMERS_CREATE_CUSTOMER_H_
