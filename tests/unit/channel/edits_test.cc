#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class EditsInAStore : public ChannelTest {
 protected:
  void SetUp() override {
    OpenReady();
    customer_ = CreateSynced(ACustomer().Named("Ada").At(AnAddress()), "C-00000001");
    id_ = ParseCustomerName(customer_.name()).value();
  }

  Reply<Customer> Rename(const std::string& given_name, const std::string& request_id = "") {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(customer_.name());
    request.mutable_customer()->set_given_name(given_name);
    request.mutable_update_mask()->add_paths("given_name");
    request.set_etag(customer_.etag());
    request.set_request_id(request_id);
    Reply<Customer> reply;
    service_->UpdateCustomer(request, {}, reply.done());
    Run();
    return reply;
  }

  Reply<Address> AddAddress(const Address& address, const std::string& parent) {
    customer::v1::CreateAddressRequest request;
    request.set_parent(parent);
    *request.mutable_address() = address;
    Reply<Address> reply;
    service_->CreateAddress(request, {}, reply.done());
    Run();
    return reply;
  }

  // HQ's customer after it was renamed, at its next sequence.
  HqAnswer<Customer> Renamed(const std::string& given_name) {
    HqCustomer renamed{FindCustomer(reader(), id_).value().value()};
    renamed.record.mutable_customer()->set_given_name(given_name);
    renamed.record.set_version(NextHqSequence());
    return renamed.Answer(renamed.record.version());
  }

  // HQ's answer to the address create that waits.
  HqAnswer<Address> AddressAtHq() {
    storage::v1::AddressRecord record;
    *record.mutable_address() = hq_.address_creates.request().address();
    record.set_version(NextHqSequence());
    record.set_created_sequence(record.version());
    HqAnswer<Address> answer{AddressView(record, FindCustomer(reader(), id_).value().value())};
    answer.position = PositionAt(record.version());
    return answer;
  }

  void TakeLinkDown() {
    hq_.probe_answer = absl::UnavailableError("connection refused");
    hq_.uploads.Break(absl::UnavailableError("connection reset"));
    Run();
  }

  Customer customer_;
  CustomerId id_;
};

TEST_F(EditsInAStore, UpdateGoesToHqAndIsStoredBeforeTheReply) {
  PROVES("C7", "V7");
  const auto reply = Rename("Augusta");
  EXPECT_FALSE(reply.answered());
  EXPECT_EQ(hq_.updates.request().etag(), customer_.etag());
  EXPECT_EQ(hq_.updates.request().channel(), "052");
  hq_.updates.Answer(Renamed("Augusta"));
  Run();
  EXPECT_EQ(reply.value().given_name(), "Augusta");
  EXPECT_EQ(Get(customer_.name()).value().given_name(), "Augusta");
  EXPECT_EQ(Get(customer_.name()).value().etag(), reply.value().etag());
}

// An HQ that was restored, and that no store has greeted yet, edits an earlier version: what the
// store holds isn't replaced by that, for HQ may have lost it.
TEST_F(EditsInAStore, AnswerOfAnUngreetedHqReplacesNothing) {
  PROVES("P13");
  const auto reply = Rename("Augusta");
  auto answer = Renamed("Augusta");
  answer.position.set_epoch_counter(answer.position.epoch_counter() + 1);
  answer.position.set_epoch_id(4711);
  hq_.updates.Answer(std::move(answer));
  Run();
  EXPECT_EQ(reply.value().given_name(), "Augusta");
  EXPECT_EQ(Get(customer_.name()).value().given_name(), "Ada");
}

// Nor is anybody shown an earlier version: HQ remembers the request when it is repeated.
TEST_F(EditsInAStore, AnswerOfAnUngreetedHqShowsNothingEarlier) {
  PROVES("P13");
  const auto reply = Rename("Augusta");
  const std::string request_id = hq_.updates.request().request_id();
  HqCustomer earlier{FindCustomer(reader(), id_).value().value()};
  earlier.record.set_version(earlier.record.version() - 1);
  auto answer = earlier.Answer(earlier.record.version());
  answer.position.set_epoch_counter(answer.position.epoch_counter() + 1);
  answer.position.set_epoch_id(4711);
  hq_.updates.Answer(std::move(answer));
  Run();
  EXPECT_THAT(*reply, HasReason(Reason::kOutcomeUnknown));
  EXPECT_THAT(*reply, HasMetadata("request_id", request_id));
}

