// Edits with F5: committed in the store, uploaded later, in sight until HQ's final word.

#include <optional>
#include <string>
#include <utility>

#include "channel-service/domain/outbox/outbox.h"
#include "common/customer/records/customers.h"
#include "common/customer/rules/field_changes.h"
#include "tests/support/builders.h"
#include "tests/support/matchers.h"
#include "tests/support/proves.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using replication::v1::Operation;
using replication::v1::OperationResult;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AsyncEditsTest : public ChannelTest {
 protected:
  void SetUp() override {
    OpenReady();
    for (const char* feature : {"F2", "F3", "F4", "F5"}) SwitchFeature(feature, true);
    synced_ = CreateSynced(ACustomer().Named("Ada").At(AnAddress()), "C-00000001");
    id_ = ParseCustomerName(synced_.name()).value();
  }

  static customer::v1::UpdateCustomerRequest NotesRequest(const std::string& name,
                                                          const std::string& notes) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(name);
    request.mutable_customer()->set_notes(notes);
    request.mutable_update_mask()->add_paths("notes");
    return request;
  }
  Reply<Customer> Send(const customer::v1::UpdateCustomerRequest& request) {
    Reply<Customer> reply;
    service_->UpdateCustomer(request, {}, reply.done());
    Run();
    return reply;
  }
  static customer::v1::UpdateAddressRequest CityRequest(const std::string& name,
                                                        const std::string& city) {
    customer::v1::UpdateAddressRequest request;
    request.mutable_address()->set_name(name);
    request.mutable_address()->set_city(city);
    request.mutable_update_mask()->add_paths("city");
    return request;
  }
  // HQ doesn't show the store what the result is about.
  static OperationResult RemovedBy(OperationResult result) {
    for (auto& record : *result.mutable_records()) {
      record.clear_record();
      record.set_removed(true);
    }
    return result;
  }
  Customer Edited(const std::string& notes) {
    const auto reply = Send(NotesRequest(synced_.name(), notes));
    EXPECT_THAT(*reply, IsOk());
    return reply.value();
  }
  Reply<Address> Send(const customer::v1::UpdateAddressRequest& request) {
    Reply<Address> reply;
    service_->UpdateAddress(request, {}, reply.done());
    Run();
    return reply;
  }
  Reply<Address> Deactivate(const std::string& name) {
    customer::v1::DeactivateAddressRequest request;
    request.set_name(name);
    Reply<Address> reply;
    service_->DeactivateAddress(request, {}, reply.done());
    Run();
    return reply;
  }
  Reply<Address> Add(const std::string& parent, const Address& address) {
    customer::v1::CreateAddressRequest request;
    request.set_parent(parent);
    *request.mutable_address() = address;
    Reply<Address> reply;
    service_->CreateAddress(request, {}, reply.done());
    Run();
    return reply;
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
  // HQ's customer with what somebody else has made of it, at its next sequence.
  HqCustomer AtHqWith(const std::string& notes, const std::string& url = "") {
    HqCustomer customer{FindCustomer(reader(), id_).value().value()};
    customer.record.mutable_customer()->set_notes(notes);
    customer.record.mutable_customer()->set_url(url);
    customer.record.mutable_customer()->clear_edit_pending();
    customer.record.set_version(NextHqSequence());
    customer.record.set_primary_address_id(
        std::string(ParseAddressName(synced_.primary_address()).value().address.bytes()));
    return customer;
  }

  Customer synced_;
  CustomerId id_;
};

// HQ isn't asked, online or not; the edit is there at once, marked, and an operation that says what
// it replaced.
TEST_F(AsyncEditsTest, IsCommittedHere) {
  PROVES("F5", "C7", "S10", "F10", "V7");
  const Customer first = Edited("likes tea");
  TakeLinkDown();
  const Customer second = Edited("likes coffee");
  EXPECT_TRUE(second.edit_pending());
  EXPECT_EQ(second.account_number(), "C-00000001");
  EXPECT_NE(second.etag(), first.etag());
  EXPECT_EQ(hq_.updates.count(), 0);
  EXPECT_EQ(Get(synced_.name()).value().notes(), "likes coffee");
  ASSERT_THAT(Operations(), SizeIs(2));
  const Operation operation = Operations().back();
  EXPECT_EQ(operation.customer_digest(), FindCustomer(reader(), id_).value()->request_digest());
  ASSERT_THAT(operation.edit_customer().changes(), SizeIs(1));
  Customer replaced;
  ASSERT_TRUE(replaced.ParseFromString(operation.edit_customer().changes(0).replaced()));
  EXPECT_EQ(replaced.notes(), "likes tea");
  EXPECT_EQ(Unsettled().back().kind(), "edit_customer");
}

