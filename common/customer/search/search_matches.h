// Who matches what was typed into a search, and how well. (V1, V2, V3)

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MATCHES_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MATCHES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/customer/limits.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/shown_customers.h"
#include "common/customer/requests/names.h"
#include "common/customer/search/known_customer.h"
#include "common/customer/search/near_values.h"
#include "common/customer/search/search_words.h"
#include "common/storage/database.h"

namespace comptoir {
class SearchMemory;
}  // namespace comptoir

namespace comptoir::search {

// In the order in which a result names them.
enum Field : uint8_t {
  kName,
  kEmail,
  kPhone,
  kLoyaltyCard,
  kAddress,
  kAccountNumber,
  kUuid,
  kFieldCount
};
inline constexpr std::array<const char*, kFieldCount> kFieldNames = {
    "name", "email", "phone", "loyalty_card", "address", "account_number", "uuid"};

std::optional<Field> FieldNamed(std::string_view name);

// How a customer matches.
struct Match {
  bool exact = false;  // by account number, UUID, e-mail, phone or card
  size_t errors = 0;   // typing errors that the query must have
  // Words that are found within longer ones only.
  size_t words_inside = 0;
  // By digits so few that they say little.
  bool vague = false;
  size_t words_of_addresses = 0;
  size_t words_of_emails = 0;
  size_t words_whole = 0;
  std::array<bool, kFieldCount> fields{};
  // Which e-mails and phones matched, as the index has them.
  std::vector<std::string> contacts;
  // Words that are found in e-mails.
  std::vector<QueryWord> email_words;
  // Found by words: the first step that finds somebody tells the best way.
  bool by_words = false;
  // How many were found before.
  size_t place = 0;
  // Of who was found in memory.
  CustomerOrdinal ordinal = kNoOrdinal;

  // What ranks matches, as long as names aren't known: the better the smaller.
  auto Rank() const {
    return std::tuple(!exact, errors, words_inside, vague, words_of_addresses, words_of_emails,
                      std::numeric_limits<size_t>::max() - words_whole);
  }
};

// What the query's form lets it be.
struct Query {
  // Borrows `typed`.
  explicit Query(std::string_view typed);

  bool HasAt() const { return text.find('@') != std::string_view::npos; }
  bool HasLetters() const;
  bool MayBePhone() const;
  // With fewer digits than say something.
  bool BeginsPhone() const;
  // "jon24" or "jon.yang", but not "jon": names are found by their words.
  bool MayBeEmail() const;

  const std::string_view text;
  const std::vector<std::string> words;
  const std::string digits;
  // Where it is a UUID.
  const std::optional<Uuid> id;

 private:
  bool IsNumber() const { return !HasLetters() && !HasAt(); }
};

// Collects who matches, and how.
class Finder {
 public:
  // `country` is where phones without a country prefix are; `only` the field that must match,
  // nothing: any. Of each way to match `matches_max` are found at most, the best ones. All is
  // borrowed; `memory` may be null.
  Finder(const Reader& reader, std::string_view country, std::optional<Field> only,
         size_t matches_max, ShownCustomers& shown, SearchMemory* memory)
      : reader_(reader),
        country_(country),
        only_(only),
        matches_max_(matches_max),
        shown_(shown),
        memory_(memory) {}

  absl::Status Find(const Query& query);

  // Adds those who have words of the query within words of their names and addresses. Nobody, as
  // long as words aren't in memory.
  absl::Status FindInside(const Query& query);

  // Adds those whom the query would find if it had a typing error, one a word.
  absl::Status FindNear(const Query& query);

  const absl::flat_hash_map<CustomerId, Match>& matches() const { return matches_; }
  // False if there may be more than were looked at.
  bool complete() const { return complete_; }

 private:
  bool IsFoundIn(Field field) const;
  bool IsFull() const { return matches_.size() >= matches_max_; }
  bool MayBe(Field field) const { return !only_.has_value() || *only_ == field; }

  // It means one customer, and no words.
  bool IsId(const Query& query) const { return query.id.has_value() && MayBe(kUuid); }
  // What looks like an e-mail is one, and in its one all its words are.
  WordPlaces PlacesOf(const Query& query) const;
  // All words of an e-mail but the last were typed to their ends.
  static std::vector<QueryWord> WordsOf(const Query& query);
  // The same, which may be within longer words, too.
  std::vector<QueryWord> WordsInside(const Query& query, const WordPlaces& places) const;
  // Everybody whose phone begins with so few digits, after all others.
  absl::Status FindVaguely(const Query& query);
  absl::Status FindId(const CustomerId& id);
  // Letters alone begin so many account numbers that they are only meant if they are the whole.
  absl::Status FindAccountNumber(const Query& query);

  absl::Status FindLoyaltyCard(const Query& query);
  absl::Status FindPhone(const Query& query);
  absl::Status FindLastDigits(const std::string& digits);
  // Everybody whose value begins with `value`; the match is exact where that is all of it. Exact
  // ones only where enough are found already, for no others come before these.
  absl::Status FindPrefix(IndexTag tag, std::string_view value, Field field);

  // Rows to read for so many that are shown.
  size_t RowsMax(size_t shown_max) const;
  // Visits those who are shown of those whose value is this one, or begins with it, so many at
  // most; false if there may be more. In memory, or in the index.
  using VisitValue = absl::FunctionRef<void(std::string_view value, const KnownCustomer& customer)>;
  absl::StatusOr<bool> VisitShown(IndexTag tag, std::string_view value, NearTo to, size_t shown_max,
                                  VisitValue visit);

  // Adds those whom this step finds, and no step before it.
  absl::Status FindWords(const std::vector<QueryWord>& words, const WordPlaces& places,
                         WordStep step);
  // In memory, or in the index, where those of the steps before are found again.
  absl::StatusOr<WordMatches> MatchesOf(const std::vector<QueryWord>& words,
                                        const WordPlaces& places, WordStep step);
  absl::StatusOr<std::vector<std::string>> WordsNear(IndexTag tag, const std::string& typed) const;
  absl::Status FindNear(IndexTag tag, std::string_view value, NearTo to, Field field);

  Match& Add(const KnownCustomer& customer, Field field);
  Match& MatchOf(const KnownCustomer& customer);
  static void AddContact(IndexTag tag, std::string_view value, Match& match);

  const Reader& reader_;
  const std::string_view country_;
  const std::optional<Field> only_;
  const size_t matches_max_;
  ShownCustomers& shown_;
  SearchMemory* const memory_;
  absl::flat_hash_map<CustomerId, Match> matches_;
  bool complete_ = true;
};

}  // namespace comptoir::search

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MATCHES_H_
