#include "common/customer/search/search_matches.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "common/base/status.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/customer/search/near_words.h"
#include "common/customer/search/search_memory.h"
#include "common/customer/search/word_memory.h"
#include "common/customer/search/word_memory_search.h"
#include "common/storage/record_io.h"

namespace comptoir::search {
namespace {

// Rows of the index that are read to find so many who are shown, where not all are.
constexpr size_t kRowsToShownMax = 10'000;
// Where all are: a customer has several, of one company with many phones a lot.
constexpr size_t kRowsMin = 200;
// Of customers with the same e-mail or phone, one typing error away, so many are looked at.
constexpr size_t kNearCustomersMax = 20;
// Of several words the best matches aren't the first in the index.
constexpr size_t kSeveralWordsMax = 200;
static_assert(kSeveralWordsMax > kSearchPageSizeMax);
// Fewer digits say nothing about a phone.
constexpr size_t kPhoneDigitsMin = 3;
// Fewer last digits without a trunk prefix say nothing either.
constexpr size_t kNationalDigitsMin = 7;

std::optional<Uuid> IdIn(std::string_view text) {
  const absl::StatusOr<Uuid> id = Uuid::Parse(text);
  return id.ok() ? std::optional(*id) : std::nullopt;
}

bool IsDigits(std::string_view word) { return PhoneDigits(word).size() == CharacterCount(word); }

}  // namespace

std::optional<Field> FieldNamed(std::string_view name) {
  const auto* const found = std::find(kFieldNames.begin(), kFieldNames.end(), name);
  if (found == kFieldNames.end()) return std::nullopt;
  return static_cast<Field>(found - kFieldNames.begin());
}

Query::Query(std::string_view typed)
    : text(Trimmed(typed)), words(FoldedWords(text)), digits(PhoneDigits(text)), id(IdIn(text)) {}

bool Query::MayBePhone() const { return digits.size() >= kPhoneDigitsMin && IsNumber(); }

bool Query::BeginsPhone() const {
  return !digits.empty() && digits.size() < kPhoneDigitsMin && IsNumber();
}

bool Query::HasLetters() const { return !std::all_of(words.begin(), words.end(), IsDigits); }

bool Query::MayBeEmail() const {
  const bool one_word = std::none_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isspace(static_cast<unsigned char>(c));
  });
  const bool unlike_name = text.find_first_of("0123456789._+") != std::string_view::npos;
  return HasAt() || (one_word && unlike_name && HasLetters());
}

absl::Status Finder::Find(const Query& query) {
  if (IsId(query)) return FindId(*query.id);
  if (MayBe(kAccountNumber)) COMPTOIR_RETURN_IF_ERROR(FindAccountNumber(query));
  if (MayBe(kLoyaltyCard)) COMPTOIR_RETURN_IF_ERROR(FindLoyaltyCard(query));
  if (MayBe(kEmail) && (only_.has_value() || query.MayBeEmail())) {
    const std::string email = FoldedEmail(query.text);
    COMPTOIR_RETURN_IF_ERROR(FindPrefix(IndexTag::kEmail, email, kEmail));
  }
  if (MayBe(kPhone) && query.MayBePhone()) COMPTOIR_RETURN_IF_ERROR(FindPhone(query));
  // An e-mail that is found as it was typed is looked for no further.
  if (query.HasAt() && !matches_.empty()) return absl::OkStatus();
  WordPlaces places = PlacesOf(query);
  // Digits of names come before phones, those of e-mails and addresses after.
  if (IsFull() && !query.HasLetters()) {
    places.emails = false;
    places.addresses = false;
    complete_ = false;
  }
  return FindWords(WordsOf(query), places, WordStep::kTyped);
}

absl::Status Finder::FindInside(const Query& query) {
  if (IsId(query)) return absl::OkStatus();
  const WordPlaces places = PlacesOf(query);
  const std::vector<QueryWord> words = WordsInside(query, places);
  const bool any =
      std::any_of(words.begin(), words.end(), [](const QueryWord& word) { return word.inside; });
  return any ? FindWords(words, places, WordStep::kInside) : absl::OkStatus();
}

