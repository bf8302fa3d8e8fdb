// Edits that stores made without asking HQ, as HQ applies them: what still holds the replaced value
// changes, the rest is a conflict that a person decides.

#include "common/customer/customers.h"
#include "common/customer/field_changes.h"
#include "hq-service/domain/operation_history.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Address;
using customer::v1::Customer;
using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOther[] = "houston-2";
constexpr char kSecond[] = "operations/houston-1/1001/2";

class StagedEditTest : public SubscriptionTest {
 protected:
  using Info = v1::StagedOperationInfo;

  void SetUp() override {
    SubscriptionTest::SetUp();
    id_ = NewId();
    create_ = CreateOperation(1, ACustomer().WithId(id_).Named("Ada").At(AnAddress()));
    UploadOnce(kLineage, {create_});
  }

  static Customer Notes(const std::string& notes) {
    Customer customer;
    customer.set_notes(notes);
    return customer;
  }
  // An edit of the customer that `create` made, from `before` to `after` in these fields.
  Operation Edit(uint64_t sequence, const Operation& create, const Customer& before,
                 const Customer& after, const FieldNames& fields) {
    Operation operation = NewEdit(sequence, create);
    *operation.mutable_edit_customer()->mutable_changes() = ChangesOf(before, after, fields);
    return operation;
  }
  Operation EditNotes(uint64_t sequence, const std::string& before, const std::string& after) {
    return Edit(sequence, create_, Notes(before), Notes(after), {"notes"});
  }
  Operation EditAddress(uint64_t sequence, const AddressId& address, const Address& before,
                        const Address& after, const FieldNames& fields) {
    Operation operation = NewEdit(sequence, create_);
    operation.mutable_edit_address()->set_address_id(std::string(address.bytes()));
    *operation.mutable_edit_address()->mutable_changes() = ChangesOf(before, after, fields);
    return operation;
  }
  void EditAtHq(const std::string& notes) {
    customer::v1::UpdateCustomerRequest request;
    *request.mutable_customer() = Notes(notes);
    request.mutable_customer()->set_name(CustomerName(id_));
    request.mutable_update_mask()->add_paths("notes");
    ASSERT_THAT(Update(request), IsOk());
  }
  std::vector<v1::Conflict> Conflicts(const v1::ListConflictsRequest& request = {}) {
    const auto response = Administer<v1::ListConflictsResponse>(request);
    EXPECT_THAT(response, IsOk());
    return {response->conflicts().begin(), response->conflicts().end()};
  }
  absl::StatusOr<Info> GetOperation(const std::string& name) {
    v1::GetOperationRequest request;
    request.set_name(name);
    return Administer<Info>(request);
  }
  std::vector<std::string> StagedNames() {
    std::vector<std::string> names;
    const auto staged = Operations();
    for (const auto& operation : staged->operations()) names.push_back(operation.name());
    return names;
  }
  // Born the day after tomorrow: HQ refuses that.
  Operation Unborn(uint64_t sequence, const Operation& create) {
    Customer after;
    after.set_birth_date(
        absl::FormatTime("%Y-%m-%d", clock_.Now() + absl::Hours(48), absl::UTCTimeZone()));
    return Edit(sequence, create, Customer(), after, {"birth_date"});
  }
  absl::StatusOr<Info> Discard(const std::string& name) {
    v1::DiscardOperationRequest request;
    request.set_name(name);
    request.set_reason("a test");
    return Administer<Info>(request);
  }
  AddressId FirstAddress() { return ParseAddressName(Get(id_)->primary_address()).value().address; }
  absl::StatusOr<Address> FindAddress(const AddressId& id) {
    customer::v1::GetAddressRequest request;
    request.set_name(AddressName({id_, id}));
    COMPTOIR_ASSIGN_OR_RETURN(auto answer, Call(&Hq::GetAddress, request));
    return std::move(answer.value);
  }

  CustomerId id_;
  Operation create_;
};

// Two stores changed different fields while apart: both are there, nothing is left to decide, and
// each store is told.
TEST_F(StagedEditTest, DifferentFieldsAreBothApplied) {
  PROVES("F5", "F10", "P7");
  Customer after;
  after.set_url("https://ada.example");
  UploadOnce(kLineage, {create_, EditNotes(2, "", "likes tea")});
  UploadOnce(kLineage, {Edit(1, create_, Customer(), after, {"url"})}, kOther);
  EXPECT_EQ(Get(id_)->notes(), "likes tea");
  EXPECT_EQ(Get(id_)->url(), "https://ada.example");
  EXPECT_THAT(Conflicts(), IsEmpty());
  EXPECT_THAT(StagedNames(), IsEmpty());
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  ASSERT_FALSE(replica.results.empty());
  EXPECT_EQ(replica.results.back().state(), replication::v1::OPERATION_STATE_APPLIED);
}

