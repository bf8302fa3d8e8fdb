#include "common/rpc/status_mapping.h"

#include <map>
#include <string>

#include "absl/strings/cord.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "google/protobuf/any.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace comptoir::rpc {
namespace {

using Payloads = std::map<std::string, std::string>;

Payloads PayloadsOf(const absl::Status& status) {
  Payloads payloads;
  status.ForEachPayload([&payloads](absl::string_view url, const absl::Cord& value) {
    payloads.emplace(std::string(url), std::string(value));
  });
  return payloads;
}

// Cuts at the beginning of a character, so that valid UTF-8 stays valid.
std::string CutOff(absl::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

std::string Details(const absl::Status& status, const std::string& message,
                    const Payloads& payloads) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  for (const auto& [url, value] : payloads) {
    google::protobuf::Any& any = *details.add_details();
    any.set_type_url(url);
    any.set_value(value);
  }
  return details.SerializeAsString();
}

// Makes the BadRequest smaller by one step. Returns false if there is nothing left to leave out.
bool Shorten(Payloads& payloads) {
  const auto found = payloads.find(std::string(kBadRequestUrl));
  google::rpc::BadRequest bad_request;
  if (found == payloads.end() || !bad_request.ParseFromString(found->second)) return false;
  auto& violations = *bad_request.mutable_field_violations();
  if (violations.empty()) return false;
  if (violations[0].description().empty()) {
    violations.DeleteSubrange(violations.size() / 2, violations.size() - violations.size() / 2);
  } else {
    for (auto& violation : violations) violation.clear_description();
  }
  found->second = bad_request.SerializeAsString();
  return true;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message = CutOff(status.message(), kStatusMessageBytesMax);
  Payloads payloads = PayloadsOf(status);
  if (payloads.empty()) return grpc::Status(code, message);
  std::string details = Details(status, message, payloads);
  while (details.size() > kStatusDetailsBytesMax && Shorten(payloads)) {
    details = Details(status, message, payloads);
  }
  if (details.size() > kStatusDetailsBytesMax) return grpc::Status(code, message);
  return grpc::Status(code, message, details);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& any : details.details()) {
      result.SetPayload(any.type_url(), absl::Cord(any.value()));
    }
  }
  return result;
}

}  // namespace comptoir::rpc
