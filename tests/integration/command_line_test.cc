// The executables as an operator meets them: flags, exit codes, one line per error, signals.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/base/version.h"
#include "common/storage/database.h"
#include "common/storage/key_codec.h"
#include "common/storage/meta_keys.h"
#include "common/storage/rocks_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/eventually.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Exactly one line.
MATCHER(IsOneLine, "is one line") {
  return !arg.empty() && arg.find('\n') == arg.size() - 1 && arg.size() > 1;
}

struct Ended {
  int exit_code;
  std::string output;
};

class CommandLineTest : public ::testing::Test {
 protected:
  // A service that serves, unless `flags` say otherwise: later ones win.
  std::vector<std::string> Hq(std::vector<std::string> flags = {}) const {
    std::vector<std::string> command = {COMPTOIR_HQ_SERVICE, "--listen=127.0.0.1:0",
                                        "--data=" + dir_.File("hq"),
                                        "--port_file=" + dir_.File("hq-port")};
    command.insert(command.end(), flags.begin(), flags.end());
    return command;
  }
  std::vector<std::string> Channel(std::vector<std::string> flags = {}) const {
    std::vector<std::string> command = {COMPTOIR_CHANNEL_SERVICE,
                                        "--listen=127.0.0.1:0",
                                        "--hq=127.0.0.1:9",
                                        "--id=store-001",
                                        "--channels=001",
                                        "--data=" + dir_.File("store"),
                                        "--port_file=" + dir_.File("store-port")};
    command.insert(command.end(), flags.begin(), flags.end());
    return command;
  }

  Ended Run(const std::vector<std::string>& command) const {
    Subprocess process(command, dir_.File("output"));
    const int exit_code = process.Wait();
    return {exit_code, process.Output()};
  }

  TempDir dir_;
};

TEST_F(CommandLineTest, VersionIsTold) {
  for (const char* executable : {COMPTOIR_HQ_SERVICE, COMPTOIR_CHANNEL_SERVICE}) {
    const Ended ended = Run({executable, "--version"});
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.output, AllOf(IsOneLine(), HasSubstr(std::string(Version()))));
  }
}

TEST_F(CommandLineTest, HelpDescribesOurFlagsOnly) {
  const Ended hq = Run({COMPTOIR_HQ_SERVICE, "--help"});
  EXPECT_EQ(hq.exit_code, 0);
  EXPECT_THAT(hq.output, AllOf(HasSubstr("--listen"), HasSubstr("--convert_operations_max"),
                               HasSubstr("--flagfile"), Not(HasSubstr("--fromenv"))));
  const Ended channel = Run({COMPTOIR_CHANNEL_SERVICE, "--help"});
  EXPECT_EQ(channel.exit_code, 0);
  EXPECT_THAT(channel.output, AllOf(HasSubstr("--hq_answer_timeout"), HasSubstr("--data")));
}

// Each names the flag, its value and what is allowed, in one line, and nothing is started.
TEST_F(CommandLineTest, SenselessFlagsAreRefused) {
  struct Case {
    std::vector<std::string> command;
    const char* names;
  };
  const Case cases[] = {
      {Hq({"--listen=0.0.0.0:7400"}), "--listen=0.0.0.0:7400 must be a loopback address"},
      {Hq({"--listen="}), "--listen= must be HOST:PORT"},
      {Hq({"--listen_unix=hq.sock"}), "--listen_unix=hq.sock must be the absolute path"},
      {Hq({"--metrics_listen=192.168.1.1:0"}), "--metrics_listen=192.168.1.1:0 must be"},
      {Hq({"--data="}), "--data= must name a folder"},
      {Hq({"--convert_operations_max=0"}), "--convert_operations_max=0 must be 1 to 10000"},
      {Hq({"--convert_operations_max=many"}), "convert_operations_max"},
      {Hq({"--heartbeat_interval=-1s"}), "--heartbeat_interval=-1s must be 10ms to 1m"},
      {Hq({"--log_level=loud"}), "--log_level=loud must be debug, info, warning or error"},
      {Hq({"--unary_calls_max=0"}), "--unary_calls_max=0 must be 1 to 1000000"},
      {Hq({"--no_such_flag=1"}), "no_such_flag"},
      {Hq({"serve"}), "serve isn't a flag"},
      {Hq({"--flagfile=" + dir_.File("missing")}), "missing"},
      {Channel({"--hq=nowhere"}), "--hq=nowhere must be HOST:PORT"},
      {Channel({"--id=store 1"}), "--id=store 1 must be 1 to 64 letters, digits, hyphens"},
      {Channel({"--channels="}), "--channels= must be channel numbers"},
      {Channel({"--channels=001,001"}), "--channels=001,001 must name each channel once"},
      {Channel({"--hq_answer_timeout=0"}), "--hq_answer_timeout=0 must be 1ms to 1m"},
      {Channel({"--disk_reserve_bytes=-1"}), "disk_reserve_bytes"},
  };
  for (const Case& refused : cases) {
    const Ended ended = Run(refused.command);
    EXPECT_NE(ended.exit_code, 0) << refused.names;
    EXPECT_THAT(ended.output, AllOf(IsOneLine(), HasSubstr(refused.names)));
  }
  EXPECT_FALSE(std::filesystem::exists(dir_.File("hq")));
}

