#ifndef COMPTOIR_CLI_COMMAND_H_
#define COMPTOIR_CLI_COMMAND_H_

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/session.h"

namespace comptoir::cli {

// How a command introduces itself in --help. `examples` are lines without indentation.
struct CommandText {
  std::string name;
  std::string description;
  std::string examples;
};

// Adds a command that runs `run` when it is chosen and tells the session how it ended.
CLI::App& AddCommand(CLI::App& parent, Session& session, const CommandText& text,
                     std::function<absl::Status()> run);

// Adds a command that has commands of its own.
CLI::App& AddGroup(CLI::App& parent, const std::string& name, const std::string& description);

// Adds an option that takes "10s", "1m30s", or a number of seconds.
CLI::Option* AddDuration(CLI::App& command, const std::string& name, absl::Duration& value,
                         const std::string& description);

// An option that sets a field of a message.
struct FieldOption {
  std::string flag;
  std::string path;
  std::string description;
};

// Adds the options; those that are given become "FIELD=VALUE" texts for ApplyAssignments().
// `prefix` is put before each path: "address.". `assignments` must live as long as the command.
void AddFieldOptions(CLI::App& command, std::span<const FieldOption> options,
                     std::vector<std::string>& assignments, std::string_view prefix = "");

// Fields of a customer and of an address, for the commands that set them.
std::span<const FieldOption> CustomerFieldOptions();
std::span<const FieldOption> AddressFieldOptions();

// What a page may hold at most.
inline constexpr int kPageSizeMax = 1000;

// No limit.
inline constexpr int kAll = std::numeric_limits<int>::max();

// Reads all pages of a list, up to `limit` elements, into one response. `size` counts its elements.
template <typename Response, typename Request>
absl::StatusOr<Response> ListAll(const Client& client, Request request,
                                 int (Response::*size)() const, int limit) {
  Response all;
  do {
    request.set_page_size(std::min(kPageSizeMax, limit - (all.*size)()));
    absl::StatusOr<Response> page = client.Call(request);
    if (!page.ok()) return page.status();
    request.set_page_token(page->next_page_token());
    all.MergeFrom(*page);
    if (page->next_page_token().empty()) all.clear_next_page_token();
  } while (!request.page_token().empty() && (all.*size)() < limit);
  return all;
}

// The commands, one function per file.
void AddCustomerCommands(CLI::App& app, Session& session);
void AddAddressCommands(CLI::App& app, Session& session);
void AddCardCommands(CLI::App& app, Session& session);
void AddAdminCommands(CLI::App& app, Session& session);
void AddConfigurationCommands(CLI::App& app, Session& session);
void AddOperationCommands(CLI::App& app, Session& session);
void AddConflictCommands(CLI::App& app, Session& session);
void AddJobCommands(CLI::App& app, Session& session);
void AddRecoveryCommands(CLI::App& app, Session& session);
void AddSessionCommands(CLI::App& app, Session& session);
void AddEventCommands(CLI::App& app, Session& session);
void AddStatusCommands(CLI::App& app, Session& session);
void AddImportCommand(CLI::App& app, Session& session);
void AddExportCommand(CLI::App& app, Session& session);
void AddVerifyCommand(CLI::App& app, Session& session);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_COMMAND_H_
