#include "common/customer/search/near_values.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/search/characters.h"
#include "common/customer/search/typing_errors.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

class NearSearch {
 public:
  NearSearch(const Reader& reader, IndexTag tag, NearTo to, const NearLimits& limits)
      : reader_(reader), tag_(tag), to_(to), limits_(limits) {}

  // Goes along the value; the error is at one of its letters, all before are right.
  absl::Status Find(std::string_view value) {
    const TypingErrors errors(value);
    for (size_t at = 0; at <= errors.letters(); ++at) {
      // A beginning with more at its end is found without any error.
      if (at == errors.letters() && to_ == NearTo::kBeginnings) break;
      COMPTOIR_ASSIGN_OR_RETURN(const std::vector<std::string> nexts,
                                NextLetters(errors.Before(at)));
      COMPTOIR_RETURN_IF_ERROR(
          errors.TryAt(at, nexts, [this](const std::string& meant) { return Try(meant); }));
      if (at == errors.letters()) break;
      if (std::find(nexts.begin(), nexts.end(), errors.Letter(at)) == nexts.end()) break;
    }
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    std::erase(found_, value);
    return absl::OkStatus();
  }

  std::vector<std::string> TakeFound() { return std::move(found_); }

 private:
  // Keeps a value that the index has.
  absl::Status Try(const std::string& value) {
    if (value.empty() || found_.size() >= limits_.values_max) return absl::OkStatus();
    const std::string prefix =
        to_ == NearTo::kWholeValues ? IndexWholeValue(tag_, value) : IndexPrefix(tag_, value);
    COMPTOIR_ASSIGN_OR_RETURN(const std::string key, FirstKey(PrefixRange(prefix, 1)));
    if (!key.empty()) found_.push_back(value);
    return absl::OkStatus();
  }

  // The distinct letters that follow `right` in the index, by leaping from one to the next.
  absl::StatusOr<std::vector<std::string>> NextLetters(std::string_view right) {
    const std::string prefix = IndexPrefix(tag_, right);
    std::vector<std::string> letters;
    KeyRange range = PrefixRange(prefix, 1);
    // Past the end of the value `right` itself, which is marked by a zero byte.
    range.begin.push_back('\1');
    while (true) {
      COMPTOIR_ASSIGN_OR_RETURN(const std::string key, FirstKey(range));
      if (key.empty()) return letters;
      letters.emplace_back(FirstCharacter(std::string_view(key).substr(prefix.size())));
      range.begin = PrefixRange(absl::StrCat(prefix, letters.back())).end;
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
