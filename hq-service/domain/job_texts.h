// What people read of batch jobs.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_JOB_TEXTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_JOB_TEXTS_H_

#include <string_view>
#include <vector>

#include "common/base/languages.h"
#include "comptoir/hq/v1/job_service.pb.h"

namespace comptoir::hq {

std::string_view JobStateText(v1::JobState state, std::string_view language);

struct JobWarningText {
  std::string_view reason;
  Translations texts;
};
extern const JobWarningText kJobManual;
extern const JobWarningText kJobWithheld;
extern const JobWarningText kJobCanceled;
extern const JobWarningText kJobEnded;
extern const JobWarningText kJobLate;
extern const JobWarningText kJobWorkWaits;
// Channel services are named after these.
extern const JobWarningText kJobSessionPaused;
extern const JobWarningText kJobServiceAway;

std::vector<const JobWarningText*> AllJobWarningTexts();

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_JOB_TEXTS_H_
