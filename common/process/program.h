// What main() of both services is made of: flags, log, signals, exit code.

#ifndef COMPTOIR_COMMON_PROCESS_PROGRAM_H_
#define COMPTOIR_COMMON_PROCESS_PROGRAM_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/log.h"

namespace comptoir {

// A service that is serving.
class Process {
 public:
  virtual ~Process() = default;

  // Says NOT_SERVING, lets what is under way end, makes all durable, closes the database. Returns
  // when every thread of the service is gone. Idempotent.
  virtual void Drain() = 0;
};

struct Program {
  std::string name;
  // For --help: one sentence.
  std::string purpose;
  // Reads and checks the flags and starts serving.
  std::function<absl::StatusOr<std::unique_ptr<Process>>(Logger&)> start;
};

// Runs a service until SIGTERM or SIGINT, then drains it; a second signal ends it at once. Returns
// the exit code: 0, or 1 after one line on stderr that says what is wrong.
int RunProgram(int argc, char** argv, const Program& program);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_PROCESS_PROGRAM_H_
