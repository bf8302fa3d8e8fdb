// E-mails and phones of a customer, primary and secondary, with their purposes and the consent to
// marketing on them. (C5, C6, F1)
//
// A contact is told by what it is, not by its place: an e-mail that moves from the secondary ones
// to the primary keeps its consent, and who last gave it.

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_CONTACTS_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_CONTACTS_H_

#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/customer/configuration.h"
#include "common/customer/rules/validate.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir {

// Forms and limits; each contact once.
void CheckContacts(const customer::v1::Customer& customer, FieldCheck& check);

// What is new against `current`: it needs feature F1, and a purpose must be in use. With F1 off
// what is there stays, and may be removed; consent may be withdrawn. (F0)
void CheckNewContacts(const customer::v1::Customer& customer, const customer::v1::Customer& current,
                      const ChannelConfiguration& channel, FieldCheck& check);

// Says when and where consent was given: now and in this channel (its number; empty: at HQ), where
// `current` doesn't say the same already. Consent that says nothing is none.
void StampConsents(customer::v1::Customer& customer, const customer::v1::Customer& current,
                   absl::Time now, std::string_view channel);

// As DerivePhone, of secondary phones. A number that `current` has stays as it was understood.
void DeriveSecondaryPhones(customer::v1::Customer& customer, const customer::v1::Customer& current,
                           std::string_view country, std::vector<customer::v1::Warning>& warnings);

// What changed in consent, in the order of contacts, without HQ's position. What is taken back,
// with its contact or without, is so now and in this channel.
std::vector<customer::v1::ConsentChange> ConsentChanges(const customer::v1::Customer& before,
                                                        const customer::v1::Customer& after,
                                                        absl::Time now, std::string_view channel);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_CONTACTS_H_
