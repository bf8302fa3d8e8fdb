#include "hq-service/domain/trace.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "google/protobuf/util/time_util.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/batch_jobs/job_texts.h"
#include "hq-service/domain/conversion/conversion_warnings.h"
#include "hq-service/domain/customers/reads.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/watermarks.h"
#include "hq-service/domain/operations/operation_history.h"
#include "hq-service/domain/operations/operation_view.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using storage::v1::SettledOperation;
using v1::TraceStage;

constexpr uint8_t kSettled = 'h';
constexpr std::string_view kCustomersJob = "1010";

std::string SettledPrefix(const CustomerId& customer) {
  return KeyWriter().Byte(kSettled).Id(customer).key();
}

absl::StatusOr<std::vector<SettledOperation>> SettledOf(const Reader& reader,
                                                        const CustomerId& customer) {
  std::vector<SettledOperation> settled;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<SettledOperation>(
      reader, Table::kStaged, PrefixRange(SettledPrefix(customer), kSettledTracedMax),
      [&](std::string_view, SettledOperation operation) {
        settled.push_back(std::move(operation));
        return true;
      }));
  return settled;
}

class Trace {
 public:
  Trace(const Reader& reader, const OpenSessionOf& open) : reader_(reader), open_(open) {}

  // The session that brought this position, open or ended; empty if it isn't kept.
  absl::StatusOr<v1::Session> SessionOf(const std::string& channel_service,
                                        v1::SessionDirection direction, uint64_t lineage,
                                        uint64_t sequence) const {
    const SessionLine line{channel_service, direction};
    auto session = open_(line);
    if (!session.has_value() || !Brought(*session, lineage, sequence)) {
      COMPTOIR_ASSIGN_OR_RETURN(session, SessionThatBrought(reader_, line, lineage, sequence));
    }
    return std::move(session).value_or(v1::Session());
  }

  bool IsPaused(const std::string& channel_service) const {
    const auto session = open_({channel_service, v1::SESSION_DIRECTION_DOWNLOAD});
    return session.has_value() && session->state() == v1::SESSION_STATE_CANCELED;
  }

  // What a staged and a settled operation have in common.
  absl::Status AddOperation(const std::string& name, const std::string& channel_service,
                            const OperationAddress& address, const std::string& channel,
                            const google::protobuf::Timestamp& captured,
                            const google::protobuf::Timestamp& staged) {
    TraceStage& capture = Add(TraceStage::CAPTURED, captured);
    capture.set_channel(channel);
    capture.set_channel_service(channel_service);
    capture.set_operation(name);
    TraceStage& stage = Add(TraceStage::STAGED, staged);
    stage.set_channel_service(channel_service);
    stage.set_operation(name);
    COMPTOIR_ASSIGN_OR_RETURN(const v1::Session session,
                              SessionOf(channel_service, v1::SESSION_DIRECTION_UPLOAD,
                                        address.lineage, address.sequence));
    stage.set_session(session.name());
    COMPTOIR_ASSIGN_OR_RETURN(const auto history, HistoryOf(reader_, name));
    for (const v1::OperationAction& entry : history) {
      TraceStage& action = Add(StageOf(entry.action()), entry.time());
      action.set_operation(name);
      action.set_reason(entry.reason());
    }
    return absl::OkStatus();
  }

  TraceStage& Add(TraceStage::Stage stage, const google::protobuf::Timestamp& time) {
    TraceStage& added = stages_.emplace_back();
    added.set_stage(stage);
    *added.mutable_time() = time;
    return added;
  }

  // Those without a time come last.
  std::vector<TraceStage> Sorted() && {
    std::stable_sort(stages_.begin(), stages_.end(), [](const auto& one, const auto& other) {
      if (one.has_time() != other.has_time()) return one.has_time();
      return one.time() < other.time();
    });
    return std::move(stages_);
  }

 private:
  static TraceStage::Stage StageOf(std::string_view action) {
    if (action == kRetryAction) return TraceStage::RETRIED;
    if (action == kCorrectAction) return TraceStage::CORRECTED;
    return TraceStage::DISCARDED;
  }

  const Reader& reader_;
  const OpenSessionOf& open_;
  std::vector<TraceStage> stages_;
};

