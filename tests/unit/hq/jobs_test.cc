// Batch jobs that aren't continuous hold their stage back, and runs move it.

#include <string>
#include <vector>

#include "hq-service/domain/feeds.h"
#include "hq-service/domain/job_runs.h"
#include "hq-service/domain/jobs_view.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class JobsTest : public SubscriptionTest {
 protected:
  absl::StatusOr<v1::Configuration> Configure(const v1::BatchJob& job,
                                              const std::vector<std::string>& paths) {
    v1::UpdateConfigurationRequest request;
    *request.mutable_configuration()->mutable_batch_job() = job;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return Administer<v1::Configuration>(request);
  }
  void SetMode(const std::string& id, v1::BatchJobMode mode) {
    v1::BatchJob job;
    job.set_name("batchJobs/" + id);
    job.set_mode(mode);
    ASSERT_THAT(Configure(job, {"mode"}), IsOk());
  }
  void SetManual(const std::string& id) { SetMode(id, v1::BATCH_JOB_MODE_MANUAL); }
  void SetContinuous(const std::string& id) { SetMode(id, v1::BATCH_JOB_MODE_CONTINUOUS); }
  void SetWithheld(const std::string& id, bool withheld) {
    v1::BatchJob job;
    job.set_name("batchJobs/" + id);
    job.set_withheld(withheld);
    ASSERT_THAT(Configure(job, {"withheld"}), IsOk());
  }
  void SetRecurrence(const std::string& id, uint32_t every, v1::RecurrenceUnit unit,
                     uint32_t runs_max = 0) {
    v1::BatchJob job;
    job.set_name("batchJobs/" + id);
    job.set_mode(v1::BATCH_JOB_MODE_RECURRENCE);
    job.set_every(every);
    job.set_unit(unit);
    job.set_runs_max(runs_max);
    ASSERT_THAT(Configure(job, {"mode", "every", "unit", "runs_max"}), IsOk());
  }
  absl::StatusOr<v1::JobRun> Run(const std::string& name) {
    v1::RunJobRequest request;
    request.set_name(name);
    return Administer<v1::JobRun>(request);
  }
  absl::StatusOr<v1::JobInfo> Cancel(const std::string& name) {
    v1::CancelJobRequest request;
    request.set_name(name);
    return Administer<v1::JobInfo>(request);
  }
  std::vector<v1::JobRun> Runs(const std::string& id) {
    v1::ListJobRunsRequest request;
    request.set_name("batchJobs/" + id);
    const auto response = Administer<v1::ListJobRunsResponse>(request);
    EXPECT_THAT(response, IsOk());
    return {response->runs().begin(), response->runs().end()};
  }
  v1::JobInfo Job(const std::string& id, const std::string& language = "en") {
    const CallContext call{.language = language, .caller = "anna"};
    const auto response = Administer<v1::ListJobsResponse>(v1::ListJobsRequest(), call);
    EXPECT_THAT(response, IsOk());
    for (const v1::JobInfo& info : response->jobs()) {
      if (info.job().name() == "batchJobs/" + id) return info;
    }
    ADD_FAILURE() << "no job " << id;
    return {};
  }
  std::vector<std::string> Warnings(const std::string& id) {
    std::vector<std::string> reasons;
    const v1::JobInfo info = Job(id);
    for (const auto& warning : info.warnings()) reasons.push_back(warning.reason());
    return reasons;
  }
  bool IsSynced(const CustomerId& id) {
    const auto customer = Get(id);
    return customer.ok() && customer->state() == customer::v1::CUSTOMER_STATE_SYNCED;
  }

  // The customer as a replica holds it; nothing if it doesn't.
  static std::optional<Customer> In(const Replica& replica, const CustomerId& id) {
    const auto found = replica.records.find(CustomerRecordKey(id));
    if (found == replica.records.end()) return std::nullopt;
    storage::v1::CustomerRecord record;
    EXPECT_TRUE(record.ParseFromString(found->second));
    return record.customer();
  }
  CustomerId CreateNamed(const std::string& name) {
    const CustomerId id = NewId();
    EXPECT_THAT(Create(ACustomer().WithId(id).Named(name)), IsOk());
    return id;
  }
  void Rename(const CustomerId& id, const std::string& name) {
    customer::v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(CustomerName(id));
    request.mutable_customer()->set_given_name(name);
    request.mutable_update_mask()->add_paths("given_name");
    ASSERT_THAT(Update(request), IsOk());
  }
  // Entries of the feed of all customers, frozen ones too.
  size_t CustomerEntries() {
    size_t entries = 0;
    for (const auto& [key, value] : database().Copy()) {
      entries += key.first == Table::kFeeds && key.second.starts_with(FeedPrefix(CustomerFeed()));
    }
    return entries;
  }
};

