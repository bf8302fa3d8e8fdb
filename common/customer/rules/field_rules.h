// What a channel demands of single fields: required, hidden, a pattern, a length. (C11)

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_FIELD_RULES_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_FIELD_RULES_H_

#include <vector>

#include "common/customer/configuration.h"
#include "common/customer/rules/validate.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// A value that `current` has already is as it is: only new ones must match, be short, be shown.
void CheckFieldRules(const customer::v1::Customer& customer, const customer::v1::Customer& current,
                     const ChannelConfiguration& channel, FieldCheck& check);

// What must be there, inherited or not. A person has no organization name and an organization has
// none of a person's fields: there no rule can require them; nor what needs a feature that is off,
// on a customer that is to be `pending` F3 among them.
void CheckRequiredFields(const customer::v1::Customer& customer,
                         const ChannelConfiguration& channel, bool pending, FieldCheck& check);

// `pending`: new customers of the channel are.
std::vector<customer::v1::FormField> FormFields(const ChannelConfiguration& channel, bool pending);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_FIELD_RULES_H_
