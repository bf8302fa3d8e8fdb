#include "hq-service/domain/recovery/lineages.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class UploadTest : public HqTest {
 protected:
  void SetUp() override {
    SetUpChain();
    // Nothing is converted: what is staged can be looked at.
    SetNumbersBlocked(true);
  }

  Operation Create(uint64_t sequence) {
    return CreateOperation(sequence, ACustomer().WithId(NewId()));
  }
  uint64_t Staged() { return Status()->staged_operations(); }
  static uint64_t LastAcknowledged(const UploadStream& stream) {
    uint64_t sequence = 0;
    for (const auto& message : stream.written->messages) {
      if (message.has_acknowledgement()) sequence = message.acknowledgement().sequence();
    }
    return sequence;
  }
  // What is told by HQ's hello, the first message.
  static uint64_t Told(const UploadStream& stream) {
    return stream.written->messages.at(0).hello().position().sequence();
  }
  uint64_t Held() {
    const auto held = FindUploadPosition(database().latest(), kStore);
    EXPECT_THAT(held, IsOk());
    return held.value().value().position().sequence();
  }

  // Nothing is run yet.
  static void Send(UploadStream& stream, const std::vector<Operation>& operations) {
    v1::UploadRequest request;
    for (const Operation& operation : operations) {
      request.mutable_batch()->add_operations(operation.SerializeAsString());
    }
    stream.reader->OnMessage(request);
  }
  UploadStream SayHello(uint64_t epoch_counter = 1, uint64_t epoch_id = 77) {
    UploadStream stream;
    stream.reader = hq().UploadOperations(stream.NewWriter());
    v1::UploadRequest request;
    request.mutable_hello()->set_protocol_version(1);
    request.mutable_hello()->set_channel_service(kStore);
    request.mutable_hello()->add_channels(kChannel);
    request.mutable_hello()->set_lineage(kLineage);
    request.mutable_hello()->mutable_epoch()->set_counter(epoch_counter);
    request.mutable_hello()->mutable_epoch()->set_id(epoch_id);
    stream.reader->OnMessage(request);
    return stream;
  }
};

// A new outbox begins at zero; what is acknowledged is staged.
TEST_F(UploadTest, StagesAndAcknowledges) {
  PROVES("P1", "P7");
  UploadStream stream = OpenUpload(kLineage);
  ASSERT_THAT(stream.written->messages, SizeIs(1));
  const auto& hello = stream.written->messages[0].hello();
  EXPECT_EQ(hello.lineage(), kLineage);
  EXPECT_EQ(hello.position().sequence(), 0u);
  EXPECT_EQ(hello.window_bytes_max(), options().upload_window_bytes_max);

  Upload(stream, {Create(1), Create(2)});
  EXPECT_EQ(LastAcknowledged(stream), 2u);
  EXPECT_EQ(Staged(), 2u);
  Upload(stream, {Create(3)});
  EXPECT_EQ(LastAcknowledged(stream), 3u);
}

// The acknowledgement was lost: HQ says at the next hello what it has, in the outbox's own terms.
TEST_F(UploadTest, HelloSaysWhatIsHeld) {
  PROVES("P7");
  UploadOnce(kLineage, {Create(1), Create(2)});
  Restart();
  UploadStream stream = OpenUpload(kLineage);
  const auto& position = stream.written->messages[0].hello().position();
  EXPECT_EQ(position.sequence(), 2u);
  EXPECT_EQ(position.epoch_counter(), 1u);
  EXPECT_EQ(position.epoch_id(), 77u);
}

// Sent again, wholly or in part, an operation is staged once.
TEST_F(UploadTest, RepeatedOperationsAreStagedOnce) {
  PROVES("P7");
  const std::vector<Operation> operations = {Create(1), Create(2), Create(3)};
  UploadOnce(kLineage, {operations[0], operations[1]});
  UploadStream stream = OpenUpload(kLineage);
  Upload(stream, operations);
  EXPECT_EQ(LastAcknowledged(stream), 3u);
  EXPECT_EQ(Staged(), 3u);
}

// An operation that was left out would be lost: nothing of the batch is taken.
TEST_F(UploadTest, GapEndsTheStream) {
  PROVES("P7");
  UploadStream stream = OpenUpload(kLineage);
  Upload(stream, {Create(2)});
  EXPECT_THAT(stream.finished(), HasReason("SEQUENCE_GAP"));
  UploadStream second = OpenUpload(kLineage);
  Upload(second, {Create(1), Create(3)});
  EXPECT_THAT(second.finished(), HasReason("SEQUENCE_GAP"));
  EXPECT_EQ(Staged(), 0u);
}

