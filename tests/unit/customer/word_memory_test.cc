#include "common/customer/search/word_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/customer/records/customer_index.h"
#include "common/storage/key_codec.h"
#include "tests/support/seed.h"

namespace comptoir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class WordMemoryTest : public ::testing::Test {
 protected:
  Uuid NewId() { return NewUuid(random_); }

  static std::string Key(IndexTag tag, const std::string& word, const CustomerId& customer) {
    return KeyWriter().Byte(static_cast<uint8_t>(tag)).String(word).Id(customer).key();
  }

  std::string AddressKey(const std::string& word, const CustomerId& customer) {
    return KeyWriter().Rest(Key(IndexTag::kAddressWord, word, customer)).Id(NewId()).key();
  }

  void Add(const std::string& word, const CustomerId& customer) {
    memory_.Add(Key(IndexTag::kWord, word, customer));
  }
  void Remove(const std::string& word, const CustomerId& customer) {
    memory_.Remove(Key(IndexTag::kWord, word, customer));
  }

  std::vector<CustomerId> CustomersOf(const std::string& word, IndexTag tag = IndexTag::kWord) {
    memory_.Settle();
    std::vector<CustomerId> customers;
    for (const CustomerOrdinal customer : memory_.words(tag).CustomersOf(word)) {
      customers.push_back(memory_.customer(customer));
    }
    return customers;
  }

  std::vector<std::string> Longer(const std::string& beginning, size_t words_max = SIZE_MAX) {
    memory_.Settle();
    std::vector<std::string> words;
    memory_.words(IndexTag::kWord)
        .VisitLonger(beginning, [&](std::string_view word, CustomerOrdinals) {
          words.emplace_back(word);
          return words.size() < words_max;
        });
    return words;
  }

  std::vector<std::string> Containing(const std::string& part) {
    memory_.Settle();
    std::vector<std::string> words;
    memory_.words(IndexTag::kWord)
        .VisitContaining(part, [&](std::string_view word, CustomerOrdinals) {
          words.emplace_back(word);
          return true;
        });
    return words;
  }

  std::vector<CustomerId> Numbered(const std::string& number) {
    std::vector<CustomerId> customers;
    for (const KnownCustomer& customer : memory_.CustomersNumbered(number)) {
      EXPECT_EQ(memory_.customer(customer.ordinal), customer.id);
      customers.push_back(customer.id);
    }
    return customers;
  }

  TestRandom random_;
  WordMemory memory_;
};

TEST_F(WordMemoryTest, KnowsWordsOfThreeKinds) {
  const CustomerId ada = NewId();
  const CustomerId bob = NewId();
  memory_.Add(Key(IndexTag::kWord, "ada", ada));
  memory_.Add(Key(IndexTag::kEmailWord, "ada", bob));
  memory_.Add(AddressKey("ada", ada));
  memory_.Add(AddressKey("ada", bob));
  memory_.Add(Key(IndexTag::kWord, "ada", bob));
  EXPECT_THAT(CustomersOf("ada"), ElementsAre(ada, bob));
  EXPECT_THAT(CustomersOf("ada", IndexTag::kEmailWord), ElementsAre(bob));
  EXPECT_THAT(CustomersOf("ada", IndexTag::kAddressWord), ElementsAre(ada, bob));
  EXPECT_THAT(CustomersOf("ad"), IsEmpty());
  EXPECT_EQ(memory_.customers(), 2u);
  EXPECT_EQ(memory_.words(), 3u);
}

// Two numbers may differ in case alone.
TEST_F(WordMemoryTest, KnowsWhoHasWhichAccountNumber) {
  const CustomerId ada = NewId();
  const CustomerId bob = NewId();
  for (int i = 0; i < 2; ++i) {
    memory_.Add(Key(IndexTag::kAccountNumber, "C-1A", ada));
    memory_.Add(Key(IndexTag::kAccountNumber, "C-1A", bob));
    memory_.Add(Key(IndexTag::kAccountNumber, "C-2", bob));
  }
  EXPECT_THAT(Numbered("C-1A"), UnorderedElementsAre(ada, bob));
  EXPECT_THAT(Numbered("c-1a"), UnorderedElementsAre(ada, bob));
  EXPECT_THAT(Numbered("C-1"), IsEmpty());
  EXPECT_EQ(memory_.numbered(), 3u);
  EXPECT_EQ(memory_.words(), 0u);
  EXPECT_GT(memory_.bytes(), 3 * sizeof(uint64_t));
  for (int i = 0; i < 2; ++i) {
    memory_.Remove(Key(IndexTag::kAccountNumber, "C-1A", ada));
    memory_.Remove(Key(IndexTag::kAccountNumber, "C-2", ada));
    memory_.Remove(Key(IndexTag::kAccountNumber, "C-2", NewId()));
  }
  EXPECT_THAT(Numbered("C-1A"), ElementsAre(bob));
  EXPECT_THAT(Numbered("C-2"), ElementsAre(bob));
}

