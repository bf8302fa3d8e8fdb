// The command line as an operator runs it, beside an asynchronous store and its HQ.

#ifndef COMPTOIR_TESTS_E2E_COMMAND_LINE_H_
#define COMPTOIR_TESTS_E2E_COMMAND_LINE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/chain/story.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {

inline constexpr char kSample[] = COMPTOIR_SOURCE_DIR "/data/adventureworks_customers.csv";

class CommandLine : public ::testing::Test {
 protected:
  // The customers have titles, and the store doesn't ask HQ.
  void SetUp() override {
    const Result enabled = Run({"feature", "enable", "F3"});
    ASSERT_EQ(enabled.exit_code, 0) << enabled.output;
    WaitFor("the feature to be in force",
            [&] { return StatusOf(chain_.store(0)).features_size() == 1; });
  }

  struct Result {
    int exit_code;
    std::string output;
  };

  // Of the store, unless another service is named.
  std::unique_ptr<Subprocess> Start(const std::vector<std::string>& arguments,
                                    const std::string& service = "") {
    std::vector<std::string> command = {"/usr/bin/env", "XDG_STATE_HOME=" + folder_.File("state"),
                                        COMPTOIR_CLI};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--hq", chain_.hq().address(), "--service",
                                   service.empty() ? address() : service});
    return std::make_unique<Subprocess>(command, folder_.File("output" + std::to_string(++runs_)));
  }
  Result Run(const std::vector<std::string>& arguments, const std::string& service = "") {
    const auto process = Start(arguments, service);
    const int exit_code = process->Wait();
    return {exit_code, process->Output()};
  }
  std::string address() { return chain_.store(0).service->address(); }

  Chain chain_{Chain::Harness::kProcesses, {"async"}};
  TempDir folder_;
  int runs_ = 0;
};

}  // namespace comptoir::testing

#endif  // COMPTOIR_TESTS_E2E_COMMAND_LINE_H_
