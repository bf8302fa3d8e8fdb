#include "hq-service/domain/recovery/lineages.h"

#include <algorithm>
#include <limits>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/recovery/fenced_lineages.h"

namespace comptoir::hq {
namespace {

using storage::v1::UploadPosition;

// Table cursors holds nothing else at HQ.
std::string Key(std::string_view channel_service) {
  return KeyWriter().Rest(channel_service).key();
}

bool SameChannels(const UploadPosition& position, const std::vector<std::string>& channels) {
  return std::equal(position.channels().begin(), position.channels().end(), channels.begin(),
                    channels.end());
}

void SetChannels(UploadPosition& position, const std::vector<std::string>& channels) {
  position.mutable_channels()->Assign(channels.begin(), channels.end());
}

bool IsRetired(const UploadPosition& position, uint64_t lineage) {
  const auto& retired = position.retired_lineages();
  return std::find(retired.begin(), retired.end(), lineage) != retired.end();
}

// The oldest are forgotten; should one of them return, its operations are told by their UUIDs.
void Retire(UploadPosition& position) {
  auto& retired = *position.mutable_retired_lineages();
  if (retired.size() == kRetiredLineagesMax) retired.erase(retired.begin());
  retired.Add(position.lineage());
}

// An operator has taken it.
void Unretire(UploadPosition& position, uint64_t lineage) {
  auto& retired = *position.mutable_retired_lineages();
  retired.erase(std::remove(retired.begin(), retired.end(), lineage), retired.end());
}

}  // namespace

absl::StatusOr<std::optional<UploadPosition>> FindUploadPosition(const Reader& reader,
                                                                 std::string_view channel_service) {
  return ReadRecord<UploadPosition>(reader, Table::kCursors, Key(channel_service));
}

void PutUploadPosition(Transaction& transaction, std::string_view channel_service,
                       const UploadPosition& position) {
  PutRecord(transaction, Table::kCursors, Key(channel_service), position);
}

absl::Status ForEachUploadPosition(
    const Reader& reader,
    const std::function<void(std::string_view, const UploadPosition&)>& visit) {
  return ScanRecords<UploadPosition>(reader, Table::kCursors,
                                     {.rows_max = std::numeric_limits<size_t>::max()},
                                     [&](std::string_view key, const UploadPosition& position) {
                                       visit(key, position);
                                       return true;
                                     });
}

absl::StatusOr<UploadPosition> AdmitLineage(Transaction& transaction, const LineageHello& hello) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto held,
                            FindUploadPosition(transaction, hello.channel_service));
  UploadPosition position = held.value_or(UploadPosition());
  if (held.has_value() && held->lineage() == hello.lineage) {
    if (SameChannels(position, hello.channels)) return position;
  } else {
    COMPTOIR_ASSIGN_OR_RETURN(const auto fenced,
                              FindFenced(transaction, hello.channel_service, hello.lineage));
    const auto order =
        fenced.has_value() ? fenced->order() : storage::v1::LINEAGE_ORDER_UNSPECIFIED;
    const bool taken = order == storage::v1::LINEAGE_ORDER_TAKE;
    if (!taken && (hello.other_lineage_connected || IsRetired(position, hello.lineage))) {
      std::vector<std::pair<std::string, std::string>> metadata = {
          {"channel_service", hello.channel_service}};
      if (order == storage::v1::LINEAGE_ORDER_DISCARD) {
        metadata.emplace_back("discard", fenced->order_reason());
      }
      return MakeError(
          Reason::kLineageFenced,
          "Another lineage of this channel service is in use, or this one was retired.", metadata);
    }
    if (held.has_value()) Retire(position);
    Unretire(position, hello.lineage);
    if (fenced.has_value()) ForgetFenced(transaction, hello.channel_service, hello.lineage);
    position.set_lineage(hello.lineage);
    position.clear_position();
  }
  SetChannels(position, hello.channels);
  PutUploadPosition(transaction, hello.channel_service, position);
  return position;
}

}  // namespace comptoir::hq
