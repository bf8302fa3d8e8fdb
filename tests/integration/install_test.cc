// What `cmake --install` gives to POS developers and to those who deploy.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir {
namespace {

namespace fs = std::filesystem;

class InstallTest : public ::testing::Test {
 protected:
  void Run(const std::vector<std::string>& command) {
    Subprocess process(command, dir_.File("output"));
    EXPECT_EQ(process.Wait(), 0) << process.Output();
  }
  // Installs a component; returns the folder that it is in.
  fs::path Install(const std::string& component) {
    const fs::path build = fs::path(COMPTOIR_CLI).parent_path().parent_path();
    const std::string prefix = dir_.File("installed");
    Run({"/usr/bin/env", "cmake", "--install", build.string(), "--component", component, "--prefix",
         prefix});
    return prefix;
  }

  TempDir dir_;
};

// One folder is all that protoc needs; how databases are laid out isn't in it.
TEST_F(InstallTest, ProtosAreOneFolder) {
  const fs::path folder = Install("protos") / "share/comptoir/proto";
  std::vector<std::string> protoc = {"/usr/bin/env", "protoc", "-I", folder.string(),
                                     "--descriptor_set_out=/dev/null"};
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".proto") protoc.push_back(entry.path().string());
  }
  EXPECT_TRUE(fs::exists(folder / "comptoir/customer/v1/customer_service.proto"));
  EXPECT_FALSE(fs::exists(folder / "comptoir/storage"));
  Run(protoc);
}

TEST_F(InstallTest, ServicesAndCommandLineRun) {
  const fs::path prefix = Install("services");
  Install("cli");
  EXPECT_TRUE(fs::exists(prefix / "share/comptoir/deploy"));
  for (const char* program : {"hq-service", "channel-service", "comptoir"}) {
    Run({(prefix / "bin" / program).string(), "--version"});
  }
}

}  // namespace
}  // namespace comptoir
