#include "common/rpc/process.h"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/base/version.h"
#include "common/rpc/service_flags.h"

namespace comptoir::rpc {
namespace {

// Our flags, not those of libraries.
bool IsOurs(absl::string_view file) {
  return absl::EndsWith(file, "config.cc") || absl::EndsWith(file, "service_flags.cc");
}

void DescribeUsage(const Program& program) {
  absl::SetProgramUsageMessage(
      absl::StrCat(program.purpose, "\n\n  ", program.name,
                   " --flagfile=FILE reads flags from a file, one a line; later flags win."));
  absl::SetFlagsUsageConfig({.contains_helpshort_flags = IsOurs,
                             .contains_help_flags = IsOurs,
                             .contains_helppackage_flags = IsOurs,
                             .version_string = [name = program.name] {
                               return absl::StrCat(name, " ", VersionText(), "\n");
                             }});
}

// One line, whatever a library put into its message.
int Fail(const Program& program, const absl::Status& status) {
  std::cerr << program.name << ": "
            << absl::StrReplaceAll(status.message(), {{"\n", " "}, {"\r", " "}}) << std::endl;
  return EXIT_FAILURE;
}

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Threads started from now on leave the signals to main().
void HoldSignals() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

// Returns the signal that came; another one ends the process.
int WaitForSignal() {
  const sigset_t signals = EndSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return signal;
}

absl::Status ParseFlags(int argc, char** argv) {
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(rest[1], " isn't a flag"));
  }
  return absl::OkStatus();
}

}  // namespace

int RunProgram(int argc, char** argv, const Program& program) {
  // What matters of gRPC's own log is in ours; its variable turns it on again.
  setenv("GRPC_VERBOSITY", "NONE", /*replace=*/0);
  DescribeUsage(program);
  if (const absl::Status status = ParseFlags(argc, argv); !status.ok()) {
    return Fail(program, status);
  }
  const auto log_options = LogOptionsFromFlags();
  if (!log_options.ok()) return Fail(program, log_options.status());
  StreamLogger logger(*log_options);

  HoldSignals();
  const auto process = program.start(logger);
  if (!process.ok()) return Fail(program, process.status());
  const int signal = WaitForSignal();
  LogInfo(logger, "draining", {{"signal", signal}});
  (*process)->Drain();
  LogInfo(logger, "stopped");
  return EXIT_SUCCESS;
}

}  // namespace comptoir::rpc
