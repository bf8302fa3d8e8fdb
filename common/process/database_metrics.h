#ifndef COMPTOIR_COMMON_PROCESS_DATABASE_METRICS_H_
#define COMPTOIR_COMMON_PROCESS_DATABASE_METRICS_H_

#include <cstdint>

#include "common/base/metrics.h"
#include "common/storage/committer.h"
#include "common/storage/database.h"
#include "common/storage/read_pool.h"

namespace comptoir {

// What both services tell about their database and about themselves. Not thread-safe.
class DatabaseMetrics {
 public:
  // All borrowed.
  DatabaseMetrics(Metrics& metrics, const Database& database, const Committer& committer,
                  const ReadPool& reads);

  // Reads the present values.
  void Update();

 private:
  // Constant after construction.
  const Database& database_;
  const Committer& committer_;
  const ReadPool& reads_;
  Counter& groups_;
  Counter& commands_;
  Gauge& queued_;
  Gauge& reads_queued_;
  Gauge& free_bytes_;
  Gauge& untidy_files_;

  uint64_t groups_counted_ = 0;
  uint64_t commands_counted_ = 0;
};

// Adds to a counter what a total has grown since the last call, which left it in `counted`.
void CountUpTo(uint64_t total, uint64_t& counted, Counter& counter);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_PROCESS_DATABASE_METRICS_H_
