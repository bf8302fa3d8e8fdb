#include "common/customer/search.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/customer/customer_index.h"
#include "common/customer/customers.h"
#include "common/customer/limits.h"
#include "common/customer/loyalty_cards.h"
#include "common/customer/near_values.h"
#include "common/customer/normalize.h"
#include "common/customer/record_io.h"
#include "common/customer/search_words.h"

namespace comptoir {
namespace {

using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;
using storage::v1::CustomerRecord;

// Of each way to match so many are ranked, at least as many as a page holds; ranking needs the
// record.
constexpr size_t kRankedMax = 200;
static_assert(kRankedMax > kSearchPageSizeMax);
// Rows of the index that are read to find so many who are shown, where not all are.
constexpr size_t kRowsToShownMax = 10'000;
// Of customers with the same e-mail or phone, one typing error away, so many are looked at.
constexpr size_t kNearCustomersMax = 20;
// Fewer digits say nothing about a phone.
constexpr size_t kPhoneDigitsMin = 3;
// Fewer last digits without a trunk prefix say nothing either.
constexpr size_t kNationalDigitsMin = 7;

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
constexpr std::array<const char*, kFieldCount> kFieldNames = {
    "name", "email", "phone", "loyalty_card", "address", "account_number", "uuid"};

std::optional<Field> FieldNamed(std::string_view name) {
  const auto* const found = std::find(kFieldNames.begin(), kFieldNames.end(), name);
  if (found == kFieldNames.end()) return std::nullopt;
  return static_cast<Field>(found - kFieldNames.begin());
}

struct Match {
  bool exact = false;  // by account number, UUID, e-mail, phone or card
  size_t errors = 0;   // typing errors that the query must have
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
};

bool IsDigits(std::string_view word) { return PhoneDigits(word).size() == CharacterCount(word); }

// What the query's form lets it be.
struct Query {
  explicit Query(std::string_view typed)
      : text(Trimmed(typed)), words(FoldedWords(text)), digits(PhoneDigits(text)) {}

  bool HasAt() const { return text.find('@') != std::string_view::npos; }
  bool HasLetters() const { return !std::all_of(words.begin(), words.end(), IsDigits); }
  bool MayBePhone() const { return digits.size() >= kPhoneDigitsMin && IsNumber(); }
  // With fewer digits than say something.
  bool BeginsPhone() const {
    return !digits.empty() && digits.size() < kPhoneDigitsMin && IsNumber();
  }
  // "jon24" or "jon.yang", but not "jon": names are found by their words.
  bool MayBeEmail() const {
    const bool one_word = std::none_of(text.begin(), text.end(), [](char c) {
      return absl::ascii_isspace(static_cast<unsigned char>(c));
    });
    const bool unlike_name = text.find_first_of("0123456789._+") != std::string_view::npos;
    return HasAt() || (one_word && unlike_name && HasLetters());
  }

  const std::string_view text;
  const std::vector<std::string> words;
  const std::string digits;

 private:
  bool IsNumber() const { return !HasLetters() && !HasAt(); }
};

// Collects who matches, and how.
class Finder {
 public:
  // `only` is the field that must match; nothing: any. Borrows `shown`.
  Finder(const Reader& reader, std::string_view country, std::optional<Field> only,
         ShownCustomers& shown)
      : reader_(reader), country_(country), only_(only), shown_(shown) {}

  absl::Status Find(const Query& query) {
    const absl::StatusOr<Uuid> id = Uuid::Parse(query.text);
    if (id.ok() && MayBe(kUuid)) return FindId(*id);
    if (MayBe(kAccountNumber)) COMPTOIR_RETURN_IF_ERROR(FindAccountNumber(query));
    if (MayBe(kLoyaltyCard)) COMPTOIR_RETURN_IF_ERROR(FindLoyaltyCard(query));
    if (MayBe(kEmail) && (only_.has_value() || query.MayBeEmail())) {
      const std::string email = FoldedEmail(query.text);
      COMPTOIR_RETURN_IF_ERROR(FindPrefix(IndexTag::kEmail, email, kEmail));
    }
    if (MayBe(kPhone) && query.MayBePhone()) COMPTOIR_RETURN_IF_ERROR(FindPhone(query));
    // An e-mail that is found as it was typed is looked for no further.
    if (query.HasAt() && !matches_.empty()) return absl::OkStatus();
    return FindWords(WordsOf(query), query);
  }

