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

TEST(PhonePlansTest, TrunkPrefixesArentPartOfANumber) {
  EXPECT_THAT(Plans().E164("020 7946 0958", "GB"), Optional(std::string("+442079460958")));
  EXPECT_THAT(Plans().E164("(030) 123-4567", "DE"), Optional(std::string("+49301234567")));
  EXPECT_THAT(Plans().E164("06 20 123 4567", "HU"), Optional(std::string("+36201234567")));
  // In Italy a zero in front is part of it.
  EXPECT_THAT(Plans().E164("06 698 12345", "IT"), Optional(std::string("+390669812345")));
}

TEST(PhonePlansTest, InternationalNumbersAreOfTheirCallingCode) {
  EXPECT_THAT(Plans().E164("+1 817 555 0185", "GB"), Optional(std::string("+18175550185")));
  EXPECT_THAT(Plans().E164("+49 30 1234567", "DE"), Optional(std::string("+49301234567")));
  EXPECT_THAT(Plans().E164("(+44) (0)20 7946-0958", ""), Optional(std::string("+442079460958")));
  EXPECT_THAT(Plans().E164("+358 9 1234567", "SE"), Optional(std::string("+35891234567")));
  EXPECT_THAT(Plans().E164("+1 817 555", "US"), Optional(std::string()));
}

TEST(PhonePlansTest, ACallingCodeIsToldFromANumberByLength) {
  EXPECT_THAT(Plans().E164("1-817-555-0185", "US"), Optional(std::string("+18175550185")));
  EXPECT_THAT(Plans().E164("1-817-555-0185", "CA"), Optional(std::string("+18175550185")));
  EXPECT_THAT(Plans().E164("44 20 7946 0958", "GB"), Optional(std::string("+442079460958")));
  EXPECT_THAT(Plans().E164("158-555-0156", "CA"), Optional(std::string("+11585550156")));
}

TEST(PhonePlansTest, WhatIsMoreThanANumberIsTheLibrarys) {
  EXPECT_FALSE(Plans().E164("817-555-0185 x12", "US").has_value());
  EXPECT_FALSE(Plans().E164("٨١٧٥٥٥٠١٨٥", "US").has_value());
  EXPECT_FALSE(Plans().E164("++44 20 7946 0958", "GB").has_value());
  EXPECT_FALSE(Plans().E164("0+44 20 7946 0958", "GB").has_value());
  // The international prefix, and what may be the country's calling code or its own number.
  EXPECT_FALSE(Plans().E164("011 44 20 7946 0958", "US").has_value());
  EXPECT_FALSE(Plans().E164("49 30 1234567", "DE").has_value());
  // What may be a prefix or the number's own.
  EXPECT_FALSE(Plans().E164("8 800 555 35 35", "RU").has_value());
  // Nobody's calling codes.
  EXPECT_FALSE(Plans().E164("+0 20 7946 0958", "GB").has_value());
  EXPECT_FALSE(Plans().E164("+800 1234 5678", "GB").has_value());
  for (const char* const few : {"12", "", "+", "+4", "+44", "+44 12"}) {
    EXPECT_FALSE(Plans().E164(few, "US").has_value()) << few;
  }
}

TEST(PhonePlansTest, CountriesWithoutPlansAreTheLibrarys) {
  EXPECT_FALSE(Plans().E164("817-555-0185", "").has_value());
  EXPECT_FALSE(Plans().E164("817-555-0185", "001").has_value());
}

// Of every country, numbers of all lengths with all beginnings, as they are dialled there and
// behind its calling code.
TEST(PhonePlansTest, SayWhatTheLibrarySays) {
  constexpr int kStep = 13;  // a beginning in thirteen: the library is slow
  SeededRandom random(7);
  std::set<std::string> countries;
  PhoneNumberUtil::GetInstance()->GetSupportedRegions(&countries);
  size_t domestic = 0;
  size_t after_zero = 0;
  size_t international = 0;
  for (const std::string& country : countries) {
    const int code = PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(country);
    for (int lead = static_cast<int>(random.Below(kStep)); lead < 1000; lead += kStep) {
      std::string digits = absl::StrCat(absl::Dec(lead, absl::kZeroPad3));
      for (uint64_t more = random.Below(12); more > 0; --more) {
        digits += static_cast<char>('0' + random.Below(10));
      }
      for (const std::string& dialled : {digits, "0" + digits, absl::StrCat(code, digits)}) {
        const std::string typed = Typed(dialled, random);
        if (const auto plain = Plans().E164(typed, country); plain.has_value()) {
          ++(typed.starts_with('0') ? after_zero : domestic);
          EXPECT_EQ(*plain, ParsedE164(typed, country)) << country << ": " << typed;
        }
        const std::string abroad = absl::StrCat("+", code, Typed(dialled, random));
        if (const auto plain = Plans().E164(abroad, "JP"); plain.has_value()) {
          ++international;
          EXPECT_EQ(*plain, ParsedE164(abroad, "JP")) << abroad;
        }
      }
    }
  }
  EXPECT_GT(domestic, 10'000U);
  EXPECT_GT(after_zero, 5'000U);
  EXPECT_GT(international, 20'000U);
}

}  // namespace
}  // namespace comptoir
