#include "common/customer/phone_plans.h"

#include <phonenumbers/phonemetadata.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <array>
#include <memory>

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

  // Whether it takes nothing of any number that begins with these digits.
  bool IsAbsent(const std::string& digits) {
    if (empty_) return true;
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(digits);
    matcher_->reset(text);
    UErrorCode error = U_ZERO_ERROR;
    const bool found = matcher_->lookingAt(error) && matcher_->end(error) > 0;
    COMPTOIR_CHECK(U_SUCCESS(error)) << u_errorName(error);
    // What came to the end of the digits may find more in the next ones.
    return !found && !matcher_->hitEnd();
  }

 private:
  const bool empty_;
  std::unique_ptr<icu::RegexMatcher> matcher_;
};

// Finds the numbers of a country that begin with no prefix, by their first digits.
class PlainLeads {
 public:
  explicit PlainLeads(const PhoneMetadata& metadata)
      : calling_code_(absl::StrCat(metadata.country_code())),
        international_(metadata.international_prefix()),
        national_(metadata.national_prefix_for_parsing()) {
    // A zero in front has a meaning of its own in every plan.
    for (char digit = '1'; digit <= '9'; ++digit) Find(std::string(1, digit));
  }

  const std::bitset<1000>& leads() const { return leads_; }

 private:
  void Find(const std::string& lead) {
    if (lead.starts_with(calling_code_)) return;
    if (!calling_code_.starts_with(lead) && international_.IsAbsent(lead) &&
        national_.IsAbsent(lead)) {
      return Add(lead);
    }
    if (lead.size() == kLeadDigits) return;
    for (char digit = '0'; digit <= '9'; ++digit) Find(lead + digit);
  }

  // With whatever digits come after it.
  void Add(const std::string& lead) {
    const std::string first = lead + std::string(kLeadDigits - lead.size(), '0');
    const std::string last = lead + std::string(kLeadDigits - lead.size(), '9');
    for (size_t i = LeadOf(first); i <= LeadOf(last); ++i) leads_[i] = true;
  }

  const std::string calling_code_;
  Prefix international_;
  Prefix national_;
  std::bitset<1000> leads_;
};

struct Digits {
  std::array<char, kDigitsMax> bytes;
  size_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
};

// The digits of a number with nothing but blanks and punctuation around them; nothing if there is
// more to it.
std::optional<Digits> DigitsAlone(std::string_view typed) {
  Digits digits;
  for (const char c : typed) {
    if (c >= '0' && c <= '9') {
      if (digits.size == kDigitsMax) return std::nullopt;
      digits.bytes[digits.size++] = c;
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
  absl::flat_hash_map<std::string, uint32_t> lengths;
  for (const PhoneMetadata& metadata : collection.metadata()) {
    uint32_t& of_region = lengths[metadata.id()];
    for (const int length : metadata.general_desc().possible_length()) {
      if (length > 0 && length <= static_cast<int>(kDigitsMax)) of_region |= 1U << length;
    }
    for (const int local : metadata.general_desc().possible_length_local_only()) {
      if (local > 0 && local <= static_cast<int>(kDigitsMax)) of_region &= ~(1U << local);
    }
  }
  for (const PhoneMetadata& metadata : collection.metadata()) {
    if (!IsCountry(metadata.id())) continue;
    // Countries with one calling code have one set of lengths.
    std::string main_region;
    PhoneNumberUtil::GetInstance()->GetRegionCodeForCountryCode(metadata.country_code(),
                                                                &main_region);
    plans_[metadata.id()] = {.calling_code = absl::StrCat(metadata.country_code()),
                             .plain = PlainLeads(metadata).leads(),
                             .lengths = lengths[main_region]};
  }
}

std::optional<std::string> PhonePlans::E164(std::string_view typed,
                                            std::string_view country) const {
  const std::optional<Digits> digits = DigitsAlone(typed);
  if (!digits.has_value() || digits->size < kLeadDigits) return std::nullopt;
  const auto found = plans_.find(ToAbsl(country));
  if (found == plans_.end()) return std::nullopt;
  const Plan& plan = found->second;
  if (!plan.plain[LeadOf(digits->view())]) return std::nullopt;
  if ((plan.lengths >> digits->size & 1) == 0) return "";
  return absl::StrCat("+", plan.calling_code, ToAbsl(digits->view()));
}

}  // namespace comptoir
