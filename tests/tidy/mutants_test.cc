// The planted bugs of tests/sim/mutants are of this tree: each patch still finds its lines. That
// the simulation catches them is what tests/sim/mutants.sh shows, which takes hours.

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/files.h"

namespace comptoir {
namespace {

namespace fs = std::filesystem;

// What a hunk of a patch wants to find in its file, line by line.
struct Hunk {
  std::string file;
  std::string lines;
  // One character a line: ' ', '-' or '+'.
  std::string signs;

  // Less on one side is the begin or end of the file to patch, which finds it nowhere else.
  bool HasSameContextOnBothSides() const {
    return signs.find_first_not_of(' ') == signs.size() - 1 - signs.find_last_not_of(' ');
  }
};

std::vector<Hunk> HunksOf(const std::string& patch) {
  std::vector<Hunk> hunks;
  std::string file;
  std::istringstream lines(patch);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("--- a/")) {
      file = line.substr(6);
    } else if (line.starts_with("@@")) {
      hunks.push_back({file, "\n", ""});
    } else if (!hunks.empty() && !line.empty() && !line.starts_with("+++ b/")) {
      hunks.back().signs += line[0];
      if (line[0] != '+') hunks.back().lines += line.substr(1) + "\n";
    }
  }
  return hunks;
}

TEST(Mutants, PatchesFindTheirLines) {
  const fs::path root = COMPTOIR_SOURCE_DIR;
  size_t patches = 0;
  for (const auto& entry : fs::directory_iterator(root / "tests/sim/mutants")) {
    if (entry.path().extension() != ".patch") continue;
    ++patches;
    const std::vector<Hunk> hunks = HunksOf(ReadFile(entry.path()));
    EXPECT_FALSE(hunks.empty()) << entry.path();
    for (const Hunk& hunk : hunks) {
      EXPECT_TRUE(hunk.HasSameContextOnBothSides()) << entry.path() << " in " << hunk.file;
      ASSERT_TRUE(fs::exists(root / hunk.file)) << entry.path() << ": " << hunk.file;
      EXPECT_NE(("\n" + ReadFile(root / hunk.file)).find(hunk.lines), std::string::npos)
          << entry.path() << " doesn't find in " << hunk.file << ":" << hunk.lines;
    }
  }
  EXPECT_GT(patches, 40u);
}

}  // namespace
}  // namespace comptoir
