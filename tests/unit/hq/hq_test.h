// HQ on a database in memory, driven by hand: a test makes a call, HQ works until it is idle, the
// answer is there. Nothing here has threads or waits.

#ifndef COMPTOIR_TESTS_UNIT_HQ_HQ_TEST_H_
#define COMPTOIR_TESTS_UNIT_HQ_HQ_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/log.h"
#include "common/customer/requests/names.h"
#include "common/replication/stream.h"
#include "common/storage/committer.h"
#include "common/storage/memory_database.h"
#include "hq-service/hq.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/seed.h"

namespace comptoir::hq {

inline constexpr uint64_t kLineage = 1001;
inline constexpr uint64_t kOtherLineage = 2002;

// What HQ wrote to a stream.
template <typename Message>
struct Written {
  std::vector<Message> messages;
  std::optional<absl::Status> finished;
};

template <typename Message>
class WrittenBy : public StreamWriter<Message> {
 public:
  explicit WrittenBy(std::shared_ptr<Written<Message>> written) : written_(std::move(written)) {}
  void Write(Message message) override {
    ASSERT_FALSE(written_->finished.has_value()) << "written after the end";
    written_->messages.push_back(std::move(message));
  }
  void Finish(absl::Status status) override {
    ASSERT_FALSE(written_->finished.has_value()) << "finished twice";
    written_->finished = std::move(status);
  }

 private:
  const std::shared_ptr<Written<Message>> written_;
};

// One stream with both its ends.
template <typename Request, typename Response>
struct TestStream {
  std::shared_ptr<Written<Response>> written = std::make_shared<Written<Response>>();
  std::unique_ptr<StreamReader<Request>> reader;

  std::unique_ptr<StreamWriter<Response>> NewWriter() const {
    return std::make_unique<WrittenBy<Response>>(written);
  }
  absl::Status finished() const { return written->finished.value_or(absl::OkStatus()); }
  // The peer goes away.
  void Break() {
    reader->OnClosed(absl::UnavailableError("gone"));
    reader.reset();
  }
};
using UploadStream = TestStream<v1::UploadRequest, v1::UploadResponse>;
using SubscribeStream = TestStream<v1::SubscribeRequest, v1::SubscribeResponse>;

inline constexpr char kStore[] = "houston-1";
inline constexpr char kChannel[] = "houston";

class HqTest : public ::testing::Test {
 protected:
  // HQ is open; there is no configuration yet.
  explicit HqTest(const HqOptions& options = {});
  ~HqTest() override;

  // Ends HQ as a crash would, streams included, and starts it again on the same database.
  void Restart();
  // Works until nothing is left to do now.
  void RunAll();
  void Advance(absl::Duration duration);

  // A channel "houston" of United States with all it needs, and the number sequence "C-########".
  void SetUpChain();
  void SetUpNumbers();
  v1::NumberSequence CustomerNumbers() const;
  void SetNumbersBlocked(bool blocked);

  // Calls `method` of HQ with `request` and works until it answers.
  template <typename Response, typename Request>
  absl::StatusOr<HqAnswer<Response>> Call(void (Hq::*method)(const Request&, const CallContext&,
                                                             HqDone<Response>),
                                          const Request& request, const CallContext& call = {}) {
    auto answer = std::make_shared<std::optional<absl::StatusOr<HqAnswer<Response>>>>();
    (hq().*method)(request, call, [answer](absl::StatusOr<HqAnswer<Response>> given) {
      EXPECT_FALSE(answer->has_value()) << "answered twice";
      *answer = std::move(given);
    });
    RunAll();
    EXPECT_TRUE(answer->has_value()) << "not answered";
    return *std::move(*answer);
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> Administer(const Request& request) {
    auto answer = std::make_shared<std::optional<absl::StatusOr<Response>>>();
    Done<Response> done = [answer](absl::StatusOr<Response> given) { *answer = std::move(given); };
    hq().Administer(request, call_, done);
    RunAll();
    EXPECT_TRUE(answer->has_value()) << "not answered";
    return *std::move(*answer);
  }

  // What is audited.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Administer(const Request& request, const CallContext& call) {
    auto answer = std::make_shared<std::optional<absl::StatusOr<Response>>>();
    Done<Response> done = [answer](absl::StatusOr<Response> given) { *answer = std::move(given); };
    hq().Administer(request, call, done);
    RunAll();
    EXPECT_TRUE(answer->has_value()) << "not answered";
    return *std::move(*answer);
  }

  // Customer methods, without the position.
  absl::StatusOr<customer::v1::Customer> Create(const customer::v1::Customer& customer,
                                                const std::string& channel = kChannel);
  absl::StatusOr<customer::v1::Customer> Get(const std::string& name);
  absl::StatusOr<customer::v1::Customer> Get(const CustomerId& id) { return Get(CustomerName(id)); }
  absl::StatusOr<customer::v1::Customer> Update(const customer::v1::UpdateCustomerRequest& request);
  absl::StatusOr<customer::v1::Address> AddAddress(const CustomerId& parent,
                                                   const customer::v1::Address& address);
  absl::StatusOr<v1::HqStatus> Status() {
    return Administer<v1::HqStatus>(v1::GetHqStatusRequest());
  }
  absl::StatusOr<v1::ListOperationsResponse> Operations(
      replication::v1::OperationState state = replication::v1::OPERATION_STATE_UNSPECIFIED);
  absl::StatusOr<v1::ChannelServiceInfo> ServiceInfo(const std::string& service = kStore);

  Uuid NewId() { return NewUuid(random_); }

  // What a channel service would make of a create that it took without asking.
  replication::v1::Operation CreateOperation(uint64_t sequence,
                                             const customer::v1::Customer& customer);
  // An edit of the customer that `create` made, captured now, without changes yet.
  replication::v1::Operation NewEdit(uint64_t sequence, const replication::v1::Operation& create);

  UploadStream OpenUpload(uint64_t lineage, const std::string& service = kStore,
                          uint64_t epoch_id = 77);
  void Upload(UploadStream& stream, const std::vector<replication::v1::Operation>& operations);
  // Uploads over a stream of its own, which is closed again.
  void UploadOnce(uint64_t lineage, const std::vector<replication::v1::Operation>& operations,
                  const std::string& service = kStore);

  SubscribeStream OpenSubscription(const v1::SubscribeHello& hello);
  v1::SubscribeHello SubscribeHello(uint64_t lineage, const std::string& service = kStore) const;
  void Acknowledge(SubscribeStream& stream, uint64_t batch);

  Hq& hq() { return *hq_; }
  // One group of commands, and their answers.
  void RunGroup();
  MemoryDatabase& database() { return database_; }
  const HqOptions& options() const { return options_; }
  HqEnvironment Environment();

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  TestRandom random_;
  // HQ's from the next Restart() on.
  std::function<bool(std::function<void()>)> run_read_;
  // Who administers.
  CallContext call_{.caller = "anna"};

 private:
  const HqOptions options_;
  NullLogger logger_;
  MemoryDatabase database_;
  std::unique_ptr<CommitQueue> queue_;
  std::unique_ptr<Hq> hq_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_TESTS_UNIT_HQ_HQ_TEST_H_
