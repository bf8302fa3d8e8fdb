// The index of customers and addresses: what keys a record has in table index, worked out from the
// record alone.
//
// Keys begin with a tag and end with the customer's id, those of address words with the address's
// after it:
//   word           tag, folded word, id               value empty
//   account number tag, number in upper case, id      value: the number as it is
//   e-mail         tag, normalised e-mail, id         value empty; secondary ones too
//   e-mail word    tag, folded word of an e-mail, id    value empty; secondary ones too
//   phone          tag, digits, id; and backwards     value empty; secondary ones too
//   address word   tag, folded word of an active address, id, address id    value empty
//   active address tag, customer id, created, address id: the order in which addresses become
//   primary

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_INDEX_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_INDEX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

enum class IndexTag : uint8_t {
  kWord = 1,
  kAccountNumber = 2,
  kEmail = 3,
  kPhone = 4,
  kPhoneBackwards = 5,
  kActiveAddress = 6,
  kAddressWord = 7,
  kEmailWord = 8,
  // Of loyalty cards, see loyalty_cards.h.
  kLoyaltyCardOfCustomer = 10,
  kLoyaltyCardOfRequest = 11,
};

// Keys with their values.
using IndexEntries = absl::btree_map<std::string, std::string>;

// A customer's that was rejected are none: only its UUID resolves.
IndexEntries CustomerIndexEntries(const storage::v1::CustomerRecord& record);
// A deactivated address's are none.
IndexEntries AddressIndexEntries(const storage::v1::AddressRecord& record);

// The same to be put where there were none: in no order, and of two that are the same either
// counts.
using NewIndexEntries = std::vector<std::pair<std::string, std::string>>;
NewIndexEntries NewCustomerIndexEntries(const storage::v1::CustomerRecord& record);
NewIndexEntries NewAddressIndexEntries(const storage::v1::AddressRecord& record);

// Writes only what differs.
void WriteIndexDifference(Transaction& transaction, const IndexEntries& old,
                          const IndexEntries& now);
// The same where the record `now` takes the place of `old`; null: there is none. What doesn't
// differ isn't worked out either. REQUIRES: both are of one customer, or one address.
void WriteIndexDifference(Transaction& transaction, const storage::v1::CustomerRecord* old,
                          const storage::v1::CustomerRecord* now);
void WriteIndexDifference(Transaction& transaction, const storage::v1::AddressRecord* old,
                          const storage::v1::AddressRecord* now);

// What a customer is indexed by.
std::vector<std::string> IndexedWords(const customer::v1::Customer& customer);
// Of an address: where it is. Its country isn't one: it would be a word of nearly everybody.
std::vector<std::string> IndexedWords(const customer::v1::Address& address);
// Of e-mails, primary and secondary.
std::vector<std::string> IndexedEmailWords(const customer::v1::Customer& customer);
std::vector<std::string> IndexedEmailWords(const customer::v1::Email& email);
std::string IndexedPhoneDigits(const customer::v1::Phone& phone);

// The begin of all keys whose value begins with `value`.
std::string IndexPrefix(IndexTag tag, std::string_view value);
// The begin of all keys whose value is `value`.
std::string IndexWholeValue(IndexTag tag, std::string_view value);
// Whether the value of `key`, which begins with IndexPrefix(tag, value), is that value and not a
// longer one.
bool IsWholeValue(std::string_view key, std::string_view prefix);
// The value in a key: a word, an e-mail, the digits of a phone.
std::string ValueOfIndexKey(std::string_view key);
// The customer at the end of a key.
CustomerId CustomerOfIndexKey(std::string_view key);

// The begin of the keys of a customer's active addresses, oldest first, and the address at the end
// of such a key.
std::string ActiveAddressPrefix(const CustomerId& customer);
std::optional<AddressId> ParseActiveAddressKey(std::string_view key);

// As account numbers are matched: without regard to case.
std::string FoldedAccountNumber(std::string_view account_number);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_INDEX_H_
