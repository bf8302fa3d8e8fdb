#include "hq-service/domain/operations/operation_history.h"

#include <utility>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir::hq {
namespace {

constexpr uint8_t kActions = 'a';

std::string HistoryPrefix(std::string_view resource) {
  return KeyWriter().Byte(kActions).String(resource).key();
}

}  // namespace

void AppendAction(Transaction& transaction, const v1::OperationAction& entry, Sequence sequence) {
  PutRecord(transaction, Table::kStaged,
            KeyWriter().Rest(HistoryPrefix(entry.resource())).Fixed64(sequence.value()).key(),
            entry);
}

absl::StatusOr<std::vector<v1::OperationAction>> HistoryOf(const Reader& reader,
                                                           std::string_view resource) {
  std::vector<v1::OperationAction> entries;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<v1::OperationAction>(
      reader, Table::kStaged, PrefixRange(HistoryPrefix(resource), kActionsMax),
      [&](std::string_view, v1::OperationAction entry) {
        entries.push_back(std::move(entry));
        return true;
      }));
  return entries;
}

}  // namespace comptoir::hq