  // Adds those whom the query would find if it had a typing error, one a word.
  absl::Status FindNear(const Query& query) {
    if (Uuid::Parse(query.text).ok() && MayBe(kUuid)) return absl::OkStatus();
    if (query.HasAt() && MayBe(kEmail)) {
      COMPTOIR_RETURN_IF_ERROR(
          FindNear(IndexTag::kEmail, FoldedEmail(query.text), NearTo::kWholeValues, kEmail));
      if (!matches_.empty()) return absl::OkStatus();
    }
    if (MayBe(kPhone) && query.BeginsPhone()) COMPTOIR_RETURN_IF_ERROR(FindVaguely(query));
    if (MayBe(kPhone) && query.MayBePhone() && query.digits.size() >= kNearDigitsMin) {
      for (const std::string& digits : PhonePrefixes(query.text, country_)) {
        COMPTOIR_RETURN_IF_ERROR(FindNear(IndexTag::kPhone, digits, NearTo::kBeginnings, kPhone));
      }
      const std::string backwards(query.digits.rbegin(), query.digits.rend());
      COMPTOIR_RETURN_IF_ERROR(
          FindNear(IndexTag::kPhoneBackwards, backwards, NearTo::kBeginnings, kPhone));
    }
    if (!query.HasLetters()) return absl::OkStatus();
    const WordPlaces places = PlacesOf(query);
    std::vector<QueryWord> words = WordsOf(query);
    for (QueryWord& word : words) {
      if (CharacterCount(word.typed) < kNearLettersMin || IsDigits(word.typed)) continue;
      for (const auto& [is_asked, tag, meant] :
           {std::tuple(places.addresses, IndexTag::kAddressWord, &word.meant_of_addresses),
            std::tuple(places.emails, IndexTag::kEmailWord, &word.meant_of_emails),
            std::tuple(places.names, IndexTag::kWord, &word.meant)}) {
        if (!is_asked) continue;
        COMPTOIR_ASSIGN_OR_RETURN(*meant,
                                  NearValues(reader_, tag, word.typed, NearTo::kWholeValues));
      }
    }
    return FindWords(words, query);
  }

  const absl::flat_hash_map<CustomerId, Match>& matches() const { return matches_; }
  bool complete() const { return complete_; }

 private:
  bool MayBe(Field field) const { return !only_.has_value() || *only_ == field; }

  // What looks like an e-mail is one, and in its one all its words are.
  WordPlaces PlacesOf(const Query& query) const {
    if (!query.HasAt()) {
      return {.names = MayBe(kName), .emails = MayBe(kEmail), .addresses = MayBe(kAddress)};
    }
    return {.names = false, .emails = MayBe(kEmail), .addresses = false, .one_email = true};
  }

  // All words of an e-mail but the last were typed to their ends.
  static std::vector<QueryWord> WordsOf(const Query& query) {
    std::vector<QueryWord> words;
    for (const std::string& typed : query.words) {
      words.push_back({.typed = typed, .whole = query.HasAt()});
    }
    if (!words.empty()) words.back().whole = false;
    return words;
  }

  // Everybody whose phone begins with so few digits, after all others.
  absl::Status FindVaguely(const Query& query) {
    for (const std::string& digits : PhonePrefixes(query.text, country_)) {
      COMPTOIR_ASSIGN_OR_RETURN(
          const bool all,
          VisitShown(IndexPrefix(IndexTag::kPhone, digits), kRankedMax, [&](std::string_view key) {
            const bool is_new = !matches_.contains(CustomerOfIndexKey(key));
            Match& match = Add(CustomerOfIndexKey(key), kPhone);
            AddContact(IndexTag::kPhone, key, match);
            match.vague = is_new || match.vague;
          }));
      complete_ = complete_ && all;
    }
    return absl::OkStatus();
  }

  absl::Status FindId(const CustomerId& id) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto value,
                              reader_.Get(Table::kRecords, CustomerRecordKey(id)));
    if (value.has_value() && shown_.Contains(id)) Add(id, kUuid).exact = true;
    return absl::OkStatus();
  }

  // Letters alone begin so many account numbers that they are only meant if they are the whole.
  absl::Status FindAccountNumber(const Query& query) {
    const std::string folded = FoldedAccountNumber(query.text);
    if (!query.digits.empty() || only_.has_value()) {
      return FindPrefix(IndexTag::kAccountNumber, folded, kAccountNumber);
    }
    COMPTOIR_ASSIGN_OR_RETURN(const auto id, comptoir::FindAccountNumber(reader_, query.text));
    if (id.has_value() && shown_.Contains(*id)) Add(*id, kAccountNumber).exact = true;
    return absl::OkStatus();
  }

