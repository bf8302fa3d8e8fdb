#include "common/customer/search/near_values.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

// Bytes of the UTF-8 character that begins with `first`; 1 for what isn't the begin of one.
size_t CharacterBytes(char first) {
  const auto byte = static_cast<uint8_t>(first);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

std::vector<std::string> Characters(std::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    characters.emplace_back(text.substr(0, CharacterBytes(text.front())));
    text.remove_prefix(characters.back().size());
  }
  return characters;
}

class NearSearch {
 public:
  NearSearch(const Reader& reader, IndexTag tag, NearTo to, const NearLimits& limits)
      : reader_(reader), tag_(tag), to_(to), limits_(limits) {}

  // Goes along the value; the error is at one of its characters, all before are right.
  absl::Status Find(std::string_view value) {
    const std::vector<std::string> characters = Characters(value);
    std::string right;
    for (size_t at = 0; at <= characters.size(); ++at) {
      // A beginning with more at its end is found without any error.
      if (at == characters.size() && to_ == NearTo::kBeginnings) break;
      COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> nexts, NextCharacters(right));
      COMPTOIR_RETURN_IF_ERROR(TryErrors(right, characters, at, nexts));
      if (at == characters.size()) break;
      if (std::find(nexts.begin(), nexts.end(), characters[at]) == nexts.end()) break;
      right += characters[at];
    }
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    std::erase(found_, value);
    return absl::OkStatus();
  }

  std::vector<std::string> TakeFound() { return std::move(found_); }

 private:
  static std::string Rest(const std::vector<std::string>& characters, size_t from) {
    std::string rest;
    for (size_t i = from; i < characters.size(); ++i) rest += characters[i];
    return rest;
  }

  // `nexts` are the characters that follow `right` in the index.
  absl::Status TryErrors(const std::string& right, const std::vector<std::string>& characters,
                         size_t at, const std::vector<std::string>& nexts) {
    const std::string here_on = Rest(characters, at);
    const bool at_end = at == characters.size();
    const std::string after = at_end ? "" : Rest(characters, at + 1);
    // One too many.
    if (!at_end) COMPTOIR_RETURN_IF_ERROR(Try(absl::StrCat(right, after)));
    for (const std::string& next : nexts) {
      if (!at_end && next == characters[at]) continue;
      // One left out; one wrong; two swapped.
      COMPTOIR_RETURN_IF_ERROR(Try(absl::StrCat(right, next, here_on)));
      if (at_end) continue;
      COMPTOIR_RETURN_IF_ERROR(Try(absl::StrCat(right, next, after)));
      if (at + 1 < characters.size() && next == characters[at + 1]) {
        COMPTOIR_RETURN_IF_ERROR(
            Try(absl::StrCat(right, next, characters[at], Rest(characters, at + 2))));
      }
    }
    return absl::OkStatus();
  }

  // Keeps a value that the index has.
  absl::Status Try(const std::string& value) {
    if (value.empty() || found_.size() >= limits_.values_max) return absl::OkStatus();
    const std::string prefix =
        to_ == NearTo::kWholeValues ? IndexWholeValue(tag_, value) : IndexPrefix(tag_, value);
    COMPTOIR_ASSIGN_OR_RETURN(const std::string key, FirstKey(PrefixRange(prefix, 1)));
    if (!key.empty()) found_.push_back(value);
    return absl::OkStatus();
  }

  // The distinct characters that follow `right` in the index, by leaping from one to the next.
  absl::StatusOr<std::vector<std::string>> NextCharacters(const std::string& right) {
    const std::string prefix = IndexPrefix(tag_, right);
    std::vector<std::string> characters;
    KeyRange range = PrefixRange(prefix, 1);
    // Past the end of the value `right` itself, which is marked by a zero byte.
    range.begin.push_back('\1');
    while (true) {
      COMPTOIR_ASSIGN_OR_RETURN(const std::string key, FirstKey(range));
      if (key.empty()) return characters;
      characters.push_back(key.substr(prefix.size(), CharacterBytes(key[prefix.size()])));
      range.begin = PrefixRange(absl::StrCat(prefix, characters.back())).end;
    }
  }

  // Empty if there is none, or no seek is left.
  absl::StatusOr<std::string> FirstKey(const KeyRange& range) {
    std::string first;
    if (seeks_++ >= limits_.seeks_max) return first;
    COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader_, Table::kIndex, range, [&](std::string_view key) {
      first = key;
      return false;
    }));
    return first;
  }

  const Reader& reader_;
  const IndexTag tag_;
  const NearTo to_;
  const NearLimits limits_;

  size_t seeks_ = 0;
  std::vector<std::string> found_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> NearValues(const Reader& reader, IndexTag tag,
                                                    std::string_view value, NearTo to,
                                                    const NearLimits& limits) {
  NearSearch search(reader, tag, to, limits);
  COMPTOIR_RETURN_IF_ERROR(search.Find(value));
  return search.TakeFound();
}

}  // namespace comptoir
