#include "common/storage/tidy.h"

namespace comptoir {

absl::Status TidyIfCalm(Database& database) {
  auto* const tidiable = dynamic_cast<Tidiable*>(&database);
  return tidiable == nullptr ? absl::OkStatus() : tidiable->TidyIfCalm();
}

size_t UntidyFiles(const Database& database) {
  const auto* const tidiable = dynamic_cast<const Tidiable*>(&database);
  return tidiable == nullptr ? 0 : tidiable->untidy_files();
}

}  // namespace comptoir