absl::Status Finder::FindNear(const Query& query) {
  if (IsId(query)) return absl::OkStatus();
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
  // Without an error some are found within longer words.
  std::vector<QueryWord> words = WordsInside(query, places);
  // One that an e-mail begins with was typed without an error.
  const bool is_email = query.MayBeEmail() && IsFoundIn(kEmail);
  bool any_meant = false;
  for (QueryWord& word : words) {
    if (CharacterCount(word.typed) < kNearLettersMin || IsDigits(word.typed)) continue;
    if (is_email && !PhoneDigits(word.typed).empty()) continue;
    for (const auto& [is_asked, tag, meant] :
         {std::tuple(places.addresses, IndexTag::kAddressWord, &word.meant_of_addresses),
          std::tuple(places.emails && !is_email, IndexTag::kEmailWord, &word.meant_of_emails),
          std::tuple(places.names, IndexTag::kWord, &word.meant)}) {
      if (!is_asked) continue;
      COMPTOIR_ASSIGN_OR_RETURN(*meant, WordsNear(tag, word.typed));
      any_meant = any_meant || !meant->empty();
    }
  }
  // Find() and FindInside() have found all that they are without an error.
  return any_meant ? FindWords(words, places, WordStep::kMeant) : absl::OkStatus();
}

WordPlaces Finder::PlacesOf(const Query& query) const {
  if (!query.HasAt()) {
    return {.names = MayBe(kName), .emails = MayBe(kEmail), .addresses = MayBe(kAddress)};
  }
  return {.names = false, .emails = MayBe(kEmail), .addresses = false, .one_email = true};
}

std::vector<QueryWord> Finder::WordsOf(const Query& query) {
  std::vector<QueryWord> words;
  for (const std::string& typed : query.words) {
    words.push_back({.typed = typed, .whole = query.HasAt()});
  }
  if (!words.empty()) words.back().whole = false;
  return words;
}

std::vector<QueryWord> Finder::WordsInside(const Query& query, const WordPlaces& places) const {
  std::vector<QueryWord> words = WordsOf(query);
  const bool may_be = memory_ != nullptr && memory_->ready() && (places.names || places.addresses);
  for (QueryWord& word : words) {
    word.inside =
        may_be && CharacterCount(word.typed) >= kInsideLettersMin && !IsDigits(word.typed);
  }
  return words;
}

absl::Status Finder::FindVaguely(const Query& query) {
  for (const std::string& digits : PhonePrefixes(query.text, country_)) {
    COMPTOIR_ASSIGN_OR_RETURN(
        const bool all, VisitShown(IndexTag::kPhone, digits, NearTo::kBeginnings, matches_max_,
                                   [&](std::string_view phone, const KnownCustomer& customer) {
                                     const bool is_new = !matches_.contains(customer.id);
                                     Match& match = Add(customer, kPhone);
                                     AddContact(IndexTag::kPhone, phone, match);
                                     match.vague = is_new || match.vague;
                                   }));
    complete_ = complete_ && all;
  }
  return absl::OkStatus();
}

absl::Status Finder::FindId(const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader_.Get(Table::kRecords, CustomerRecordKey(id)));
  if (value.has_value() && shown_.Contains(id)) Add({.id = id}, kUuid).exact = true;
  return absl::OkStatus();
}

absl::Status Finder::FindAccountNumber(const Query& query) {
  const std::string folded = FoldedAccountNumber(query.text);
  if (!query.digits.empty() || only_.has_value()) {
    return FindPrefix(IndexTag::kAccountNumber, folded, kAccountNumber);
  }
  bool may_be = true;
  const auto look = [&](const WordMemory& memory) {
    may_be = !memory.CustomersNumbered(query.text).empty();
  };
  if (memory_ != nullptr && memory_->Read(look) && !may_be) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto id, comptoir::FindAccountNumber(reader_, query.text));
  if (id.has_value() && shown_.Contains(*id)) Add({.id = *id}, kAccountNumber).exact = true;
  return absl::OkStatus();
}

absl::Status Finder::FindLoyaltyCard(const Query& query) {
  COMPTOIR_ASSIGN_OR_RETURN(const LoyaltyCardMatches found,
                            FindByLoyaltyCard(reader_, query.text, RowsMax(matches_max_)));
  complete_ = complete_ && found.complete;
  size_t cards = 0;
  for (const LoyaltyCardMatch& card : found.matches) {
    if (!shown_.Contains(card.customer)) continue;
    if (cards++ == matches_max_) {
      complete_ = false;
      break;
    }
    Match& match = Add({.id = card.customer}, kLoyaltyCard);
    match.exact = match.exact || card.whole;
  }
  return absl::OkStatus();
}

