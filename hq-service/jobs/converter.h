// The job "Synchronize customers and channel requests": converts what is staged, some operations
// at a time, woken by commits and by the clock. While the job is stopped it converts what a run
// takes, and what people ask for. (P1, P3, P4, P5, P12) Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_CONVERTER_H_
#define COMPTOIR_HQ_SERVICE_JOBS_CONVERTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/backoff.h"
#include "common/base/executor.h"
#include "common/storage/database.h"
#include "comptoir/hq/v1/job_service.pb.h"
#include "hq-service/domain/conversion/conversion.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

class Converter : public std::enable_shared_from_this<Converter> {
 public:
  explicit Converter(std::shared_ptr<JobContext> context);

  void Start();
  void Stop();

 private:
  // Converts the next operations, if there are any and none are under way.
  void Step();
  void Convert(std::vector<ConversionCandidate> plan, absl::Time now,
               const ConversionOptions& options);
  void Converted(const absl::Status& status);
  // The run under way has done what it could.
  void EndRunUnderWay(uint64_t run, v1::JobState state, const std::string& message);
  // What the job lets it convert now.
  absl::StatusOr<ConversionOptions> OptionsNow(const Reader& reader);
  // Comes back for the next retry, or to look whether a wake-up was missed.
  void Wait(const Reader& reader);
  void StepAfter(absl::Duration delay);

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  Backoff backoff_;
  uint64_t listener_id_ = 0;
  TimerToken timer_;
  bool running_ = false;
  bool under_way_ = false;
  // The run under way is to end.
  bool canceling_ = false;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_CONVERTER_H_
