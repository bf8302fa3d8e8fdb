// The words of one kind that a database has, each with the customers who have it: what table index
// says of them, in memory.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_VOCABULARY_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_VOCABULARY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "common/base/huge_pages.h"
#include "common/customer/search/known_customer.h"
#include "common/storage/key_codec.h"

namespace comptoir {

// Whether words are found by what is inside them, too: costs four bytes for each letter of each.
enum class FindInside : bool { kNo, kYes };

// Not thread-safe; const methods may be called by several threads at once. Stays where it is.
class WordVocabulary {
 public:
  explicit WordVocabulary(FindInside inside)
      : inside_(inside), by_text_(0, Hash{{this}}, Equal{{this}}), in_order_(Order{{this}}) {}

  WordVocabulary(const WordVocabulary&) = delete;
  WordVocabulary& operator=(const WordVocabulary&) = delete;

  // Both may be repeated. Quick for customers in the order of their ordinals, and for one word
  // after the other in order.
  void Add(std::string_view word, CustomerOrdinal customer);
  void Remove(std::string_view word, CustomerOrdinal customer);

  // Brings customers who were added out of order into it.
  void Settle();

  // What follows REQUIRES that Settle() was called since the last Add(). Views are valid until the
  // next change.

  // Those who have the word, in the order of their ordinals; nobody has one that isn't there.
  CustomerOrdinals CustomersOf(std::string_view word) const;
  // The same in two steps: brings the word from memory meanwhile, and gives its hash.
  size_t Prefetch(std::string_view word) const;
  CustomerOrdinals CustomersOf(std::string_view word, size_t hash) const;

  using Visit = absl::FunctionRef<bool(std::string_view word, CustomerOrdinals customers)>;
  // Visits the words that begin with `beginning` and are longer, in order, until `visit`, a Visit,
  // returns false. Returns whether it never did. A template, for these words may be very many: who
  // doesn't look at them doesn't read them.
  template <typename Visitor>
  bool VisitLonger(std::string_view beginning, Visitor visit) const;
  // Visits all words that contain `part`, in no order. REQUIRES: FindInside::kYes, and a part of
  // kPartBytesMin at least.
  bool VisitContaining(std::string_view part, Visit visit) const;
  static constexpr size_t kPartBytesMin = 3;

  // The letters (UTF-8) that follow this one in some word, or did once; those with which words
  // begin, of an empty one.
  const std::vector<std::string>& LettersAfter(std::string_view letter) const;

  // What it occupies, about.
  size_t bytes() const;
  size_t size() const { return in_order_.size(); }

 private:
  // Words have numbers. Those of words that are gone are given again.
  using Number = uint32_t;

  struct Word {
    uint32_t text;       // where it begins in texts_
    uint32_t customers;  // one customer, or kIsList and the place in lists_
  };
  static constexpr uint32_t kIsList = 1U << 31;
  static constexpr uint32_t kNoText = UINT32_MAX;

  // Those before `settled` are in order, each once.
  struct List {
    HugeVector<CustomerOrdinal> customers;
    size_t settled = 0;
  };

  struct Hashed {
    std::string_view text;
    size_t hash;
  };

  // Words by their texts, whose numbers alone are stored.
  struct Texts {
    using is_transparent = void;
    const WordVocabulary* words;
    std::string_view Of(Number number) const { return words->TextOf(number); }
    static std::string_view Of(std::string_view text) { return text; }
    static std::string_view Of(const Hashed& word) { return word.text; }
  };
  struct Hash : Texts {
    size_t operator()(const auto& word) const { return HashOf(Of(word)); }
    size_t operator()(const Hashed& word) const { return word.hash; }
    static size_t HashOf(std::string_view text);
  };
  struct Equal : Texts {
    bool operator()(const auto& a, const auto& b) const { return Of(a) == Of(b); }
  };

  // A word among those in order. It begins with what decides most comparisons: the text is two
  // reads from memory away, and there are twenty on the way to a word among a million.
  struct Ordered {
    // The first bytes, as they are in order; zeros behind the end. Two, for there to be no padding.
    uint32_t begin[2];
    Number number;
  };
  // The same of what is looked for, which has no number.
  struct Sought {
    explicit Sought(std::string_view text) : text(text), begin(BeginOf(text)) {}
    std::string_view text;
    uint64_t begin;
  };
  struct Order : Texts {
    std::string_view TextOf(const Ordered& word) const { return Texts::Of(word.number); }
    static std::string_view TextOf(const Sought& sought) { return sought.text; }
    static uint64_t Begin(const Ordered& word) {
      return uint64_t{word.begin[0]} << 32 | word.begin[1];
    }
    static uint64_t Begin(const Sought& sought) { return sought.begin; }
    bool operator()(const auto& a, const auto& b) const {
      return Begin(a) != Begin(b) ? Begin(a) < Begin(b) : TextOf(a) < TextOf(b);
    }
  };

  // See Ordered.
  static uint64_t BeginOf(std::string_view text);
  static Ordered OrderedOf(std::string_view text, Number number);

  static constexpr size_t kLengthBytes = sizeof(uint16_t);
  std::string_view TextOf(Number number) const {
    const char* const text = texts_.data() + words_[number].text;
    uint16_t length = 0;
    std::memcpy(&length, text, kLengthBytes);
    return {text + kLengthBytes, length};
  }
  CustomerOrdinals CustomersOf(const Word& word) const {
    if ((word.customers & kIsList) == 0) return {&word.customers, 1};
    return lists_[word.customers & ~kIsList].customers;
  }

  // The number of the word, with its first customer if it is a new one.
  Number NumberOf(std::string_view text, CustomerOrdinal first);
  void AddText(std::string_view text, Number number);
  void RemoveWord(Number number);
  // Without the texts of words that are gone.
  void CompactTexts();
  void AddLetters(std::string_view text);

  void AddToList(uint32_t list, CustomerOrdinal customer);
  uint32_t NewList(CustomerOrdinal first, CustomerOrdinal second);
  void Settle(List& list);

  const FindInside inside_;

  // Length (two bytes) and bytes of each word.
  HugeVector<char> texts_;
  size_t texts_unused_ = 0;
  // By number; unused ones are in free_words_.
  HugeVector<Word> words_;
  std::vector<Number> free_words_;
  absl::flat_hash_set<Number, Hash, Equal, HugePageAllocator<Number>> by_text_;
  absl::btree_set<Ordered, Order> in_order_;
  // The word that was looked for last: words come one after the other when many are added.
  Number last_ = 0;

  HugeVector<List> lists_;
  std::vector<uint32_t> free_lists_;
  std::vector<uint32_t> unsettled_lists_;
  size_t list_bytes_ = 0;

  // The words that contain these three bytes.
  absl::flat_hash_map<uint32_t, std::vector<Number>> by_part_;
  size_t part_bytes_ = 0;

  absl::flat_hash_map<std::string, std::vector<std::string>> letters_after_;
  // Which of these are known: both letters in one number.
  absl::flat_hash_set<uint64_t> letter_pairs_;
};

template <typename Visitor>
bool WordVocabulary::VisitLonger(std::string_view beginning, Visitor visit) const {
  const std::string end_text = PrefixEnd(beginning);
  const auto end = end_text.empty() ? in_order_.end() : in_order_.lower_bound(Sought(end_text));
  for (auto word = in_order_.upper_bound(Sought(beginning)); word != end; ++word) {
    if (!visit(TextOf(word->number), CustomersOf(words_[word->number]))) return false;
  }
  return true;
}

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_WORD_VOCABULARY_H_
