// What people read of why a channel sees a customer, or doesn't. (V9)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_VISIBILITY_TEXTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_VISIBILITY_TEXTS_H_

#include <string_view>
#include <vector>

#include "common/base/languages.h"

namespace comptoir::hq {

struct VisibilityText {
  std::string_view reason;
  Translations texts;
};
extern const VisibilityText kChannelReceivesAll;
extern const VisibilityText kInAddressBook;
extern const VisibilityText kNotInAddressBooks;
extern const VisibilityText kUnsettledHere;
extern const VisibilityText kNotPublished;
extern const VisibilityText kNotAcknowledged;
extern const VisibilityText kDisconnected;
extern const VisibilityText kNoChannelService;
extern const VisibilityText kPendingHere;
extern const VisibilityText kPendingElsewhere;
extern const VisibilityText kDataFiltered;
extern const VisibilityText kUnknownCustomer;

std::vector<const VisibilityText*> AllVisibilityTexts();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_VISIBILITY_TEXTS_H_
