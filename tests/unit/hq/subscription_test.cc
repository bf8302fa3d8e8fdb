#include <limits>
#include <map>
#include <set>

#include "common/customer/configuration.h"
#include "common/customer/customers.h"
#include "common/storage/key_codec.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using replication::v1::Change;
using replication::v1::Operation;
using replication::v1::OperationResult;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint64_t kLineage = 1001;
constexpr uint64_t kOtherLineage = 2002;

// The far end of a subscription: applies what comes and acknowledges it, as a channel service
// would.
struct Replica {
  // Records by kind and key; results in the order in which they came.
  std::map<std::string, std::string> records;
  std::vector<OperationResult> results;
  // By job and book.
  std::map<std::pair<int, std::string>, replication::v1::Cursor> cursors;
  uint64_t batches = 0;
  uint64_t largest_batch = 0;

  void Apply(const v1::ChangeBatch& batch) {
    EXPECT_EQ(batch.batch(), batches + 1);
    ++batches;
    largest_batch = std::max<uint64_t>(largest_batch, batch.changes_size());
    uint64_t last = 0;
    for (const Change& change : batch.changes()) {
      EXPECT_GE(change.sequence(), last);
      last = change.sequence();
      if (change.has_result()) {
        results.push_back(change.result());
        continue;
      }
      const auto& record = change.record();
      const std::string key =
          KeyWriter().Byte(static_cast<uint8_t>(record.kind())).Rest(record.key()).key();
      if (record.removed()) {
        records.erase(key);
      } else {
        records[key] = record.record();
      }
    }
    for (const auto& cursor : batch.cursors()) {
      auto& held = cursors[{cursor.membership().job(), cursor.membership().book()}];
      EXPECT_GE(cursor.position().sequence(), held.position().sequence());
      held = cursor;
    }
  }
};

class SubscriptionTest : public HqTest {
 protected:
  explicit SubscriptionTest(const HqOptions& options = {}) : HqTest(options) {}
  void SetUp() override { SetUpChain(); }

  // Applies and acknowledges until nothing more comes.
  void Follow(SubscribeStream& stream, Replica& replica) {
    size_t read = 0;
    while (read < stream.written->messages.size()) {
      const auto message = stream.written->messages[read++];
      if (!message.has_batch()) continue;
      replica.Apply(message.batch());
      Acknowledge(stream, message.batch().batch());
    }
    stream.written->messages.clear();
  }

  SubscribeStream Resume(Replica& replica, uint64_t lineage,
                         const std::vector<v1::UnsettledOperation>& unsettled = {}) {
    v1::SubscribeHello hello = SubscribeHello(lineage);
    for (const auto& [book, cursor] : replica.cursors) *hello.add_cursors() = cursor;
    for (const auto& operation : unsettled) *hello.add_unsettled() = operation;
    replica.batches = 0;
    return OpenSubscription(hello);
  }

  // What a complete replica holds: all that is distributed, as HQ stores it.
  std::map<std::string, std::string> Distributed() {
    std::map<std::string, std::string> records;
    for (const auto& [key, value] : database().Copy()) {
      const bool distributed =
          key.first == Table::kRecords &&
          key.second.front() != static_cast<char>(replication::v1::RECORD_KIND_NUMBER_SEQUENCE);
      if (distributed) records[key.second] = value;
    }
    return records;
  }

  size_t ResultEntries() {
    size_t entries = 0;
    for (const auto& [key, value] : database().Copy()) {
      entries += key.first == Table::kFeeds && !value.empty();
    }
    return entries;
  }

  static v1::UnsettledOperation Unsettled(const Operation& operation) {
    v1::UnsettledOperation unsettled;
    unsettled.set_sequence(operation.sequence());
    unsettled.set_customer_id(operation.customer_id());
    unsettled.set_request_id(operation.request_id());
    unsettled.set_request_digest(operation.request_digest());
    return unsettled;
  }
};

