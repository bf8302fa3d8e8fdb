#include "common/customer/search/word_memory.h"

#include <optional>
#include <string>

#include "common/base/check.h"
#include "common/storage/key_codec.h"

namespace comptoir {
namespace {

// What the set of ordinals occupies for each, about: a slot, a byte of control, the empty slots.
constexpr size_t kBytesPerOrdinal = 9;

struct WordKey {
  std::string word;
  CustomerId customer;
};

// A key of words: see customer_index.h. Nothing if it isn't one.
std::optional<WordKey> ParseWordKey(std::string_view key) {
  KeyReader reader(key);
  reader.Byte();
  std::optional<std::string> word = reader.String();
  const std::optional<Uuid> customer = reader.Id();
  if (!reader.ok() || word->empty()) return std::nullopt;
  return WordKey{.word = *std::move(word), .customer = *customer};
}

}  // namespace

WordMemory::WordMemory() : ordinals_(0, Hash{{&customers_}}, Equal{{&customers_}}) {}

void WordMemory::Add(std::string_view index_key) {
  WordVocabulary* const words = WordsOf(index_key);
  if (words == nullptr) return;
  const std::optional<WordKey> key = ParseWordKey(index_key);
  if (key.has_value()) words->Add(key->word, OrdinalOf(key->customer));
}

void WordMemory::Remove(std::string_view index_key) {
  WordVocabulary* const words = WordsOf(index_key);
  if (words == nullptr) return;
  const std::optional<WordKey> key = ParseWordKey(index_key);
  if (!key.has_value()) return;
  const auto customer = ordinals_.find(key->customer);
  if (customer != ordinals_.end()) words->Remove(key->word, *customer);
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
  if (index_key.empty()) return nullptr;
  switch (static_cast<IndexTag>(index_key.front())) {
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

size_t WordMemory::bytes() const {
  return customers_.capacity() * sizeof(CustomerId) + customers() * kBytesPerOrdinal +
         names_.bytes() + emails_.bytes() + addresses_.bytes();
}

size_t WordMemory::words() const { return names_.size() + emails_.size() + addresses_.size(); }

}  // namespace comptoir
