#include "hq-service/domain/batch_jobs/batch_jobs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/strings.h"

namespace comptoir::hq {
namespace {

constexpr std::string_view kCollectionPrefix = "batchJobs/";

constexpr BatchJobInfo kJobs[] = {
    {.id = kUploadJob,
     .display_name = "Upload channel transactions",
     .alias = "",
     .required = true},
    {.id = kConversionJob,
     .display_name = "Synchronize customers and channel requests",
     .alias = "Synchronize customers and business partners from async mode",
     .required = true},
    {.id = "1010",
     .display_name = "Customers",
     .alias = "",
     .feeds = replication::v1::JOB_1010_CUSTOMERS,
     .required = true},
    {.id = "1050",
     .display_name = "Loyalty information",
     .alias = "",
     .feeds = replication::v1::JOB_1050_LOYALTY},
    {.id = "1070",
     .display_name = "Channel configuration",
     .alias = "",
     .feeds = replication::v1::JOB_1070_CHANNELS},
    {.id = "1110",
     .display_name = "Global configuration",
     .alias = "",
     .feeds = replication::v1::JOB_1110_GLOBAL},
};

template <typename Fits>
const BatchJobInfo* FindIf(Fits fits) {
  const auto* found = std::find_if(std::begin(kJobs), std::end(kJobs), fits);
  return found == std::end(kJobs) ? nullptr : found;
}

}  // namespace

std::span<const BatchJobInfo> AllBatchJobs() { return kJobs; }

const BatchJobInfo* FindBatchJob(std::string_view id) {
  return FindIf([&](const BatchJobInfo& info) { return info.id == id; });
}

const BatchJobInfo* FindNamedBatchJob(std::string_view name) {
  if (name.starts_with(kCollectionPrefix)) {
    return FindBatchJob(name.substr(kCollectionPrefix.size()));
  }
  if (name.empty()) return nullptr;
  return FindIf(
      [&](const BatchJobInfo& info) { return info.display_name == name || info.alias == name; });
}

std::string BatchJobName(const BatchJobInfo& info) {
  return absl::StrCat(ToAbsl(kCollectionPrefix), ToAbsl(info.id));
}

bool IsContinuous(const v1::BatchJob& job) {
  return job.mode() == v1::BATCH_JOB_MODE_UNSPECIFIED ||
         job.mode() == v1::BATCH_JOB_MODE_CONTINUOUS;
}

}  // namespace comptoir::hq
