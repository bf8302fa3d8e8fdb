#ifndef COMPTOIR_CLI_ERRORS_H_
#define COMPTOIR_CLI_ERRORS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace comptoir::cli {

// What the process answers to its caller; documented in --help.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,
  kExitUsage = 2,
  kExitDifferences = 3,
};

// The command line itself is wrong: an unknown field, a column that is mapped to nothing.
absl::Status UsageError(std::string_view message);
bool IsUsageError(const absl::Status& status);

// Of a file; errno says why.
absl::Status CannotWrite(std::string_view path);

// Returns 0 for OK, 2 for a usage error, 1 for all else.
ExitCode ExitCodeOf(const absl::Status& status);

// Returns the error for people: reason and message, what it is about, and every refused field with
// its reason on a line of its own. Ends with a newline.
std::string ErrorText(const absl::Status& status);

// Returns the same for scripts, in one line:
// {"error":{"code":"…","reason":"…","message":"…","metadata":{…},"fields":[{"field":"…",…}]}}
std::string ErrorJson(const absl::Status& status);

// Returns the reason on the wire; for errors without one of ours, the status code's name. Never
// empty for an error.
std::string ReasonText(const absl::Status& status);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_ERRORS_H_
