#include "channel-service/domain/replication/settle.h"

#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/customer/records/customer_index.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using replication::v1::Operation;
using replication::v1::OperationResult;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Settling : public ChannelTest {
 protected:
  void SetUp() override { OpenOffline(); }

  // Makes a pending customer, has it uploaded and acknowledged, and returns its operation.
  Operation UploadedCreate(const Customer& customer) {
    CreatePending(customer);
    const Operation operation = Operations().back();
    AcknowledgeUpload(operation.sequence());
    return operation;
  }

  // What finds customers, and what that should be by the records of the only one. Behind it is what
  // finds operations.
  std::map<std::string, std::string> Index() {
    std::map<std::string, std::string> rows;
    EXPECT_THAT(reader().Scan(Table::kIndex, {.end = "\x80", .rows_max = SIZE_MAX},
                              [&](std::string_view key, std::string_view value) {
                                return rows.emplace(key, value).second;
                              }),
                IsOk());
    return rows;
  }
  std::map<std::string, std::string> IndexByRecords(const std::string& name) {
    const CustomerId id = *ParseCustomerName(name);
    std::map<std::string, std::string> rows;
    const auto add = [&](const IndexEntries& entries) {
      rows.insert(entries.begin(), entries.end());
    };
    add(CustomerIndexEntries(FindCustomer(reader(), id)->value()));
    EXPECT_THAT(ScanRecords<storage::v1::AddressRecord>(
                    reader(), Table::kRecords, PrefixRange(AddressRecordPrefix(id)),
                    [&](std::string_view, const storage::v1::AddressRecord& record) {
                      add(AddressIndexEntries(record));
                      return true;
                    }),
                IsOk());
    return rows;
  }

  // Two of its phones are one that was typed in two ways; its address has it too.
  static Customer RepeatingItself() {
    return ACustomer()
        .Named("Ada", "Ada")
        .Phone("+44 20 7946 0958")
        .At(AnAddress().Street("London").Phone("+44 20 7946 0958"))
        .With([](Customer& customer) {
          customer.add_secondary_phones()->set_number("0044 20 7946 0958");
        });
  }

  static std::string NameOf(const Operation& operation) {
    return operation.create_customer().customer().name();
  }
};

