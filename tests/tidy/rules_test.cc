// docs/features.md and the tests tell the same story. That the tests which name a rule also ran and
// passed is checked by tools/check-rules.sh after a whole run.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/files.h"

namespace comptoir {
namespace {

const char kFeatures[] = COMPTOIR_SOURCE_DIR "/docs/features.md";

// From here on docs/features.md is made of the tests.
constexpr char kTestsHeading[] = "## Tests of each rule\n";

struct Feature {
  std::string rule;
  std::string state;
};

// Out of the tables of docs/features.md, in its order.
std::vector<Feature> Features() {
  static const std::regex row(R"(\| ([A-Z]\d+) \| (\w+) \|)");
  const std::string text = ReadFile(kFeatures);
  std::vector<Feature> features;
  std::set<std::string> seen;
  for (std::sregex_iterator i(text.begin(), text.end(), row), end; i != end; ++i) {
    EXPECT_TRUE(seen.insert((*i)[1]).second) << (*i)[1] << " stands twice";
    features.push_back({(*i)[1], (*i)[2]});
  }
  return features;
}

// File ("scenario/edit_test") → names of its tests, in order.
using TestsByFile = std::map<std::string, std::vector<std::string>>;

// Rule → the tests that name it.
std::map<std::string, TestsByFile> ProvedRules() {
  static const std::regex test_or_proves(
      R"re(\bTEST(?:_F|_P)?\(\s*\w+,\s*(\w+)\)|PROVES\(([^)]*)\))re");
  static const std::regex rule(R"re("([A-Z]\d+)")re");
  const std::filesystem::path root = std::filesystem::path(COMPTOIR_SOURCE_DIR) / "tests";
  std::map<std::string, TestsByFile> proved;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".cc") continue;
    const std::string file =
        std::filesystem::relative(entry.path(), root).replace_extension("").string();
    const std::string text = ReadFile(entry.path());
    std::string test;
    for (std::sregex_iterator i(text.begin(), text.end(), test_or_proves), end; i != end; ++i) {
      if ((*i)[1].matched) {
        test = (*i)[1];
        continue;
      }
      const std::string arguments = (*i)[2];
      for (std::sregex_iterator j(arguments.begin(), arguments.end(), rule); j != end; ++j) {
        proved[(*j)[1]][file].push_back(test);
      }
    }
  }
  return proved;
}

// The end of docs/features.md.
std::string TestsSection(const std::vector<Feature>& features,
                         const std::map<std::string, TestsByFile>& proved) {
  std::string text = kTestsHeading;
  text +=
      "\nMade from the tests by `COMPTOIR_UPDATE_FEATURES=1 ctest --preset dev -R Rules`; not to "
      "be "
      "edited.\n\n";
  for (const Feature& feature : features) {
    const auto tests = proved.find(feature.rule);
    if (tests == proved.end()) continue;
    text += "- **" + feature.rule + "**";
    const char* separator = " ";
    for (const auto& [file, names] : tests->second) {
      text += separator + file + ": ";
      for (const std::string& name : names) text += (&name == &names.front() ? "" : ", ") + name;
      separator = "; ";
    }
    text += "\n";
  }
  return text;
}

// A rule that is said to work is proved by a test; a test proves rules that there are.
TEST(Rules, EveryRuleThatWorksIsNamedByATest) {
  const auto features = Features();
  const auto proved = ProvedRules();
  ASSERT_GT(features.size(), 80u);
  std::set<std::string> known;
  for (const auto& [rule, state] : features) {
    known.insert(rule);
    EXPECT_TRUE(state == "works" || state == "later") << rule << ": " << state;
    if (state != "later") {
      EXPECT_TRUE(proved.contains(rule)) << rule << " is said to work, and no test names it";
    }
  }
  for (const auto& [rule, tests] : proved) {
    EXPECT_TRUE(known.contains(rule))
        << tests.begin()->first << " proves " << rule << ", which docs/features.md doesn't have";
  }
}

TEST(Rules, FeaturesNameTheTestsOfEachRule) {
  const std::string text = ReadFile(kFeatures);
  const size_t heading = text.find(kTestsHeading);
  const std::string before = heading == std::string::npos ? text + "\n" : text.substr(0, heading);
  const std::string expected = before + TestsSection(Features(), ProvedRules());
  if (std::getenv("COMPTOIR_UPDATE_FEATURES") != nullptr) {
    std::ofstream(kFeatures) << expected;
    return;
  }
  EXPECT_TRUE(text == expected)
      << "Please run: COMPTOIR_UPDATE_FEATURES=1 ctest --preset dev -R Rules";
}

}  // namespace
}  // namespace comptoir