// The record goes on knowing the create by its digest, however it was edited. (C10)
TEST_F(EditsInAStore, EditedCustomerStillAnswersItsCreate) {
  PROVES("C10");
  const auto digest = FindCustomer(reader(), id_).value()->request_digest();
  Rename("Augusta");
  hq_.updates.Answer(Renamed("Augusta"));
  Run();
  EXPECT_EQ(FindCustomer(reader(), id_).value()->request_digest(), digest);
  const auto repeated = Create(ACustomer().Named("Ada").At(AnAddress()).WithId(id_));
  EXPECT_EQ(repeated.value().given_name(), "Augusta");
}

TEST_F(EditsInAStore, RefusalIsReturned) {
  PROVES("C7");
  const auto reply = Rename("Augusta");
  hq_.updates.Answer(MakeError(Reason::kEtagMismatch, "Changed.", {{"etag", "h99"}}));
  Run();
  EXPECT_THAT(*reply, HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(*reply, HasMetadata("etag", "h99"));
  EXPECT_EQ(Get(customer_.name()).value().given_name(), "Ada");
}

// The answer is lost: the caller learns the request id, and repeating it is safe, for HQ remembers
// it. (S10, C10)
TEST_F(EditsInAStore, LostAnswerIsOutcomeUnknownWithItsRequestId) {
  PROVES("S10", "C10");
  const auto lost = Rename("Augusta");
  const std::string request_id = hq_.updates.request().request_id();
  const std::string digest = hq_.updates.request().forwarded().request_digest();
  hq_.updates.Answer(absl::DeadlineExceededError("no answer in time"));
  Run();
  EXPECT_THAT(*lost, HasReason(Reason::kOutcomeUnknown));
  EXPECT_THAT(*lost, HasMetadata("request_id", request_id));
  EXPECT_EQ(Get(customer_.name()).value().given_name(), "Ada") << "nothing is stored";

  const auto repeated = Rename("Augusta", request_id);
  EXPECT_EQ(hq_.updates.request().request_id(), request_id);
  EXPECT_EQ(hq_.updates.request().forwarded().request_digest(), digest);
  hq_.updates.Answer(Renamed("Augusta"));
  Run();
  EXPECT_EQ(repeated.value().given_name(), "Augusta");
}

TEST_F(EditsInAStore, WhatHqSaysItDidNotDoIsNotUnknown) {
  PROVES("S10");
  const auto overloaded = Rename("Augusta");
  hq_.updates.Answer(MakeError(Reason::kOverloaded, "The queue is full."));
  Run();
  EXPECT_THAT(*overloaded, HasReason(Reason::kOverloaded));
  const auto gave_up = Rename("Augusta");
  hq_.updates.Answer(MakeError(Reason::kDeadlineExceeded, "HQ stopped waiting for its commit."));
  Run();
  EXPECT_THAT(*gave_up, HasReason(Reason::kOutcomeUnknown));
  const auto broken = Rename("Augusta");
  hq_.updates.Answer(absl::InternalError("HQ is broken"));
  Run();
  EXPECT_THAT(*broken, HasReason(Reason::kOutcomeUnknown));
}

// While the link is down nothing is edited, and nothing is stored. (S10)
TEST_F(EditsInAStore, OfflineEditsAreUnavailable) {
  PROVES("S10");
  TakeLinkDown();
  EXPECT_THAT(*Rename("Augusta"), HasReason(Reason::kHqUnreachable));
  EXPECT_THAT(*AddAddress(AnAddress(), customer_.name()), HasReason(Reason::kHqUnreachable));
  EXPECT_EQ(hq_.updates.count(), 0);
  EXPECT_THAT(Operations(), IsEmpty());
}

// A caller that has given up already is no reason to ask HQ, nor to doubt the link.
TEST_F(EditsInAStore, PassedDeadlineIsNotForwarded) {
  PROVES("C7");
  customer::v1::UpdateCustomerRequest request;
  request.mutable_customer()->set_name(customer_.name());
  Reply<Customer> reply;
  service_->UpdateCustomer(request, {.deadline = clock_.Now()}, reply.done());
  EXPECT_THAT(*reply, HasReason(Reason::kDeadlineExceeded));
  EXPECT_EQ(hq_.updates.count(), 0);
}

TEST_F(EditsInAStore, PendingCustomersAreNotEdited) {
  PROVES("L1", "A9");
  TakeLinkDown();
  customer_ = CreatePending(ACustomer());
  EXPECT_THAT(*Rename("Augusta"), HasReason(Reason::kCustomerPending));
  EXPECT_THAT(*AddAddress(AnAddress(), customer_.name()), HasReason(Reason::kCustomerPending));
}

TEST_F(EditsInAStore, UnknownCustomersAreNotEdited) {
  PROVES("C7");
  customer_.set_name(CustomerName(NewId()));
  EXPECT_THAT(*Rename("Augusta"), HasReason(Reason::kCustomerNotFound));
}

TEST_F(EditsInAStore, RequestIdMustBeAUuid) {
  PROVES("C10");
  EXPECT_THAT(*Rename("Augusta", "twice"), HasViolation("request_id", "REQUEST_ID_INVALID"));
}

TEST_F(EditsInAStore, CreatedAddressIsStoredUnderItsUuid) {
  PROVES("A1", "C7", "C10");
  const auto reply = AddAddress(AnAddress().Street("St. James's Square"), customer_.name());
  const std::string name = hq_.address_creates.request().address().name();
  EXPECT_THAT(ParseAddressName(name), IsOk());
  hq_.address_creates.Answer(AddressAtHq());
  Run();
  ASSERT_THAT(*reply, IsOk());
  EXPECT_EQ(reply.value().name(), name);

  customer::v1::GetAddressRequest get;
  get.set_name(name);
  Reply<Address> stored;
  service_->GetAddress(get, {}, stored.done());
  EXPECT_EQ(stored.value().SerializeAsString(), reply.value().SerializeAsString());

  // Repeated, even while offline, it is answered from the record.
  TakeLinkDown();
  const auto repeated = AddAddress(
      AnAddress().Street("St. James's Square").WithId(id_, ParseAddressName(name)->address),
      customer_.name());
  EXPECT_EQ(repeated.value().name(), name);
  const auto other =
      AddAddress(AnAddress().Street("Elsewhere").WithId(id_, ParseAddressName(name)->address),
                 customer_.name());
  EXPECT_THAT(*other, HasReason(Reason::kRequestIdReused));
}

TEST_F(EditsInAStore, AddressOfAnotherCustomerIsRefused) {
  PROVES("K2");
  const auto reply = AddAddress(AnAddress().WithId(NewId(), NewId()), customer_.name());
  EXPECT_THAT(*reply, HasViolation("address.name", "NAME_INVALID"));
}

// The primary address is the customer's: its change comes with the customer in the feed. (A7)
TEST_F(EditsInAStore, DeactivatedPrimaryAddressStaysUntilTheFeedNamesAnother) {
  PROVES("A7", "A10");
  const auto key = ParseAddressName(customer_.primary_address()).value();
  customer::v1::DeactivateAddressRequest request;
  request.set_name(customer_.primary_address());
  Reply<Address> reply;
  service_->DeactivateAddress(request, {}, reply.done());
  Run();
  EXPECT_THAT(hq_.deactivations.request().request_id(), SizeIs(36));
  auto record = FindAddress(reader(), key).value().value();
  record.mutable_address()->set_deactivated(true);
  record.set_version(NextHqSequence());
  auto customer = FindCustomer(reader(), id_).value().value();
  customer.clear_primary_address_id();
  hq_.deactivations.Answer(
      HqAnswer<Address>{AddressView(record, customer), PositionAt(record.version())});
  Run();
  ASSERT_THAT(*reply, IsOk());
  EXPECT_TRUE(FindAddress(reader(), key).value()->address().deactivated());

  customer.set_version(record.version());
  Deliver(HqCustomer{customer});
  EXPECT_EQ(Get(customer_.name()).value().primary_address(), "");
}

// An answer older than what the stream has brought isn't stored.
TEST_F(EditsInAStore, LateAnswerIsNotStored) {
  PROVES("C7");
  const auto reply = Rename("Augusta");
  const auto answer = Renamed("Augusta");
  HqCustomer later{FindCustomer(reader(), id_).value().value()};
  later.record.mutable_customer()->set_given_name("Ada Augusta");
  later.record.set_version(hq_sequence_ + 1);
  Deliver(later);
  hq_.updates.Answer(answer);
  Run();
  EXPECT_EQ(reply.value().given_name(), "Augusta");
  EXPECT_EQ(Get(customer_.name()).value().given_name(), "Ada Augusta");
}

}  // namespace
}  // namespace comptoir::channel
