#include "channel-service/domain/served_channels.h"

#include <algorithm>
#include <utility>

#include "channel-service/domain/data_filter.h"
#include "common/base/status.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::channel {
namespace {

// Configuration arrives record by record: what a channel refers to may still be missing.
bool HasNotCome(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  return reason == Reason::kChannelNotFound || reason == Reason::kConfigurationMissing;
}

absl::Status Closed(const std::string& channel) {
  return MakeError(Reason::kChannelNotServed, "HQ has closed the channel.", {{"channel", channel}});
}

// More than any chain has.
constexpr size_t kAffiliationRecordsMax = 100'000;

absl::StatusOr<absl::flat_hash_set<std::string>> ReadVisibleAffiliations(const Reader& reader) {
  absl::flat_hash_set<std::string> visible;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::ConfigurationRecord>(
      reader, Table::kRecords,
      PrefixRange(ConfigurationRecordKey(replication::v1::RECORD_KIND_AFFILIATION, ""),
                  kAffiliationRecordsMax),
      [&](std::string_view key, const storage::v1::ConfigurationRecord& record) {
        if (!record.configuration().affiliation().hidden()) visible.emplace(key.substr(1));
        return true;
      }));
  return visible;
}

}  // namespace

ServedChannels::ServedChannels(std::vector<std::string> channels) : numbers_(std::move(channels)) {}

absl::StatusOr<std::string> ServedChannels::Trusted(std::string_view requested) const {
  const bool only_one = requested.empty() && numbers_.size() == 1;
  const auto served =
      only_one ? numbers_.begin() : std::find(numbers_.begin(), numbers_.end(), requested);
  if (served == numbers_.end()) {
    return MakeError(Reason::kChannelNotServed, "This channel service doesn't serve the channel.",
                     {{"channel", std::string(requested)}});
  }
  MutexLock lock(mutex_);
  const auto found = configured_.find(*served);
  if (found == configured_.end() || found->second != nullptr) return *served;
  return Closed(*served);
}

absl::StatusOr<std::shared_ptr<const ConfiguredChannel>> ServedChannels::Configured(
    std::string_view requested) const {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, Trusted(requested));
  MutexLock lock(mutex_);
  const auto found = configured_.find(number);
  if (found != configured_.end() && found->second == nullptr) return Closed(number);
  if (found != configured_.end()) return found->second;
  return MakeError(Reason::kConfigurationMissing, "The channel's configuration hasn't come yet.",
                   {{"channel", number}});
}

void ServedChannels::HideAffiliations(customer::v1::Customer& customer) const {
  if (customer.affiliations().empty()) return;
  const std::shared_ptr<const Ids> visible = [this] {
    MutexLock lock(mutex_);
    return visible_affiliations_;
  }();
  auto& ids = *customer.mutable_affiliations();
  ids.erase(std::remove_if(ids.begin(), ids.end(),
                           [&](const std::string& id) { return !visible->contains(id); }),
            ids.end());
}

absl::Status ServedChannels::Refresh(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const DataFilter filter, ReadDataFilter(reader));
  filtered_ = filter.filtered();
  COMPTOIR_ASSIGN_OR_RETURN(Ids visible, ReadVisibleAffiliations(reader));
  Snapshot configured;
  for (const std::string& number : numbers_) {
    COMPTOIR_ASSIGN_OR_RETURN(
        const auto record,
        ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords, ChannelRecordKey(number)));
    if (record.has_value() && record->channel().retired()) {
      // Closed: nobody serves it any more. What it had captured still goes home.
      configured[number] = nullptr;
      continue;
    }
    auto channel = ReadConfiguredChannel(reader, number);
    if (channel.ok()) {
      configured[number] = *std::move(channel);
    } else if (!HasNotCome(channel.status())) {
      return channel.status();
    }
  }
  MutexLock lock(mutex_);
  configured_ = std::move(configured);
  visible_affiliations_ = std::make_shared<const Ids>(std::move(visible));
  return absl::OkStatus();
}

bool ServedChannels::complete() const {
  MutexLock lock(mutex_);
  return configured_.size() == numbers_.size();
}

}  // namespace comptoir::channel
