#include "common/customer/normalize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/proves.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(FoldedWordsTest, SplitsAtAnythingThatIsNeitherLetterNorDigit) {
  EXPECT_THAT(FoldedWords("O'Brien-López"), ElementsAre("o", "brien", "lopez"));
  EXPECT_THAT(FoldedWords("  3M  Deutschland, GmbH & Co. "),
              ElementsAre("3m", "deutschland", "gmbh", "co"));
  EXPECT_THAT(FoldedWords(" -.,'\t"), IsEmpty());
  EXPECT_THAT(FoldedWords(""), IsEmpty());
}

TEST(FoldedWordsTest, LeavesOutRepetitions) {
  EXPECT_THAT(FoldedWords("Ann ANN ánn"), ElementsAre("ann"));
}

// What a store person types on a keyboard without these letters finds the name.
TEST(FoldedWordsTest, FoldsAccentsOfAllEurope) {
  EXPECT_THAT(FoldedWords("Strauß STRAUẞ"), ElementsAre("strauss"));
  EXPECT_THAT(FoldedWords("Łukasz Øster Æsir Œuvre Þór Đorđe"),
              ElementsAre("lukasz", "oster", "aesir", "oeuvre", "thor", "dorde"));
  EXPECT_THAT(FoldedWords("Çağrı Işık İnci"), ElementsAre("cagri", "isik", "inci"));
  EXPECT_THAT(FoldedWords("Ünal Åse Žižek Nguyễn"), ElementsAre("unal", "ase", "zizek", "nguyen"));
}

// One name may come composed from one keyboard and decomposed from another.
TEST(FoldedWordsTest, ComposedAndDecomposedAreTheSame) {
  EXPECT_EQ(FoldedWords("Jos\u00e9"), FoldedWords("Jose\u0301"));
  EXPECT_EQ(FoldedWords("\uac00"), FoldedWords("\u1100\u1161"));
  EXPECT_EQ(FoldedWords("ＡＤＡ"), FoldedWords("ada"));
}

TEST(FoldedWordsTest, KeepsOtherScripts) {
  EXPECT_THAT(FoldedWords("Ёлкин ЁЛКИН"), ElementsAre("елкин"));
  EXPECT_THAT(FoldedWords("Σωκράτης"), ElementsAre("σωκρατησ"));
  EXPECT_THAT(FoldedWords("王 小明"), ElementsAre("王", "小明"));
  // Vowel signs are part of the word.
  EXPECT_EQ(FoldedWords("सीता").size(), 1u);
}

TEST(FoldedWordsTest, BytesThatAreNotUtf8EndAWord) {
  EXPECT_THAT(FoldedWords("Jos\xe9 Ada"), ElementsAre("jos", "ada"));
}

TEST(NormalizeEmailTest, FoldsCaseAndComposes) {
  PROVES("C4");
  EXPECT_THAT(NormalizeEmail("Ada.Lovelace@Example.COM"),
              Optional(std::string("ada.lovelace@example.com")));
  EXPECT_THAT(NormalizeEmail("JOSE\u0301@EXAMPLE.com"),
              Optional(std::string("jos\u00e9@example.com")));
}

TEST(NormalizeEmailTest, KnowsWhatIsPossible) {
  PROVES("C4");
  for (const char* possible :
       {"josé54@adventure-works.com", "用户@例子.广告", "a@b", "a+b@c.example", "o'brien@x.example",
        "\"a b@c\"@x.example", "a@[192.0.2.1]", "a_b@x_y.example", "1@2.3"}) {
    EXPECT_TRUE(NormalizeEmail(possible).has_value()) << possible;
  }
}

TEST(NormalizeEmailTest, RefusesWhatIsImpossible) {
  PROVES("C4");
  for (const char* impossible : {"",
                                 "@",
                                 "ada",
                                 "ada@",
                                 "@x.example",
                                 "a@b@x.example",
                                 "a b@x.example",
                                 "a@x .example",
                                 " a@x.example",
                                 "a@x.example ",
                                 ".a@x.example",
                                 "a.@x.example",
                                 "a..b@x.example",
                                 "a@.example",
                                 "a@x.",
                                 "a@x..example",
                                 "a@x,example",
                                 "a\t@x.example",
                                 "a@x\n.example",
                                 "a\u00a0b@x.example",
                                 "<a@x.example>",
                                 "\"a@x.example",
                                 "\"a\"b\"@x.example",
                                 "a@[]",
                                 "jos\xe9@x.example"}) {
    EXPECT_FALSE(NormalizeEmail(impossible).has_value()) << impossible;
  }
}

TEST(NormalizeEmailTest, PartsHaveLimits) {
  PROVES("C4");
  EXPECT_TRUE(NormalizeEmail(std::string(64, 'a') + "@x.example").has_value());
  EXPECT_FALSE(NormalizeEmail(std::string(65, 'a') + "@x.example").has_value());
  EXPECT_TRUE(NormalizeEmail("a@" + std::string(255, 'b')).has_value());
  EXPECT_FALSE(NormalizeEmail("a@" + std::string(256, 'b')).has_value());
}

TEST(NormalizePhoneTest, KnowsTheCountry) {
  PROVES("C4");
  EXPECT_THAT(NormalizePhone("020 7946 0958", "GB"), Optional(std::string("+442079460958")));
  EXPECT_THAT(NormalizePhone("195-555-0118", "US"), Optional(std::string("+11955550118")));
  EXPECT_THAT(NormalizePhone("+44 (0)20 7946 0958", "US"), Optional(std::string("+442079460958")));
  EXPECT_THAT(NormalizePhone("٠٢٠ ٧٩٤٦ ٠٩٥٨", "GB"), Optional(std::string("+442079460958")));
  EXPECT_THAT(NormalizePhone("06 12345678", "IT"), Optional(std::string("+390612345678")));
}

