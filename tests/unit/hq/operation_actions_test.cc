// What a person does about refused operations: retry, correct, discard.

#include "common/customer/records/customers.h"
#include "common/customer/rules/field_changes.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using replication::v1::Operation;
using replication::v1::OperationResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kFirst[] = "operations/houston-1/1001/1";

class OperationActions : public SubscriptionTest {
 protected:
  using Info = v1::StagedOperationInfo;

  // A customer that HQ's rules refuse, as a store with older rules may have taken it.
  Operation Wrong(uint64_t sequence, const CustomerId& id) {
    return CreateOperation(sequence,
                           ACustomer().WithId(id).Named("Ada").Email("nobody").At(AnAddress()));
  }
  // Uploads it and lets all its tries pass.
  void UploadRefused(const std::vector<Operation>& operations,
                     const std::string& service = kStore) {
    UploadOnce(kLineage, operations, service);
    Advance(absl::Minutes(1));
  }

  absl::StatusOr<Info> GetOperation(const std::string& name) {
    v1::GetOperationRequest request;
    request.set_name(name);
    return Administer<Info>(request);
  }
  absl::StatusOr<Info> Retry(const std::string& name) {
    v1::RetryOperationRequest request;
    request.set_name(name);
    return Administer<Info>(request, {});
  }
  absl::StatusOr<Info> Correct(const std::string& name, const Customer& customer,
                               const std::vector<std::string>& paths) {
    v1::CorrectOperationRequest request;
    request.set_name(name);
    *request.mutable_customer() = customer;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return Administer<Info>(request, {.caller = "ipv4:10.0.0.7:4711"});
  }
  absl::StatusOr<Info> Discard(const std::string& name, const std::string& reason = "a test") {
    v1::DiscardOperationRequest request;
    request.set_name(name);
    request.set_reason(reason);
    return Administer<Info>(request, {.caller = "ipv4:10.0.0.7:4711"});
  }
  Operation NotesEdit(uint64_t sequence, const Operation& create) {
    Customer after;
    after.set_notes("new");
    Operation edit = NewEdit(sequence, create);
    *edit.mutable_edit_customer()->mutable_changes() = ChangesOf(Customer(), after, {"notes"});
    return edit;
  }
  static Customer WithEmail(const std::string& email) {
    Customer customer;
    customer.mutable_email()->set_address(email);
    return customer;
  }
};

// Only what is refused waits for a person.
TEST_F(OperationActions, AreForRefusedOperations) {
  PROVES("P8");
  SetNumbersBlocked(true);
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId()))});
  const auto waiting = Retry(kFirst);
  EXPECT_THAT(waiting, HasReason("OPERATION_NOT_REFUSED"));
  EXPECT_EQ(MetadataOf(waiting.status(), "state"), "OPERATION_STATE_WAITING");
  EXPECT_THAT(Correct(kFirst, WithEmail("ada@example.org"), {"email"}),
              HasReason("OPERATION_NOT_REFUSED"));
  EXPECT_THAT(Discard(kFirst), HasReason("OPERATION_NOT_REFUSED"));
  EXPECT_THAT(Discard("operations/houston-1/1001/2"), HasReason("OPERATION_NOT_FOUND"));
  EXPECT_THAT(Discard("operations/2"), HasViolation("name", "NAME_INVALID"));
}

// A retry is repeated because its answer was lost: the second finds the operation staged.
TEST_F(OperationActions, RepeatedRetryHasNoSecondEffect) {
  PROVES("P8", "C10");
  UploadRefused({Wrong(1, NewId())});
  hq().Stop();
  ASSERT_THAT(Retry(kFirst), IsOk());
  const auto again = Retry(kFirst);
  EXPECT_THAT(again, HasReason("OPERATION_NOT_REFUSED"));
  EXPECT_EQ(MetadataOf(again.status(), "state"), "OPERATION_STATE_STAGED");
  EXPECT_THAT(GetOperation(kFirst)->history(), SizeIs(1));
}

