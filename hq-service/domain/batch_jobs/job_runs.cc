#include "hq-service/domain/batch_jobs/job_runs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/watermarks.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using storage::v1::JobProgress;
using storage::v1::JobRunRecord;
using storage::v1::UploadShare;

constexpr std::string_view kVersionKey = "hq/jobs";

std::string ProgressKey(std::string_view job) { return absl::StrCat("hq/job/", ToAbsl(job)); }
std::string ShareKey(std::string_view service) {
  return absl::StrCat("hq/share/", ToAbsl(service));
}
std::string RunsPrefix(std::string_view job) { return absl::StrCat("hq/run/", ToAbsl(job), "/"); }
std::string RunKey(std::string_view job, uint64_t number) {
  return KeyWriter().Rest(RunsPrefix(job)).Fixed64(number).key();
}

absl::Status CountChange(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t version, JobsVersion(transaction));
  transaction.Put(Table::kMeta, kVersionKey, KeyWriter().Fixed64(version + 1).key());
  return absl::OkStatus();
}

absl::Status PutProgress(Transaction& transaction, std::string_view job,
                         const JobProgress& progress) {
  PutRecord(transaction, Table::kMeta, ProgressKey(job), progress);
  return CountChange(transaction);
}

void PutRun(Transaction& transaction, std::string_view job, uint64_t number,
            const JobRunRecord& record) {
  PutRecord(transaction, Table::kMeta, RunKey(job, number), record);
}

// The first time of the recurrence after `now`: what was missed meanwhile is made up for once.
absl::Time DueAfter(absl::Time due, absl::Duration interval, absl::Time now) {
  if (due > now) return due;
  absl::Duration rest;
  const int64_t intervals = absl::IDivDuration(now - due, interval, &rest);
  return due + (intervals + 1) * interval;
}

// Whether the work of the job is held back but for runs, from `sequence` on.
void SetStopped(Transaction& transaction, const BatchJobInfo& info, bool stopped, Sequence sequence,
                absl::Time now, JobProgress& progress) {
  if (progress.stopped() == stopped) return;
  progress.set_stopped(stopped);
  // Work that was continuous until now is owed to no run.
  progress.clear_owed_run();
  progress.clear_stopped_time();
  if (stopped) *progress.mutable_stopped_time() = ToTimestamp(now);
  if (info.feeds == replication::v1::JOB_UNSPECIFIED) return;
  SetWatermark(transaction, info.feeds, stopped ? std::optional(sequence) : std::nullopt);
}

absl::StatusOr<uint64_t> CountPublished(const Reader& reader, replication::v1::Job job,
                                        Sequence after, Sequence last) {
  const Feed feed = ConfigurationFeed(job);
  uint64_t count = 0;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kFeeds,
                                    {.begin = FeedPosition(feed, Sequence(after.value() + 1)),
                                     .end = FeedPosition(feed, Sequence(last.value() + 1)),
                                     .rows_max = kPublishedCountMax},
                                    [&](std::string_view) { return ++count != 0; }));
  return count;
}

// The whole run of a distribution job.
absl::Status Publish(Transaction& transaction, const BatchJobInfo& info, Sequence last,
                     v1::JobRun& run) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(transaction, info.feeds));
  if (!watermark.has_value() || *watermark >= last) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const uint64_t records,
                            CountPublished(transaction, info.feeds, *watermark, last));
  run.set_records(records);
  SetWatermark(transaction, info.feeds, last);
  return absl::OkStatus();
}

// REQUIRES: no run is under way.
absl::StatusOr<v1::JobRun> Begin(Transaction& transaction, const BatchJobInfo& info,
                                 JobProgress progress, v1::JobRun run, absl::Time now) {
  const uint64_t number = progress.last_run() + 1;
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(transaction));
  run.set_name(absl::StrCat(BatchJobName(info), "/runs/", number));
  run.set_state(v1::JOB_STATE_EXECUTING);
  *run.mutable_start_time() = ToTimestamp(now);
  progress.set_last_run(number);
  if (info.feeds != replication::v1::JOB_UNSPECIFIED) {
    COMPTOIR_RETURN_IF_ERROR(Publish(transaction, info, last, run));
    run.set_state(v1::JOB_STATE_ENDED);
    *run.mutable_end_time() = run.start_time();
  } else {
    progress.set_executing_run(number);
    if (info.id == kUploadJob && progress.stopped()) progress.set_owed_run(number);
  }
  JobRunRecord record;
  *record.mutable_run() = run;
  record.set_position(last.value());
  PutRun(transaction, info.id, number, record);
  if (number > kJobRunsMax) {
    transaction.Delete(Table::kMeta, RunKey(info.id, number - kJobRunsMax));
  }
  COMPTOIR_RETURN_IF_ERROR(PutProgress(transaction, info.id, progress));
  return run;
}

}  // namespace