TEST_F(CommandLineTest, AllSenselessFlagsAreNamed) {
  const Ended ended = Run(Channel({"--hq=", "--id=", "--channels="}));
  EXPECT_THAT(ended.output, AllOf(IsOneLine(), HasSubstr("--hq="), HasSubstr("--id="),
                                  HasSubstr("--channels="), StartsWith("channel-service: ")));
}

// "What is commented out shows its default", they say.
TEST_F(CommandLineTest, SampleFlagfilesShowTheDefaults) {
  const std::string deploy = std::string(COMPTOIR_SOURCE_DIR) + "/deploy/";
  for (const auto& [executable, name] :
       {std::pair(COMPTOIR_HQ_SERVICE, "hq-service.flags"),
        std::pair(COMPTOIR_CHANNEL_SERVICE, "channel-service.flags")}) {
    const std::string help = Run({executable, "--help"}).output;
    std::ifstream sample(deploy + name);
    int shown = 0;
    for (std::string line; std::getline(sample, line);) {
      if (!line.starts_with("#--")) continue;
      ++shown;
      EXPECT_THAT(help, HasSubstr("\n  " + line.substr(1) + "\n")) << name;
    }
    EXPECT_GT(shown, 10);
  }
}

// What is deployed is what the flags know.
TEST_F(CommandLineTest, SampleFlagfilesAreAccepted) {
  const std::string deploy = std::string(COMPTOIR_SOURCE_DIR) + "/deploy/";
  for (const auto& [executable, name] :
       {std::pair(COMPTOIR_HQ_SERVICE, "hq-service.flags"),
        std::pair(COMPTOIR_CHANNEL_SERVICE, "channel-service.flags")}) {
    // With its comments taken away it must parse too, so no flag in it is unknown.
    std::ifstream sample(deploy + name);
    std::ofstream all(dir_.File(name));
    for (std::string line; std::getline(sample, line);) {
      all << (line.starts_with("#--") ? line.substr(1) : line) << "\n";
    }
    all.close();
    const Ended ended = Run({executable, "--flagfile=" + dir_.File(name), "--listen=0.0.0.0:1"});
    EXPECT_THAT(ended.output, AllOf(IsOneLine(), HasSubstr("--listen=0.0.0.0:1 must be"),
                                    Not(HasSubstr(";")), Not(HasSubstr("ERROR"))));
  }
}

// SIGTERM and SIGINT end a service well; the next start finds everything in order.
TEST_F(CommandLineTest, SignalsDrain) {
  PROVES("K1");
  for (const int signal : {SIGTERM, SIGINT}) {
    for (const auto& [command, port_file] :
         {std::pair(Hq(), "hq-port"), std::pair(Channel(), "store-port")}) {
      Subprocess process(command, dir_.File("output"));
      ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(dir_.File(port_file)); }))
          << process.Output();
      process.Signal(signal);
      EXPECT_EQ(process.Wait(), 0) << process.Output();
      EXPECT_THAT(process.Output(), HasSubstr("event=stopped"));
      std::filesystem::remove(dir_.File(port_file));
    }
  }
}

// Two services on one database would destroy it.
TEST_F(CommandLineTest, ALockedDatabaseIsOneLine) {
  Subprocess first(Hq(), dir_.File("first"));
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(dir_.File("hq-port")); }))
      << first.Output();
  const Ended second = Run(Hq({"--port_file="}));
  EXPECT_NE(second.exit_code, 0);
  EXPECT_THAT(second.output, AllOf(IsOneLine(), HasSubstr(dir_.File("hq"))));
}

TEST_F(CommandLineTest, ATakenPortIsOneLine) {
  Subprocess first(Hq(), dir_.File("first"));
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(dir_.File("hq-port")); }))
      << first.Output();
  std::string port;
  std::ifstream(dir_.File("hq-port")) >> port;
  const Ended second = Run(Hq({"--port_file=", "--log_level=warning",
                               "--data=" + dir_.File("other"), "--listen=127.0.0.1:" + port}));
  EXPECT_NE(second.exit_code, 0);
  EXPECT_THAT(second.output, AllOf(IsOneLine(), HasSubstr("cannot listen on 127.0.0.1:" + port)));
}

// After a downgrade: the newer database is left alone.
TEST_F(CommandLineTest, ANewerDatabaseIsOneLine) {
  {
    auto database = OpenRocksDatabase({.path = dir_.File("hq")});
    ASSERT_THAT(database, IsOk());
    auto transaction = (*database)->NewTransaction();
    transaction->Put(Table::kMeta, meta_keys::kSchema,
                     KeyWriter().Fixed32(99).Rest("hq-service").key());
    ASSERT_THAT((*database)->Commit(*transaction), IsOk());
  }
  const Ended ended = Run(Hq());
  EXPECT_NE(ended.exit_code, 0);
  EXPECT_THAT(ended.output, AllOf(IsOneLine(), HasSubstr("99")));
}

TEST_F(CommandLineTest, TheDatabaseOfTheOtherServiceIsOneLine) {
  {
    Subprocess hq(Hq(), dir_.File("first"));
    ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(dir_.File("hq-port")); }))
        << hq.Output();
    hq.Signal(SIGTERM);
    ASSERT_EQ(hq.Wait(), 0);
  }
  const Ended ended = Run(Channel({"--data=" + dir_.File("hq")}));
  EXPECT_NE(ended.exit_code, 0);
  EXPECT_THAT(ended.output, AllOf(IsOneLine(), HasSubstr("hq-service")));
}

}  // namespace
}  // namespace comptoir
