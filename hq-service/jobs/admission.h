// The hello of a stream: who speaks, and whether its lineage may go on. The same for both streams.
// Lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_ADMISSION_H_
#define COMPTOIR_HQ_SERVICE_JOBS_ADMISSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "comptoir/replication/v1/position.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/jobs/channel_services.h"
#include "hq-service/jobs/job_context.h"

namespace comptoir::hq {

struct StreamHello {
  ChannelServices::Stream stream;
  uint32_t protocol_version = 0;
  std::string channel_service;
  std::vector<std::string> channels;
  uint64_t lineage = 0;
  // Of an upload: the service's present one.
  std::optional<replication::v1::Epoch> epoch;
};

// One stream's place among the connections of its channel service.
class Admission {
 public:
  explicit Admission(std::shared_ptr<JobContext> context) : context_(std::move(context)) {}

  using Admitted = std::function<void(absl::StatusOr<storage::v1::UploadPosition>)>;

  // Checks the hello, connects unless the place may be another's, and asks. `admitted` is called
  // with the error, here and now, if the hello is refused without asking. `end` ends the stream if
  // another one takes its place.
  void Start(StreamHello hello, ChannelServices::End end, Admitted admitted);
  // The lineage was admitted: from now on it counts as connected, if it didn't before.
  absl::Status Confirm();
  // Asks the database whether the lineage may go on. `admitted` is called on the executor with what
  // HQ holds of it. A refused newcomer is an alarm.
  void Ask(Admitted admitted);
  // Whether the place is this stream's. Whoever had it stages nothing any more, so what HQ tells
  // when it is asked from now on is all that it holds.
  bool is_connected() const { return connection_id_ != 0; }
  // True if a stream of the lineage is open and the newcomer is a copy of the database behind it,
  // or an older state: what HQ holds was uploaded in an epoch that the newcomer hasn't had. It is
  // told where HQ stands, and finds that it has diverged; it must not end the other's stream, which
  // would let it retire the original.
  bool IsCopy(const storage::v1::UploadPosition& held) const;
  // The stream is over.
  void Leave();

  const StreamHello& hello() const { return hello_; }

 private:
  absl::Status Check() const;
  bool IsOtherLineageConnected() const;
  absl::Status Connect();

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;

  StreamHello hello_;
  ChannelServices::End end_;
  uint64_t connection_id_ = 0;
  bool lineage_connected_ = false;  // by another stream of this kind
};

// Logs and raises the alarm that an operator must look at.
void RaiseAlarm(JobContext& context, const StreamHello& hello, Reason reason);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_ADMISSION_H_