absl::Status AddStaged(const std::vector<StagedRow>& rows, Trace& trace) {
  for (const StagedRow& row : rows) {
    const auto& operation = row.staged.operation();
    const std::string name = NameOf(row);
    COMPTOIR_RETURN_IF_ERROR(trace.AddOperation(name, row.staged.channel_service(), row.address(),
                                                operation.channel(), operation.capture_time(),
                                                row.staged.staged_time()));
    if (row.queue == StagedQueue::kReady || row.queue == StagedQueue::kAsked) continue;
    const bool refused = row.queue == StagedQueue::kKept;
    TraceStage& wait = trace.Add(refused ? TraceStage::REFUSED : TraceStage::WAITING, {});
    wait.clear_time();
    wait.set_operation(name);
    wait.set_reason(row.staged.reason());
  }
  return absl::OkStatus();
}

// Returns whether one of them made the customer, which is dated as that one was captured.
absl::StatusOr<bool> AddSettled(const Reader& reader, const customer::v1::Customer& customer,
                                const std::vector<SettledOperation>& settled, Trace& trace) {
  bool numbered = false;
  uint64_t made_at = 0;
  for (const SettledOperation& operation : settled) {
    const std::string name = absl::StrCat("operations/", operation.channel_service(), "/",
                                          operation.lineage(), "/", operation.sequence());
    COMPTOIR_RETURN_IF_ERROR(trace.AddOperation(
        name, operation.channel_service(), {operation.lineage(), operation.sequence()},
        operation.channel(), operation.capture_time(), operation.staged_time()));
    if (operation.state() != replication::v1::OPERATION_STATE_APPLIED) continue;
    const bool dated_alike = !(operation.capture_time() < customer.create_time()) &&
                             !(customer.create_time() < operation.capture_time());
    // It came over another path as well.
    if (dated_alike && operation.settle_sequence() == made_at) continue;
    const bool made = dated_alike && !numbered;
    if (made) made_at = operation.settle_sequence();
    TraceStage& stage =
        trace.Add(made ? TraceStage::NUMBERED : TraceStage::CONVERTED, operation.settle_time());
    stage.set_sequence(operation.settle_sequence());
    if (!made) stage.set_operation(name);
    COMPTOIR_ASSIGN_OR_RETURN(auto warned, WarnedAt(reader, Sequence(operation.settle_sequence())));
    stage.mutable_warnings()->Swap(warned.mutable_warnings());
    numbered = numbered || made;
  }
  return numbered;
}

// Why 1010 doesn't publish by itself: as its warning says.
absl::StatusOr<std::string> WhyNotPublished(const Reader& reader) {
  const BatchJobInfo& info = *FindBatchJob(kCustomersJob);
  COMPTOIR_ASSIGN_OR_RETURN(const v1::BatchJob job, ReadBatchJob(reader, info.id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto progress, ReadProgress(reader, info.id));
  if (job.withheld()) return std::string(kJobWithheld.reason);
  if (progress.canceled()) return std::string(kJobCanceled.reason);
  if (job.mode() == v1::BATCH_JOB_MODE_MANUAL) return std::string(kJobManual.reason);
  return std::string(NextDue(job, progress).has_value() ? "" : kJobEnded.reason);
}

// A stage of its own while 1010 isn't continuous. Returns the version of the customer that channel
// services get; 0 if none is published.
absl::StatusOr<uint64_t> AddPublished(const Reader& reader, const CustomerId& id, uint64_t version,
                                      Trace& trace) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark,
                            WatermarkOf(reader, replication::v1::JOB_1010_CUSTOMERS));
  if (!watermark.has_value()) return version;
  if (version > watermark->value()) {
    TraceStage& stage = trace.Add(TraceStage::PUBLISHING, {});
    stage.clear_time();
    stage.set_sequence(version);
    COMPTOIR_ASSIGN_OR_RETURN(*stage.mutable_reason(), WhyNotPublished(reader));
    COMPTOIR_ASSIGN_OR_RETURN(const auto before,
                              FindPublishedBefore(reader, CustomerFeed(), CustomerRecordKey(id)));
    return before.has_value() ? before->sequence.value() : 0;
  }
  // The first run that took it.
  COMPTOIR_ASSIGN_OR_RETURN(const auto progress, ReadProgress(reader, kCustomersJob));
  TraceStage& stage = trace.Add(TraceStage::PUBLISHED, {});
  stage.clear_time();
  stage.set_sequence(version);
  for (uint64_t number = progress.last_run(); number > 0; --number) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto run, FindRun(reader, kCustomersJob, number));
    if (!run.has_value() || run->position() < version) break;
    *stage.mutable_time() = run->run().end_time();
  }
  return version;
}

