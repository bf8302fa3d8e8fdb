// What a new customer gets where its request leaves a field unset: from the channel's default
// customer, from the customer group, from the channel, from the attributes in use. Computed once,
// by the service that creates the record, and stored. (D1–D7, C9)

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_INHERITANCE_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_INHERITANCE_H_

#include <vector>

#include "common/customer/configuration.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// Fills in what is unset, and says in `noted`, if anybody asks, from where. The affiliations of the
// default customer are added to the request's own; without `affiliations` they are not (D2).
void Inherit(customer::v1::Customer& customer, const ChannelConfiguration& channel,
             bool affiliations, std::vector<customer::v1::InheritedField>* noted = nullptr);

// What a channel without default customer gives. (D5)
void FillDefaults(customer::v1::Customer& customer, const ChannelConfiguration& channel);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_INHERITANCE_H_