// A person corrects the field that HQ refused; the customer is made of what was captured and
// corrected, its derived fields too. Who, when, from what and to what is kept.
TEST_F(OperationActions, CorrectedOperationConverts) {
  PROVES("P8");
  const CustomerId id = NewId();
  UploadRefused({Wrong(1, id)});
  hq().Stop();
  Customer change = WithEmail("Ada@Example.org");
  change.set_family_name("King");
  const auto corrected = Correct(kFirst, change, {"email", "family_name"});
  ASSERT_THAT(corrected, IsOk());
  EXPECT_EQ(corrected->state(), replication::v1::OPERATION_STATE_STAGED);
  EXPECT_EQ(corrected->tries(), 0u);
  EXPECT_EQ(corrected->captured_customer().display_name(), "Ada King");
  ASSERT_THAT(corrected->history(), SizeIs(1));
  const v1::OperationAction& entry = corrected->history(0);
  EXPECT_EQ(entry.action(), "correct");
  EXPECT_EQ(entry.caller(), "ipv4:10.0.0.7:4711");
  EXPECT_EQ(entry.time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  ASSERT_THAT(entry.changes(), SizeIs(2));
  EXPECT_EQ(entry.changes(0).field(), "email");
  EXPECT_THAT(entry.changes(0).old_value(), HasSubstr("nobody"));
  EXPECT_THAT(entry.changes(0).new_value(), HasSubstr("Ada@Example.org"));
  EXPECT_EQ(Get(id)->display_name(), "Ada King");
  EXPECT_EQ(Status()->refused_operations(), 0u);

  hq().Start();
  RunAll();
  const auto customer = Get(id);
  EXPECT_EQ(customer->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(customer->email().normalized(), "ada@example.org");
  EXPECT_EQ(customer->family_name(), "King");
  EXPECT_EQ(Status()->staged_operations(), 0u);
  // It was applied: nothing is left to correct.
  EXPECT_THAT(Correct(kFirst, change, {"email"}), HasReason("OPERATION_NOT_FOUND"));
  // Repeating the create is still the same request.
  EXPECT_THAT(HqTest::Create(ACustomer().WithId(id).Named("Ada").Email("nobody").At(AnAddress())),
              IsOk());
}

// A correction is checked by the rules that refused: all that is still wrong is named, nothing is
// changed, nothing is audited.
TEST_F(OperationActions, WrongCorrectionChangesNothing) {
  PROVES("P8", "C8");
  UploadRefused({Wrong(1, NewId())});
  Customer change;
  change.set_url("nowhere");
  const auto corrected = Correct(kFirst, change, {"url"});
  EXPECT_THAT(corrected, HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(corrected, HasViolation("url", "URL_INVALID"));
  EXPECT_THAT(Correct(kFirst, change, {}), HasViolation("update_mask", "MASK_REQUIRED"));
  EXPECT_THAT(Correct(kFirst, change, {"account_number"}),
              HasViolation("account_number", "FIELD_NOT_UPDATABLE"));
  EXPECT_THAT(Correct(kFirst, change, {"name"}),
              HasViolation("customer.name", "FIELD_NOT_UPDATABLE"));
  EXPECT_EQ(GetOperation(kFirst)->state(), replication::v1::OPERATION_STATE_REFUSED);
  EXPECT_THAT(GetOperation(kFirst)->history(), IsEmpty());
}

// The addresses that came with the customer are corrected as a whole: changed, left out, but not
// added.
TEST_F(OperationActions, CorrectsAddresses) {
  PROVES("P8");
  const CustomerId id = NewId();
  Operation operation = CreateOperation(
      1, ACustomer().WithId(id).At(AnAddress()).At(AnAddress().In("Paris", "FR").Primary()));
  operation.mutable_create_customer()->mutable_customer()->mutable_addresses(1)->set_country("XX");
  UploadRefused({operation});
  const auto refused = GetOperation(kFirst);
  ASSERT_THAT(refused, IsOk());
  EXPECT_THAT(refused->fields(), ElementsAre("addresses[1].country"));

  Customer change = refused->captured_customer();
  *change.add_addresses() = AnAddress();
  EXPECT_THAT(Correct(kFirst, change, {"addresses"}),
              HasViolation("customer.addresses[2].name", "NAME_INVALID"));
  change.mutable_addresses()->RemoveLast();
  change.mutable_addresses()->DeleteSubrange(0, 1);
  change.mutable_addresses(0)->set_country("FR");
  ASSERT_THAT(Correct(kFirst, change, {"addresses"}), IsOk());
  const auto customer = Get(id);
  EXPECT_EQ(customer->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(customer->primary_address(), refused->captured_customer().addresses(1).name());
  EXPECT_FALSE(FindAddress(database().latest(), {id, DerivedAddressId(id, 0)})->has_value());
}

// A discarded create: its UUID resolves to REJECTED for ever, without personal data, at HQ and in
// every channel; its store is told with that record; nothing finds it; nothing can be done with it.
TEST_F(OperationActions, DiscardedCreateIsRejected) {
  PROVES("P8", "P9");
  const CustomerId id = NewId();
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  UploadRefused({Wrong(1, id)});
  Follow(stream, replica);
  replica.results.clear();
  EXPECT_THAT(Discard(kFirst, " "), HasViolation("reason", "REQUIRED"));
  EXPECT_THAT(Discard(kFirst, std::string(1001, 'x')), HasViolation("reason", "TOO_LONG"));
  const auto discarded = Discard(kFirst, "entered twice");
  ASSERT_THAT(discarded, IsOk());
  EXPECT_EQ(discarded->state(), replication::v1::OPERATION_STATE_DISCARDED);
  EXPECT_EQ(discarded->customer(), CustomerName(id));
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->refused_operations(), 0u);

  const auto rejected = Get(id);
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_EQ(rejected->pending_reason(), "OPERATION_DISCARDED");
  EXPECT_EQ(rejected->account_number(), "");
  EXPECT_EQ(rejected->given_name(), "");
  customer::v1::SearchCustomersRequest search;
  search.set_query("ada");
  EXPECT_THAT(Call(&Hq::SearchCustomers, search)->value.results(), IsEmpty());
  customer::v1::UpdateCustomerRequest edit;
  edit.mutable_customer()->set_name(CustomerName(id));
  edit.mutable_customer()->set_notes("x");
  edit.mutable_update_mask()->add_paths("notes");
  EXPECT_THAT(Update(edit), HasReason("CUSTOMER_REJECTED"));
  EXPECT_THAT(AddAddress(id, AnAddress()), HasReason("CUSTOMER_REJECTED"));
  EXPECT_THAT(HqTest::Create(ACustomer().WithId(id).Named("Ada").Email("nobody").At(AnAddress())),
              testing::AnyOf(HasReason("CUSTOMER_REJECTED"), HasReason("REQUEST_ID_REUSED")));

  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  const OperationResult& result = replica.results[0];
  EXPECT_EQ(result.state(), replication::v1::OPERATION_STATE_DISCARDED);
  EXPECT_EQ(result.reason(), "OPERATION_DISCARDED");
  // The customer came just before it.
  EXPECT_THAT(result.records(), IsEmpty());
  storage::v1::CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(replica.records[CustomerRecordKey(id)]));
  EXPECT_EQ(record.customer().state(), customer::v1::CUSTOMER_STATE_REJECTED);
  // Nothing of the person is left but what the audit says.
  const auto audit = GetOperation(kFirst);
  ASSERT_THAT(audit, IsOk());
  EXPECT_EQ(audit->history(0).reason(), "entered twice");
  EXPECT_FALSE(audit->has_captured_customer());
}

// Repeating a discard answers the first; nothing else can be done about what was discarded.
TEST_F(OperationActions, DiscardMayBeRepeated) {
  PROVES("P8", "C10");
  UploadRefused({Wrong(1, NewId())});
  ASSERT_THAT(Discard(kFirst, "first"), IsOk());
  const uint64_t sequence = Status()->high_watermark().sequence();
  const auto again = Discard(kFirst, "second");
  ASSERT_THAT(again, IsOk());
  ASSERT_THAT(again->history(), SizeIs(1));
  EXPECT_EQ(again->history(0).reason(), "first");
  EXPECT_EQ(Status()->high_watermark().sequence(), sequence);
  EXPECT_THAT(Retry(kFirst), HasReason("OPERATION_DISCARDED"));
  EXPECT_THAT(Correct(kFirst, WithEmail("a@example.org"), {"email"}),
              HasReason("OPERATION_DISCARDED"));
  EXPECT_EQ(Status()->customers(), 1u);
}

// A create came over two channel services: what is done to one is done to the other, and a third
// that is uploaded later is told the same.
TEST_F(OperationActions, OneOperationOverSeveralServices) {
  PROVES("P8", "S11");
  const CustomerId discarded = NewId();
  const CustomerId corrected = NewId();
  UploadRefused({Wrong(1, discarded), Wrong(2, corrected)});
  UploadRefused({Wrong(1, discarded), Wrong(2, corrected)}, "register-7");
  EXPECT_EQ(Status()->refused_operations(), 4u);
  ASSERT_THAT(Discard("operations/register-7/1001/1"), IsOk());
  EXPECT_THAT(Correct(kFirst, WithEmail("x"), {"email"}), HasReason("OPERATION_DISCARDED"));
  ASSERT_THAT(Correct("operations/houston-1/1001/2", WithEmail("ada@example.org"), {"email"}),
              IsOk());
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Get(discarded)->state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_EQ(Get(corrected)->email().address(), "ada@example.org");
  UploadOnce(kLineage, {Wrong(1, discarded), Wrong(2, corrected)}, "register-8");
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Get(discarded)->state(), customer::v1::CUSTOMER_STATE_REJECTED);
}

// The UUID is another customer's: discarding leaves it to that one, and a store that sends the
// create again is told that it was discarded.
TEST_F(OperationActions, DiscardOfReusedIdLeavesTheCustomer) {
  PROVES("P8", "C10");
  const CustomerId id = NewId();
  ASSERT_THAT(HqTest::Create(ACustomer().WithId(id)), IsOk());
  const Operation other = CreateOperation(1, ACustomer().WithId(id).Named("Grace"));
  UploadOnce(kLineage, {other});
  ASSERT_THAT(Discard(kFirst), IsOk());
  EXPECT_EQ(Get(id)->given_name(), "Ada");
  EXPECT_EQ(Get(id)->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  UploadOnce(kLineage + 1, {other});
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->customers(), 1u);
}

// The UUID is another customer's: a person makes the customer under another one. Its store is told
// which; whoever sends the create again is told the same; both UUIDs resolve.
TEST_F(OperationActions, ReusedIdIsAppliedUnderAnother) {
  PROVES("P8", "C10", "P9");
  const CustomerId id = NewId();
  ASSERT_THAT(HqTest::Create(ACustomer().WithId(id)), IsOk());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  const Operation other = CreateOperation(1, ACustomer().WithId(id).Named("Grace").At(AnAddress()));
  UploadOnce(kLineage, {other});
  Follow(stream, replica);
  replica.results.clear();

  Customer change;
  change.set_name(CustomerName(id));
  EXPECT_THAT(Correct(kFirst, change, {"name"}), HasViolation("customer.name", "ID_TAKEN"));
  SetNumbersBlocked(true);
  change.clear_name();
  change.set_family_name("Hopper");
  EXPECT_THAT(Correct(kFirst, change, {"name", "family_name"}),
              HasReason("NUMBER_SEQUENCE_BLOCKED"));
  SetNumbersBlocked(false);
  const auto moved = Correct(kFirst, change, {"name", "family_name"});
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->state(), replication::v1::OPERATION_STATE_APPLIED);
  EXPECT_NE(moved->customer(), CustomerName(id));
  EXPECT_EQ(moved->account_number(), "C-00000002");
  EXPECT_EQ(Get(moved->customer())->display_name(), "Grace Hopper");
  EXPECT_NE(Get(moved->customer())->primary_address(), "");
  EXPECT_EQ(Get(id)->given_name(), "Ada");
  EXPECT_EQ(Status()->staged_operations(), 0u);

  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].state(), replication::v1::OPERATION_STATE_APPLIED);
  EXPECT_EQ(replica.results[0].request_id(), other.request_id());
  const auto new_id = ParseCustomerName(moved->customer());
  EXPECT_EQ(replica.results[0].customer_id(), new_id->bytes());
  EXPECT_THAT(replica.results[0].records(), SizeIs(2));
  stream.Break();
  UploadOnce(kLineage + 1, {other});
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->customers(), 2u);
}

