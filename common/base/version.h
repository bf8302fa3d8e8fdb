#ifndef COMPTOIR_COMMON_BASE_VERSION_H_
#define COMPTOIR_COMMON_BASE_VERSION_H_

#include <string>
#include <string_view>

namespace comptoir {

// Returns the version of the project, such as "0.1.0".
std::string_view Version();

// Returns what `git describe` said when the build was configured; empty outside a repository.
std::string_view Revision();

// Returns both for people: "0.1.0 (a1b2c3d)".
std::string VersionText();

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_VERSION_H_
