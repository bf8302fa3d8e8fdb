// What a shell offers when <Tab> is pressed.

#ifndef COMPTOIR_CLI_COMPLETION_H_
#define COMPTOIR_CLI_COMPLETION_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/session.h"

namespace comptoir::cli {

// The first argument with which the shell's script asks: `comptoir __complete WORD...`.
inline constexpr char kCompleteArgument[] = "__complete";

// What the last of `words` (the command line without the program; empty at its beginning) may
// become: commands, or options if it begins with a hyphen. Nothing where a value is expected: the
// shell then offers files.
std::vector<std::string> Completions(const CLI::App& app, const std::vector<std::string>& words);

// Adds `comptoir completion`.
void AddCompletionCommand(CLI::App& app, Session& session);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_COMPLETION_H_
