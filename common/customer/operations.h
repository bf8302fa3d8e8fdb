// What both services say of an operation.

#ifndef COMPTOIR_COMMON_CUSTOMER_OPERATIONS_H_
#define COMPTOIR_COMMON_CUSTOMER_OPERATIONS_H_

#include <string_view>

#include "comptoir/replication/v1/operation.pb.h"

namespace comptoir {

// Applied and discarded: nothing follows.
bool IsFinal(replication::v1::OperationState state);

// "create_customer", "create_address", "edit_customer", "edit_address"; empty for one of a kind
// that this version doesn't know.
std::string_view OperationKind(const replication::v1::Operation& operation);
bool IsOperationKind(std::string_view text);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_OPERATIONS_H_
