// HQ's end of SubscribeChanges: moves the feeds to one channel service, in batches of whole
// sequences, as fast as it acknowledges. Bootstrap, catch-up and tailing are one code path. (P1)

#ifndef COMPTOIR_HQ_SERVICE_JOBS_SUBSCRIPTION_H_
#define COMPTOIR_HQ_SERVICE_JOBS_SUBSCRIPTION_H_

#include <memory>

#include "common/replication/stream.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

// On the executor.
std::unique_ptr<StreamReader<v1::SubscribeRequest>> OpenSubscription(
    std::shared_ptr<JobContext> context,
    std::unique_ptr<StreamWriter<v1::SubscribeResponse>> writer);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_SUBSCRIPTION_H_
