#include "common/storage/pages.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using Prefixes = std::vector<std::string>;

constexpr size_t kTokenDigestBytes = 8;

// Tells a token's list, so that one of another request isn't taken. Not a secret: a key is all it
// gives.
std::string TokenDigest(const Prefixes& prefixes, std::string_view key) {
  KeyWriter input;
  input.String("page token");
  for (const std::string& prefix : prefixes) input.String(prefix);
  return Sha256(input.String(key).key()).substr(0, kTokenDigestBytes);
}

std::string MakePageToken(const Prefixes& prefixes, std::string_view last_key) {
  std::string bytes = TokenDigest(prefixes, last_key);
  bytes.append(last_key);
  return absl::WebSafeBase64Escape(bytes);
}

// Where a page begins.
struct Start {
  Prefixes::const_iterator prefix;
  // After this key, if it isn't empty.
  std::string last_key;
};

absl::StatusOr<Start> StartOf(const Prefixes& prefixes, std::string_view token) {
  if (token.empty()) return Start{.prefix = prefixes.begin()};
  std::string bytes;
  if (absl::WebSafeBase64Unescape(ToAbsl(token), &bytes) && bytes.size() > kTokenDigestBytes) {
    std::string key = bytes.substr(kTokenDigestBytes);
    const auto prefix =
        std::find_if(prefixes.begin(), prefixes.end(),
                     [&](const std::string& candidate) { return key.starts_with(candidate); });
    // Compared as text: decoding is lenient, a token isn't.
    if (prefix != prefixes.end() && MakePageToken(prefixes, key) == token) {
      return Start{.prefix = prefix, .last_key = std::move(key)};
    }
  }
  return MakeError(Reason::kInvalidPageToken, "The page token wasn't given for this request.");
}

}  // namespace

absl::StatusOr<size_t> PageSizeOf(int32_t requested, int32_t size_default, int32_t size_max) {
  if (requested == 0) return static_cast<size_t>(size_default);
  if (requested > 0 && requested <= size_max) return static_cast<size_t>(requested);
  FieldViolations violations;
  violations.Add("page_size", "OUT_OF_RANGE",
                 absl::StrCat("Must be 1 to ", size_max, ", or 0 for the default."));
  return violations.ToStatus();
}

absl::StatusOr<Page> ReadPage(const Reader& reader, Table table, const Prefixes& prefixes,
                              const PageRequest& request) {
  Page page;
  const auto take = [&page](std::string_view key, std::string_view value) {
    page.rows.emplace_back(key, value);
    return true;
  };
  COMPTOIR_ASSIGN_OR_RETURN(page.next_page_token,
                            ReadFilteredPage(reader, table, prefixes, request, take));
  return page;
}

absl::StatusOr<std::string> ReadFilteredPage(
    const Reader& reader, Table table, const Prefixes& prefixes, const PageRequest& request,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value)> take,
    size_t rows_max) {
  COMPTOIR_ASSIGN_OR_RETURN(const size_t page_size, PageSizeOf(request.page_size));
  COMPTOIR_ASSIGN_OR_RETURN(auto start, StartOf(prefixes, request.page_token));
  std::string& last_key = start.last_key;
  std::string next_page_token;
  size_t rows = 0;
  size_t taken = 0;
  const auto look_at = [&](std::string_view key, std::string_view value) -> absl::StatusOr<bool> {
    // A row more than the page has says that there is a next one.
    if (taken == page_size || rows == rows_max) {
      next_page_token = MakePageToken(prefixes, last_key);
      return false;
    }
    ++rows;
    last_key = std::string(key);
    COMPTOIR_ASSIGN_OR_RETURN(const bool is_taken, take(key, value));
    if (is_taken) ++taken;
    return true;
  };
  bool resumes = !last_key.empty();
  for (auto prefix = start.prefix; prefix != prefixes.end() && next_page_token.empty(); ++prefix) {
    KeyRange range = PrefixRange(*prefix, rows_max + 1 - rows);
    range.reverse = request.reverse;
    if (resumes && request.reverse) range.end = last_key;
    if (resumes && !request.reverse) range.begin = last_key + '\0';
    resumes = false;
    COMPTOIR_RETURN_IF_ERROR(ScanRows(reader, table, range, look_at));
  }
  return next_page_token;
}

}  // namespace comptoir
