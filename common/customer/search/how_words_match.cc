#include "common/customer/search/how_words_match.h"

#include <algorithm>
#include <array>

#include "common/customer/limits.h"

namespace comptoir {
namespace {

static_assert(kSearchQueryCharactersMax <= UINT8_MAX + 1, "words of a query, with blanks between");

const auto kRankOfHow = [] {
  std::array<WordsRank, kHows> ranks{};
  for (size_t i = 0; i < kHows; ++i) {
    WordMatch one;
    Count(static_cast<How>(i), QueryWord(), one);
    for (const size_t part : {one.words_meant, one.words_inside, one.words_of_addresses,
                              one.words_of_emails.size(), 1 - one.words_whole}) {
      ranks[i] = ranks[i] << 8 | part;
    }
  }
  return ranks;
}();

}  // namespace

WordsRank RankOf(How how) { return kRankOfHow[static_cast<size_t>(how)]; }

const std::vector<std::string>& MeantAt(const WordPlace& place, const QueryWord& word) {
  if (place.tag == IndexTag::kWord) return word.meant;
  return place.tag == IndexTag::kEmailWord ? word.meant_of_emails : word.meant_of_addresses;
}

void Count(How how, const QueryWord& word, WordMatch& match) {
  const auto is = [how](auto... any) { return ((how == any) || ...); };
  match.words_whole += is(How::kWhole, How::kEmailWhole, How::kAddressWhole) ? 1 : 0;
  match.words_inside += is(How::kInside, How::kAddressInside) ? 1 : 0;
  match.words_meant += is(How::kMeant, How::kEmailMeant, How::kAddressMeant) ? 1 : 0;
  match.words_of_addresses +=
      is(How::kAddressWhole, How::kAddressBegin, How::kAddressInside, How::kAddressMeant) ? 1 : 0;
  if (is(How::kEmailWhole, How::kEmailBegin, How::kEmailMeant)) {
    match.words_of_emails.push_back(word.typed);
  }
}

std::optional<How> HowAmong(const std::vector<std::string>& words, const QueryWord& word,
                            const WordPlace& place) {
  // A word that begins so is the first that isn't smaller.
  const auto at = std::lower_bound(words.begin(), words.end(), word.typed);
  if (at != words.end() && (word.whole ? *at == word.typed : at->starts_with(word.typed))) {
    return *at == word.typed ? place.whole : place.begin;
  }
  const std::vector<std::string>& all_meant = MeantAt(place, word);
  const auto is_there = [&](const std::string& meant) {
    return std::binary_search(words.begin(), words.end(), meant);
  };
  if (std::any_of(all_meant.begin(), all_meant.end(), is_there)) return place.meant;
  return std::nullopt;
}

std::optional<std::vector<How>> HowInOneEmail(const customer::v1::Customer& customer,
                                              const std::vector<QueryWord>& query) {
  std::vector<const customer::v1::Email*> emails = {&customer.email()};
  for (const customer::v1::Email& email : customer.secondary_emails()) emails.push_back(&email);
  for (const customer::v1::Email* email : emails) {
    const std::vector<std::string> words = IndexedEmailWords(*email);
    std::vector<How> hows;
    for (const QueryWord& word : query) {
      const std::optional<How> how = HowAmong(words, word, kEmailsPlace);
      if (!how.has_value()) break;
      hows.push_back(*how);
    }
    if (hows.size() == query.size()) return hows;
  }
  return std::nullopt;
}

}  // namespace comptoir
