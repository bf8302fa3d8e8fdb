// New addresses with F4: committed in the store, uploaded later.

#include "channel-service/domain/outbox/outbox.h"
#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using replication::v1::Operation;
using replication::v1::OperationResult;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AddressCreationTest : public ChannelTest {
 protected:
  void SetUp() override {
    OpenReady();
    SwitchFeature("F4", true);
    synced_ = CreateSynced(ACustomer().Named("Ada").At(AnAddress()), "C-00000001");
    id_ = ParseCustomerName(synced_.name()).value();
  }

  Reply<Address> Add(const Address& address, const std::string& parent) {
    customer::v1::CreateAddressRequest request;
    request.set_parent(parent);
    *request.mutable_address() = address;
    Reply<Address> reply;
    service_->CreateAddress(request, {}, reply.done());
    Run();
    return reply;
  }
  Address Added(const Address& address) {
    const auto reply = Add(address, synced_.name());
    EXPECT_THAT(*reply, IsOk());
    return reply.value();
  }
  absl::StatusOr<Address> Find(const std::string& name) {
    customer::v1::GetAddressRequest request;
    request.set_name(name);
    Reply<Address> reply;
    service_->GetAddress(request, {}, reply.done());
    Run();
    return *reply;
  }
  void TakeLinkDown() {
    hq_.probe_answer = absl::UnavailableError("connection refused");
    hq_.uploads.Break(absl::UnavailableError("connection reset"));
    Run();
  }
  Operation LastOperation() { return Operations().back(); }

  // HQ's customer and address after it has applied the operation, at its next sequence.
  HqCustomer Applied(const Operation& operation, bool primary) {
    HqCustomer customer{FindCustomer(reader(), id_).value().value()};
    storage::v1::AddressRecord& record = customer.addresses.emplace_back();
    *record.mutable_address() = operation.create_address().address();
    record.mutable_address()->clear_primary();
    record.set_request_digest(operation.request_digest());
    record.set_version(NextHqSequence());
    record.set_created_sequence(record.version());
    customer.record.set_version(record.version());
    customer.record.set_primary_address_id(primary ? operation.request_id()
                                                   : HqPrimary().value_or(""));
    return customer;
  }
  std::optional<std::string> HqPrimary() const {
    const auto key = ParseAddressName(synced_.primary_address());
    if (!key.ok()) return std::nullopt;
    return std::string(key->address.bytes());
  }
  // HQ's customer after somebody else has changed it.
  HqCustomer Changed(const std::string& notes) {
    HqCustomer customer{FindCustomer(reader(), id_).value().value()};
    customer.record.mutable_customer()->set_notes(notes);
    customer.record.set_version(NextHqSequence());
    customer.record.set_primary_address_id(HqPrimary().value_or(""));
    return customer;
  }

  Customer synced_;
  CustomerId id_;
};

// HQ isn't asked, online or not; the address is there at once, and an operation of its own.
TEST_F(AddressCreationTest, IsCommittedHere) {
  PROVES("A9", "F4", "S10", "V7");
  TakeLinkDown();
  const Address address = Added(AnAddress().In("Paris", "FR"));
  EXPECT_TRUE(address.pending());
  EXPECT_EQ(address.display_name(), "Ada");
  EXPECT_FALSE(address.primary());
  ASSERT_THAT(Operations(), SizeIs(1));
  const Operation operation = LastOperation();
  EXPECT_EQ(operation.create_address().address().city(), "Paris");
  EXPECT_EQ(operation.customer_id(), id_.bytes());
  EXPECT_EQ(operation.customer_digest(), FindCustomer(reader(), id_).value()->request_digest());
  EXPECT_EQ(Find(address.name())->city(), "Paris");
  EXPECT_TRUE(Find(address.name())->pending());
}

// Without the feature HQ is asked as before.
TEST_F(AddressCreationTest, SwitchedOffAsksHq) {
  PROVES("A9", "F4", "F0");
  const Address kept = Added(AnAddress().In("Paris", "FR"));
  SwitchFeature("F4", false);
  const auto asked = Add(AnAddress().In("Rome", "IT"), synced_.name());
  EXPECT_FALSE(asked.answered());
  EXPECT_EQ(hq_.address_creates.request().address().city(), "Rome");
  EXPECT_THAT(Find(kept.name()), IsOk());
  ASSERT_THAT(Operations(), SizeIs(1));
}

// A repeated create has no second effect; other content under its id is refused.
TEST_F(AddressCreationTest, RepeatedIsOne) {
  PROVES("C10", "A9");
  const Address named = AnAddress().In("Paris", "FR").WithId(id_, NewId());
  const Address first = Added(named);
  EXPECT_EQ(Added(named).name(), first.name());
  EXPECT_THAT(Operations(), SizeIs(1));
  Address other = named;
  other.set_city("Rome");
  EXPECT_THAT(*Add(other, synced_.name()), HasReason("REQUEST_ID_REUSED"));
}

