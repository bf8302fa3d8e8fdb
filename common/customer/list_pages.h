// Pages of rows of a table, for the lists of customers, addresses and loyalty cards.

#ifndef COMPTOIR_COMMON_CUSTOMER_LIST_PAGES_H_
#define COMPTOIR_COMMON_CUSTOMER_LIST_PAGES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir {

struct ListPage {
  // Keys and values, in key order.
  std::vector<std::pair<std::string, std::string>> rows;
  // Empty on the last page.
  std::string next_page_token;
};

// A page of the rows whose keys begin with `prefix`. INVALID_FIELDS for a page size out of range,
// INVALID_PAGE_TOKEN for a token of another list.
absl::StatusOr<ListPage> ReadListPage(const Reader& reader, Table table, const std::string& prefix,
                                      int32_t requested_size, std::string_view token);

// Rows that one page looks at.
inline constexpr size_t kRowsPerListPageMax = 10'000;

// The same, of the rows that `keeps` says to keep. A page that has looked at so many rows ends,
// full or not.
absl::StatusOr<ListPage> ReadListPage(
    const Reader& reader, Table table, const std::string& prefix, int32_t requested_size,
    std::string_view token,
    absl::FunctionRef<bool(std::string_view key, std::string_view value)> keeps,
    size_t rows_max = kRowsPerListPageMax);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_LIST_PAGES_H_
