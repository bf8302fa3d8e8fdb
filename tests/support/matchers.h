#ifndef COMPTOIR_TESTS_SUPPORT_MATCHERS_H_
#define COMPTOIR_TESTS_SUPPORT_MATCHERS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/reason.h"
#include "common/base/status.h"

namespace comptoir {

namespace matchers_internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Returns the reason's name; "(none)" for OK and for errors of others.
inline std::string ReasonNameOf(const absl::Status& status) {
  const std::optional<Reason> reason = ReasonOf(status);
  return reason.has_value() ? std::string(ReasonName(*reason)) : "(none)";
}

inline std::string ToName(std::string_view name) { return std::string(name); }
inline std::string ToName(Reason reason) { return std::string(ReasonName(reason)); }

}  // namespace matchers_internal

// Matches an absl::Status or absl::StatusOr that is OK.
MATCHER(IsOk, std::string(negation ? "isn't" : "is") + " OK") {
  *result_listener << "whose status is " << matchers_internal::StatusOf(arg);
  return matchers_internal::StatusOf(arg).ok();
}

// Matches an absl::StatusOr that is OK and whose value matches.
MATCHER_P(IsOkAndHolds, value_matcher,
          "is OK and holds " + ::testing::PrintToString(value_matcher)) {
  if (!arg.ok()) {
    *result_listener << "whose status is " << arg.status();
    return false;
  }
  return ::testing::ExplainMatchResult(value_matcher, *arg, result_listener);
}

// Matches an error with this code.
MATCHER_P(HasCode, code, "has code " + absl::StatusCodeToString(code)) {
  *result_listener << "whose status is " << matchers_internal::StatusOf(arg);
  return matchers_internal::StatusOf(arg).code() == code;
}

// Matches an error of ours with this reason: HasReason("CUSTOMER_NOT_FOUND") or
// HasReason(Reason::kCustomerNotFound). The name must be in the table.
MATCHER_P(HasReason, reason, "has reason " + matchers_internal::ToName(reason)) {
  const absl::Status& status = matchers_internal::StatusOf(arg);
  const std::string name = matchers_internal::ToName(reason);
  if (!FindReason(name).has_value()) {
    *result_listener << "but there is no reason " << name;
    return false;
  }
  *result_listener << "whose status is " << status << " with reason "
                   << matchers_internal::ReasonNameOf(status);
  return matchers_internal::ReasonNameOf(status) == name;
}

// Matches an error of ours whose metadata under `key` matches.
MATCHER_P2(HasMetadata, key, value_matcher, std::string("has metadata ") + key) {
  return ::testing::ExplainMatchResult(
      value_matcher, MetadataOf(matchers_internal::StatusOf(arg), key), result_listener);
}

// Matches INVALID_FIELDS that names `field` with `reason`.
MATCHER_P2(HasViolation, field, reason,
           std::string("refuses field ") + field + " with reason " + reason) {
  const absl::Status& status = matchers_internal::StatusOf(arg);
  *result_listener << "whose status is " << status << " and refused fields are";
  bool found = false;
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    *result_listener << " " << violation.field << ":" << violation.reason;
    found = found || (violation.field == field && violation.reason == reason);
  }
  return found && ReasonOf(status) == Reason::kInvalidFields;
}

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_MATCHERS_H_
