// The batch jobs that carry a customer home, run by hand.

#include "comptoir/hq/v1/job_service.grpc.pb.h"
#include "tests/support/chain/story.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace comptoir::testing {
namespace {

using customer::v1::Customer;
using ::testing::HasSubstr;

class Jobs : public Story {};
COMPTOIR_TELL_STORIES(Jobs);

void SetMode(Chain& chain, const std::string& id, hq::v1::BatchJobMode mode) {
  hq::v1::UpdateConfigurationRequest request;
  auto& job = *request.mutable_configuration()->mutable_batch_job();
  job.set_name("batchJobs/" + id);
  job.set_mode(mode);
  request.mutable_update_mask()->add_paths("mode");
  hq::v1::Configuration changed;
  ASSERT_THAT(
      Call(chain.admin(), &hq::v1::AdminService::Stub::UpdateConfiguration, request, &changed),
      IsOk());
}

void SetManual(Chain& chain, const std::string& id) {
  SetMode(chain, id, hq::v1::BATCH_JOB_MODE_MANUAL);
}

std::unique_ptr<hq::v1::JobService::Stub> JobsOf(Chain& chain) {
  return hq::v1::JobService::NewStub(
      grpc::CreateChannel(chain.hq().address(), grpc::InsecureChannelCredentials()));
}

// Runs a job and waits until the run has ended; how many records it has moved.
uint64_t RunJob(Chain& chain, const std::string& id) {
  const auto jobs = JobsOf(chain);
  hq::v1::RunJobRequest request;
  request.set_name("batchJobs/" + id);
  hq::v1::JobRun run;
  EXPECT_THAT(Call(*jobs, &hq::v1::JobService::Stub::RunJob, request, &run), IsOk());
  const std::string name = run.name();
  hq::v1::ListJobRunsRequest list;
  list.set_name(request.name());
  WaitFor("the run to end", [&] {
    hq::v1::ListJobRunsResponse runs;
    if (!Call(*jobs, &hq::v1::JobService::Stub::ListJobRuns, list, &runs).ok()) return false;
    if (runs.runs().empty() || runs.runs(0).name() != name) return false;
    run = runs.runs(0);
    return run.state() == hq::v1::JOB_STATE_ENDED;
  });
  return run.records();
}

uint64_t StagedAtHq(Chain& chain) {
  hq::v1::HqStatus status;
  EXPECT_THAT(Call(chain.admin(), &hq::v1::AdminService::Stub::GetHqStatus,
                   hq::v1::GetHqStatusRequest(), &status),
              IsOk());
  return status.staged_operations();
}

bool IsSynced(customer::v1::CustomerService::Stub& customers, const std::string& name) {
  const auto customer = Get(customers, name);
  return customer.ok() && customer->state() == customer::v1::CUSTOMER_STATE_SYNCED;
}

// One customer goes home by the three jobs, each moving its own stage and no other; before that,
// what is run out of order finds nothing to do.
TEST_P(Jobs, CarryACustomerHomeByHand) {
  PROVES("P1", "P2", "P3", "P5");
  Chain chain(GetParam(), {"async", "sync"});
  for (const char* job : {"P-0001", "synchronize-customers", "1010"}) SetManual(chain, job);
  const auto created = Create(*chain.store(0).customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());
  const std::string name = created->name();

  EXPECT_EQ(RunJob(chain, "1010"), 0u);
  EXPECT_EQ(RunJob(chain, "synchronize-customers"), 0u);
  EXPECT_EQ(StagedAtHq(chain), 0u);

  EXPECT_EQ(RunJob(chain, "P-0001"), 1u);
  EXPECT_EQ(StagedAtHq(chain), 1u);
  EXPECT_FALSE(IsSynced(chain.hq_customers(), name));

  EXPECT_EQ(RunJob(chain, "synchronize-customers"), 1u);
  EXPECT_EQ(StagedAtHq(chain), 0u);
  EXPECT_TRUE(IsSynced(chain.hq_customers(), name));
  EXPECT_FALSE(IsSynced(*chain.store(0).customers, name));
  EXPECT_TRUE(Search(*chain.store(1).customers, "Lovelace").empty());

  EXPECT_EQ(RunJob(chain, "1010"), 1u);
  for (int i = 0; i < chain.store_count(); ++i) {
    WaitFor("the account number at the store", [&] {
      return IsSynced(*chain.store(i).customers, name) &&
             Search(*chain.store(i).customers, "Lovelace").size() == 1;
    });
  }
  // Again: nothing is left to move.
  EXPECT_EQ(RunJob(chain, "P-0001"), 0u);
  EXPECT_EQ(RunJob(chain, "synchronize-customers"), 0u);
  EXPECT_EQ(RunJob(chain, "1010"), 0u);
  for (const char* job : {"P-0001", "synchronize-customers", "1010"}) {
    SetMode(chain, job, hq::v1::BATCH_JOB_MODE_CONTINUOUS);
  }
  chain.WaitUntilHome();
  ExpectAllEqual(chain);
}

// A store is off while 1010 runs, and the customer changes before it is back: it gets what that run
// published, and the rest with the next one.
TEST_P(Jobs, AStoreThatWasOffGetsWhatTheRunPublished) {
  PROVES("P3");
  Chain chain(GetParam(), {"sync", "sync"});
  Store& store = chain.store(1);
  const auto created = Create(*chain.store(0).customers, NewPerson("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());
  chain.WaitUntilHome();
  store.service->Kill();
  SetManual(chain, "1010");
  const auto renamed = [&](const std::string& family_name) {
    Customer change = *Get(chain.hq_customers(), created->name());
    change.set_family_name(family_name);
    ASSERT_THAT(Update(chain.hq_customers(), change, "family_name", change.etag()), IsOk());
  };
  renamed("Byron");
  EXPECT_EQ(RunJob(chain, "1010"), 1u);
  renamed("King");
  store.service->Start();
  chain.WaitUntilReady(store);
  WaitFor("what the run published", [&] { return !Search(*store.customers, "Byron").empty(); });
  EXPECT_EQ(RunJob(chain, "1010"), 1u);
  WaitFor("what the next run published", [&] { return !Search(*store.customers, "King").empty(); });
}

// The same by a terminal: how jobs stand, running and canceling them, their runs.
TEST_P(Jobs, AreRunAtTheCommandLine) {
  PROVES("P5", "P11");
  Chain chain(GetParam(), {"async"});
  TempDir folder;
  int runs = 0;
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), COMPTOIR_CLI);
    arguments.insert(arguments.end(), {"--hq", chain.hq().address()});
    Subprocess process(arguments, folder.File("output" + std::to_string(++runs)));
    process.Wait();
    return process.Output();
  };
  EXPECT_THAT(run({"jobs", "list"}), HasSubstr("Synchronize customers and channel requests"));
  run({"config", "update", "batchJobs/1010", "mode: BATCH_JOB_MODE_MANUAL"});
  EXPECT_THAT(run({"jobs", "list"}), HasSubstr("warning: 1010: JOB_MANUAL"));
  EXPECT_THAT(run({"jobs", "runs", "1010"}), HasSubstr("It has never run."));
  EXPECT_THAT(run({"jobs", "run", "1010"}), HasSubstr("1010/runs/1"));
  EXPECT_THAT(run({"jobs", "runs", "1010"}), HasSubstr("1010/runs/1"));
  EXPECT_THAT(run({"jobs", "cancel", "1010"}), HasSubstr("CANCELED"));
}

}  // namespace
}  // namespace comptoir::testing
