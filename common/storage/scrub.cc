#include "common/storage/scrub.h"

namespace comptoir {

absl::Status Scrub(Database& database) {
  auto* const scrubbable = dynamic_cast<Scrubbable*>(&database);
  return scrubbable == nullptr ? absl::OkStatus() : scrubbable->Scrub();
}

}  // namespace comptoir
