// What the jobs and streams share. It outlives HQ as long as a stream or a command holds it, so
// that those may end in any order.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_JOB_CONTEXT_H_
#define COMPTOIR_HQ_SERVICE_JOBS_JOB_CONTEXT_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>

#include "common/base/backoff.h"
#include "comptoir/replication/v1/position.pb.h"
#include "hq-service/hq.h"
#include "hq-service/jobs/change_signal.h"
#include "hq-service/jobs/channel_services.h"
#include "hq-service/jobs/commands.h"
#include "hq-service/jobs/fan_out.h"
#include "hq-service/jobs/lagging_reads.h"
#include "hq-service/jobs/open_streams.h"
#include "hq-service/jobs/session_book.h"

namespace comptoir::hq {

struct JobContext {
  JobContext(const HqEnvironment& hq_environment, const HqOptions& hq_options,
             replication::v1::Epoch hq_epoch)
      : environment(hq_environment),
        options(hq_options),
        epoch(std::move(hq_epoch)),
        signal(std::make_shared<ChangeSignal>(hq_environment.executor, hq_environment.clock,
                                              hq_options.real_time_changes_rest)),
        fan_out(std::make_shared<FanOut>(hq_environment.database, hq_environment.executor,
                                         hq_environment.clock, signal,
                                         hq_options.heartbeat_interval)),
        lagging_reads(
            std::make_shared<LaggingReads>(hq_environment.executor, hq_environment.run_read)),
        commands(hq_environment.submitter, hq_environment.executor, signal),
        sessions(hq_environment.database, hq_environment.clock) {}

  absl::Time Now() const { return environment.clock.Now(); }

  // Constant after construction.
  const HqEnvironment environment;
  const HqOptions options;
  const replication::v1::Epoch epoch;
  const std::shared_ptr<ChangeSignal> signal;
  const std::shared_ptr<FanOut> fan_out;
  const std::shared_ptr<LaggingReads> lagging_reads;
  const Commands commands;

  // Used on the executor alone.
  ChannelServices channel_services;
  OpenStreams open_streams;
  SessionBook sessions;
  // Upload streams whose share of the run under way isn't at HQ yet.
  std::set<uint64_t> owing_uploads;
  // Commands that stage what was uploaded, of all streams, submitted and not answered.
  size_t upload_commands = 0;
  // Streams of customer events that are open.
  size_t event_streams = 0;
  // HQ is shutting down: whoever says hello is told so.
  bool stopped = false;
};

// For work that the database or its queue turned away for now.
inline BackoffOptions RetryBackoff(const HqOptions& options) {
  return {.initial = std::min(BackoffOptions().initial, options.retry_delay_max),
          .max = options.retry_delay_max};
}

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_JOB_CONTEXT_H_
