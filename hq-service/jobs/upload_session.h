// HQ's end of UploadOperations: takes an outbox and acknowledges what is durable. (P4, P7, P13)

#ifndef COMPTOIR_HQ_SERVICE_JOBS_UPLOAD_SESSION_H_
#define COMPTOIR_HQ_SERVICE_JOBS_UPLOAD_SESSION_H_

#include <memory>

#include "common/replication/stream.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

// On the executor.
std::unique_ptr<StreamReader<v1::UploadRequest>> OpenUploadSession(
    std::shared_ptr<JobContext> context, std::unique_ptr<StreamWriter<v1::UploadResponse>> writer);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_UPLOAD_SESSION_H_
