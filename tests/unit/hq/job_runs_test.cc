// Runs of batch jobs: when they begin, their states and history, and what is warned of.

#include "hq-service/domain/batch_jobs/job_runs.h"

#include <string>
#include <vector>

#include "hq-service/domain/batch_jobs/jobs_view.h"
#include "tests/unit/hq/jobs_test.h"

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class JobRunsTest : public JobsTest {};

// Every hour, at HQ's clock: while HQ is down runs are missed, and made up for by one.
TEST_F(JobRunsTest, RecurrenceRunsByTheClock) {
  PROVES("P3", "P5");
  SetRecurrence("1010", 1, v1::RECURRENCE_UNIT_HOURS);
  EXPECT_THAT(Runs("1010"), SizeIs(1)) << "the first at once";
  const CustomerId id = CreateNamed("Ada");
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  Advance(absl::Minutes(59));
  Follow(stream, replica);
  EXPECT_FALSE(In(replica, id).has_value());
  EXPECT_EQ(Job("1010").state(), v1::JOB_STATE_WAITING);
  Advance(absl::Minutes(2));
  Follow(stream, replica);
  EXPECT_TRUE(In(replica, id).has_value());
  EXPECT_THAT(Runs("1010"), SizeIs(2));
  EXPECT_EQ(Runs("1010")[0].trigger(), v1::JOB_TRIGGER_RECURRENCE);

  clock_.Advance(absl::Hours(5));
  Restart();
  EXPECT_THAT(Runs("1010"), SizeIs(3));
  Advance(absl::Minutes(58));
  EXPECT_THAT(Runs("1010"), SizeIs(3)) << "the times of the recurrence stay";
  Advance(absl::Minutes(2));
  EXPECT_THAT(Runs("1010"), SizeIs(4));
}

// HQ's clock was ahead and is set right: the recurrence doesn't wait until it is there again.
TEST_F(JobRunsTest, RecurrenceGoesOnWhenTheClockGoesBack) {
  PROVES("P3");
  SetRecurrence("1010", 1, v1::RECURRENCE_UNIT_HOURS);
  clock_.Advance(-absl::Hours(24));
  Restart();
  EXPECT_THAT(Runs("1010"), SizeIs(2));
  Advance(absl::Minutes(61));
  EXPECT_THAT(Runs("1010"), SizeIs(3));
}

// A recurrence ends after as many runs as were set.
TEST_F(JobRunsTest, RecurrenceEnds) {
  PROVES("P3", "P5");
  SetRecurrence("synchronize-customers", 1, v1::RECURRENCE_UNIT_MINUTES, 2);
  Advance(absl::Minutes(10));
  EXPECT_THAT(Runs("synchronize-customers"), SizeIs(2));
  EXPECT_EQ(Job("synchronize-customers").state(), v1::JOB_STATE_ENDED);
  EXPECT_THAT(Warnings("synchronize-customers"), ElementsAre("JOB_ENDED"));
}

// Runs are kept, but not for ever.
TEST_F(JobRunsTest, TheLastHundredRunsAreKept) {
  PROVES("P5");
  for (int i = 0; i < 103; ++i) ASSERT_THAT(Run("batchJobs/1070"), IsOk());
  const auto runs = Runs("1070");
  ASSERT_THAT(runs, SizeIs(100));
  EXPECT_EQ(runs.front().name(), "batchJobs/1070/runs/103");
}

// Canceled: nothing moves until it is run again; then it is as it was before.
TEST_F(JobRunsTest, CanceledUntilItIsRunAgain) {
  PROVES("P5");
  EXPECT_EQ(Cancel("batchJobs/1010")->state(), v1::JOB_STATE_CANCELED);
  ASSERT_THAT(Cancel("batchJobs/1010"), IsOk());
  const CustomerId id = CreateNamed("Ada");
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  Follow(stream, replica);
  EXPECT_FALSE(In(replica, id).has_value());
  ASSERT_THAT(Run("batchJobs/1010"), IsOk());
  EXPECT_EQ(Job("1010").state(), v1::JOB_STATE_EXECUTING);
  CreateNamed("Grace");
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_THAT(Run("batchJobs/1011"), HasReason("RECORD_NOT_FOUND"));
  EXPECT_THAT(Cancel(""), HasReason("RECORD_NOT_FOUND"));
}

// What keeps customers from coming home is said, in the caller's language.
TEST_F(JobRunsTest, WarnsAboutTheJobsThatAreNeeded) {
  PROVES("P11", "M4");
  Replica replica;
  SubscribeStream stream = Resume(replica, kLineage);
  Follow(stream, replica);
  EXPECT_THAT(Warnings("1010"), IsEmpty());
  SetManual("1010");
  EXPECT_THAT(Warnings("1010"), ElementsAre("JOB_MANUAL"));
  SetManual("1110");
  EXPECT_THAT(Warnings("1110"), IsEmpty()) << "only three are required";
  CreateNamed("Ada");
  Advance(absl::Minutes(6));
  EXPECT_THAT(Warnings("1010"), ElementsAre("JOB_MANUAL", "JOB_WORK_WAITS"));
  EXPECT_EQ(Job("1010", "sv").state_text(), "Väntar");
  EXPECT_EQ(Job("1010", "fr").warnings(0).text(),
            "Les nouveaux clients attendent ici que quelqu'un lance ce traitement.");
  SetWithheld("P-0001", true);
  EXPECT_THAT(Warnings("P-0001"), ElementsAre("JOB_WITHHELD"));
  ASSERT_THAT(Cancel("batchJobs/synchronize-customers"), IsOk());
  EXPECT_THAT(Warnings("synchronize-customers"), ElementsAre("JOB_CANCELED"));

  const auto check = Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest());
  std::vector<std::string> findings;
  for (const auto& finding : check->findings()) {
    if (finding.name().starts_with("batchJobs/")) findings.push_back(finding.reason());
  }
  EXPECT_THAT(findings,
              ElementsAre("JOB_WITHHELD", "JOB_CANCELED", "JOB_MANUAL", "JOB_WORK_WAITS"));
}