// An edit or address of a rejected customer is refused; discarding it sends back what HQ has.
TEST_F(OperationActions, OperationsOfARejectedCustomerAreRefused) {
  PROVES("P8");
  const CustomerId id = NewId();
  UploadRefused({Wrong(1, id)});
  ASSERT_THAT(Discard(kFirst), IsOk());
  UploadOnce(kLineage, {NotesEdit(2, Wrong(1, id))});
  constexpr char kEdit[] = "operations/houston-1/1001/2";
  const auto refused = GetOperation(kEdit);
  ASSERT_THAT(refused, IsOk());
  EXPECT_EQ(refused->reason(), "CUSTOMER_REJECTED");
  ASSERT_THAT(refused->changes(), SizeIs(1));
  EXPECT_EQ(refused->changes(0).old_value(), "");
  EXPECT_EQ(refused->changes(0).new_value(), "\"new\"");
  ASSERT_THAT(Retry(kEdit), IsOk());
  EXPECT_EQ(GetOperation(kEdit)->reason(), "CUSTOMER_REJECTED");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_THAT(Discard(kEdit), IsOk());
  Follow(stream, replica);
  ASSERT_FALSE(replica.results.empty());
  EXPECT_EQ(replica.results.back().state(), replication::v1::OPERATION_STATE_DISCARDED);
  ASSERT_THAT(replica.results.back().records(), SizeIs(1));
  EXPECT_EQ(replica.results.back().records(0).record(), replica.records[CustomerRecordKey(id)]);
}

