#include "common/customer/requests/etags.h"

#include <array>
#include <charconv>

#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir {
namespace {

constexpr char kHqMark = 'h';
constexpr size_t kHexDigitsMax = 16;

}  // namespace

std::string HqEtag(std::initializer_list<uint64_t> numbers) {
  std::string etag;
  for (const uint64_t number : numbers) {
    etag.push_back(etag.empty() ? kHqMark : '-');
    std::array<char, kHexDigitsMax> digits;
    etag.append(digits.data(),
                std::to_chars(digits.begin(), digits.end(), number, /*base=*/16).ptr);
  }
  return etag;
}

std::string HqEtagOfCustomer(uint64_t version, uint64_t created_sequence) {
  return created_sequence == 0 ? HqEtag({version}) : HqEtag({version, created_sequence});
}

absl::StatusOr<std::vector<uint64_t>> ParseHqEtag(std::string_view etag) {
  if (etag.empty() || etag.front() != kHqMark) return EtagInvalid();
  std::vector<uint64_t> numbers;
  for (const absl::string_view text : absl::StrSplit(ToAbsl(etag.substr(1)), '-')) {
    uint64_t& number = numbers.emplace_back();
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number, 16);
    if (error != std::errc() || rest != end) return EtagInvalid();
  }
  return numbers;
}

absl::Status EtagInvalid() {
  FieldViolations violations;
  violations.Add("etag", "ETAG_INVALID", "Not an etag of HQ.");
  return violations.ToStatus();
}

}  // namespace comptoir
