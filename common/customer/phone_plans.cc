#include "common/customer/phone_plans.h"

#include <google/protobuf/repeated_field.h>
#include <phonenumbers/phonemetadata.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <array>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/strings.h"
#include "common/customer/normalize.h"

// The library's own plans, which its headers don't show.
namespace i18n::phonenumbers {
int metadata_size();
const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace comptoir {
namespace {

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneMetadataCollection;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr size_t kLeadDigits = 3;
constexpr size_t kDigitsMax = 31;  // more than any number has

// Of the countries with one calling code the one whose plan says which lengths are possible.
std::string MainCountry(int calling_code) {
  std::string country;
  PhoneNumberUtil::GetInstance()->GetRegionCodeForCountryCode(calling_code, &country);
  return country;
}

// The first digits of a number as a number.
size_t LeadOf(std::string_view digits) {
  size_t lead = 0;
  for (const char digit : digits.substr(0, kLeadDigits)) {
    lead = 10 * lead + static_cast<size_t>(digit - '0');
  }
  return lead;
}

// A regular expression at the beginning of numbers.
class Prefix {
 public:
  explicit Prefix(const std::string& pattern) : empty_(pattern.empty()) {
    if (empty_) return;
    UErrorCode error = U_ZERO_ERROR;
    matcher_ = std::make_unique<icu::RegexMatcher>(icu::UnicodeString::fromUTF8(pattern), 0, error);
    COMPTOIR_CHECK(U_SUCCESS(error)) << u_errorName(error);
  }

  // What it takes of any number that begins with these digits.
  struct Taken {
    size_t digits;
    // Nothing in groups.
    bool ungrouped;
  };
  // Nothing: that depends on the next digits.
  std::optional<Taken> Take(const std::string& digits) {
    if (empty_) return Taken{.digits = 0, .ungrouped = true};
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(digits);
    matcher_->reset(text);
    UErrorCode error = U_ZERO_ERROR;
    Taken taken = {.digits = 0, .ungrouped = true};
    if (matcher_->lookingAt(error)) {
      taken.digits = static_cast<size_t>(matcher_->end(error));
      for (int32_t group = 1; group <= matcher_->groupCount(); ++group) {
        taken.ungrouped = taken.ungrouped && matcher_->start(group, error) < 0;
      }
    }
    COMPTOIR_CHECK(U_SUCCESS(error)) << u_errorName(error);
    // What came to the end of the digits may find more in the next ones.
    if (matcher_->hitEnd()) return std::nullopt;
    return taken;
  }

  // Whether it takes nothing of any number that begins with these digits.
  bool IsAbsent(const std::string& digits) {
    const std::optional<Taken> taken = Take(digits);
    return taken.has_value() && taken->digits == 0;
  }

 private:
  const bool empty_;
  std::unique_ptr<icu::RegexMatcher> matcher_;
};

// Calls `decided` with what `decide` says of all numbers that begin with `lead`, by their first
// three digits: of as few digits as it needs. Nothing: it needs more.
template <typename Decision>
void DecideByLead(const std::string& lead,
                  absl::FunctionRef<std::optional<Decision>(const std::string& lead)> decide,
                  absl::FunctionRef<void(size_t lead, Decision decision)> decided) {
  if (const std::optional<Decision> decision = lead.empty() ? std::nullopt : decide(lead)) {
    const size_t more = kLeadDigits - lead.size();
    const size_t last = LeadOf(lead + std::string(more, '9'));
    for (size_t i = LeadOf(lead + std::string(more, '0')); i <= last; ++i) decided(i, *decision);
  } else if (lead.size() < kLeadDigits) {
    for (char digit = '0'; digit <= '9'; ++digit) DecideByLead(lead + digit, decide, decided);
  }
}

// Counts the digits of trunk prefixes.
class TrunkPrefixes {
 public:
  explicit TrunkPrefixes(const PhoneMetadata& metadata)
      : trunk_(metadata.national_prefix_for_parsing()),
        number_(metadata.general_desc().national_number_pattern()) {}

  std::optional<int8_t> Decide(const std::string& lead) {
    const std::optional<Prefix::Taken> taken = trunk_.Take(lead);
    if (!taken.has_value()) return std::nullopt;
    if (taken->digits == 0) return 0;
    // Groups may be put back into the number. And where the number could be one with the prefix,
    // it depends on the rest whether the prefix is one.
    if (!taken->ungrouped || !number_.IsAbsent(lead)) return std::nullopt;
    return static_cast<int8_t>(taken->digits);
  }

 private:
  Prefix trunk_;
  Prefix number_;
};

uint32_t BitsOf(const google::protobuf::RepeatedField<int32_t>& lengths) {
  uint32_t bits = 0;
  for (const int length : lengths) {
    if (length > 0 && length <= static_cast<int>(kDigitsMax)) bits |= 1U << length;
  }
  return bits;
}

struct Digits {
  std::array<char, kDigitsMax> bytes;
  size_t size = 0;
  bool after_plus = false;
  std::string_view view() const { return {bytes.data(), size}; }
};

// The digits of a number with nothing but blanks, punctuation and one plus in front around them;
// nothing if there is more to it.
std::optional<Digits> DigitsAlone(std::string_view typed) {
  Digits digits;
  for (const char c : typed) {
    if (c >= '0' && c <= '9') {
      if (digits.size == kDigitsMax) return std::nullopt;
      digits.bytes[digits.size++] = c;
    } else if (c == '+' && digits.size == 0 && !digits.after_plus) {
      digits.after_plus = true;
    } else if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')') {
      return std::nullopt;
    }
  }
  return digits;
}

}  // namespace

const PhonePlans& PhonePlans::Instance() {
  static const auto* const kPlans = new PhonePlans;
  return *kPlans;
}

PhonePlans::PhonePlans() {
  PhoneMetadataCollection collection;
  COMPTOIR_CHECK(collection.ParseFromArray(i18n::phonenumbers::metadata_get(),
                                           i18n::phonenumbers::metadata_size()));
  absl::flat_hash_map<std::string, Lengths> lengths;
  for (const PhoneMetadata& metadata : collection.metadata()) {
    lengths[metadata.id()] = {
        .possible = BitsOf(metadata.general_desc().possible_length()),
        .local = BitsOf(metadata.general_desc().possible_length_local_only())};
  }
  for (const PhoneMetadata& metadata : collection.metadata()) {
    if (!IsCountry(metadata.id())) continue;
    Plan& plan = plans_[metadata.id()];
    plan.calling_code = absl::StrCat(metadata.country_code());
    Prefix international(metadata.international_prefix());
    DecideByLead<bool>(
        "",
        [&](const std::string& lead) {
          return international.IsAbsent(lead) ? std::optional(true) : std::nullopt;
        },
        [&](size_t lead, bool is_domestic) { plan.domestic[lead] = is_domestic; });
    plan.trunk_digits.fill(kUnknown);
    TrunkPrefixes trunk(metadata);
    DecideByLead<int8_t>(
        "", [&](const std::string& lead) { return trunk.Decide(lead); },
        [&](size_t lead, int8_t digits) { plan.trunk_digits[lead] = digits; });
    plan.own_lengths = lengths[metadata.id()];
    plan.lengths = lengths[MainCountry(metadata.country_code())];
  }
  // Once no plan moves any more.
  for (const auto& [country, plan] : plans_) {
    const int code = std::stoi(plan.calling_code);
    if (MainCountry(code) == country) plans_by_code_[code] = &plan;
  }
}

const PhonePlans::Plan* PhonePlans::PlanAbroad(std::string_view& digits) const {
  // No calling code begins another one.
  size_t code = 0;
  for (size_t i = 0; i < kLeadDigits && i < digits.size(); ++i) {
    code = 10 * code + static_cast<size_t>(digits[i] - '0');
    if (code == 0) return nullptr;
    if (const Plan* const plan = plans_by_code_[code]; plan != nullptr) {
      digits.remove_prefix(i + 1);
      return plan;
    }
  }
  return nullptr;
}

const PhonePlans::Plan* PhonePlans::PlanAtHome(std::string_view& digits,
                                               std::string_view country) const {
  const auto found = plans_.find(ToAbsl(country));
  if (found == plans_.end() || digits.size() < kLeadDigits) return nullptr;
  const Plan& plan = found->second;
  if (!plan.domestic[LeadOf(digits)]) return nullptr;
  if (!digits.starts_with(plan.calling_code)) return &plan;
  const std::string_view rest = digits.substr(plan.calling_code.size());
  if (rest.size() < kLeadDigits || plan.trunk_digits[LeadOf(rest)] != 0) return nullptr;
  if (plan.own_lengths.AreShorterThan(digits.size())) return PlanAbroad(digits);
  // Is it the code, or how the number begins? If the rest is no number, the latter.
  return plan.own_lengths.HasOrIsLocal(rest.size()) ? nullptr : &plan;
}

std::optional<std::string> PhonePlans::E164(std::string_view typed,
                                            std::string_view country) const {
  const std::optional<Digits> digits = DigitsAlone(typed);
  if (!digits.has_value()) return std::nullopt;
  std::string_view number = digits->view();
  const Plan* const plan = digits->after_plus ? PlanAbroad(number) : PlanAtHome(number, country);
  if (plan == nullptr || number.size() < kLeadDigits) return std::nullopt;
  const int8_t trunk_digits = plan->trunk_digits[LeadOf(number)];
  if (trunk_digits == kUnknown) return std::nullopt;
  // Where the rest would be too short, the prefix is part of it.
  const std::string_view rest = number.substr(static_cast<size_t>(trunk_digits));
  const Lengths& own = plan->own_lengths;
  if (own.Has(rest.size()) || own.AreShorterThan(rest.size())) number = rest;
  if (!plan->lengths.Has(number.size())) return "";
  return absl::StrCat("+", plan->calling_code, ToAbsl(number));
}

}  // namespace comptoir
