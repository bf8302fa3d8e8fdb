#include "channel-service/config.h"
#include "channel-service/process.h"
#include "common/base/status.h"
#include "common/process/program.h"

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
