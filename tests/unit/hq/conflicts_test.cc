// Fields that HQ had changed when a store's edit of them came: a conflict that a person decides.

#include <string>

#include "hq-service/domain/operations/operation_history.h"
#include "tests/unit/hq/staged_edit_test.h"

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ConflictsTest : public StagedEditTest {};

// HQ has changed the field since: its value stays, the record is marked, and both values stand in a
// list with who and when. The operation is settled all the same.
TEST_F(ConflictsTest, ConflictKeepsHqsValue) {
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
TEST_F(ConflictsTest, SameValueIsNoConflict) {
  PROVES("F10");
  EditAtHq("likes tea");
  const std::string etag = Get(id_)->etag();
  UploadOnce(kLineage, {create_, EditNotes(2, "", "likes tea")});
  EXPECT_THAT(Conflicts(), IsEmpty());
  EXPECT_EQ(Get(id_)->etag(), etag);
}

// A person takes the store's value, HQ's or another one; the mark and the conflict go in the same
// commit, and a repeated decision changes nothing.
TEST_F(ConflictsTest, PersonDecides) {
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
TEST_F(ConflictsTest, DecidesFieldByField) {
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
TEST_F(ConflictsTest, HasOneEffect) {
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
TEST_F(ConflictsTest, DecidedStaysDecided) {
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

// Both values come with their times: when the store captured its own, when HQ had last changed its
// own, and when they met.
TEST_F(ConflictsTest, ConflictHasBothTimes) {
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
TEST_F(ConflictsTest, DecisionIsAudited) {
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
