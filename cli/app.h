#ifndef COMPTOIR_CLI_APP_H_
#define COMPTOIR_CLI_APP_H_

#include "cli/session.h"

namespace comptoir::cli {

// Runs the command that the arguments name and returns the exit code of the process.
int Run(int argc, const char* const* argv, Environment& environment);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_APP_H_
