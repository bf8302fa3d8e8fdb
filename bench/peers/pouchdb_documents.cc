#include "bench/peers/pouchdb_documents.h"

#include <arpa/inet.h>
#include <google/protobuf/util/json_util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"

namespace comptoir::bench {
namespace {

constexpr std::string_view kEndOfHeaders = "\r\n\r\n";
constexpr std::string_view kLength = "Content-Length: ";
constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";

std::string ToJson(const CustomerGenerator& generator, uint64_t number) {
  std::string json;
  COMPTOIR_CHECK(google::protobuf::util::MessageToJsonString(generator.Get(number), &json).ok());
  return json;
}

class DocumentConnection : public PeerConnection {
 public:
  DocumentConnection(int socket, const std::string& database, uint64_t first,
                     const CustomerGenerator& generator)
      : socket_(socket), database_(database), first_(first), generator_(generator) {}
  ~DocumentConnection() override { close(socket_); }

  int file() const override { return socket_; }

  absl::Status Send(uint64_t n) override {
    const uint64_t number = first_ + n;
    const std::string json = ToJson(generator_, number);
    const std::string request =
        absl::StrCat("PUT /", database_, "/", generator_.IdOf(number).ToString(),
                     " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n",
                     "Content-Length: ", json.size(), "\r\n\r\n", json);
    answer_.clear();
    size_t sent = 0;
    while (sent < request.size()) {
      const ssize_t taken =
          send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (taken < 0 && errno != EINTR) return absl::UnavailableError("PouchDB hung up");
      if (taken > 0) sent += static_cast<size_t>(taken);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<PeerAnswer>> Receive() override {
    std::array<char, 4096> input;
    const ssize_t received = recv(socket_, input.data(), input.size(), MSG_DONTWAIT);
    if (received <= 0) return absl::UnavailableError("PouchDB hung up");
    answer_.append(input.data(), static_cast<size_t>(received));
    if (!IsComplete()) return std::nullopt;
    PeerAnswer result;
    if (!answer_.starts_with("HTTP/1.1 201")) {
      result.status = absl::InternalError(answer_.substr(0, answer_.find('\r')));
    }
    return result;
  }

 private:
  bool IsComplete() const {
    const size_t end = answer_.find(kEndOfHeaders);
    if (end == std::string::npos) return false;
    const size_t body = end + kEndOfHeaders.size();
    const size_t length = answer_.find(kLength);
    if (length == std::string::npos || length > end) return answer_.ends_with(kLastChunk);
    const size_t bytes = std::strtoul(answer_.c_str() + length + kLength.size(), nullptr, 10);
    return answer_.size() >= body + bytes;
  }

  // Constant after construction.
  const int socket_;
  const std::string database_;
  const uint64_t first_;
  const CustomerGenerator& generator_;

  std::string answer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PeerConnection>> ConnectToPouchDb(
    int port, const std::string& database, uint64_t first, const CustomerGenerator& generator) {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  COMPTOIR_CHECK(file >= 0);
  auto connection = std::make_unique<DocumentConnection>(file, database, first, generator);
  const int on = 1;
  setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::UnavailableError("no connection to PouchDB");
  }
  return connection;
}

std::string PouchDbDocument(uint64_t number, const CustomerGenerator& generator) {
  // What ToJson() begins with is the brace of the object.
  return absl::StrCat("{\"_id\":\"", generator.IdOf(number).ToString(), "\",",
                      ToJson(generator, number).substr(1), "\n");
}

}  // namespace comptoir::bench
