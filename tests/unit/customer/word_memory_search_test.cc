#include "tests/unit/customer/word_memory_search_test.h"

#include <cstddef>
#include <string>
#include <vector>

#include "common/customer/search/word_memory_search.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(WordMemorySearchTest, BetterMatchesComeFirst) {
  PROVES("V1");
  const CustomerId meant = Put(ACustomer().Named("Martyn"));
  const CustomerId in_address = Put(ACustomer().Named("Bo"));
  PutAddressOf(in_address, "Rue Martin", "Paris");
  const CustomerId inside_address = Put(ACustomer().Named("Bo"));
  PutAddressOf(inside_address, "Rue Saintmartins", "Paris");
  const CustomerId inside = Put(ACustomer().Named("Saintmartin"));
  const CustomerId email_whole = Put(ACustomer().Named("Bo").Email("martin.x@example.com"));
  const CustomerId email_begin = Put(ACustomer().Named("Bo").Email("martino@example.com"));
  const CustomerId begin = Put(ACustomer().Named("Martina"));
  const CustomerId whole = Put(ACustomer().Named("Martin"));
  const QueryWord martin = {.typed = "martin", .inside = true, .meant = {"martyn"}};
  EXPECT_THAT(Customers({martin}), ElementsAre(whole, begin, email_whole, email_begin, in_address,
                                               inside, inside_address, meant));
  for (size_t most = 1; most < 8; ++most) {
    const WordMatches found = Find({martin}, {.matches_max = most});
    EXPECT_THAT(found.matches, SizeIs(most));
    EXPECT_FALSE(found.complete) << most;
  }
  EXPECT_TRUE(Find({martin}, {.matches_max = 9}).complete);
  EXPECT_THAT(Customers({martin}, {}, {.emails = false, .addresses = false}),
              ElementsAre(whole, begin, inside, meant));
  EXPECT_THAT(Customers({{.typed = "martin", .whole = true, .inside = true}}),
              ElementsAre(whole, email_whole, in_address));
  // Two letters are inside too many.
  EXPECT_THAT(Customers({{.typed = "in", .inside = true}}), IsEmpty());
}

TEST_F(WordMemorySearchTest, FindsAllWordsInOneEmail) {
  PROVES("V2");
  const CustomerId ada = Put(ACustomer().Email("ada.smith@example.com"));
  Put(ACustomer().Email("ada@example.com").With([](Customer& customer) {
    customer.add_secondary_emails()->set_address("bob.smith@example.org");
  }));
  const std::vector<QueryWord> words = {{.typed = "ada", .whole = true}, {.typed = "smi"}};
  EXPECT_THAT(Customers(words), SizeIs(2));
  const WordPlaces one_email = {.names = false, .addresses = false, .one_email = true};
  EXPECT_THAT(Customers(words, {}, one_email), ElementsAre(ada));
  EXPECT_FALSE(Find(words, {.records_max = 1}, one_email).complete);
}

TEST_F(WordMemorySearchTest, NobodyWithoutWords) {
  Put(ACustomer());
  EXPECT_THAT(Find({}).matches, IsEmpty());
  EXPECT_TRUE(Find({}).complete);
  EXPECT_THAT(Customers({{.typed = "ada"}, {.typed = "nobody"}}), IsEmpty());
}

// More customers than are looked at together have one word; none of them is missed.
TEST_F(WordMemorySearchTest, ManyCandidates) {
  constexpr size_t kMany = 2 * kCandidatesMax + 100;
  std::vector<CustomerId> rare;
  for (size_t i = 0; i < kMany; ++i) {
    const CustomerId id = NewId();
    memory_.Add(IndexWholeValue(IndexTag::kWord, "common") + std::string(id.bytes()));
    memory_.Add(IndexWholeValue(IndexTag::kWord, "often") + std::string(id.bytes()));
    if (i % 50'000 != 0) continue;
    memory_.Add(IndexWholeValue(IndexTag::kEmailWord, "often") + std::string(id.bytes()));
    memory_.Add(IndexWholeValue(IndexTag::kEmailWord, "seldom") + std::string(id.bytes()));
    rare.push_back(id);
  }
  for (size_t i = 0; i < kMany; ++i) {
    memory_.Add(IndexWholeValue(IndexTag::kEmailWord, "others") + std::string(NewId().bytes()));
  }
  EXPECT_THAT(Customers({{.typed = "common"}, {.typed = "often"}, {.typed = "seldom"}}),
              ::testing::UnorderedElementsAreArray(rare));
  for (const CustomerId& id : rare) {
    memory_.Remove(IndexWholeValue(IndexTag::kEmailWord, "seldom") + std::string(id.bytes()));
    memory_.Add(IndexWholeValue(IndexTag::kEmailWord, "others") + std::string(id.bytes()));
  }
  const WordMatches found = Find({{.typed = "common"}, {.typed = "others"}});
  EXPECT_THAT(found.matches, SizeIs(rare.size()));
  EXPECT_TRUE(found.complete);
  const WordMatches all = Find({{.typed = "common"}, {.typed = "often"}}, {.matches_max = kMany});
  EXPECT_THAT(all.matches, SizeIs(kMany));
  EXPECT_THAT(Find({{.typed = "common"}, {.typed = "often"}}).matches, SizeIs(200));
}

TEST_F(WordMemorySearchTest, ForgivesEachKindOfError) {
  PROVES("V2");
  Put(ACustomer().Named("Hernandez", "Жуков"));
  for (const char* typed :
       {"hernandes", "harnandez", "xernandez", "hernadez", "ernandez", "hernanndez", "hhernandez",
        "hernandezz", "henrandez", "hernandze", "ehrnandez"}) {
    EXPECT_THAT(Near(typed), ElementsAre("hernandez")) << typed;
  }
  EXPECT_THAT(Near("hernandez"), IsEmpty());
  EXPECT_THAT(Near("hernxndxz"), IsEmpty());
  EXPECT_THAT(Near(""), IsEmpty());
  EXPECT_THAT(Near("жукав"), ElementsAre("жуков"));
  EXPECT_THAT(Near("жуов"), ElementsAre("жуков"));
  EXPECT_THAT(Near("укжов"), IsEmpty());
  EXPECT_THAT(Near("ужков"), ElementsAre("жуков"));
}

TEST_F(WordMemorySearchTest, LimitsOfErrorsHold) {
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    Put(ACustomer().Named(std::string("smit") + letter));
  }
  EXPECT_THAT(Near("smit1"), SizeIs(26));
  EXPECT_THAT(Near("smit1", IndexTag::kWord, {.values_max = 5}), SizeIs(5));
  EXPECT_THAT(Near("smit1", IndexTag::kWord, {.seeks_max = 3}), IsEmpty());
}

}  // namespace
}  // namespace comptoir
