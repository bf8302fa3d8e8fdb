#include "common/customer/search/search.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customer_bytes.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/search_matches.h"
#include "common/customer/search/search_memory.h"
#include "common/storage/message_fields.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::SearchCustomersRequest;
using customer::v1::SearchCustomersResponse;
using search::Field;
using search::Finder;
using search::Match;
using storage::v1::CustomerRecord;

// One who was found. Stays where it is, for `stored` borrows `record`.
struct Ranked {
  const Match* match;
  CustomerId id;
  std::string record;
  CustomerInBytes stored;
  std::string folded_name;
};

absl::Status Unreadable() {
  return MakeError(Reason::kStorageCorrupt, "A record of a customer cannot be read.");
}

bool IsBetter(const std::unique_ptr<Ranked>& a, const std::unique_ptr<Ranked>& b) {
  return std::tuple(a->match->Rank(), std::tie(a->folded_name, a->id)) <
         std::tuple(b->match->Rank(), std::tie(b->folded_name, b->id));
}

using FoundCustomer = std::pair<const CustomerId, Match>;

// The best of those that were found, in the order of their ids; of equally good ones those that
// were found first. Borrows them.
std::vector<const FoundCustomer*> Best(const Finder& finder, size_t customers_max) {
  std::vector<const FoundCustomer*> best;
  best.reserve(finder.matches().size());
  for (const FoundCustomer& found : finder.matches()) best.push_back(&found);
  if (best.size() > customers_max) {
    std::nth_element(best.begin(), best.begin() + static_cast<ptrdiff_t>(customers_max), best.end(),
                     [](const auto* a, const auto* b) {
                       return std::tuple(a->second.Rank(), a->second.place) <
                              std::tuple(b->second.Rank(), b->second.place);
                     });
    best.resize(customers_max);
  }
  std::sort(best.begin(), best.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  return best;
}

// From memory, as far as they are there. REQUIRES: in order.
absl::StatusOr<std::vector<std::optional<std::string>>> RecordsOf(
    const Reader& reader, const std::vector<const FoundCustomer*>& customers,
    SearchMemory* memory) {
  std::vector<std::optional<std::string>> records(customers.size());
  if (memory != nullptr) {
    std::vector<KnownCustomer> known;
    known.reserve(customers.size());
    for (const auto* found : customers) {
      known.push_back({.id = found->first, .ordinal = found->second.ordinal});
    }
    records = memory->RecordsOf(known);
  }
  std::vector<std::string> keys;
  std::vector<std::optional<std::string>*> missing;
  for (size_t i = 0; i < customers.size(); ++i) {
    // A view that takes more than the record is of what `reader` has: in memory may be a later one.
    const auto stored = records[i].has_value() ? LookInto(*records[i]) : std::nullopt;
    if (stored.has_value() && HoldsItsView(*stored)) continue;
    keys.push_back(CustomerRecordKey(customers[i]->first));
    missing.push_back(&records[i]);
  }
  if (keys.empty()) return records;
  COMPTOIR_ASSIGN_OR_RETURN(auto values, reader.MultiGet(Table::kRecords, keys));
  for (size_t i = 0; i < keys.size(); ++i) *missing[i] = std::move(values[i]);
  return records;
}

// Best first; reads no more records than the page has, for those are dear. Borrows from `finder`.
absl::StatusOr<std::vector<std::unique_ptr<Ranked>>> Rank(const Reader& reader,
                                                          const Finder& finder, size_t page_size,
                                                          SearchMemory* memory) {
  const std::vector<const FoundCustomer*> best = Best(finder, page_size);
  COMPTOIR_ASSIGN_OR_RETURN(auto values, RecordsOf(reader, best, memory));
  std::vector<std::unique_ptr<Ranked>> ranked;
  ranked.reserve(best.size());
  for (size_t i = 0; i < best.size(); ++i) {
    if (!values[i].has_value()) continue;
    auto one = std::make_unique<Ranked>(Ranked{.match = &best[i]->second,
                                               .id = best[i]->first,
                                               .record = *std::move(values[i]),
                                               .stored = {},
                                               .folded_name = {}});
    const auto stored = LookInto(one->record);
    if (!stored.has_value()) return Unreadable();
    one->stored = *stored;
    one->folded_name = absl::StrJoin(FoldedWords(stored->display_name), " ");
    ranked.push_back(std::move(one));
  }
  std::sort(ranked.begin(), ranked.end(), IsBetter);
  return ranked;
}

// How many of the words that were found in e-mails are in this one.
size_t WordsIn(std::string_view normalized, const Match& match) {
  customer::v1::Email email;
  email.set_normalized(std::string(normalized));
  const std::vector<std::string> words = IndexedEmailWords(email);
  return static_cast<size_t>(
      std::count_if(match.email_words.begin(), match.email_words.end(),
                    [&](const QueryWord& word) { return HasEmailWord(words, word); }));
}

// Adds the names of those that `is_matched`: "email" if it is the primary one,
// "secondary_emails[1]" if not.
void AddNames(const std::vector<std::string_view>& contacts, const char* primary,
              const char* secondary, absl::FunctionRef<bool(std::string_view)> is_matched,
              std::vector<std::string>& fields) {
  for (size_t i = 0; i < contacts.size(); ++i) {
    if (!is_matched(contacts[i])) continue;
    fields.push_back(i == 0 ? primary : absl::StrCat(secondary, "[", i - 1, "]"));
  }
}

void AddMatchedEmails(const std::vector<std::string_view>& emails, const Match& match,
                      std::vector<std::string>& fields) {
  const auto add = [&](absl::FunctionRef<bool(std::string_view)> is_matched) {
    AddNames(emails, "email", "secondary_emails", is_matched, fields);
  };
  const size_t before = fields.size();
  add([&](std::string_view email) {
    return std::find(match.contacts.begin(), match.contacts.end(), email) != match.contacts.end();
  });
  if (fields.size() > before) return;
  // Those that have the most of the words, where none matched as a whole.
  size_t most = 0;
  for (const std::string_view email : emails) most = std::max(most, WordsIn(email, match));
  if (most > 0) add([&](std::string_view email) { return WordsIn(email, match) == most; });
}

void AddMatchedPhones(const std::vector<std::string_view>& phones, const Match& match,
                      std::vector<std::string>& fields) {
  AddNames(
      phones, "phone", "secondary_phones",
      [&](std::string_view phone) {
        return std::find(match.contacts.begin(), match.contacts.end(), PhoneDigits(phone)) !=
               match.contacts.end();
      },
      fields);
}

absl::StatusOr<std::vector<std::string>> MatchedFields(const Ranked& ranked) {
  std::vector<std::string> fields;
  for (uint8_t i = 0; i < search::kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    if (!ranked.match->fields[field]) continue;
    if (field == Field::kEmail || field == Field::kPhone) {
      const auto contacts = ContactsOf(ranked.stored);
      if (!contacts.has_value()) return Unreadable();
      if (field == Field::kEmail) {
        AddMatchedEmails(contacts->emails, *ranked.match, fields);
      } else {
        AddMatchedPhones(contacts->phones, *ranked.match, fields);
      }
    } else {
      fields.emplace_back(search::kFieldNames[field]);
    }
  }
  return fields;
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

// Visits those who are found, best first, no more than a page holds; true if there are more.
absl::StatusOr<bool> VisitFound(
    const Reader& reader, const SearchCustomersRequest& request, std::string_view country,
    const IsShown& is_shown, SearchMemory* memory,
    absl::FunctionRef<absl::Status(const Ranked&, std::vector<std::string> matched_fields)> visit) {
  COMPTOIR_RETURN_IF_ERROR(CheckRequest(request));
  COMPTOIR_ASSIGN_OR_RETURN(const size_t page_size, PageSizeOfSearch(request));
  ShownCustomers shown(reader, is_shown);
  // One more than the page holds tells that there are more.
  Finder finder(reader, country, search::FieldNamed(request.field()), page_size + 1, shown, memory);
  const search::Query query(request.query());
  COMPTOIR_RETURN_IF_ERROR(finder.Find(query));
  if (finder.matches().size() < page_size) COMPTOIR_RETURN_IF_ERROR(finder.FindInside(query));
  if (finder.matches().size() < page_size) COMPTOIR_RETURN_IF_ERROR(finder.FindNear(query));
  COMPTOIR_RETURN_IF_ERROR(shown.status());
  // In memory are records as they are now: whom a channel isn't shown any more it isn't shown anew.
  COMPTOIR_ASSIGN_OR_RETURN(const auto ranked,
                            Rank(reader, finder, page_size, shown.all() ? memory : nullptr));
  for (const auto& each : ranked) {
    COMPTOIR_ASSIGN_OR_RETURN(auto matched_fields, MatchedFields(*each));
    // The phone was changed while this searched: the record is from before, or after.
    if (matched_fields.empty() && each->match->fields[Field::kPhone]) continue;
    COMPTOIR_RETURN_IF_ERROR(visit(*each, std::move(matched_fields)));
  }
  return !finder.complete() || !shown.complete() || finder.matches().size() > page_size;
}

absl::StatusOr<Customer> ParsedView(const Reader& reader, const Ranked& found,
                                    std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, ParseRecord<CustomerRecord>(found.record));
  return ReadCustomerView(reader, std::move(record), language);
}

}  // namespace

