#include "channel-service/domain/outbox/outbox.h"

#include "channel-service/domain/outbox/lineage.h"
#include "channel-service/domain/outbox/unsettled.h"
#include "common/base/status.h"
#include "common/storage/epochs.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Counts the rows of the outbox that scans visit.
class RowCounter : public Reader {
 public:
  explicit RowCounter(const Reader& reader) : reader_(reader) {}

  int rows() const { return rows_; }

  absl::StatusOr<std::optional<std::string>> Get(Table table, std::string_view key) const override {
    return reader_.Get(table, key);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      Table table, absl::Span<const std::string> keys) const override {
    return reader_.MultiGet(table, keys);
  }
  absl::Status Scan(
      Table table, const KeyRange& range,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    return reader_.Scan(table, range, [&](std::string_view key, std::string_view value) {
      if (table == Table::kOutbox) ++rows_;
      return visit(key, value);
    });
  }

 private:
  const Reader& reader_;
  mutable int rows_ = 0;
};

class Outbox : public ::testing::Test {
 protected:
  Outbox() {
    Write([&](Transaction& transaction) { return BeginRun(transaction, random_); });
  }

  template <typename Function>
  void Write(Function function) {
    const auto transaction = database_.NewTransaction();
    ASSERT_THAT(function(*transaction), IsOk());
    ASSERT_THAT(database_.Commit(*transaction), IsOk());
  }

  void PutBack(const replication::v1::OperationResult& lost) {
    Write([&](Transaction& transaction) -> absl::Status {
      COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
      return PutBackOperation(transaction, state, lost);
    });
  }

  void Append(const Uuid& id, size_t bytes = 1) {
    Write([&](Transaction& transaction) {
      auto state = ReadOutboxState(transaction);
      Operation operation;
      operation.set_customer_id(std::string(id.bytes()));
      operation.set_request_id(std::string(id.bytes()));
      operation.set_request_digest(std::string(bytes, 'd'));
      return AppendOperation(transaction, *state, operation);
    });
  }

  // HQ has it, and its final result is here.
  void Settle(const OutboxRow& row) {
    Write([&](Transaction& transaction) -> absl::Status {
      COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
      COMPTOIR_RETURN_IF_ERROR(
          AcknowledgeUpTo(transaction, state, state.lineage(), state.last_sequence()));
      return SettleOperation(transaction, state, row, replication::v1::OPERATION_STATE_APPLIED);
    });
  }
  void Settle(uint64_t sequence) {
    const auto rows = ReadOperations(reader(), sequence - 1, 1, 1);
    ASSERT_THAT(rows, IsOk());
    ASSERT_THAT(*rows, SizeIs(1));
    Settle(rows->front());
  }

  // Of the customer, an operation of a kind.
  Operation Of(const Uuid& customer, Operation::KindCase kind) {
    Operation operation;
    operation.set_customer_id(std::string(customer.bytes()));
    operation.set_request_id(std::string(NewUuid(random_).bytes()));
    operation.mutable_capture_time()->set_seconds(++seconds_);
    if (kind == Operation::kCreateCustomer) operation.mutable_create_customer();
    if (kind == Operation::kCreateAddress) operation.mutable_create_address();
    if (kind == Operation::kEditCustomer) operation.mutable_edit_customer();
    return operation;
  }
  void Append(const Operation& operation) {
    Write([&](Transaction& transaction) -> absl::Status {
      COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
      return AppendOperation(transaction, state, operation);
    });
  }
  void AppendCreates(int count) {
    for (int i = 0; i < count; ++i) Append(Of(NewUuid(random_), Operation::kCreateCustomer));
  }
  // As HQ gives it back to a service that had lost it.
  void PutBack(const Operation& operation, uint64_t lineage) {
    replication::v1::OperationResult lost;
    lost.set_lineage(lineage);
    lost.set_sequence(7);
    *lost.mutable_operation() = operation;
    PutBack(lost);
  }

  bool SingleCreates() { return *HoldsSingleCreates(reader()); }
  int64_t OldestSecond(OldestUnsettled& oldest) {
    const auto time = oldest.CaptureTime(reader());
    EXPECT_THAT(time, IsOk());
    return *time == absl::InfiniteFuture() ? 0 : absl::ToUnixSeconds(*time);
  }

