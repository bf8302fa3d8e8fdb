// What a typing error is: one letter wrong, one left out, one too many, or two neighbours swapped.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_TYPING_ERRORS_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_TYPING_ERRORS_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace comptoir {

// The texts that may have been meant by what was typed (UTF-8, borrowed), by where the error is.
class TypingErrors {
 public:
  explicit TypingErrors(std::string_view typed);

  size_t letters() const { return begins_.size() - 1; }
  // REQUIRES: at < letters().
  std::string_view Letter(size_t at) const { return Between(at, at + 1); }
  // What precedes the letter. REQUIRES: at <= letters().
  std::string_view Before(size_t at) const { return Between(0, at); }

  // Calls `attempt` with each text that may have been meant if all before the letter `at` was
  // right, it was not, and one of `nexts` should have been there; past the last letter, one is
  // missing. Returns the first error that `attempt` returns.
  absl::Status TryAt(size_t at, std::span<const std::string> nexts,
                     absl::FunctionRef<absl::Status(const std::string& meant)> attempt) const;

 private:
  std::string_view Between(size_t from, size_t to) const {
    return typed_.substr(begins_[from], begins_[to] - begins_[from]);
  }

  const std::string_view typed_;
  // Of each letter, and the end.
  std::vector<size_t> begins_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_TYPING_ERRORS_H_
