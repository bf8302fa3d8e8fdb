// Streams between a client and a server.

#include "tests/unit/rpc/server_test.h"

namespace comptoir::rpc {
namespace {

class ServerStreamTest : public ServerTest {};

TEST_F(ServerStreamTest, StatesAreStreamed) {
  grpc::ClientContext context;
  customer::v1::WatchCustomerRequest request;
  request.set_name("customers/1");
  const auto stream = stub_->WatchCustomer(&context, request);
  Customer customer;
  std::string last;
  while (stream->Read(&customer)) {
    EXPECT_EQ(customer.name(), "customers/1");
    EXPECT_GT(customer.etag(), last);
    last = customer.etag();
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(last, "3");
}

// Many messages go up, as many come back, in order, and both sides end well.
TEST_F(ServerStreamTest, StreamsCarryEverythingInOrder) {
  constexpr uint64_t kBatches = 2000;
  RecordingReader<hq::v1::UploadResponse> reader;
  reader.messages_awaited = kBatches;
  auto writer = Upload(&reader);
  for (uint64_t i = 1; i <= kBatches; ++i) writer->Write(Batch(i, std::string(1000, 'x')));
  Await(reader.enough.get_future());
  writer->Finish(absl::OkStatus());

  EXPECT_THAT(Await(reader.closed.get_future()), IsOk());
  EXPECT_THAT(Await(replication_.closed.get_future()), IsOk());
  for (uint64_t i = 1; i <= kBatches; ++i) {
    ASSERT_EQ(reader.messages[i - 1].acknowledgement().sequence(), i);
  }
}

// What is written in pieces, and what isn't, arrives as messages.
TEST_F(ServerStreamTest, EncodedMessagesArrive) {
  constexpr uint64_t kAnswers = 20;
  RecordingReader<hq::v1::SubscribeResponse> reader;
  reader.messages_awaited = 2 * kAnswers;
  const auto writer = Subscribe(&reader);
  for (uint64_t i = 1; i <= kAnswers; ++i) {
    hq::v1::SubscribeRequest request;
    request.mutable_acknowledgement()->set_batch(i);
    writer->Write(request);
  }
  Await(reader.enough.get_future());
  writer->Finish(absl::OkStatus());
  static_cast<void>(Await(reader.closed.get_future()));
  for (uint64_t i = 1; i <= kAnswers; ++i) {
    const auto& encoded = reader.messages[2 * i - 2].batch();
    EXPECT_EQ(encoded.batch(), i);
    EXPECT_EQ(static_cast<uint64_t>(encoded.changes_size()), i - 1);
    EXPECT_EQ(reader.messages[2 * i - 1].batch().batch(), i);
  }
}

TEST_F(ServerStreamTest, TheServersReasonForEndingArrives) {
  RecordingReader<hq::v1::UploadResponse> reader;
  auto writer = Upload(&reader);
  hq::v1::UploadRequest hello;
  hello.mutable_hello()->set_channel_service("store-001");
  writer->Write(hello);
  EXPECT_THAT(Await(reader.closed.get_future()), HasReason("LINEAGE_FENCED"));
  EXPECT_THAT(Await(replication_.closed.get_future()), HasReason("LINEAGE_FENCED"));
  writer->Write(hello);
}

TEST_F(ServerStreamTest, AClientThatLetsGoCancels) {
  RecordingReader<hq::v1::UploadResponse> reader;
  reader.messages_awaited = 1;
  auto writer = Upload(&reader);
  writer->Write(Batch(1));
  Await(reader.enough.get_future());
  writer.reset();
  EXPECT_THAT(Await(reader.closed.get_future()), HasCode(absl::StatusCode::kCancelled));
  static_cast<void>(Await(replication_.closed.get_future()));
}

TEST_F(ServerStreamTest, AServerThatGoesAwayEndsStreams) {
  RecordingReader<hq::v1::UploadResponse> reader;
  reader.messages_awaited = 1;
  auto writer = Upload(&reader);
  writer->Write(Batch(1));
  Await(reader.enough.get_future());
  server_->Shutdown(absl::ZeroDuration());
  static_cast<void>(Await(replication_.closed.get_future()));
  EXPECT_FALSE(Await(reader.closed.get_future()).ok());
}

// Nobody listens: the reader still hears the end, as unreachable.
TEST_F(ServerStreamTest, AStreamToNowhereCloses) {
  server_->Shutdown(absl::ZeroDuration());
  RecordingReader<hq::v1::UploadResponse> reader;
  auto writer = Upload(&reader);
  const absl::Status status = Await(reader.closed.get_future());
  EXPECT_THAT(status, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(status), std::nullopt);
}

TEST_F(ServerStreamTest, MoreStreamsThanAllowedAreOverload) {
  std::vector<std::unique_ptr<StreamWriter<hq::v1::UploadRequest>>> writers;
  RecordingReader<hq::v1::UploadResponse> readers[3];
  for (int i = 0; i < 2; ++i) {
    readers[i].messages_awaited = 1;
    writers.push_back(Upload(&readers[i]));
    writers.back()->Write(Batch(1));
    Await(readers[i].enough.get_future());
  }
  auto third = Upload(&readers[2]);
  EXPECT_THAT(Await(readers[2].closed.get_future()), HasReason("OVERLOADED"));
  // The two share what tells the test of their end.
  replication_.closed = {};
  writers[0].reset();
  static_cast<void>(Await(replication_.closed.get_future()));
  EXPECT_THAT(Await(readers[0].closed.get_future()), HasCode(absl::StatusCode::kCancelled));
  replication_.closed = {};
  writers[1].reset();
  static_cast<void>(Await(replication_.closed.get_future()));
  EXPECT_THAT(Await(readers[1].closed.get_future()), HasCode(absl::StatusCode::kCancelled));
}

// A client that stops ends its streams and calls, and begins none.
TEST_F(ServerStreamTest, AClientThatStopsEndsAll) {
  RecordingReader<hq::v1::UploadResponse> reader;
  auto writer = Upload(&reader);
  KeepCreates();
  auto call = Create();
  Await(first_kept_.get_future());

  client_.StopAndWait();

  EXPECT_THAT(Await(std::move(call)), HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(Await(reader.closed.get_future()), HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(Await(Create()), HasReason("SHUTTING_DOWN"));
  RecordingReader<hq::v1::UploadResponse> late;
  auto closed_writer = Upload(&late);
  closed_writer->Write(Batch(1));
  EXPECT_THAT(Await(late.closed.get_future()), HasReason("SHUTTING_DOWN"));
}

}  // namespace
}  // namespace comptoir::rpc
