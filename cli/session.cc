#include "cli/session.h"

#include <algorithm>

#include "common/base/check.h"
#include "google/protobuf/util/json_util.h"

namespace comptoir::cli {

Client Session::Dial(const std::string& address) const {
  return Client(
      Connection({.address = address, .timeout = options_.timeout, .language = options_.language},
                 environment_.clock));
}

const Client& Session::hq() {
  if (!hq_.has_value()) hq_ = Dial(options_.hq);
  return *hq_;
}

const Client& Session::service() {
  if (!service_.has_value()) service_ = Dial(options_.service);
  return *service_;
}

void Session::Finish(const absl::Status& status) {
  if (!status.ok()) {
    err() << (options_.json ? ErrorJson(status) + "\n" : ErrorText(status)) << std::flush;
  }
  SetExitCode(ExitCodeOf(status));
}

void Session::SetExitCode(ExitCode code) {
  if (exit_code_ == kExitOk) exit_code_ = code;
}

std::string ToJson(const google::protobuf::Message& message, JsonStyle style) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !style.one_line;
  options.always_print_primitive_fields = style.defaults;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  COMPTOIR_CHECK(status.ok()) << status.ToString();
  if (json.empty() || json.back() != '\n') json += '\n';
  return json;
}

}  // namespace comptoir::cli
