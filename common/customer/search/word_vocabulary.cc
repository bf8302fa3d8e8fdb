#include "common/customer/search/word_vocabulary.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/hash/hash.h"
#include "common/base/check.h"
#include "common/base/strings.h"
#include "common/customer/search/characters.h"

namespace comptoir {
namespace {

// So much of the texts may be of words that are gone, and as much as of those that are there.
constexpr size_t kUnusedBytesMin = 64 << 10;

// What containers of so many numbers occupy, about: a slot, a byte of control and the empty slots;
// nodes that are three quarters full.
constexpr size_t kBytesPerNumber = 9;
constexpr size_t kBytesPerPlace = 16;

// Grows by an eighth: these are large, and most of them grow seldom.
template <typename Vector>
void PushBack(Vector& values, const typename Vector::value_type& value) {
  if (values.size() == values.capacity()) values.reserve(values.size() + values.size() / 8 + 2);
  values.push_back(value);
}

// The three bytes at `at`.
uint32_t PartAt(std::string_view text, size_t at) {
  uint32_t part = 0;
  std::memcpy(&part, text.data() + at, WordVocabulary::kPartBytesMin);
  return part;
}

// Each three bytes of a text, once.
std::vector<uint32_t> PartsOf(std::string_view text) {
  std::vector<uint32_t> parts;
  for (size_t at = 0; at + WordVocabulary::kPartBytesMin <= text.size(); ++at) {
    parts.push_back(PartAt(text, at));
  }
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

uint64_t BytesOf(std::string_view letter) {
  uint64_t bytes = 0;
  // Before the first one there is none.
  if (!letter.empty()) std::memcpy(&bytes, letter.data(), letter.size());
  return bytes;
}

}  // namespace

uint64_t WordVocabulary::BeginOf(std::string_view text) {
  unsigned char bytes[sizeof(uint64_t)] = {};
  std::memcpy(bytes, text.data(), std::min(text.size(), sizeof(bytes)));
  uint64_t begin = 0;
  for (const unsigned char byte : bytes) begin = begin << 8 | byte;
  return begin;
}

WordVocabulary::Ordered WordVocabulary::OrderedOf(std::string_view text, Number number) {
  const uint64_t begin = BeginOf(text);
  return {.begin = {static_cast<uint32_t>(begin >> 32), static_cast<uint32_t>(begin)},
          .number = number};
}

size_t WordVocabulary::Hash::HashOf(std::string_view text) { return absl::HashOf(ToAbsl(text)); }

void WordVocabulary::Add(std::string_view word, CustomerOrdinal customer) {
  COMPTOIR_CHECK(customer < kIsList);
  Word& found = words_[NumberOf(word, customer)];
  if ((found.customers & kIsList) != 0) {
    AddToList(found.customers & ~kIsList, customer);
  } else if (found.customers != customer) {
    found.customers = NewList(found.customers, customer) | kIsList;
  }
}

WordVocabulary::Number WordVocabulary::NumberOf(std::string_view text, CustomerOrdinal first) {
  if (last_ < words_.size() && words_[last_].text != kNoText && TextOf(last_) == text) return last_;
  const auto known = by_text_.find(text);
  if (known != by_text_.end()) return last_ = *known;
  Number number = static_cast<Number>(words_.size());
  if (free_words_.empty()) {
    PushBack(words_, {.text = kNoText, .customers = first});
  } else {
    number = free_words_.back();
    free_words_.pop_back();
    words_[number].customers = first;
  }
  AddText(text, number);
  by_text_.insert(number);
  in_order_.insert(in_order_.end(), OrderedOf(text, number));
  AddLetters(text);
  if (inside_ == FindInside::kYes) {
    for (const uint32_t part : PartsOf(text)) PushBack(by_part_[part], number);
    part_bytes_ += text.size() * sizeof(Number);
  }
  return last_ = number;
}

void WordVocabulary::AddText(std::string_view text, Number number) {
  COMPTOIR_CHECK(text.size() <= UINT16_MAX && texts_.size() < kNoText) << "too many words";
  words_[number].text = static_cast<uint32_t>(texts_.size());
  const size_t bytes = texts_.size() + kLengthBytes + text.size();
  if (bytes > texts_.capacity()) texts_.reserve(bytes + bytes / 8);
  const auto length = static_cast<uint16_t>(text.size());
  const auto* const length_bytes = reinterpret_cast<const char*>(&length);
  texts_.insert(texts_.end(), length_bytes, length_bytes + kLengthBytes);
  texts_.insert(texts_.end(), text.begin(), text.end());
}

void WordVocabulary::AddLetters(std::string_view text) {
  std::string_view before;
  while (!text.empty()) {
    const std::string_view letter = FirstCharacter(text);
    if (letter_pairs_.insert(BytesOf(before) << 32 | BytesOf(letter)).second) {
      letters_after_[std::string(before)].emplace_back(letter);
    }
    before = letter;
    text.remove_prefix(letter.size());
  }
}

uint32_t WordVocabulary::NewList(CustomerOrdinal first, CustomerOrdinal second) {
  auto list = static_cast<uint32_t>(lists_.size());
  if (free_lists_.empty()) {
    PushBack(lists_, {});
  } else {
    list = free_lists_.back();
    free_lists_.pop_back();
  }
  lists_[list].customers = {std::min(first, second), std::max(first, second)};
  lists_[list].settled = 2;
  list_bytes_ += lists_[list].customers.capacity() * sizeof(CustomerOrdinal);
  return list;
}

void WordVocabulary::AddToList(uint32_t number, CustomerOrdinal customer) {
  List& list = lists_[number];
  if (list.customers.back() == customer) return;
  const bool was_settled = list.settled == list.customers.size();
  if (was_settled && list.customers.back() < customer) {
    ++list.settled;
  } else if (was_settled) {
    unsettled_lists_.push_back(number);
  }
  list_bytes_ -= list.customers.capacity() * sizeof(CustomerOrdinal);
  PushBack(list.customers, customer);
  list_bytes_ += list.customers.capacity() * sizeof(CustomerOrdinal);
}

void WordVocabulary::Settle() {
  for (const uint32_t list : unsettled_lists_) Settle(lists_[list]);
  unsettled_lists_.clear();
}

void WordVocabulary::Settle(List& list) {
  if (list.settled == list.customers.size()) return;
  const auto added = list.customers.begin() + static_cast<ptrdiff_t>(list.settled);
  std::sort(added, list.customers.end());
  std::inplace_merge(list.customers.begin(), added, list.customers.end());
  list.customers.erase(std::unique(list.customers.begin(), list.customers.end()),
                       list.customers.end());
  list.settled = list.customers.size();
}

void WordVocabulary::Remove(std::string_view word, CustomerOrdinal customer) {
  const auto known = by_text_.find(word);
  if (known == by_text_.end()) return;
  const Number number = *known;
  Word& found = words_[number];
  if ((found.customers & kIsList) == 0) {
    if (found.customers == customer) RemoveWord(number);
    return;
  }
  const uint32_t list_number = found.customers & ~kIsList;
  List& list = lists_[list_number];
  Settle(list);
  const auto at = std::lower_bound(list.customers.begin(), list.customers.end(), customer);
  if (at == list.customers.end() || *at != customer) return;
  list.customers.erase(at);
  list.settled = list.customers.size();
  if (list.settled > 1) return;
  found.customers = list.customers.front();
  list_bytes_ -= list.customers.capacity() * sizeof(CustomerOrdinal);
  list = List();
  free_lists_.push_back(list_number);
}

void WordVocabulary::RemoveWord(Number number) {
  const std::string_view text = TextOf(number);
  if (inside_ == FindInside::kYes) {
    for (const uint32_t part : PartsOf(text)) {
      const auto found = by_part_.find(part);
      std::erase(found->second, number);
      if (found->second.empty()) by_part_.erase(found);
    }
    part_bytes_ -= text.size() * sizeof(Number);
  }
  by_text_.erase(number);
  in_order_.erase(OrderedOf(text, number));
  texts_unused_ += kLengthBytes + text.size();
  words_[number].text = kNoText;
  free_words_.push_back(number);
  if (texts_unused_ > kUnusedBytesMin && texts_unused_ > texts_.size() / 2) CompactTexts();
}

void WordVocabulary::CompactTexts() {
  const HugeVector<char> all = std::exchange(texts_, {});
  texts_unused_ = 0;
  for (Number number = 0; number < words_.size(); ++number) {
    if (words_[number].text == kNoText) continue;
    uint16_t length = 0;
    std::memcpy(&length, all.data() + words_[number].text, kLengthBytes);
    AddText({all.data() + words_[number].text + kLengthBytes, length}, number);
  }
}

CustomerOrdinals WordVocabulary::CustomersOf(std::string_view word) const {
  return CustomersOf(word, Hash::HashOf(word));
}

size_t WordVocabulary::Prefetch(std::string_view word) const {
  const size_t hash = Hash::HashOf(word);
  by_text_.prefetch(Hashed{word, hash});
  return hash;
}

CustomerOrdinals WordVocabulary::CustomersOf(std::string_view word, size_t hash) const {
  const auto known = by_text_.find(Hashed{word, hash});
  if (known == by_text_.end()) return {};
  return CustomersOf(words_[*known]);
}

bool WordVocabulary::VisitContaining(std::string_view part, Visit visit) const {
  COMPTOIR_CHECK(inside_ == FindInside::kYes && part.size() >= kPartBytesMin);
  // What contains the part contains each three bytes of it: those of the fewest words.
  const std::vector<Number>* fewest = nullptr;
  for (size_t at = 0; at + kPartBytesMin <= part.size(); ++at) {
    const auto found = by_part_.find(PartAt(part, at));
    if (found == by_part_.end()) return true;
    if (fewest == nullptr || found->second.size() < fewest->size()) fewest = &found->second;
  }
  return std::all_of(fewest->begin(), fewest->end(), [&](Number word) {
    const std::string_view text = TextOf(word);
    return text.find(part) == std::string_view::npos || visit(text, CustomersOf(words_[word]));
  });
}

const std::vector<std::string>& WordVocabulary::LettersAfter(std::string_view letter) const {
  static const std::vector<std::string> none;
  const auto found = letters_after_.find(ToAbsl(letter));
  return found == letters_after_.end() ? none : found->second;
}

size_t WordVocabulary::bytes() const {
  return texts_.capacity() + words_.capacity() * sizeof(Word) +
         size() * (kBytesPerNumber + kBytesPerPlace) + lists_.capacity() * sizeof(List) +
         list_bytes_ + part_bytes_;
}

}  // namespace comptoir
