#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/customer/normalize.h"
#include "common/customer/search/near_values.h"
#include "tests/unit/customer/word_memory_search_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using ::testing::Contains;
using ::testing::Not;

// Random customers with words of few letters, against what the words of their records say.
class WordMemoryAgreesTest : public WordMemorySearchTest {
 protected:
  // What Match::Rank() compares, in its order.
  using Rank = std::tuple<size_t, size_t, size_t, size_t, int>;

  std::string RandomWord(size_t letters_max = 5) {
    static const std::vector<std::string> letters = {"a", "b", "c", "ж"};
    std::string word;
    const uint64_t length = 1 + random_.Below(letters_max);
    for (uint64_t i = 0; i < length; ++i) word += letters[random_.Below(random_.Below(4) + 1)];
    return word;
  }

  std::string RandomEmail() {
    return "a" + std::to_string(random_.Below(30)) + "." + std::string(1 + random_.Below(3), 'b') +
           "@" + std::string(1 + random_.Below(3), 'c') + ".com";
  }

  CustomerId RandomCustomerId() {
    return std::next(customers_.begin(), static_cast<ptrdiff_t>(random_.Below(customers_.size())))
        ->first;
  }

  void RandomChange() {
    const bool is_new = customers_.size() < 20 || random_.OneIn(3);
    const CustomerId id = is_new ? NewId() : RandomCustomerId();
    switch (is_new ? 0 : random_.Below(3)) {
      case 0: {
        const std::string primary = random_.OneIn(3) ? "" : RandomEmail();
        std::set<std::string> others;
        while (random_.OneIn(3)) others.insert(RandomEmail());
        // A contact isn't repeated.
        others.erase(primary);
        Put(ACustomer()
                .WithId(id)
                .Named(RandomWord(), RandomWord())
                .Email(primary)
                .With([&](Customer& customer) {
                  for (const std::string& other : others) {
                    customer.add_secondary_emails()->set_address(other);
                  }
                }));
        break;
      }
      case 1:
        PutAddressOf(id, RandomWord() + " " + RandomWord(), RandomWord());
        break;
      default:
        RemoveAnAddressOf(id);
    }
  }

  static std::vector<std::string> WordsOfAddresses(const std::vector<AddressRecord>& addresses) {
    std::vector<std::string> words;
    for (const AddressRecord& record : addresses) {
      for (const std::string& word : IndexedWords(record.address())) words.push_back(word);
    }
    return words;
  }

  // How well a word of the query matches; nothing: not at all.
  static std::optional<Rank> RankOf(const QueryWord& word, const std::vector<std::string>& names,
                                    const std::vector<std::string>& emails,
                                    const std::vector<std::string>& addresses) {
    std::optional<Rank> best;
    const auto look = [&](const std::vector<std::string>& words, const Rank& place,
                          const std::vector<std::string>& meant, bool inside) {
      for (const std::string& other : words) {
        std::optional<Rank> rank;
        if (other == word.typed) {
          rank = place;
          std::get<4>(*rank) = -1;
        } else if (!word.whole && other.starts_with(word.typed)) {
          rank = place;
        } else if (!word.whole && inside && word.inside &&
                   CharacterCount(word.typed) >= kInsideLettersMin &&
                   other.find(word.typed) != std::string::npos) {
          rank = place;
          std::get<1>(*rank) = 1;
        } else if (std::find(meant.begin(), meant.end(), other) != meant.end()) {
          rank = place;
          std::get<0>(*rank) = 1;
        }
        if (rank.has_value() && (!best.has_value() || *rank < *best)) best = rank;
      }
    };
    look(names, {0, 0, 0, 0, 0}, word.meant, true);
    look(emails, {0, 0, 0, 1, 0}, word.meant_of_emails, false);
    look(addresses, {0, 0, 1, 0, 0}, word.meant_of_addresses, true);
    return best;
  }

