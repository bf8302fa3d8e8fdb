// A test's service that started again at its address found another test's service there: that one
// had picked the address while nobody was listening.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/support/chain/process_service.h"

namespace comptoir::testing {
namespace {

// Whether a new socket can be bound to the address; it listens until the next call.
bool Bind(const std::string& address, bool reuse) {
  static int listening = -1;
  if (listening >= 0) close(listening);
  const std::pair<std::string, std::string> parts = absl::StrSplit(address, ':');
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(parts.second, &port));
  sockaddr_in at = {};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(static_cast<uint16_t>(port));
  listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int option = reuse ? 1 : 0;
  EXPECT_EQ(setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &option, sizeof(option)), 0);
  return bind(listening, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0 &&
         listen(listening, 1) == 0;
}

TEST(PickedAddress, IsKeptWhileItsServiceIsDown) {
  const std::string address = PickAddress();
  EXPECT_FALSE(Bind(address, /*reuse=*/false)) << "as another test tries";
  EXPECT_TRUE(Bind(address, /*reuse=*/true)) << "as a service does";
  EXPECT_FALSE(Bind(address, /*reuse=*/false)) << "it is down again";
  EXPECT_TRUE(Bind(address, /*reuse=*/true));
}

}  // namespace
}  // namespace comptoir::testing