// All are there from the start; none can be added, and a recurrence says how often.
TEST_F(JobsTest, AreConfigurationThatIsThereFromTheStart) {
  PROVES("P3", "M5", "M6");
  v1::ListConfigurationsRequest list;
  list.set_collection("batchJobs");
  const auto jobs = Administer<v1::ListConfigurationsResponse>(list);
  ASSERT_THAT(jobs, IsOk());
  std::vector<std::string> names;
  for (const auto& any : jobs->configurations()) {
    names.push_back(any.batch_job().name());
    EXPECT_EQ(any.batch_job().mode(), v1::BATCH_JOB_MODE_CONTINUOUS);
    EXPECT_NE(any.batch_job().display_name(), "");
  }
  EXPECT_THAT(names,
              ElementsAre("batchJobs/1010", "batchJobs/1050", "batchJobs/1070", "batchJobs/1110",
                          "batchJobs/P-0001", "batchJobs/synchronize-customers"));

  v1::CreateConfigurationRequest create;
  create.mutable_configuration()->mutable_batch_job()->set_name("batchJobs/1020");
  EXPECT_THAT(Administer<v1::Configuration>(create), HasViolation("name", "BATCH_JOB_UNKNOWN"));
  v1::BatchJob job;
  job.set_name("batchJobs/1010");
  job.set_mode(v1::BATCH_JOB_MODE_RECURRENCE);
  EXPECT_THAT(Configure(job, {"mode"}), HasViolation("every", "OUT_OF_RANGE"));
  EXPECT_THAT(Configure(job, {"mode"}), HasViolation("unit", "REQUIRED"));
}

