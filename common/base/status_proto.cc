#include "common/base/status_proto.h"

#include <map>
#include <string>

#include "absl/strings/cord.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "google/protobuf/any.pb.h"
#include "google/rpc/error_details.pb.h"

namespace comptoir {
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

void SetDetails(google::rpc::Status& proto, const Payloads& payloads) {
  proto.clear_details();
  for (const auto& [url, value] : payloads) {
    google::protobuf::Any& any = *proto.add_details();
    any.set_type_url(url);
    any.set_value(value);
  }
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

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(CutOff(status.message(), kStatusMessageBytesMax));
  Payloads payloads = PayloadsOf(status);
  SetDetails(proto, payloads);
  while (proto.ByteSizeLong() > kStatusDetailsBytesMax && Shorten(payloads)) {
    SetDetails(proto, payloads);
  }
  if (proto.ByteSizeLong() > kStatusDetailsBytesMax) proto.clear_details();
  return proto;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  absl::Status status(static_cast<absl::StatusCode>(proto.code()), ToAbsl(proto.message()));
  for (const google::protobuf::Any& any : proto.details()) {
    status.SetPayload(any.type_url(), absl::Cord(any.value()));
  }
  return status;
}

}  // namespace comptoir
