#include "common/customer/records/customer_index.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "common/base/check.h"
#include "common/base/strings.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/email_words.h"
#include "common/storage/key_codec.h"

namespace comptoir {
namespace {

using customer::v1::Customer;

constexpr size_t kStringEndBytes = 2;  // 0x00 0x01

constexpr std::string_view kStringEnd("\0\1", kStringEndBytes);

std::string IndexEntryKey(IndexTag tag, std::string_view value, const CustomerId& customer) {
  return KeyWriter().Byte(static_cast<uint8_t>(tag)).String(value).Id(customer).key();
}

void AddEmail(const customer::v1::Email& email, const CustomerId& id, IndexEntries& entries) {
  if (email.normalized().empty()) return;
  entries[IndexEntryKey(IndexTag::kEmail, email.normalized(), id)] = "";
}

void AddPhone(const customer::v1::Phone& phone, const CustomerId& id, IndexEntries& entries) {
  const std::string digits = IndexedPhoneDigits(phone);
  if (digits.empty()) return;
  const std::string backwards(digits.rbegin(), digits.rend());
  entries[IndexEntryKey(IndexTag::kPhone, digits, id)] = "";
  entries[IndexEntryKey(IndexTag::kPhoneBackwards, backwards, id)] = "";
}

std::vector<std::string> Distinct(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

std::vector<std::string> DistinctWords(const std::vector<const std::string*>& texts) {
  std::vector<std::string> all;
  for (const std::string* text : texts) {
    for (std::string& word : FoldedWords(*text)) all.push_back(std::move(word));
  }
  return Distinct(std::move(all));
}

}  // namespace

IndexEntries CustomerIndexEntries(const storage::v1::CustomerRecord& record) {
  IndexEntries entries;
  const Customer& customer = record.customer();
  if (customer.state() == customer::v1::CUSTOMER_STATE_REJECTED) return entries;
  const CustomerId id = IdOf(customer);
  for (const std::string& word : IndexedWords(customer)) {
    entries[IndexEntryKey(IndexTag::kWord, word, id)] = "";
  }
  if (!customer.account_number().empty()) {
    const std::string folded = FoldedAccountNumber(customer.account_number());
    entries[IndexEntryKey(IndexTag::kAccountNumber, folded, id)] = customer.account_number();
  }
  AddEmail(customer.email(), id, entries);
  for (const auto& email : customer.secondary_emails()) AddEmail(email, id, entries);
  for (const std::string& word : IndexedEmailWords(customer)) {
    entries[IndexEntryKey(IndexTag::kEmailWord, word, id)] = "";
  }
  AddPhone(customer.phone(), id, entries);
  for (const auto& phone : customer.secondary_phones()) AddPhone(phone, id, entries);
  return entries;
}

IndexEntries AddressIndexEntries(const storage::v1::AddressRecord& record) {
  IndexEntries entries;
  if (record.address().deactivated()) return entries;
  const absl::StatusOr<AddressKey> key = ParseAddressName(record.address().name());
  COMPTOIR_CHECK_OK(key);
  // HQ gives the sequence; an address that HQ hasn't placed yet is the youngest.
  const uint64_t created = record.created_sequence() == 0 ? std::numeric_limits<uint64_t>::max()
                                                          : record.created_sequence();
  entries[KeyWriter()
              .Rest(ActiveAddressPrefix(key->customer))
              .Fixed64(created)
              .Fixed32(record.created_ordinal())
              .Id(key->address)
              .key()] = "";
  for (const std::string& word : IndexedWords(record.address())) {
    entries[KeyWriter()
                .Rest(IndexWholeValue(IndexTag::kAddressWord, word))
                .Id(key->customer)
                .Id(key->address)
                .key()] = "";
  }
  return entries;
}

void WriteIndexDifference(Transaction& transaction, const IndexEntries& old,
                          const IndexEntries& now) {
  for (const auto& [key, value] : old) {
    if (!now.contains(key)) transaction.Delete(Table::kIndex, key);
  }
  for (const auto& [key, value] : now) {
    const auto before = old.find(key);
    if (before == old.end() || before->second != value) {
      transaction.Put(Table::kIndex, key, value);
    }
  }
}

std::vector<std::string> IndexedWords(const Customer& customer) {
  return DistinctWords({&customer.display_name(), &customer.given_name(), &customer.middle_name(),
                        &customer.family_name(), &customer.organization_name()});
}

std::vector<std::string> IndexedWords(const customer::v1::Address& address) {
  std::vector<const std::string*> texts = {
      &address.street_number(), &address.building(), &address.district(),   &address.city(),
      &address.county(),        &address.state(),    &address.postal_code()};
  for (const std::string& line : address.street()) texts.push_back(&line);
  return DistinctWords(texts);
}

std::vector<std::string> IndexedEmailWords(const Customer& customer) {
  std::vector<std::string> all = EmailWords(customer.email().normalized());
  for (const auto& email : customer.secondary_emails()) {
    for (std::string& word : EmailWords(email.normalized())) all.push_back(std::move(word));
  }
  return Distinct(std::move(all));
}

std::vector<std::string> IndexedEmailWords(const customer::v1::Email& email) {
  return Distinct(EmailWords(email.normalized()));
}

std::string IndexedPhoneDigits(const customer::v1::Phone& phone) {
  return PhoneDigits(phone.e164().empty() ? phone.number() : phone.e164());
}

std::string IndexWholeValue(IndexTag tag, std::string_view value) {
  return KeyWriter().Byte(static_cast<uint8_t>(tag)).String(value).key();
}

std::string IndexPrefix(IndexTag tag, std::string_view value) {
  std::string key = IndexWholeValue(tag, value);
  key.resize(key.size() - kStringEndBytes);
  return key;
}

bool IsWholeValue(std::string_view key, std::string_view prefix) {
  return key.substr(prefix.size()).starts_with(kStringEnd);
}

std::string ValueOfIndexKey(std::string_view key) {
  KeyReader reader(key);
  reader.Byte();
  return reader.String().value_or("");
}

CustomerId CustomerOfIndexKey(std::string_view key) {
  const bool with_address = key.front() == static_cast<char>(IndexTag::kAddressWord);
  const size_t from_end = with_address ? 2 * Uuid::kBytes : Uuid::kBytes;
  COMPTOIR_CHECK(key.size() > from_end) << "a key of the index of " << key.size() << " bytes";
  return Uuid::FromBytes(key.substr(key.size() - from_end, Uuid::kBytes));
}

std::string ActiveAddressPrefix(const CustomerId& customer) {
  return KeyWriter().Byte(static_cast<uint8_t>(IndexTag::kActiveAddress)).Id(customer).key();
}

std::optional<AddressId> ParseActiveAddressKey(std::string_view key) {
  KeyReader reader(key);
  reader.Byte();
  reader.Id();
  reader.Fixed64();
  reader.Fixed32();
  const std::optional<Uuid> address = reader.Id();
  if (!reader.AtEnd()) return std::nullopt;
  return *address;
}

std::string FoldedAccountNumber(std::string_view account_number) {
  return absl::AsciiStrToUpper(ToAbsl(account_number));
}

}  // namespace comptoir
