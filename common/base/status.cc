#include "common/base/status.h"

#include "common/base/strings.h"
#include "google/rpc/error_details.pb.h"

namespace comptoir {
namespace {

// Returns the payload under `url`, or nothing if there is none or it cannot be parsed: a status may
// come from a peer.
template <typename Message>
std::optional<Message> PayloadOf(const absl::Status& status, std::string_view url) {
  const auto payload = status.GetPayload(ToAbsl(url));
  if (!payload.has_value()) return std::nullopt;
  Message message;
  if (!message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

void SetPayload(absl::Status& status, std::string_view url,
                const google::protobuf::MessageLite& message) {
  status.SetPayload(ToAbsl(url), absl::Cord(message.SerializeAsString()));
}

std::optional<google::rpc::ErrorInfo> OurErrorInfo(const absl::Status& status) {
  auto info = PayloadOf<google::rpc::ErrorInfo>(status, kErrorInfoUrl);
  if (info.has_value() && info->domain() != kErrorDomain) return std::nullopt;
  return info;
}

}  // namespace

absl::Status MakeError(Reason reason, const std::string& message,
                       const std::vector<std::pair<std::string, std::string>>& metadata) {
  absl::Status status(ReasonCode(reason), message);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ReasonName(reason)));
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  SetPayload(status, kErrorInfoUrl, info);
  return status;
}

std::optional<Reason> ReasonOf(const absl::Status& status) {
  const auto info = OurErrorInfo(status);
  if (!info.has_value()) return std::nullopt;
  return FindReason(info->reason());
}

std::string MetadataOf(const absl::Status& status, std::string_view key) {
  const auto info = OurErrorInfo(status);
  if (!info.has_value()) return "";
  const auto entry = info->metadata().find(std::string(key));
  return entry == info->metadata().end() ? "" : entry->second;
}

bool IsRefusal(const absl::Status& status) {
  const std::optional<Reason> reason = ReasonOf(status);
  return reason.has_value() && IsRefusal(*reason);
}

void FieldViolations::Add(std::string field, std::string reason, std::string description) {
  violations_.push_back({std::move(field), std::move(reason), std::move(description)});
}

absl::Status FieldViolations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  std::string message = "Invalid fields:";
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations_) {
    message += (bad_request.field_violations().empty() ? " " : ", ") + violation.field;
    auto& field_violation = *bad_request.add_field_violations();
    field_violation.set_field(violation.field);
    field_violation.set_reason(violation.reason);
    field_violation.set_description(violation.description);
  }
  absl::Status status = MakeError(Reason::kInvalidFields, message + ".");
  SetPayload(status, kBadRequestUrl, bad_request);
  return status;
}

std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  const auto bad_request = PayloadOf<google::rpc::BadRequest>(status, kBadRequestUrl);
  if (!bad_request.has_value()) return violations;
  for (const auto& violation : bad_request->field_violations()) {
    violations.push_back({violation.field(), violation.reason(), violation.description()});
  }
  return violations;
}

}  // namespace comptoir