absl::StatusOr<uint64_t> JobsVersion(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, kVersionKey));
  if (!value.has_value()) return 0;
  return KeyReader(*value).Fixed64().value_or(0);
}

absl::StatusOr<JobProgress> ReadProgress(const Reader& reader, std::string_view job) {
  return ReadRecordOrEmpty<JobProgress>(reader, Table::kMeta, ProgressKey(job));
}

absl::StatusOr<v1::BatchJob> ReadBatchJob(const Reader& reader, std::string_view job) {
  COMPTOIR_ASSIGN_OR_RETURN(auto stored, FindStored(reader, ConfigurationKey<v1::BatchJob>(job)));
  if (!stored.has_value()) return MakeError(Reason::kStorageCorrupt, "A batch job is missing.");
  return std::move(*stored->any.mutable_batch_job());
}

absl::StatusOr<std::optional<JobRunRecord>> FindRun(const Reader& reader, std::string_view job,
                                                    uint64_t number) {
  return ReadRecord<JobRunRecord>(reader, Table::kMeta, RunKey(job, number));
}

absl::StatusOr<std::vector<v1::JobRun>> RunsOf(const Reader& reader, std::string_view job) {
  KeyRange range = PrefixRange(RunsPrefix(job), kJobRunsMax);
  range.reverse = true;
  std::vector<v1::JobRun> runs;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<JobRunRecord>(
      reader, Table::kMeta, range, [&](std::string_view, JobRunRecord record) {
        runs.push_back(std::move(*record.mutable_run()));
        return true;
      }));
  return runs;
}

absl::Duration IntervalOf(const v1::BatchJob& job) {
  switch (job.unit()) {
    case v1::RECURRENCE_UNIT_HOURS:
      return job.every() * absl::Hours(1);
    case v1::RECURRENCE_UNIT_DAYS:
      return job.every() * absl::Hours(24);
    default:
      return job.every() * absl::Minutes(1);
  }
}

std::optional<absl::Time> NextDue(const v1::BatchJob& job, const JobProgress& progress) {
  if (job.mode() != v1::BATCH_JOB_MODE_RECURRENCE || job.withheld() || progress.canceled()) {
    return std::nullopt;
  }
  if (job.runs_max() != 0 && progress.recurrence_runs() >= job.runs_max()) return std::nullopt;
  return FromTimestamp(progress.due_time());
}

absl::Status ConfigureJob(Transaction& transaction, const v1::BatchJob& job, Sequence sequence,
                          absl::Time now) {
  const BatchJobInfo* info = FindNamedBatchJob(job.name());
  COMPTOIR_ASSIGN_OR_RETURN(JobProgress progress, ReadProgress(transaction, info->id));
  progress.set_canceled(false);
  progress.clear_recurrence_runs();
  progress.clear_due_time();
  if (job.mode() == v1::BATCH_JOB_MODE_RECURRENCE) *progress.mutable_due_time() = ToTimestamp(now);
  if (job.withheld()) {
    // Nothing moves: a run under way ends, and no store owes one any more.
    progress.set_canceling(progress.executing_run() != 0);
    progress.clear_owed_run();
  }
  SetStopped(transaction, *info, !IsContinuous(job) || job.withheld(), sequence, now, progress);
  return PutProgress(transaction, info->id, progress);
}

absl::StatusOr<v1::JobRun> RunJob(Transaction& transaction, const BatchJobInfo& info,
                                  const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(const v1::BatchJob job, ReadBatchJob(transaction, info.id));
  if (job.withheld()) {
    FieldViolations violations;
    violations.Add("name", "JOB_WITHHELD", "The job is withheld: change that first.");
    return violations.ToStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(JobProgress progress, ReadProgress(transaction, info.id));
  if (progress.executing_run() != 0) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, FindRun(transaction, info.id, progress.executing_run()));
    if (record.has_value()) return std::move(*record->mutable_run());
  }
  progress.set_canceled(false);
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(transaction));
  SetStopped(transaction, info, !IsContinuous(job), last, administrator.now, progress);
  v1::JobRun run;
  run.set_trigger(v1::JOB_TRIGGER_MANUAL);
  run.set_caller(administrator.caller);
  return Begin(transaction, info, std::move(progress), std::move(run), administrator.now);
}