// A new channel service says hello from nowhere and ends with all that HQ distributes, the chain's
// key included and the number sequence not.
TEST_F(SubscriptionTest, BootstrapBringsEverything) {
  PROVES("P1", "B6");
  ASSERT_THAT(Create(ACustomer().At(AnAddress()).At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  const auto& hello = stream.written->messages.at(0).hello();
  EXPECT_EQ(hello.epoch().counter(), 1u);
  EXPECT_THAT(hello.memberships(), SizeIs(3));
  EXPECT_EQ(hello.window_bytes_max(), options().subscribe_window_bytes_max);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_EQ(replica.records.count(ChainRecordKey()), 1u);
}

// Online and without backlog a change comes at once.
TEST_F(SubscriptionTest, TailsWithoutDelay) {
  PROVES("P3", "S2");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Follow(stream, replica);
  EXPECT_EQ(replica.records.count(CustomerRecordKey(id)), 1u);
  EXPECT_EQ(replica.records, Distributed());
}

// After a pause it goes on at its cursor: nothing twice, nothing left out.
TEST_F(SubscriptionTest, ResumesAtItsCursors) {
  PROVES("P13");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Follow(stream, replica);
  stream.Break();
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Restart();
  stream = Resume(replica, kLineage);
  uint64_t changes = 0;
  for (const auto& message : stream.written->messages) changes += message.batch().changes_size();
  EXPECT_EQ(changes, 1u);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

// One membership begins anew while the others stand at the end: it is read from zero.
TEST_F(SubscriptionTest, OneMembershipFromZero) {
  ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  replica.cursors.erase({replication::v1::JOB_1010_CUSTOMERS, "all"});
  std::erase_if(replica.records, [](const auto& record) { return record.first.front() <= '\x02'; });
  stream = Resume(replica, kLineage);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

// Many changes of one record are one change for whoever was away.
TEST_F(SubscriptionTest, FeedHoldsTheLatestOnly) {
  PROVES("P13");
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  for (int i = 0; i < 50; ++i) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->set_notes(std::to_string(i));
    request.mutable_update_mask()->add_paths("notes");
    ASSERT_THAT(Update(request), IsOk());
  }
  stream = Resume(replica, kLineage);
  const auto& batch = stream.written->messages.at(1).batch();
  ASSERT_THAT(batch.changes(), SizeIs(1));
  storage::v1::CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(batch.changes(0).record().record()));
  EXPECT_EQ(record.customer().notes(), "49");
  EXPECT_EQ(record.version(), batch.changes(0).record().version());
}

// HQ gives no more than the window before it hears that what it sent is durable. (P6)
class NarrowSubscriptionTest : public SubscriptionTest {
 protected:
  NarrowSubscriptionTest()
      : SubscriptionTest({.subscribe_window_bytes_max = 2000, .change_batch_bytes_max = 1000}) {}
};

TEST_F(NarrowSubscriptionTest, WindowBoundsWhatIsUnderWay) {
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  size_t bytes = 0;
  for (const auto& message : stream.written->messages) bytes += message.ByteSizeLong();
  EXPECT_LT(bytes, 5000u);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_GT(replica.batches, 30u);
}

// A membership begins anew while the others stand at the end, and the stream breaks after each
// batch: none of the cursors runs ahead of what was sent.
TEST_F(NarrowSubscriptionTest, MembershipsAdvanceEachByItself) {
  PROVES("P13");
  for (int i = 0; i < 30; ++i) ASSERT_THAT(Create(ACustomer().At(AnAddress())), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  replica.cursors.erase({replication::v1::JOB_1010_CUSTOMERS, "all"});
  std::erase_if(replica.records, [](const auto& record) { return record.first.front() <= '\x02'; });
  for (int i = 0; i < 30 && replica.records != Distributed(); ++i) {
    stream = Resume(replica, kLineage);
    replica.Apply(stream.written->messages.at(1).batch());
    stream.Break();
  }
  EXPECT_EQ(replica.records, Distributed());
}

// However small the batches, what was committed at one position is in one of them.
TEST_F(NarrowSubscriptionTest, SequencesAreNeverSplit) {
  PROVES("P1");
  auto customer = ACustomer().WithId(NewId());
  for (int i = 0; i < 100; ++i) customer.At(AnAddress());
  ASSERT_THAT(Create(customer), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  EXPECT_EQ(replica.largest_batch, 101u);
  EXPECT_EQ(replica.records, Distributed());
}

// HQ was restored from a backup: it never gave this position, and says so.
TEST_F(SubscriptionTest, UnknownPositionIsADivergence) {
  PROVES("P13");
  const auto backup = database().Copy();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  stream.Break();
  database().Restore(backup);
  Restart();
  stream = Resume(replica, kLineage);
  EXPECT_THAT(stream.finished(), HasReason("DIVERGED"));
  EXPECT_THAT(ServiceInfo()->alarms(), ElementsAre("DIVERGED"));
  // It begins again, from zero, in a new lineage.
  stream = OpenSubscription(SubscribeHello(kOtherLineage));
  EXPECT_THAT(stream.finished(), IsOk());
}

// Silence is no death: heartbeats come, with the high watermark; cursors follow what isn't visible.
TEST_F(SubscriptionTest, HeartbeatsAndInvisibleCommits) {
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  Advance(absl::Seconds(3));
  size_t heartbeats = 0;
  for (const auto& message : stream.written->messages) heartbeats += message.has_heartbeat();
  EXPECT_GE(heartbeats, 2u);
  Follow(stream, replica);

  // A result of another channel service is none of this one's business.
  SetNumbersBlocked(true);
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId()))}, "register-7");
  Follow(stream, replica);
  Advance(absl::Seconds(2));
  Follow(stream, replica);
  EXPECT_THAT(replica.results, IsEmpty());
  const auto& cursor = replica.cursors[{replication::v1::JOB_1010_CUSTOMERS, "all"}];
  EXPECT_EQ(cursor.position().sequence(), Status()->high_watermark().sequence());
  EXPECT_EQ(ServiceInfo()->lag_changes(), 0u);
  EXPECT_TRUE(ServiceInfo()->subscribe_connected());
}

