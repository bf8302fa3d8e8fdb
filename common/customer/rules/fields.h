// Which fields callers set and which only we do.

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_FIELDS_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_FIELDS_H_

#include <string>
#include <string_view>

#include "absl/container/btree_set.h"
#include "common/base/status.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace comptoir {

using FieldNames = absl::btree_set<std::string>;

// Leaves what a caller may set, in contacts and addresses too. The names stay: they are ids.
void ClearOutputOnlyFields(customer::v1::Customer& customer);
void ClearOutputOnlyFields(customer::v1::Address& address);

// True for the name of a field that callers set in a form.
bool IsSettableCustomerField(std::string_view name);

// True if the mask has this very path.
bool Names(const google::protobuf::FieldMask& mask, std::string_view path);

// Takes the fields of `mask` from `change` into `current`, whole, and returns their names.
// MASK_REQUIRED for an empty mask, FIELD_NOT_UPDATABLE for each path that isn't the name of a field
// which may be changed; some of a customer's are changed at HQ alone. (C7)
FieldNames ApplyMask(const google::protobuf::FieldMask& mask, const customer::v1::Customer& change,
                     customer::v1::Customer& current, FieldViolations& violations,
                     bool at_hq = false);
FieldNames ApplyMask(const google::protobuf::FieldMask& mask, const customer::v1::Address& change,
                     customer::v1::Address& current, FieldViolations& violations);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_FIELDS_H_
