// What happens to customers, as downstream systems follow it. Pure: read from one snapshot. (M9)
//
// An event belongs to one customer and one position. It is there if the customer has a milestone at
// the position, or the record or an address of it has its latest entry there. So created and
// consent are seen by every reader exactly once, whatever became of the records meanwhile, and an
// edit that a later one has overtaken is seen with that.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_EVENTS_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_EVENTS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "common/storage/epochs.h"
#include "comptoir/hq/v1/change_stream.pb.h"
#include "comptoir/replication/v1/position.pb.h"

namespace comptoir::hq {

// What a consumer has read: all before `sequence`, and of `sequence` the customers up to
// `customer`; all of them if that is nothing.
struct EventCursor {
  Sequence sequence;
  std::optional<CustomerId> customer;
  friend bool operator==(const EventCursor&, const EventCursor&) = default;
};

// Tokens hold the epoch, so that HQ recognises its own. INVALID_FIELDS if it is none; DIVERGED if
// this database never gave it.
std::string EventToken(const replication::v1::Epoch& epoch, const EventCursor& cursor);
absl::StatusOr<EventCursor> OpenEventToken(const Reader& reader, std::string_view token);

struct EventLimits {
  // A batch ends at whichever comes first; one customer's part of a commit may exceed both.
  size_t events_max = 100;
  size_t bytes_max = 64 << 10;
  // Entries looked at in one step.
  size_t rows_max = 500;
};

struct EventBatch {
  // Without tokens; where the cursor stands after each.
  std::vector<v1::CustomerEvent> events;
  std::vector<EventCursor> after;
  // Where it stands after the batch, whether or not anything is sent.
  EventCursor end;
  // Nothing is left to read.
  bool at_end = false;
};

absl::StatusOr<EventBatch> ReadCustomerEvents(const Reader& reader, const EventCursor& cursor,
                                              const v1::CustomerEventFilter& filter,
                                              std::string_view language, const EventLimits& limits);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_FEEDS_CUSTOMER_EVENTS_H_