absl::Status Finder::FindPhone(const Query& query) {
  // Few digits are more often the last ones, for many phones begin alike; but not with a prefix.
  const bool has_prefix = query.text.starts_with('+') || query.digits.starts_with('0');
  if (!has_prefix) COMPTOIR_RETURN_IF_ERROR(FindLastDigits(query.digits));
  for (const std::string& digits : PhonePrefixes(query.text, country_)) {
    COMPTOIR_RETURN_IF_ERROR(FindPrefix(IndexTag::kPhone, digits, kPhone));
  }
  if (has_prefix) COMPTOIR_RETURN_IF_ERROR(FindLastDigits(query.digits));
  // The last digits of a number abroad, typed with its trunk prefix.
  const size_t zeros = std::min(query.digits.find_first_not_of('0'), query.digits.size());
  if (zeros == 0 || query.digits.size() - zeros < kNationalDigitsMin) return absl::OkStatus();
  return FindLastDigits(query.digits.substr(zeros));
}

absl::Status Finder::FindLastDigits(const std::string& digits) {
  const std::string backwards(digits.rbegin(), digits.rend());
  return FindPrefix(IndexTag::kPhoneBackwards, backwards, kPhone);
}

absl::Status Finder::FindPrefix(IndexTag tag, std::string_view value, Field field) {
  const NearTo to = IsFull() ? NearTo::kWholeValues : NearTo::kBeginnings;
  complete_ = complete_ && !IsFull();
  COMPTOIR_ASSIGN_OR_RETURN(const bool all,
                            VisitShown(tag, value, to, matches_max_,
                                       [&](std::string_view found, const KnownCustomer& customer) {
                                         Match& match = Add(customer, field);
                                         AddContact(tag, found, match);
                                         match.exact = match.exact || found.size() == value.size();
                                       }));
  complete_ = complete_ && all;
  return absl::OkStatus();
}

size_t Finder::RowsMax(size_t shown_max) const {
  return shown_.all() ? std::max(shown_max, kRowsMin) : std::max(shown_max, kRowsToShownMax);
}

absl::StatusOr<bool> Finder::VisitShown(IndexTag tag, std::string_view value, NearTo to,
                                        size_t shown_max, VisitValue visit) {
  const size_t rows_max = RowsMax(shown_max);
  size_t rows = 0;
  absl::flat_hash_set<CustomerId> visited(shown_max);
  bool all = true;
  // False: no further.
  const auto take = [&](const CustomerId& id, absl::FunctionRef<void()> visit_it) {
    all = rows++ < rows_max;
    if (!all) return false;
    if (!shown_.Contains(id)) return true;
    all = visited.size() < shown_max || visited.contains(id);
    if (!all) return false;
    visited.insert(id);
    visit_it();
    return true;
  };
  const auto visit_memory = [&](const WordMemory& memory) {
    // So many at once that a page needs: ids come from memory all together.
    std::vector<std::pair<std::string, CustomerOrdinal>> batch;
    batch.reserve(shown_max + 1);
    const auto take_batch = [&] {
      for (const auto& [found, ordinal] : std::exchange(batch, {})) {
        const KnownCustomer customer = memory.Known(ordinal);
        if (!take(customer.id, [&, &found = found] { visit(found, customer); })) return false;
      }
      return true;
    };
    memory.values(tag)->VisitBeginning(value, [&](std::string_view found, CustomerOrdinal ordinal) {
      if (to == NearTo::kWholeValues && found.size() > value.size()) return false;
      memory.PrefetchCustomer(ordinal);
      batch.emplace_back(found, ordinal);
      return batch.size() <= shown_max || take_batch();
    });
    take_batch();
  };
  // Whether somebody is shown is read in the database as it was when the search began, and memory
  // kept from changing meanwhile: where that is to be asked, all is read there.
  const bool by_memory = memory_ != nullptr && shown_.all() && WordMemory::HasValues(tag);
  if (by_memory && memory_->Read(visit_memory)) return all;
  const std::string prefix =
      to == NearTo::kWholeValues ? IndexWholeValue(tag, value) : IndexPrefix(tag, value);
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(
      reader_, Table::kIndex, PrefixRange(prefix, rows_max + 1), [&](std::string_view key) {
        const KnownCustomer customer = {.id = CustomerOfIndexKey(key)};
        return take(customer.id, [&] { visit(ValueOfIndexKey(key), customer); });
      }));
  return all;
}

