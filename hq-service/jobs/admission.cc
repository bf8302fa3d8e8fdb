#include "hq-service/jobs/admission.h"

#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/configuration/validate_configuration.h"
#include "hq-service/domain/recovery/lineages.h"

namespace comptoir::hq {
namespace {

constexpr uint32_t kProtocolVersion = 1;
constexpr size_t kChannelsPerServiceMax = 1000;

}  // namespace

void RaiseAlarm(JobContext& context, const StreamHello& hello, Reason reason) {
  LogError(
      context.environment.logger, "a channel service needs an operator",
      {{"channel_service", hello.channel_service}, {"reason", reason}, {"lineage", hello.lineage}});
  context.channel_services.RaiseAlarm(hello.channel_service, reason, hello.lineage);
}

absl::Status Admission::Check() const {
  if (context_->stopped) return MakeError(Reason::kShuttingDown, "HQ is shutting down.");
  if (hello_.protocol_version != kProtocolVersion) {
    return MakeError(Reason::kProtocolVersion, "HQ speaks protocol version 1.",
                     {{"protocol_version", std::to_string(kProtocolVersion)}});
  }
  FieldViolations violations;
  if (!IsChannelServiceId(hello_.channel_service)) {
    violations.Add("channel_service", "ID_INVALID",
                   "1 to 64 letters, digits, hyphens, dots, underscores.");
  }
  if (hello_.channels.size() > kChannelsPerServiceMax) {
    violations.Add("channels", "TOO_MANY", "At most 1,000.");
  }
  return violations.ToStatus();
}

void Admission::Start(StreamHello hello, ChannelServices::End end, Admitted admitted) {
  hello_ = std::move(hello);
  end_ = std::move(end);
  if (absl::Status status = Check(); !status.ok()) return admitted(std::move(status));

  lineage_connected_ =
      context_->channel_services.IsConnected(hello_.channel_service, hello_.stream, hello_.lineage);
  // A newcomer beside another lineage has no place yet, nor one that may be a copy: it must not end
  // the other's stream.
  const bool may_be_copy = lineage_connected_ && hello_.epoch.has_value();
  if (!IsOtherLineageConnected() && !may_be_copy) {
    if (absl::Status status = Connect(); !status.ok()) return admitted(std::move(status));
  }
  Ask(std::move(admitted));
}

bool Admission::IsOtherLineageConnected() const {
  return context_->channel_services.IsOtherLineageConnected(hello_.channel_service, hello_.lineage);
}

void Admission::Ask(Admitted admitted) {
  LineageHello lineage{.channel_service = hello_.channel_service,
                       .channels = hello_.channels,
                       .lineage = hello_.lineage,
                       .other_lineage_connected = IsOtherLineageConnected()};
  // Who is to be served isn't bulk: a hello that waits behind uploads, or is turned away, is a
  // store that gets nothing.
  context_->commands.RunAndPost<storage::v1::UploadPosition>(
      Priority::kPrompt,
      [lineage = std::move(lineage)](Transaction& transaction) {
        return AdmitLineage(transaction, lineage);
      },
      [context = context_, hello = hello_,
       admitted = std::move(admitted)](absl::StatusOr<storage::v1::UploadPosition> position) {
        if (ReasonOf(position.status()) == Reason::kLineageFenced) {
          RaiseAlarm(*context, hello, Reason::kLineageFenced);
        } else if (position.ok()) {
          context->channel_services.ClearAlarm(hello.channel_service, Reason::kLineageFenced,
                                               hello.lineage);
        }
        admitted(std::move(position));
      });
}

absl::Status Admission::Connect() {
  auto id = context_->channel_services.Connect(hello_.channel_service, hello_.stream,
                                               hello_.lineage, end_);
  if (!id.ok()) return id.status();
  connection_id_ = *id;
  return absl::OkStatus();
}

absl::Status Admission::Confirm() { return connection_id_ == 0 ? Connect() : absl::OkStatus(); }

bool Admission::IsCopy(const storage::v1::UploadPosition& held) const {
  if (!lineage_connected_ || !hello_.epoch.has_value()) return false;
  const replication::v1::Position& position = held.position();
  return position.epoch_counter() > hello_.epoch->counter() ||
         (position.epoch_counter() == hello_.epoch->counter() &&
          position.epoch_id() != hello_.epoch->id());
}

void Admission::Leave() {
  if (connection_id_ == 0) return;
  context_->channel_services.Disconnect(hello_.channel_service, hello_.stream, connection_id_);
  connection_id_ = 0;
}

}  // namespace comptoir::hq
