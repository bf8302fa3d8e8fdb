// How something is explained: a reason for programs with its text for people.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_REASON_TEXT_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_REASON_TEXT_H_

#include <string_view>

#include "common/base/languages.h"

namespace comptoir::hq {

struct ReasonText {
  std::string_view reason;
  Translations texts;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_REASON_TEXT_H_
