#include "common/customer/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "common/base/languages.h"
#include "tests/support/files.h"
#include "tests/support/proves.h"

namespace comptoir {
namespace {

TEST(TextsTest, PendingInFourLanguages) {
  PROVES("S3");
  EXPECT_EQ(TextFor(Text::kPending, "en"), "Pending sync");
  EXPECT_EQ(TextFor(Text::kPending, "fr"), "En attente de synchronisation");
  EXPECT_EQ(TextFor(Text::kPending, "it"), "In attesa di sincronizzazione");
  EXPECT_EQ(TextFor(Text::kPending, "sv"), "Väntar på synkronisering");
}

TEST(TextsTest, TheFirstLanguageCountsInWhateverForm) {
  PROVES("S3");
  for (const char* french : {"fr", "FR", "fr-CA", "fr_CH", "fr;q=0.9", "fr-CA,it;q=0.5"}) {
    EXPECT_EQ(TextFor(Text::kPending, french), "En attente de synchronisation") << french;
  }
}

TEST(TextsTest, OtherwiseEnglish) {
  PROVES("S3");
  for (const char* other : {"", "de", "frr", "*", "\xff"}) {
    EXPECT_EQ(TextFor(Text::kPending, other), "Pending sync") << other;
  }
}

TEST(TextsTest, WarningsSpeakTheCallersLanguage) {
  PROVES("C2");
  google::protobuf::RepeatedPtrField<customer::v1::Warning> warnings;
  *warnings.Add() = MakeWarning("PHONE_UNPARSABLE", "phone");
  *warnings.Add() = MakeWarning("ADDRESS_WITHOUT_COUNTRY", "addresses[0].country");
  warnings.Add()->set_text("HQ's own");
  EXPECT_FALSE(warnings[0].text().empty());

  LocalizeWarnings(warnings, "it");
  EXPECT_EQ(warnings[0].text(), TextFor(Text::kPhoneUnparsable, "it"));
  EXPECT_EQ(warnings[1].text(), "L'indirizzo non ha un paese.");
  EXPECT_EQ(warnings[1].field(), "addresses[0].country");
  EXPECT_EQ(warnings[2].text(), "HQ's own");
}

// Every reason of a warning that the protos name has a text, in every language.
TEST(TextsTest, EveryWarningHasAText) {
  PROVES("C2", "F8");
  std::string text =
      ReadFile(std::string(COMPTOIR_SOURCE_DIR) + "/proto/comptoir/customer/v1/customer.proto");
  text.erase(0, text.find("message Warning {"));
  text.erase(text.find("string reason"));
  const std::regex name("[A-Z]+(_[A-Z]+)+");
  std::set<std::string> reasons;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    if (at->str() != "UPPER_SNAKE_CASE") reasons.insert(at->str());
  }
  EXPECT_GE(reasons.size(), 3u);
  for (const std::string& reason : reasons) {
    google::protobuf::RepeatedPtrField<customer::v1::Warning> warnings;
    warnings.Add()->set_reason(reason);
    std::set<std::string> texts;
    for (const std::string_view language : kLanguages) {
      LocalizeWarnings(warnings, language);
      texts.insert(warnings[0].text());
    }
    EXPECT_EQ(texts.size(), kLanguages.size()) << reason;
    EXPECT_FALSE(texts.contains("")) << reason;
  }
}

TEST(TextsTest, EveryTextExistsInEveryLanguage) {
  PROVES("C2", "S3");
  for (const Text text : kAllTexts) {
    for (const char* language : {"fr", "it", "sv"}) {
      EXPECT_NE(TextFor(text, language), TextFor(text, "en"));
      EXPECT_FALSE(TextFor(text, language).empty());
    }
  }
}

}  // namespace
}  // namespace comptoir