// What isn't an operation isn't taken, nor what comes with it. HQ's own database has no part in it.
TEST_F(UploadTest, UnreadableOperationEndsTheStream) {
  PROVES("P7");
  // No message; a text that isn't UTF-8.
  Operation text = Create(2);
  text.mutable_create_customer()->mutable_customer()->set_notes("xyz");
  std::string not_utf8 = text.SerializeAsString();
  not_utf8[not_utf8.find("xyz")] = '\377';
  for (const std::string& unreadable : {std::string("\377"), not_utf8}) {
    UploadStream stream = OpenUpload(kLineage);
    v1::UploadRequest request;
    request.mutable_batch()->add_operations(Create(1).SerializeAsString());
    request.mutable_batch()->add_operations(unreadable);
    stream.reader->OnMessage(request);
    RunAll();
    EXPECT_THAT(stream.finished(), HasReason("PROTOCOL_VERSION"));
    EXPECT_EQ(Staged(), 0u);
  }
}

// A message out of turn, a version of the future, an id that cannot be.
TEST_F(UploadTest, RefusesAWrongHello) {
  UploadStream batch_first;
  batch_first.reader = hq().UploadOperations(batch_first.NewWriter());
  Upload(batch_first, {Create(1)});
  EXPECT_FALSE(batch_first.finished().ok());

  UploadStream newer;
  newer.reader = hq().UploadOperations(newer.NewWriter());
  v1::UploadRequest request;
  request.mutable_hello()->set_protocol_version(2);
  request.mutable_hello()->set_channel_service(kStore);
  newer.reader->OnMessage(request);
  EXPECT_THAT(newer.finished(), HasReason("PROTOCOL_VERSION"));

  EXPECT_THAT(OpenUpload(kLineage, "a/b").finished(), HasReason("INVALID_FIELDS"));
}

// The store's old connection is half dead when it dials again: the new one takes over.
TEST_F(UploadTest, SecondStreamReplacesTheFirst) {
  PROVES("P4");
  UploadStream first = OpenUpload(kLineage);
  UploadStream second = OpenUpload(kLineage);
  EXPECT_TRUE(first.written->finished.has_value());
  EXPECT_FALSE(second.written->finished.has_value());
  Upload(second, {Create(1)});
  EXPECT_EQ(LastAcknowledged(second), 1u);
  first.Break();
  EXPECT_TRUE(ServiceInfo()->upload_connected());
}

// A hello overtakes what the stream before it has uploaded. HQ tells all that it holds: nothing of
// that stream is staged afterwards, so who may not send, as here, knows what became of what it
// sent.
TEST_F(UploadTest, HelloSaysWhatTheEndedStreamHasLeft) {
  PROVES("P7", "P13");
  UploadStream first = OpenUpload(kLineage);
  Send(first, {Create(1), Create(2)});
  first.Break();
  UploadStream second = SayHello();
  RunAll();
  EXPECT_EQ(Told(second), Held());
  EXPECT_EQ(Staged(), Held());
}

// The first stream goes on until its place is taken: after HQ has looked what it holds, with what
// came before and after the second one's hello. What is still waiting then isn't staged.
TEST_F(UploadTest, HelloSaysWhatTheReplacedStreamHasStaged) {
  PROVES("P7", "P13");
  for (int groups = 0; groups < 4; ++groups) {
    SCOPED_TRACE(groups);
    UploadStream first = OpenUpload(kLineage);
    const uint64_t before = Told(first);
    Send(first, {Create(before + 1)});
    UploadStream second = SayHello();
    Send(first, {Create(before + 2)});
    for (int i = 0; i < groups; ++i) {
      RunGroup();
      Send(first, {Create(before + 3 + static_cast<uint64_t>(i))});
    }
    executor_.RunReady();
    RunAll();
    EXPECT_TRUE(first.written->finished.has_value());
    ASSERT_THAT(second.finished(), IsOk());
    EXPECT_EQ(Told(second), Held());
    EXPECT_EQ(Staged(), Held());
  }
}

// A store's database and a copy of it, both run since HQ last had something of it. The copy hears
// of what the other one uploads while it says hello; else its own would be taken for that, and be
// lost.
TEST_F(UploadTest, CopyHearsWhatTheOriginalStagesMeanwhile) {
  PROVES("P13");
  UploadStream original = OpenUpload(kLineage);
  Send(original, {Create(1)});
  UploadStream copy = SayHello(/*epoch_counter=*/1, /*epoch_id=*/78);
  RunAll();
  ASSERT_THAT(copy.written->messages, SizeIs(1));
  EXPECT_EQ(Told(copy), Held());
  EXPECT_EQ(Held(), 1u);
  EXPECT_EQ(copy.written->messages[0].hello().position().epoch_id(), 77u);
}

