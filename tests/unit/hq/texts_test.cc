// What people read of batch jobs, of findings and of who sees whom is there in every language.

#include <gtest/gtest.h>

#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "hq-service/domain/batch_jobs/job_texts.h"
#include "hq-service/domain/configuration/finding_texts.h"
#include "hq-service/domain/feeds/visibility_texts.h"
#include "tests/support/files.h"
#include "tests/support/proves.h"

namespace comptoir::hq {
namespace {

// A text that is declared and not listed would go unlooked at.
size_t DeclaredIn(const std::string& header) {
  static const std::regex declaration("extern const ReasonText k\\w+;");
  const std::string text =
      ReadFile(std::string(COMPTOIR_SOURCE_DIR) + "/hq-service/domain/" + header);
  return static_cast<size_t>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), declaration), {}));
}

void ExpectComplete(const std::vector<const ReasonText*>& texts, const std::string& header) {
  EXPECT_EQ(texts.size(), DeclaredIn(header));
  EXPECT_EQ(std::set<const ReasonText*>(texts.begin(), texts.end()).size(), texts.size());
  for (const ReasonText* text : texts) {
    const std::set<std::string_view> distinct(text->texts.begin(), text->texts.end());
    EXPECT_EQ(distinct.size(), kLanguages.size()) << text->reason;
    EXPECT_FALSE(distinct.contains("")) << text->reason;
    // What it is about is named in all languages, or in none.
    std::set<bool> named;
    for (const std::string_view each : text->texts) {
      named.insert(each.find("$0") != std::string_view::npos);
    }
    EXPECT_EQ(named.size(), 1u) << text->reason;
  }
}

TEST(TextsTest, EveryStateInEveryLanguage) {
  PROVES("P5");
  for (int state = v1::JobState_MIN; state <= v1::JobState_MAX; ++state) {
    if (!v1::JobState_IsValid(state) || state == v1::JOB_STATE_UNSPECIFIED) continue;
    for (const std::string_view language : kLanguages) {
      EXPECT_NE(JobStateText(static_cast<v1::JobState>(state), language), "")
          << v1::JobState_Name(static_cast<v1::JobState>(state)) << " in " << language;
    }
  }
}

TEST(TextsTest, EveryWarningInEveryLanguage) {
  PROVES("P11");
  ExpectComplete(AllJobWarningTexts(), "batch_jobs/job_texts.h");
}

TEST(TextsTest, EveryFindingInEveryLanguage) {
  PROVES("M4");
  ExpectComplete(AllFindingTexts(), "configuration/finding_texts.h");
}

TEST(TextsTest, WhoSeesWhomInEveryLanguage) {
  PROVES("V9");
  ExpectComplete(AllVisibilityTexts(), "feeds/visibility_texts.h");
}

}  // namespace
}  // namespace comptoir::hq
