// Pages of rows of a table, for lists. A token is the last key that its page looked at, bound to
// the list that it was given for.

#ifndef COMPTOIR_COMMON_STORAGE_PAGES_H_
#define COMPTOIR_COMMON_STORAGE_PAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir {

inline constexpr int32_t kPageSizeDefault = 100;
inline constexpr int32_t kPageSizeMax = 1'000;

// Rows that one page looks at.
inline constexpr size_t kRowsPerPageMax = 10'000;

// The size of a page for which `requested` was said: 0 stands for the default. INVALID_FIELDS if it
// is out of range.
absl::StatusOr<size_t> PageSizeOf(int32_t requested, int32_t size_default = kPageSizeDefault,
                                  int32_t size_max = kPageSizeMax);

struct PageRequest {
  int32_t page_size = 0;
  // Of the page before; empty: the first page.
  std::string_view page_token;
  // The last rows first.
  bool reverse = false;
};

struct Page {
  // Keys and values.
  std::vector<std::pair<std::string, std::string>> rows;
  // Empty on the last page.
  std::string next_page_token;
};

// The next rows whose keys begin with one of `prefixes`, which are read one after the other.
// INVALID_FIELDS for a page size out of range, INVALID_PAGE_TOKEN for a token of another list.
absl::StatusOr<Page> ReadPage(const Reader& reader, Table table,
                              const std::vector<std::string>& prefixes, const PageRequest& request);

// The same where not every row is on a page: `take` is given rows and says whether it has taken
// one. Looks on until the page is full or so many rows were looked at; a page that isn't full may
// have a next one. Returns the token of the next page, empty on the last.
absl::StatusOr<std::string> ReadFilteredPage(
    const Reader& reader, Table table, const std::vector<std::string>& prefixes,
    const PageRequest& request,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value)> take,
    size_t rows_max = kRowsPerPageMax);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_STORAGE_PAGES_H_