absl::Status RunDueJob(Transaction& transaction, const BatchJobInfo& info, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const v1::BatchJob job, ReadBatchJob(transaction, info.id));
  COMPTOIR_ASSIGN_OR_RETURN(JobProgress progress, ReadProgress(transaction, info.id));
  const auto due = NextDue(job, progress);
  if (!due.has_value() || progress.executing_run() != 0) return absl::OkStatus();
  // Further away than one interval: the clock went back.
  if (*due > now && now >= *due - IntervalOf(job)) return absl::OkStatus();
  *progress.mutable_due_time() = ToTimestamp(DueAfter(std::min(*due, now), IntervalOf(job), now));
  progress.set_recurrence_runs(progress.recurrence_runs() + 1);
  v1::JobRun run;
  run.set_trigger(v1::JOB_TRIGGER_RECURRENCE);
  return Begin(transaction, info, std::move(progress), std::move(run), now).status();
}

absl::Status EndRun(Transaction& transaction, std::string_view job, uint64_t number,
                    v1::JobState state, std::string_view message, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(JobProgress progress, ReadProgress(transaction, job));
  if (progress.executing_run() != number) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindRun(transaction, job, number));
  if (record.has_value()) {
    v1::JobRun& run = *record->mutable_run();
    run.set_state(progress.canceling() ? v1::JOB_STATE_CANCELED : state);
    if (!message.empty()) run.set_message(std::string(message));
    *run.mutable_end_time() = ToTimestamp(now);
    PutRun(transaction, job, number, *record);
  }
  if (progress.canceling()) progress.clear_owed_run();
  progress.clear_executing_run();
  progress.clear_canceling();
  return PutProgress(transaction, job, progress);
}

absl::Status CountInRun(Transaction& transaction, std::string_view job, uint64_t number,
                        uint64_t records, uint64_t failures) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindRun(transaction, job, number));
  if (!record.has_value()) return absl::OkStatus();
  v1::JobRun& run = *record->mutable_run();
  run.set_records(run.records() + records);
  run.set_failures(run.failures() + failures);
  PutRun(transaction, job, number, *record);
  return absl::OkStatus();
}

absl::Status CancelJob(Transaction& transaction, const BatchJobInfo& info,
                       const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(JobProgress progress, ReadProgress(transaction, info.id));
  if (progress.canceled()) return absl::OkStatus();
  progress.set_canceled(true);
  progress.set_canceling(progress.executing_run() != 0);
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(transaction));
  SetStopped(transaction, info, true, last, administrator.now, progress);
  // What stores still owe to a run that has ended is given up with it.
  progress.clear_owed_run();
  if (progress.canceling()) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, FindRun(transaction, info.id, progress.executing_run()));
    if (record.has_value()) {
      record->mutable_run()->set_state(v1::JOB_STATE_CANCELING);
      record->mutable_run()->set_message(absl::StrCat("Canceled by ", administrator.caller, "."));
      PutRun(transaction, info.id, progress.executing_run(), *record);
    }
  }
  return PutProgress(transaction, info.id, progress);
}

absl::StatusOr<UploadShare> ReadShare(const Reader& reader, std::string_view channel_service) {
  return ReadRecordOrEmpty<UploadShare>(reader, Table::kMeta, ShareKey(channel_service));
}

void PutShare(Transaction& transaction, std::string_view channel_service,
              const UploadShare& share) {
  PutRecord(transaction, Table::kMeta, ShareKey(channel_service), share);
}

bool OwesShare(const JobProgress& progress, const UploadShare& share, uint64_t lineage) {
  return progress.stopped() && progress.owed_run() != 0 &&
         (share.run() != progress.owed_run() || share.lineage() != lineage);
}

std::optional<uint64_t> UploadCredit(const JobProgress& progress, const UploadShare& share,
                                     uint64_t lineage, uint64_t held) {
  if (!progress.stopped()) return std::nullopt;
  if (progress.owed_run() == 0 || OwesShare(progress, share, lineage)) return held;
  return std::max(held, share.last_sequence());
}

}  // namespace comptoir::hq
