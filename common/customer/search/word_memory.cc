#include "common/customer/search/word_memory.h"

#include "common/base/check.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"

namespace comptoir {
namespace {

// What the set of ordinals occupies for each, about: a slot, a byte of control, the empty slots.
constexpr size_t kBytesPerOrdinal = 9;

// A word, or another value, and who has it.
struct WordKey {
  std::string word;
  CustomerId customer;
};

// A key of the index that begins with a value: see customer_index.h. Nothing if it isn't one.
std::optional<WordKey> ParseWordKey(std::string_view key) {
  KeyReader reader(key);
  reader.Byte();
  std::optional<std::string> word = reader.String();
  const std::optional<Uuid> customer = reader.Id();
  if (!reader.ok() || word->empty()) return std::nullopt;
  return WordKey{.word = *std::move(word), .customer = *customer};
}

IndexTag TagOf(std::string_view index_key) {
  return index_key.empty() ? IndexTag() : static_cast<IndexTag>(index_key.front());
}

}  // namespace

WordMemory::WordMemory() : ordinals_(0, Hash{{&customers_}}, Equal{{&customers_}}) {}

void WordMemory::Add(std::string_view index_key) {
  WordVocabulary* const words = WordsOf(index_key);
  ValueMemory* const values = ValuesOf(*this, TagOf(index_key));
  if (words == nullptr && values == nullptr) return;
  const std::optional<WordKey> key = ParseWordKey(index_key);
  if (!key.has_value()) return;
  const CustomerOrdinal customer = OrdinalOf(key->customer);
  if (words != nullptr) {
    words->Add(key->word, customer);
  } else {
    values->Add(key->word, customer);
  }
}

void WordMemory::Remove(std::string_view index_key) {
  WordVocabulary* const words = WordsOf(index_key);
  ValueMemory* const values = ValuesOf(*this, TagOf(index_key));
  if (words == nullptr && values == nullptr) return;
  const std::optional<WordKey> key = ParseWordKey(index_key);
  if (!key.has_value()) return;
  const auto customer = ordinals_.find(key->customer);
  if (customer == ordinals_.end()) return;
  if (words != nullptr) {
    words->Remove(key->word, *customer);
  } else {
    values->Remove(key->word, *customer);
  }
}

void WordMemory::PutRecord(const CustomerId& customer, std::string_view record) {
  records_.Put(OrdinalOf(customer), customer, record);
}

void WordMemory::RemoveRecord(const CustomerId& customer) {
  const auto known = ordinals_.find(customer);
  if (known != ordinals_.end()) records_.Remove(*known);
}

void WordMemory::Settle() {
  names_.Settle();
  emails_.Settle();
  addresses_.Settle();
}

CustomerOrdinal WordMemory::OrdinalOf(const CustomerId& id) {
  const auto known = ordinals_.find(id);
  if (known != ordinals_.end()) return *known;
  const auto ordinal = static_cast<CustomerOrdinal>(customers_.size());
  if (customers_.size() == customers_.capacity()) {
    customers_.reserve(customers_.size() + customers_.size() / 8 + 16);
  }
  customers_.push_back(id);
  ordinals_.insert(ordinal);
  return ordinal;
}

WordVocabulary* WordMemory::WordsOf(std::string_view index_key) {
  switch (TagOf(index_key)) {
    case IndexTag::kWord:
      return &names_;
    case IndexTag::kEmailWord:
      return &emails_;
    case IndexTag::kAddressWord:
      return &addresses_;
    default:
      return nullptr;
  }
}

const WordVocabulary& WordMemory::words(IndexTag tag) const {
  if (tag == IndexTag::kWord) return names_;
  if (tag == IndexTag::kEmailWord) return emails_;
  COMPTOIR_CHECK(tag == IndexTag::kAddressWord) << "not a tag of words";
  return addresses_;
}

const ValueMemory* WordMemory::values(IndexTag tag) const { return ValuesOf(*this, tag); }

std::vector<KnownCustomer> WordMemory::CustomersNumbered(std::string_view account_number) const {
  const std::string folded = FoldedAccountNumber(account_number);
  std::vector<KnownCustomer> customers;
  numbers_.VisitBeginning(folded, [&](std::string_view number, CustomerOrdinal ordinal) {
    if (number.size() > folded.size()) return false;
    // The record is asked for next.
    records_.Prefetch({&ordinal, 1});
    customers.push_back(Known(ordinal));
    return true;
  });
  return customers;
}

std::vector<std::optional<std::string>> WordMemory::RecordsOf(
    absl::Span<const KnownCustomer> customers) const {
  for (const KnownCustomer& customer : customers) {
    if (customer.ordinal == kNoOrdinal) ordinals_.prefetch(customer.id);
  }
  std::vector<CustomerOrdinal> known;
  known.reserve(customers.size());
  for (const KnownCustomer& customer : customers) known.push_back(OrdinalOf(customer));
  records_.Prefetch(known);
  std::vector<std::optional<std::string>> records(customers.size());
  for (size_t i = 0; i < customers.size(); ++i) {
    records[i] = records_.Find(known[i], customers[i].id);
  }
  return records;
}

std::optional<std::string> WordMemory::RecordOf(const KnownCustomer& customer) const {
  return records_.Find(OrdinalOf(customer), customer.id);
}

CustomerOrdinal WordMemory::OrdinalOf(const KnownCustomer& customer) const {
  if (customer.ordinal != kNoOrdinal) return customer.ordinal;
  const auto found = ordinals_.find(customer.id);
  return found == ordinals_.end() ? kNoOrdinal : *found;
}

void WordMemory::SetBytesMax(size_t bytes_max) {
  const size_t rest = bytes_without_records();
  records_.SetBytesMax(bytes_max > rest ? bytes_max - rest : 0);
}

size_t WordMemory::bytes_without_records() const {
  return customers_.capacity() * sizeof(CustomerId) + customers() * kBytesPerOrdinal +
         numbers_.bytes() + phones_.bytes() + phones_backwards_.bytes() + names_.bytes() +
         emails_.bytes() + addresses_.bytes();
}

size_t WordMemory::words() const { return names_.size() + emails_.size() + addresses_.size(); }

}  // namespace comptoir