// The result and the record that it made come in one batch: the number appears, the outbox is
// empty. (S2, P7)
TEST_F(Settling, AppliedGivesTheNumberAndEmptiesTheOutbox) {
  PROVES("P7", "P9", "S6");
  const Operation operation = UploadedCreate(ACustomer().At(AnAddress()));
  Deliver({ChangeOf(AppliedResult(operation, AtHq(operation, "C-00000001")))});
  const Customer customer = Get(NameOf(operation)).value();
  EXPECT_THAT(customer, IsSyncedAs("C-00000001"));
  EXPECT_EQ(customer.account_number_text(), "C-00000001");
  EXPECT_THAT(Get("accountNumbers/C-00000001").value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(Operations(), IsEmpty());
  EXPECT_EQ(Status().outbox_depth(), 0);
  EXPECT_EQ(Status().customers(), 1);
}

// HQ's records replace all that the operation had put there: an address that HQ's result lacks
// goes.
TEST_F(Settling, AppliedRemovesWhatHqLacks) {
  PROVES("P7");
  const Operation operation =
      UploadedCreate(ACustomer().At(AnAddress()).At(AnAddress().In("Paris", "FR")));
  HqCustomer at_hq = AtHq(operation, "C-00000001");
  at_hq.addresses.pop_back();
  Deliver({ChangeOf(AppliedResult(operation, at_hq))});
  customer::v1::ListAddressesRequest request;
  request.set_parent(NameOf(operation));
  Reply<customer::v1::ListAddressesResponse> addresses;
  service_->ListAddresses(request, {}, addresses.done());
  ASSERT_THAT(addresses.value().addresses(), SizeIs(1));
  EXPECT_EQ(addresses.value().addresses(0).city(), "London");
  EXPECT_FALSE(addresses.value().addresses(0).pending());
}

// Settled without a record that we may see: nothing of it stays.
TEST_F(Settling, AppliedWithoutRecordsRemovesThePendingCustomer) {
  PROVES("P7");
  const Operation operation = UploadedCreate(ACustomer().At(AnAddress()));
  Deliver({ChangeOf(ResultOf(operation, replication::v1::OPERATION_STATE_APPLIED))});
  EXPECT_THAT(*Get(NameOf(operation)), HasReason(Reason::kCustomerNotFound));
  EXPECT_EQ(Status().customers(), 0);
}

// What a customer repeats is in the index for as long as HQ's record has it, and not longer.
TEST_F(Settling, OfWhatIsRepeatedNothingStays) {
  PROVES("P7", "V7");
  SwitchFeature("F1", true);
  SwitchFeature("F3", true);
  const Operation operation = UploadedCreate(RepeatingItself());
  const auto pending = Index();
  EXPECT_EQ(pending, IndexByRecords(NameOf(operation)));
  EXPECT_TRUE(pending.contains(KeyWriter()
                                   .Byte(static_cast<uint8_t>(IndexTag::kPhone))
                                   .String("442079460958")
                                   .Id(*ParseCustomerName(NameOf(operation)))
                                   .key()));
  Operation kept = operation;
  kept.mutable_create_customer()->mutable_customer()->clear_phone();
  kept.mutable_create_customer()->mutable_customer()->clear_secondary_phones();
  Deliver({ChangeOf(AppliedResult(operation, AtHq(kept, "C-00000001")))});
  EXPECT_EQ(Index(), IndexByRecords(NameOf(operation)));
  for (const auto& [key, unused] : Index()) {
    EXPECT_NE(key.front(), static_cast<char>(IndexTag::kPhone));
    EXPECT_NE(key.front(), static_cast<char>(IndexTag::kPhoneBackwards));
  }
}

TEST_F(Settling, OfWhatIsRepeatedNothingStaysWithoutRecords) {
  PROVES("P7", "V7");
  SwitchFeature("F1", true);
  SwitchFeature("F3", true);
  const Operation operation = UploadedCreate(RepeatingItself());
  EXPECT_THAT(Index(), Not(IsEmpty()));
  Deliver({ChangeOf(ResultOf(operation, replication::v1::OPERATION_STATE_APPLIED))});
  EXPECT_THAT(Index(), IsEmpty());
}

TEST_F(Settling, ResultsMayComeAgain) {
  PROVES("P2", "P7");
  const Operation operation = UploadedCreate(ACustomer());
  const HqCustomer at_hq = AtHq(operation, "C-00000001");
  const OperationResult result = AppliedResult(operation, at_hq);
  Deliver({ChangeOf(result)});
  Deliver({ChangeOf(result)});
  EXPECT_EQ(Status().outbox_depth(), 0);
  EXPECT_EQ(Status().customers(), 1);
  EXPECT_THAT(Get(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
}

// An operation of this lineage that isn't here was settled here: an older word of HQ's about it
// doesn't bring it back.
TEST_F(Settling, SettledOperationIsNotPutBack) {
  PROVES("P7");
  const Operation operation = UploadedCreate(ACustomer());
  Deliver({ChangeOf(AppliedResult(operation, AtHq(operation, "C-00000001")))});
  OperationResult staged = ResultOf(operation, replication::v1::OPERATION_STATE_STAGED);
  *staged.mutable_operation() = operation;
  Deliver({ChangeOf(staged)});
  EXPECT_THAT(Unsettled(), IsEmpty());
  EXPECT_EQ(Status().outbox_depth(), 0);
}

// HQ's customer of this very create comes before its addresses: those that the store shows stay.
TEST_F(Settling, AddressesStayUntilHqsCome) {
  PROVES("S6", "P7");
  const Operation operation = UploadedCreate(ACustomer().At(AnAddress()));
  HqCustomer at_hq = AtHq(operation, "C-00000001");
  at_hq.addresses.clear();
  Deliver(at_hq);
  customer::v1::ListAddressesRequest request;
  request.set_parent(NameOf(operation));
  Reply<customer::v1::ListAddressesResponse> addresses;
  service_->ListAddresses(request, {}, addresses.done());
  EXPECT_THAT(addresses.value().addresses(), SizeIs(1));
}

// Acknowledged isn't settled, and a refusal isn't final: the store sees the reason, and the
// operation stays. (P8)
TEST_F(Settling, RefusalIsShownAndKept) {
  PROVES("P8");
  const Operation operation = UploadedCreate(ACustomer());
  OperationResult refused =
      ResultOf(operation, replication::v1::OPERATION_STATE_REFUSED, "INVALID_FIELDS");
  refused.add_fields("tax_number");
  Deliver({ChangeOf(refused)});
  const Customer customer = Get(NameOf(operation)).value();
  EXPECT_THAT(customer, IsPending());
  EXPECT_EQ(customer.pending_reason(), "INVALID_FIELDS");
  const auto unsettled = Unsettled();
  ASSERT_THAT(unsettled, SizeIs(1));
  EXPECT_EQ(unsettled[0].state(), replication::v1::OPERATION_STATE_REFUSED);
  EXPECT_EQ(unsettled[0].reason(), "INVALID_FIELDS");
  EXPECT_THAT(unsettled[0].fields(), ElementsAre("tax_number"));

  // A person corrects it at HQ: it is staged again, and converted.
  Deliver({ChangeOf(ResultOf(operation, replication::v1::OPERATION_STATE_STAGED))});
  EXPECT_EQ(Get(NameOf(operation)).value().pending_reason(), "");
  Deliver({ChangeOf(AppliedResult(operation, AtHq(operation, "C-00000001")))});
  EXPECT_THAT(Get(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
}

TEST_F(Settling, WaitingShowsItsReason) {
  PROVES("P5", "P12");
  const Operation operation = UploadedCreate(ACustomer());
  Deliver({ChangeOf(
      ResultOf(operation, replication::v1::OPERATION_STATE_WAITING, "NUMBER_SEQUENCE_BLOCKED"))});
  EXPECT_EQ(Get(NameOf(operation)).value().pending_reason(), "NUMBER_SEQUENCE_BLOCKED");
  EXPECT_EQ(Unsettled()[0].state(), replication::v1::OPERATION_STATE_WAITING);
}

// A person discards it: the UUID resolves to REJECTED, without personal data, also for a repeated
// create. (P8, P9)
TEST_F(Settling, DiscardedIsRejectedWithoutPersonalData) {
  PROVES("P8", "P9", "C10");
  const auto request =
      ACustomer().Named("Ada", "Lovelace").Email("ada@example.org").WithId(NewId()).At(AnAddress());
  const Operation operation = UploadedCreate(request);
  Deliver({ChangeOf(
      ResultOf(operation, replication::v1::OPERATION_STATE_DISCARDED, "OPERATION_DISCARDED"))});
  const Customer rejected = Get(NameOf(operation)).value();
  EXPECT_EQ(rejected.state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_EQ(rejected.pending_reason(), "OPERATION_DISCARDED");
  EXPECT_EQ(rejected.display_name(), "");
  EXPECT_FALSE(rejected.has_email());
  EXPECT_THAT(Operations(), IsEmpty());
  for (const auto& [key, value] : database_.Copy()) {
    EXPECT_EQ(value.find("Lovelace"), std::string::npos);
    EXPECT_EQ(value.find("London"), std::string::npos);
  }
  EXPECT_THAT(*Create(request), HasReason("CUSTOMER_REJECTED"));

  customer::v1::SearchCustomersRequest search;
  search.set_query("lovelace");
  Reply<customer::v1::SearchCustomersResponse> found;
  service_->SearchCustomers(search, {}, found.done());
  EXPECT_THAT(found.value().results(), IsEmpty());
}

// The UUID belongs to another customer at HQ: HQ's record is shown, ours is kept beside it with its
// reason, and its addresses aren't that customer's. (C10)
TEST_F(Settling, UuidOfAnotherCustomerShowsHqsRecord) {
  PROVES("C10", "P8");
  const Operation operation = UploadedCreate(ACustomer().Named("Ada").At(AnAddress()));
  HqCustomer other = AtHq(operation, "C-00000001");
  other.addresses.clear();
  other.record.clear_primary_address_id();
  other.record.mutable_customer()->set_given_name("Grace");
  other.record.set_request_digest(std::string(32, 'g'));
  Deliver(other);
  Deliver({ChangeOf(
      ResultOf(operation, replication::v1::OPERATION_STATE_REFUSED, "REQUEST_ID_REUSED"))});
  const Customer shown = Get(NameOf(operation)).value();
  EXPECT_EQ(shown.given_name(), "Grace");
  EXPECT_THAT(shown, IsSyncedAs("C-00000001"));
  ASSERT_THAT(Unsettled(), SizeIs(1));
  EXPECT_EQ(Unsettled()[0].reason(), "REQUEST_ID_REUSED");
  customer::v1::ListAddressesRequest request;
  request.set_parent(NameOf(operation));
  Reply<customer::v1::ListAddressesResponse> addresses;
  service_->ListAddresses(request, {}, addresses.done());
  EXPECT_THAT(addresses.value().addresses(), IsEmpty());

  // Discarding ours leaves HQ's customer.
  Deliver({ChangeOf(
      ResultOf(operation, replication::v1::OPERATION_STATE_DISCARDED, "OPERATION_DISCARDED"))});
  EXPECT_EQ(Get(NameOf(operation)).value().given_name(), "Grace");
  EXPECT_THAT(Unsettled(), IsEmpty());
}

// HQ sends its own REJECTED record with the result: it replaces the pending customer, addresses
// included, in the same batch. (P8, P9)
TEST_F(Settling, DiscardedTakesHqsRecord) {
  PROVES("P8", "P9");
  const Operation operation = UploadedCreate(ACustomer().Named("Ada").At(AnAddress()));
  HqCustomer rejected = AtHq(operation, "");
  rejected.addresses.clear();
  Customer& stub = *rejected.record.mutable_customer();
  stub.Clear();
  stub.set_name(NameOf(operation));
  stub.set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  rejected.record.clear_primary_address_id();
  OperationResult result =
      ResultOf(operation, replication::v1::OPERATION_STATE_DISCARDED, "OPERATION_DISCARDED");
  for (const auto& change : rejected.Changes()) *result.add_records() = change;
  Deliver({ChangeOf(result)});
  EXPECT_EQ(Get(NameOf(operation)).value().state(), customer::v1::CUSTOMER_STATE_REJECTED);
  const auto stored = FindCustomer(reader(), CustomerId::FromBytes(operation.customer_id()));
  EXPECT_EQ((*stored)->version(), rejected.record.version());
  EXPECT_THAT(Unsettled(), IsEmpty());
  EXPECT_EQ(Status().customers(), 1);
  for (const auto& [key, value] : database_.Copy()) {
    EXPECT_EQ(value.find("London"), std::string::npos);
  }
}

// A person gives the customer another UUID: the operation settles, the new customer is there, and
// the old UUID is kept for the customer whose it is, also as long as that one isn't there. (P8,
// C10)
TEST_F(Settling, AppliedUnderAnotherUuid) {
  PROVES("P8", "C10");
  const Operation operation = UploadedCreate(ACustomer().Named("Ada").At(AnAddress()));
  const CustomerId moved_to = NewId();
  Operation moved = operation;
  moved.set_customer_id(std::string(moved_to.bytes()));
  Customer& captured = *moved.mutable_create_customer()->mutable_customer();
  captured.set_name(CustomerName(moved_to));
  captured.mutable_addresses(0)->set_name(AddressName({moved_to, NewId()}));
  OperationResult result = AppliedResult(moved, AtHq(moved, "C-00000002"));
  result.set_request_id(operation.request_id());
  Deliver({ChangeOf(result)});
  EXPECT_THAT(Unsettled(), IsEmpty());
  EXPECT_EQ(Status().outbox_depth(), 0);
  EXPECT_THAT(Get(CustomerName(moved_to)).value(), IsSyncedAs("C-00000002"));
  const Customer old = Get(NameOf(operation)).value();
  EXPECT_EQ(old.state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_EQ(old.pending_reason(), "REQUEST_ID_REUSED");
  EXPECT_EQ(old.given_name(), "");
  customer::v1::ListAddressesRequest request;
  request.set_parent(NameOf(operation));
  Reply<customer::v1::ListAddressesResponse> addresses;
  service_->ListAddresses(request, {}, addresses.done());
  EXPECT_THAT(addresses.value().addresses(), IsEmpty());
}

// HQ's removal of a customer that only this store has made, or still works on, isn't about that.
// (DESIGN: a channel always shows its own unsettled work.)
TEST_F(Settling, RemovalLeavesOwnUnsettledWork) {
  PROVES("V8");
  const Operation operation = UploadedCreate(ACustomer());
  replication::v1::RecordChange removal = AtHq(operation, "C-00000001").Changes().front();
  const HqCustomer at_hq = AtHq(operation, "C-00000001");
  removal.set_removed(true);
  removal.clear_record();
  removal.set_version(hq_sequence_ + 10);
  Deliver({ChangeOf(removal)});
  EXPECT_THAT(Get(NameOf(operation)).value(), IsPending());
  Deliver(at_hq);
  Deliver({ChangeOf(removal)});
  EXPECT_THAT(Get(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
}

// The acknowledgement is lost, the result comes first: HQ cannot speak of what it doesn't hold.
// (P7)
TEST_F(Settling, ResultBeforeTheAcknowledgement) {
  PROVES("P7");
  CreatePending(ACustomer());
  CreatePending(ACustomer());
  const Operation second = Operations().back();
  Deliver({ChangeOf(AppliedResult(second, AtHq(second, "C-00000001")))});
  EXPECT_EQ(Status().outbox_unacknowledged(), 0);
  EXPECT_EQ(Status().outbox_depth(), 1);
}

// What HQ sends and cannot be read ends the stream with an alarm; nothing of it is applied, and it
// goes on when it can be read.
TEST_F(Settling, CorruptChangesStopTheStreamWithAnAlarm) {
  PROVES("P7");
  const Operation operation = UploadedCreate(ACustomer());
  const HqCustomer at_hq = AtHq(operation, "C-00000001");
  auto good = ChangeOf(AppliedResult(operation, at_hq));
  std::vector<replication::v1::Change> corrupt(4);
  corrupt[0].mutable_record()->set_kind(replication::v1::RECORD_KIND_CUSTOMER);
  corrupt[0].mutable_record()->set_key("short");
  *corrupt[1].mutable_record() = at_hq.Changes().front();
  corrupt[1].mutable_record()->set_record("\xff\xff\xff");
  *corrupt[2].mutable_result() = good.result();
  corrupt[2].mutable_result()->set_customer_id("short");
  *corrupt[3].mutable_result() = good.result();
  corrupt[3].mutable_result()->mutable_operation()->set_customer_id(std::string(16, 'x'));
  for (const replication::v1::Change& change : corrupt) {
    Deliver({good, change});
    EXPECT_FALSE(hq_.subscriptions.is_open());
    EXPECT_THAT(Status().alarms(), ElementsAre("CHANGES_CORRUPT"));
    EXPECT_THAT(Get(NameOf(operation)).value(), IsPending()) << "half of a batch was applied";
    OpenOffline();
  }
  Deliver({good});
  EXPECT_THAT(Get(NameOf(operation)).value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(Status().alarms(), IsEmpty());
}

// A newer HQ's states and kinds of record don't stop this version.
TEST_F(Settling, UnknownKindsArePassedOver) {
  PROVES("P7");
  const Operation operation = UploadedCreate(ACustomer());
  replication::v1::Change kind;
  kind.mutable_record()->set_kind(static_cast<replication::v1::RecordKind>(99));
  kind.mutable_record()->set_key("key");
  kind.mutable_record()->set_record("bytes");
  auto state = ChangeOf(ResultOf(operation, static_cast<replication::v1::OperationState>(99)));
  Deliver({kind, state, replication::v1::Change()});
  EXPECT_TRUE(hq_.subscriptions.is_open());
  EXPECT_THAT(Unsettled(), SizeIs(1));
}

}  // namespace
}  // namespace comptoir::channel