// HQ has changed the field since: its value stays, the record is marked, and both values stand in a
// list with who and when. The operation is settled all the same.
TEST_F(StagedEditTest, ConflictKeepsHqsValue) {
  PROVES("F10", "B4");
  EditAtHq("HQ's");
  UploadOnce(kLineage, {create_, EditNotes(2, "", "the store's")});
  EXPECT_EQ(Get(id_)->notes(), "HQ's");
  EXPECT_THAT(Get(id_)->conflicted_fields(), ElementsAre("notes"));
  EXPECT_THAT(StagedNames(), IsEmpty());
  const auto conflicts = Conflicts();
  ASSERT_THAT(conflicts, SizeIs(1));
  EXPECT_EQ(conflicts[0].operation(), kSecond);
  EXPECT_EQ(conflicts[0].channel(), kChannel);
  EXPECT_EQ(conflicts[0].account_number(), Get(id_)->account_number());
  ASSERT_THAT(conflicts[0].fields(), SizeIs(1));
  EXPECT_EQ(conflicts[0].fields(0).field(), "notes");
  EXPECT_EQ(conflicts[0].fields(0).replaced_value(), "");
  EXPECT_EQ(conflicts[0].fields(0).store_value(), "\"the store\\'s\"");
  EXPECT_EQ(conflicts[0].fields(0).hq_value(), "\"HQ\\'s\"");
  v1::ListConflictsRequest request;
  request.set_channel("dallas");
  EXPECT_THAT(Conflicts(request), IsEmpty());
  request.set_channel(kChannel);
  request.set_customer(CustomerName(id_));
  EXPECT_THAT(Conflicts(request), SizeIs(1));
}

// The same value is no conflict.
TEST_F(StagedEditTest, SameValueIsNoConflict) {
  PROVES("F10");
  EditAtHq("likes tea");
  const std::string etag = Get(id_)->etag();
  UploadOnce(kLineage, {create_, EditNotes(2, "", "likes tea")});
  EXPECT_THAT(Conflicts(), IsEmpty());
  EXPECT_EQ(Get(id_)->etag(), etag);
}

// A person takes the store's value, HQ's or another one; the mark and the conflict go in the same
// commit, and a repeated decision changes nothing.
TEST_F(StagedEditTest, PersonDecides) {
  PROVES("B4", "F10");
  for (const std::string decision : {"store", "hq", "given"}) {
    EditAtHq("HQ's " + decision);
    Operation edit = EditNotes(1, "old " + decision, "the store's " + decision);
    UploadOnce(kLineage + NewId().bytes()[0] + 1u, {edit}, "service-" + decision);
    ASSERT_THAT(Conflicts(), SizeIs(1)) << decision;
    v1::ResolveConflictRequest request;
    request.set_name(Conflicts()[0].name());
    request.set_request_id(NewId().ToString());
    if (decision == "store") request.add_take_store("notes");
    if (decision == "hq") request.add_keep_hq("notes");
    if (decision == "given") {
      *request.mutable_customer() = Notes("a third");
      request.mutable_update_mask()->add_paths("notes");
    }
    const auto left = Administer<v1::Conflict>(request);
    ASSERT_THAT(left, IsOk()) << decision;
    EXPECT_THAT(left->fields(), IsEmpty());
    EXPECT_EQ(Get(id_)->notes(), decision == "store" ? "the store's store"
                                 : decision == "hq"  ? "HQ's hq"
                                                     : "a third");
    EXPECT_THAT(Get(id_)->conflicted_fields(), IsEmpty());
    EXPECT_THAT(Conflicts(), IsEmpty());
    const std::string etag = Get(id_)->etag();
    EXPECT_THAT(Administer<v1::Conflict>(request), IsOk());
    EXPECT_EQ(Get(id_)->etag(), etag);
    request.clear_request_id();
    EXPECT_THAT(Administer<v1::Conflict>(request), HasReason("RECORD_NOT_FOUND"));
  }
}