  static std::optional<Rank> RankOf(const std::vector<QueryWord>& query,
                                    const std::vector<std::string>& names,
                                    const std::vector<std::string>& emails,
                                    const std::vector<std::string>& addresses) {
    Rank sum = {0, 0, 0, 0, 0};
    for (const QueryWord& word : query) {
      const auto rank = RankOf(word, names, emails, addresses);
      if (!rank.has_value()) return std::nullopt;
      std::get<0>(sum) += std::get<0>(*rank);
      std::get<1>(sum) += std::get<1>(*rank);
      std::get<2>(sum) += std::get<2>(*rank);
      std::get<3>(sum) += std::get<3>(*rank);
      std::get<4>(sum) += std::get<4>(*rank);
    }
    return sum;
  }

  std::optional<Rank> RankOf(const std::vector<QueryWord>& query, const WordPlaces& places,
                             const CustomerId& id) {
    const Customer& customer = customers_.at(id).customer();
    if (places.one_email && query.size() > 1) {
      std::optional<Rank> rank = RankOf(query, {}, IndexedEmailWords(customer.email()), {});
      for (const auto& email : customer.secondary_emails()) {
        if (!rank.has_value()) rank = RankOf(query, {}, IndexedEmailWords(email), {});
      }
      return rank;
    }
    const std::vector<std::string> none;
    return RankOf(query, places.names ? IndexedWords(customer) : none,
                  places.emails ? IndexedEmailWords(customer) : none,
                  places.addresses ? WordsOfAddresses(addresses_[id]) : none);
  }

  static Rank RankOf(const WordMatch& match) {
    return {match.words_meant, match.words_inside, match.words_of_addresses,
            match.words_of_emails.size(), -static_cast<int>(match.words_whole)};
  }

  std::vector<QueryWord> RandomQuery() {
    std::vector<QueryWord> query(1 + random_.Below(5));
    for (QueryWord& word : query) {
      word.typed = RandomWord(query.size() > 3 ? 1 : 4);
      if (random_.OneIn(4)) word.typed = "a" + std::to_string(random_.Below(30));
      if (random_.OneIn(6)) word.typed = "com";
      word.whole = random_.OneIn(6);
      word.inside = random_.OneIn(2);
      if (!random_.OneIn(3)) continue;
      word.meant = Near(word.typed, IndexTag::kWord);
      word.meant_of_emails = Near(word.typed, IndexTag::kEmailWord);
      word.meant_of_addresses = Near(word.typed, IndexTag::kAddressWord);
    }
    return query;
  }

  WordPlaces RandomPlaces() {
    if (random_.OneIn(5)) return {.names = false, .addresses = false, .one_email = true};
    return {
        .names = !random_.OneIn(5), .emails = !random_.OneIn(5), .addresses = !random_.OneIn(5)};
  }

