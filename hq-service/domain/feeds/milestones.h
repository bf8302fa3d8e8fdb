// What downstream systems must learn of each customer however late they read: that it got its
// account number, and each change of its consent. A feed keeps the latest entry of a record only,
// so these positions are kept beside it, for ever. (M9)
//
// Table feeds: 3 (2 bytes; no job has this number), sequence (8 bytes), customer UUID; no value.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_MILESTONES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_MILESTONES_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"

namespace comptoir::hq {

// Whoever gives a customer its account number puts one at the record's created_sequence.
void PutMilestone(Transaction& transaction, Sequence sequence, const CustomerId& customer);

// Where those of all positions, and those of `sequence`, begin.
std::string MilestonePrefix();
std::string MilestonePosition(Sequence sequence);

struct Milestone {
  Sequence sequence;
  CustomerId customer;
};
std::optional<Milestone> ParseMilestone(std::string_view key);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_MILESTONES_H_
