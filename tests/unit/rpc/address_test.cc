#include "common/rpc/address.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/support/matchers.h"

namespace comptoir::rpc {
namespace {

TEST(ListenAddress, MayBeOfThisMachine) {
  EXPECT_THAT(CheckListenAddress("127.0.0.1:7400"), IsOk());
  EXPECT_THAT(CheckListenAddress("127.8.9.250:0"), IsOk());
  EXPECT_THAT(CheckListenAddress("[::1]:65535"), IsOk());
  EXPECT_THAT(CheckListenAddress("localhost:0"), IsOk());
}

// Nobody is authenticated yet, so nobody else may call. (U1)
TEST(ListenAddress, MayNotBeReachedFromElsewhere) {
  for (const char* address :
       {"0.0.0.0:7400", "[::]:7400", "192.168.1.2:7400", "hq.example:7400", ":7400",
        "127.0.0.1.example.com:7400", "127.0.0:1", "127.0.0.256:1", "1270.0.0.1:7400"}) {
    const absl::Status status = CheckListenAddress(address);
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument)) << address;
    EXPECT_NE(status.message().find("loopback"), absl::string_view::npos) << address;
  }
}

TEST(ListenAddress, HasAPort) {
  for (const char* address :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536"}) {
    EXPECT_THAT(CheckListenAddress(address), HasCode(absl::StatusCode::kInvalidArgument))
        << address;
  }
}

// The kernel takes 107 bytes.
TEST(SocketPath, IsAbsoluteAndNotTooLong) {
  EXPECT_THAT(CheckSocketPath("/run/comptoir/store.sock"), IsOk());
  EXPECT_THAT(CheckSocketPath("/" + std::string(106, 's')), IsOk());
  for (const std::string& path : {std::string(), std::string("store.sock"),
                                  std::string("/run/comptoir/"), "/" + std::string(107, 's')}) {
    EXPECT_THAT(CheckSocketPath(path), HasCode(absl::StatusCode::kInvalidArgument)) << path;
  }
}

TEST(TargetAddress, MayBeASocket) {
  EXPECT_THAT(CheckTargetAddress("unix:/run/comptoir/hq.sock"), IsOk());
  EXPECT_THAT(CheckTargetAddress("unix:hq.sock"), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(TargetAddress, HasHostAndPort) {
  EXPECT_THAT(CheckTargetAddress("hq.example:7400"), IsOk());
  EXPECT_THAT(CheckTargetAddress("127.0.0.1:1"), IsOk());
  for (const char* address : {"", "hq.example", ":7400", "hq.example:0", "hq.example:65536"}) {
    EXPECT_THAT(CheckTargetAddress(address), HasCode(absl::StatusCode::kInvalidArgument))
        << address;
  }
}

}  // namespace
}  // namespace comptoir::rpc