  absl::Status FindLoyaltyCard(const Query& query) {
    COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCardMatches found,
                              FindByLoyaltyCard(reader_, query.text, RowsMax(kRankedMax)));
    complete_ = complete_ && found.complete;
    size_t cards = 0;
    for (const LoyaltyCardMatch& card : found.matches) {
      if (!shown_.Contains(card.customer)) continue;
      if (cards++ == kRankedMax) {
        complete_ = false;
        break;
      }
      Match& match = Add(card.customer, kLoyaltyCard);
      match.exact = match.exact || card.whole;
    }
    return absl::OkStatus();
  }

  absl::Status FindPhone(const Query& query) {
    for (const std::string& digits : PhonePrefixes(query.text, country_)) {
      COMPTOIR_RETURN_IF_ERROR(FindPrefix(IndexTag::kPhone, digits, kPhone));
    }
    COMPTOIR_RETURN_IF_ERROR(FindLastDigits(query.digits));
    // The last digits of a number abroad, typed with its trunk prefix.
    const size_t zeros = std::min(query.digits.find_first_not_of('0'), query.digits.size());
    if (zeros == 0 || query.digits.size() - zeros < kNationalDigitsMin) return absl::OkStatus();
    return FindLastDigits(query.digits.substr(zeros));
  }

  absl::Status FindLastDigits(const std::string& digits) {
    const std::string backwards(digits.rbegin(), digits.rend());
    return FindPrefix(IndexTag::kPhoneBackwards, backwards, kPhone);
  }

  // Everybody whose value begins with `value`; the match is exact where that is all of it.
  absl::Status FindPrefix(IndexTag tag, std::string_view value, Field field) {
    const std::string prefix = IndexPrefix(tag, value);
    COMPTOIR_ASSIGN_OR_RETURN(const bool all,
                              VisitShown(prefix, kRankedMax, [&](std::string_view key) {
                                Match& match = Add(CustomerOfIndexKey(key), field);
                                AddContact(tag, key, match);
                                match.exact = match.exact || IsWholeValue(key, prefix);
                              }));
    complete_ = complete_ && all;
    return absl::OkStatus();
  }

  // Rows to read for so many that are shown.
  size_t RowsMax(size_t shown_max) const {
    return shown_.all() ? shown_max : std::max(shown_max, kRowsToShownMax);
  }

  // Visits the rows of the index whose customers are shown, so many at most; false if there may be
  // more.
  absl::StatusOr<bool> VisitShown(const std::string& prefix, size_t shown_max,
                                  absl::FunctionRef<void(std::string_view key)> visit) {
    const size_t rows_max = RowsMax(shown_max);
    size_t rows = 0;
    size_t visited = 0;
    bool all = true;
    COMPTOIR_RETURN_IF_ERROR(reader_.Scan(Table::kIndex, PrefixRange(prefix, rows_max + 1),
                                          [&](std::string_view key, std::string_view) {
                                            all = rows++ < rows_max;
                                            if (!all) return false;
                                            if (!shown_.Contains(CustomerOfIndexKey(key)))
                                              return true;
                                            all = visited++ < shown_max;
                                            if (all) visit(key);
                                            return all;
                                          }));
    return all;
  }

  absl::Status FindWords(const std::vector<QueryWord>& words, const Query& query) {
    const WordPlaces places = PlacesOf(query);
    if (!places.names && !places.emails && !places.addresses) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(
        const WordMatches found,
        FindByWords(reader_, words, {.matches_max = kRankedMax}, places, shown_));
    complete_ = complete_ && found.complete;
    for (const WordMatch& word_match : found.matches) {
      const size_t of_addresses = word_match.words_of_addresses;
      Match& match = matches_[word_match.customer];
      const size_t of_emails = word_match.words_of_emails.size();
      match.fields[kName] = match.fields[kName] || of_addresses + of_emails < words.size();
      match.fields[kEmail] = match.fields[kEmail] || of_emails > 0;
      match.fields[kAddress] = match.fields[kAddress] || of_addresses > 0;
      match.words_of_addresses = of_addresses;
      match.words_of_emails = of_emails;
      match.email_words.clear();
      for (const QueryWord& word : words) {
        const auto& typed = word_match.words_of_emails;
        if (std::find(typed.begin(), typed.end(), word.typed) != typed.end()) {
          match.email_words.push_back(word);
        }
      }
      match.words_whole = word_match.words_whole;
      match.errors = match.exact ? 0 : word_match.words_meant;
    }
    return absl::OkStatus();
  }

  absl::Status FindNear(IndexTag tag, std::string_view value, NearTo to, Field field) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto near, NearValues(reader_, tag, value, to));
    for (const std::string& meant : near) {
      const std::string prefix =
          to == NearTo::kWholeValues ? IndexWholeValue(tag, meant) : IndexPrefix(tag, meant);
      const auto all = VisitShown(prefix, kNearCustomersMax, [&](std::string_view key) {
        const CustomerId customer = CustomerOfIndexKey(key);
        if (matches_.contains(customer)) return;
        Match& match = Add(customer, field);
        AddContact(tag, key, match);
        match.errors = 1;
      });
      COMPTOIR_RETURN_IF_ERROR(all.status());
    }
    return absl::OkStatus();
  }

  Match& Add(const CustomerId& id, Field field) {
    Match& match = matches_[id];
    match.fields[field] = true;
    return match;
  }

  static void AddContact(IndexTag tag, std::string_view key, Match& match) {
    if (tag == IndexTag::kAccountNumber) return;
    std::string value = ValueOfIndexKey(key);
    if (tag == IndexTag::kPhoneBackwards) std::reverse(value.begin(), value.end());
    match.contacts.push_back(std::move(value));
  }

  const Reader& reader_;
  const std::string_view country_;
  const std::optional<Field> only_;
  ShownCustomers& shown_;
  absl::flat_hash_map<CustomerId, Match> matches_;
  bool complete_ = true;
};