// Whoever asks for a run while one is under way gets that one; a second begins when it is over.
TEST_F(JobRunsTest, OneRunAtATime) {
  PROVES("P4");
  SetManual("P-0001");
  UploadStream stream = OpenUpload(kLineage);
  const auto first = Run("batchJobs/P-0001");
  ASSERT_THAT(first, IsOk());
  call_.caller = "bert";
  const auto second = Run("batchJobs/P-0001");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  EXPECT_THAT(Runs("P-0001"), SizeIs(1));
  v1::UploadRequest answer;
  answer.mutable_outbox()->set_run(1);
  stream.reader->OnMessage(answer);
  RunAll();
  EXPECT_EQ(Runs("P-0001")[0].state(), v1::JOB_STATE_ENDED);
  EXPECT_EQ(Run("batchJobs/P-0001")->name(), "batchJobs/P-0001/runs/2");
  EXPECT_THAT(Runs("P-0001"), SizeIs(2));
}

// Due, and not begun yet.
TEST_F(JobRunsTest, ReadyWhenDue) {
  PROVES("P5");
  SetRecurrence("1010", 1, v1::RECURRENCE_UNIT_HOURS);
  const auto state_in = [&](absl::Duration duration) {
    return ReadJob(database().latest(), *FindNamedBatchJob("batchJobs/1010"),
                   {.now = clock_.Now() + duration})
        ->state();
  };
  EXPECT_EQ(state_in(absl::Minutes(59)), v1::JOB_STATE_WAITING);
  EXPECT_EQ(state_in(absl::Minutes(61)), v1::JOB_STATE_READY);
}

// A run that is canceled under way is so until its end, which says who did it.
TEST_F(JobRunsTest, CancelingUntilTheRunHasEnded) {
  PROVES("P5");
  SetManual("P-0001");
  UploadStream stream = OpenUpload(kLineage);
  ASSERT_THAT(Run("batchJobs/P-0001"), IsOk());
  const BatchJobInfo& info = *FindNamedBatchJob("batchJobs/P-0001");
  const auto transaction = database().NewTransaction();
  ASSERT_THAT(CancelJob(*transaction, info, {.caller = "anna", .now = clock_.Now()}), IsOk());
  ASSERT_THAT(database().Commit(*transaction), IsOk());
  const auto job = ReadJob(database().latest(), info, {.now = clock_.Now()});
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->state(), v1::JOB_STATE_CANCELING);
  EXPECT_EQ(job->last_run().state(), v1::JOB_STATE_CANCELING);
  stream.reader.reset();
  Restart();
  Advance(absl::Minutes(1));
  EXPECT_EQ(Job("P-0001").state(), v1::JOB_STATE_CANCELED);
  const auto runs = Runs("P-0001");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].state(), v1::JOB_STATE_CANCELED);
  EXPECT_EQ(runs[0].message(), "Canceled by anna.");
  EXPECT_TRUE(runs[0].has_end_time());
}

// A run that cannot go on ends with the reason in words, and the job stands so until the next.
TEST_F(JobRunsTest, ARunThatCannotGoOnIsAnError) {
  PROVES("P5");
  SetManual("synchronize-customers");
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(NewId()))});
  const auto whole = database().Copy();
  const auto damage = database().NewTransaction();
  for (const auto& [key, value] : whole) {
    if (key.first == Table::kStaged && !value.empty()) {
      damage->Put(Table::kStaged, key.second, "\xff\xff");
    }
  }
  ASSERT_THAT(database().Commit(*damage), IsOk());
  ASSERT_THAT(Run("batchJobs/synchronize-customers"), IsOk());
  const auto runs = Runs("synchronize-customers");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].state(), v1::JOB_STATE_ERROR);
  EXPECT_EQ(runs[0].message(), "What is staged could not be read: see the log.");

  const auto repair = database().NewTransaction();
  for (const auto& [key, value] : whole) {
    if (key.first == Table::kStaged) repair->Put(Table::kStaged, key.second, value);
  }
  ASSERT_THAT(database().Commit(*repair), IsOk());
  EXPECT_EQ(Job("synchronize-customers").state(), v1::JOB_STATE_ERROR);
  ASSERT_THAT(Run("batchJobs/synchronize-customers"), IsOk());
  EXPECT_EQ(Job("synchronize-customers").state(), v1::JOB_STATE_WAITING);
  EXPECT_EQ(Runs("synchronize-customers")[0].records(), 1u);
}

// A run that doesn't end keeps the next from beginning: worth a warning once it is overdue by as
// much as its interval.
TEST_F(JobRunsTest, LateAfterTwiceItsInterval) {
  PROVES("P11", "M4");
  SetRecurrence("P-0001", 1, v1::RECURRENCE_UNIT_HOURS);
  const BatchJobInfo& info = *FindNamedBatchJob("batchJobs/P-0001");
  const auto warnings_in = [&](absl::Duration duration) {
    std::vector<std::string> reasons;
    const auto job = ReadJob(database().latest(), info, {.now = clock_.Now() + duration});
    for (const auto& warning : job->warnings()) reasons.push_back(warning.reason());
    return reasons;
  };
  EXPECT_THAT(warnings_in(absl::Minutes(119)), IsEmpty());
  EXPECT_THAT(warnings_in(absl::Minutes(121)), ElementsAre("JOB_LATE"));
}

}  // namespace
}  // namespace comptoir::hq