// Without the feature HQ is asked as before; what was committed while it was on stays committed.
TEST_F(AsyncEditsTest, SwitchedOffAsksHq) {
  PROVES("F5", "F0", "C10", "L1");
  auto request = NotesRequest(synced_.name(), "likes tea");
  request.set_request_id(NewId().ToString());
  ASSERT_THAT(*Send(request), IsOk());
  SwitchFeature("F5", false);
  EXPECT_TRUE(Send(request).value().edit_pending());
  EXPECT_EQ(hq_.updates.count(), 0);
  EXPECT_FALSE(Send(NotesRequest(synced_.name(), "likes coffee")).answered());
  EXPECT_EQ(hq_.updates.count(), 1);
  EXPECT_THAT(Operations(), SizeIs(1));
}

// A repeated request has no second effect, whatever happened to the record since; another content
// under its id is refused.
TEST_F(AsyncEditsTest, RepeatedIsOne) {
  PROVES("C10", "F5");
  auto request = NotesRequest(synced_.name(), "likes tea");
  request.set_request_id(NewId().ToString());
  request.set_etag(synced_.etag());
  ASSERT_THAT(*Send(request), IsOk());
  Edited("likes coffee");
  const auto again = Send(request);
  ASSERT_THAT(*again, IsOk());
  EXPECT_EQ(again.value().notes(), "likes coffee");
  EXPECT_THAT(Operations(), SizeIs(2));
  request.mutable_customer()->set_notes("something else");
  EXPECT_THAT(*Send(request), HasReason("REQUEST_ID_REUSED"));
  request.set_request_id(id_.ToString());
  EXPECT_THAT(*Send(request), HasReason("REQUEST_ID_REUSED"));
}

// An etag that is known to be stale is refused here; that of an edited record is its own.
TEST_F(AsyncEditsTest, EtagDecides) {
  PROVES("C7", "F10");
  const Customer edited = Edited("likes tea");
  auto request = NotesRequest(synced_.name(), "likes coffee");
  request.set_etag(synced_.etag());
  EXPECT_THAT(*Send(request), HasReason("ETAG_MISMATCH"));
  request.set_etag(edited.etag());
  EXPECT_THAT(*Send(request), IsOk());
}