// A store's operation: its states come down, at last its customer in the same batch as the result;
// when that is acknowledged, nothing of it is left in the feed.
TEST_F(SubscriptionTest, ResultsComeWithTheirRecords) {
  PROVES("P7", "P8");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  const Operation operation = CreateOperation(1, ACustomer().WithId(id).At(AnAddress()));
  UploadOnce(kLineage, {operation});
  Follow(stream, replica);
  ASSERT_FALSE(replica.results.empty());
  EXPECT_EQ(replica.results.back().state(), replication::v1::OPERATION_STATE_WAITING);
  EXPECT_EQ(replica.results.back().reason(), "NUMBER_SEQUENCE_BLOCKED");
  EXPECT_FALSE(replica.results.back().has_operation());

  replica.results.clear();
  SetNumbersBlocked(false);
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  const OperationResult& result = replica.results[0];
  EXPECT_EQ(result.state(), replication::v1::OPERATION_STATE_APPLIED);
  EXPECT_EQ(result.lineage(), kLineage);
  EXPECT_EQ(result.sequence(), 1u);
  EXPECT_EQ(result.request_id(), operation.request_id());
  ASSERT_THAT(result.records(), SizeIs(2));
  EXPECT_EQ(result.records(0).record(), replica.records[CustomerRecordKey(id)]);
  EXPECT_EQ(result.records(1).record(),
            replica.records[AddressRecordKey({id, DerivedAddressId(id, 0)})]);
  EXPECT_EQ(ResultEntries(), 0u);
}

// A result that nobody has read yet stays; its records are as they are when it is sent.
TEST_F(SubscriptionTest, LateReaderGetsTheRecordAsItIsNow) {
  PROVES("P7");
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id))});
  EXPECT_EQ(ResultEntries(), 1u);
  customer::v1::UpdateCustomerRequest request;
  request.mutable_customer()->set_name(CustomerName(id));
  request.mutable_customer()->set_notes("edited");
  request.mutable_update_mask()->add_paths("notes");
  ASSERT_THAT(Update(request), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  storage::v1::CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(replica.results[0].records(0).record()));
  EXPECT_EQ(record.customer().notes(), "edited");
  EXPECT_EQ(replica.results[0].records(0).version(), record.version());
}

// A wiped channel service reads its own unsettled work back: the operation itself travels, for the
// lineage is another.
TEST_F(SubscriptionTest, WipedServiceReadsItsWorkBack) {
  PROVES("P13");
  SetNumbersBlocked(true);
  const Operation operation = CreateOperation(1, ACustomer().WithId(NewId()));
  UploadOnce(kLineage, {operation});
  // Its former self has read and acknowledged what was said of the operation until then.
  Replica lost;
  SubscribeStream stream = Resume(lost, kLineage);
  Follow(stream, lost);
  ASSERT_THAT(lost.results, SizeIs(1));
  stream.Break();

  Replica replica;
  stream = Resume(replica, kOtherLineage);
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].lineage(), kLineage);
  EXPECT_EQ(replica.results[0].operation().SerializeAsString(), operation.SerializeAsString());

  replica.results.clear();
  SetNumbersBlocked(false);
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].state(), replication::v1::OPERATION_STATE_APPLIED);
  EXPECT_EQ(replica.results[0].lineage(), kLineage);
}

