#include "cli/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/version.h"
#include "nlohmann/json.hpp"
#include "tests/support/fake_clock.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"

namespace comptoir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Everything that needs no service.
class AppTest : public testing::Test {
 protected:
  int RunWith(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    std::vector<const char*> argv = {"comptoir"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    return cli::Run(static_cast<int>(argv.size()), argv.data(), environment_);
  }

  // Those that have none below them, as words.
  std::vector<std::vector<std::string>> CommandsBelow(const std::vector<std::string>& command) {
    std::vector<std::string> arguments = {"__complete"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    arguments.emplace_back();
    RunWith(arguments);
    std::vector<std::vector<std::string>> commands;
    std::istringstream names(out_.str());
    for (std::string name; std::getline(names, name);) {
      std::vector<std::string> next = command;
      next.push_back(name);
      const auto below = CommandsBelow(next);
      commands.insert(commands.end(), below.begin(), below.end());
    }
    if (commands.empty()) commands.push_back(command);
    return commands;
  }

  std::string Write(const std::string& name, std::string_view text) {
    const std::string path = folder_.File(name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::ostringstream out_;
  std::ostringstream err_;
  FakeClock clock_;
  SeededRandom random_{7};
  Environment environment_ = {
      .out = out_, .err = err_, .clock = clock_, .random = random_, .state_folder = ""};
  TempDir folder_;
};

TEST_F(AppTest, TellsItsVersion) {
  EXPECT_EQ(RunWith({"--version"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr(std::string(Version())));
}

// That the examples work is for tests/e2e/examples_test.cc.
TEST_F(AppTest, EveryCommandHasHelpWithExamples) {
  const std::vector<std::vector<std::string>> commands = CommandsBelow({});
  EXPECT_GT(commands.size(), 40u);
  for (std::vector<std::string> arguments : commands) {
    arguments.push_back("--help");
    EXPECT_EQ(RunWith(arguments), kExitOk);
    EXPECT_THAT(out_.str(), HasSubstr("Examples:\n  ")) << arguments.front();
  }
  EXPECT_EQ(RunWith({"--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("Exit codes"));
}

TEST_F(AppTest, WrongCommandLinesHaveTheirOwnExitCode) {
  EXPECT_EQ(RunWith({}), kExitUsage);
  EXPECT_EQ(RunWith({"frobnicate"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("frobnicate"));
  EXPECT_EQ(RunWith({"customer"}), kExitUsage);
  EXPECT_EQ(RunWith({"customer", "frobnicate"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("frobnicate"));
  EXPECT_EQ(RunWith({"customer", "get"}), kExitUsage);
  EXPECT_EQ(RunWith({"customer", "create", "--shoe-size", "44"}), kExitUsage);
  EXPECT_EQ(RunWith({"--service", "", "status"}), kExitUsage);
  EXPECT_EQ(RunWith({"--timeout", "soon", "status"}), kExitUsage);
  EXPECT_EQ(RunWith({"--timeout", "0", "status"}), kExitUsage);
  EXPECT_EQ(RunWith({"customer", "create", "--phone-kind", "fax"}), kExitUsage);
  EXPECT_EQ(RunWith({"operation", "list", "--state", "lost"}), kExitUsage);
}

// Nothing but the header is needed to see that a column has no meaning.
TEST_F(AppTest, AnUnmappedColumnStopsAnImport) {
  const std::string data = std::string(COMPTOIR_SOURCE_DIR) + "/data/";
  EXPECT_EQ(RunWith({"import", data + "adventureworks_raw_cp1252.csv", "--dry-run"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("AnnualIncome"));
}

TEST_F(AppTest, AnUnreachableServiceIsAFailure) {
  // gRPC measures its deadlines by the machine's clock. Nobody listens on port 1.
  clock_.SetNow(SystemClock().Now());
  EXPECT_EQ(RunWith({"--service", "127.0.0.1:1", "--timeout", "5s", "status"}), kExitFailure);
  EXPECT_THAT(err_.str(), HasSubstr("UNAVAILABLE"));

  EXPECT_EQ(RunWith({"--json", "--hq", "127.0.0.1:1", "channel", "list"}), kExitFailure);
  EXPECT_EQ(nlohmann::json::parse(err_.str())["error"]["reason"], "UNAVAILABLE");
}

// What the shell offers: commands, options of the command and the global ones, nothing for values.
TEST_F(AppTest, CompletesCommandsAndOptions) {
  EXPECT_EQ(RunWith({"__complete", "cust"}), kExitOk);
  EXPECT_EQ(out_.str(), "customer\n");
  RunWith({"__complete", "--json", "customer", "se"});
  EXPECT_EQ(out_.str(), "search\n");
  RunWith({"__complete", "--channel", "001", "import", "file.csv", "--dry"});
  EXPECT_EQ(out_.str(), "--dry-run\n");
  RunWith({"__complete", "import", "--json", "--chan"});
  EXPECT_EQ(out_.str(), "--channel\n");
  RunWith({"__complete", "import", "--rejects", ""});
  EXPECT_THAT(out_.str(), IsEmpty());
  RunWith({"__complete"});
  EXPECT_THAT(out_.str(), HasSubstr("verify\n"));
}

// The script that the shell is given works in that shell.
TEST_F(AppTest, CompletionWorksInBash) {
  EXPECT_EQ(RunWith({"completion", "fish"}), kExitUsage);
  ASSERT_EQ(RunWith({"completion", "bash"}), kExitOk);
  const std::string script = Write("completion.bash", out_.str());
  Write("test.bash", "comptoir() { printf '%s\\n' \"$@\"; }\n. " + script +
                         "\nCOMP_WORDS=(comptoir customer sea)\nCOMP_CWORD=2\n_comptoir\n"
                         "printf '%s,' \"${COMPREPLY[@]}\"\n");
  const std::string command = "bash " + folder_.File("test.bash") + " > " + folder_.File("output");
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(ReadFile(folder_.File("output")), "__complete,customer,sea,");
}

// A person presses Tab in a terminal. The script is a file of $fpath, or sourced.
TEST_F(AppTest, CompletionWorksInZsh) {
  ASSERT_EQ(RunWith({"completion", "zsh"}), kExitOk);
  std::filesystem::create_directory(folder_.File("functions"));
  Write("functions/_comptoir", out_.str());
  std::filesystem::permissions(Write("comptoir",
                                     "#!/bin/sh\n"
                                     "if [ \"$1\" = __complete ]; then echo search; fi\n"
                                     "printf '%s,' \"$@\" >> \"$SEEN\"\n"),
                               std::filesystem::perms::owner_all);
  for (const std::string load :
       {"fpath=($HERE/functions $fpath); autoload -U compinit; compinit -D",
        "autoload -U compinit; compinit -D; source $HERE/functions/_comptoir"}) {
    const std::string script =
        Write("test.zsh",
              "zmodload zsh/zpty\n"
              "zpty shell 'PATH=$HERE:$PATH SEEN=$HERE/seen TERM=dumb zsh -f -i'\n"
              "zpty -w shell '" +
                  load +
                  "; bindkey \"^I\" complete-word'\n"
                  "zpty -w -n shell $'comptoir customer sea\\tada\\n'\n"
                  "zpty -w shell exit\n"
                  "while zpty -r shell line; do print -rn -- $line; done\n");
    std::filesystem::remove(folder_.File("seen"));
    const std::string command = "HERE=" + folder_.path().string() + " timeout 60 zsh -f " + script +
                                " > " + folder_.File("output");
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(ReadFile(folder_.File("seen")), "__complete,customer,sea,customer,search,ada,")
        << load;
  }
}

}  // namespace
}  // namespace comptoir::cli