absl::Status Finder::FindWords(const std::vector<QueryWord>& words, const WordPlaces& places,
                               WordStep step) {
  if (!places.names && !places.emails && !places.addresses) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const WordMatches found, MatchesOf(words, places, step));
  complete_ = complete_ && found.complete;
  for (const WordMatch& word_match : found.matches) {
    const size_t of_addresses = word_match.words_of_addresses;
    const bool is_new = !matches_.contains(word_match.customer);
    Match& match = MatchOf({.id = word_match.customer, .ordinal = word_match.ordinal});
    if (std::exchange(match.by_words, true)) continue;
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
    // Whoever was found otherwise ranks no lower for that.
    if (is_new) match.words_inside = word_match.words_inside;
    match.errors = match.exact ? 0 : word_match.words_meant;
  }
  return absl::OkStatus();
}

absl::StatusOr<WordMatches> Finder::MatchesOf(const std::vector<QueryWord>& words,
                                              const WordPlaces& places, WordStep step) {
  std::vector<CustomerOrdinal> found_before;
  for (const auto& [customer, match] : matches_) {
    if (match.by_words && match.ordinal != kNoOrdinal) found_before.push_back(match.ordinal);
  }
  absl::StatusOr<WordMatches> found = WordMatches();
  const auto find = [&](const WordMemory& memory) {
    found = FindByWords(memory, reader_, words, {.matches_max = matches_max_}, places, shown_,
                        {.next = step, .customers = found_before});
  };
  if (memory_ != nullptr && memory_->Read(find)) return found;
  const size_t matches_max = words.size() == 1 ? matches_max_ : kSeveralWordsMax;
  return FindByWords(reader_, words, {.matches_max = matches_max}, places, shown_);
}

absl::StatusOr<std::vector<std::string>> Finder::WordsNear(IndexTag tag,
                                                           const std::string& typed) const {
  std::vector<std::string> near;
  const auto find = [&](const WordMemory& memory) { near = NearWords(memory, tag, typed); };
  if (memory_ != nullptr && memory_->Read(find)) return near;
  return NearValues(reader_, tag, typed, NearTo::kWholeValues);
}

absl::Status Finder::FindNear(IndexTag tag, std::string_view value, NearTo to, Field field) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto near, NearValues(reader_, tag, value, to));
  for (const std::string& meant : near) {
    const auto all = VisitShown(tag, meant, to, kNearCustomersMax,
                                [&](std::string_view found, const KnownCustomer& customer) {
                                  if (matches_.contains(customer.id)) return;
                                  Match& match = Add(customer, field);
                                  AddContact(tag, found, match);
                                  match.errors = 1;
                                });
    COMPTOIR_RETURN_IF_ERROR(all.status());
  }
  return absl::OkStatus();
}

bool Finder::IsFoundIn(Field field) const {
  return std::any_of(matches_.begin(), matches_.end(),
                     [field](const auto& match) { return match.second.fields[field]; });
}

Match& Finder::Add(const KnownCustomer& customer, Field field) {
  Match& match = MatchOf(customer);
  match.fields[field] = true;
  return match;
}

Match& Finder::MatchOf(const KnownCustomer& customer) {
  const auto [match, is_new] = matches_.try_emplace(customer.id);
  if (is_new) match->second.place = matches_.size();
  if (customer.ordinal != kNoOrdinal) match->second.ordinal = customer.ordinal;
  return match->second;
}

void Finder::AddContact(IndexTag tag, std::string_view value, Match& match) {
  if (tag == IndexTag::kAccountNumber) return;
  std::string& contact = match.contacts.emplace_back(value);
  if (tag == IndexTag::kPhoneBackwards) std::reverse(contact.begin(), contact.end());
}

}  // namespace comptoir::search
