// What follows from the fields that callers set.

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_DERIVE_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_DERIVE_H_

#include <string>
#include <string_view>

#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// A person's non-blank name parts with one blank between them; an organization's name. (C3)
std::string DisplayName(const customer::v1::Customer& customer);

// Fills in the normalised form of each e-mail; an e-mail without an address is cleared. (C4)
void DeriveEmails(customer::v1::Customer& customer);
void DeriveEmails(customer::v1::Address& address);

// Fills in the phone's E.164 form or flags it. True if it had to be flagged. (C4)
bool DerivePhone(customer::v1::Phone& phone, std::string_view country);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_DERIVE_H_