TEST(NormalizePhoneTest, WithoutCountryOnlyInternationalNumbersAreKnown) {
  PROVES("C4");
  EXPECT_THAT(NormalizePhone("+44 20 7946 0958", ""), Optional(std::string("+442079460958")));
  EXPECT_FALSE(NormalizePhone("020 7946 0958", "").has_value());
}

TEST(NormalizePhoneTest, NoPlanKnowsThese) {
  PROVES("C4");
  EXPECT_FALSE(NormalizePhone("1 (11) 500 555-0162", "AU").has_value());
  EXPECT_FALSE(NormalizePhone("ask her mother", "GB").has_value());
  EXPECT_FALSE(NormalizePhone("", "GB").has_value());
  EXPECT_FALSE(NormalizePhone("+999 123 456", "GB").has_value());
  // Can be dialled within its area only: +15550118 would be somebody else.
  EXPECT_FALSE(NormalizePhone("555-0118", "US").has_value());
}

TEST(PhoneDigitsTest, TakesDigitsOfAllScripts) {
  EXPECT_EQ(PhoneDigits("+44 (0)20-7946"), "440207946");
  EXPECT_EQ(PhoneDigits("٠٢٠"), "020");
  EXPECT_EQ(PhoneDigits("none\xff"), "");
}

TEST(PhonePrefixesTest, SaysHowANumberMayBegin) {
  PROVES("V3");
  EXPECT_THAT(PhonePrefixes("020 7946", "GB"),
              ::testing::UnorderedElementsAre("0207946", "44207946", "440207946"));
  EXPECT_THAT(PhonePrefixes("0044 20 79", "GB"), ::testing::IsSupersetOf({"00442079", "442079"}));
  EXPECT_THAT(PhonePrefixes("+44 20 79", "US"), ElementsAre("442079"));
  EXPECT_THAT(PhonePrefixes("0612", "IT"), ElementsAre("0612", "390612"));
  EXPECT_THAT(PhonePrefixes("0207", ""), ElementsAre("0207"));
  EXPECT_THAT(PhonePrefixes("020 7946 0958", "GB"),
              ::testing::Contains(std::string("442079460958")));
}

TEST(CodesTest, KnowsCountries) {
  PROVES("A2");
  for (const char* country : {"US", "GB", "DE", "CH", "SE"}) EXPECT_TRUE(IsCountry(country));
  for (const char* other : {"", "us", "UK", "XX", "ZZ", "USA", "U"}) EXPECT_FALSE(IsCountry(other));
}

TEST(CodesTest, KnowsCurrencies) {
  for (const char* currency : {"EUR", "SEK", "CHF", "USD"}) EXPECT_TRUE(IsCurrency(currency));
  for (const char* other : {"", "eur", "EURO", "QQQ", "DEM"}) EXPECT_FALSE(IsCurrency(other));
}

TEST(CodesTest, KnowsLanguageTags) {
  for (const char* tag : {"en", "fr-CA", "zh-Hant-TW", "sv-SE", "de-CH-1996"}) {
    EXPECT_TRUE(IsLanguage(tag)) << tag;
  }
  for (const char* other : {"", "f", "french language", "fr_CA", "fr-", "-fr", "fr--CA", "é"}) {
    EXPECT_FALSE(IsLanguage(other)) << other;
  }
  EXPECT_FALSE(IsLanguage("en-" + std::string(200, 'a')));
}

// What a thread has asked before is answered as before, however many tags it has asked for.
TEST(CodesTest, KnowsLanguageTagsAgain) {
  std::vector<std::string> known;
  for (char first = 'a'; first <= 'h'; ++first) {
    for (char second = 'a'; second <= 'z'; ++second) known.push_back({first, second});
  }
  const auto ask = [&known] {
    for (int time = 0; time < 3; ++time) {
      for (const std::string& tag : known) {
        ASSERT_TRUE(IsLanguage(tag)) << tag << ", time " << time;
        ASSERT_FALSE(IsLanguage(tag + "_GB")) << tag << ", time " << time;
        ASSERT_FALSE(IsLanguage(tag + "-")) << tag << ", time " << time;
        // Only a part of it is asked for.
        ASSERT_FALSE(IsLanguage(std::string_view(tag).substr(0, 1))) << tag << ", time " << time;
      }
    }
  };
  // One that hasn't asked for any.
  std::thread(ask).join();
}

TEST(Utf8Test, IsValidOrNot) {
  PROVES("C8");
  for (const char* valid : {"", "Ada", "é", "王", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(IsValidUtf8(valid));
  for (const char* invalid :
       {"\xe9", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "a\xff"}) {
    EXPECT_FALSE(IsValidUtf8(invalid));
  }
}

TEST(TextTest, CountsCharactersNotBytes) {
  EXPECT_EQ(CharacterCount("José"), 4u);
  EXPECT_EQ(CharacterCount("\xf0\x9f\x98\x80"), 1u);
}

TEST(TextTest, TrimsWhiteSpaceOfAllScripts) {
  EXPECT_EQ(Trimmed(" \t Ada L \u3000\u00a0"), "Ada L");
  EXPECT_EQ(Trimmed("é"), "é");
  EXPECT_TRUE(IsBlank(" \u2003\n"));
  EXPECT_TRUE(IsBlank(""));
  EXPECT_FALSE(IsBlank(" .\xff"));
}

}  // namespace
}  // namespace comptoir
