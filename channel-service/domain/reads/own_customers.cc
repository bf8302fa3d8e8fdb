#include "channel-service/domain/reads/own_customers.h"

#include <algorithm>
#include <memory>

#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/pending.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"

namespace comptoir::channel {
namespace {

using storage::v1::CustomerRecord;

bool IsInBooks(const ChannelConfiguration& channel, const CustomerRecord& record) {
  const auto& books = channel.address_books;
  const auto& own = record.customer().address_books();
  return books.empty() || std::any_of(own.begin(), own.end(), [&](const std::string& book) {
           return std::find(books.begin(), books.end(), book) != books.end();
         });
}

absl::StatusOr<bool> HasUnsettledWork(const Reader& reader, const std::string& channel,
                                      const CustomerRecord& record) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto items,
                            OperationsOfCustomer(reader, IdOf(record.customer())));
  return std::any_of(items.begin(), items.end(), [&](const OutboxItem& item) {
    return item.entry.operation().channel() == channel;
  });
}

}  // namespace

IsShown ShownIn(const Reader& reader, const ServedChannels& channels, const std::string& channel) {
  if (channels.numbers().size() == 1) return nullptr;
  std::shared_ptr<const ConfiguredChannel> configured;
  if (auto found = channels.Configured(channel); found.ok()) configured = *std::move(found);
  return [&reader, channel, configured](const CustomerRecord& record) -> absl::StatusOr<bool> {
    if (IsRejected(record)) return true;
    // A pending one has the books of the channel that made it, which others may share: they find it
    // when HQ has it.
    const bool of_hq = record.version() > 0;
    if (of_hq && (configured == nullptr || IsInBooks(configured->configuration, record))) {
      return true;
    }
    return HasUnsettledWork(reader, channel, record);
  };
}

}  // namespace comptoir::channel
