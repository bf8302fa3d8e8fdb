#ifndef COMPTOIR_COMMON_BASE_STATUS_H_
#define COMPTOIR_COMMON_BASE_STATUS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/check.h"
#include "common/base/reason.h"

// Errors are absl::Status with a Reason. It travels as payload google.rpc.ErrorInfo{reason, domain
// "comptoir", metadata}, and google.rpc.BadRequest where fields are refused: just what gRPC puts in
// an error's details. Customer data appears neither in messages nor in metadata.

// Returns from the enclosing function if `expression`, an absl::Status, isn't OK.
#define COMPTOIR_RETURN_IF_ERROR(expression)           \
  do {                                                 \
    absl::Status comptoir_status = (expression);       \
    if (!comptoir_status.ok()) return comptoir_status; \
  } while (false)

// Evaluates `expression`, an absl::StatusOr; returns its status from the enclosing function if it
// isn't OK, else initialises or assigns `declaration` with the value. A type that contains a comma
// needs a using or auto.
//
//     COMPTOIR_ASSIGN_OR_RETURN(const Uuid id, Uuid::Parse(text));
#define COMPTOIR_ASSIGN_OR_RETURN(declaration, ...)                                    \
  COMPTOIR_STATUS_ASSIGN_OR_RETURN(COMPTOIR_STATUS_CONCAT(comptoir_result_, __LINE__), \
                                   declaration, __VA_ARGS__)

#define COMPTOIR_STATUS_ASSIGN_OR_RETURN(result, declaration, ...) \
  auto result = (__VA_ARGS__);                                     \
  if (!result.ok()) return std::move(result).status();             \
  declaration = *std::move(result)
#define COMPTOIR_STATUS_CONCAT(a, b) COMPTOIR_STATUS_CONCAT_INNER(a, b)
#define COMPTOIR_STATUS_CONCAT_INNER(a, b) a##b

namespace comptoir {

// The domain of all our reasons.
inline constexpr std::string_view kErrorDomain = "comptoir";

// Keys of the payloads of a status.
inline constexpr std::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr std::string_view kBadRequestUrl = "type.googleapis.com/google.rpc.BadRequest";

// Returns an error with the code of the reason and an ErrorInfo. `message` is a sentence for
// developers; `metadata` says what it is about: ids, limits, the current etag.
//
//     return MakeError(Reason::kCustomerNotFound, "No such customer.",
//                      {{"customer", CustomerName(id)}});
absl::Status MakeError(Reason reason, const std::string& message,
                       const std::vector<std::pair<std::string, std::string>>& metadata = {});

// Returns the reason of an error that carries one of ours; nothing for OK, for errors of other
// domains and for reasons that this version doesn't know.
std::optional<Reason> ReasonOf(const absl::Status& status);

// Returns the metadata of an error of ours under `key`, or an empty string.
std::string MetadataOf(const absl::Status& status, std::string_view key);

// Returns true iff the error carries our ErrorInfo and its reason is marked as a refusal.
bool IsRefusal(const absl::Status& status);

// One refused field.
struct FieldViolation {
  // Path of the field in the request, such as "customer.phones[1].number".
  std::string field;

  // UPPER_SNAKE_CASE, such as "REQUIRED".
  std::string reason;

  // A sentence for developers, without the value.
  std::string description;

  friend bool operator==(const FieldViolation&, const FieldViolation&) = default;
};

// Collects what is wrong with a request, so that an error names every field and not only the first.
// Not thread-safe.
class FieldViolations {
 public:
  void Add(std::string field, std::string reason, std::string description);

  bool empty() const { return violations_.empty(); }
  const std::vector<FieldViolation>& violations() const { return violations_; }

  // Returns OK if there are none, else INVALID_FIELDS with all of them.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;
};

// Returns the refused fields that an error names, in their order.
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_STATUS_H_
