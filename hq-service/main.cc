#include "common/base/status.h"
#include "common/process/program.h"
#include "hq-service/config.h"
#include "hq-service/process.h"

// What jemalloc looks for: memory is asked for in huge pages, as in a store (channel-service).
// Environment variable MALLOC_CONF has the last word.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "thp:always";
}

namespace {

absl::StatusOr<std::unique_ptr<comptoir::Process>> Start(comptoir::Logger& logger) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto options, comptoir::hq::OptionsFromFlags());
  return comptoir::hq::HqProcess::Start(options, logger);
}

}  // namespace

int main(int argc, char** argv) {
  return comptoir::RunProgram(
      argc, argv,
      {.name = "hq-service",
       .purpose = "Comptoir's headquarters: master customers, account numbers, configuration.",
       .start = Start});
}