TEST_F(WordMemoryTest, KnowsWhoHasWhichPhone) {
  const CustomerId ada = NewId();
  const CustomerId bob = NewId();
  memory_.Add(Key(IndexTag::kPhone, "4420", ada));
  memory_.Add(Key(IndexTag::kPhone, "4421", bob));
  memory_.Add(Key(IndexTag::kPhoneBackwards, "0244", ada));
  const auto who = [&](IndexTag tag, const std::string& beginning) {
    std::vector<CustomerId> customers;
    memory_.values(tag)->VisitBeginning(beginning, [&](std::string_view, CustomerOrdinal customer) {
      customers.push_back(memory_.customer(customer));
      return true;
    });
    return customers;
  };
  EXPECT_THAT(who(IndexTag::kPhone, "442"), ElementsAre(ada, bob));
  EXPECT_THAT(who(IndexTag::kPhoneBackwards, "02"), ElementsAre(ada));
  EXPECT_THAT(who(IndexTag::kAccountNumber, ""), IsEmpty());
  memory_.Remove(Key(IndexTag::kPhone, "4420", ada));
  EXPECT_THAT(who(IndexTag::kPhone, "442"), ElementsAre(bob));
  EXPECT_THAT(who(IndexTag::kPhoneBackwards, ""), ElementsAre(ada));
}

TEST_F(WordMemoryTest, IgnoresOtherKeys) {
  memory_.Add(Key(IndexTag::kEmail, "ada", NewId()));
  memory_.Add(Key(IndexTag::kLoyaltyCardOfRequest, "020", NewId()));
  EXPECT_EQ(memory_.values(IndexTag::kEmail), nullptr);
  memory_.Add("");
  memory_.Add("\1");
  memory_.Add("\1ada");
  memory_.Add(IndexWholeValue(IndexTag::kWord, "ada"));
  memory_.Remove(IndexWholeValue(IndexTag::kWord, "ada"));
  memory_.Add(IndexWholeValue(IndexTag::kAccountNumber, "C-1"));
  memory_.Remove(IndexWholeValue(IndexTag::kAccountNumber, "C-1"));
  memory_.Add(IndexWholeValue(IndexTag::kPhone, "020"));
  EXPECT_EQ(memory_.customers(), 0u);
  EXPECT_EQ(memory_.words(), 0u);
}

TEST_F(WordMemoryTest, AddingAndRemovingMayBeRepeated) {
  const CustomerId ada = NewId();
  const CustomerId bob = NewId();
  for (int i = 0; i < 3; ++i) {
    Add("x", ada);
    Add("x", bob);
    Add("y", bob);
  }
  EXPECT_THAT(CustomersOf("x"), ElementsAre(ada, bob));
  EXPECT_THAT(CustomersOf("y"), ElementsAre(bob));
  for (int i = 0; i < 3; ++i) {
    Remove("x", ada);
    Remove("y", ada);
    Remove("z", ada);
    Remove("x", NewId());
  }
  EXPECT_THAT(CustomersOf("x"), ElementsAre(bob));
  EXPECT_THAT(CustomersOf("y"), ElementsAre(bob));
  Remove("x", bob);
  EXPECT_THAT(CustomersOf("x"), IsEmpty());
  EXPECT_THAT(Longer(""), ElementsAre("y"));
  Add("x", ada);
  EXPECT_THAT(CustomersOf("x"), ElementsAre(ada));
}

