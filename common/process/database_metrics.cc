#include "common/process/database_metrics.h"

#include "common/base/version.h"
#include "common/storage/tidy.h"

namespace comptoir {

DatabaseMetrics::DatabaseMetrics(Metrics& metrics, const Database& database,
                                 const Committer& committer, const ReadPool& reads)
    : database_(database),
      committer_(committer),
      reads_(reads),
      groups_(metrics.AddCounter("comptoir_commit_groups_total", "Synced writes.")),
      commands_(metrics.AddCounter("comptoir_commit_commands_total",
                                   "Commands that were run, each in a commit group.")),
      queued_(metrics.AddGauge("comptoir_commit_queue_commands", "Commands that wait.")),
      reads_queued_(metrics.AddGauge("comptoir_read_queue_reads", "Searches and lists that wait.")),
      free_bytes_(
          metrics.AddGauge("comptoir_disk_free_bytes", "Free space where the database lives.")),
      untidy_files_(metrics.AddGauge("comptoir_database_untidy_files",
                                     "Files that are merged once little is written.")) {
  metrics
      .AddGauge("comptoir_build_info", "Always 1; the label says which version runs.",
                {{"version", VersionText()}})
      .Set(1);
}

void DatabaseMetrics::Update() {
  CountUpTo(committer_.queue().groups_committed(), groups_counted_, groups_);
  CountUpTo(committer_.queue().commands_run(), commands_counted_, commands_);
  queued_.Set(static_cast<double>(committer_.queue().queued()));
  reads_queued_.Set(static_cast<double>(reads_.queued()));
  free_bytes_.Set(static_cast<double>(database_.FreeBytes()));
  untidy_files_.Set(static_cast<double>(UntidyFiles(database_)));
}

void CountUpTo(uint64_t total, uint64_t& counted, Counter& counter) {
  if (total <= counted) return;
  counter.Add(static_cast<double>(total - counted));
  counted = total;
}

}  // namespace comptoir
