#ifndef COMPTOIR_CLI_SESSION_H_
#define COMPTOIR_CLI_SESSION_H_

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/errors.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "google/protobuf/message.h"

namespace comptoir::cli {

// What the process has: everything a command touches that isn't a file or a service.
struct Environment {
  std::ostream& out;
  std::ostream& err;

  // Whether a person watches `err`.
  bool err_is_terminal = false;

  const Clock& clock;
  Random& random;

  // Where programs keep what should outlive them ($XDG_STATE_HOME); empty: nowhere.
  std::string state_folder;
};

// What is said before any command.
struct GlobalOptions {
  std::string hq = "localhost:7400";
  std::string service = "localhost:7411";

  // Number of the channel that requests name; empty: the only one served.
  std::string channel;

  std::string language;
  bool json = false;
  absl::Duration timeout = absl::Seconds(10);
};

// One run of `comptoir`: its options, the services it talks to, where it prints, what it answers.
// Not thread-safe.
class Session {
 public:
  explicit Session(Environment& environment) : environment_(environment) {}

  GlobalOptions& options() { return options_; }
  const GlobalOptions& options() const { return options_; }
  Environment& environment() { return environment_; }
  std::ostream& out() { return environment_.out; }
  std::ostream& err() { return environment_.err; }

  // The services named by --hq and --service.
  const Client& hq();
  const Client& service();

  Client Dial(const std::string& address) const;

  // Prints an error and remembers the exit code. A later code replaces none that is worse.
  void Finish(const absl::Status& status);
  void SetExitCode(ExitCode code);
  ExitCode exit_code() const { return exit_code_; }

 private:
  // Constant after construction.
  Environment& environment_;

  GlobalOptions options_;
  std::optional<Client> hq_;
  std::optional<Client> service_;
  ExitCode exit_code_ = kExitOk;
};

// Returns the message in protobuf's JSON with the field names of the protos and a newline at the
// end. `defaults` prints fields that have their default value too; `lines` puts it all on one line.
struct JsonStyle {
  bool defaults = false;
  bool one_line = false;
};
std::string ToJson(const google::protobuf::Message& message, JsonStyle style = {});

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_SESSION_H_
