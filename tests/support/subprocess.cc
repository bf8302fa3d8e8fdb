#include "tests/support/subprocess.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <utility>

#include "common/base/check.h"
#include "tests/support/files.h"

extern char** environ;

namespace comptoir {

Subprocess::Subprocess(const std::vector<std::string>& command, std::string output_path)
    : output_path_(std::move(output_path)) {
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int error = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  COMPTOIR_CHECK(error == 0) << "cannot run " << command[0];
}

Subprocess::~Subprocess() {
  if (pid_ == 0) return;
  Signal(SIGKILL);
  Wait();
}

void Subprocess::Signal(int signal) { kill(pid_, signal); }

int Subprocess::Wait() {
  int status = 0;
  COMPTOIR_CHECK(waitpid(std::exchange(pid_, 0), &status, 0) > 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Subprocess::Output() const { return ReadFile(output_path_); }

}  // namespace comptoir
