#ifndef COMPTOIR_TESTS_SUPPORT_SUBPROCESS_H_
#define COMPTOIR_TESTS_SUPPORT_SUBPROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace comptoir {

// A program that runs beside the test, its output in a file. Killed at the end if it still runs.
class Subprocess {
 public:
  // `command` is the program and its arguments.
  Subprocess(const std::vector<std::string>& command, std::string output_path);
  ~Subprocess();

  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  void Signal(int signal);

  // Returns the exit code, or 128 and the signal that ended it.
  int Wait();

  // Returns what it wrote to stdout and stderr so far.
  std::string Output() const;

 private:
  const std::string output_path_;
  pid_t pid_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_SUBPROCESS_H_
