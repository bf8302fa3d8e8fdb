// How batch jobs stand: stopped or not, their runs, what they owe. (P3, P4, P5)
//
// A job whose work moves by itself is not stopped: continuous, neither withheld nor canceled. What
// is stopped moves only by runs. A run of a distribution job is one command: it advances the
// watermark. Those of P-0001 and conversion have a beginning and an end, and survive a restart.
//
// Table meta: "hq/jobs": counts all that changes here; "hq/job/{id}": JobProgress;
// "hq/run/{id}/", number: JobRunRecord; "hq/share/{channel service}": UploadShare.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOB_RUNS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOB_RUNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/job_service.pb.h"
#include "comptoir/storage/v1/jobs.pb.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/configuration/administration.h"

namespace comptoir::hq {

// Runs of one job that are kept.
inline constexpr uint64_t kJobRunsMax = 100;
// Records of a distribution job's run are counted up to here.
inline constexpr size_t kPublishedCountMax = 10'000;

// Changes whenever anything here does.
absl::StatusOr<uint64_t> JobsVersion(const Reader& reader);
absl::StatusOr<storage::v1::JobProgress> ReadProgress(const Reader& reader, std::string_view job);
absl::StatusOr<v1::BatchJob> ReadBatchJob(const Reader& reader, std::string_view job);
absl::StatusOr<std::optional<storage::v1::JobRunRecord>> FindRun(const Reader& reader,
                                                                 std::string_view job,
                                                                 uint64_t number);
// Newest first.
absl::StatusOr<std::vector<v1::JobRun>> RunsOf(const Reader& reader, std::string_view job);

// Of a recurrence.
absl::Duration IntervalOf(const v1::BatchJob& job);
// When the next run of a recurrence is due; nothing if none is to come.
std::optional<absl::Time> NextDue(const v1::BatchJob& job,
                                  const storage::v1::JobProgress& progress);

// The job's configuration becomes this at `sequence`. A recurrence begins anew, with a run at once.
absl::Status ConfigureJob(Transaction& transaction, const v1::BatchJob& job, Sequence sequence,
                          absl::Time now);

// Begins a run, or returns the one under way. Refused if the job is withheld.
absl::StatusOr<v1::JobRun> RunJob(Transaction& transaction, const BatchJobInfo& info,
                                  const Administrator& administrator);
// Begins the run of a recurrence if it is due.
absl::Status RunDueJob(Transaction& transaction, const BatchJobInfo& info, absl::Time now);
// The run ends, as CANCELED if it is to be. Nothing happens if another one is under way.
absl::Status EndRun(Transaction& transaction, std::string_view job, uint64_t number,
                    v1::JobState state, std::string_view message, absl::Time now);
// Adds to what the run has done.
absl::Status CountInRun(Transaction& transaction, std::string_view job, uint64_t number,
                        uint64_t records, uint64_t failures);
absl::Status CancelJob(Transaction& transaction, const BatchJobInfo& info,
                       const Administrator& administrator);

// What a run takes, or has taken, from a channel service.
absl::StatusOr<storage::v1::UploadShare> ReadShare(const Reader& reader,
                                                   std::string_view channel_service);
void PutShare(Transaction& transaction, std::string_view channel_service,
              const storage::v1::UploadShare& share);
// The last operation that a channel service may send, of which HQ holds those up to `held`;
// nothing: any.
std::optional<uint64_t> UploadCredit(const storage::v1::JobProgress& progress,
                                     const storage::v1::UploadShare& share, uint64_t lineage,
                                     uint64_t held);
// True if the channel service hasn't said yet what the run takes from it.
bool OwesShare(const storage::v1::JobProgress& progress, const storage::v1::UploadShare& share,
               uint64_t lineage);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOB_RUNS_H_