  void CheckQuery() {
    const std::vector<QueryWord> query = RandomQuery();
    const WordPlaces places = RandomPlaces();
    const WordSearchLimits limits = {.matches_max = 1 + random_.Below(40), .records_max = 100'000};
    const IsShown is_shown = [&](const CustomerRecord& record) {
      return IdOf(record.customer()).bytes().back() % 3 == 0;
    };
    const bool all_shown = random_.OneIn(2);
    std::map<CustomerId, Rank> ranks;
    std::vector<Rank> expected;
    for (const auto& [id, record] : customers_) {
      const auto rank = RankOf(query, places, id);
      if (!rank.has_value() || (!all_shown && !*is_shown(record))) continue;
      ranks[id] = *rank;
      expected.push_back(*rank);
    }
    std::sort(expected.begin(), expected.end());
    const WordMatches found = Find(query, limits, places, all_shown ? nullptr : is_shown);
    ASSERT_EQ(found.matches.size(), std::min(limits.matches_max, expected.size()));
    EXPECT_EQ(found.complete, expected.size() < limits.matches_max ||
                                  (found.complete && expected.size() == limits.matches_max));
    std::set<CustomerId> distinct;
    for (size_t i = 0; i < found.matches.size(); ++i) {
      const WordMatch& match = found.matches[i];
      ASSERT_TRUE(ranks.contains(match.customer));
      EXPECT_EQ(RankOf(match), ranks[match.customer]);
      EXPECT_EQ(RankOf(match), expected[i]);
      EXPECT_TRUE(distinct.insert(match.customer).second);
    }
  }

  // As a search goes on step by step until a page is full: each step finds the best of those whom
  // none before it finds, by their best ways.
  void CheckSteps() {
    const std::vector<QueryWord> query = RandomQuery();
    WordPlaces places = RandomPlaces();
    // There the first e-mail that has all words tells how, not the best one.
    places.one_email = false;
    const WordSearchLimits limits = {.matches_max = 1 + random_.Below(60)};
    std::map<WordStep, std::vector<Rank>> expected;
    std::map<CustomerId, Rank> ranks;
    for (const auto& [id, record] : customers_) {
      const auto rank = RankOf(query, places, id);
      if (!rank.has_value()) continue;
      ranks[id] = *rank;
      expected[std::get<0>(*rank) > 0   ? WordStep::kMeant
               : std::get<1>(*rank) > 0 ? WordStep::kInside
                                        : WordStep::kTyped]
          .push_back(*rank);
    }
    std::vector<CustomerOrdinal> before;
    for (const WordStep step : {WordStep::kTyped, WordStep::kInside, WordStep::kMeant}) {
      std::vector<QueryWord> words = query;
      for (QueryWord& word : words) {
        word.inside = word.inside && step != WordStep::kTyped;
        if (step != WordStep::kMeant) word = {word.typed, word.whole, word.inside};
      }
      std::sort(expected[step].begin(), expected[step].end());
      const WordMatches found =
          Find(words, limits, places, nullptr, {.next = step, .customers = before});
      ASSERT_EQ(found.matches.size(), std::min(limits.matches_max, expected[step].size()));
      EXPECT_LE(found.complete, expected[step].size() <= limits.matches_max);
      for (size_t i = 0; i < found.matches.size(); ++i) {
        EXPECT_EQ(RankOf(found.matches[i]), expected[step][i]);
        EXPECT_EQ(ranks.at(found.matches[i].customer), expected[step][i]);
        EXPECT_THAT(before, Not(Contains(found.matches[i].ordinal)));
        before.push_back(found.matches[i].ordinal);
      }
      if (before.size() >= limits.matches_max) break;
    }
  }

  // The index, with limits that cut nothing off, finds the same.
  void CheckAgainstIndex() {
    std::vector<QueryWord> query = RandomQuery();
    for (QueryWord& word : query) word.inside = false;
    const WordPlaces places = RandomPlaces();
    const WordSearchLimits limits = {.matches_max = 100'000,
                                     .rows_per_word_max = 100'000,
                                     .records_max = 100'000,
                                     .address_readings_max = 100'000,
                                     .addresses_per_reading_max = 1'000};
    ShownCustomers everybody(reader());
    const auto from_index = FindByWords(reader(), query, limits, places, everybody);
    ASSERT_THAT(from_index, IsOk());
    ASSERT_TRUE(from_index->complete);
    std::set<CustomerId> expected;
    for (const WordMatch& match : from_index->matches) expected.insert(match.customer);
    const WordMatches found = Find(query, limits, places);
    std::set<CustomerId> customers;
    for (const WordMatch& match : found.matches) customers.insert(match.customer);
    EXPECT_EQ(customers, expected);
    EXPECT_TRUE(found.complete);
  }

  void CheckNear() {
    for (const IndexTag tag : {IndexTag::kWord, IndexTag::kEmailWord, IndexTag::kAddressWord}) {
      const std::string typed = random_.OneIn(3) ? RandomEmail().substr(0, 3) : RandomWord();
      const NearLimits limits = {.seeks_max = 100'000, .values_max = 1'000};
      EXPECT_THAT(NearValues(reader(), tag, typed, NearTo::kWholeValues, limits),
                  IsOkAndHolds(Near(typed, tag, limits)))
          << typed;
    }
  }
};

TEST_F(WordMemoryAgreesTest, WithRecordsAndIndex) {
  PROVES("V1", "V2", "V7");
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 10; ++i) RandomChange();
    for (int i = 0; i < 40; ++i) {
      CheckQuery();
      CheckSteps();
      CheckAgainstIndex();
      CheckNear();
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace comptoir
