// Invariants of a channel service whose customer data is filtered for a while. (S9)

#include "absl/strings/str_cat.h"
#include "channel-service/domain/data_filter.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/sim/invariants.h"
#include "tests/sim/rows.h"

namespace comptoir::sim {

namespace {

using channel::DataFilter;
using channel::FilterStage;
using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_CUSTOMER;

DataFilter FilterOf(const Node& node) {
  const auto filter = channel::ReadDataFilter(node.latest());
  return filter.ok() ? *filter : DataFilter();
}

bool IsOfCustomer(std::string_view key) {
  return KindOf(key) == RECORD_KIND_CUSTOMER || KindOf(key) == RECORD_KIND_ADDRESS ||
         KindOf(key) == replication::v1::RECORD_KIND_LOYALTY_CARD;
}

// What this row tells of customers; empty: nothing.
std::string CustomerDataIn(Table table, std::string_view key, const std::string& value) {
  switch (table) {
    case Table::kRecords:
      return IsOfCustomer(key) ? Describe(key) : "";
    case Table::kIndex:
      return "an entry of the index";
    case Table::kOutbox:
      return "an operation";
    case Table::kRequests: {
      const auto outcome = Parse<storage::v1::RequestOutcome>(value);
      const bool digest = outcome.has_value() && !outcome->request_digest().empty();
      return digest ? "the digest of a request" : "";
    }
    default:
      return "";
  }
}

}  // namespace

void Invariants::CheckFilteredCommit(Node& node, const std::vector<RowChange>& changes) {
  if (IsHq(node) || !model_.MayForget(node)) return;
  const DataFilter filter = FilterOf(node);
  if (filter.stage >= FilterStage::kRemoving && !operations_[&node].empty()) {
    context_.Fail(node.name(), "removes customer data while operations aren't settled");
  }
  if (filter.stage < FilterStage::kRewriting) return;
  for (const RowChange& change : changes) {
    if (!change.after.has_value()) continue;
    const std::string data = CustomerDataIn(change.table, change.key, *change.after);
    if (!data.empty()) context_.Fail(node.name(), absl::StrCat("is filtered and stores ", data));
  }
}

void Invariants::CheckFiltered(ChannelNode& channel) {
  const DataFilter filter = FilterOf(channel);
  if (filter.stage < FilterStage::kRewriting) return;
  if (filter.purged()) context_.Count(Fault::kDataPurged);
  for (const Table table : {Table::kRecords, Table::kIndex, Table::kOutbox, Table::kRequests}) {
    for (const auto& [key, value] : AllRows(channel.latest(), table)) {
      const std::string data = CustomerDataIn(table, key, value);
      if (data.empty()) continue;
      return context_.Fail(channel.name(), absl::StrCat("is filtered and holds ", data));
    }
  }
}

std::optional<std::string> Invariants::FilteredDiffers(ChannelNode& channel) {
  const DataFilter filter = FilterOf(channel);
  if (!filter.filtered()) return std::nullopt;
  // What HQ keeps for a person keeps the purge waiting.
  if (!filter.purged() && operations_[&channel].empty()) return "isn't purged";
  Rows at_hq = DistributedRecords(hq_->latest());
  Rows at_channel = DistributedRecords(channel.latest());
  std::erase_if(at_hq, [](const auto& row) { return IsOfCustomer(row.first); });
  std::erase_if(at_channel, [](const auto& row) { return IsOfCustomer(row.first); });
  return at_hq == at_channel ? "" : "its configuration differs";
}

}  // namespace comptoir::sim
