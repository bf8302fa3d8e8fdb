#include "cli/import/duplicates.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/import/csv_reader.h"
#include "cli/resource_names.h"
#include "common/base/check.h"

namespace comptoir::cli {
namespace {

using customer::v1::Customer;

// Drawn once; only this process compares what rests on it.
constexpr std::string_view kKeyNamespace = "0c7de0b6-3d52-4c53-8a8b-2f6f0f7c4b11";

// Between a name and its postal code.
constexpr char kSeparator = '|';

void AddKey(std::string kind, std::string value, std::vector<PersonKey>& keys) {
  if (value.empty()) return;
  PersonKey key{std::move(kind), std::move(value)};
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
}

std::string NameOf(const PersonKey& key) { return key.value.substr(0, key.value.find(kSeparator)); }

template <typename Contact>
bool Has(const Contact& first, const google::protobuf::RepeatedPtrField<Contact>& others,
         const std::string& value, const std::string& (Contact::*normalised)() const) {
  return (first.*normalised)() == value ||
         std::any_of(others.begin(), others.end(),
                     [&](const Contact& other) { return (other.*normalised)() == value; });
}

}  // namespace

std::string FoldedName(std::string_view name) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const casefold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFDInstance(error);
  COMPTOIR_CHECK(U_SUCCESS(error));
  const icu::UnicodeString folded =
      decompose->normalize(casefold->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(
                                                   name.data(), static_cast<int32_t>(name.size()))),
                                               error),
                           error);
  std::set<std::string> words;
  icu::UnicodeString word;
  const auto end_word = [&] {
    std::string text;
    word.toUTF8String(text);
    if (!text.empty()) words.insert(std::move(text));
    word.remove();
  };
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (u_charType(c) == U_NON_SPACING_MARK) continue;
    if (u_isalnum(c) != 0) {
      word.append(c);
    } else {
      end_word();
    }
  }
  end_word();
  return absl::StrJoin(words, " ");
}

std::vector<PersonKey> PersonKeys(const Customer& customer) {
  std::vector<PersonKey> keys;
  AddKey("email", customer.email().normalized(), keys);
  for (const auto& email : customer.secondary_emails()) AddKey("email", email.normalized(), keys);
  AddKey("phone", customer.phone().e164(), keys);
  for (const auto& phone : customer.secondary_phones()) AddKey("phone", phone.e164(), keys);
  const std::string name = FoldedName(customer.display_name());
  for (const customer::v1::Address& address : customer.addresses()) {
    const std::string postal_code = FoldedName(address.postal_code());
    if (name.empty() || postal_code.empty()) continue;
    AddKey("name", absl::StrCat(name, std::string(1, kSeparator), postal_code), keys);
  }
  return keys;
}

customer::v1::SearchCustomersRequest SearchFor(const PersonKey& key, std::string_view channel) {
  customer::v1::SearchCustomersRequest request;
  request.set_channel(std::string(channel));
  request.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
  request.set_query(key.value);
  if (key.kind != "name") {
    request.set_field(key.kind);
  } else {
    std::replace(request.mutable_query()->begin(), request.mutable_query()->end(), kSeparator, ' ');
  }
  return request;
}

bool LooksLike(const PersonKey& key, const Customer& found) {
  if (key.kind == "email") {
    return Has(found.email(), found.secondary_emails(), key.value,
               &customer::v1::Email::normalized);
  }
  if (key.kind == "phone") {
    return Has(found.phone(), found.secondary_phones(), key.value, &customer::v1::Phone::e164);
  }
  // That the postal code is the customer's the search says.
  return FoldedName(found.display_name()) == NameOf(key);
}

std::vector<DuplicateRows::Duplicate> DuplicateRows::Add(uint64_t row,
                                                         const std::vector<PersonKey>& keys) {
  std::vector<Duplicate> duplicates;
  for (const PersonKey& key : keys) {
    const Uuid digest =
        Uuid::NameBased(*Uuid::Parse(kKeyNamespace), absl::StrCat(key.kind, ":", key.value));
    const uint64_t first = rows_.emplace(digest, row).first->second;
    if (first == row) continue;
    const bool known =
        std::any_of(duplicates.begin(), duplicates.end(),
                    [&](const Duplicate& duplicate) { return duplicate.row == first; });
    if (!known) duplicates.push_back({key.kind, first});
  }
  return duplicates;
}

std::string DuplicatesHeader() {
  return CsvLine({"row", "same", "other_row", "customer", "account_number"});
}

std::string DuplicateRowLine(uint64_t row, const DuplicateRows::Duplicate& duplicate) {
  return CsvLine({absl::StrCat(row), duplicate.kind, absl::StrCat(duplicate.row), "", ""});
}

std::string DuplicateCustomerLine(uint64_t row, std::string_view kind, const Customer& customer) {
  return CsvLine(
      {absl::StrCat(row), std::string(kind), "", IdOf(customer.name()), customer.account_number()});
}

}  // namespace comptoir::cli
