#include "hq-service/domain/batch_jobs/jobs_view.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/batch_jobs/job_texts.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/conversion/number_queue.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/watermarks.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using storage::v1::JobProgress;

// In the text of a warning.
constexpr size_t kServicesNamedMax = 10;

bool HasEnded(const v1::BatchJob& job, const JobProgress& progress) {
  return job.mode() == v1::BATCH_JOB_MODE_RECURRENCE && job.runs_max() != 0 &&
         progress.recurrence_runs() >= job.runs_max();
}

v1::JobState StateOf(const v1::BatchJob& job, const JobProgress& progress,
                     const std::optional<v1::JobRun>& last_run, absl::Time now) {
  if (progress.canceling()) return v1::JOB_STATE_CANCELING;
  if (job.withheld()) return v1::JOB_STATE_WITHHOLD;
  if (progress.canceled()) return v1::JOB_STATE_CANCELED;
  if (progress.executing_run() != 0 || !progress.stopped()) return v1::JOB_STATE_EXECUTING;
  if (const auto due = NextDue(job, progress); due.has_value() && *due <= now) {
    return v1::JOB_STATE_READY;
  }
  if (last_run.has_value() && last_run->state() == v1::JOB_STATE_ERROR) return v1::JOB_STATE_ERROR;
  return HasEnded(job, progress) ? v1::JOB_STATE_ENDED : v1::JOB_STATE_WAITING;
}

// When the oldest operation that a run would take was staged.
absl::StatusOr<std::optional<absl::Time>> OldestStaged(const Reader& reader) {
  std::vector<StagedPlace> firsts;
  for (const StagedQueue queue : {StagedQueue::kAsked, StagedQueue::kRetry, StagedQueue::kReady}) {
    COMPTOIR_ASSIGN_OR_RETURN(
        const auto places,
        QueuedPlaces(reader, queue, kAllStaged, absl::InfiniteFuture(), absl::ZeroDuration(), 1));
    firsts.insert(firsts.end(), places.begin(), places.end());
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto groups, WaitingForNumbers(reader));
  for (const WaitingGroup& group : groups) firsts.push_back(group.first);
  std::optional<absl::Time> oldest;
  for (const StagedPlace& place : firsts) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto row, FindStaged(reader, place));
    if (!row.has_value()) continue;
    const absl::Time staged = FromTimestamp(row->staged.staged_time());
    oldest = std::min(oldest.value_or(staged), staged);
  }
  return oldest;
}

// When the oldest record that isn't published was changed; of configuration, whose records have no
// time, when publishing stopped.
absl::StatusOr<std::optional<absl::Time>> OldestUnpublished(const Reader& reader,
                                                            replication::v1::Job job,
                                                            absl::Time stopped) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(reader, job));
  if (!watermark.has_value()) return std::nullopt;
  const Feed feed = ConfigurationFeed(job);
  const size_t prefix_bytes = FeedPrefix(feed).size();
  std::optional<FeedEntryKey> first;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kFeeds,
                                    {.begin = FeedPosition(feed, Sequence(watermark->value() + 1)),
                                     .end = PrefixRange(FeedPrefix(feed)).end,
                                     .rows_max = 1},
                                    [&](std::string_view key) {
                                      first = ParseFeedEntryKey(key.substr(prefix_bytes));
                                      return false;
                                    }));
  if (!first.has_value()) return std::nullopt;
  const auto kind = static_cast<uint8_t>(first->record_key.front());
  if (kind == replication::v1::RECORD_KIND_CUSTOMER) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ReadRecord<storage::v1::CustomerRecord>(
                                                     reader, Table::kRecords, first->record_key));
    if (record.has_value()) return FromTimestamp(record->customer().update_time());
  }
  if (kind == replication::v1::RECORD_KIND_ADDRESS) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ReadRecord<storage::v1::AddressRecord>(
                                                     reader, Table::kRecords, first->record_key));
    if (record.has_value()) return FromTimestamp(record->address().update_time());
  }
  return stopped;
}

std::optional<absl::Time> Earlier(std::optional<absl::Time> one, std::optional<absl::Time> other) {
  if (!one.has_value() || !other.has_value()) return one.has_value() ? one : other;
  return std::min(*one, *other);
}

absl::StatusOr<std::optional<absl::Time>> WaitingSince(const Reader& reader,
                                                       const BatchJobInfo& info,
                                                       const JobProgress& progress,
                                                       const LiveServices& live) {
  if (info.id == kUploadJob) return live.upload_waiting_since;
  if (info.id == kConversionJob) return OldestStaged(reader);
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto unpublished,
      OldestUnpublished(reader, info.feeds, FromTimestamp(progress.stopped_time())));
  // One stream carries all jobs; what isn't taken is told of the one that nobody does without.
  if (info.feeds != replication::v1::JOB_1010_CUSTOMERS) return unpublished;
  return Earlier(unpublished, live.download_waiting_since);
}

