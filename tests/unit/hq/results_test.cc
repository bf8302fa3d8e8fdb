#include <limits>
#include <set>

#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using replication::v1::OperationResult;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ResultsTest : public SubscriptionTest {};

// A store's create: its states come down, at last its customer and, in the same batch, the result,
// which doesn't say it again; when that is acknowledged, nothing of it is left in the feed.
TEST_F(ResultsTest, ResultsFollowTheirRecords) {
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
  EXPECT_THAT(result.records(), IsEmpty());
  EXPECT_THAT(replica.records, ::testing::Contains(::testing::Key(CustomerRecordKey(id))));
  EXPECT_THAT(replica.records,
              ::testing::Contains(::testing::Key(AddressRecordKey({id, DerivedAddressId(id, 0)}))));
  EXPECT_EQ(ResultEntries(), 0u);
}

// The same, of a store that has read its customers further than its results: they come with the
// results, and with those of other operations always, for the store has its own work on top.
TEST_F(ResultsTest, RecordsThatWereNotToldComeWithTheResult) {
  PROVES("P7", "P8");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const auto before = replica.cursors;
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).At(AnAddress()))});
  // Acknowledged would be swept.
  for (const auto& message : stream.written->messages) {
    if (message.has_batch()) replica.Apply(message.batch());
  }
  stream.Break();
  for (auto& [book, cursor] : replica.cursors) {
    if (book.second.starts_with("service/")) cursor = before.at(book);
  }
  replica.results.clear();
  stream = Resume(replica, kLineage);
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  const OperationResult& result = replica.results[0];
  ASSERT_THAT(result.records(), SizeIs(2));
  EXPECT_EQ(result.records(0).record(), replica.records[CustomerRecordKey(id)]);
  EXPECT_EQ(result.records(1).record(),
            replica.records[AddressRecordKey({id, DerivedAddressId(id, 0)})]);
}

// A result that nobody has read yet stays; its records are as they are when it is sent.
TEST_F(ResultsTest, LateReaderGetsTheRecordAsItIsNow) {
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
TEST_F(ResultsTest, WipedServiceReadsItsWorkBack) {
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
TEST_F(ResultsTest, AnswersUnsettledFromTheRecord) {
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
  EXPECT_EQ(replica.results[0].request_digest(), operation.request_digest());
  EXPECT_THAT(replica.results[0].records(), SizeIs(2));
  EXPECT_EQ(ResultEntries(), 0u);
}

// What is on its way anyway isn't answered twice; what HQ doesn't know, or knows as another's,
// isn't answered at all.
TEST_F(ResultsTest, AnswersOnlyWhatNeedsIt) {
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
TEST_F(ResultsTest, AnswersUnsettledThatIsStaged) {
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
TEST_F(ResultsTest, OnlyUploadedOperationsGetANewAddress) {
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

// Another create of the same UUID isn't the one that is asked about, and keeps its address.
TEST_F(ResultsTest, AnotherCreateOfTheUuidIsNotTakenForIt) {
  PROVES("P7", "P8", "P13");
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Email("nobody"))});
  UploadOnce(kOtherLineage, {CreateOperation(1, ACustomer().WithId(NewId())),
                             CreateOperation(2, ACustomer().WithId(NewId()))});
  Replica replica;
  const Operation made_since = CreateOperation(2, ACustomer().Named("Grace").WithId(id));
  SubscribeStream stream = Resume(replica, kOtherLineage, {Unsettled(made_since)});
  Follow(stream, replica);
  EXPECT_EQ(Operations()->operations(0).name(), "operations/houston-1/1001/1");
}

}  // namespace
}  // namespace comptoir::hq
