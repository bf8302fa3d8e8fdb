#include "tests/tidy/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct SourceFile {
  std::string path;  // relative to the repository
  std::string text;
};

// Returns all our sources but the tests.
std::vector<SourceFile> Sources() {
  const std::filesystem::path root(COMPTOIR_SOURCE_DIR);
  std::vector<SourceFile> sources;
  for (const char* const folder : {"common", "hq-service", "channel-service", "cli", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream in(entry.path());
      sources.push_back({entry.path().lexically_relative(root).generic_string(),
                         std::string(std::istreambuf_iterator<char>(in), {})});
    }
  }
  return sources;
}

TEST(LayersTest, TheTreeKeepsTheTable) {
  const std::vector<SourceFile> sources = Sources();
  ASSERT_FALSE(sources.empty());
  for (const SourceFile& source : sources) {
    for (const std::string& violation : LayerViolations(source.path, source.text)) {
      ADD_FAILURE() << violation;
    }
  }
}

TEST(LayersTest, HeadersHaveTheGuardOfTheirPath) {
  for (const SourceFile& source : Sources()) {
    if (!source.path.ends_with(".h")) continue;
    const std::string guard = IncludeGuard(source.path);
    EXPECT_THAT(source.text, HasSubstr("#ifndef " + guard + "\n#define " + guard + "\n"))
        << source.path;
  }
}

// What follows proves that the two tests above can fail.

TEST(LayerViolationsTest, GrpcIsForRpcServicesAndClients) {
  const char text[] = "#include <grpcpp/grpcpp.h>\n";
  EXPECT_THAT(LayerViolations("common/customer/search/search.cc", text),
              ElementsAre("common/customer/search/search.cc uses gRPC: grpcpp/grpcpp.h"));
  EXPECT_THAT(LayerViolations("channel-service/sync/link.cc", text), testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("hq-service/hq.cc", text), testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("hq-service/main.cc", text), IsEmpty());
  EXPECT_THAT(LayerViolations("common/rpc/server.cc", text), IsEmpty());
  EXPECT_THAT(LayerViolations("hq-service/service/customer_service.cc", text), IsEmpty());
}

TEST(LayerViolationsTest, GeneratedServicesAreGrpcToo) {
  EXPECT_THAT(LayerViolations("hq-service/domain/create.cc",
                              "#include \"comptoir/customer/v1/customer_service.grpc.pb.h\"\n"),
              testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("hq-service/domain/create.cc",
                              "#include \"comptoir/customer/v1/customer.pb.h\"\n"),
              IsEmpty());
}

TEST(LayerViolationsTest, RocksDbIsForOneFile) {
  const char text[] = "  #  include <rocksdb/db.h>\n";
  EXPECT_THAT(LayerViolations("common/storage/rocks_database.cc", text), IsEmpty());
  EXPECT_THAT(LayerViolations("common/storage/committer.cc", text), testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("hq-service/hq.cc", text), testing::SizeIs(1));
}

TEST(LayerViolationsTest, TimeAndThreadsAreForTheLoopAndTheCommitter) {
  EXPECT_THAT(LayerViolations("common/replication/sender.cc", "#include <thread>\n"),
              testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("hq-service/domain/create.cc", "auto now = absl::Now();\n"),
              testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("hq-service/domain/create.cc", "// never absl::Now() here\n"),
              IsEmpty());
  EXPECT_THAT(LayerViolations("common/base/loop.h", "#include <thread>\n"), IsEmpty());
  EXPECT_THAT(LayerViolations("common/base/log.cc", "#include <thread>\n"), testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("common/rpc/unary.cc", "steady_clock::now();\n"), IsEmpty());
  EXPECT_THAT(LayerViolations("common/rpc/unary.cc", "std::thread thread;\n"), testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("channel-service/main.cc", "SystemClock clock;\n"), IsEmpty());
}

TEST(LayerViolationsTest, OnlyOurMutexIsUsed) {
  EXPECT_THAT(LayerViolations("common/rpc/stream.h", "absl::Mutex mutex_;\n"), testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("common/rpc/stream.h", "std::mutex mutex_;\n"), testing::SizeIs(1));
  EXPECT_THAT(
      LayerViolations("common/rpc/stream.h", "#include \"common/base/mutex.h\"\nMutex mutex_;\n"),
      IsEmpty());
  EXPECT_THAT(LayerViolations("common/base/mutex.h", "std::mutex mutex_;\n"), IsEmpty());
}

TEST(LayerViolationsTest, LayersKnowOnlyWhatIsBelow) {
  EXPECT_THAT(
      LayerViolations("common/base/status.cc", "#include \"comptoir/customer/v1/c.pb.h\"\n"),
      testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("common/storage/table.h", "#include \"common/customer/merge.h\"\n"),
              testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("hq-service/hq.cc", "#include \"channel-service/channel.h\"\n"),
              testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("cli/import/import.cc", "#include \"hq-service/hq.h\"\n"),
              testing::SizeIs(1));
  EXPECT_THAT(LayerViolations("common/base/uuid.cc", "#include \"tests/support/seed.h\"\n"),
              testing::SizeIs(1));
}

TEST(LayerViolationsTest, HeadersAreIncludedByTheirPathFromTheRoot) {
  EXPECT_THAT(LayerViolations("common/base/uuid.cc", "#include \"uuid.h\"\n"), testing::SizeIs(1));
}

TEST(LayerViolationsTest, TestsMayDoAnything) {
  EXPECT_THAT(LayerViolations("tests/sim/world.cc", "#include <thread>\n#include \"hq.h\"\n"),
              IsEmpty());
}

TEST(WithoutCommentsTest, KeepsCodeAndLines) {
  EXPECT_EQ(WithoutComments("a /* b\n */ c // d\ne"), "a \n c \ne");
  EXPECT_EQ(WithoutComments(R"(f("// \" no comment"); g('"');)"), R"(f(""); g('');)");
  EXPECT_EQ(WithoutComments("R\"x(// \" )\" )x\" + 1'000"), "\"\" + 1'000");
}

TEST(IncludeGuardTest, IsThePathInCapitals) {
  EXPECT_EQ(IncludeGuard("hq-service/jobs/loop.h"), "COMPTOIR_HQ_SERVICE_JOBS_LOOP_H_");
}

}  // namespace
}  // namespace comptoir