TEST_F(AsyncEditsTest, BadOnesAreRefused) {
  PROVES("C8", "F5");
  auto request = NotesRequest(synced_.name(), "x");
  request.mutable_customer()->mutable_email()->set_address("nobody");
  request.mutable_update_mask()->add_paths("email");
  EXPECT_THAT(*Send(request), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(*Send(NotesRequest(CustomerName(NewId()), "x")), HasReason("CUSTOMER_NOT_FOUND"));
  request = NotesRequest(synced_.name(), "x");
  request.set_request_id("no UUID");
  EXPECT_THAT(*Send(request), HasViolation("request_id", "REQUEST_ID_INVALID"));
  options_.outbox_operations_max = 0;
  Open();
  Connect();
  EXPECT_THAT(*Send(NotesRequest(synced_.name(), "x")), HasReason("OUTBOX_FULL"));
  EXPECT_THAT(Operations(), IsEmpty());
}

// What changes nothing is no operation.
TEST_F(AsyncEditsTest, NothingChangedNothingQueued) {
  PROVES("F5");
  const auto reply = Send(NotesRequest(synced_.name(), ""));
  ASSERT_THAT(*reply, IsOk());
  EXPECT_FALSE(reply.value().edit_pending());
  EXPECT_THAT(Operations(), IsEmpty());
}

// HQ's record comes while the edit waits: the store goes on seeing its own value, and HQ's others.
TEST_F(AsyncEditsTest, StaysInSightWhenHqsRecordComes) {
  PROVES("F5", "P7");
  Edited("likes tea");
  Deliver(AtHqWith("HQ's", "https://hq.example"));
  const Customer shown = Get(synced_.name()).value();
  EXPECT_EQ(shown.notes(), "likes tea");
  EXPECT_EQ(shown.url(), "https://hq.example");
  EXPECT_TRUE(shown.edit_pending());
}

// HQ has applied it, or kept its own value: what the store shows is HQ's record, with its mark.
TEST_F(AsyncEditsTest, SettlesOnHqsRecord) {
  PROVES("F5", "F10");
  Edited("likes tea");
  HqCustomer at_hq = AtHqWith("HQ's");
  at_hq.record.mutable_customer()->add_conflicted_fields("notes");
  Deliver({ChangeOf(AppliedResult(Operations().back(), at_hq))});
  const Customer shown = Get(synced_.name()).value();
  EXPECT_EQ(shown.notes(), "HQ's");
  EXPECT_FALSE(shown.edit_pending());
  EXPECT_THAT(shown.conflicted_fields(), ElementsAre("notes"));
  EXPECT_THAT(Unsettled(), IsEmpty());
}

// The customer was gone from the store, or given up, and another create may have had its UUID
// there: when HQ's customer comes, before the results or after its addresses, the store sees its
// own edits.
TEST_F(AsyncEditsTest, StayInSightWhoeverHadTheUuidMeanwhile) {
  PROVES("F5", "P7", "A10");
  TakeLinkDown();
  for (const bool given_up : {false, true}) {
    for (const bool address_first : {false, true}) {
      SCOPED_TRACE(testing::Message() << given_up << address_first);
      const CustomerId id = NewId();
      const auto grace = ACustomer().WithId(id).Named("Grace").At(AnAddress());
      const Customer pending = CreatePending(grace);
      const Operation create = Operations().back();
      ASSERT_THAT(*Send(NotesRequest(pending.name(), "likes tea")), IsOk());
      ASSERT_THAT(*Send(CityRequest(pending.primary_address(), "Paris")), IsOk());
      const HqCustomer at_hq = AtHq(create, "C-00000002");
      if (given_up) {
        Deliver({ChangeOf(ResultOf(create, replication::v1::OPERATION_STATE_DISCARDED))});
      } else {
        Deliver({ChangeOf(RemovedBy(AppliedResult(create, at_hq)))});
        ASSERT_EQ(FindCustomer(reader(), id).value(), std::nullopt);
        CreatePending(ACustomer().WithId(id).Named("Alan").At(AnAddress()));
      }
      auto changes = at_hq.Changes();
      ASSERT_THAT(changes, SizeIs(2));
      if (address_first) std::swap(changes[0], changes[1]);
      Deliver({ChangeOf(changes[0]), ChangeOf(changes[1])});
      const Customer shown = Get(pending.name()).value();
      EXPECT_EQ(shown.given_name(), "Grace");
      EXPECT_EQ(shown.notes(), "likes tea");
      EXPECT_TRUE(shown.edit_pending());
      EXPECT_EQ(Find(pending.primary_address())->city(), "Paris");
      EXPECT_TRUE(Find(pending.primary_address())->edit_pending());
    }
  }
}

// One of two is settled: the other stays in sight.
TEST_F(AsyncEditsTest, TheOtherStaysInSight) {
  PROVES("F5", "P7");
  Edited("first");
  const Operation first = Operations().back();
  Edited("second");
  Deliver({ChangeOf(AppliedResult(first, AtHqWith("first")))});
  EXPECT_EQ(Get(synced_.name()).value().notes(), "second");
  EXPECT_TRUE(Get(synced_.name()).value().edit_pending());
  EXPECT_THAT(Unsettled(), SizeIs(1));
}

// A person gives it up: HQ's value is back. Until then the store sees why.
TEST_F(AsyncEditsTest, DiscardedShowsHqsValue) {
  PROVES("P8", "F5");
  Edited("likes tea");
  const Operation operation = Operations().back();
  Deliver(
      {ChangeOf(ResultOf(operation, replication::v1::OPERATION_STATE_REFUSED, "INVALID_FIELDS"))});
  EXPECT_EQ(Unsettled().back().reason(), "INVALID_FIELDS");
  EXPECT_EQ(Get(synced_.name()).value().notes(), "likes tea");
  OperationResult discarded = ResultOf(operation, replication::v1::OPERATION_STATE_DISCARDED);
  for (auto& change : AtHqWith("").Changes()) *discarded.add_records() = std::move(change);
  Deliver({ChangeOf(discarded)});
  EXPECT_EQ(Get(synced_.name()).value().notes(), "");
  EXPECT_FALSE(Get(synced_.name()).value().edit_pending());
}

// A pending customer is edited like any other, and its addresses.
TEST_F(AsyncEditsTest, OfAPendingCustomer) {
  PROVES("F5", "L1");
  TakeLinkDown();
  const Customer pending = CreatePending(ACustomer().Named("Grace").At(AnAddress()));
  const auto reply = Send(NotesRequest(pending.name(), "likes tea"));
  ASSERT_THAT(*reply, IsOk());
  EXPECT_THAT(reply.value(), IsPending());
  ASSERT_THAT(*Send(CityRequest(pending.primary_address(), "Paris")), IsOk());
  const Operation create = Operations().front();
  EXPECT_THAT(Operations(), SizeIs(3));
  EXPECT_EQ(Operations()[1].customer_digest(), create.request_digest());
  Deliver({ChangeOf(AppliedResult(create, AtHq(create, "C-00000002")))});
  EXPECT_EQ(Get(pending.name()).value().account_number(), "C-00000002");
  EXPECT_EQ(Get(pending.name()).value().notes(), "likes tea");
  EXPECT_EQ(Find(pending.primary_address())->city(), "Paris");
  EXPECT_TRUE(Find(pending.primary_address())->edit_pending());
}

// Of addresses: changed, made primary, deactivated; what is primary follows, and HQ's record of the
// customer doesn't undo it.
TEST_F(AsyncEditsTest, OfAddresses) {
  PROVES("A10", "A7", "F5");
  const auto added = Add(synced_.name(), AnAddress().In("Paris", "FR"));
  ASSERT_THAT(*added, IsOk());
  customer::v1::UpdateAddressRequest update;
  update.mutable_address()->set_name(added.value().name());
  update.mutable_address()->set_primary(true);
  update.mutable_address()->set_city("Lyon");
  for (const char* path : {"city", "primary"}) update.mutable_update_mask()->add_paths(path);
  const auto edited = Send(update);
  ASSERT_THAT(*edited, IsOk());
  EXPECT_TRUE(edited.value().primary());
  EXPECT_EQ(Get(synced_.name()).value().primary_address(), added.value().name());
  Deliver(AtHqWith("HQ's"));
  EXPECT_EQ(Get(synced_.name()).value().primary_address(), added.value().name());
  EXPECT_EQ(Find(added.value().name())->city(), "Lyon");

  const auto gone = Deactivate(added.value().name());
  ASSERT_THAT(*gone, IsOk());
  EXPECT_TRUE(gone.value().deactivated());
  EXPECT_EQ(Get(synced_.name()).value().primary_address(), synced_.primary_address());
  update.mutable_address()->set_primary(true);
  EXPECT_THAT(*Send(update), HasViolation("address.primary", "ADDRESS_DEACTIVATED"));
  EXPECT_THAT(*Deactivate(AddressName({id_, NewId()})), HasReason("ADDRESS_NOT_FOUND"));
}

// The service lost its database: HQ gives the edit back, before or after the customer, and the
// store shows what it did.
TEST_F(AsyncEditsTest, ComesBackToAWipedService) {
  PROVES("P13", "F5");
  Edited("likes tea");
  OperationResult staged = ResultOf(Operations().back(), replication::v1::OPERATION_STATE_STAGED);
  *staged.mutable_operation() = Operations().back();
  const HqCustomer customer = AtHqWith("HQ's");
  for (const bool customer_first : {true, false}) {
    Crash();
    database_.Restore({});
    OpenReady();
    if (customer_first) Deliver(customer);
    Deliver({ChangeOf(staged)});
    if (!customer_first) Deliver(customer);
    EXPECT_EQ(Get(synced_.name()).value().notes(), "likes tea");
    EXPECT_TRUE(Get(synced_.name()).value().edit_pending());
    EXPECT_THAT(Unsettled(), SizeIs(1));
  }
}

// What isn't an edit is never put back.
TEST_F(AsyncEditsTest, UnreadableEditIsNotTaken) {
  PROVES("P13");
  Edited("likes tea");
  OperationResult staged = ResultOf(Operations().back(), replication::v1::OPERATION_STATE_STAGED);
  *staged.mutable_operation() = Operations().back();
  staged.mutable_operation()->mutable_edit_customer()->mutable_changes(0)->set_path("state");
  Crash();
  database_.Restore({});
  OpenReady();
  Deliver({ChangeOf(staged)});
  EXPECT_THAT(Unsettled(), IsEmpty());
}

}  // namespace
}  // namespace comptoir::channel
