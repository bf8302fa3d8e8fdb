// HQ's end of StreamCustomerEvents: one downstream system that follows. It reads what was committed
// and changes nothing, so no failure of a consumer reaches anybody else. (M9)

#ifndef COMPTOIR_HQ_SERVICE_JOBS_EVENT_STREAM_H_
#define COMPTOIR_HQ_SERVICE_JOBS_EVENT_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "common/replication/stream.h"
#include "common/replication/stream_source.h"
#include "comptoir/hq/v1/change_stream.pb.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

// Open at a time.
inline constexpr size_t kEventStreamsMax = 32;

// On the executor.
std::unique_ptr<StreamSource> OpenEventStream(
    std::shared_ptr<JobContext> context, const v1::StreamCustomerEventsRequest& request,
    std::string language, std::unique_ptr<StreamWriter<v1::CustomerEvent>> writer);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_EVENT_STREAM_H_
