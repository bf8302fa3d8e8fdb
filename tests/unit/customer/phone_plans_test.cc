#include "common/customer/phone_plans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/customer/normalize.h"

namespace comptoir {
namespace {

using ::i18n::phonenumbers::PhoneNumber;
using ::i18n::phonenumbers::PhoneNumberUtil;
using ::testing::Optional;

const PhonePlans& Plans() { return PhonePlans::Instance(); }

// By the library alone; empty of what cannot be a number.
std::string ParsedE164(const std::string& typed, const std::string& country) {
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (library.Parse(typed, country, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return "";
  if (library.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) return "";
  std::string e164;
  library.Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

// `digits` and what people put between them.
std::string Typed(const std::string& digits, Random& random) {
  constexpr const char* kBetween[] = {" ", "-", ".", "(", ") ", " - "};
  std::string typed;
  for (const char digit : digits) {
    if (random.Below(4) == 0) typed += kBetween[random.Below(std::size(kBetween))];
    typed += digit;
  }
  return typed;
}

TEST(PhonePlansTest, NumbersWithoutPrefixNeedNoParse) {
  EXPECT_THAT(Plans().E164("817-555-0185", "US"), Optional(std::string("+18175550185")));
  EXPECT_THAT(Plans().E164("(212) 555.0118", "US"), Optional(std::string("+12125550118")));
  EXPECT_THAT(Plans().E164("1 (11) 500 555-0162", "AU"), Optional(std::string()));
}

TEST(PhonePlansTest, WhatIsMoreThanANumberIsTheLibrarys) {
  EXPECT_FALSE(Plans().E164("+1 817 555 0185", "GB").has_value());
  EXPECT_FALSE(Plans().E164("817-555-0185 x12", "US").has_value());
  EXPECT_FALSE(Plans().E164("٨١٧٥٥٥٠١٨٥", "US").has_value());
  // Prefixes: the national one, the international one, the country's own calling code.
  EXPECT_FALSE(Plans().E164("020 7946 0958", "GB").has_value());
  EXPECT_FALSE(Plans().E164("011 44 20 7946 0958", "US").has_value());
  EXPECT_FALSE(Plans().E164("49 30 1234567", "DE").has_value());
  EXPECT_FALSE(Plans().E164("12", "US").has_value());
  EXPECT_FALSE(Plans().E164("", "US").has_value());
}

TEST(PhonePlansTest, CountriesWithoutPlansAreTheLibrarys) {
  EXPECT_FALSE(Plans().E164("817-555-0185", "").has_value());
  EXPECT_FALSE(Plans().E164("817-555-0185", "001").has_value());
}

// Of every country, numbers of all lengths with all beginnings.
TEST(PhonePlansTest, SayWhatTheLibrarySays) {
  constexpr int kStep = 13;  // a beginning in thirteen: the library is slow
  SeededRandom random(7);
  std::set<std::string> countries;
  PhoneNumberUtil::GetInstance()->GetSupportedRegions(&countries);
  size_t decided = 0;
  for (const std::string& country : countries) {
    for (int lead = static_cast<int>(random.Below(kStep)); lead < 1000; lead += kStep) {
      std::string digits = absl::StrCat(absl::Dec(lead, absl::kZeroPad3));
      for (uint64_t more = random.Below(12); more > 0; --more) {
        digits += static_cast<char>('0' + random.Below(10));
      }
      const std::string typed = Typed(digits, random);
      const auto plain = Plans().E164(typed, country);
      if (!plain.has_value()) continue;
      ++decided;
      EXPECT_EQ(*plain, ParsedE164(typed, country)) << country << ": " << typed;
    }
  }
  EXPECT_GT(decided, 10'000U);
}

}  // namespace
}  // namespace comptoir
