#include "common/rpc/address.h"

#include <sys/un.h>

#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/strings.h"

namespace comptoir::rpc {
namespace {

// With the zero behind it, it must fit into sockaddr_un.
constexpr size_t kSocketPathMax = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::string_view kUnixScheme = "unix:";

struct HostPort {
  absl::string_view host;
  int port;
};

std::optional<HostPort> ParseHostPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  HostPort result;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(address.substr(colon + 1), &result.port) || result.port < 0 ||
      result.port > 65535) {
    return std::nullopt;
  }
  result.host = address.substr(0, colon);
  return result;
}

bool IsLoopback(absl::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  for (const absl::string_view part : parts) {
    int value = 0;
    if (!absl::SimpleAtoi(part, &value) || value < 0 || value > 255) return false;
  }
  return true;
}

}  // namespace

absl::Status CheckListenAddress(std::string_view address) {
  const std::optional<HostPort> parsed = ParseHostPort(ToAbsl(address));
  if (!parsed.has_value()) {
    return absl::InvalidArgumentError("must be HOST:PORT with a port of 0 to 65535");
  }
  if (!IsLoopback(parsed->host)) {
    return absl::InvalidArgumentError(
        "must be a loopback address (127.0.0.1, [::1] or localhost), because callers are not "
        "authenticated yet");
  }
  return absl::OkStatus();
}

absl::Status CheckSocketPath(std::string_view path) {
  if (!path.starts_with('/') || path.ends_with('/') || path.size() > kSocketPathMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "must be the absolute path of a socket, of at most ", kSocketPathMax, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckTargetAddress(std::string_view address) {
  if (address.starts_with(kUnixScheme)) {
    return CheckSocketPath(address.substr(kUnixScheme.size()));
  }
  const std::optional<HostPort> parsed = ParseHostPort(ToAbsl(address));
  if (!parsed.has_value() || parsed->host.empty() || parsed->port == 0) {
    return absl::InvalidArgumentError("must be HOST:PORT with a port of 1 to 65535, or unix:/PATH");
  }
  return absl::OkStatus();
}

absl::Status CannotListen(std::string_view address) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", ToAbsl(address), ": is it in use?"));
}

}  // namespace comptoir::rpc
