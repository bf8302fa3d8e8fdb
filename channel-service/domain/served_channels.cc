#include "channel-service/domain/served_channels.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"

namespace comptoir::channel {
namespace {

// Configuration arrives record by record: what a channel refers to may still be missing.
bool HasNotCome(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::kChannelNotFound || reason == Reason::kConfigurationMissing;
}

}  // namespace

ServedChannels::ServedChannels(std::vector<std::string> channels) : numbers_(std::move(channels)) {}

absl::StatusOr<std::string> ServedChannels::Trusted(std::string_view requested) const {
  if (requested.empty() && numbers_.size() == 1) return numbers_.front();
  const auto served = std::find(numbers_.begin(), numbers_.end(), requested);
  if (served != numbers_.end()) return *served;
  return MakeError(Reason::kChannelNotServed, "This channel service doesn't serve the channel.",
                   {{"channel", std::string(requested)}});
}

absl::StatusOr<std::shared_ptr<const ConfiguredChannel>> ServedChannels::Configured(
    std::string_view requested) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, Trusted(requested));
  MutexLock lock(mutex_);
  const auto found = configured_.find(number);
  if (found != configured_.end()) return found->second;
  return MakeError(Reason::kConfigurationMissing, "The channel's configuration hasn't come yet.",
                   {{"channel", number}});
}

absl::Status ServedChannels::Refresh(const Reader& reader) {
  Snapshot configured;
  auto key = ReadDigestKey(reader);
  if (!key.ok() && !HasNotCome(key.status())) return key.status();
  for (const std::string& number : numbers_) {
    if (!key.ok()) break;
    auto configuration = ReadChannelConfiguration(reader, number);
    if (configuration.ok()) {
      configured[number] = std::make_shared<const ConfiguredChannel>(
          ConfiguredChannel{*std::move(configuration), *key});
    } else if (!HasNotCome(configuration.status())) {
      return configuration.status();
    }
  }
  MutexLock lock(mutex_);
  configured_ = std::move(configured);
  return absl::OkStatus();
}

bool ServedChannels::complete() const {
  MutexLock lock(mutex_);
  return configured_.size() == numbers_.size();
}

}  // namespace comptoir::channel
