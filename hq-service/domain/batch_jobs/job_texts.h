// What people read of batch jobs.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOB_TEXTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOB_TEXTS_H_

#include <string_view>
#include <vector>

#include "comptoir/hq/v1/job_service.pb.h"
#include "hq-service/domain/reason_text.h"

namespace comptoir::hq {

std::string_view JobStateText(v1::JobState state, std::string_view language);

extern const ReasonText kJobManual;
extern const ReasonText kJobWithheld;
extern const ReasonText kJobCanceled;
extern const ReasonText kJobEnded;
extern const ReasonText kJobLate;
extern const ReasonText kJobWorkWaits;
// Channel services are named after these.
extern const ReasonText kJobSessionPaused;
extern const ReasonText kJobServiceAway;

std::vector<const ReasonText*> AllJobWarningTexts();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_JOB_TEXTS_H_