// Only what is in conflict is decided, each field once; the rest stays for later.
TEST_F(StagedEditTest, DecidesFieldByField) {
  PROVES("B4", "C8");
  Customer hq = Notes("HQ's");
  hq.set_url("https://hq.example");
  customer::v1::UpdateCustomerRequest update;
  *update.mutable_customer() = hq;
  update.mutable_customer()->set_name(CustomerName(id_));
  for (const char* path : {"notes", "url"}) update.mutable_update_mask()->add_paths(path);
  ASSERT_THAT(Update(update), IsOk());
  Customer store = Notes("the store's");
  store.set_url("https://store.example");
  UploadOnce(kLineage, {create_, Edit(2, create_, Customer(), store, {"notes", "url"})});
  v1::ResolveConflictRequest request;
  ASSERT_THAT(Conflicts(), SizeIs(1));
  request.set_name(Conflicts()[0].name());
  EXPECT_THAT(Administer<v1::Conflict>(request), HasViolation("take_store", "REQUIRED"));
  request.add_take_store("notes");
  request.add_keep_hq("notes");
  EXPECT_THAT(Administer<v1::Conflict>(request), HasViolation("keep_hq", "CONFLICT_FIELD_INVALID"));
  request.clear_keep_hq();
  const auto left = Administer<v1::Conflict>(request);
  ASSERT_THAT(left, IsOk());
  ASSERT_THAT(left->fields(), SizeIs(1));
  EXPECT_EQ(left->fields(0).field(), "url");
  EXPECT_EQ(Get(id_)->notes(), "the store's");
  EXPECT_THAT(Get(id_)->conflicted_fields(), ElementsAre("url"));
}

// One request, one effect: over two channel services, in a new lineage, and repeated in real time.
TEST_F(StagedEditTest, HasOneEffect) {
  PROVES("C10", "F5", "P13");
  Operation edit = EditNotes(2, "", "likes tea");
  UploadOnce(kLineage, {create_, edit});
  EditAtHq("HQ's");
  edit.set_sequence(1);
  UploadOnce(kLineage + 1, {edit});
  UploadOnce(kLineage, {edit}, kOther);
  EXPECT_EQ(Get(id_)->notes(), "HQ's");
  EXPECT_THAT(Conflicts(), IsEmpty());
  EXPECT_THAT(StagedNames(), IsEmpty());
}

// What a person has decided isn't asked again when the store, put back to a backup, uploads its
// edit anew, nor when the edit comes over another channel service.
TEST_F(StagedEditTest, DecidedStaysDecided) {
  PROVES("B4", "C10", "F10", "P13");
  EditAtHq("HQ's");
  Operation edit = EditNotes(2, "", "the store's");
  UploadOnce(kLineage, {create_, edit});
  ASSERT_THAT(Conflicts(), SizeIs(1));
  v1::ResolveConflictRequest request;
  request.set_name(Conflicts()[0].name());
  request.add_keep_hq("notes");
  ASSERT_THAT(Administer<v1::Conflict>(request), IsOk());
  const std::string etag = Get(id_)->etag();
  edit.set_sequence(1);
  UploadOnce(kLineage + 1, {edit});
  UploadOnce(kLineage, {edit}, kOther);
  EXPECT_EQ(Get(id_)->notes(), "HQ's");
  EXPECT_EQ(Get(id_)->etag(), etag);
  EXPECT_THAT(Conflicts(), IsEmpty());
  EXPECT_THAT(StagedNames(), IsEmpty());
}

// A service whose result was swept asks for it again.
TEST_F(StagedEditTest, UnsettledIsAnsweredAgain) {
  PROVES("P13");
  const Operation edit = EditNotes(2, "", "likes tea");
  Replica lost;
  SubscribeStream stream = Resume(lost, kLineage);
  UploadOnce(kLineage, {create_, edit});
  Follow(stream, lost);
  stream.Break();
  SubscribeStream again = Resume(lost, kLineage, {Unsettled(edit)});
  lost.results.clear();
  Follow(again, lost);
  ASSERT_THAT(lost.results, SizeIs(1));
  EXPECT_EQ(lost.results[0].state(), replication::v1::OPERATION_STATE_APPLIED);
}

