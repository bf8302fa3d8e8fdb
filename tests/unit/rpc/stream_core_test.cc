#include "common/rpc/stream_core.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"
#include "tests/support/matchers.h"

namespace comptoir::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Core = StreamCore<std::string, int>;

// gRPC as the test plays it: what the core starts ends when the test says so.
class FakeWire : public Core::Wire {
 public:
  void StartRead(std::string* message) override {
    EXPECT_EQ(reading, nullptr) << "two reads at once";
    EXPECT_FALSE(released);
    reading = message;
  }
  void StartWrite(const int* message) override {
    EXPECT_EQ(writing, nullptr) << "two writes at once";
    EXPECT_FALSE(released);
    writing = message;
  }
  void End(const absl::Status& status) override {
    EXPECT_FALSE(ended) << "ended twice";
    ended = true;
    end = status;
  }
  void Release() override {
    EXPECT_FALSE(released) << "released twice";
    released = true;
  }

  void Arrives(Core& core, std::string message) {
    ASSERT_NE(reading, nullptr);
    *std::exchange(reading, nullptr) = std::move(message);
    core.ReadDone(true);
  }
  void ReadFails(Core& core) {
    ASSERT_NE(reading, nullptr);
    reading = nullptr;
    core.ReadDone(false);
  }
  void Written(Core& core, bool ok = true) {
    ASSERT_NE(writing, nullptr);
    if (ok) written.push_back(*writing);
    writing = nullptr;
    core.WriteDone(ok);
  }

  std::string* reading = nullptr;
  const int* writing = nullptr;
  std::vector<int> written;
  bool ended = false;
  absl::Status end;
  bool released = false;
};

// What a state machine heard. Outlives it.
struct Heard {
  std::vector<std::string> messages;
  std::vector<absl::Status> closed;
  bool destroyed = false;
};

class FakeReader : public StreamReader<std::string> {
 public:
  FakeReader(Heard& heard, std::unique_ptr<StreamWriter<int>> writer)
      : heard_(heard), writer_(std::move(writer)) {}
  ~FakeReader() override { heard_.destroyed = true; }
  void OnMessage(std::string message) override {
    EXPECT_THAT(heard_.closed, IsEmpty());
    heard_.messages.push_back(std::move(message));
  }
  void OnClosed(absl::Status status) override { heard_.closed.push_back(std::move(status)); }

  StreamWriter<int>& writer() { return *writer_; }

 private:
  Heard& heard_;
  std::unique_ptr<StreamWriter<int>> writer_;
};

class StreamCoreTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  FakeExecutor executor_{clock_};
  FakeWire wire_;
  Heard heard_;
};

class ServerStreamCore : public StreamCoreTest {
 protected:
  explicit ServerStreamCore(bool latest_only = false)
      : core_(std::make_shared<Core>(
            Core::Options{.role = StreamRole::kServer, .latest_only = latest_only}, executor_,
            &wire_)) {}
  // Until then the stream keeps itself alive.
  ~ServerStreamCore() override {
    if (core_ != nullptr) Done();
  }

  void Open() {
    core_->Open([this](std::unique_ptr<StreamWriter<int>> writer) {
      auto reader = std::make_unique<FakeReader>(heard_, std::move(writer));
      reader_ = reader.get();
      return reader;
    });
    executor_.RunReady();
  }

  // gRPC says that the stream is over.
  void Done() {
    core_->Done(absl::OkStatus());
    executor_.RunReady();
  }

  std::shared_ptr<Core> core_;
  FakeReader* reader_ = nullptr;
};

// A slow state machine slows its peer: nothing is read while a message waits to be delivered.
TEST_F(ServerStreamCore, ReadsOnlyAfterTheLastMessageWasDelivered) {
  Open();
  wire_.Arrives(*core_, "one");
  EXPECT_EQ(wire_.reading, nullptr);
  EXPECT_THAT(heard_.messages, IsEmpty());

  executor_.RunReady();

  EXPECT_THAT(heard_.messages, ElementsAre("one"));
  EXPECT_NE(wire_.reading, nullptr);
}

TEST_F(ServerStreamCore, WritesInOrderOneAtATime) {
  Open();
  for (int i = 1; i <= 3; ++i) reader_->writer().Write(i);
  while (wire_.writing != nullptr) wire_.Written(*core_);
  EXPECT_THAT(wire_.written, ElementsAre(1, 2, 3));
}

