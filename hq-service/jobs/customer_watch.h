// One caller who watches one customer: sees it now and again whenever it changes. (M3)

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CUSTOMER_WATCH_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CUSTOMER_WATCH_H_

#include <memory>
#include <string>

#include "common/replication/stream.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

// On any thread; the reader is called on the executor.
std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> OpenCustomerWatch(
    std::shared_ptr<JobContext> context, std::string language,
    std::unique_ptr<StreamWriter<customer::v1::Customer>> writer);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CUSTOMER_WATCH_H_
