// Batch jobs as tests set, run and read them.

#ifndef COMPTOIR_TESTS_UNIT_HQ_JOBS_TEST_H_
#define COMPTOIR_TESTS_UNIT_HQ_JOBS_TEST_H_

#include <optional>
#include <string>
#include <vector>

#include "hq-service/domain/feeds/feeds.h"
#include "tests/unit/hq/subscription_test.h"

namespace comptoir::hq {

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
  bool IsSynced(const CustomerId& id) {
    const auto customer = Get(id);
    return customer.ok() && customer->state() == customer::v1::CUSTOMER_STATE_SYNCED;
  }

  // The customer as a replica holds it; nothing if it doesn't.
  static std::optional<customer::v1::Customer> In(const Replica& replica, const CustomerId& id) {
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

}  // namespace comptoir::hq

#endif  // COMPTOIR_TESTS_UNIT_HQ_JOBS_TEST_H_