TEST_F(WordMemoryTest, VisitsWordsByTheirBeginningAndByWhatIsInside) {
  const CustomerId ada = NewId();
  for (const char* word : {"martin", "mart", "martina", "art", "marx", "zart", "ма", "марта"}) {
    Add(word, ada);
  }
  EXPECT_THAT(Longer("mart"), ElementsAre("martin", "martina"));
  EXPECT_THAT(Longer("mar"), ElementsAre("mart", "martin", "martina", "marx"));
  EXPECT_THAT(Longer("mar", 2), ElementsAre("mart", "martin"));
  EXPECT_THAT(Longer("ма"), ElementsAre("марта"));
  EXPECT_THAT(Longer("n"), IsEmpty());
  EXPECT_THAT(Containing("art"), UnorderedElementsAre("martin", "mart", "martina", "art", "zart"));
  EXPECT_THAT(Containing("arti"), UnorderedElementsAre("martin", "martina"));
  EXPECT_THAT(Containing("рт"), ElementsAre("марта"));
  EXPECT_THAT(Containing("tin"), UnorderedElementsAre("martin", "martina"));
  Remove("martin", ada);
  EXPECT_THAT(Containing("tin"), ElementsAre("martina"));
  EXPECT_THAT(Containing("artx"), IsEmpty());
}

TEST_F(WordMemoryTest, KnowsWhichLettersFollow) {
  Add("añb", NewId());
  Add("ac", NewId());
  const WordVocabulary& words = memory_.words(IndexTag::kWord);
  EXPECT_THAT(words.LettersAfter(""), ElementsAre("a"));
  EXPECT_THAT(words.LettersAfter("a"), UnorderedElementsAre("ñ", "c"));
  EXPECT_THAT(words.LettersAfter("ñ"), ElementsAre("b"));
  EXPECT_THAT(words.LettersAfter("b"), IsEmpty());
}

// Whatever is added and removed in whatever order, it is what a set would hold.
TEST_F(WordMemoryTest, AgreesWithASet) {
  std::map<std::string, std::set<CustomerId>> expected;
  std::vector<CustomerId> customers;
  for (int i = 0; i < 100; ++i) customers.push_back(NewId());
  for (int round = 0; round < 200; ++round) {
    // Now and then most is removed, so that what is gone is used again.
    const bool shrinking = round % 20 > 13;
    for (int i = 0; i < 60; ++i) {
      // Few customers of some words, many of others.
      std::string word = std::to_string(random_.Below(1 + random_.Below(300)));
      if (word.size() > 2) word = std::string(200, 'x') + word;
      const CustomerId& customer = customers[random_.Below(customers.size())];
      if (random_.Below(10) < (shrinking ? 1 : 8)) {
        expected[word].insert(customer);
        Add(word, customer);
      } else {
        expected[word].erase(customer);
        Remove(word, customer);
      }
    }
    std::erase_if(expected, [](const auto& entry) { return entry.second.empty(); });
    if (round % 10 != 0) continue;
    std::vector<std::string> words;
    for (const auto& [word, having] : expected) {
      words.push_back(word);
      const std::vector<CustomerId> found = CustomersOf(word);
      EXPECT_EQ(std::set<CustomerId>(found.begin(), found.end()), having);
      EXPECT_EQ(found.size(), having.size());
      const CustomerOrdinals ordinals = memory_.words(IndexTag::kWord).CustomersOf(word);
      EXPECT_TRUE(std::is_sorted(ordinals.begin(), ordinals.end()));
    }
    EXPECT_EQ(Longer(""), words);
  }
}

// A word that is gone occupies nothing: what was there is used for others.
TEST_F(WordMemoryTest, WordsThatAreGoneLeaveNoBytes) {
  const CustomerId ada = NewId();
  const CustomerId bob = NewId();
  const auto come_and_go = [&](const std::string& of_round) {
    for (int i = 0; i < 1000; ++i) {
      const std::string word = "a-word-with-many-letters-" + of_round + std::to_string(i);
      Add(word, ada);
      Add(word, bob);
    }
    const size_t bytes = memory_.bytes();
    for (int i = 0; i < 1000; ++i) {
      const std::string word = "a-word-with-many-letters-" + of_round + std::to_string(i);
      Remove(word, ada);
      Remove(word, bob);
    }
    return bytes;
  };
  size_t most = 0;
  for (int round = 0; round < 5; ++round) most = std::max(most, come_and_go(std::to_string(round)));
  for (int round = 5; round < 50; ++round) {
    EXPECT_LE(come_and_go(std::to_string(round)), most + (32 << 10)) << round;
  }
  EXPECT_EQ(memory_.words(), 0u);
}

}  // namespace
}  // namespace comptoir
