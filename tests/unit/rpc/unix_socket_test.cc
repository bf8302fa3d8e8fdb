#include "common/rpc/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "common/rpc/server.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace comptoir::rpc {
namespace {

class UnixSocketTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Server>> Start() {
    return Server::Start({.listen = "127.0.0.1:0", .listen_unix = path_}, {});
  }

  // Asks over the socket whether all is well.
  grpc::Status Ask() {
    const auto health = grpc::health::v1::Health::NewStub(
        grpc::CreateChannel("unix:" + path_, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    grpc::health::v1::HealthCheckResponse response;
    return health->Check(&context, {}, &response);
  }

  TempDir dir_;
  const std::string path_ = dir_.File("store.sock");
};

TEST_F(UnixSocketTest, CallsAreAnswered) {
  const auto server = Start();
  ASSERT_THAT(server, IsOk());
  EXPECT_TRUE(IsListenedOn(path_));
  EXPECT_TRUE(Ask().ok());
}

// Nobody is authenticated yet. (U1)
TEST_F(UnixSocketTest, OwnerAndGroupMayConnect) {
  const auto server = Start();
  ASSERT_THAT(server, IsOk());
  struct stat about = {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777u, 0660u);
}

TEST_F(UnixSocketTest, IsTakenOnce) {
  const auto first = Start();
  ASSERT_THAT(first, IsOk());
  const auto second = Start();
  EXPECT_THAT(second, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_NE(second.status().message().find(path_), absl::string_view::npos);
  EXPECT_TRUE(Ask().ok());
}

TEST_F(UnixSocketTest, IsGoneWithItsServer) {
  { ASSERT_THAT(Start(), IsOk()); }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// A process that is killed leaves it behind.
TEST_F(UnixSocketTest, IsTakenOverFromADeadProcess) {
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(dead, 1), 0);
  close(dead);
  ASSERT_TRUE(std::filesystem::exists(path_));

  EXPECT_FALSE(IsListenedOn(path_));
  const auto server = Start();
  ASSERT_THAT(server, IsOk());
  EXPECT_TRUE(Ask().ok());
}

// What else has the path is left alone.
TEST_F(UnixSocketTest, CannotBeWhereAFileIs) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT(Start(), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(std::filesystem::is_directory(path_));
}

}  // namespace
}  // namespace comptoir::rpc
