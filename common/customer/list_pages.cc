#include "common/customer/list_pages.h"

#include "absl/strings/escaping.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/limits.h"
#include "common/storage/key_codec.h"

namespace comptoir {
namespace {

constexpr size_t kTokenDigestBytes = 8;

// Tells a token's method and parent, so that one of another request isn't taken. Not a secret: a
// key is all it gives.
std::string TokenDigest(std::string_view prefix, std::string_view key) {
  const std::string input = KeyWriter().String("page token").String(prefix).String(key).key();
  return Sha256(input).substr(0, kTokenDigestBytes);
}

std::string MakePageToken(std::string_view prefix, std::string_view last_key) {
  std::string bytes = TokenDigest(prefix, last_key);
  bytes.append(last_key);
  return absl::WebSafeBase64Escape(bytes);
}

// The key after which the page begins.
absl::StatusOr<std::string> ParsePageToken(std::string_view prefix, std::string_view token) {
  std::string bytes;
  if (absl::WebSafeBase64Unescape(ToAbsl(token), &bytes) && bytes.size() > kTokenDigestBytes) {
    std::string key = bytes.substr(kTokenDigestBytes);
    // Compared as text: decoding is lenient, a token isn't.
    if (key.starts_with(prefix) && MakePageToken(prefix, key) == token) return key;
  }
  return MakeError(Reason::kInvalidPageToken, "The page token wasn't given for this request.");
}

absl::StatusOr<size_t> PageSize(int32_t requested) {
  if (requested == 0) return kListPageSizeDefault;
  if (requested > 0 && requested <= kListPageSizeMax) return static_cast<size_t>(requested);
  FieldViolations violations;
  violations.Add("page_size", "OUT_OF_RANGE", "Must be 1 to 1,000, or 0 for the default.");
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<ListPage> ReadListPage(const Reader& reader, Table table, const std::string& prefix,
                                      int32_t requested_size, std::string_view token) {
  // One row more than fills the page says that there is another one.
  return ReadListPage(
      reader, table, prefix, requested_size, token,
      [](std::string_view, std::string_view) { return true; }, kListPageSizeMax + 1);
}

absl::StatusOr<ListPage> ReadListPage(
    const Reader& reader, Table table, const std::string& prefix, int32_t requested_size,
    std::string_view token, absl::FunctionRef<bool(std::string_view, std::string_view)> keeps,
    size_t rows_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const size_t page_size, PageSize(requested_size));
  KeyRange range = PrefixRange(prefix, rows_max + 1);
  if (!token.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(range.begin, ParsePageToken(prefix, token));
    range.begin.push_back('\0');
  }
  ListPage page;
  std::string last_key;
  size_t rows = 0;
  COMPTOIR_RETURN_IF_ERROR(
      reader.Scan(table, range, [&](std::string_view key, std::string_view value) {
        if (page.rows.size() == page_size || rows == rows_max) {
          page.next_page_token = MakePageToken(prefix, last_key);
          return false;
        }
        ++rows;
        last_key = std::string(key);
        if (keeps(key, value)) page.rows.emplace_back(key, value);
        return true;
      }));
  return page;
}

}  // namespace comptoir
