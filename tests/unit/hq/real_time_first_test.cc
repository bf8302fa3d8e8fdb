// HQ serves whoever waits for it before uploads and conversion, however many operations wait: shown
// in groups of commits, so without any time. (S4)

#include "hq-service/domain/counters.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;

constexpr uint64_t kBacklog = 1000;

class RealTimeFirstTest : public HqTest {
 protected:
  void SetUp() override { SetUpChain(); }

  // Where HQ submits its commands.
  CommitQueue& queue() { return static_cast<CommitQueue&>(Environment().submitter); }

  int64_t Staged() { return ReadCounters(database().latest())->staged; }

  // One group of commits, and what follows from its answers.
  void RunGroup() {
    for (auto& [done, status] : queue().RunGroup()) done(status);
    executor_.RunReady();
  }

  struct Answer {
    std::optional<absl::StatusOr<HqAnswer<Customer>>> given;
  };
  // Somebody waits for it: asked now, answered when its group is committed.
  std::shared_ptr<Answer> Ask() {
    customer::v1::CreateCustomerRequest request;
    request.set_channel(kChannel);
    *request.mutable_customer() = ACustomer().Build();
    const auto answer = std::make_shared<Answer>();
    hq().CreateCustomer(request, {}, [answer](absl::StatusOr<HqAnswer<Customer>> given) {
      answer->given = std::move(given);
    });
    return answer;
  }

  std::vector<replication::v1::Operation> Operations(uint64_t count) {
    std::vector<replication::v1::Operation> operations;
    for (uint64_t i = 1; i <= count; ++i) {
      operations.push_back(CreateOperation(i, ACustomer().WithId(NewId())));
    }
    return operations;
  }
};

// A long backlog is converted in bounded steps; a create that comes meanwhile is in the very next
// group.
TEST_F(RealTimeFirstTest, BeforeConversion) {
  PROVES("S4");
  SetNumbersBlocked(true);
  UploadOnce(kLineage, Operations(kBacklog));
  ASSERT_EQ(Staged(), static_cast<int64_t>(kBacklog));
  v1::UpdateNumberSequenceRequest unblock;
  *unblock.mutable_number_sequence() = CustomerNumbers();
  unblock.mutable_update_mask()->add_paths("blocked");
  hq().Administer(unblock, call_, Done<v1::NumberSequence>([](auto) {}));

  int asked = 0;
  for (int64_t staged = Staged(); staged > 0; staged = Staged()) {
    const auto answer = Ask();
    const uint64_t commands = queue().commands_run();
    RunGroup();
    ASSERT_TRUE(answer->given.has_value()) << "not in the next group";
    EXPECT_THAT(*answer->given, IsOk());
    EXPECT_LE(queue().commands_run() - commands, 1 + CommitterOptions().group_bulk_commands);
    EXPECT_LT(staged - Staged(), options().convert_operations_max)
        << "waited for all of them: they are one command";
    ASSERT_LT(++asked, 1000) << "conversion doesn't go on";
  }
  EXPECT_GE(asked, static_cast<int>(kBacklog) / options().convert_operations_max);
  RunAll();
  EXPECT_EQ(Status()->customers(), kBacklog + static_cast<uint64_t>(asked));
}

// Many stores upload at once: what they sent waits behind the create, a few at a time go along;
// none is acknowledged before it is durable, and unacknowledged bytes are all that a store may
// send.
TEST_F(RealTimeFirstTest, BeforeUploads) {
  PROVES("S4");
  SetNumbersBlocked(true);
  constexpr int kStores = 40;
  std::vector<UploadStream> streams;
  for (int i = 0; i < kStores; ++i) {
    streams.push_back(OpenUpload(kLineage, "store-" + std::to_string(i)));
  }
  for (UploadStream& stream : streams) {
    v1::UploadRequest request;
    for (const auto& operation : Operations(5)) {
      request.mutable_batch()->add_operations(operation.SerializeAsString());
    }
    stream.reader->OnMessage(request);
  }
  // The streams are served on the executor; their commands are queued and not run.
  executor_.RunReady();
  const int64_t staged = Staged();
  const auto answer = Ask();
  ASSERT_GT(queue().queued(), 1u);
  for (auto& [done, status] : queue().RunGroup()) done(status);
  ASSERT_TRUE(answer->given.has_value()) << "not in the next group";
  EXPECT_LE(Staged() - staged, static_cast<int64_t>(5 * CommitterOptions().group_bulk_commands));
  RunAll();
  EXPECT_EQ(Staged(), 5 * kStores);
}

}  // namespace
}  // namespace comptoir::hq
