#include "hq-service/domain/conversion/number_queue.h"

#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/number_sequences.h"

namespace comptoir::hq {
namespace {

std::string GroupPrefix(std::string_view customer_group) {
  return KeyWriter().Rest(StagedQueuePrefix(StagedQueue::kNumber)).String(customer_group).key();
}

absl::Status CorruptWaiting() {
  return MakeError(Reason::kStorageCorrupt, "A key of what waits for a number cannot be read.");
}

absl::StatusOr<std::optional<WaitingGroup>> ParseKey(std::string_view key) {
  KeyReader parts(key.substr(StagedQueuePrefix(StagedQueue::kNumber).size()));
  auto group = parts.String();
  const auto place = PlaceAtEnd(key);
  if (!group.has_value() || !place.has_value()) return CorruptWaiting();
  return WaitingGroup{*std::move(group), *place};
}

// The first group of the range.
absl::StatusOr<std::optional<WaitingGroup>> FirstGroup(const Reader& reader,
                                                       const KeyRange& range) {
  std::optional<std::string> first;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kStaged, range, [&](std::string_view key) {
    first = key;
    return false;
  }));
  if (!first.has_value()) return std::nullopt;
  return ParseKey(*first);
}

// Whether a sequence gives a number now, asked once.
class Sequences {
 public:
  explicit Sequences(const Reader& reader) : reader_(reader) {}

  absl::StatusOr<bool> NumbersGroup(const std::string& customer_group) {
    COMPTOIR_ASSIGN_OR_RETURN(const std::string sequence,
                              NumberSequenceOf(reader_, customer_group));
    const auto known = usable_.find(sequence);
    if (known != usable_.end()) return known->second;
    const absl::Status number = PeekNumber(reader_, sequence).status();
    if (!number.ok() && !IsNumberProblem(number)) return number;
    usable_[sequence] = number.ok();
    return number.ok();
  }

 private:
  const Reader& reader_;
  absl::btree_map<std::string, bool> usable_;
};

}  // namespace

absl::StatusOr<std::vector<WaitingGroup>> WaitingForNumbers(const Reader& reader) {
  std::vector<WaitingGroup> groups;
  KeyRange range = PrefixRange(StagedQueuePrefix(StagedQueue::kNumber), 1);
  while (groups.size() < kWaitingGroupsMax) {
    COMPTOIR_ASSIGN_OR_RETURN(auto group, FirstGroup(reader, range));
    if (!group.has_value()) break;
    range.begin = PrefixRange(GroupPrefix(group->customer_group)).end;
    groups.push_back(*std::move(group));
  }
  return groups;
}

absl::StatusOr<std::vector<StagedPlace>> NumberedNow(const Reader& reader, size_t places_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto groups, WaitingForNumbers(reader));
  Sequences sequences(reader);
  std::vector<StagedPlace> places;
  for (const WaitingGroup& group : groups) {
    if (places.size() >= places_max) break;
    COMPTOIR_ASSIGN_OR_RETURN(const bool numbered, sequences.NumbersGroup(group.customer_group));
    if (!numbered) continue;
    COMPTOIR_RETURN_IF_ERROR(
        ScanKeys(reader, Table::kStaged,
                 PrefixRange(GroupPrefix(group.customer_group), places_max - places.size()),
                 [&](std::string_view key) -> absl::StatusOr<bool> {
                   const auto place = PlaceAtEnd(key);
                   if (!place.has_value()) return CorruptWaiting();
                   places.push_back(*place);
                   return true;
                 }));
  }
  return places;
}

}  // namespace comptoir::hq
