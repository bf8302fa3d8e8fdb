// Several files of a folder are compiled at once (unity builds), so a file's own constant or type
// must not hide one of a header: the files after it would silently get the wrong one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/files.h"

namespace comptoir {
namespace {

using ::testing::IsEmpty;

// Of constants and types that begin in the first column.
std::vector<std::string> DeclaredNames(const std::string& text) {
  static const auto* const kDeclaration =
      new std::regex(R"((?:^|\n)(?:(?:inline |extern )?(?:constexpr|const) [\w:<>, *]+?\b(k\w+))"
                     R"(|(?:class|struct|enum class) (\w+) [:{]))");
  std::vector<std::string> names;
  for (std::sregex_iterator match(text.begin(), text.end(), *kDeclaration), end; match != end;
       ++match) {
    names.push_back((*match)[1].matched ? (*match)[1] : (*match)[2]);
  }
  return names;
}

// What stands in the anonymous namespace.
std::string OwnPart(const std::string& text) {
  const size_t begin = text.find("\nnamespace {\n");
  const size_t end = text.find("\n}  // namespace\n");
  return begin == std::string::npos || end == std::string::npos ? ""
                                                                : text.substr(begin, end - begin);
}

// "library: name hidden" for each name of a .cc that a header of the same library declares.
std::vector<std::string> HiddenNames(const std::filesystem::path& library) {
  std::map<std::string, std::string> declared;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(library)) {
    if (entry.path().extension() != ".h") continue;
    for (const std::string& name : DeclaredNames(ReadFile(entry.path()))) {
      declared.emplace(name, entry.path());
    }
  }
  std::vector<std::string> hidden;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(library)) {
    if (entry.path().extension() != ".cc") continue;
    for (const std::string& name : DeclaredNames(OwnPart(ReadFile(entry.path())))) {
      const auto found = declared.find(name);
      if (found == declared.end()) continue;
      hidden.push_back(entry.path().string() + " hides " + name + " of " + found->second);
    }
  }
  return hidden;
}

TEST(Names, NoFileHidesWhatAHeaderDeclares) {
  const std::filesystem::path source = COMPTOIR_SOURCE_DIR;
  for (const char* library :
       {"common/base", "common/storage", "common/customer", "common/replication", "common/rpc",
        "common/process", "hq-service", "channel-service", "cli", "tests/unit/hq",
        "tests/unit/channel", "tests/unit/customer", "tests/sim", "tests/e2e"}) {
    EXPECT_THAT(HiddenNames(source / library), IsEmpty());
  }
}

TEST(Names, AreFound) {
  const std::string text =
      "#include <x>\n\nnamespace a {\nnamespace {\n\nconstexpr int kOne = 1;\n"
      "const char kTwo[] = \"\";\nstruct Three {\n  int kFour;\n};\n\n}  // namespace\n"
      "constexpr int kFive = 5;\n}  // namespace a\n";
  EXPECT_THAT(DeclaredNames(OwnPart(text)), ::testing::ElementsAre("kOne", "kTwo", "Three"));
}

}  // namespace
}  // namespace comptoir