struct Ranked {
  const Match* match;
  std::string folded_name;
  CustomerId id;
  CustomerRecord record;
};

bool IsBetter(const std::unique_ptr<Ranked>& a, const std::unique_ptr<Ranked>& b) {
  const auto order = [](const Ranked& one, const Ranked& other) {
    return std::tie(other.match->exact, one.match->errors, one.match->vague,
                    one.match->words_of_addresses, one.match->words_of_emails,
                    other.match->words_whole, one.folded_name, one.id);
  };
  return order(*a, *b) < order(*b, *a);
}

// Best first. Borrows from `finder`. By pointer, for sorting swaps and records are dear to swap.
absl::StatusOr<std::vector<std::unique_ptr<Ranked>>> Rank(const Reader& reader,
                                                          const Finder& finder) {
  std::vector<CustomerId> ids;
  for (const auto& [id, match] : finder.matches()) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  std::vector<std::string> keys;
  for (const CustomerId& id : ids) keys.push_back(CustomerRecordKey(id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto values, reader.MultiGet(Table::kRecords, keys));
  std::vector<std::unique_ptr<Ranked>> ranked;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!values[i].has_value()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(CustomerRecord record, ParseRecord<CustomerRecord>(*values[i]));
    std::string name = absl::StrJoin(FoldedWords(record.customer().display_name()), " ");
    ranked.push_back(std::make_unique<Ranked>(
        Ranked{&finder.matches().at(ids[i]), std::move(name), ids[i], std::move(record)}));
  }
  std::sort(ranked.begin(), ranked.end(), IsBetter);
  return ranked;
}

// How many of the words that were found in e-mails are in this one.
size_t WordsIn(const customer::v1::Email& email, const Match& match) {
  const std::vector<std::string> words = IndexedEmailWords(email);
  return static_cast<size_t>(
      std::count_if(match.email_words.begin(), match.email_words.end(),
                    [&](const QueryWord& word) { return HasEmailWord(words, word); }));
}

// Of those that have the most of the words, where none matched as a whole.
void AddMatchedEmails(const customer::v1::Customer& customer, const Match& match,
                      SearchCustomersResponse::Result& result) {
  size_t most = WordsIn(customer.email(), match);
  for (const auto& email : customer.secondary_emails())
    most = std::max(most, WordsIn(email, match));
  if (most == 0) return;
  if (WordsIn(customer.email(), match) == most) result.add_matched_fields("email");
  for (int i = 0; i < customer.secondary_emails_size(); ++i) {
    if (WordsIn(customer.secondary_emails(i), match) != most) continue;
    result.add_matched_fields(absl::StrCat("secondary_emails[", i, "]"));
  }
}