// A refused edit is kept with its reason; only what is about the same fields waits behind it. It is
// corrected, and what waited goes on.
TEST_F(StagedEditTest, RefusedHoldsBackTheSameFieldsOnly) {
  PROVES("P7", "P8");
  Customer later;
  later.set_birth_date("1990-01-01");
  const Operation wrong = Unborn(2, create_);
  Customer replaced;
  ASSERT_TRUE(replaced.ParseFromString(wrong.edit_customer().changes(0).value()));
  UploadOnce(kLineage, {create_, wrong, Edit(3, create_, replaced, later, {"birth_date"}),
                        EditNotes(4, "", "likes tea")});
  Advance(absl::Minutes(1));
  EXPECT_EQ(Get(id_)->notes(), "likes tea");
  const auto refused = GetOperation(kSecond);
  ASSERT_THAT(refused, IsOk());
  EXPECT_EQ(refused->state(), replication::v1::OPERATION_STATE_REFUSED);
  EXPECT_EQ(refused->reason(), "INVALID_FIELDS");
  EXPECT_THAT(refused->fields(), ElementsAre("birth_date"));
  EXPECT_THAT(StagedNames(), SizeIs(2));

  v1::CorrectOperationRequest correct;
  correct.set_name(kSecond);
  correct.mutable_customer()->set_birth_date("1980-01-01");
  correct.mutable_update_mask()->add_paths("birth_date");
  ASSERT_THAT(Administer<Info>(correct), IsOk());
  Advance(absl::Minutes(1));
  EXPECT_THAT(StagedNames(), IsEmpty());
  EXPECT_EQ(Get(id_)->birth_date(), "1980-01-01");
  // The one behind it replaced what was corrected.
  ASSERT_THAT(Conflicts(), SizeIs(1));
}

// Given up, it never was: the store gets HQ's record back, and what waited goes on.
TEST_F(StagedEditTest, DiscardedLeavesHqsRecord) {
  PROVES("P8");
  UploadOnce(kLineage, {create_, Unborn(2, create_)});
  Advance(absl::Minutes(1));
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  ASSERT_THAT(Discard(kSecond), IsOk());
  Follow(stream, replica);
  ASSERT_FALSE(replica.results.empty());
  EXPECT_EQ(replica.results.back().state(), replication::v1::OPERATION_STATE_DISCARDED);
  ASSERT_THAT(replica.results.back().records(), SizeIs(1));
  EXPECT_EQ(Get(id_)->birth_date(), "");
}

// Edits of a pending customer come right behind it, in order.
TEST_F(StagedEditTest, FollowsItsCustomer) {
  PROVES("F5", "P7");
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  const Operation create = CreateOperation(2, ACustomer().WithId(id).Named("Grace"));
  UploadOnce(kLineage, {create_, create, Edit(3, create, Notes(""), Notes("first"), {"notes"}),
                        Edit(4, create, Notes("first"), Notes("second"), {"notes"})});
  EXPECT_THAT(StagedNames(), SizeIs(3));
  SetNumbersBlocked(false);
  Advance(absl::Minutes(1));
  EXPECT_THAT(StagedNames(), IsEmpty());
  EXPECT_EQ(Get(id)->notes(), "second");
  EXPECT_THAT(Conflicts(), IsEmpty());
}