// What waits for a customer that HQ doesn't know may wait for ever: HQ was restored and has
// forgotten that a person gave the customer up. Only a discard ends that.
TEST_F(OperationActions, WhatHasNoCustomerIsDiscarded) {
  PROVES("P8", "P13");
  UploadOnce(kLineage, {NotesEdit(1, Wrong(1, NewId()))});
  const auto waiting = GetOperation(kFirst);
  ASSERT_THAT(waiting, IsOk());
  EXPECT_EQ(waiting->state(), replication::v1::OPERATION_STATE_WAITING);
  EXPECT_EQ(waiting->reason(), "CUSTOMER_NOT_FOUND");
  EXPECT_THAT(Retry(kFirst), HasReason("OPERATION_NOT_REFUSED"));
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_THAT(Discard(kFirst), IsOk());
  Follow(stream, replica);
  ASSERT_FALSE(replica.results.empty());
  EXPECT_EQ(replica.results.back().state(), replication::v1::OPERATION_STATE_DISCARDED);
  EXPECT_EQ(Status()->staged_operations(), 0u);
  EXPECT_EQ(Status()->refused_operations(), 0u);
}

// A service that was off while its operation was discarded, and whose result was swept, asks again.
TEST_F(OperationActions, UnsettledIsAnsweredAgain) {
  PROVES("P8", "P13");
  const CustomerId id = NewId();
  const Operation operation = Wrong(1, id);
  UploadRefused({operation});
  Replica lost;
  SubscribeStream stream = Resume(lost, kLineage);
  ASSERT_THAT(Discard(kFirst), IsOk());
  Follow(stream, lost);
  stream.Break();
  EXPECT_EQ(ResultEntries(), 0u);

  SubscribeStream again = Resume(lost, kLineage, {Unsettled(operation)});
  lost.results.clear();
  Follow(again, lost);
  ASSERT_THAT(lost.results, SizeIs(1));
  EXPECT_EQ(lost.results[0].state(), replication::v1::OPERATION_STATE_DISCARDED);
}

}  // namespace
}  // namespace comptoir::hq
