// Pages of HQ's own lists. A token is the last key of the page before, in hexadecimal.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_PAGES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_PAGES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/storage/database.h"

namespace comptoir::hq {

inline constexpr int32_t kPageSizeDefault = 100;
inline constexpr int32_t kPageSizeMax = 1000;

struct PageRequest {
  int32_t page_size = 0;
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
// INVALID_FIELDS for a page size out of range, INVALID_PAGE_TOKEN.
absl::StatusOr<Page> ReadPage(const Reader& reader, Table table,
                              const std::vector<std::string>& prefixes, const PageRequest& request);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_PAGES_H_
