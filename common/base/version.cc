#include "common/base/version.h"

namespace comptoir {

std::string_view Version() { return COMPTOIR_VERSION; }

std::string_view Revision() { return COMPTOIR_REVISION; }

std::string VersionText() {
  std::string text(Version());
  if (!Revision().empty()) text.append(" (").append(Revision()).append(")");
  return text;
}

}  // namespace comptoir