// A manual 1010 publishes nothing between its runs; answers in real time go on.
TEST_F(JobsTest, DistributionWaitsForARun) {
  PROVES("P2", "P3");
  SetManual("1010");
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  Follow(stream, replica);
  const CustomerId id = CreateNamed("Ada");
  EXPECT_TRUE(IsSynced(id));
  Follow(stream, replica);
  EXPECT_FALSE(In(replica, id).has_value());

  const auto run = Run("batchJobs/1010");
  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(run->state(), v1::JOB_STATE_ENDED);
  EXPECT_EQ(run->records(), 1u);
  EXPECT_EQ(run->caller(), "anna");
  Follow(stream, replica);
  EXPECT_TRUE(In(replica, id).has_value());

  const CustomerId later = CreateNamed("Grace");
  Follow(stream, replica);
  EXPECT_FALSE(In(replica, later).has_value());
  SetContinuous("1010");
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

// What was withheld catches up; until then it cannot be run.
TEST_F(JobsTest, WithheldMeansNothingMoves) {
  PROVES("P3", "P5");
  SetWithheld("1010", true);
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  const CustomerId id = CreateNamed("Ada");
  Follow(stream, replica);
  EXPECT_FALSE(In(replica, id).has_value());
  EXPECT_THAT(Run("batchJobs/1010"), HasViolation("name", "JOB_WITHHELD"));
  EXPECT_EQ(Job("1010").state(), v1::JOB_STATE_WITHHOLD);
  SetWithheld("1010", false);
  Follow(stream, replica);
  EXPECT_EQ(replica.records, Distributed());
}

// A store is off during the run, and the record changes before it is back: it gets what the run
// published. A record has two entries at most, however often it changes.
TEST_F(JobsTest, AStoreThatWasOffGetsWhatTheRunPublished) {
  PROVES("P3");
  SetManual("1010");
  const CustomerId id = CreateNamed("Ada");
  ASSERT_THAT(Run("batchJobs/1010"), IsOk());
  for (const char* name : {"Beth", "Cora", "Dora"}) Rename(id, name);
  const CustomerId unpublished = CreateNamed("Grace");
  EXPECT_EQ(CustomerEntries(), 3u);

  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  Follow(stream, replica);
  ASSERT_TRUE(In(replica, id).has_value());
  EXPECT_EQ(In(replica, id)->given_name(), "Ada");
  EXPECT_FALSE(In(replica, unpublished).has_value());

  ASSERT_THAT(Run("batchJobs/1010"), IsOk());
  Follow(stream, replica);
  EXPECT_EQ(In(replica, id)->given_name(), "Dora");
  EXPECT_EQ(replica.records, Distributed());
  EXPECT_EQ(CustomerEntries(), 2u) << "what is superseded goes";
}

// Two runs with changes between them: the entry of the first run goes with the second's.
TEST_F(JobsTest, EachRunSupersedesTheLast) {
  PROVES("P3");
  SetManual("1010");
  const CustomerId id = CreateNamed("Ada");
  for (const char* name : {"Beth", "Cora"}) {
    ASSERT_THAT(Run("batchJobs/1010"), IsOk());
    Rename(id, name);
    EXPECT_EQ(CustomerEntries(), 2u);
  }
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  Follow(stream, replica);
  EXPECT_EQ(In(replica, id)->given_name(), "Beth");
  SetContinuous("1010");
  Follow(stream, replica);
  EXPECT_EQ(In(replica, id)->given_name(), "Cora");
  EXPECT_EQ(CustomerEntries(), 1u);
}

// A result belongs to 1010, and brings its customer as it was published with it.
TEST_F(JobsTest, ResultsWaitFor1010) {
  PROVES("P2", "P3");
  SetManual("1010");
  const CustomerId id = NewId();
  const Operation operation = CreateOperation(1, ACustomer().WithId(id).Named("Ada"));
  UploadOnce(kLineage, {operation});
  EXPECT_TRUE(IsSynced(id));
  SubscribeStream stream = OpenSubscription(SubscribeHello(kLineage));
  Replica replica;
  Follow(stream, replica);
  EXPECT_THAT(replica.results, IsEmpty());

  ASSERT_THAT(Run("batchJobs/1010"), IsOk());
  Rename(id, "Beth");
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].state(), replication::v1::OPERATION_STATE_APPLIED);
  ASSERT_THAT(replica.results[0].records(), SizeIs(1));
  storage::v1::CustomerRecord record;
  ASSERT_TRUE(record.ParseFromString(replica.results[0].records(0).record()));
  EXPECT_EQ(record.customer().given_name(), "Ada");
  EXPECT_EQ(record.version(), replica.results[0].records(0).version());
}

// The state of an operation is published, then it is converted: a wiped store still reads its work
// back, whole, though HQ has settled it.
TEST_F(JobsTest, AWipedStoreReadsBackWhatWasPublished) {
  PROVES("P3", "P13");
  SetManual("1010");
  SetManual("synchronize-customers");
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id))});
  ASSERT_THAT(Run("batchJobs/1010"), IsOk());
  ASSERT_THAT(Run("batchJobs/synchronize-customers"), IsOk());
  ASSERT_TRUE(IsSynced(id));
  SubscribeStream stream = OpenSubscription(SubscribeHello(kOtherLineage));
  Replica replica;
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(1));
  EXPECT_EQ(replica.results[0].state(), replication::v1::OPERATION_STATE_STAGED);
  EXPECT_TRUE(replica.results[0].operation().has_create_customer());
  ASSERT_THAT(Run("batchJobs/1010"), IsOk());
  Follow(stream, replica);
  ASSERT_THAT(replica.results, SizeIs(2));
  EXPECT_EQ(replica.results[1].state(), replication::v1::OPERATION_STATE_APPLIED);
}

