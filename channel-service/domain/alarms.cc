#include "channel-service/domain/alarms.h"

namespace comptoir::channel {
namespace {

const char* Name(Alarm alarm) {
  switch (alarm) {
    case Alarm::kDiverged:
      return "DIVERGED";
    case Alarm::kLineageFenced:
      return "LINEAGE_FENCED";
    case Alarm::kUnauthenticated:
      return "UNAUTHENTICATED";
    case Alarm::kProtocolVersion:
      return "PROTOCOL_VERSION";
    case Alarm::kChangesCorrupt:
      return "CHANGES_CORRUPT";
    case Alarm::kOperationsCorrupt:
      return "OPERATIONS_CORRUPT";
  }
  return "";
}

}  // namespace

void Alarms::Raise(Alarm alarm) {
  {
    MutexLock lock(mutex_);
    if (!raised_.insert(alarm).second) return;
  }
  LogError(logger_, "alarm raised", {{"alarm", Name(alarm)}});
}

void Alarms::Clear(Alarm alarm) {
  {
    MutexLock lock(mutex_);
    if (raised_.erase(alarm) == 0) return;
  }
  LogInfo(logger_, "alarm cleared", {{"alarm", Name(alarm)}});
}

std::vector<std::string> Alarms::Names() const {
  MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const Alarm alarm : raised_) names.emplace_back(Name(alarm));
  return names;
}

}  // namespace comptoir::channel
