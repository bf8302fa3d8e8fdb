#include "cli/app.h"

#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/completion.h"
#include "common/base/version.h"

namespace comptoir::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  comptoir status localhost:7400 localhost:7411\n"
    "  comptoir customer create --given-name Ada --family-name Lovelace --email ada@example.com\n"
    "  comptoir customer search \"lovelace ada\"\n"
    "  comptoir import customers.csv --channel 001\n"
    "  comptoir verify --hq localhost:7400 --service localhost:7411\n"
    "Each command has --help with examples of its own.\n"
    "\n"
    "Exit codes: 0 done; 1 failed or refused, the reason is on stderr; 2 the command line is "
    "wrong;\n"
    "3 verify found differences.";

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  const auto not_blank = [](const std::string& address) {
    return std::string(address.empty() ? "an address is HOST:PORT or unix:/PATH" : "");
  };
  app.add_option("--hq", options.hq, "HQ, for administration")
      ->envname("COMPTOIR_HQ")
      ->check(not_blank)
      ->type_name("HOST:PORT|unix:/PATH")
      ->capture_default_str();
  app.add_option("--service", options.service, "the service to talk to: a channel service, or HQ")
      ->envname("COMPTOIR_ADDRESS")
      ->check(not_blank)
      ->type_name("HOST:PORT|unix:/PATH")
      ->capture_default_str();
  app.add_option("--channel", options.channel,
                 "number of the channel; default: the only one that the service serves");
  app.add_flag("--json", options.json, "print JSON, with the field names of the protos");
  app.add_option("--language", options.language, "language of texts, BCP 47; default: en");
  AddDuration(app, "--timeout", options.timeout, "how long a call may take");
}

}  // namespace

int Run(int argc, const char* const* argv, Environment& environment) {
  Session session(environment);
  CLI::App app("Customers of a retail chain, at HQ and in its stores", "comptoir");
  app.footer(kFooter);
  app.set_version_flag("--version", VersionText());
  app.require_subcommand(0, 1);
  AddGlobalOptions(app, session.options());
  AddCustomerCommands(app, session);
  AddAddressCommands(app, session);
  AddCardCommands(app, session);
  AddImportCommand(app, session);
  AddExportCommand(app, session);
  AddVerifyCommand(app, session);
  AddJobCommands(app, session);
  AddSessionCommands(app, session);
  AddEventCommands(app, session);
  AddStatusCommands(app, session);
  AddRecoveryCommands(app, session);
  AddOperationCommands(app, session);
  AddConflictCommands(app, session);
  AddAdminCommands(app, session);
  AddConfigurationCommands(app, session);
  AddCompletionCommand(app, session);
  if (argc > 1 && argv[1] == std::string_view(kCompleteArgument)) {
    for (const std::string& word : Completions(app, {argv + 2, argv + argc})) {
      environment.out << word << "\n";
    }
    return kExitOk;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with exit code 0.
    return app.exit(error, environment.out, environment.err) == 0 ? kExitOk : kExitUsage;
  }
  if (app.get_subcommands().empty()) {
    environment.err << app.help();
    return kExitUsage;
  }
  return session.exit_code();
}

}  // namespace comptoir::cli
