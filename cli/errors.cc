#include "cli/errors.h"

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "google/rpc/error_details.pb.h"
#include "nlohmann/json.hpp"

namespace comptoir::cli {
namespace {

constexpr std::string_view kUsageUrl = "comptoir.cli/usage";

// Also finds reasons that this version doesn't know.
google::rpc::ErrorInfo ErrorInfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const absl::optional<absl::Cord> payload = status.GetPayload(ToAbsl(kErrorInfoUrl));
  if (payload.has_value() && !info.ParseFromString(std::string(*payload))) info.Clear();
  return info;
}

std::map<std::string, std::string> MetadataOf(const google::rpc::ErrorInfo& info) {
  return {info.metadata().begin(), info.metadata().end()};
}

}  // namespace

absl::Status UsageError(std::string_view message) {
  absl::Status status = absl::InvalidArgumentError(ToAbsl(message));
  status.SetPayload(ToAbsl(kUsageUrl), absl::Cord());
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(ToAbsl(kUsageUrl)).has_value();
}

absl::Status CannotWrite(std::string_view path) {
  return absl::UnknownError(
      absl::StrCat("Cannot write ", ToAbsl(path), ": ", strerror(errno), "."));
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kExitOk;
  return IsUsageError(status) ? kExitUsage : kExitFailure;
}

std::string ReasonText(const absl::Status& status) {
  const google::rpc::ErrorInfo info = ErrorInfoOf(status);
  return info.reason().empty() ? absl::StatusCodeToString(status.code()) : info.reason();
}

std::string ErrorText(const absl::Status& status) {
  if (IsUsageError(status)) {
    return absl::StrCat("comptoir: ", status.message(), "\nRun with --help for more.\n");
  }
  std::string text = absl::StrCat("comptoir: ", ReasonText(status), ": ", status.message());
  for (const auto& [key, value] : MetadataOf(ErrorInfoOf(status))) {
    absl::StrAppend(&text, " [", key, "=", value, "]");
  }
  text += "\n";
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    absl::StrAppend(&text, "  ", violation.field, ": ", violation.reason);
    if (!violation.description.empty()) absl::StrAppend(&text, ": ", violation.description);
    text += "\n";
  }
  return text;
}

std::string ErrorJson(const absl::Status& status) {
  nlohmann::json error = {{"code", absl::StatusCodeToString(status.code())},
                          {"reason", IsUsageError(status) ? "USAGE" : ReasonText(status)},
                          {"message", std::string(status.message())}};
  const auto metadata = MetadataOf(ErrorInfoOf(status));
  if (!metadata.empty()) error["metadata"] = metadata;
  for (const FieldViolation& violation : FieldViolationsOf(status)) {
    error["fields"].push_back({{"field", violation.field},
                               {"reason", violation.reason},
                               {"description", violation.description}});
  }
  return nlohmann::json{{"error", error}}.dump(-1, ' ', false,
                                               nlohmann::json::error_handler_t::replace);
}

}  // namespace comptoir::cli