TEST_F(AddressCreationTest, BadOnesAreRefused) {
  PROVES("A8", "C8");
  EXPECT_THAT(*Add(Address(), synced_.name()), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(*Add(AnAddress(), CustomerName(NewId())), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(*Add(AnAddress().WithId(NewId(), NewId()), synced_.name()),
              HasViolation("address.name", "NAME_INVALID"));
  options_.outbox_operations_max = 0;
  Open();
  Connect();
  EXPECT_THAT(*Add(AnAddress(), synced_.name()), HasReason("OUTBOX_FULL"));
  EXPECT_THAT(Operations(), IsEmpty());
}

// It cannot be changed before HQ has it.
TEST_F(AddressCreationTest, PendingOneIsNotEdited) {
  PROVES("A10", "L1");
  const Address address = Added(AnAddress().In("Paris", "FR"));
  customer::v1::UpdateAddressRequest update;
  *update.mutable_address() = address;
  update.mutable_update_mask()->add_paths("city");
  Reply<Address> updated;
  service_->UpdateAddress(update, {}, updated.done());
  Run();
  EXPECT_THAT(*updated, HasReason("CUSTOMER_PENDING"));
  customer::v1::DeactivateAddressRequest deactivate;
  deactivate.set_name(address.name());
  Reply<Address> deactivated;
  service_->DeactivateAddress(deactivate, {}, deactivated.done());
  Run();
  EXPECT_THAT(*deactivated, HasReason("CUSTOMER_PENDING"));
}

// A pending customer gets one, too; the first is primary. Its create's result leaves it there.
TEST_F(AddressCreationTest, OfAPendingCustomer) {
  PROVES("A9", "A7", "F4");
  TakeLinkDown();
  const Customer pending = CreatePending(ACustomer().Named("Grace"));
  const auto reply = Add(AnAddress().In("Paris", "FR"), pending.name());
  ASSERT_THAT(*reply, IsOk());
  EXPECT_TRUE(reply.value().primary());
  EXPECT_EQ(Get(pending.name()).value().primary_address(), reply.value().name());
  const Operation create = Operations().front();
  const Operation address = Operations().back();
  EXPECT_EQ(address.customer_digest(), create.request_digest());
  Deliver({ChangeOf(AppliedResult(create, AtHq(create, "C-00000002")))});
  EXPECT_EQ(Get(pending.name()).value().account_number(), "C-00000002");
  EXPECT_EQ(Get(pending.name()).value().primary_address(), reply.value().name());
  EXPECT_TRUE(Find(reply.value().name())->pending());
}

// HQ's record of the customer comes while the address waits: the store goes on seeing its own work
// on top of it, and HQ's change.
TEST_F(AddressCreationTest, StaysInSightWhenHqChangesTheCustomer) {
  PROVES("A9", "P7");
  const Address address = Added(AnAddress().In("Paris", "FR").Primary());
  EXPECT_TRUE(address.primary());
  Deliver(Changed("regular"));
  EXPECT_EQ(Get(synced_.name()).value().notes(), "regular");
  EXPECT_EQ(Get(synced_.name()).value().primary_address(), address.name());
  EXPECT_TRUE(Find(address.name())->primary());
  EXPECT_FALSE(Find(synced_.primary_address())->primary());
}

// HQ applies it: what the store had put there is HQ's record now.
TEST_F(AddressCreationTest, SettlesOnHqsRecord) {
  PROVES("A9", "P8");
  const Address address = Added(AnAddress().In("Paris", "FR").Primary());
  const HqCustomer at_hq = Applied(LastOperation(), true);
  Deliver({ChangeOf(AppliedResult(LastOperation(), at_hq))});
  EXPECT_THAT(Unsettled(), IsEmpty());
  EXPECT_FALSE(Find(address.name())->pending());
  EXPECT_NE(Find(address.name())->etag(), address.etag());
  EXPECT_TRUE(Find(address.name())->primary());
}

// A person gives it up: it goes, and what was primary is again.
TEST_F(AddressCreationTest, DiscardedGoes) {
  PROVES("P8");
  const Address address = Added(AnAddress().In("Paris", "FR").Primary());
  const Operation operation = LastOperation();
  Deliver(
      {ChangeOf(ResultOf(operation, replication::v1::OPERATION_STATE_REFUSED, "INVALID_FIELDS"))});
  ASSERT_THAT(Unsettled(), SizeIs(1));
  EXPECT_EQ(Unsettled().front().kind(), "create_address");
  EXPECT_EQ(Unsettled().front().reason(), "INVALID_FIELDS");
  EXPECT_EQ(Get(synced_.name()).value().pending_reason(), "");

  OperationResult discarded = ResultOf(operation, replication::v1::OPERATION_STATE_DISCARDED);
  for (auto& change : Changed("").Changes()) *discarded.add_records() = std::move(change);
  Deliver({ChangeOf(discarded)});
  EXPECT_THAT(Unsettled(), IsEmpty());
  EXPECT_THAT(Find(address.name()), HasReason("ADDRESS_NOT_FOUND"));
  EXPECT_EQ(Get(synced_.name()).value().primary_address(), synced_.primary_address());
}

// The UUID is another store's customer at HQ: the address isn't shown with that one, and stays
// unsettled.
TEST_F(AddressCreationTest, NeverShownWithAnotherCustomer) {
  PROVES("C10", "P8");
  TakeLinkDown();
  const Customer pending = CreatePending(ACustomer().Named("Grace"));
  const auto reply = Add(AnAddress().In("Paris", "FR"), pending.name());
  ASSERT_THAT(*reply, IsOk());
  HqCustomer other = AtHq(Operations().front(), "C-00000009");
  other.record.set_request_digest("of another create");
  Deliver(other);
  EXPECT_THAT(Find(reply.value().name()), HasReason("ADDRESS_NOT_FOUND"));
  EXPECT_EQ(Get(pending.name()).value().primary_address(), "");
  EXPECT_THAT(Unsettled(), SizeIs(2));
}

// As above; then a POS adds another address under the same UUID, to the other customer, and a
// person at HQ gives the first customer a UUID of its own: the first address's result isn't the
// other's.
TEST_F(AddressCreationTest, StaysWhenAnotherUnderItsUuidIsSettled) {
  PROVES("C10", "P8");
  TakeLinkDown();
  const Customer pending = CreatePending(ACustomer().Named("Grace").At(AnAddress()));
  const auto hidden = Add(AnAddress().In("Paris", "FR"), pending.name());
  ASSERT_THAT(*hidden, IsOk());
  const Operation first = LastOperation();
  HqCustomer other = AtHq(Operations().front(), "C-00000009");
  other.record.set_request_digest("of another create");
  Deliver(other);
  Address address = AnAddress().In("Lyon", "FR");
  address.set_name(hidden.value().name());
  ASSERT_THAT(*Add(address, pending.name()), IsOk());

  OperationResult moved = ResultOf(first, replication::v1::OPERATION_STATE_APPLIED);
  moved.set_customer_id(std::string(NewId().bytes()));
  Deliver({ChangeOf(moved)});
  const auto found = Find(address.name());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->city(), "Lyon");
  EXPECT_TRUE(found->pending());
}

// As above, but it is the same request that a POS makes of both customers: HQ's word of either
// isn't the other's, whichever lineage it is said of.
TEST_F(AddressCreationTest, OfTwoCustomersOfOneUuidAreTwo) {
  PROVES("C10", "P8", "P13");
  TakeLinkDown();
  const Customer pending = CreatePending(ACustomer().Named("Grace").At(AnAddress()));
  Address address = AnAddress().In("Paris", "FR");
  address.set_name(AddressName({*ParseCustomerName(pending.name()), NewId()}));
  ASSERT_THAT(*Add(address, pending.name()), IsOk());
  const Operation of_own = LastOperation();
  HqCustomer other = AtHq(Operations().front(), "C-00000009");
  other.record.set_request_digest("of another create");
  Deliver(other);
  ASSERT_THAT(*Add(address, pending.name()), IsOk());
  const Operation of_hqs = LastOperation();
  ASSERT_EQ(of_hqs.request_digest(), of_own.request_digest());

  const auto of_another_lineage = [&](const Operation& operation) {
    OperationResult applied = ResultOf(operation, replication::v1::OPERATION_STATE_APPLIED);
    applied.set_lineage(applied.lineage() + 1);
    return applied;
  };
  Deliver({ChangeOf(of_another_lineage(of_hqs))});
  const auto left = RowsOfCustomer(reader(), *ParseCustomerName(pending.name()));
  ASSERT_THAT(left, IsOk());
  ASSERT_THAT(*left, SizeIs(2));
  EXPECT_EQ((*left)[1].customer_digest(), of_own.customer_digest());
  // An HQ that doesn't say whose it is speaks of the only one there is.
  OperationResult unsaid = of_another_lineage(of_own);
  unsaid.clear_customer_digest();
  Deliver({ChangeOf(unsaid)});
  EXPECT_THAT(Unsettled(), SizeIs(1));
}

// The service lost its database: HQ gives the address back, before or after its customer, and the
// store shows it as it did.
TEST_F(AddressCreationTest, ComesBackToAWipedService) {
  PROVES("P13", "A9");
  const Address address = Added(AnAddress().In("Paris", "FR").Primary());
  OperationResult staged = ResultOf(LastOperation(), replication::v1::OPERATION_STATE_STAGED);
  *staged.mutable_operation() = LastOperation();
  const HqCustomer customer = Changed("");
  for (const bool customer_first : {true, false}) {
    Crash();
    database_.Restore({});
    OpenReady();
    if (customer_first) Deliver(customer);
    Deliver({ChangeOf(staged)});
    if (!customer_first) Deliver(customer);
    const auto found = Find(address.name());
    ASSERT_THAT(found, IsOk());
    EXPECT_TRUE(found->pending());
    EXPECT_TRUE(found->primary());
    EXPECT_THAT(Unsettled(), SizeIs(1));
  }
}

}  // namespace
}  // namespace comptoir::channel
