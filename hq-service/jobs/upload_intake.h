// What has come over one upload and isn't acknowledged yet: staged batch by batch, in order. (P7)
// Not thread-safe; lives on the executor.

#ifndef COMPTOIR_HQ_SERVICE_JOBS_UPLOAD_INTAKE_H_
#define COMPTOIR_HQ_SERVICE_JOBS_UPLOAD_INTAKE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/backoff.h"
#include "common/replication/receiver.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "comptoir/replication/v1/operation.pb.h"
#include "google/protobuf/arena.h"
#include "hq-service/domain/staging/staging.h"
#include "hq-service/jobs/job_context.h"
#include "hq-service/jobs/session_book.h"

namespace comptoir::hq {

// Operations that came together, parsed in one piece of memory.
class UploadedBatch {
 public:
  using Operations = std::vector<const replication::v1::Operation*>;

  // PROTOCOL_VERSION if one cannot be read. REQUIRES: there is one at least.
  static absl::StatusOr<std::shared_ptr<const UploadedBatch>> Parse(
      const v1::OperationBatch& batch);

  const Operations& operations() const { return operations_; }
  uint64_t first() const { return operations_.front()->sequence(); }
  uint64_t last() const { return operations_.back()->sequence(); }
  // What it takes of the window.
  uint64_t bytes() const { return bytes_; }

 private:
  google::protobuf::Arena arena_;
  Operations operations_;
  uint64_t bytes_ = 0;
};

// Made by std::make_shared: a command's answer may come later than its stream ends.
class UploadIntake : public std::enable_shared_from_this<UploadIntake> {
 public:
  struct Listener {
    // All up to here is durable.
    std::function<void(uint64_t sequence)> staged;
    // It cannot go on; nothing is called afterwards.
    std::function<void(absl::Status)> failed;
  };
  // `session` is borrowed, and says whether a person has paused this. Everything up to `held` is
  // held already.
  UploadIntake(std::shared_ptr<JobContext> context, OutboxId outbox, OpenSession* session,
               uint64_t held, Listener listener);

  void Take(std::shared_ptr<const UploadedBatch> batch);
  // Goes on with what has come, unless it is paused.
  void Go();
  // The stream is over: nothing is called any more, and what isn't staged yet won't be. So the next
  // hello says all that HQ will hold until more is sent.
  void Stop();

  uint64_t durable_mark() const { return receiver_.durable_mark(); }
  bool empty() const { return waiting_.empty(); }

 private:
  struct Batch {
    std::shared_ptr<const UploadedBatch> uploaded;
    // As the receiver said.
    bool is_news = false;
  };

  // Submits the commands of a batch.
  void Stage(const Batch& batch);
  // A command was answered; `last`: of its batch.
  void Staged(const absl::StatusOr<uint64_t>& held, bool last);
  void BatchStaged();
  void Wait();
  void StageAgain();
  void TryLater();
  void Drop(size_t place);
  void Fail(const absl::Status& status);

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;
  const std::shared_ptr<const OutboxId> outbox_;
  OpenSession* const session_;
  const Listener listener_;

  bool over_ = false;
  // The same for commands that wait for their turn, on whichever thread.
  const std::shared_ptr<std::atomic<bool>> stopped_ = std::make_shared<std::atomic<bool>>(false);
  Receiver receiver_;
  Backoff backoff_;
  // What isn't acknowledged. Of the first so many all commands are submitted.
  std::deque<Batch> waiting_;
  size_t submitted_ = 0;
  uint64_t waiting_bytes_ = 0;
  size_t commands_under_way_ = 0;
  // Up to here the outbox is staged.
  uint64_t held_ = 0;
  // How the first command failed, until all that came after it are answered and it is tried again.
  std::optional<absl::Status> failed_;
};

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_JOBS_UPLOAD_INTAKE_H_
