// Batch jobs that aren't continuous hold their stage back, and runs move it.

#include "tests/unit/hq/jobs_test.h"

#include <string>
#include <vector>

namespace comptoir::hq {
namespace {

using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

// A result belongs to 1010, and comes with its customer as it was published with it.
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
  EXPECT_THAT(replica.results[0].records(), IsEmpty());
  EXPECT_EQ(In(replica, id)->given_name(), "Ada");
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

}  // namespace
}  // namespace comptoir::hq