// The store's database was lost and it comes back empty, under a new lineage: the old one is
// retired by itself, and what it left is staged still.
TEST_F(UploadTest, NewLineageRetiresTheOld) {
  PROVES("P13");
  UploadOnce(kLineage, {Create(1), Create(2)});
  UploadStream stream = OpenUpload(kOtherLineage);
  EXPECT_EQ(stream.written->messages[0].hello().lineage(), kOtherLineage);
  EXPECT_EQ(stream.written->messages[0].hello().position().sequence(), 0u);
  Upload(stream, {Create(1)});
  EXPECT_EQ(LastAcknowledged(stream), 1u);
  EXPECT_EQ(Staged(), 3u);
  EXPECT_THAT(ServiceInfo()->alarms(), IsEmpty());
}

// A copy of a connected service's database hears where HQ stands, so that it begins a lineage of
// its own, which is fenced. It doesn't end the original's stream: the original would be the one
// that is fenced. (P13)
TEST_F(UploadTest, CopyDoesNotTakeTheOriginalsPlace) {
  PROVES("P13");
  UploadStream original = OpenUpload(kLineage);
  Upload(original, {Create(1)});
  UploadStream copy = OpenUpload(kLineage, kStore, /*epoch_id=*/78);
  ASSERT_THAT(copy.written->messages, SizeIs(1));
  EXPECT_EQ(copy.written->messages[0].hello().position().epoch_id(), 77u);
  EXPECT_FALSE(original.written->finished.has_value());
  copy.Break();
  EXPECT_THAT(OpenUpload(kOtherLineage).finished(), HasReason("LINEAGE_FENCED"));
  Upload(original, {Create(2)});
  EXPECT_EQ(LastAcknowledged(original), 2u);
  EXPECT_TRUE(ServiceInfo()->upload_connected());
}

// Two services with one id: the newcomer is fenced while the first is connected, and an operator
// sees it. When the first has gone, the newcomer may go on; then the first is the one to be fenced.
TEST_F(UploadTest, LivingLineageFencesTheNewcomer) {
  UploadStream first = OpenUpload(kLineage);
  Upload(first, {Create(1)});
  UploadStream clone = OpenUpload(kOtherLineage);
  EXPECT_THAT(clone.finished(), HasReason("LINEAGE_FENCED"));
  EXPECT_FALSE(first.written->finished.has_value());
  EXPECT_THAT(ServiceInfo()->alarms(), ElementsAre("LINEAGE_FENCED"));
  EXPECT_EQ(ServiceInfo()->lineage(), kLineage);
  Upload(first, {Create(2)});
  EXPECT_EQ(LastAcknowledged(first), 2u);

  first.Break();
  UploadStream again = OpenUpload(kOtherLineage);
  EXPECT_THAT(again.finished(), IsOk());
  EXPECT_THAT(ServiceInfo()->alarms(), IsEmpty());
  EXPECT_THAT(OpenUpload(kLineage).finished(), HasReason("LINEAGE_FENCED"));
  again.Break();
  // Retired is retired, whoever is connected.
  EXPECT_THAT(OpenUpload(kLineage).finished(), HasReason("LINEAGE_FENCED"));
}

// A subscription shows that a lineage is alive as well as an upload does.
TEST_F(UploadTest, SubscriptionKeepsALineageAlive) {
  SubscribeStream subscription = OpenSubscription(SubscribeHello(kLineage));
  EXPECT_THAT(OpenUpload(kOtherLineage).finished(), HasReason("LINEAGE_FENCED"));
  EXPECT_THAT(OpenSubscription(SubscribeHello(kOtherLineage)).finished(),
              HasReason("LINEAGE_FENCED"));
  subscription.Break();
  EXPECT_THAT(OpenUpload(kOtherLineage).finished(), IsOk());
}

// The disk is full for a while: nothing is lost, and nothing overtakes what waits.
TEST_F(UploadTest, FullDiskDelaysStaging) {
  PROVES("P5", "P7");
  UploadStream stream = OpenUpload(kLineage);
  database().set_free_bytes(0);
  Upload(stream, {Create(1)});
  Upload(stream, {Create(2)});
  EXPECT_EQ(LastAcknowledged(stream), 0u);
  database().set_free_bytes(1 << 30);
  Advance(absl::Seconds(60));
  EXPECT_THAT(stream.finished(), IsOk());
  EXPECT_EQ(LastAcknowledged(stream), 2u);
}

