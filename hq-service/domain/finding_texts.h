// What people read of what is missing or doubtful in the configuration. (M4)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FINDING_TEXTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FINDING_TEXTS_H_

#include <string_view>
#include <vector>

#include "common/base/languages.h"

namespace comptoir::hq {

struct FindingText {
  std::string_view reason;
  // "$0" stands for what it is about.
  Translations texts;
};
extern const FindingText kCardNumbersMissing;
extern const FindingText kCardNumbersBlocked;
extern const FindingText kCardNumbersExhausted;
extern const FindingText kHqRecovering;
extern const FindingText kRestoreConflicts;
extern const FindingText kNumbersMissing;
extern const FindingText kNumbersBlocked;
extern const FindingText kNumbersBlockedOfGroups;
extern const FindingText kNumbersExhausted;
extern const FindingText kNumbersExhaustedOfGroups;
extern const FindingText kNumbersLow;
extern const FindingText kFeaturesMissing;
extern const FindingText kNoChannel;
extern const FindingText kChannelWithoutService;
extern const FindingText kOperatingUnitWithoutCountry;
extern const FindingText kReceiptEmailInherited;
extern const FindingText kRetiredInUse;

std::vector<const FindingText*> AllFindingTexts();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FINDING_TEXTS_H_