absl::StatusOr<SearchCustomersResponse> SearchCustomers(
    const Reader& reader, const SearchCustomersRequest& request, std::string_view country,
    std::string_view language, const IsShown& is_shown, SearchMemory* memory) {
  SearchCustomersResponse response;
  const auto add = [&](const Ranked& found, std::vector<std::string> fields) -> absl::Status {
    SearchCustomersResponse::Result& result = *response.add_results();
    COMPTOIR_ASSIGN_OR_RETURN(*result.mutable_customer(), ParsedView(reader, found, language));
    for (std::string& field : fields) result.add_matched_fields(std::move(field));
    return absl::OkStatus();
  };
  COMPTOIR_ASSIGN_OR_RETURN(const bool truncated,
                            VisitFound(reader, request, country, is_shown, memory, add));
  response.set_truncated(truncated);
  return response;
}

absl::StatusOr<std::string> SearchCustomersBytes(const Reader& reader,
                                                 const SearchCustomersRequest& request,
                                                 std::string_view country,
                                                 std::string_view language, const IsShown& is_shown,
                                                 absl::FunctionRef<void(Customer&)> hide,
                                                 SearchMemory* memory) {
  // What one customer takes, about.
  constexpr size_t kBytesOfResult = 1 << 10;
  std::string response;
  response.reserve(kBytesOfResult * PageSizeOfSearch(request).value_or(0));
  const auto add = [&](const Ranked& found,
                       const std::vector<std::string>& matched_fields) -> absl::Status {
    std::string_view customer = found.stored.customer;
    std::optional<std::string> rest = ComputedBytes(found.stored);
    if (!rest.has_value()) {
      COMPTOIR_ASSIGN_OR_RETURN(Customer view, ParsedView(reader, found, language));
      hide(view);
      customer = {};
      rest = view.SerializeAsString();
    }
    // Sizes come before what they are of.
    std::string head;
    AppendFieldHead(SearchCustomersResponse::Result::kCustomerFieldNumber,
                    customer.size() + rest->size(), head);
    for (const std::string& field : matched_fields) {
      AppendField(SearchCustomersResponse::Result::kMatchedFieldsFieldNumber, field, *rest);
    }
    AppendFieldHead(SearchCustomersResponse::kResultsFieldNumber,
                    head.size() + customer.size() + rest->size(), response);
    response.append(head).append(customer).append(*rest);
    return absl::OkStatus();
  };
  COMPTOIR_ASSIGN_OR_RETURN(const bool truncated,
                            VisitFound(reader, request, country, is_shown, memory, add));
  AppendField(SearchCustomersResponse::kTruncatedFieldNumber, truncated ? 1 : 0, response);
  return response;
}

bool IsOfWords(const SearchCustomersRequest& request) {
  if (!CheckRequest(request).ok() || !request.field().empty()) return false;
  const search::Query query(request.query());
  return query.HasLetters() && !query.MayBeEmail() && !query.id.has_value();
}

}  // namespace comptoir
