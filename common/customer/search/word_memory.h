// What searches read in memory. The words of all customers, each with those who have it, instead of
// table index, whose rows of one common word are a million. Who has which account number and phone,
// each of which takes a block of the index of its own. And the customers' records.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_MEMORY_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/types/span.h"
#include "common/base/huge_pages.h"
#include "common/base/prefetch.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/requests/names.h"
#include "common/customer/search/known_customer.h"
#include "common/customer/search/record_memory.h"
#include "common/customer/search/value_memory.h"
#include "common/customer/search/word_vocabulary.h"

namespace comptoir {

// Rows of these tags it knows, in the order of the index.
inline constexpr IndexTag kTagsInMemory[] = {IndexTag::kWord,        IndexTag::kAccountNumber,
                                             IndexTag::kPhone,       IndexTag::kPhoneBackwards,
                                             IndexTag::kAddressWord, IndexTag::kEmailWord};

// Told of rows of table index, in any order; knows the words of names, e-mails and addresses
// (IndexTag::kWord, kEmailWord, kAddressWord), and values that hardly two customers share, account
// numbers and phones (kAccountNumber, kPhone, kPhoneBackwards). Customers have ordinals in the
// order in which they were first seen, and keep them. Not thread-safe; const methods may be called
// by several threads at once. Stays where it is.
class WordMemory {
 public:
  WordMemory();
  WordMemory(const WordMemory&) = delete;
  WordMemory& operator=(const WordMemory&) = delete;

  // A row of table index is there, or isn't there any more. Both may be repeated; keys of other
  // tags, and what isn't a key, are ignored. A row of an address word goes with the word itself: to
  // be called only if no other address of the customer has that word.
  void Add(std::string_view index_key);
  void Remove(std::string_view index_key);

  // A record of a customer (see customers.h) is there, or isn't there any more; as above.
  void PutRecord(const CustomerId& customer, std::string_view record);
  void RemoveRecord(const CustomerId& customer);

  // REQUIRED after Add() before anything is read. Costs little after a few; after a whole index
  // about as much as adding it did.
  void Settle();

  // The words of one kind. REQUIRES: one of the three tags.
  const WordVocabulary& words(IndexTag tag) const;
  // The values of one kind, as they are in the index; null for other tags.
  const ValueMemory* values(IndexTag tag) const;
  static constexpr bool HasValues(IndexTag tag) {
    return tag == IndexTag::kAccountNumber || tag == IndexTag::kPhone ||
           tag == IndexTag::kPhoneBackwards;
  }
  // All who have this account number, whatever its case.
  std::vector<KnownCustomer> CustomersNumbered(std::string_view account_number) const;
  // The customers' records as readers see them, see RecordMemory; nothing for those that aren't in
  // memory.
  std::vector<std::optional<std::string>> RecordsOf(
      absl::Span<const KnownCustomer> customers) const;
  std::optional<std::string> RecordOf(const KnownCustomer& customer) const;
  // REQUIRES: ordinal < customers().
  const CustomerId& customer(CustomerOrdinal ordinal) const { return customers_[ordinal]; }
  KnownCustomer Known(CustomerOrdinal ordinal) const {
    return {.id = customers_[ordinal], .ordinal = ordinal};
  }
  // To be called as soon as it is known who will be asked for: ids are nowhere near each other.
  void PrefetchCustomer(CustomerOrdinal ordinal) const { Prefetch(&customers_[ordinal]); }

  // Keeps no more records than there is room for beside the rest, which has what it needs.
  void SetBytesMax(size_t bytes_max);

  // What it occupies, about.
  size_t bytes() const { return bytes_without_records() + records_.bytes(); }
  size_t bytes_without_records() const;
  // Those that were ever seen.
  size_t customers() const { return customers_.size(); }
  // Of all three kinds.
  size_t words() const;
  // Customers with an account number.
  size_t numbered() const { return numbers_.size(); }
  size_t records() const { return records_.size(); }

 private:
  // Customers by their ids, whose ordinals alone are stored.
  struct Ids {
    using is_transparent = void;
    const HugeVector<CustomerId>* customers;
    const CustomerId& Of(CustomerOrdinal ordinal) const { return (*customers)[ordinal]; }
    static const CustomerId& Of(const CustomerId& id) { return id; }
  };
  struct Hash : Ids {
    size_t operator()(const auto& customer) const { return absl::HashOf(Of(customer)); }
  };
  struct Equal : Ids {
    bool operator()(const auto& a, const auto& b) const { return Of(a) == Of(b); }
  };

  // The words that a key is about; null for other tags.
  WordVocabulary* WordsOf(std::string_view index_key);
  // The same of values, in a WordMemory that is const or isn't.
  static auto* ValuesOf(auto& memory, IndexTag tag) {
    switch (tag) {
      case IndexTag::kAccountNumber:
        return &memory.numbers_;
      case IndexTag::kPhone:
        return &memory.phones_;
      case IndexTag::kPhoneBackwards:
        return &memory.phones_backwards_;
      default:
        return static_cast<decltype(&memory.numbers_)>(nullptr);
    }
  }
  CustomerOrdinal OrdinalOf(const CustomerId& id);
  // kNoOrdinal where it isn't known.
  CustomerOrdinal OrdinalOf(const KnownCustomer& customer) const;

  HugeVector<CustomerId> customers_;  // by ordinal
  absl::flat_hash_set<CustomerOrdinal, Hash, Equal, HugePageAllocator<CustomerOrdinal>> ordinals_;
  WordVocabulary names_{FindInside::kYes};
  WordVocabulary emails_{FindInside::kNo};
  WordVocabulary addresses_{FindInside::kYes};
  ValueMemory numbers_;
  ValueMemory phones_;
  ValueMemory phones_backwards_;
  RecordMemory records_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_MEMORY_H_
