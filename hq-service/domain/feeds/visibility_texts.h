// What people read of why a channel sees a customer, or doesn't. (V9)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_VISIBILITY_TEXTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_VISIBILITY_TEXTS_H_

#include <vector>

#include "hq-service/domain/reason_text.h"

namespace comptoir::hq {

extern const ReasonText kChannelReceivesAll;
extern const ReasonText kInAddressBook;
extern const ReasonText kNotInAddressBooks;
extern const ReasonText kUnsettledHere;
extern const ReasonText kNotPublished;
extern const ReasonText kNotAcknowledged;
extern const ReasonText kDisconnected;
extern const ReasonText kNoChannelService;
extern const ReasonText kPendingHere;
extern const ReasonText kPendingElsewhere;
extern const ReasonText kDataFiltered;
extern const ReasonText kUnknownCustomer;

std::vector<const ReasonText*> AllVisibilityTexts();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_VISIBILITY_TEXTS_H_
