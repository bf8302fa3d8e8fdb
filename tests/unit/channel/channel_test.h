// A channel service in memory, with time, commits and HQ in the test's hands.

#ifndef COMPTOIR_TESTS_UNIT_CHANNEL_CHANNEL_TEST_H_
#define COMPTOIR_TESTS_UNIT_CHANNEL_CHANNEL_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channel-service/channel_service.h"
#include "channel-service/domain/outbox/outbox.h"
#include "common/customer/records/customers.h"
#include "common/storage/memory_database.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_executor.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/support/seed.h"
#include "tests/unit/channel/scripted_hq.h"

namespace comptoir::channel {

// What a call came to, once it has.
template <typename T>
class Reply {
 public:
  Done<T> done() {
    return [result = result_](absl::StatusOr<T> value) {
      EXPECT_FALSE(result->has_value()) << "answered twice";
      *result = std::move(value);
    };
  }
  bool answered() const { return result_->has_value(); }
  const absl::StatusOr<T>& operator*() const {
    static const absl::StatusOr<T> kNotAnswered = absl::UnknownError("not answered");
    return answered() ? **result_ : kNotAnswered;
  }
  const T& value() const { return (**this).value(); }

 private:
  std::shared_ptr<std::optional<absl::StatusOr<T>>> result_ =
      std::make_shared<std::optional<absl::StatusOr<T>>>();
};

// A customer of HQ with the addresses that came with it.
struct HqCustomer {
  storage::v1::CustomerRecord record;
  std::vector<storage::v1::AddressRecord> addresses;

  HqAnswer<customer::v1::Customer> Answer(uint64_t position) const;
  std::vector<replication::v1::RecordChange> Changes() const;
};

class ChannelTest : public ::testing::Test {
 protected:
  using Customer = customer::v1::Customer;
  using Address = customer::v1::Address;

  ChannelTest();
  ~ChannelTest() override;

  // Opens the service on what the database holds and starts it; the last one is gone, as after a
  // crash.
  void Open();
  void Crash();
  // Runs whatever is due, on the loop and in the committer.
  void Run();
  void Advance(absl::Duration duration);

  // HQ says hello on both streams; it holds what `uploaded` says of the outbox: by default, what it
  // has acknowledged.
  void Connect(const hq::v1::UploadHelloReply& uploaded);
  // On the subscription alone, which has opened anew.
  void GreetSubscription();
  void Connect() { Connect(HeldByHq(ReadOutboxState(reader())->acknowledged_sequence())); }
  // What HQ says to hold of the present lineage and epoch.
  hq::v1::UploadHelloReply HeldByHq(uint64_t sequence) const;
  std::vector<replication::v1::Membership> Memberships() const;
  void AcknowledgeUpload(uint64_t sequence);
  // The channel's configuration comes through the feed.
  void Configure();
  // What new customers inherit comes; the channel names it if `with_default_customer_`.
  void ConfigureDefaultCustomer();
  void SwitchFeature(const std::string& id, bool enabled);
  // Any other configuration comes.
  void ConfigureAny(replication::v1::RecordKind kind, const std::string& id,
                    hq::v1::Configuration any);
  // Opens, connects, configures; online.
  void OpenReady();
  // The same while calls to HQ fail: only the streams are up.
  void OpenOffline();

  // HQ commits `changes` at the next sequence; they come through the feed in one batch.
  uint64_t Deliver(std::vector<replication::v1::Change> changes);
  uint64_t Deliver(const HqCustomer& customer);
  static replication::v1::Change ChangeOf(replication::v1::RecordChange record);
  static replication::v1::Change ChangeOf(replication::v1::OperationResult result);
  uint64_t NextHqSequence() { return ++hq_sequence_; }
  replication::v1::Position PositionAt(uint64_t sequence) const;

  // What HQ makes of a create, at its next sequence.
  HqCustomer AtHq(const customer::v1::CreateCustomerRequest& forwarded,
                  const std::string& account_number);
  HqCustomer AtHq(const replication::v1::Operation& operation, const std::string& account_number);

  // HQ's word about the operation in the outbox.
  replication::v1::OperationResult ResultOf(const replication::v1::Operation& operation,
                                            replication::v1::OperationState state,
                                            const std::string& reason = "") const;
  replication::v1::OperationResult AppliedResult(const replication::v1::Operation& operation,
                                                 const HqCustomer& customer) const;

  Reply<Customer> Create(const Customer& customer, CallContext call = {});
  Reply<Customer> Get(const std::string& name, CallContext call = {});
  // A customer that is PENDING afterwards: made while the link is down, or in an asynchronous
  // channel.
  Customer CreatePending(const Customer& customer);
  // A customer that HQ created in the call.
  Customer CreateSynced(const Customer& customer, const std::string& account_number);
  channel::v1::Status Status();
  std::vector<channel::v1::UnsettledOperation> Unsettled();
  std::vector<replication::v1::Operation> Operations();

  CommitQueue& queue() { return *queue_; }
  const Reader& reader() const { return database_.latest(); }
  Uuid NewId() { return NewUuid(random_); }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  TestRandom random_;
  NullLogger logger_;
  MemoryDatabase database_;
  ScriptedHq hq_{executor_};
  std::unique_ptr<CommitQueue> queue_;
  ChannelServiceOptions options_;
  CommitterOptions committer_options_;
  SearchMemory* search_memory_ = nullptr;
  std::unique_ptr<ChannelService> service_;

  bool asynchronous_ = false;
  bool with_default_customer_ = false;
  std::string field_rules_;  // that the channel names
  std::vector<std::string> address_books_;
  // What HQ says that the service holds of customers: membership ids by book.
  std::map<std::string, uint64_t> books_ = {{"all", 1}};
  std::string database_group_;  // as well
  bool customers_come_ = true;  // HQ gives the membership of all customers
  uint64_t hq_sequence_ = 100;
  uint64_t batch_ = 0;
};

MATCHER(IsPending, "is PENDING") {
  return arg.state() == customer::v1::CUSTOMER_STATE_PENDING && arg.account_number().empty();
}
MATCHER_P(IsSyncedAs, account_number, "is SYNCED with this account number") {
  return arg.state() == customer::v1::CUSTOMER_STATE_SYNCED &&
         arg.account_number() == account_number;
}

}  // namespace comptoir::channel

#endif  // COMPTOIR_TESTS_UNIT_CHANNEL_CHANNEL_TEST_H_
