// Which channel services keep no customer data: those whose channel database group filters it. (S9)

#ifndef COMPTOIR_COMMON_CUSTOMER_DATA_FILTER_H_
#define COMPTOIR_COMMON_CUSTOMER_DATA_FILTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/storage/database.h"

namespace comptoir {

// True if a service of these channels is filtered: one channel in a filtering group is enough, for
// all of them share its database. What hasn't come yet filters nothing.
absl::StatusOr<bool> IsCustomerDataFiltered(const Reader& reader,
                                            absl::Span<const std::string> channels);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_DATA_FILTER_H_
