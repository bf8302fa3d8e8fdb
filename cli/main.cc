// `comptoir`: the API of HQ and channel services from a terminal.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/app.h"

namespace {

std::string StateFolder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state != '\0') return std::filesystem::path(state) / "comptoir";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".local" / "state" / "comptoir";
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC's own log is for its developers; errors come back as statuses.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  comptoir::SystemClock clock;
  comptoir::SystemRandom random;
  comptoir::cli::Environment environment = {.out = std::cout,
                                            .err = std::cerr,
                                            .err_is_terminal = isatty(STDERR_FILENO) == 1,
                                            .clock = clock,
                                            .random = random,
                                            .state_folder = StateFolder()};
  return comptoir::cli::Run(argc, argv, environment);
}
