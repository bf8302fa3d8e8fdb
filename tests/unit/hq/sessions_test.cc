// Upload and download sessions: what they show, pausing and resuming them.

#include "hq-service/domain/sessions.h"

#include <string>
#include <vector>

#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/jobs/session_book.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kUpload[] = "channelServices/houston-1/uploadSessions/current";
constexpr char kDownload[] = "channelServices/houston-1/downloadSessions/current";

class SessionsTest : public SubscriptionTest {
 protected:
  absl::StatusOr<v1::Session> Session(const std::string& name) {
    v1::GetSessionRequest request;
    request.set_name(name);
    return Administer<v1::Session>(request);
  }
  v1::SessionState StateOf(const std::string& name) { return Session(name)->state(); }
  absl::StatusOr<v1::Session> Cancel(const std::string& name) {
    v1::CancelSessionRequest request;
    request.set_name(name);
    return Administer<v1::Session>(request);
  }
  absl::StatusOr<v1::Session> Rerun(const std::string& name) {
    v1::RerunSessionRequest request;
    request.set_name(name);
    return Administer<v1::Session>(request);
  }
  std::vector<v1::Session> List(v1::SessionDirection direction, bool open = false) {
    v1::ListSessionsRequest request;
    request.set_channel_service("channelServices/houston-1");
    request.set_direction(direction);
    request.set_open(open);
    const auto response = Administer<v1::ListSessionsResponse>(request);
    EXPECT_THAT(response, IsOk());
    return {response->sessions().begin(), response->sessions().end()};
  }
  std::vector<v1::Session> Uploads() { return List(v1::SESSION_DIRECTION_UPLOAD); }
  std::vector<v1::Session> Downloads() { return List(v1::SESSION_DIRECTION_DOWNLOAD); }
  Operation Create(uint64_t sequence) {
    return CreateOperation(sequence, ACustomer().WithId(NewId()));
  }
  uint64_t Held(const UploadStream& stream) {
    uint64_t sequence = 0;
    for (const auto& message : stream.written->messages) {
      if (message.has_acknowledgement()) sequence = message.acknowledgement().sequence();
    }
    return sequence;
  }
  // What HQ last granted.
  static std::optional<uint64_t> Credit(const UploadStream& stream) {
    const auto& message = stream.written->messages.back();
    if (!message.acknowledgement().has_last_sequence()) return std::nullopt;
    return message.acknowledgement().last_sequence();
  }
};

// An upload from its hello to its end: a span of the outbox with records, bytes and times.
TEST_F(SessionsTest, UploadIsASpan) {
  PROVES("P6");
  UploadStream stream = OpenUpload(kLineage);
  EXPECT_EQ(StateOf(kUpload), v1::SESSION_STATE_STARTED);
  Upload(stream, {Create(1), Create(2)});
  Upload(stream, {Create(3)});
  const auto open = Session(kUpload);
  ASSERT_THAT(open, IsOk());
  EXPECT_EQ(open->name(), "channelServices/houston-1/uploadSessions/1");
  EXPECT_EQ(open->state(), v1::SESSION_STATE_APPLIED);
  EXPECT_EQ(open->records(), 3u);
  EXPECT_GT(open->bytes(), 0u);
  EXPECT_EQ(open->tries(), 1u);
  EXPECT_EQ(open->after_sequence(), 0u);
  EXPECT_EQ(open->last_sequence(), 3u);
  EXPECT_EQ(open->lineage(), kLineage);
  EXPECT_FALSE(open->has_end_time());
  Advance(2 * kSessionQuiet);
  Upload(stream, {Create(4)});
  const auto all = Uploads();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].name(), "channelServices/houston-1/uploadSessions/2");
  EXPECT_EQ(all[0].after_sequence(), 3u);
  EXPECT_EQ(all[1].records(), 3u);
  EXPECT_TRUE(all[1].has_end_time());
  EXPECT_EQ(all[1].state(), v1::SESSION_STATE_APPLIED);
  EXPECT_THAT(List(v1::SESSION_DIRECTION_UPLOAD, /*open=*/true), SizeIs(1));
}

// Ended ones are kept over a restart; the open one is forgotten, its data isn't.
TEST_F(SessionsTest, EndedSessionsSurvive) {
  PROVES("P6", "P7");
  UploadOnce(kLineage, {Create(1)});
  Advance(2 * kSessionQuiet);
  UploadOnce(kLineage, {Create(2)});
  Restart();
  const auto all = Uploads();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].name(), "channelServices/houston-1/uploadSessions/1");
  UploadStream stream = OpenUpload(kLineage);
  EXPECT_EQ(stream.written->messages[0].hello().position().sequence(), 2u);
  EXPECT_EQ(Session(kUpload)->name(), "channelServices/houston-1/uploadSessions/2");
}

