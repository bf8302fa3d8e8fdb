// What people read of what is missing or doubtful in the configuration. (M4)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_FINDING_TEXTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_FINDING_TEXTS_H_

#include <vector>

#include "hq-service/domain/reason_text.h"

namespace comptoir::hq {

// "$0" in these stands for what it is about.
extern const ReasonText kCardNumbersMissing;
extern const ReasonText kCardNumbersBlocked;
extern const ReasonText kCardNumbersExhausted;
extern const ReasonText kHqRecovering;
extern const ReasonText kRestoreConflicts;
extern const ReasonText kNumbersMissing;
extern const ReasonText kNumbersBlocked;
extern const ReasonText kNumbersBlockedOfGroups;
extern const ReasonText kNumbersExhausted;
extern const ReasonText kNumbersExhaustedOfGroups;
extern const ReasonText kNumbersLow;
extern const ReasonText kFeaturesMissing;
extern const ReasonText kNoChannel;
extern const ReasonText kChannelWithoutService;
extern const ReasonText kOperatingUnitWithoutCountry;
extern const ReasonText kReceiptEmailInherited;
extern const ReasonText kRetiredInUse;

std::vector<const ReasonText*> AllFindingTexts();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_CONFIGURATION_FINDING_TEXTS_H_
