#include "channel-service/domain/outbox/lineage.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/outbox_keys.h"
#include "channel-service/domain/timestamps.h"
#include "common/base/status.h"
#include "common/customer/operations.h"
#include "common/storage/epochs.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

using storage::v1::OutboxState;

// Every row of the outbox, settled ones that were still to be uploaded included.
absl::StatusOr<std::vector<OutboxItem>> AllItems(const Reader& reader) {
  std::vector<OutboxItem> items;
  const KeyRange range{.rows_max = SIZE_MAX};
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::OutboxEntry>(
      reader, Table::kOutbox, range, [&](std::string_view key, storage::v1::OutboxEntry entry) {
        items.push_back({.key = std::string(key), .entry = std::move(entry)});
        return true;
      }));
  return items;
}

// In the order in which they were made, as far as that is known: what was put back was made before
// the database was lost.
void SortForLineage(std::vector<OutboxItem>& items) {
  const auto rank = [](const OutboxItem& item) {
    const bool put_back = IsPutBack(item.key);
    const absl::Time captured = FromTimestamp(item.entry.operation().capture_time());
    return std::tuple(!put_back, put_back ? captured : absl::Time(), std::string_view(item.key));
  };
  std::sort(items.begin(), items.end(),
            [&](const OutboxItem& a, const OutboxItem& b) { return rank(a) < rank(b); });
}

void RemoveItem(Transaction& transaction, const OutboxItem& item) {
  const replication::v1::Operation& operation = item.entry.operation();
  transaction.Delete(Table::kOutbox, item.key);
  transaction.Delete(Table::kIndex, CustomerIndexKey(operation.customer_id(), item.key));
  if (IsFinal(item.entry.state())) {
    transaction.Delete(Table::kIndex, MarkedKey(operation.sequence()));
  }
}

}  // namespace

absl::Status BeginRun(Transaction& transaction, Random& random) {
  COMPTOIR_ASSIGN_OR_RETURN(OutboxState state, ReadOutboxState(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch,
                            BeginEpoch(transaction, random, Sequence(state.last_sequence() + 1)));
  if (state.lineage() != 0) {
    return state.depth() == 0 ? BeginCountingOthers(transaction) : GoOnCountingOthers(transaction);
  }
  state.set_lineage(NewLineage(random));
  state.set_first_epoch_counter(epoch.counter());
  PutOutboxState(transaction, state);
  return BeginCountingOthers(transaction);
}

absl::StatusOr<std::optional<uint64_t>> UploadAfter(const Reader& reader,
                                                    const hq::v1::UploadHelloReply& reply) {
  COMPTOIR_ASSIGN_OR_RETURN(const OutboxState state, ReadOutboxState(reader));
  const bool same = reply.lineage() == state.lineage();
  const uint64_t held = same ? reply.position().sequence() : 0;
  if (held < state.acknowledged_sequence()) return std::nullopt;
  if (!same || held == 0) return 0;
  if (reply.position().epoch_counter() < state.first_epoch_counter()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(
      const bool own, IsOwnPosition(reader, reply.position(), Sequence(state.last_sequence())));
  if (!own) return std::nullopt;
  return held;
}

absl::Status BeginLineage(Transaction& transaction, uint64_t lineage, Random& random) {
  COMPTOIR_ASSIGN_OR_RETURN(std::vector<OutboxItem> items, AllItems(transaction));
  SortForLineage(items);
  // Epochs begin with the sequences that they can give: this one gives all of its lineage.
  COMPTOIR_ASSIGN_OR_RETURN(const auto epoch, BeginEpoch(transaction, random, Sequence(1)));

  OutboxState state;
  state.set_lineage(lineage);
  state.set_first_epoch_counter(epoch.counter());
  for (const OutboxItem& item : items) RemoveItem(transaction, item);
  COMPTOIR_RETURN_IF_ERROR(BeginCountingOthers(transaction));
  std::set<std::array<std::string, 3>> requests;
  std::set<std::string> created;
  bool single_creates = true;
  for (OutboxItem& item : items) {
    replication::v1::Operation& operation = *item.entry.mutable_operation();
    if (IsFinal(item.entry.state())) continue;
    const bool is_new = requests
                            .insert({operation.request_id(), operation.request_digest(),
                                     operation.customer_digest()})
                            .second;
    if (!is_new) continue;
    // What was put back may be another create of the same customer.
    if (operation.has_create_customer()) {
      single_creates &= created.insert(operation.customer_id()).second;
    }
    COMPTOIR_RETURN_IF_ERROR(AppendOperation(transaction, state, std::move(operation)));
  }
  if (!single_creates) StopCountingOthers(transaction);
  PutOutboxState(transaction, state);
  return absl::OkStatus();
}

uint64_t NewLineage(Random& random) {
  uint64_t lineage = 0;
  while (lineage == 0) lineage = random.Next();
  return lineage;
}

}  // namespace comptoir::channel
