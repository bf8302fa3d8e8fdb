#include "bench/customers/queries.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/strings.h"

namespace comptoir::bench {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"name",         "email",     "phone-last-4",
                                                    "phone-last-6", "two-words", "typing-error",
                                                    "inside-word",  "street"};

constexpr size_t kNameLetters = 5;
constexpr size_t kGivenNameLetters = 3;
constexpr size_t kLettersLeftOut = 2;

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Where letter `n` of UTF-8 begins, or the end of the text.
size_t LetterAt(std::string_view text, size_t n) {
  size_t at = 0;
  for (; n > 0 && at < text.size(); --n) {
    ++at;
    while (at < text.size() && IsContinuation(text[at])) ++at;
  }
  return at;
}

std::string FirstLetters(std::string_view text, size_t n) {
  return std::string(text.substr(0, LetterAt(text, n)));
}

// Short words are left whole: less of them would fit half the chain.
std::string WithoutFirstLetters(std::string_view text) {
  const size_t at = LetterAt(text, kLettersLeftOut);
  return std::string(text.size() - at < 3 ? text : text.substr(at));
}

std::string LastDigits(std::string_view phone, size_t n) {
  std::string digits;
  for (const char c : phone) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) digits.push_back(c);
  }
  return digits.size() <= n ? digits : digits.substr(digits.size() - n);
}

// One letter behind the second is another; the first two are seldom mistyped.
std::string WithTypingError(std::string_view word, uint64_t chance) {
  std::string wrong(word);
  const size_t from = LetterAt(word, 2);
  if (from >= word.size()) return wrong;
  size_t at = from + chance % (word.size() - from);
  while (at > from && IsContinuation(wrong[at])) --at;
  if (absl::ascii_isalpha(static_cast<unsigned char>(wrong[at]))) {
    wrong[at] = wrong[at] == 'x' ? 'q' : 'x';
  }
  return wrong;
}

std::string StreetWords(std::string_view street) {
  std::vector<std::string> words = absl::StrSplit(ToAbsl(street), ' ', absl::SkipEmpty());
  if (words.size() > 2) words.resize(2);
  std::reverse(words.begin(), words.end());
  return absl::StrJoin(words, " ");
}

}  // namespace

std::optional<QueryKind> ParseQueryKind(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<QueryKind>(found - kNames.begin());
}

std::span<const std::string_view> QueryKindNames() { return kNames; }

std::string QueryText(QueryKind kind, const customer::v1::Customer& customer, uint64_t chance) {
  switch (kind) {
    case QueryKind::kName:
      return FirstLetters(customer.family_name(), kNameLetters);
    case QueryKind::kEmail:
      return customer.email().address().substr(0, customer.email().address().find('@'));
    case QueryKind::kPhoneLast4:
      return LastDigits(customer.phone().number(), 4);
    case QueryKind::kPhoneLast6:
      return LastDigits(customer.phone().number(), 6);
    case QueryKind::kTwoWords:
      return absl::StrCat(customer.family_name(), " ",
                          FirstLetters(customer.given_name(), kGivenNameLetters));
    case QueryKind::kTypingError:
      return WithTypingError(customer.family_name(), chance);
    case QueryKind::kInsideWord:
      return WithoutFirstLetters(customer.family_name());
    case QueryKind::kStreet:
      return StreetWords(absl::StrJoin(customer.addresses(0).street(), " "));
  }
  return "";
}

}  // namespace comptoir::bench
