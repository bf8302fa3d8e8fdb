#include "hq-service/domain/pages.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/escaping.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir::hq {
namespace {

constexpr size_t kPageTokenBytesMax = 2048;

absl::StatusOr<size_t> PageSize(int32_t page_size) {
  if (page_size == 0) return static_cast<size_t>(kPageSizeDefault);
  if (page_size > 0 && page_size <= kPageSizeMax) return static_cast<size_t>(page_size);
  FieldViolations violations;
  violations.Add("page_size", "OUT_OF_RANGE", "1 to 1,000.");
  return violations.ToStatus();
}

// The last key of the page before; empty for the first page.
absl::StatusOr<std::string> LastKey(std::string_view token) {
  const bool hexadecimal = token.size() % 2 == 0 && token.size() <= kPageTokenBytesMax &&
                           std::all_of(token.begin(), token.end(), [](char c) {
                             return std::isxdigit(static_cast<unsigned char>(c)) != 0;
                           });
  if (hexadecimal) return absl::HexStringToBytes(ToAbsl(token));
  return MakeError(Reason::kInvalidPageToken, "Not a page token of this method.");
}

}  // namespace

absl::StatusOr<Page> ReadPage(const Reader& reader, Table table,
                              const std::vector<std::string>& prefixes,
                              const PageRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const size_t page_size, PageSize(request.page_size));
  COMPTOIR_ASSIGN_OR_RETURN(const std::string last_key, LastKey(request.page_token));
  auto prefix = prefixes.begin();
  if (!last_key.empty()) {
    prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](const std::string& candidate) {
      return last_key.starts_with(candidate);
    });
    if (prefix == prefixes.end()) {
      return MakeError(Reason::kInvalidPageToken, "Not a page token of this request.");
    }
  }
  Page page;
  bool first = !last_key.empty();
  for (; prefix != prefixes.end() && page.rows.size() <= page_size; ++prefix) {
    // One more than asked for tells whether there is a next page.
    KeyRange range = PrefixRange(*prefix, page_size + 1 - page.rows.size());
    range.reverse = request.reverse;
    if (first && request.reverse) range.end = last_key;
    if (first && !request.reverse) range.begin = last_key + '\0';
    first = false;
    COMPTOIR_RETURN_IF_ERROR(
        reader.Scan(table, range, [&](std::string_view key, std::string_view value) {
          page.rows.emplace_back(key, value);
          return true;
        }));
  }
  if (page.rows.size() > page_size) {
    page.rows.pop_back();
    page.next_page_token = HexEncode(page.rows.back().first);
  }
  return page;
}

}  // namespace comptoir::hq