// `published`: the version that is published.
absl::Status AddChannelServices(uint64_t version, uint64_t published,
                                const std::map<std::string, ConnectionInfo>& connections,
                                Trace& trace) {
  for (const auto& [id, connection] : connections) {
    const bool applied = published != 0 && connection.customers_acknowledged.value() >= published;
    TraceStage& stage = trace.Add(applied ? TraceStage::APPLIED : TraceStage::APPLYING, {});
    stage.clear_time();
    stage.set_channel_service(id);
    stage.set_sequence(published == 0 ? version : published);
    if (applied) {
      COMPTOIR_ASSIGN_OR_RETURN(
          const v1::Session session,
          trace.SessionOf(id, v1::SESSION_DIRECTION_DOWNLOAD, /*lineage=*/0, published));
      stage.set_session(session.name());
      if (session.has_acknowledge_time()) *stage.mutable_time() = session.acknowledge_time();
    } else if (published == 0) {
      stage.set_reason("NOT_PUBLISHED");
    } else if (trace.IsPaused(id)) {
      stage.set_reason("SESSION_PAUSED");
    } else if (!connection.subscribe_connected) {
      stage.set_reason("DISCONNECTED");
    }
  }
  return absl::OkStatus();
}

}  // namespace

void PutSettled(Transaction& transaction, const TakenOperation& taken, const Outcome& outcome,
                Sequence sequence, absl::Time now) {
  const auto& operation = taken.operation;
  SettledOperation settled;
  settled.set_channel_service(taken.channel_service);
  settled.set_lineage(taken.lineage);
  settled.set_sequence(operation.sequence());
  settled.set_channel(operation.channel());
  *settled.mutable_capture_time() = operation.capture_time();
  *settled.mutable_staged_time() = taken.staged_time;
  settled.set_state(outcome.state);
  *settled.mutable_settle_time() = ToTimestamp(now);
  settled.set_settle_sequence(sequence.value());
  PutRecord(transaction, Table::kStaged,
            KeyWriter()
                .Rest(SettledPrefix(outcome.customer))
                .Fixed64(sequence.value())
                .String(taken.channel_service)
                .Fixed64(taken.lineage)
                .Fixed64(operation.sequence())
                .key(),
            settled);
}

absl::StatusOr<v1::CustomerTrace> TraceCustomer(
    const Reader& reader, const v1::TraceCustomerRequest& request,
    const std::map<std::string, ConnectionInfo>& connections, const OpenSessionOf& open) {
  COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, CustomerOfName(reader, request.name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto shown, FindShownCustomer(reader, CustomerName(id)));
  COMPTOIR_ASSIGN_OR_RETURN(const auto settled, SettledOf(reader, id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows, StagedOfCustomer(reader, id.bytes()));

  Trace trace(reader, open);
  COMPTOIR_ASSIGN_OR_RETURN(const bool numbered,
                            AddSettled(reader, shown.customer(), settled, trace));
  COMPTOIR_RETURN_IF_ERROR(AddStaged(rows, trace));
  const customer::v1::Customer& customer = shown.customer();
  if (customer.state() == customer::v1::CUSTOMER_STATE_SYNCED && !numbered) {
    // Created in real time: captured, numbered and published at once.
    trace.Add(TraceStage::CAPTURED, customer.create_time()).set_channel(customer.channel());
    trace.Add(TraceStage::NUMBERED, customer.create_time());
  }
  if (shown.version() != 0) {
    COMPTOIR_ASSIGN_OR_RETURN(const uint64_t published,
                              AddPublished(reader, id, shown.version(), trace));
    COMPTOIR_RETURN_IF_ERROR(AddChannelServices(shown.version(), published, connections, trace));
  }

  v1::CustomerTrace answer;
  answer.set_customer(CustomerName(id));
  answer.set_state(customer.state());
  answer.set_account_number(customer.account_number());
  for (TraceStage& stage : std::move(trace).Sorted()) *answer.add_stages() = std::move(stage);
  return answer;
}

}  // namespace comptoir::hq
