// The documented client in another language, against real services.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "common/customer/limits.h"
#include "tests/support/chain/story.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

const char kFolder[] = COMPTOIR_SOURCE_DIR "/examples/pos_client_node";

class PosClientNode : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(std::string(kFolder) + "/node_modules"))
        << "run tools/install-npm.sh";
  }

  std::unique_ptr<Subprocess> Start(Store& store, const std::string& given_name) {
    const std::vector<std::string> command = {"/usr/bin/env",
                                              "node",
                                              std::string(kFolder) + "/pos_client.js",
                                              store.service->address(),
                                              given_name,
                                              "Lovelace",
                                              "fr"};
    return std::make_unique<Subprocess>(command, folder_.File("output"));
  }

  Chain chain_{Chain::Harness::kProcesses, {"sync", "async"}};
  TempDir folder_;
};

TEST_F(PosClientNode, PrintsTheAccountNumber) {
  PROVES("S2");
  const auto pos = Start(chain_.store(0), "Ada");
  EXPECT_EQ(pos->Wait(), 0) << pos->Output();
  EXPECT_THAT(pos->Output(), MatchesRegex("Ada Lovelace: [^:]*[0-9]+\n"));
}

// HQ is away, so the receipt says so, in the caller's language. When HQ is back the number appears
// by itself. (S3, P3)
TEST_F(PosClientNode, WaitsForTheAccountNumber) {
  PROVES("S3", "P3");
  Store& store = chain_.store(1);
  chain_.hq().Kill();
  const auto pos = Start(store, "Ada");
  WaitFor("the receipt", [&] { return !pos->Output().empty(); });
  EXPECT_EQ(pos->Output(), "Ada Lovelace: En attente de synchronisation\n");
  chain_.hq().Start();
  EXPECT_EQ(pos->Wait(), 0) << pos->Output();
  EXPECT_THAT(pos->Output(), MatchesRegex("Ada Lovelace: En attente de synchronisation\n"
                                          "Ada Lovelace: [^:]*[0-9]+\n"));
}

// The store's service is down when the sale begins, and again while the customer is pending. The
// POS repeats what it sends, and there is one customer. (C10, S3)
TEST_F(PosClientNode, RepeatsUntilTheStoreAnswers) {
  PROVES("C10", "S3");
  Store& store = chain_.store(1);
  chain_.hq().Kill();
  store.service->Kill();
  const auto pos = Start(store, "Ada");
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_EQ(pos->Output(), "");
  store.service->Start();
  WaitFor("the receipt", [&] { return !pos->Output().empty(); });
  store.service->Kill();
  store.service->Start();
  chain_.hq().Start();
  EXPECT_EQ(pos->Wait(), 0) << pos->Output();
  EXPECT_THAT(pos->Output(), MatchesRegex("Ada Lovelace: En attente de synchronisation\n"
                                          "Ada Lovelace: [^:]*[0-9]+\n"));
  EXPECT_THAT(AllCustomers(chain_.hq_customers()), SizeIs(1));
}

// What is wrong isn't repeated; people and developers are told.
TEST_F(PosClientNode, TellsWhatIsRefused) {
  PROVES("C8");
  const auto pos = Start(chain_.store(0), std::string(kNameCharactersMax + 1, 'A'));
  EXPECT_EQ(pos->Wait(), 1);
  EXPECT_THAT(pos->Output(), HasSubstr("  reason: INVALID_FIELDS\n"));
  EXPECT_THAT(pos->Output(), HasSubstr("  given_name: TOO_LONG\n"));
}

}  // namespace
}  // namespace comptoir::testing