// A peer that ignores its window would fill the memory.
TEST_F(UploadTest, WindowIsEnforced) {
  UploadStream stream = OpenUpload(kLineage);
  database().set_free_bytes(0);
  std::vector<Operation> operations;
  for (uint64_t i = 0; i < 8; ++i) {
    Operation operation = Create(i + 1);
    operation.mutable_create_customer()->mutable_customer()->set_notes(std::string(500'000, 'x'));
    Upload(stream, {operation});
  }
  EXPECT_THAT(stream.finished(), HasReason("OVERLOADED"));
}

// Operations without content take memory as well.
TEST_F(UploadTest, WindowIsEnforcedForEmptyOperations) {
  UploadStream stream = OpenUpload(kLineage);
  database().set_free_bytes(0);
  Upload(stream, {Create(1)});
  v1::UploadRequest request;
  for (int i = 0; i < 100'000; ++i) request.mutable_batch()->add_operations("");
  for (int i = 0; i < 12; ++i) stream.reader->OnMessage(request);
  RunAll();
  EXPECT_THAT(stream.finished(), HasReason("OVERLOADED"));
}

// Both operations were taken under a lineage that a restore ended; the new lineage uploads one of
// them again: it is staged once, and its result goes to the new address.
TEST_F(UploadTest, SameRequestUnderANewLineageIsStagedOnce) {
  PROVES("S6", "C10");
  const Operation first = Create(1);
  UploadOnce(kLineage, {first, Create(2)});
  Operation again = first;
  again.set_sequence(7);
  UploadStream stream = OpenUpload(kOtherLineage);
  Operation filler = Create(1);
  std::vector<Operation> operations;
  for (uint64_t i = 1; i < 7; ++i) operations.push_back(Create(i));
  operations.push_back(again);
  Upload(stream, operations);
  EXPECT_EQ(LastAcknowledged(stream), 7u);
  EXPECT_EQ(Staged(), 8u);
  const auto listed = Operations();
  ASSERT_THAT(listed, IsOk());
  // In order of arrival: the one that came first, under its new address.
  EXPECT_EQ(listed->operations(0).name(), "operations/houston-1/2002/7");
  EXPECT_EQ(listed->operations(1).name(), "operations/houston-1/1001/2");
}

// HQ shows a customer as pending from the moment it is staged.
TEST_F(UploadTest, StagedCustomerIsShownAsPending) {
  PROVES("L4");
  const CustomerId id = NewId();
  UploadOnce(kLineage,
             {CreateOperation(1, ACustomer().WithId(id).Named("Ada", "Lovelace").At(AnAddress()))});
  customer::v1::GetCustomerRequest request;
  request.set_name(CustomerName(id));
  const auto shown = Call(&Hq::GetCustomer, request, {.language = "fr"});
  ASSERT_THAT(shown, IsOk());
  EXPECT_EQ(shown->value.state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(shown->value.display_name(), "Ada Lovelace");
  EXPECT_EQ(shown->value.account_number(), "");
  EXPECT_EQ(shown->value.account_number_text(), "En attente de synchronisation");
  EXPECT_EQ(shown->value.pending_reason(), "NUMBER_SEQUENCE_BLOCKED");
}

// A crash between any two commits loses nothing that was acknowledged and repeats nothing.
TEST_F(UploadTest, CrashKeepsWhatWasAcknowledged) {
  PROVES("P7");
  UploadStream stream = OpenUpload(kLineage);
  Upload(stream, {Create(1)});
  Restart();
  stream.reader.reset();  // its HQ is gone
  EXPECT_EQ(Staged(), 1u);
  UploadStream again = OpenUpload(kLineage);
  EXPECT_EQ(again.written->messages[0].hello().position().sequence(), 1u);
}

// Stopping ends every stream, and an answer that comes afterwards finds nobody.
TEST_F(UploadTest, StopEndsStreams) {
  PROVES("K1");
  UploadStream upload = OpenUpload(kLineage);
  SubscribeStream subscription = OpenSubscription(SubscribeHello(kLineage));
  hq().Stop();
  EXPECT_THAT(upload.finished(), HasReason("SHUTTING_DOWN"));
  EXPECT_THAT(subscription.finished(), HasReason("SHUTTING_DOWN"));
  EXPECT_THAT(OpenUpload(kLineage).finished(), HasReason("SHUTTING_DOWN"));
  RunAll();
}

// Ids that no service of ours makes are kept for a person; the outbox isn't held up.
TEST_F(UploadTest, MalformedOperationIsKept) {
  PROVES("P8");
  Operation malformed = Create(1);
  malformed.set_customer_id("short");
  UploadOnce(kLineage, {malformed, Create(2)});
  SetNumbersBlocked(false);
  Advance(absl::Minutes(5));
  EXPECT_EQ(Status()->customers(), 1u);
  const auto refused = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(refused->operations(), SizeIs(1));
  EXPECT_EQ(refused->operations(0).reason(), "INVALID_FIELDS");
  // No channel service could be told of it.
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  EXPECT_THAT(stream.finished(), IsOk());
}

}  // namespace
}  // namespace comptoir::hq