// Conversion by hand takes what was staged when it began; what people ask for doesn't wait.
TEST_F(JobsTest, ConversionWaitsForARun) {
  PROVES("P2", "P3", "P10");
  SetManual("synchronize-customers");
  const CustomerId first = NewId();
  const CustomerId second = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(first))});
  Advance(absl::Minutes(1));
  EXPECT_FALSE(IsSynced(first));
  const auto run = Run("Synchronize customers and business partners from async mode");
  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(run->state(), v1::JOB_STATE_EXECUTING);
  EXPECT_TRUE(IsSynced(first));
  ASSERT_THAT(Runs("synchronize-customers"), SizeIs(1));
  EXPECT_EQ(Runs("synchronize-customers")[0].state(), v1::JOB_STATE_ENDED);
  EXPECT_EQ(Runs("synchronize-customers")[0].records(), 1u);

  const Operation later = CreateOperation(2, ACustomer().WithId(second));
  UploadOnce(kLineage, {later});
  EXPECT_FALSE(IsSynced(second));
  customer::v1::EnsureSynchronizedRequest request;
  request.set_name(CustomerName(second));
  EXPECT_THAT(Call(&Hq::EnsureSynchronized, request), IsOk());
  EXPECT_TRUE(IsSynced(second));
}

// A person corrects what was refused: it is converted now, whatever the job waits for.
TEST_F(JobsTest, WhatAPersonRetriesIsConvertedAtOnce) {
  PROVES("P3", "P8");
  SetManual("synchronize-customers");
  const CustomerId id = NewId();
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id).Email("nobody"))});
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Run("batchJobs/synchronize-customers"), IsOk());
    Advance(absl::Minutes(1));
  }
  EXPECT_EQ(Runs("synchronize-customers")[0].failures(), 1u);
  const auto refused = Operations(replication::v1::OPERATION_STATE_REFUSED);
  ASSERT_THAT(refused->operations(), SizeIs(1));
  v1::CorrectOperationRequest request;
  request.set_name(refused->operations(0).name());
  request.mutable_customer()->mutable_email()->set_address("ada@example.org");
  request.mutable_update_mask()->add_paths("email");
  ASSERT_THAT(Administer<v1::StagedOperationInfo>(request), IsOk());
  EXPECT_TRUE(IsSynced(id));
}

// P-0001 by hand: no credit between runs, and a run takes the outbox as it is when it asks.
TEST_F(JobsTest, UploadWaitsForARun) {
  PROVES("P3", "P4");
  SetManual("P-0001");
  UploadStream stream = OpenUpload(kLineage);
  ASSERT_THAT(stream.written->messages, SizeIs(1));
  EXPECT_TRUE(stream.written->messages[0].hello().has_last_sequence());
  EXPECT_EQ(stream.written->messages[0].hello().last_sequence(), 0u);

  ASSERT_THAT(Run("batchJobs/P-0001"), IsOk());
  ASSERT_THAT(stream.written->messages, SizeIs(2));
  const uint64_t number = stream.written->messages[1].acknowledgement().run();
  EXPECT_EQ(number, 1u);
  EXPECT_EQ(Job("P-0001").state(), v1::JOB_STATE_EXECUTING);
  v1::UploadRequest answer;
  answer.mutable_outbox()->set_run(number);
  answer.mutable_outbox()->set_last_sequence(2);
  stream.reader->OnMessage(answer);
  RunAll();
  EXPECT_EQ(stream.written->messages.back().acknowledgement().last_sequence(), 2u);
  // The stream breaks: what the run takes is still to come, and nothing more.
  Upload(stream, {CreateOperation(1, ACustomer().WithId(NewId()))});
  stream.Break();
  UploadStream second = OpenUpload(kLineage);
  EXPECT_EQ(second.written->messages[0].hello().last_sequence(), 2u);
  Upload(second, {CreateOperation(2, ACustomer().WithId(NewId()))});
  EXPECT_EQ(second.written->messages.back().acknowledgement().last_sequence(), 2u);
  EXPECT_EQ(Runs("P-0001")[0].state(), v1::JOB_STATE_ENDED);
  EXPECT_EQ(Runs("P-0001")[0].records(), 2u);

  SetContinuous("P-0001");
  EXPECT_FALSE(second.written->messages.back().acknowledgement().has_last_sequence());
}