// A channel service restored from a backup holds as unsettled what HQ has long applied and whose
// result is gone: HQ answers again, from the record, with the addresses that came with it.
TEST_F(SubscriptionTest, AnswersUnsettledFromTheRecord) {
  PROVES("P7", "P13");
  const CustomerId id = NewId();
  const Operation operation = CreateOperation(3, ACustomer().WithId(id).At(AnAddress()));
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId())),
                        CreateOperation(2, ACustomer().WithId(NewId())), operation});
  ASSERT_THAT(AddAddress(id, AnAddress()), IsOk());
  Follow(stream, replica);
  stream.Break();
  EXPECT_EQ(ResultEntries(), 0u);

  replica.results.clear();
  stream = Resume(replica, kLineage, {Unsettled(operation)});
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].state(), replication::v1::OPERATION_STATE_APPLIED);
  EXPECT_EQ(replica.results[0].sequence(), 3u);
  EXPECT_EQ(replica.results[0].request_id(), operation.request_id());
  EXPECT_THAT(replica.results[0].records(), SizeIs(2));
  EXPECT_EQ(ResultEntries(), 0u);
}

// What is on its way anyway isn't answered twice; what HQ doesn't know, or knows as another's,
// isn't answered at all.
TEST_F(SubscriptionTest, AnswersOnlyWhatNeedsIt) {
  PROVES("P7");
  const Operation operation = CreateOperation(1, ACustomer().WithId(NewId()));
  UploadOnce(kLineage, {operation});
  const Operation unknown = CreateOperation(2, ACustomer().WithId(NewId()));
  Operation other = CreateOperation(3, ACustomer().WithId(NewId()));
  ASSERT_THAT(Create(ACustomer().Named("Grace").WithId(Uuid::FromBytes(other.customer_id()))),
              IsOk());
  Replica replica;
  SubscribeStream stream =
      Resume(replica, kLineage, {Unsettled(operation), Unsettled(unknown), Unsettled(other)});
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].sequence(), 1u);
}

// One that is still staged is answered by its entry, which is in the feed for as long; under
// another address it moves there. More of them come in further hellos.
TEST_F(SubscriptionTest, AnswersUnsettledThatIsStaged) {
  PROVES("P7");
  SetNumbersBlocked(true);
  const Operation operation = CreateOperation(1, ACustomer().WithId(NewId()));
  UploadOnce(kLineage, {operation});
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const uint64_t sequence = Status()->high_watermark().sequence();
  v1::SubscribeRequest further;
  *further.mutable_hello() = SubscribeHello(kLineage);
  *further.mutable_hello()->add_unsettled() = Unsettled(operation);
  stream.reader->OnMessage(further);
  RunAll();
  EXPECT_EQ(Status()->high_watermark().sequence(), sequence);
  stream.Break();

  // A new lineage has uploaded others under this number and claims the operation under a number
  // that HQ holds.
  UploadOnce(kOtherLineage, {CreateOperation(1, ACustomer().WithId(NewId())),
                             CreateOperation(2, ACustomer().WithId(NewId()))});
  Operation renumbered = operation;
  renumbered.set_sequence(2);
  replica.results.clear();
  stream = Resume(replica, kOtherLineage, {Unsettled(renumbered)});
  Follow(stream, replica);
  std::set<std::pair<uint64_t, uint64_t>> addresses;
  for (const auto& result : replica.results) {
    if (result.request_id() == operation.request_id()) {
      addresses.emplace(result.lineage(), result.sequence());
    }
  }
  // Another operation has that address: this one keeps its own.
  EXPECT_THAT(addresses, IsEmpty());
}

// The address of an unsettled operation is believed only if HQ holds as much of the lineage: what
// was read back from HQ was never uploaded under it.
TEST_F(SubscriptionTest, OnlyUploadedOperationsGetANewAddress) {
  PROVES("P7", "P13");
  const CustomerId id = NewId();
  Operation operation = CreateOperation(1, ACustomer().WithId(id).Email("nobody"));
  UploadOnce(kLineage, {operation});
  UploadOnce(kOtherLineage, {CreateOperation(1, ACustomer().WithId(NewId())),
                             CreateOperation(2, ACustomer().WithId(NewId()))});
  const auto address_after = [&](uint64_t claimed_sequence) {
    operation.set_sequence(claimed_sequence);
    SubscribeStream stream = OpenSubscription([&] {
      v1::SubscribeHello hello = SubscribeHello(kOtherLineage);
      *hello.add_unsettled() = Unsettled(operation);
      return hello;
    }());
    stream.Break();
    return Operations()->operations(0).name();
  };
  EXPECT_EQ(address_after(std::numeric_limits<uint64_t>::max()), "operations/houston-1/1001/1");
  EXPECT_EQ(address_after(2), "operations/houston-1/2002/2");
}

