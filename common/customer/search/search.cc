#include "common/customer/search/search.h"

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/search_matches.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;
using search::Field;
using search::Finder;
using search::Match;
using storage::v1::CustomerRecord;

struct Ranked {
  const Match* match;
  std::string folded_name;
  CustomerId id;
  CustomerRecord record;
};

bool IsBetter(const std::unique_ptr<Ranked>& a, const std::unique_ptr<Ranked>& b) {
  return std::tuple(a->match->Rank(), std::tie(a->folded_name, a->id)) <
         std::tuple(b->match->Rank(), std::tie(b->folded_name, b->id));
}

// The best of those that were found, in the order of their ids; of equally good ones those that
// were found first.
std::vector<CustomerId> Best(const Finder& finder, size_t ids_max) {
  std::vector<const std::pair<const CustomerId, Match>*> best;
  for (const auto& match : finder.matches()) best.push_back(&match);
  if (best.size() > ids_max) {
    std::nth_element(best.begin(), best.begin() + static_cast<ptrdiff_t>(ids_max), best.end(),
                     [](const auto* a, const auto* b) {
                       return std::tuple(a->second.Rank(), a->second.place) <
                              std::tuple(b->second.Rank(), b->second.place);
                     });
    best.resize(ids_max);
  }
  std::vector<CustomerId> ids;
  for (const auto* match : best) ids.push_back(match->first);
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Best first; reads no more records than the page has, for those are dear. Borrows from `finder`.
// By pointer, for sorting swaps and records are dear to swap, too.
absl::StatusOr<std::vector<std::unique_ptr<Ranked>>> Rank(const Reader& reader,
                                                          const Finder& finder, size_t page_size) {
  const std::vector<CustomerId> ids = Best(finder, page_size);
  std::vector<std::string> keys;
  keys.reserve(ids.size());
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
  if (field == Field::kEmail) {
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
  for (uint8_t i = 0; i < search::kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    if (!ranked.match->fields[field]) continue;
    if (field == Field::kEmail || field == Field::kPhone) {
      AddMatchedContacts(ranked.record.customer(), *ranked.match, field, result);
    } else {
      result.add_matched_fields(search::kFieldNames[field]);
    }
  }
}

absl::StatusOr<size_t> PageSizeOfSearch(const SearchCustomersRequest& request) {
  return PageSizeOf(request.page_size(), kSearchPageSizeDefault, kSearchPageSizeMax);
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
  if (!request.field().empty() && !search::FieldNamed(request.field()).has_value()) {
    violations.Add("field", "VALUE_UNKNOWN", "Not a field that is searched.");
  }
  if (!PageSizeOfSearch(request).ok()) {
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
  COMPTOIR_ASSIGN_OR_RETURN(const size_t page_size, PageSizeOfSearch(request));
  ShownCustomers shown(reader, is_shown);
  // One more than the page holds tells that there are more.
  Finder finder(reader, country, search::FieldNamed(request.field()), page_size + 1, shown);
  const search::Query query(request.query());
  COMPTOIR_RETURN_IF_ERROR(finder.Find(query));
  if (finder.matches().size() < page_size) COMPTOIR_RETURN_IF_ERROR(finder.FindNear(query));
  COMPTOIR_RETURN_IF_ERROR(shown.status());
  COMPTOIR_ASSIGN_OR_RETURN(const auto ranked, Rank(reader, finder, page_size));

  SearchCustomersResponse response;
  response.set_truncated(!finder.complete() || !shown.complete() ||
                         finder.matches().size() > page_size);
  for (const auto& each : ranked) {
    auto& result = *response.add_results();
    AddMatchedFields(*each, result);
    COMPTOIR_ASSIGN_OR_RETURN(*result.mutable_customer(),
                              ReadCustomerView(reader, std::move(each->record), language));
  }
  return response;
}

}  // namespace comptoir
