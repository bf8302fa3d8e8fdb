#include "common/customer/records/customer_index.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/functional/function_ref.h"
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
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

constexpr size_t kStringEndBytes = 2;  // 0x00 0x01

constexpr std::string_view kStringEnd("\0\1", kStringEndBytes);

// What the entries of a value begin with.
KeyWriter EntryKey(IndexTag tag, std::string_view value) {
  KeyWriter key;
  key.Byte(static_cast<uint8_t>(tag)).String(value);
  return key;
}

std::string IndexEntryKey(IndexTag tag, std::string_view value, const CustomerId& customer) {
  return EntryKey(tag, value).Id(customer).key();
}

// Takes one entry. Of two that are the same either counts.
using AddEntry = absl::FunctionRef<void(std::string key, std::string_view value)>;

void AddEmail(const customer::v1::Email& email, const CustomerId& id, AddEntry add) {
  if (email.normalized().empty()) return;
  add(IndexEntryKey(IndexTag::kEmail, email.normalized(), id), "");
}

void AddPhone(const customer::v1::Phone& phone, const CustomerId& id, AddEntry add) {
  const std::string digits = IndexedPhoneDigits(phone);
  if (digits.empty()) return;
  const std::string backwards(digits.rbegin(), digits.rend());
  add(IndexEntryKey(IndexTag::kPhone, digits, id), "");
  add(IndexEntryKey(IndexTag::kPhoneBackwards, backwards, id), "");
}

bool SameEmail(const customer::v1::Email& a, const customer::v1::Email& b) {
  return a.normalized() == b.normalized();
}

bool SamePhone(const customer::v1::Phone& a, const customer::v1::Phone& b) {
  return a.e164() == b.e164() && a.number() == b.number();
}

CustomerId IndexedKeyOf(const CustomerRecord& record) { return IdOf(record.customer()); }

AddressKey IndexedKeyOf(const AddressRecord& record) {
  const absl::StatusOr<AddressKey> key = ParseAddressName(record.address().name());
  COMPTOIR_CHECK_OK(key);
  return *key;
}

std::vector<const std::string*> IndexedTexts(const customer::v1::Address& address) {
  std::vector<const std::string*> texts = {
      &address.street_number(), &address.building(), &address.district(),   &address.city(),
      &address.county(),        &address.state(),    &address.postal_code()};
  for (const std::string& line : address.street()) texts.push_back(&line);
  return texts;
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

bool IsIndexed(const CustomerRecord& record) {
  return record.customer().state() != customer::v1::CUSTOMER_STATE_REJECTED;
}

bool IsIndexed(const AddressRecord& record) { return !record.address().deactivated(); }

// What some of a record's fields are found by. Two records of one key that are the `same` in these
// fields have the same entries.
template <typename Record, typename Key>
struct IndexPart {
  bool (*same)(const Record& a, const Record& b);
  void (*add)(const Record& record, const Key& key, AddEntry add);
};
using CustomerPart = IndexPart<CustomerRecord, CustomerId>;
using AddressPart = IndexPart<AddressRecord, AddressKey>;

constexpr CustomerPart kNamePart = {
    .same =
        [](const CustomerRecord& a, const CustomerRecord& b) {
          return a.customer().display_name() == b.customer().display_name() &&
                 a.customer().given_name() == b.customer().given_name() &&
                 a.customer().middle_name() == b.customer().middle_name() &&
                 a.customer().family_name() == b.customer().family_name() &&
                 a.customer().organization_name() == b.customer().organization_name();
        },
    .add =
        [](const CustomerRecord& record, const CustomerId& id, AddEntry add) {
          for (const std::string& word : IndexedWords(record.customer())) {
            add(IndexEntryKey(IndexTag::kWord, word, id), "");
          }
        }};

constexpr CustomerPart kAccountNumberPart = {
    .same =
        [](const CustomerRecord& a, const CustomerRecord& b) {
          return a.customer().account_number() == b.customer().account_number();
        },
    .add =
        [](const CustomerRecord& record, const CustomerId& id, AddEntry add) {
          const std::string& number = record.customer().account_number();
          if (number.empty()) return;
          add(IndexEntryKey(IndexTag::kAccountNumber, FoldedAccountNumber(number), id), number);
        }};

constexpr CustomerPart kEmailPart = {
    .same =
        [](const CustomerRecord& a, const CustomerRecord& b) {
          const auto& of_a = a.customer().secondary_emails();
          const auto& of_b = b.customer().secondary_emails();
          return SameEmail(a.customer().email(), b.customer().email()) &&
                 std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), SameEmail);
        },
    .add =
        [](const CustomerRecord& record, const CustomerId& id, AddEntry add) {
          const Customer& customer = record.customer();
          AddEmail(customer.email(), id, add);
          for (const auto& email : customer.secondary_emails()) AddEmail(email, id, add);
          for (const std::string& word : IndexedEmailWords(customer)) {
            add(IndexEntryKey(IndexTag::kEmailWord, word, id), "");
          }
        }};

