#include "hq-service/jobs/channel_services.h"

#include <algorithm>

#include "common/base/status.h"

namespace comptoir::hq {
namespace {

// Of one channel service; a fenced one that draws lineage after lineage must not fill the memory.
constexpr size_t kAlarmsMax = 100;

}  // namespace

absl::StatusOr<uint64_t> ChannelServices::Connect(std::string_view channel_service, Stream stream,
                                                  uint64_t lineage, End end) {
  auto service = services_.find(channel_service);
  if (service == services_.end()) {
    if (services_.size() == kChannelServicesMax) {
      return MakeError(Reason::kOverloaded, "Too many channel services.");
    }
    service = services_.emplace(channel_service, Service()).first;
  }
  Connection& connection = service->second.connections[static_cast<size_t>(stream)];
  const Connection replaced =
      std::exchange(connection, {.id = ++last_id_, .lineage = lineage, .end = std::move(end)});
  const uint64_t id = connection.id;
  if (replaced.id != 0) {
    replaced.end(absl::CancelledError("The channel service opened this stream again."));
  }
  return id;
}

void ChannelServices::Disconnect(std::string_view channel_service, Stream stream,
                                 uint64_t connection_id) {
  const auto service = services_.find(channel_service);
  if (service == services_.end()) return;
  Connection& connection = service->second.connections[static_cast<size_t>(stream)];
  if (connection.id == connection_id) connection = Connection();
}

bool ChannelServices::IsConnected(std::string_view channel_service, Stream stream,
                                  uint64_t lineage) const {
  const auto service = services_.find(channel_service);
  if (service == services_.end()) return false;
  const Connection& connection = service->second.connections[static_cast<size_t>(stream)];
  return connection.id != 0 && connection.lineage == lineage;
}

bool ChannelServices::IsOtherLineageConnected(std::string_view channel_service,
                                              uint64_t lineage) const {
  const auto service = services_.find(channel_service);
  if (service == services_.end()) return false;
  return std::any_of(service->second.connections.begin(), service->second.connections.end(),
                     [&](const Connection& connection) {
                       return connection.id != 0 && connection.lineage != lineage;
                     });
}

void ChannelServices::SetAcknowledged(std::string_view channel_service, Sequence configuration,
                                      Sequence customers) {
  const auto service = services_.find(channel_service);
  if (service == services_.end()) return;
  service->second.configuration_acknowledged = configuration;
  service->second.customers_acknowledged = customers;
}

void ChannelServices::RaiseAlarm(std::string_view channel_service, Reason reason,
                                 uint64_t lineage) {
  auto service = services_.find(channel_service);
  if (service == services_.end()) {
    if (services_.size() == kChannelServicesMax) return;
    service = services_.emplace(channel_service, Service()).first;
  }
  if (service->second.alarms.size() < kAlarmsMax) service->second.alarms.emplace(reason, lineage);
}

void ChannelServices::ClearAlarm(std::string_view channel_service, Reason reason,
                                 uint64_t lineage) {
  const auto service = services_.find(channel_service);
  if (service != services_.end()) service->second.alarms.erase({reason, lineage});
}

std::map<std::string, ConnectionInfo> ChannelServices::List() const {
  std::map<std::string, ConnectionInfo> list;
  for (const auto& [id, service] : services_) {
    const auto connected = [&service = service](Stream stream) {
      return service.connections[static_cast<size_t>(stream)].id != 0;
    };
    ConnectionInfo& info = list[id];
    info = {.upload_connected = connected(Stream::kUpload),
            .subscribe_connected = connected(Stream::kSubscribe),
            .acknowledged =
                std::min(service.configuration_acknowledged, service.customers_acknowledged),
            .configuration_acknowledged = service.configuration_acknowledged,
            .customers_acknowledged = service.customers_acknowledged};
    for (const auto& [reason, lineage] : service.alarms) {
      const std::string name(ReasonName(reason));
      // Sorted by reason: the same one of several lineages is one alarm.
      if (info.alarms.empty() || info.alarms.back() != name) info.alarms.push_back(name);
    }
  }
  return list;
}

}  // namespace comptoir::hq
