// What happens to customers, as lines of JSON: what a downstream system follows.

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/command.h"
#include "common/base/status.h"

namespace comptoir::cli {
namespace {

using hq::v1::CustomerEvent;

struct EventArguments {
  std::string from;
  std::string token_file;
  bool follow = false;
  bool created = false;
  bool consent = false;
};

// Empty if there is no file yet.
std::string ReadToken(const std::string& path) {
  std::string token;
  std::ifstream(path) >> token;
  return token;
}

// A crash leaves the old token or the new one.
absl::Status WriteToken(const std::string& path, const std::string& token) {
  const std::string next = path + ".new";
  {
    std::ofstream file(next, std::ios::trunc);
    file << token << "\n";
    file.flush();
    if (!file.good()) return absl::UnavailableError(absl::StrCat("Cannot write ", next, "."));
  }
  if (std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat("Cannot write ", path, "."));
  }
  return absl::OkStatus();
}

absl::Status Events(Session& session, const EventArguments& arguments) {
  hq::v1::StreamCustomerEventsRequest request;
  request.set_token(arguments.from);
  if (request.token().empty() && !arguments.token_file.empty()) {
    request.set_token(ReadToken(arguments.token_file));
  }
  request.mutable_filter()->set_created(arguments.created);
  request.mutable_filter()->set_consent_changed(arguments.consent);
  absl::Status written;
  const absl::Status ended = session.hq().Follow(request, [&](const CustomerEvent& event) {
    const bool progress = event.kind() == CustomerEvent::KIND_PROGRESS;
    if (!progress) session.out() << ToJson(event, {.one_line = true}) << std::flush;
    // After the line: it comes twice rather than never.
    if (!arguments.token_file.empty()) written = WriteToken(arguments.token_file, event.token());
    return written.ok() && session.out().good() && (arguments.follow || !progress);
  });
  return written.ok() ? ended : written;
}

}  // namespace

void AddEventCommands(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<EventArguments>();
  CLI::App& command =
      AddCommand(app, session,
                 {"events", "Print what happens to customers, one line of JSON each",
                  "comptoir events\n"
                  "comptoir events --created --token-file welcome-mail.token\n"
                  "timeout 1 comptoir events --follow --token-file events.token || true"},
                 [&session, arguments] { return Events(session, *arguments); });
  command.add_option("--from", arguments->from,
                     "token of the last event that is known; default: the file's, or all");
  command.add_option("--token-file", arguments->token_file,
                     "a file that keeps the token of the last line, to go on from");
  command.add_flag("--follow", arguments->follow, "wait for more when all was printed");
  command.add_flag("--created", arguments->created, "customers that got their account number");
  command.add_flag("--consent", arguments->consent, "changes of consent");
}

}  // namespace comptoir::cli