constexpr CustomerPart kPhonePart = {
    .same =
        [](const CustomerRecord& a, const CustomerRecord& b) {
          const auto& of_a = a.customer().secondary_phones();
          const auto& of_b = b.customer().secondary_phones();
          return SamePhone(a.customer().phone(), b.customer().phone()) &&
                 std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), SamePhone);
        },
    .add =
        [](const CustomerRecord& record, const CustomerId& id, AddEntry add) {
          const Customer& customer = record.customer();
          AddPhone(customer.phone(), id, add);
          for (const auto& phone : customer.secondary_phones()) AddPhone(phone, id, add);
        }};

// When it becomes primary.
constexpr AddressPart kPlacePart = {
    .same =
        [](const AddressRecord& a, const AddressRecord& b) {
          return a.created_sequence() == b.created_sequence() &&
                 a.created_ordinal() == b.created_ordinal();
        },
    .add =
        [](const AddressRecord& record, const AddressKey& key, AddEntry add) {
          // HQ gives the sequence; an address that HQ hasn't placed yet is the youngest.
          const uint64_t created = record.created_sequence() == 0
                                       ? std::numeric_limits<uint64_t>::max()
                                       : record.created_sequence();
          add(KeyWriter()
                  .Rest(ActiveAddressPrefix(key.customer))
                  .Fixed64(created)
                  .Fixed32(record.created_ordinal())
                  .Id(key.address)
                  .key(),
              "");
        }};

constexpr AddressPart kAddressWordPart = {
    .same =
        [](const AddressRecord& a, const AddressRecord& b) {
          const std::vector<const std::string*> of_a = IndexedTexts(a.address());
          const std::vector<const std::string*> of_b = IndexedTexts(b.address());
          return std::equal(
              of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
              [](const std::string* one, const std::string* other) { return *one == *other; });
        },
    .add =
        [](const AddressRecord& record, const AddressKey& key, AddEntry add) {
          for (const std::string& word : IndexedWords(record.address())) {
            add(EntryKey(IndexTag::kAddressWord, word).Id(key.customer).Id(key.address).key(), "");
          }
        }};

constexpr std::array kCustomerParts = {kNamePart, kAccountNumberPart, kEmailPart, kPhonePart};
constexpr std::array kAddressParts = {kPlacePart, kAddressWordPart};

const auto& PartsOf(const CustomerRecord&) { return kCustomerParts; }
const auto& PartsOf(const AddressRecord&) { return kAddressParts; }

// Of those parts that `wanted` says.
template <typename Record, typename Wanted>
void AddEntriesWhere(const Record& record, Wanted wanted, AddEntry add) {
  if (!IsIndexed(record)) return;
  const auto key = IndexedKeyOf(record);
  for (const auto& part : PartsOf(record)) {
    if (wanted(part)) part.add(record, key, add);
  }
}

template <typename Record, typename Wanted>
IndexEntries EntriesWhere(const Record& record, Wanted wanted) {
  IndexEntries entries;
  AddEntriesWhere(record, wanted, [&](std::string key, std::string_view value) {
    entries.insert_or_assign(std::move(key), std::string(value));
  });
  return entries;
}

template <typename Record>
NewIndexEntries NewEntriesOf(const Record& record) {
  NewIndexEntries entries;
  AddEntriesWhere(
      record, [](const auto&) { return true; },
      [&](std::string key, std::string_view value) {
        entries.emplace_back(std::move(key), value);
      });
  return entries;
}

template <typename Record>
void WriteDifferenceOf(Transaction& transaction, const Record* old, const Record* now) {
  const bool both = old != nullptr && now != nullptr && IsIndexed(*old) && IsIndexed(*now);
  const auto differs = [&](const auto& part) { return !both || !part.same(*old, *now); };
  if (old == nullptr && now != nullptr) {
    // Nothing is to be compared.
    AddEntriesWhere(*now, differs, [&](const std::string& key, std::string_view value) {
      transaction.Put(Table::kIndex, key, value);
    });
    return;
  }
  WriteIndexDifference(transaction, old != nullptr ? EntriesWhere(*old, differs) : IndexEntries(),
                       now != nullptr ? EntriesWhere(*now, differs) : IndexEntries());
}

}  // namespace

IndexEntries CustomerIndexEntries(const CustomerRecord& record) {
  return EntriesWhere(record, [](const auto&) { return true; });
}

IndexEntries AddressIndexEntries(const AddressRecord& record) {
  return EntriesWhere(record, [](const auto&) { return true; });
}

NewIndexEntries NewCustomerIndexEntries(const CustomerRecord& record) {
  return NewEntriesOf(record);
}

NewIndexEntries NewAddressIndexEntries(const AddressRecord& record) { return NewEntriesOf(record); }

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

void WriteIndexDifference(Transaction& transaction, const CustomerRecord* old,
                          const CustomerRecord* now) {
  WriteDifferenceOf(transaction, old, now);
}

void WriteIndexDifference(Transaction& transaction, const AddressRecord* old,
                          const AddressRecord* now) {
  WriteDifferenceOf(transaction, old, now);
}

std::vector<std::string> IndexedWords(const Customer& customer) {
  return DistinctWords({&customer.display_name(), &customer.given_name(), &customer.middle_name(),
                        &customer.family_name(), &customer.organization_name()});
}

std::vector<std::string> IndexedWords(const customer::v1::Address& address) {
  return DistinctWords(IndexedTexts(address));
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
  return EntryKey(tag, value).key();
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