// The last hundred.
TEST_F(SessionsTest, HistoryIsBounded) {
  PROVES("P6");
  UploadStream stream = OpenUpload(kLineage);
  for (uint64_t i = 1; i <= kSessionsMax + 5; ++i) {
    Upload(stream, {Create(i)});
    Advance(2 * kSessionQuiet);
  }
  const auto all = Uploads();
  ASSERT_THAT(all, SizeIs(kSessionsMax + 1));
  EXPECT_EQ(all.back().after_sequence(), 5u);
}

// The stream breaks with work under way: the same session, tried again.
TEST_F(SessionsTest, FailedDownloadIsTriedAgain) {
  PROVES("P6");
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  EXPECT_EQ(StateOf(kDownload), v1::SESSION_STATE_DOWNLOADED);
  stream.Break();
  auto failed = Session(kDownload);
  EXPECT_EQ(failed->state(), v1::SESSION_STATE_DOWNLOAD_FAILED);
  EXPECT_EQ(failed->last_error(), "DISCONNECTED");
  EXPECT_EQ(failed->records(), 0u);
  Replica replica;
  stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const auto applied = Session(kDownload);
  EXPECT_EQ(applied->state(), v1::SESSION_STATE_APPLIED);
  EXPECT_EQ(applied->name(), failed->name());
  EXPECT_EQ(applied->tries(), 2u);
  EXPECT_GT(applied->records(), 0u);
  EXPECT_EQ(applied->lag(), 0u);
}

// It asks and there is nothing; it isn't there and something waits.
TEST_F(SessionsTest, NothingAndSomethingToDownload) {
  PROVES("P6");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  Advance(2 * kSessionQuiet);
  EXPECT_EQ(StateOf(kDownload), v1::SESSION_STATE_NO_DATA);
  stream.Break();
  ASSERT_THAT(HqTest::Create(ACustomer()), IsOk());
  EXPECT_EQ(StateOf(kDownload), v1::SESSION_STATE_AVAILABLE);
  EXPECT_GT(Session(kDownload)->lag(), 0u);
}

// HQ's disk is full: the reason is seen while it lasts, and stays as the last error.
TEST_F(SessionsTest, ApplyFailedShowsTheReason) {
  PROVES("P6", "P5");
  UploadStream stream = OpenUpload(kLineage);
  database().set_free_bytes(0);
  Upload(stream, {Create(1)});
  auto session = Session(kUpload);
  EXPECT_EQ(session->state(), v1::SESSION_STATE_APPLY_FAILED);
  EXPECT_EQ(session->last_error(), "DISK_FULL");
  database().set_free_bytes(1ULL << 40);
  Advance(absl::Minutes(1));
  EXPECT_EQ(Uploads().back().state(), v1::SESSION_STATE_APPLIED);
  EXPECT_EQ(Uploads().back().last_error(), "DISK_FULL");
}

// A paused upload takes nothing, over restarts too, says so to its store, and loses nothing.
TEST_F(SessionsTest, PausedUploadResumes) {
  PROVES("P6", "P7");
  UploadStream stream = OpenUpload(kLineage);
  Upload(stream, {Create(1)});
  const auto canceled = Cancel(kUpload);
  ASSERT_THAT(canceled, IsOk());
  EXPECT_EQ(canceled->state(), v1::SESSION_STATE_CANCELED);
  EXPECT_EQ(canceled->canceled_by(), "anna");
  EXPECT_TRUE(stream.written->messages.back().acknowledgement().paused());
  EXPECT_EQ(Credit(stream), 1u);
  // What was on its way isn't taken either.
  const Operation second = Create(2);
  Upload(stream, {second});
  EXPECT_EQ(Held(stream), 1u);
  EXPECT_THAT(Warnings("P-0001"), Contains("JOB_SESSION_PAUSED"));
  EXPECT_TRUE(ServiceInfo()->upload_paused());

  Restart();
  stream.reader.reset();
  EXPECT_EQ(StateOf(kUpload), v1::SESSION_STATE_CANCELED);
  stream = OpenUpload(kLineage);
  EXPECT_TRUE(stream.written->messages[0].hello().paused());
  EXPECT_EQ(stream.written->messages[0].hello().last_sequence(), 1u);
  Upload(stream, {second});
  EXPECT_EQ(Held(stream), 0u);
  ASSERT_THAT(Rerun(kUpload), IsOk());
  EXPECT_EQ(Held(stream), 2u);
  EXPECT_FALSE(stream.written->messages.back().acknowledgement().paused());
  EXPECT_EQ(Credit(stream), std::nullopt);
  EXPECT_THAT(Warnings("P-0001"), Not(Contains("JOB_SESSION_PAUSED")));
}

