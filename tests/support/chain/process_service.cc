#include "tests/support/chain/process_service.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "common/base/check.h"
#include "tests/support/chain/service_folder.h"

extern char** environ;  // NOLINT: POSIX

namespace comptoir::testing {
namespace {

class ProcessService : public ServiceHandle {
 public:
  ProcessService(std::string executable, std::string folder, std::vector<std::string> flags)
      : executable_(std::move(executable)),
        folder_(std::move(folder)),
        flags_(std::move(flags)),
        address_(PickAddress()) {}

  ~ProcessService() override {
    if (running()) Kill();
  }

  void Start() override {
    COMPTOIR_CHECK(!running());
    const std::string port_file = folder_.path() + "/port";
    std::filesystem::remove(port_file);
    std::vector<std::string> arguments = {executable_, "--listen=" + address_,
                                          "--data=" + folder_.data(), "--port_file=" + port_file};
    arguments.insert(arguments.end(), flags_.begin(), flags_.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string log = folder_.path() + "/log";
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    const int error =
        posix_spawn(&pid_, executable_.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    COMPTOIR_CHECK(error == 0) << "cannot start " << executable_;
    WaitFor(("start of " + executable_).c_str(), [&] {
      COMPTOIR_CHECK(waitpid(pid_, nullptr, WNOHANG) == 0)
          << executable_ << " ended at its start; see " << log;
      return std::filesystem::exists(port_file);
    });
  }

  void Kill() override { End(SIGKILL); }
  void Stop() override { End(SIGTERM); }
  bool running() const override { return pid_ > 0; }

  void Wipe() override {
    COMPTOIR_CHECK(!running());
    folder_.Wipe();
  }
  void Backup() override {
    COMPTOIR_CHECK(!running());
    folder_.Backup();
  }
  void Restore() override {
    COMPTOIR_CHECK(!running());
    folder_.Restore();
  }
  const std::string& address() const override { return address_; }
  std::string data() const override { return folder_.data(); }

 private:
  void End(int signal) {
    COMPTOIR_CHECK(running());
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  // Constant after construction.
  const std::string executable_;
  const ServiceFolder folder_;
  const std::vector<std::string> flags_;
  const std::string address_;

  pid_t pid_ = 0;
};

}  // namespace

std::unique_ptr<ServiceHandle> MakeProcessService(const std::string& executable,
                                                  const std::string& folder,
                                                  const std::vector<std::string>& flags) {
  return std::make_unique<ProcessService>(executable, folder, flags);
}

std::string PickAddress() {
  static std::mt19937 random(std::random_device{}());
  for (;;) {
    const int port = std::uniform_int_distribution<int>(15000, 31999)(random);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    COMPTOIR_CHECK(fd >= 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      close(fd);
      continue;
    }
    // The socket stays bound, and never listens: so the kernel gives the port to a service, which
    // asks to reuse addresses, but not to another test that picks one, which doesn't.
    const int reuse = 1;
    COMPTOIR_CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)) == 0);
    return "127.0.0.1:" + std::to_string(port);
  }
}

}  // namespace comptoir::testing
