// What a store changed without asking, as HQ takes it. (F9, F10)

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_CAPTURED_CHANGE_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_CAPTURED_CHANGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/customer/configuration.h"
#include "common/customer/rules/fields.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// `changed` is `current` with new values in `fields`: their forms are checked, and what follows is
// derived anew. Definitions, features and field rules are those of its day and aren't checked
// again; consent says already when and where.
absl::StatusOr<customer::v1::Customer> TakeCapturedChange(const customer::v1::Customer& current,
                                                          customer::v1::Customer changed,
                                                          FieldNames fields,
                                                          const ChannelConfiguration& channel,
                                                          absl::Time now);

// What makes it the same contact, however it is written.
std::string ContactKey(const customer::v1::Email& email);
std::string ContactKey(const customer::v1::Phone& phone);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_CAPTURED_CHANGE_H_
