// Finds customers by what people say of them. Reads the index that customers.h writes; a committed
// change is found by the next search (V7).

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_H_

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/customer/records/shown_customers.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir {

class SearchMemory;

// `country` (ISO 3166-1 alpha-2, may be empty) is the channel's, for phone numbers without a
// country prefix. Ranked: exact account number, UUID, e-mail or phone first; then names before
// e-mails before addresses, those with most words matched whole; of more equally good ones than a
// page holds, some, and the answer says that there are more. If that doesn't fill a page, those
// follow who have a word within words of their names or addresses, those whose phone begins with
// the one or two digits typed, and those that are one typing error away (near_values.h). Words are
// looked for in `memory` once it is ready, and only there within longer ones; null: in the index.
// Whoever isn't shown takes nobody's place: neither on the page nor among those that are ranked.
absl::StatusOr<customer::v1::SearchCustomersResponse> SearchCustomers(
    const Reader& reader, const customer::v1::SearchCustomersRequest& request,
    std::string_view country, std::string_view language, const IsShown& is_shown = nullptr,
    SearchMemory* memory = nullptr);

// The same in bytes that parse to it; `hide` takes out of a customer what callers don't see.
// Customers that lie in the database as they are shown aren't parsed.
absl::StatusOr<std::string> SearchCustomersBytes(
    const Reader& reader, const customer::v1::SearchCustomersRequest& request,
    std::string_view country, std::string_view language, const IsShown& is_shown,
    absl::FunctionRef<void(customer::v1::Customer&)> hide, SearchMemory* memory = nullptr);

// Whether it asks for names or places: those are found in a memory that is ready, where everybody
// is shown, without a look into the index but for one loyalty card.
bool IsOfWords(const customer::v1::SearchCustomersRequest& request);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_H_