// A paused download sends nothing, not even that its cursor may move; then it goes on from there.
TEST_F(SessionsTest, PausedDownloadResumes) {
  PROVES("P6");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  ASSERT_THAT(Cancel(kDownload), IsOk());
  ASSERT_THAT(HqTest::Create(ACustomer()), IsOk());
  Advance(absl::Minutes(1));
  for (const auto& message : stream.written->messages) {
    ASSERT_TRUE(message.has_heartbeat());
    EXPECT_TRUE(message.heartbeat().paused());
  }
  EXPECT_FALSE(stream.written->messages.empty());
  stream.written->messages.clear();
  EXPECT_THAT(Warnings("1010"), Contains("JOB_SESSION_PAUSED"));
  EXPECT_EQ(StateOf(kDownload), v1::SESSION_STATE_CANCELED);
  EXPECT_GT(Session(kDownload)->lag(), 0u);
  ASSERT_THAT(Rerun(kDownload), IsOk());
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_EQ(StateOf(kDownload), v1::SESSION_STATE_APPLIED);
}

// A run of P-0001 doesn't wait for a store that is paused; the store owes it its share.
TEST_F(SessionsTest, RunsDontWaitForThePaused) {
  PROVES("P6", "P3");
  v1::UpdateConfigurationRequest manual;
  manual.mutable_configuration()->mutable_batch_job()->set_name("batchJobs/P-0001");
  manual.mutable_configuration()->mutable_batch_job()->set_mode(v1::BATCH_JOB_MODE_MANUAL);
  manual.mutable_update_mask()->add_paths("mode");
  ASSERT_THAT(Administer<v1::Configuration>(manual), IsOk());
  UploadStream stream = OpenUpload(kLineage);
  ASSERT_THAT(Cancel(kUpload), IsOk());
  v1::RunJobRequest run;
  run.set_name("batchJobs/P-0001");
  ASSERT_THAT(Administer<v1::JobRun>(run), IsOk());
  Advance(absl::Minutes(1));
  EXPECT_EQ(Job("P-0001").last_run().state(), v1::JOB_STATE_ENDED);
}

// Only what is there and open; doing it twice changes nothing.
TEST_F(SessionsTest, NamesAndRepetitions) {
  PROVES("P6");
  EXPECT_THAT(Cancel(kUpload), HasReason("RECORD_NOT_FOUND"));
  EXPECT_THAT(Session("channelServices/houston-1/uploadSessions/x"), HasReason("RECORD_NOT_FOUND"));
  EXPECT_THAT(Session("sessions/1"), HasReason("RECORD_NOT_FOUND"));
  UploadOnce(kLineage, {Create(1)});
  Advance(2 * kSessionQuiet);
  EXPECT_THAT(Cancel("channelServices/houston-1/uploadSessions/1"), HasReason("RECORD_NOT_FOUND"));
  EXPECT_EQ(Session("channelServices/houston-1/uploadSessions/1")->records(), 1u);
  ASSERT_THAT(Cancel("channelServices/houston-1/uploadSessions/2"), IsOk());
  ASSERT_THAT(Cancel(kUpload), IsOk());
  ASSERT_THAT(Rerun(kUpload), IsOk());
  EXPECT_EQ(Rerun(kUpload)->state(), v1::SESSION_STATE_STARTED);
  v1::ListSessionsRequest wrong;
  wrong.set_channel_service("houston-1");
  EXPECT_THAT(Administer<v1::ListSessionsResponse>(wrong),
              HasViolation("channel_service", "NAME_INVALID"));
}

