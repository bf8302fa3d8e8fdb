#include "common/process/program.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string_view>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/base/version.h"
#include "common/process/service_flags.h"

namespace comptoir {
namespace {

// Our flags, not those of libraries.
bool IsOurs(const absl::CommandLineFlag& flag) {
  return absl::EndsWith(flag.Filename(), "config.cc") ||
         absl::EndsWith(flag.Filename(), "service_flags.cc");
}

// abseil's own --help says where each flag was compiled, and exits 1.
void PrintHelp(const Program& program) {
  std::cout << program.purpose << "\n\n"
            << program.name << " --FLAG=VALUE...\n"
            << program.name << " --flagfile=FILE    one flag a line; later flags win\n"
            << program.name << " --version\n\n";
  std::map<absl::string_view, const absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (IsOurs(*flag)) flags.emplace(name, flag);
  }
  for (const auto& [name, flag] : flags) {
    std::cout << "  --" << name << "=" << flag->DefaultValue() << "\n      " << flag->Help()
              << "\n";
  }
}

bool AsksForHelp(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](std::string_view argument) {
    return argument == "--help" || argument == "-help" || argument == "-h";
  });
}

void DescribeUsage(const Program& program) {
  absl::SetProgramUsageMessage(program.purpose);
  absl::SetFlagsUsageConfig({.version_string = [name = program.name] {
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
  // As it is packaged, abseil compares at each lock in which order gRPC takes its mutexes, under a
  // lock of its own that all threads share.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // What matters of gRPC's own log is in ours; its variable turns it on again.
  setenv("GRPC_VERBOSITY", "NONE", /*replace=*/0);
  PrepareCrypto();
  if (AsksForHelp(argc, argv)) {
    PrintHelp(program);
    return EXIT_SUCCESS;
  }
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

}  // namespace comptoir