TEST_F(ServerStreamCore, EndsAfterAllThatWasWritten) {
  Open();
  reader_->writer().Write(1);
  reader_->writer().Write(2);
  reader_->writer().Finish(absl::OkStatus());
  wire_.Written(*core_);
  EXPECT_FALSE(wire_.ended);
  wire_.Written(*core_);
  EXPECT_TRUE(wire_.ended);
  EXPECT_THAT(wire_.end, IsOk());
}

TEST_F(ServerStreamCore, AnErrorEndsItAfterTheWriteUnderWay) {
  Open();
  reader_->writer().Write(1);
  reader_->writer().Write(2);
  reader_->writer().Finish(MakeError(Reason::kDiverged, ""));
  EXPECT_FALSE(wire_.ended);
  wire_.Written(*core_);
  EXPECT_TRUE(wire_.ended);
  EXPECT_THAT(wire_.end, HasReason("DIVERGED"));
  EXPECT_THAT(wire_.written, ElementsAre(1));
}

TEST_F(ServerStreamCore, OnlyTheFirstFinishCounts) {
  Open();
  reader_->writer().Finish(MakeError(Reason::kDiverged, ""));
  reader_->writer().Finish(absl::OkStatus());
  reader_->writer().Write(1);
  EXPECT_THAT(wire_.end, HasReason("DIVERGED"));
  EXPECT_EQ(wire_.writing, nullptr);
}

// The reader hears of the end once, after every message, and is gone afterwards.
TEST_F(ServerStreamCore, ClosesLastAndOnce) {
  Open();
  wire_.Arrives(*core_, "one");
  core_->Finish(absl::CancelledError(""));
  EXPECT_TRUE(wire_.ended);
  core_->Done(absl::OkStatus());
  EXPECT_THAT(heard_.closed, IsEmpty());

  executor_.RunReady();

  EXPECT_THAT(heard_.messages, ElementsAre("one"));
  EXPECT_THAT(heard_.closed, ElementsAre(HasCode(absl::StatusCode::kCancelled)));
  EXPECT_TRUE(heard_.destroyed);
  EXPECT_EQ(wire_.reading, nullptr) << "read after the end";
}

// A client that has written everything lets the server end the stream.
TEST_F(ServerStreamCore, EndsWhenThePeerHasNoMore) {
  Open();
  reader_->writer().Write(1);
  wire_.ReadFails(*core_);
  EXPECT_FALSE(wire_.ended);
  wire_.Written(*core_);
  EXPECT_TRUE(wire_.ended);
  Done();
  EXPECT_THAT(heard_.closed, ElementsAre(IsOk()));
}

TEST_F(ServerStreamCore, ABrokenWriteEndsIt) {
  Open();
  reader_->writer().Write(1);
  reader_->writer().Write(2);
  wire_.Written(*core_, false);
  EXPECT_TRUE(wire_.ended);
  EXPECT_EQ(wire_.writing, nullptr);
}

TEST_F(ServerStreamCore, IsCancelledBeforeItIsOpened) {
  core_->Open([this](std::unique_ptr<StreamWriter<int>> writer) {
    return std::make_unique<FakeReader>(heard_, std::move(writer));
  });
  core_->Finish(absl::CancelledError(""));
  EXPECT_TRUE(wire_.ended);
  Done();
  EXPECT_THAT(heard_.closed, ElementsAre(HasCode(absl::StatusCode::kCancelled)));
  EXPECT_TRUE(heard_.destroyed);
  EXPECT_EQ(wire_.reading, nullptr);
}

TEST_F(ServerStreamCore, EndsIfTheExecutorHasStopped) {
  executor_.Stop();
  Open();
  EXPECT_THAT(wire_.end, HasReason("SHUTTING_DOWN"));
  core_->Done(absl::OkStatus());
}

// A message that cannot be delivered any more ends the stream; the reader is gone, nothing leaks.
TEST_F(ServerStreamCore, EndsIfTheExecutorStopsMeanwhile) {
  Open();
  executor_.Stop();
  wire_.Arrives(*core_, "one");
  EXPECT_THAT(wire_.end, HasReason("SHUTTING_DOWN"));
  core_->Done(absl::OkStatus());
  EXPECT_THAT(heard_.closed, IsEmpty());
  EXPECT_TRUE(heard_.destroyed);
}

