// The batch jobs that there are, and what each carries. (P1)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_BATCH_JOBS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_BATCH_JOBS_H_

#include <span>
#include <string>
#include <string_view>

#include "comptoir/hq/v1/configuration.pb.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir::hq {

struct BatchJobInfo {
  std::string_view id;
  std::string_view display_name;
  // Its former name.
  std::string_view alias;
  // The job whose feeds it publishes; of the others unspecified.
  replication::v1::Job feeds = replication::v1::JOB_UNSPECIFIED;
  // Needed whatever the mode of the channels: any store may go offline. (P11)
  bool required = false;
};

inline constexpr std::string_view kUploadJob = "P-0001";
inline constexpr std::string_view kConversionJob = "synchronize-customers";

// In the order in which they carry a customer home.
std::span<const BatchJobInfo> AllBatchJobs();
// Null if there is none.
const BatchJobInfo* FindBatchJob(std::string_view id);
// By "batchJobs/{id}", its name or its former name.
const BatchJobInfo* FindNamedBatchJob(std::string_view name);
std::string BatchJobName(const BatchJobInfo& info);

// True if its work moves as soon as it is there.
bool IsContinuous(const v1::BatchJob& job);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_BATCH_JOBS_BATCH_JOBS_H_
