#ifndef COMPTOIR_COMMON_BASE_CHECK_H_
#define COMPTOIR_COMMON_BASE_CHECK_H_

#include <sstream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Ends the process if `condition` is false: for what cannot happen, in release builds too. What the
// world can do (input, network, a full disk) is an absl::Status instead.
//
//     COMPTOIR_CHECK(cursor <= watermark) << "cursor " << cursor << " beyond " << watermark;
//
// The text must not contain customer data: it goes to the log.
// NOLINTBEGIN(bugprone-macro-parentheses): what follows the macro belongs to the expression.
#define COMPTOIR_CHECK(condition)                       \
  (condition) ? static_cast<void>(0)                    \
              : ::comptoir::check_internal::Voidify() & \
                    ::comptoir::check_internal::Failure(__FILE__, __LINE__, #condition).stream()
// NOLINTEND(bugprone-macro-parentheses)

// Ends the process if an absl::Status or absl::StatusOr isn't OK, naming it.
#define COMPTOIR_CHECK_OK(expression)                                                              \
  do {                                                                                             \
    const absl::Status comptoir_check_status = ::comptoir::check_internal::StatusOf((expression)); \
    COMPTOIR_CHECK(comptoir_check_status.ok()) << #expression << ": " << comptoir_check_status;    \
  } while (false)

namespace comptoir::check_internal {

// Collects the text and aborts at the end of the full expression.
class Failure {
 public:
  Failure(const char* file, int line, const char* condition);
  [[noreturn]] ~Failure();

  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

// Binds looser than << and tighter than ?:.
struct Voidify {
  void operator&(std::ostream&) {}
};

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace comptoir::check_internal

#endif  // COMPTOIR_COMMON_BASE_CHECK_H_
