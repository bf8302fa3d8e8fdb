#ifndef COMPTOIR_COMMON_PROCESS_PORT_FILE_H_
#define COMPTOIR_COMMON_PROCESS_PORT_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace comptoir {

// Writes each port on a line of its own. Readers see no file or a whole one.
absl::Status WritePortFile(const std::string& path, const std::vector<int>& ports);

// So that nobody takes the port of a process that is gone.
void RemovePortFile(const std::string& path);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_PROCESS_PORT_FILE_H_
