#include "channel-service/config.h"
#include "channel-service/process.h"
#include "common/base/status.h"
#include "common/process/program.h"

// What jemalloc looks for. A store's machine has little memory: what nobody uses is the machine's
// again after a second, not after ten (of threads that have nothing to do, later), and all threads
// share one arena, for each arena keeps what it cannot give back; threads have caches of their own,
// so they seldom meet. Environment variable MALLOC_CONF has the last word on each.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "dirty_decay_ms:1000,narenas:1";
}

namespace {

absl::StatusOr<std::unique_ptr<comptoir::Process>> Start(comptoir::Logger& logger) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto options, comptoir::channel::OptionsFromFlags());
  return comptoir::channel::ChannelProcess::Start(options, logger);
}

}  // namespace

int main(int argc, char** argv) {
  return comptoir::RunProgram(
      argc, argv,
      {.name = "channel-service",
       .purpose = "Comptoir in a store: creates and finds customers, with or without headquarters.",
       .start = Start});
}