// A store that was off during the run owes it; one canceled run is owed by nobody.
TEST_F(JobsTest, AStoreThatWasOffOwesTheRun) {
  PROVES("P3");
  SetManual("P-0001");
  ASSERT_THAT(Run("batchJobs/P-0001"), IsOk());
  EXPECT_EQ(Runs("P-0001")[0].state(), v1::JOB_STATE_ENDED);
  UploadStream stream = OpenUpload(kLineage);
  ASSERT_THAT(stream.written->messages, SizeIs(2));
  EXPECT_EQ(stream.written->messages[1].acknowledgement().run(), 1u);
  ASSERT_THAT(Cancel("batchJobs/P-0001"), IsOk());
  UploadStream second = OpenUpload(kLineage);
  EXPECT_THAT(second.written->messages, SizeIs(1));
  EXPECT_EQ(Job("P-0001").state(), v1::JOB_STATE_CANCELED);

  ASSERT_THAT(Run("batchJobs/P-0001"), IsOk());
  SetWithheld("P-0001", true);
  second.Break();
  UploadStream third = OpenUpload(kLineage);
  EXPECT_THAT(third.written->messages, SizeIs(1));
  EXPECT_EQ(third.written->messages[0].hello().last_sequence(), 0u);
}

// Every hour, at HQ's clock: while HQ is down runs are missed, and made up for by one.
TEST_F(JobsTest, RecurrenceRunsByTheClock) {
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
TEST_F(JobsTest, RecurrenceGoesOnWhenTheClockGoesBack) {
  PROVES("P3");
  SetRecurrence("1010", 1, v1::RECURRENCE_UNIT_HOURS);
  clock_.Advance(-absl::Hours(24));
  Restart();
  EXPECT_THAT(Runs("1010"), SizeIs(2));
  Advance(absl::Minutes(61));
  EXPECT_THAT(Runs("1010"), SizeIs(3));
}

// A recurrence ends after as many runs as were set.
TEST_F(JobsTest, RecurrenceEnds) {
  PROVES("P3", "P5");
  SetRecurrence("synchronize-customers", 1, v1::RECURRENCE_UNIT_MINUTES, 2);
  Advance(absl::Minutes(10));
  EXPECT_THAT(Runs("synchronize-customers"), SizeIs(2));
  EXPECT_EQ(Job("synchronize-customers").state(), v1::JOB_STATE_ENDED);
  EXPECT_THAT(Warnings("synchronize-customers"), ElementsAre("JOB_ENDED"));
}

// Runs are kept, but not for ever.
TEST_F(JobsTest, TheLastHundredRunsAreKept) {
  PROVES("P5");
  for (int i = 0; i < 103; ++i) ASSERT_THAT(Run("batchJobs/1070"), IsOk());
  const auto runs = Runs("1070");
  ASSERT_THAT(runs, SizeIs(100));
  EXPECT_EQ(runs.front().name(), "batchJobs/1070/runs/103");
}

// Canceled: nothing moves until it is run again; then it is as it was before.
TEST_F(JobsTest, CanceledUntilItIsRunAgain) {
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
TEST_F(JobsTest, WarnsAboutTheJobsThatAreNeeded) {
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
TEST_F(JobsTest, OneRunAtATime) {
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
TEST_F(JobsTest, ReadyWhenDue) {
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
TEST_F(JobsTest, CancelingUntilTheRunHasEnded) {
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
TEST_F(JobsTest, ARunThatCannotGoOnIsAnError) {
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
TEST_F(JobsTest, LateAfterTwiceItsInterval) {
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