// The create is refused: edits of its own store become part of it, it is tried again, and they
// settle with it.
TEST_F(StagedEditTest, CorrectsItsRefusedCreate) {
  PROVES("F5", "P7", "P8");
  const CustomerId id = NewId();
  const Operation create =
      CreateOperation(2, ACustomer().WithId(id).Named("Grace").Email("nobody"));
  Customer before;
  before.mutable_email()->set_address("nobody");
  Customer after;
  after.mutable_email()->set_address("grace@example.org");
  UploadOnce(kLineage, {create_, create, Edit(3, create, Notes(""), Notes("x"), {"notes"})});
  Advance(absl::Minutes(1));
  EXPECT_EQ(Get(id)->state(), customer::v1::CUSTOMER_STATE_PENDING);
  UploadOnce(kLineage, {create_, create, Edit(3, create, Notes(""), Notes("x"), {"notes"}),
                        Edit(4, create, before, after, {"email"})});
  Advance(absl::Minutes(1));
  EXPECT_EQ(Get(id)->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(Get(id)->email().address(), "grace@example.org");
  EXPECT_EQ(Get(id)->notes(), "x");
  EXPECT_THAT(StagedNames(), IsEmpty());
  EXPECT_THAT(Conflicts(), IsEmpty());
}

// Another store's edit doesn't correct it, and waits.
TEST_F(StagedEditTest, OnlyItsOwnStoreCorrectsACreate) {
  PROVES("P7");
  const CustomerId id = NewId();
  const Operation create =
      CreateOperation(2, ACustomer().WithId(id).Named("Grace").Email("nobody"));
  UploadOnce(kLineage, {create_, create});
  Advance(absl::Minutes(1));
  UploadOnce(kLineage, {Edit(1, create, Notes(""), Notes("x"), {"notes"})}, kOther);
  Advance(absl::Minutes(1));
  EXPECT_EQ(Get(id)->state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_THAT(StagedNames(), SizeIs(2));
}

// An edit from a backup older than HQ's memory of requests may have been applied long ago: it is
// listed and not applied, until a person asks.
TEST_F(StagedEditTest, FromAnOldBackupIsListed) {
  PROVES("P13", "F5");
  const Operation edit = EditNotes(1, "", "likes tea");
  Advance(absl::Hours(24 * 31));
  UploadOnce(kLineage + 1, {edit});
  ASSERT_THAT(StagedNames(), SizeIs(1));
  const auto kept = GetOperation(StagedNames()[0]);
  EXPECT_EQ(kept->reason(), "OUTCOME_UNKNOWN");
  EXPECT_EQ(Get(id_)->notes(), "");
  v1::RetryOperationRequest retry;
  retry.set_name(StagedNames()[0]);
  ASSERT_THAT(Administer<Info>(retry), IsOk());
  EXPECT_EQ(Get(id_)->notes(), "likes tea");
}

// Of two primary addresses set while apart the later applied one wins, without a conflict; a
// deactivated one is followed by the oldest.
TEST_F(StagedEditTest, OfAddresses) {
  PROVES("A7", "A10", "F5");
  const AddressId first = FirstAddress();
  const auto second = AddAddress(id_, AnAddress().In("Paris", "FR"));
  const auto third = AddAddress(id_, AnAddress().In("Rome", "IT"));
  const auto id_of = [](const auto& address) {
    return ParseAddressName(address->name()).value().address;
  };
  Address primary;
  primary.set_primary(true);
  UploadOnce(kLineage, {create_, EditAddress(2, id_of(second), Address(), primary, {"primary"})});
  UploadOnce(kLineage, {EditAddress(1, id_of(third), Address(), primary, {"primary"})}, kOther);
  EXPECT_EQ(Get(id_)->primary_address(), third->name());
  EXPECT_THAT(Conflicts(), IsEmpty());
  Address deactivated;
  deactivated.set_deactivated(true);
  Address city;
  city.set_city("Roma");
  Address rome;
  rome.set_city("Rome");
  UploadOnce(kLineage, {create_, EditAddress(2, id_of(second), Address(), primary, {"primary"}),
                        EditAddress(3, id_of(third), rome, city, {"city"}),
                        EditAddress(4, id_of(third), Address(), deactivated, {kDeactivatedField})});
  EXPECT_EQ(FindAddress(id_of(third))->city(), "Roma");
  EXPECT_TRUE(FindAddress(id_of(third))->deactivated());
  EXPECT_EQ(ParseAddressName(Get(id_)->primary_address()).value().address, first);
}

// What an edit was refused for, what it changes and whom it is about find it.
TEST_F(StagedEditTest, IsListedByReasonValueAndAccountNumber) {
  PROVES("M1");
  const auto before = Notes("aime le thé");
  auto after = Notes("préfère le café");
  after.set_birth_date(
      absl::FormatTime("%Y-%m-%d", clock_.Now() + absl::Hours(48), absl::UTCTimeZone()));
  UploadOnce(kLineage, {Edit(2, create_, before, after, {"notes", "birth_date"})});
  const auto names = [this](const v1::ListOperationsRequest& request) {
    std::vector<std::string> found;
    const auto response = Administer<v1::ListOperationsResponse>(request);
    EXPECT_THAT(response, IsOk());
    for (const Info& info : response->operations()) {
      found.push_back(info.name());
      EXPECT_EQ(info.account_number(), Get(id_)->account_number());
    }
    return found;
  };
  v1::ListOperationsRequest request;
  request.set_customer("accountNumbers/" + Get(id_)->account_number());
  request.set_reason("INVALID_FIELDS");
  for (const char* value : {"", "The", "cafe PREFE", "thé"}) {
    request.set_value(value);
    EXPECT_THAT(names(request), ElementsAre(kSecond)) << value;
  }
  for (const char* value : {"tea", "the cafe"}) {
    request.set_value(value);
    EXPECT_THAT(names(request), IsEmpty()) << value;
  }
  request.clear_value();
  request.set_reason("EMAIL_INVALID");
  EXPECT_THAT(names(request), IsEmpty());
}

// A feature was switched off since: the edit is applied, and listed with a warning, which the trace
// shows too.
TEST_F(StagedEditTest, WhatIsForbiddenSinceIsAWarning) {
  PROVES("F9", "M2");
  Operation edit = EditNotes(2, "", "likes tea");
  edit.set_configuration_version(0);
  UploadOnce(kLineage, {create_, edit});
  EXPECT_EQ(Get(id_)->notes(), "likes tea");
  CallContext french = call_;
  french.language = "fr-CA";
  v1::ListOperationsRequest list;
  list.set_state(replication::v1::OPERATION_STATE_APPLIED);
  const auto applied = Administer<v1::ListOperationsResponse>(list, french);
  ASSERT_THAT(applied, IsOk());
  const auto found = std::find_if(applied->operations().begin(), applied->operations().end(),
                                  [](const Info& info) { return info.name() == kSecond; });
  ASSERT_NE(found, applied->operations().end());
  ASSERT_THAT(found->warnings(), SizeIs(1));
  EXPECT_EQ(found->warnings(0).reason(), "FEATURE_OFF");
  EXPECT_THAT(found->warnings(0).text(), ::testing::StartsWith("Converti tel que saisi"));
  v1::TraceCustomerRequest request;
  request.set_name(CustomerName(id_));
  const auto trace = Administer<v1::CustomerTrace>(request, french);
  ASSERT_THAT(trace, IsOk());
  EXPECT_TRUE(std::any_of(trace->stages().begin(), trace->stages().end(), [](const auto& stage) {
    return stage.stage() == v1::TraceStage::CONVERTED && stage.warnings_size() == 1 &&
           stage.warnings(0).text().starts_with("Converti tel que saisi");
  }));
}

// Both values come with their times: when the store captured its own, when HQ had last changed its
// own, and when they met.
TEST_F(StagedEditTest, ConflictHasBothTimes) {
  PROVES("B4");
  Operation edit = EditNotes(2, "", "the store's");
  const absl::Time captured = clock_.Now();
  Advance(absl::Hours(1));
  EditAtHq("HQ's");
  const absl::Time changed = clock_.Now();
  Advance(absl::Hours(1));
  UploadOnce(kLineage, {create_, edit});
  const auto conflicts = Conflicts();
  ASSERT_THAT(conflicts, SizeIs(1));
  EXPECT_EQ(conflicts[0].fields(0).store_value(), "\"the store\\'s\"");
  EXPECT_EQ(conflicts[0].fields(0).hq_value(), "\"HQ\\'s\"");
  EXPECT_EQ(conflicts[0].capture_time().seconds(), absl::ToUnixSeconds(captured));
  EXPECT_EQ(conflicts[0].hq_change_time().seconds(), absl::ToUnixSeconds(changed));
  EXPECT_EQ(conflicts[0].conflict_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
}

// Who decided what is kept with the conflict.
TEST_F(StagedEditTest, DecisionIsAudited) {
  PROVES("B4", "M7");
  EditAtHq("HQ's");
  UploadOnce(kLineage, {create_, EditNotes(2, "", "the store's")});
  ASSERT_THAT(Conflicts(), SizeIs(1));
  v1::ResolveConflictRequest request;
  request.set_name(Conflicts()[0].name());
  request.add_take_store("notes");
  Advance(absl::Hours(1));
  ASSERT_THAT(Administer<v1::Conflict>(request), IsOk());
  const auto history = HistoryOf(database().latest(), request.name());
  ASSERT_THAT(history, IsOk());
  ASSERT_THAT(*history, SizeIs(1));
  const v1::OperationAction& action = history->front();
  EXPECT_EQ(action.action(), "resolve");
  EXPECT_EQ(action.caller(), "anna");
  EXPECT_EQ(action.customer(), CustomerName(id_));
  EXPECT_EQ(action.time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  ASSERT_THAT(action.changes(), SizeIs(1));
  EXPECT_EQ(action.changes(0).field(), "notes");
  EXPECT_EQ(action.changes(0).old_value(), "\"HQ\\'s\"");
  EXPECT_EQ(action.changes(0).new_value(), "\"the store\\'s\"");
}

}  // namespace
}  // namespace comptoir::hq