// Channel services that haven't been connected for too long: those that channels name, and those
// that were connected since HQ started.
absl::StatusOr<std::vector<std::string>> ServicesAway(const Reader& reader,
                                                      const JobsViewOptions& options) {
  const LiveServices& live = options.live;
  std::map<std::string, std::optional<absl::Time>> since = live.away_since;
  const ConfigurationView view(reader);
  COMPTOIR_ASSIGN_OR_RETURN(const auto channels, view.All(replication::v1::RECORD_KIND_CHANNEL));
  for (const v1::Configuration& any : channels) {
    if (IsRetired(any)) continue;
    for (const std::string& id : any.channel().channel_services()) since.emplace(id, live.started);
  }
  std::vector<std::string> away;
  for (const auto& [id, time] : since) {
    if (time.has_value() && options.now - *time > options.waiting_warning_after) {
      away.push_back(id);
    }
  }
  return away;
}

// A recurrence that hasn't run within twice its interval: HQ was down, or a run doesn't end.
bool IsLate(const v1::BatchJob& job, const JobProgress& progress, absl::Time now) {
  const auto due = NextDue(job, progress);
  return due.has_value() && now >= *due + IntervalOf(job);
}

std::vector<ReasonText> WarningsOf(const v1::JobInfo& info, const JobProgress& progress,
                                   const JobsViewOptions& options) {
  const v1::BatchJob& job = info.job();
  std::vector<ReasonText> warnings;
  if (job.withheld()) {
    warnings.push_back(kJobWithheld);
  } else if (progress.canceled()) {
    warnings.push_back(kJobCanceled);
  } else if (job.mode() == v1::BATCH_JOB_MODE_MANUAL) {
    warnings.push_back(kJobManual);
  } else if (HasEnded(job, progress)) {
    warnings.push_back(kJobEnded);
  } else if (IsLate(job, progress, options.now)) {
    warnings.push_back(kJobLate);
  }
  if (info.has_waiting_since() &&
      options.now - FromTimestamp(info.waiting_since()) > options.waiting_warning_after) {
    warnings.push_back(kJobWorkWaits);
  }
  return warnings;
}

// Which of several it is about; nothing if there is none.
void AddWarning(const ReasonText& text, const std::optional<std::vector<std::string>>& services,
                std::string_view language, v1::JobInfo& job) {
  if (services.has_value() && services->empty()) return;
  v1::JobWarning& warning = *job.add_warnings();
  warning.set_reason(std::string(text.reason));
  std::string words(InLanguage(text.texts, language));
  if (services.has_value()) {
    const size_t named = std::min(services->size(), kServicesNamedMax);
    absl::StrAppend(
        &words, " ",
        absl::StrJoin(services->begin(), services->begin() + static_cast<int>(named), ", "));
    if (named < services->size()) absl::StrAppend(&words, ", … (", services->size(), ")");
  }
  warning.set_text(words);
}

}  // namespace

absl::StatusOr<const BatchJobInfo*> RequireBatchJob(std::string_view name) {
  const BatchJobInfo* info = FindNamedBatchJob(name);
  if (info == nullptr) return MakeError(Reason::kRecordNotFound, "There is no such batch job.");
  return info;
}

absl::StatusOr<v1::JobInfo> ReadJob(const Reader& reader, const BatchJobInfo& info,
                                    const JobsViewOptions& options) {
  v1::JobInfo job;
  COMPTOIR_ASSIGN_OR_RETURN(*job.mutable_job(), ReadBatchJob(reader, info.id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto progress, ReadProgress(reader, info.id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto last, FindRun(reader, info.id, progress.last_run()));
  job.set_alias(std::string(info.alias));
  std::optional<v1::JobRun> last_run;
  if (last.has_value()) last_run = *job.mutable_last_run() = last->run();
  job.set_state(StateOf(job.job(), progress, last_run, options.now));
  job.set_state_text(std::string(JobStateText(job.state(), options.language)));
  if (const auto due = NextDue(job.job(), progress); due.has_value()) {
    *job.mutable_next_run_time() = ToTimestamp(*due);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto since, WaitingSince(reader, info, progress, options.live));
  if (since.has_value()) *job.mutable_waiting_since() = ToTimestamp(*since);
  if (!info.required) return job;
  for (const ReasonText& text : WarningsOf(job, progress, options)) {
    AddWarning(text, std::nullopt, options.language, job);
  }
  if (info.id == kUploadJob) {
    AddWarning(kJobSessionPaused, options.live.upload_paused, options.language, job);
  }
  if (info.feeds == replication::v1::JOB_1010_CUSTOMERS) {
    AddWarning(kJobSessionPaused, options.live.download_paused, options.language, job);
    COMPTOIR_ASSIGN_OR_RETURN(const auto away, ServicesAway(reader, options));
    AddWarning(kJobServiceAway, away, options.language, job);
  }
  return job;
}

absl::StatusOr<v1::ListJobsResponse> ListJobs(const Reader& reader,
                                              const JobsViewOptions& options) {
  v1::ListJobsResponse response;
  for (const BatchJobInfo& info : AllBatchJobs()) {
    COMPTOIR_ASSIGN_OR_RETURN(*response.add_jobs(), ReadJob(reader, info, options));
  }
  return response;
}

absl::StatusOr<v1::ListJobRunsResponse> ListJobRuns(const Reader& reader, std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const BatchJobInfo* info, RequireBatchJob(name));
  COMPTOIR_ASSIGN_OR_RETURN(auto runs, RunsOf(reader, info->id));
  v1::ListJobRunsResponse response;
  for (v1::JobRun& run : runs) *response.add_runs() = std::move(run);
  return response;
}

}  // namespace comptoir::hq