  std::vector<uint64_t> Sequences(uint64_t after, size_t operations_max, size_t bytes_max) {
    const auto operations = ReadOperations(reader(), after, operations_max, bytes_max);
    std::vector<uint64_t> sequences;
    for (const OutboxRow& operation : *operations) sequences.push_back(operation.sequence());
    return sequences;
  }

  const Reader& reader() const { return database_.latest(); }

  TestRandom random_;
  MemoryDatabase database_;
  // When operations were captured, one after the other.
  int64_t seconds_ = 0;
};

TEST_F(Outbox, ReadsInOrderWithinItsLimits) {
  PROVES("P7");
  for (int i = 0; i < 5; ++i) Append(NewUuid(random_), 100);
  EXPECT_THAT(Sequences(0, 100, 1 << 20), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(Sequences(2, 2, 1 << 20), ElementsAre(3, 4));
  EXPECT_THAT(Sequences(5, 100, 1 << 20), IsEmpty());
  EXPECT_THAT(Sequences(0, 100, 300), ElementsAre(1, 2));
  EXPECT_THAT(Sequences(0, 100, 1), ElementsAre(1)) << "one always fits";
}

TEST_F(Outbox, AcknowledgementsNeverGoBackOrBeyondTheEnd) {
  PROVES("P7");
  for (int i = 0; i < 3; ++i) Append(NewUuid(random_));
  const uint64_t lineage = ReadOutboxState(reader())->lineage();
  const auto acknowledge = [&](uint64_t of, uint64_t sequence) {
    Write([&](Transaction& transaction) { return AcknowledgeUpTo(transaction, of, sequence); });
    return ReadOutboxState(reader())->acknowledged_sequence();
  };
  EXPECT_EQ(acknowledge(lineage, 2), 2);
  EXPECT_EQ(acknowledge(lineage, 1), 2);
  EXPECT_EQ(acknowledge(lineage + 1, 3), 2);
  EXPECT_EQ(acknowledge(lineage, 4), 2);
  EXPECT_EQ(acknowledge(lineage, 3), 3);
}

// What HQ is told in a hello: all that it has acknowledged and that isn't settled, page by page.
TEST_F(Outbox, AcknowledgedOperationsComeInPages) {
  PROVES("P13");
  for (int i = 0; i < 5; ++i) Append(NewUuid(random_));
  Write([&](Transaction& transaction) {
    return AcknowledgeUpTo(transaction, ReadOutboxState(transaction)->lineage(), 3);
  });
  replication::v1::OperationResult lost;
  lost.set_lineage(42);
  lost.set_sequence(7);
  lost.mutable_operation()->set_customer_id(std::string(16, 'c'));
  lost.mutable_operation()->set_request_id(std::string(16, 'c'));
  PutBack(lost);

  std::vector<uint64_t> sequences;
  std::string key;
  int pages = 0;
  do {
    const auto page = ReadAcknowledgedOperations(reader(), key, 2);
    ASSERT_THAT(page, IsOk());
    for (const auto& operation : page->operations) sequences.push_back(operation.sequence());
    key = page->next_key;
    ++pages;
  } while (!key.empty());
  EXPECT_THAT(sequences, ElementsAre(1, 2, 3, UINT64_MAX)) << "the last was put back";
  EXPECT_EQ(pages, 2);
}

TEST_F(Outbox, ListsUnsettledOperationsInPages) {
  PROVES("P8", "M3");
  for (int i = 0; i < 5; ++i) Append(NewUuid(random_));
  channel::v1::ListUnsettledOperationsRequest request;
  request.set_page_size(2);
  std::vector<uint64_t> sequences;
  do {
    const auto page = ListUnsettledOperations(reader(), request);
    ASSERT_THAT(page, IsOk());
    for (const auto& operation : page->operations()) sequences.push_back(operation.sequence());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(sequences, ElementsAre(1, 2, 3, 4, 5));

  request.set_page_token("nonsense");
  EXPECT_THAT(ListUnsettledOperations(reader(), request), HasReason(Reason::kInvalidPageToken));
  request.clear_page_token();
  request.set_page_size(1001);
  EXPECT_THAT(ListUnsettledOperations(reader(), request),
              HasViolation("page_size", "OUT_OF_RANGE"));
}

// One request is only once in a new lineage, under however many older ones it was put back; but to
// each customer that had the UUID.
TEST_F(Outbox, NewLineageHoldsARequestOnce) {
  PROVES("C10", "P13");
  replication::v1::OperationResult lost;
  lost.mutable_operation()->set_customer_id(std::string(16, 'c'));
  lost.mutable_operation()->set_request_id(std::string(16, 'a'));
  for (const char* const customer : {"one", "the other"}) {
    lost.mutable_operation()->set_customer_digest(customer);
    lost.set_sequence(lost.sequence() + 1);
    for (const uint64_t lineage : {41, 42}) {
      lost.set_lineage(lineage);
      PutBack(lost);
    }
  }
  Append(NewUuid(random_));
  Write([&](Transaction& transaction) { return BeginLineage(transaction, 43, random_); });
  EXPECT_THAT(Sequences(0, 100, 1 << 20), ElementsAre(1, 2, 3));
  EXPECT_EQ(ReadOutboxState(reader())->depth(), 3);
  EXPECT_EQ(ReadOutboxState(reader())->lineage(), 43);
}

// The oldest is the oldest whatever settles first, is put back or begins anew. (M3)
TEST_F(Outbox, TellsWhenTheOldestWasCaptured) {
  PROVES("M3");
  OldestUnsettled oldest;
  EXPECT_EQ(OldestSecond(oldest), 0) << "there is none";
  AppendCreates(4);
  EXPECT_EQ(OldestSecond(oldest), 1);
  Settle(2);
  EXPECT_EQ(OldestSecond(oldest), 1);
  Settle(1);
  EXPECT_EQ(OldestSecond(oldest), 3);
  const Operation lost = Of(NewUuid(random_), Operation::kCreateCustomer);
  Settle(3);
  Settle(4);
  EXPECT_EQ(OldestSecond(oldest), 0) << "all are settled";
  PutBack(lost, 42);
  EXPECT_EQ(OldestSecond(oldest), 5);
  AppendCreates(1);
  EXPECT_EQ(OldestSecond(oldest), 5) << "before what came since";

  Write([&](Transaction& transaction) { return BeginLineage(transaction, 43, random_); });
  EXPECT_EQ(OldestSecond(oldest), 5) << "numbered from 1 again";
  Settle(1);
  EXPECT_EQ(OldestSecond(oldest), 6);
}

// A status while a backlog comes home doesn't walk over what has come home already.
TEST_F(Outbox, LooksForTheOldestWhereItWas) {
  PROVES("M3");
  AppendCreates(100);
  OldestUnsettled oldest;
  // They stay, marked, until HQ has acknowledged them: so the walk can be counted.
  Write([&](Transaction& transaction) -> absl::Status {
    COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
    COMPTOIR_ASSIGN_OR_RETURN(const auto rows, ReadOperations(transaction, 0, 90, 1 << 20));
    for (const OutboxRow& row : rows) {
      COMPTOIR_RETURN_IF_ERROR(
          SettleOperation(transaction, state, row, replication::v1::OPERATION_STATE_APPLIED));
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(OldestSecond(oldest), 91);
  const RowCounter counter(reader());
  EXPECT_THAT(oldest.CaptureTime(counter), IsOk());
  EXPECT_EQ(counter.rows(), 1);
}

// While there are other operations than creates, a customer's are searched for.
TEST_F(Outbox, KnowsWhetherItHoldsSingleCreatesOnly) {
  PROVES("P7");
  EXPECT_TRUE(SingleCreates()) << "none";
  AppendCreates(2);
  EXPECT_TRUE(SingleCreates());
  const Uuid customer = NewUuid(random_);
  Append(Of(customer, Operation::kCreateAddress));
  Append(Of(customer, Operation::kEditCustomer));
  EXPECT_FALSE(SingleCreates());
  Settle(3);
  EXPECT_FALSE(SingleCreates()) << "the edit is left";
  Settle(1);
  EXPECT_FALSE(SingleCreates());
  Settle(4);
  EXPECT_TRUE(SingleCreates());
  // It may be of a customer that has another create.
  PutBack(Of(customer, Operation::kCreateCustomer), 42);
  EXPECT_FALSE(SingleCreates());
  Settle(UnsettledRows(reader())->back());
  EXPECT_TRUE(SingleCreates());
}

TEST_F(Outbox, CountsOtherOperationsAnewInANewLineage) {
  PROVES("P13");
  AppendCreates(1);
  Append(Of(NewUuid(random_), Operation::kEditCustomer));
  PutBack(Of(NewUuid(random_), Operation::kCreateCustomer), 42);
  Write([&](Transaction& transaction) { return BeginLineage(transaction, 43, random_); });
  EXPECT_FALSE(SingleCreates()) << "the edit";
  const std::vector<OutboxRow> rows = *UnsettledRows(reader());
  for (const OutboxRow& row : rows) {
    if (row.kind() == Operation::kEditCustomer) Settle(row);
  }
  EXPECT_TRUE(SingleCreates());
}

// Two creates of one customer in one lineage: it was put back, and given anew.
TEST_F(Outbox, TwoCreatesOfACustomerAreNoSingleCreates) {
  PROVES("P13");
  const Uuid customer = NewUuid(random_);
  Append(Of(customer, Operation::kCreateCustomer));
  PutBack(Of(customer, Operation::kCreateCustomer), 42);
  Write([&](Transaction& transaction) { return BeginLineage(transaction, 43, random_); });
  EXPECT_FALSE(SingleCreates());
  Settle(1);
  EXPECT_FALSE(SingleCreates()) << "until it is empty";
  Settle(2);
  EXPECT_TRUE(SingleCreates());
}

// An earlier version, which may be put in place again for a while, counts nothing.
TEST_F(Outbox, WhatAnEarlierVersionDidIsntCounted) {
  PROVES("P7");
  AppendCreates(1);
  const auto run = [&] {
    Write([&](Transaction& transaction) { return BeginRun(transaction, random_); });
  };
  run();
  EXPECT_TRUE(SingleCreates());
  Write([&](Transaction& transaction) {
    return BeginEpoch(transaction, random_, Sequence(2)).status();
  });
  run();
  EXPECT_FALSE(SingleCreates());
  Settle(1);
  EXPECT_TRUE(SingleCreates()) << "empty";
  AppendCreates(1);
  run();
  EXPECT_TRUE(SingleCreates());
  Settle(2);
  Write([&](Transaction& transaction) {
    StopCountingOthers(transaction);
    return BeginEpoch(transaction, random_, Sequence(3)).status();
  });
  EXPECT_FALSE(SingleCreates());
  run();
  EXPECT_TRUE(SingleCreates()) << "it left nothing";
}

// The position that HQ presents is checked against every epoch that this database ever had.
TEST_F(Outbox, UploadGoesOnWhereHqIsAndOnlyIfItIsOurs) {
  PROVES("P7", "P13");
  for (int i = 0; i < 3; ++i) Append(NewUuid(random_));
  const auto state = *ReadOutboxState(reader());
  const auto first = *CurrentEpoch(reader());
  hq::v1::UploadHelloReply reply;
  EXPECT_EQ(**UploadAfter(reader(), reply), 0) << "HQ holds nothing";
  reply.set_lineage(state.lineage() + 1);
  *reply.mutable_position() = MakePosition(first, Sequence(9));
  EXPECT_EQ(**UploadAfter(reader(), reply), 0) << "HQ holds another lineage";
  reply.set_lineage(state.lineage());
  *reply.mutable_position() = MakePosition(first, Sequence(2));
  EXPECT_EQ(**UploadAfter(reader(), reply), 2);
  *reply.mutable_position() = MakePosition(first, Sequence(4));
  EXPECT_EQ(*UploadAfter(reader(), reply), std::nullopt) << "never given";

  Write([&](Transaction& transaction) { return BeginRun(transaction, random_); });
  Append(NewUuid(random_));
  *reply.mutable_position() = MakePosition(first, Sequence(3));
  EXPECT_EQ(**UploadAfter(reader(), reply), 3);
  *reply.mutable_position() = MakePosition(first, Sequence(4));
  EXPECT_EQ(*UploadAfter(reader(), reply), std::nullopt) << "given in a later epoch";
  *reply.mutable_position() = MakePosition(*CurrentEpoch(reader()), Sequence(4));
  EXPECT_EQ(**UploadAfter(reader(), reply), 4);
  reply.mutable_position()->set_epoch_id(1);
  EXPECT_EQ(*UploadAfter(reader(), reply), std::nullopt) << "an epoch of a copy";
}

}  // namespace
}  // namespace comptoir::channel