// The state machine may keep its writer longer than the stream lives.
TEST_F(ServerStreamCore, AWriterMayOutliveTheStream) {
  std::unique_ptr<StreamWriter<int>> writer;
  {
    Open();
    writer = core_->NewWriter();
    wire_.ReadFails(*core_);
    Done();
    core_.reset();
  }
  writer->Write(1);
  writer->Finish(absl::OkStatus());
  EXPECT_EQ(wire_.writing, nullptr);
}

class LatestOnlyStreamCore : public ServerStreamCore {
 protected:
  LatestOnlyStreamCore() : ServerStreamCore(true) {}
};

// A caller that is slow gets the last state, and no backlog. (M3)
TEST_F(LatestOnlyStreamCore, KeepsTheLastOfThoseThatWait) {
  Open();
  for (int i = 1; i <= 5; ++i) reader_->writer().Write(i);
  while (wire_.writing != nullptr) wire_.Written(*core_);
  EXPECT_THAT(wire_.written, ElementsAre(1, 5));
}

class ClientStreamCore : public StreamCoreTest {
 protected:
  ClientStreamCore() { core_->Open(&reader_); }

  void Done(absl::Status status) {
    core_->Done(std::move(status));
    executor_.RunReady();
  }

  std::shared_ptr<Core> core_ =
      std::make_shared<Core>(Core::Options{.role = StreamRole::kClient}, executor_, &wire_);
  FakeReader reader_{heard_, nullptr};
  std::unique_ptr<StreamWriter<int>> writer_ = core_->NewWriter();
};

// The peer decides when it is over; until then it is listened to.
TEST_F(ClientStreamCore, ReadsOnAfterItHasNoMoreToWrite) {
  writer_->Write(1);
  writer_->Finish(absl::OkStatus());
  EXPECT_FALSE(wire_.ended);
  wire_.Written(*core_);
  EXPECT_TRUE(wire_.ended);

  wire_.Arrives(*core_, "last words");
  executor_.RunReady();
  wire_.ReadFails(*core_);
  EXPECT_TRUE(wire_.released);
  Done(absl::OkStatus());

  EXPECT_THAT(heard_.messages, ElementsAre("last words"));
  EXPECT_THAT(heard_.closed, ElementsAre(IsOk()));
}

// An error of the client's own cancels at once: the peer may be what hangs.
TEST_F(ClientStreamCore, AnErrorEndsItAtOnce) {
  writer_->Write(1);
  writer_->Finish(absl::InternalError(""));
  EXPECT_TRUE(wire_.ended);
  wire_.Written(*core_, false);
  wire_.ReadFails(*core_);
  EXPECT_TRUE(wire_.released);
}

TEST_F(ClientStreamCore, HearsThePeersReason) {
  wire_.ReadFails(*core_);
  Done(MakeError(Reason::kLineageFenced, ""));
  EXPECT_THAT(heard_.closed, ElementsAre(HasReason("LINEAGE_FENCED")));
}

TEST_F(ClientStreamCore, StartsNothingOnceReleased) {
  wire_.ReadFails(*core_);
  writer_->Write(1);
  writer_->Finish(absl::OkStatus());
  EXPECT_EQ(wire_.writing, nullptr);
  EXPECT_FALSE(wire_.ended);
}

TEST_F(ClientStreamCore, CancelsWhatItsOwnerLetsGo) {
  writer_.reset();
  EXPECT_TRUE(wire_.ended);
  EXPECT_THAT(wire_.end, HasCode(absl::StatusCode::kCancelled));
}

TEST_F(ClientStreamCore, IsReleasedIfTheExecutorStops) {
  executor_.Stop();
  wire_.Arrives(*core_, "one");
  EXPECT_THAT(wire_.end, HasReason("SHUTTING_DOWN"));
  EXPECT_TRUE(wire_.released);
  core_->Done(absl::CancelledError(""));
  EXPECT_THAT(heard_.closed, IsEmpty());
}

}  // namespace
}  // namespace comptoir::rpc