// What waits in a store is told as an age; P-0001 warns when that is too old.
TEST_F(SessionsTest, OldOutboxIsAWarning) {
  PROVES("P11");
  UploadStream stream = OpenUpload(kLineage);
  EXPECT_FALSE(Job("P-0001").has_waiting_since());
  v1::UploadRequest request;
  request.mutable_waiting()->set_operations(7);
  request.mutable_waiting()->mutable_oldest_age()->set_seconds(240);
  stream.reader->OnMessage(request);
  EXPECT_EQ(Job("P-0001").waiting_since().seconds(), absl::ToUnixSeconds(clock_.Now()) - 240);
  EXPECT_EQ(Session(kUpload)->lag(), 7u);
  EXPECT_EQ(StateOf(kUpload), v1::SESSION_STATE_AVAILABLE);
  EXPECT_THAT(Warnings("P-0001"), IsEmpty());
  Advance(absl::Minutes(2));
  EXPECT_THAT(Warnings("P-0001"), ElementsAre("JOB_WORK_WAITS"));
  request.mutable_waiting()->Clear();
  stream.reader->OnMessage(request);
  EXPECT_THAT(Warnings("P-0001"), IsEmpty());
}

// A store is connected and doesn't acknowledge; then it isn't connected any more.
TEST_F(SessionsTest, UntakenChangesAreAWarning) {
  PROVES("P11");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  EXPECT_THAT(Warnings("1010"), IsEmpty());
  Advance(absl::Minutes(6));
  EXPECT_THAT(Warnings("1010"), ElementsAre("JOB_WORK_WAITS"));
  stream.written->messages.clear();
  stream.Break();
  EXPECT_THAT(Warnings("1010"), IsEmpty());
  Advance(absl::Minutes(6));
  EXPECT_THAT(Warnings("1010"), ElementsAre("JOB_SERVICE_AWAY"));
  EXPECT_THAT(Job("1010").warnings(0).text(), ::testing::HasSubstr("houston-1"));
  stream = Resume(replica, kLineage);
  Follow(stream, replica);
  EXPECT_THAT(Warnings("1010"), IsEmpty());
}

// Asked for and not sent yet; received and not durable yet.
TEST_F(SessionsTest, BeforeAnythingIsUnderWay) {
  PROVES("P6");
  SessionBook book(database(), clock_);
  const auto* const download = book.Attach(
      {.channel_service = kStore, .direction = v1::SESSION_DIRECTION_DOWNLOAD}, kLineage, 0);
  EXPECT_EQ(book.View(*download, Sequence(0)).state(), v1::SESSION_STATE_REQUESTED);
  auto* const upload = book.Attach(
      {.channel_service = kStore, .direction = v1::SESSION_DIRECTION_UPLOAD}, kLineage, 0);
  book.UnderWay(*upload);
  EXPECT_EQ(book.View(*upload, Sequence(0)).state(), v1::SESSION_STATE_UPLOADED);
  book.Acknowledged(*upload, 1, 100, 1, /*all=*/true);
  EXPECT_EQ(book.View(*upload, Sequence(0)).state(), v1::SESSION_STATE_APPLIED);
}

// The stream breaks before HQ could store what came; it comes again.
TEST_F(SessionsTest, FailedUploadIsTriedAgain) {
  PROVES("P6");
  UploadStream stream = OpenUpload(kLineage);
  const Operation operation = Create(1);
  database().set_free_bytes(0);
  Upload(stream, {operation});
  stream.Break();
  const auto failed = Session(kUpload);
  ASSERT_THAT(failed, IsOk());
  EXPECT_EQ(failed->state(), v1::SESSION_STATE_UPLOAD_FAILED);
  EXPECT_EQ(failed->last_error(), "DISCONNECTED");
  database().set_free_bytes(1ULL << 40);
  stream = OpenUpload(kLineage);
  Upload(stream, {operation});
  const auto applied = Session(kUpload);
  EXPECT_EQ(applied->state(), v1::SESSION_STATE_APPLIED);
  EXPECT_EQ(applied->name(), failed->name());
  EXPECT_EQ(applied->tries(), 2u);
}

// HQ cannot read what it is to send.
TEST_F(SessionsTest, CreateFailedShowsTheReason) {
  PROVES("P6");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  const auto damage = database().NewTransaction();
  damage->Put(Table::kFeeds, FeedPosition(CustomerFeed(), Sequence(1'000'000)), "");
  ASSERT_THAT(database().Commit(*damage), IsOk());
  ASSERT_THAT(HqTest::Create(ACustomer()), IsOk());
  EXPECT_THAT(stream.finished(), HasReason("STORAGE_CORRUPT"));
  const auto failed = Session(kDownload);
  EXPECT_EQ(failed->state(), v1::SESSION_STATE_CREATE_FAILED);
  EXPECT_EQ(failed->last_error(), "STORAGE_CORRUPT");
}

}  // namespace
}  // namespace comptoir::hq
