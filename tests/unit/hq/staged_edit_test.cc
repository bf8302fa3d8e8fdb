// Edits that stores made without asking HQ, as HQ applies them: what still holds the replaced value
// changes.

#include "tests/unit/hq/staged_edit_test.h"

#include <algorithm>
#include <string>
#include <vector>

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

}  // namespace
}  // namespace comptoir::hq
