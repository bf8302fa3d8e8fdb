#include "common/base/status.h"
#include "common/process/program.h"
#include "hq-service/config.h"
#include "hq-service/process.h"

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