// "email" if it is the primary one, "secondary_emails[1]" if not.
void AddMatchedContacts(const customer::v1::Customer& customer, const Match& match, Field field,
                        SearchCustomersResponse::Result& result) {
  const auto add_if_matched = [&](const std::string& value, const std::string& name) {
    if (std::find(match.contacts.begin(), match.contacts.end(), value) != match.contacts.end()) {
      result.add_matched_fields(name);
    }
  };
  if (field == kEmail) {
    add_if_matched(customer.email().normalized(), "email");
    for (int i = 0; i < customer.secondary_emails_size(); ++i) {
      add_if_matched(customer.secondary_emails(i).normalized(),
                     absl::StrCat("secondary_emails[", i, "]"));
    }
    const bool is_named = std::any_of(
        result.matched_fields().begin(), result.matched_fields().end(),
        [](const std::string& name) { return name.find("email") != std::string::npos; });
    if (!is_named) AddMatchedEmails(customer, match, result);
  } else {
    add_if_matched(IndexedPhoneDigits(customer.phone()), "phone");
    for (int i = 0; i < customer.secondary_phones_size(); ++i) {
      add_if_matched(IndexedPhoneDigits(customer.secondary_phones(i)),
                     absl::StrCat("secondary_phones[", i, "]"));
    }
  }
}

void AddMatchedFields(const Ranked& ranked, SearchCustomersResponse::Result& result) {
  for (const Field field : {kName, kEmail, kPhone, kLoyaltyCard, kAddress, kAccountNumber, kUuid}) {
    if (!ranked.match->fields[field]) continue;
    if (field == kEmail || field == kPhone) {
      AddMatchedContacts(ranked.record.customer(), *ranked.match, field, result);
    } else {
      result.add_matched_fields(kFieldNames[field]);
    }
  }
}

absl::Status CheckRequest(const SearchCustomersRequest& request) {
  FieldViolations violations;
  if (!IsValidUtf8(request.query())) {
    violations.Add("query", "INVALID_UTF8", "Not UTF-8.");
  } else if (IsBlank(request.query())) {
    violations.Add("query", "REQUIRED", "Must not be blank.");
  } else if (CharacterCount(request.query()) > kSearchQueryCharactersMax) {
    violations.Add("query", "TOO_LONG",
                   absl::StrCat("At most ", kSearchQueryCharactersMax, " characters."));
  }
  if (!customer::v1::SearchScope_IsValid(request.scope())) {
    violations.Add("scope", "VALUE_UNKNOWN", "Not a scope.");
  }
  if (!request.field().empty() && !FieldNamed(request.field()).has_value()) {
    violations.Add("field", "VALUE_UNKNOWN", "Not a field that is searched.");
  }
  if (request.page_size() < 0 || request.page_size() > kSearchPageSizeMax) {
    violations.Add("page_size", "OUT_OF_RANGE", "Must be 1 to 100, or 0 for the default.");
  }
  return violations.ToStatus();
}

}  // namespace

absl::StatusOr<SearchCustomersResponse> SearchCustomers(const Reader& reader,
                                                        const SearchCustomersRequest& request,
                                                        std::string_view country,
                                                        std::string_view language,
                                                        const IsShown& is_shown) {
  COMPTOIR_RETURN_IF_ERROR(CheckRequest(request));
  ShownCustomers shown(reader, is_shown);
  Finder finder(reader, country, FieldNamed(request.field()), shown);
  const Query query(request.query());
  const auto page_size =
      static_cast<size_t>(request.page_size() == 0 ? kSearchPageSizeDefault : request.page_size());
  COMPTOIR_RETURN_IF_ERROR(finder.Find(query));
  if (finder.matches().size() < page_size) COMPTOIR_RETURN_IF_ERROR(finder.FindNear(query));
  COMPTOIR_RETURN_IF_ERROR(shown.status());
  COMPTOIR_ASSIGN_OR_RETURN(const auto ranked, Rank(reader, finder));

  SearchCustomersResponse response;
  response.set_truncated(!finder.complete() || !shown.complete() || ranked.size() > page_size);
  for (size_t i = 0; i < std::min(page_size, ranked.size()); ++i) {
    auto& result = *response.add_results();
    COMPTOIR_ASSIGN_OR_RETURN(*result.mutable_customer(),
                              ReadCustomerView(reader, ranked[i]->record, language));
    AddMatchedFields(*ranked[i], result);
  }
  return response;
}

}  // namespace comptoir
