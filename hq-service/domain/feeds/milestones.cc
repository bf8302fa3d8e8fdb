#include "hq-service/domain/feeds/milestones.h"

#include "common/storage/key_codec.h"

namespace comptoir::hq {
namespace {

// Stands where a job would.
constexpr uint16_t kMilestones = 3;

}  // namespace

void PutMilestone(Transaction& transaction, Sequence sequence, const CustomerId& customer) {
  transaction.Put(Table::kFeeds, KeyWriter().Rest(MilestonePosition(sequence)).Id(customer).key(),
                  "");
}

std::string MilestonePrefix() { return KeyWriter().Fixed16(kMilestones).key(); }

std::string MilestonePosition(Sequence sequence) {
  return KeyWriter().Fixed16(kMilestones).Fixed64(sequence.value()).key();
}

std::optional<Milestone> ParseMilestone(std::string_view key) {
  KeyReader reader(key);
  reader.Fixed16();
  const auto sequence = reader.Fixed64();
  const auto customer = reader.Id();
  if (!reader.AtEnd()) return std::nullopt;
  return Milestone{Sequence(*sequence), *customer};
}

}  // namespace comptoir::hq
