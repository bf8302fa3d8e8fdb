// docs/errors.md and the code tell the same story.

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/base/reason.h"
#include "tests/support/files.h"

namespace comptoir {
namespace {

const std::filesystem::path& Source() {
  static const auto* const kSource = new std::filesystem::path(COMPTOIR_SOURCE_DIR);
  return *kSource;
}

std::set<std::string> AllMatches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> matches;
  for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i) {
    matches.insert((*i)[1]);
  }
  return matches;
}

std::set<std::string> ReasonNames() {
  std::set<std::string> names;
  for (const ReasonInfo& reason : AllReasons()) names.emplace(reason.name);
  return names;
}

// What looks like a reason in the code and isn't one of the table: reasons of fields, warnings. In
// the command line words of capitals are the heads of tables.
std::set<std::string> ReasonsOfFields() {
  static const std::regex phrase(R"re("([A-Z][A-Z0-9]+(_[A-Z0-9]+)+|REQUIRED)")re");
  static const std::regex word(R"re("([A-Z][A-Z0-9]*(_[A-Z0-9]+)+|[A-Z]{4,})")re");
  static const std::regex no_reason("(COMPTOIR|GRPC|XDG)_.*|ENDED|NONE|PENDING");
  const std::set<std::string> reasons = ReasonNames();
  std::set<std::string> names;
  for (const char* folder : {"common", "hq-service", "channel-service", "cli"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Source() / folder)) {
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      const bool speaks = std::string_view(folder) == "cli";
      for (const std::string& name : AllMatches(ReadFile(entry.path()), speaks ? phrase : word)) {
        if (!reasons.contains(name) && !std::regex_match(name, no_reason)) names.insert(name);
      }
    }
  }
  return names;
}

// Every reason of the table stands in the page, in its order, with its code and its meaning.
TEST(Errors, ReasonsAreDocumented) {
  const std::string page = ReadFile(Source() / "docs/errors.md");
  size_t place = 0;
  for (const ReasonInfo& reason : AllReasons()) {
    const std::string row = "| " + std::string(reason.name) + " | " +
                            absl::StatusCodeToString(reason.code) + " | " +
                            (reason.is_refusal ? "refusal" : "failure") + " | " +
                            std::string(reason.description) + " | ";
    const size_t found = page.find(row, place);
    EXPECT_NE(found, std::string::npos) << "docs/errors.md lacks, or has out of order: " << row;
    if (found != std::string::npos) place = found;
  }
}

// No reason is documented that nothing is refused or fails with.
TEST(Errors, ReasonsAreReturned) {
  static const std::regex enumerator(R"re(REASON\((k\w+), ")re");
  std::string code;
  for (const char* folder : {"common", "hq-service", "channel-service", "cli"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Source() / folder)) {
      if (entry.path().extension() == ".cc" || entry.path().extension() == ".h") {
        if (entry.path().filename() != "reason.h") code += ReadFile(entry.path());
      }
    }
  }
  static const std::regex used(R"re(\bReason::(k\w+))re");
  const std::set<std::string> returned = AllMatches(code, used);
  for (const std::string& name :
       AllMatches(ReadFile(Source() / "common/base/reason.h"), enumerator)) {
    EXPECT_TRUE(returned.contains(name)) << name;
  }
}

// Every reason that a field can be refused with stands in the page, and nothing else does.
TEST(Errors, ReasonsOfFieldsAreDocumented) {
  static const std::regex row(R"re(\n\| ([A-Z][A-Z0-9_]+) \|)re");
  std::set<std::string> documented;
  const std::set<std::string> reasons = ReasonNames();
  for (const std::string& name : AllMatches(ReadFile(Source() / "docs/errors.md"), row)) {
    if (!reasons.contains(name)) documented.insert(name);
  }
  EXPECT_EQ(documented, ReasonsOfFields());
}

}  // namespace
}  // namespace comptoir