// A fenced newcomer must not read, and so delete, the results of the one that is alive.
TEST_F(SubscriptionTest, FencedNewcomerReadsNothing) {
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Replica clone;
  SubscribeStream second = Resume(clone, kOtherLineage);
  EXPECT_THAT(second.finished(), HasReason("LINEAGE_FENCED"));
  EXPECT_THAT(second.written->messages, IsEmpty());
  EXPECT_FALSE(stream.written->finished.has_value());
}

// An acknowledgement of what was never sent.
TEST_F(SubscriptionTest, ImpossibleAcknowledgementEndsTheStream) {
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Acknowledge(stream, 99);
  EXPECT_THAT(stream.finished(), HasReason("SEQUENCE_GAP"));
}

// Whatever happens at HQ, in whichever order, a reader with tiny batches that comes and goes ends
// with exactly HQ's records; so does one that begins at zero.
class RandomHistoryTest : public SubscriptionTest, public ::testing::WithParamInterface<uint64_t> {
 protected:
  RandomHistoryTest()
      : SubscriptionTest({.subscribe_window_bytes_max = 3000, .change_batch_bytes_max = 700}) {}

  const CustomerId& AnyCustomer() { return customers_[chance_.Below(customers_.size())]; }

  void Step() {
    switch (chance_.Below(8)) {
      case 0:
      case 1: {
        customers_.push_back(NewId());
        auto customer = ACustomer().WithId(customers_.back());
        for (uint64_t i = chance_.Below(4); i > 0; --i) customer.At(AnAddress());
        ASSERT_THAT(Create(customer), IsOk());
        break;
      }
      case 2:
        customers_.push_back(NewId());
        UploadOnce(
            kLineage,
            {CreateOperation(++uploaded_, ACustomer().WithId(customers_.back()).At(AnAddress()))});
        break;
      case 3: {
        auto address = AnAddress();
        if (chance_.OneIn(2)) address.Primary();
        const auto added = AddAddress(AnyCustomer(), address);
        if (added.ok()) addresses_.push_back(added->name());
        break;
      }
      case 4: {
        if (addresses_.empty()) break;
        customer::v1::DeactivateAddressRequest request;
        request.set_name(addresses_[chance_.Below(addresses_.size())]);
        ASSERT_THAT(Call(&Hq::DeactivateAddress, request), IsOk());
        break;
      }
      case 5: {
        v1::UpdateChannelRequest request;
        request.mutable_channel()->set_name("channels/houston");
        request.mutable_channel()->set_display_name(std::to_string(chance_.Next()));
        request.mutable_update_mask()->add_paths("display_name");
        ASSERT_THAT(Administer<v1::Channel>(request), IsOk());
        break;
      }
      default: {
        customer::v1::UpdateCustomerRequest request;
        request.mutable_customer()->set_name(CustomerName(AnyCustomer()));
        request.mutable_customer()->set_notes(std::to_string(chance_.Next()));
        request.mutable_update_mask()->add_paths("notes");
        const auto updated = Update(request);
        ASSERT_TRUE(updated.ok() || ReasonOf(updated.status()) == Reason::kCustomerPending);
        break;
      }
    }
  }

  SeededRandom chance_{TestSeed(GetParam())};
  std::vector<CustomerId> customers_ = {NewId()};
  std::vector<std::string> addresses_;
  uint64_t uploaded_ = 0;
};

TEST_P(RandomHistoryTest, ReaderEndsWithHqsRecords) {
  PROVES("P1", "P7", "P13");
  ASSERT_THAT(Create(ACustomer().WithId(customers_[0])), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  for (int i = 0; i < 150; ++i) {
    ASSERT_NO_FATAL_FAILURE(Step());
    if (chance_.OneIn(4)) Follow(stream, replica);
    if (chance_.OneIn(20)) {
      stream.Break();
      if (chance_.OneIn(2)) Restart();
      stream = Resume(replica, kLineage);
    }
    if (chance_.OneIn(15)) SetNumbersBlocked(false);
  }
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_EQ(ResultEntries(), 0u);
  std::set<std::string> settled;
  for (const auto& result : replica.results) {
    if (result.state() == replication::v1::OPERATION_STATE_APPLIED) {
      settled.insert(result.request_id());
    }
  }
  EXPECT_EQ(settled.size(), uploaded_);

  Replica fresh;
  stream.Break();
  stream = Resume(fresh, kLineage);
  Follow(stream, fresh);
  EXPECT_EQ(fresh.records, Distributed());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistoryTest, ::testing::Range<uint64_t>(1, 11));

}  // namespace
}  // namespace comptoir::hq
