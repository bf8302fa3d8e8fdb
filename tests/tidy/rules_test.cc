// docs/features.md and the tests tell the same story.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace comptoir {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Rule → state, out of the tables of docs/features.md.
std::map<std::string, std::string> Features() {
  static const std::regex row(R"(\| ([A-Z]\d+) \| (\w+) \|)");
  const std::string text =
      ReadFile(std::filesystem::path(COMPTOIR_SOURCE_DIR) / "docs/features.md");
  std::map<std::string, std::string> features;
  for (std::sregex_iterator i(text.begin(), text.end(), row), end; i != end; ++i) {
    EXPECT_TRUE(features.emplace((*i)[1], (*i)[2]).second) << (*i)[1] << " stands twice";
  }
  return features;
}

// The rules that tests name, with one file that names each.
std::map<std::string, std::string> ProvedRules() {
  static const std::regex proves(R"re(PROVES\(([^)]*)\))re");
  static const std::regex rule(R"re("([A-Z]\d+)")re");
  std::map<std::string, std::string> proved;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(COMPTOIR_SOURCE_DIR) / "tests")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = ReadFile(entry.path());
    for (std::sregex_iterator i(text.begin(), text.end(), proves), end; i != end; ++i) {
      const std::string arguments = (*i)[1];
      for (std::sregex_iterator j(arguments.begin(), arguments.end(), rule); j != end; ++j) {
        proved.emplace((*j)[1], entry.path().filename().string());
      }
    }
  }
  return proved;
}

// A rule that is said to work is proved by a test; a test proves rules that there are.
TEST(Rules, EveryRuleThatWorksIsNamedByATest) {
  const auto features = Features();
  const auto proved = ProvedRules();
  ASSERT_GT(features.size(), 80u);
  for (const auto& [rule, state] : features) {
    EXPECT_TRUE(state == "works" || state == "partly" || state == "later") << rule << ": " << state;
    if (state != "later") {
      EXPECT_TRUE(proved.contains(rule)) << rule << " is said to work, and no test names it";
    }
  }
  for (const auto& [rule, file] : proved) {
    EXPECT_TRUE(features.contains(rule))
        << file << " proves " << rule << ", which docs/features.md doesn't have";
  }
}

}  // namespace
}  // namespace comptoir
