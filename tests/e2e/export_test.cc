// Everybody as a file, and who of a file is there already.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/e2e/command_line.h"
#include "tests/support/files.h"

namespace comptoir::testing {
namespace {

using ::testing::HasSubstr;

class ExportCustomers : public CommandLine {};

int64_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

// HQ and the store write the same customers, with all their addresses, also by an export that was
// killed. (B5)
TEST_F(ExportCustomers, OfHqAndOfAStoreAreTheSame) {
  PROVES("B5");
  ASSERT_EQ(Run({"import", kSample, "--rows", "1-1300"}).exit_code, 0);
  chain_.WaitUntilHome();
  const std::string of_store = folder_.File("store.csv");
  const std::string addresses = folder_.File("addresses.csv");
  const std::vector<std::string> command = {"export-customers", of_store, "--addresses", addresses};
  {
    const auto killed = Start(command);
    WaitFor("a part of the export, or all", [&] {
      return std::filesystem::exists(of_store + ".progress") || std::filesystem::exists(of_store);
    });
    killed->Signal(SIGKILL);
    killed->Wait();
  }
  if (!std::filesystem::exists(of_store)) {
    const Result again = Run(command);
    EXPECT_EQ(again.exit_code, 0) << again.output;
    EXPECT_THAT(again.output, HasSubstr("1,300 customers"));
  }
  const std::string of_hq = folder_.File("hq.csv");
  const Result at_hq = Run({"export-customers", of_hq}, chain_.hq().address());
  ASSERT_EQ(at_hq.exit_code, 0) << at_hq.output;
  EXPECT_EQ(ReadFile(of_hq), ReadFile(of_store));
  EXPECT_EQ(Lines(ReadFile(of_store)), 1301);
  EXPECT_EQ(Lines(ReadFile(addresses)), 1301);
  EXPECT_THAT(ReadFile(of_store), HasSubstr(",SYNCED,"));
  EXPECT_FALSE(std::filesystem::exists(of_store + ".progress"));
  EXPECT_FALSE(std::filesystem::exists(of_store + ".part"));
  // What is there isn't overwritten.
  EXPECT_EQ(Run({"export-customers", of_hq}).exit_code, 2);
}

// Rows like another row, and rows like customers who are there: reported, and imported. Running the
// same import again finds nobody new: its own customers are no duplicates. (B5)
TEST_F(ExportCustomers, AnImportReportsDuplicates) {
  PROVES("B5");
  std::ofstream(folder_.File("first.csv"))
      << "given_name,family_name,email,phone,postal_code,country\n"
         "Ada,Lovelace,ada@example.com,(425) 555-0123,98052,US\n";
  ASSERT_EQ(Run({"import", folder_.File("first.csv")}).exit_code, 0);
  std::ofstream(folder_.File("second.csv"))
      << "given_name,family_name,email,phone,postal_code,country\n"
         "A.,Lovelace,ADA@example.com,,,\n"
         "Grace,Hopper,grace@example.com,425-555-0199,10001,US\n"
         "Amazing,Grace,,+1 425 555 0199,,\n"
         "lovelace,ÁDA,,,98052,US\n"
         "Jon,Yang,jon@example.com,,,\n";
  const std::vector<std::string> import = {"import", folder_.File("second.csv"), "--duplicates",
                                           folder_.File("twins.csv")};
  for (int i = 0; i < 2; ++i) {
    const Result imported = Run(import);
    ASSERT_EQ(imported.exit_code, 0) << imported.output;
    EXPECT_THAT(imported.output, HasSubstr("duplicates"));
    const std::string twins = ReadFile(folder_.File("twins.csv"));
    EXPECT_EQ(Lines(twins), 1 + 3) << twins;
    EXPECT_THAT(twins, HasSubstr("\n1,email,,"));
    EXPECT_THAT(twins, ::testing::AnyOf(HasSubstr("\n3,phone,2,"), HasSubstr("\n2,phone,3,")));
    EXPECT_THAT(twins, HasSubstr("\n4,name,,"));
  }
  EXPECT_EQ(AllCustomers(*chain_.store(0).customers).size(), 6u);
}

}  // namespace
}  // namespace comptoir::testing
