#include "common/customer/search/search.h"

#include <algorithm>

#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/search/search_words.h"
#include "common/storage/record_io.h"
#include "tests/unit/customer/search_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::SearchCustomersResponse;
using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(SearchTest, WordsMatchByPrefixInAnyOrder) {
  StoreNamed({"Ada Lovelace", "Adam Smith", "Grace Hopper"});
  EXPECT_THAT(Names("lovelace ada"), ElementsAre("Ada Lovelace"));
  EXPECT_THAT(Names("lo ad"), ElementsAre("Ada Lovelace"));
  EXPECT_THAT(Names("ad"), ElementsAre("Ada Lovelace", "Adam Smith"));
  EXPECT_THAT(Names("ada smith"), ElementsAre("Adam Smith"));
  EXPECT_THAT(Names("ada hopper"), IsEmpty());
  EXPECT_THAT(Names("velace"), IsEmpty());
  EXPECT_THAT(MatchedFields("grace"), ElementsAre("name"));
}

TEST_F(SearchTest, CaseAndAccentsDontCount) {
  StoreNamed({"José Müller-Strauß", "Łukasz Øster"});
  EXPECT_THAT(Names("JOSE"), ElementsAre("José Müller-Strauß"));
  EXPECT_THAT(Names("strauss muller"), ElementsAre("José Müller-Strauß"));
  EXPECT_THAT(Names("ØSTER łuk"), ElementsAre("Łukasz Øster"));
  EXPECT_THAT(Names("oster luk"), ElementsAre("Łukasz Øster"));
}

TEST_F(SearchTest, OrganizationsAndMiddleNamesAreFound) {
  Store(ACustomer().Organization("Analytical Engines Ltd."));
  Store(ACustomer().Named("Ada", "Lovelace").With([](Customer& customer) {
    customer.set_middle_name("King");
  }));
  EXPECT_THAT(Names("engines"), ElementsAre("Analytical Engines Ltd."));
  EXPECT_THAT(Names("king"), ElementsAre("Ada King Lovelace"));
}

// Whole words first, then by name, then by UUID.
TEST_F(SearchTest, WholeWordsComeFirst) {
  StoreNamed({"Annabel Lee", "Ann Zimmer", "Anna Lee", "Ánn Lee", "Ann Lee"});
  const auto names = Names("ann lee");
  EXPECT_THAT(names, SizeIs(4));
  EXPECT_THAT(std::vector(names.begin(), names.begin() + 2),
              UnorderedElementsAre("Ann Lee", "Ánn Lee"));
  EXPECT_EQ(names[2], "Anna Lee");
  EXPECT_EQ(names[3], "Annabel Lee");
  EXPECT_EQ(Names("ann").back(), "Annabel Lee");
}

TEST_F(SearchTest, AccountNumbersMatchWholeOrByPrefix) {
  Store(ACustomer().Named("Ada"), 1, "C-0001");
  Store(ACustomer().Named("Grace"), 2, "C-0002");
  EXPECT_THAT(MatchedFields("C-0001"), ElementsAre("account_number"));
  EXPECT_THAT(Names(" c-0002 "), ElementsAre("Grace"));
  EXPECT_THAT(Names("C-00"), ElementsAre("Ada", "Grace"));
  // Else every "c" would bring everybody.
  EXPECT_THAT(Names("C-"), IsEmpty());
}

TEST_F(SearchTest, AUuidFindsItsCustomer) {
  PROVES("L5");
  const CustomerRecord record = Store(ACustomer().Named("Ada"));
  const std::string uuid = ParseCustomerName(record.customer().name())->ToString();
  EXPECT_THAT(MatchedFields(uuid), ElementsAre("uuid"));
  EXPECT_THAT(Names(NewId().ToString()), IsEmpty());
}

TEST_F(SearchTest, ExactMatchesComeFirst) {
  Store(ACustomer().Named("Zoe"), 1, "11");
  Store(ACustomer().Named("Ada"), 2, "110");
  Store(ACustomer().Organization("11 Downing Street"));
  EXPECT_THAT(Names("11"), ElementsAre("Zoe", "11 Downing Street", "Ada"));
}

TEST_F(SearchTest, AllFieldsThatMatchedAreNamed) {
  Store(ACustomer().Organization("1234567 Ltd").Phone("+44 1234567890"), 1, "1234567");
  EXPECT_THAT(MatchedFields("1234567"), ElementsAre("name", "phone", "account_number"));
}

TEST_F(SearchTest, APendingCustomerIsFoundAtOnceAndMarked) {
  PROVES("L5", "V7", "S3");
  Store(ACustomer().Named("Ada"));
  const auto response = Search("ada");
  ASSERT_THAT(response.results(), SizeIs(1));
  EXPECT_EQ(response.results(0).customer().state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_EQ(response.results(0).customer().account_number_text(), "Pending sync");
}

TEST_F(SearchTest, AChangeIsFoundByTheNextSearch) {
  PROVES("V7");
  const CustomerRecord old =
      Store(ACustomer().Named("Ada", "Lovelace").Email("ada@a").Phone("020 7946 0958"));
  CustomerRecord changed = old;
  *changed.mutable_customer() = *ChangeCustomer(
      old.customer(), ACustomer().Named("Ada", "King").Email("king@a").Phone("020 7946 0000"),
      Mask({"family_name", "email", "phone"}), channel_, clock_.Now());
  Write([&](Transaction& transaction) { PutCustomer(transaction, old, changed); });
  for (const char* gone : {"lovelace", "ada@a", "020 7946 0958", "0958"}) {
    EXPECT_THAT(Names(gone), IsEmpty()) << gone;
  }
  for (const char* found : {"king", "ada", "king@", "02079460000", "0000"}) {
    EXPECT_THAT(Names(found), ElementsAre("Ada King")) << found;
  }
}

TEST_F(SearchTest, ARejectedCustomerIsFoundByItsUuidAlone) {
  const CustomerRecord record = Store(ACustomer().Named("Ada").Email("ada@a"));
  CustomerRecord rejected = record;
  rejected.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  Write([&](Transaction& transaction) { PutCustomer(transaction, record, rejected); });
  EXPECT_THAT(Names("ada"), IsEmpty());
  EXPECT_THAT(Names("ada@a"), IsEmpty());
  EXPECT_THAT(Names(ParseCustomerName(record.customer().name())->ToString()), SizeIs(1));
}

TEST_F(SearchTest, ResultsAreViews) {
  PROVES("A5");
  Store(ACustomer().Named("Ada").At(AnAddress().Phone("020 7946 0958")), 5, "C-1");
  const Customer found = Search("ada").results(0).customer();
  EXPECT_NE(found.etag(), "");
  EXPECT_EQ(found.account_number_text(), "C-1");
  EXPECT_EQ(found.phone().number(), "020 7946 0958");
}

TEST_F(SearchTest, APageHoldsTwentyUnlessAskedOtherwise) {
  for (int i = 0; i < 30; ++i) Store(ACustomer().Named("Ada"));
  EXPECT_THAT(Search("ada").results(), SizeIs(kSearchPageSizeDefault));
  EXPECT_TRUE(Search("ada").truncated());
  EXPECT_THAT(Search("ada", 30).results(), SizeIs(30));
  EXPECT_FALSE(Search("ada", 30).truncated());
}

// Where customers live, by words and beginnings, mixed with names; names come first.
TEST_F(SearchTest, AddressesMatchByWordAndPrefix) {
  PROVES("V1", "V5");
  const auto at = [](const char* street, const char* city, const char* postal_code) {
    customer::v1::Address address = AnAddress().In(city, "").Build();
    address.add_street(street);
    address.set_postal_code(postal_code);
    return address;
  };
  Store(ACustomer().Named("Renée Seattle").At(at("1 Rue de l'Église", "Genève", "1204")));
  Store(ACustomer().Named("Jon Yang").At(at("3761 N. 14th St", "Seattle", "98052-7201")));
  Store(ACustomer().Named("Jon Smith").At(at("2 High Street", "London", "SW1A 1AA")));
  EXPECT_THAT(Names("eglise"), ElementsAre("Renée Seattle"));
  EXPECT_THAT(MatchedFields("rue l'egl"), ElementsAre("address"));
  EXPECT_THAT(Names("98052"), ElementsAre("Jon Yang"));
  EXPECT_THAT(Names("3761 14th"), ElementsAre("Jon Yang"));
  EXPECT_THAT(Names("jon london"), ElementsAre("Jon Smith"));
  EXPECT_THAT(MatchedFields("jon london"), ElementsAre("name", "address"));
  EXPECT_THAT(Names("seattle"), ElementsAre("Renée Seattle", "Jon Yang"));
  EXPECT_THAT(Names("yang london"), IsEmpty());
  // One letter wrong.
  EXPECT_THAT(Names("jon lundon"), ElementsAre("Jon Smith"));
}

// Of an address that is gone nothing is found.
TEST_F(SearchTest, AddressesThatAreGoneAreNotFound) {
  PROVES("V7");
  const CustomerRecord record = Store(ACustomer().Named("Ada").At(AnAddress()));
  ASSERT_THAT(Names("london"), ElementsAre("Ada"));
  Write([&](Transaction& transaction) {
    const CustomerId id = ParseCustomerName(record.customer().name()).value();
    EXPECT_THAT(RemoveAddresses(transaction, id, 5), IsOk());
  });
  EXPECT_THAT(Names("london"), IsEmpty());
}

// Words so common that their rows are cut off are looked for in the addresses themselves.
TEST_F(SearchTest, CommonWordsOfAddressesStillCount) {
  for (int i = 0; i < 60; ++i) {
    Store(ACustomer().Named("Ada", "Lovelace").At(AnAddress().In(i == 7 ? "Rome" : "Paris", "")));
  }
  ShownCustomers everybody(reader());
  const auto found =
      FindByWords(reader(), {{.typed = "ada"}, {.typed = "paris"}},
                  {.matches_max = 100, .rows_per_word_max = 10}, WordPlaces(), everybody);
  ASSERT_THAT(found, IsOk());
  EXPECT_FALSE(found->complete);
  EXPECT_THAT(found->matches, SizeIs(::testing::AnyOf(9, 10)));
  const auto all =
      FindByWords(reader(), {{.typed = "ada"}, {.typed = "rome"}}, {}, WordPlaces(), everybody);
  EXPECT_THAT(all->matches, SizeIs(1));
  EXPECT_EQ(all->matches[0].words_of_addresses, 1u);
}

// One typing error in a word of four letters or more, after those who have it as it was typed.
TEST_F(SearchTest, TypingErrorsAreForgiven) {
  PROVES("V2");
  StoreNamed({"José Hernandez", "Renée Alvarez", "Jon Smith", "John Smyth", "Ann Lee"});
  EXPECT_THAT(Names("hernandes"), ElementsAre("José Hernandez"));
  EXPECT_THAT(Names("jose hermandez"), ElementsAre("José Hernandez"));
  EXPECT_THAT(Names("alvarze reneé"), ElementsAre("Renée Alvarez"));
  EXPECT_THAT(Names("hernxndes"), IsEmpty());
  EXPECT_THAT(Names("alvarze herandez"), IsEmpty());
  EXPECT_THAT(Names("smith"), ElementsAre("Jon Smith", "John Smyth"));
  // Both words may be wrong, each by one letter.
  EXPECT_THAT(Names("jhon smitt"), ElementsAre("Jon Smith"));
  // Short words have too many neighbours.
  EXPECT_THAT(Names("lea"), IsEmpty());
  EXPECT_THAT(Names("anm"), IsEmpty());
}

// Whoever is found without an error comes first, and alone if they fill the page.
TEST_F(SearchTest, TypingErrorsComeLast) {
  for (int i = 0; i < 3; ++i) StoreNamed({"Zoe Smith"});
  StoreNamed({"Ada Smyth"});
  EXPECT_THAT(Names("smith"), ElementsAre("Zoe Smith", "Zoe Smith", "Zoe Smith", "Ada Smyth"));
  EXPECT_THAT(Search("smith", 3).results(), SizeIs(3));
  EXPECT_FALSE(Search("smith", 3).truncated());
}

TEST_F(SearchTest, WhatNoFieldCanBeFindsNothing) {
  Store(ACustomer());
  for (const char* query : {"-", "@", "...", "!?", "\u3000.", "a@"}) {
    EXPECT_THAT(Search(query).results(), IsEmpty()) << query;
    EXPECT_FALSE(Search(query).truncated()) << query;
  }
}

// The limits below cut a search off; each says that there may be more, and still finds some.
// Who takes more than a record to be shown is among those who don't, and in the caller's language.
TEST_F(SearchTest, TheBytesOfASearchAreTheSearch) {
  PROVES("C2", "S3", "A5");
  Store(ACustomer().Named("Ada", "Synced").Phone("1"), 1, "C-1");
  Store(ACustomer().Named("Ada", "Pending"));
  Store(ACustomer().Named("Ada", "Phoneless").At(AnAddress().Primary().Phone("020 7946 0959")), 2,
        "C-2");
  const CustomerRecord plain = Store(ACustomer().Named("Ada", "Affiliated"), 3, "C-3");
  CustomerRecord affiliated = plain;
  affiliated.mutable_customer()->add_affiliations("staff");
  affiliated.mutable_customer()->add_affiliations("hidden");
  Write([&](Transaction& transaction) { PutCustomer(transaction, plain, affiliated); });
  customer::v1::SearchCustomersRequest request;
  request.set_query("ada");
  request.set_page_size(4);
  auto response = SearchCustomers(reader(), request, "GB", "fr");
  ASSERT_THAT(response, IsOk());
  const auto hide = [](Customer& customer) {
    auto& affiliations = *customer.mutable_affiliations();
    if (!affiliations.empty()) affiliations.RemoveLast();
  };
  const auto bytes = SearchCustomersBytes(reader(), request, "GB", "fr", nullptr, hide);
  ASSERT_THAT(bytes, IsOk());
  SearchCustomersResponse parsed;
  ASSERT_TRUE(parsed.ParseFromString(*bytes));
  ASSERT_THAT(parsed.results(), SizeIs(4));
  EXPECT_THAT(parsed.results(0).customer().affiliations(), ElementsAre("staff"));
  EXPECT_EQ(parsed.results(1).customer().account_number_text(), "En attente de synchronisation");
  EXPECT_EQ(parsed.results(2).customer().phone().number(), "020 7946 0959");
  for (auto& result : *response->mutable_results()) hide(*result.mutable_customer());
  EXPECT_EQ(SerializeDeterministically(parsed), SerializeDeterministically(*response));
}

class WordSearchLimitsTest : public SearchTest {
 protected:
  WordMatches Find(const std::string& query, const WordSearchLimits& limits) {
    std::vector<QueryWord> words;
    for (const std::string& word : FoldedWords(query)) words.push_back({.typed = word});
    ShownCustomers everybody(reader());
    const auto found = FindByWords(reader(), std::move(words), limits, WordPlaces(), everybody);
    EXPECT_THAT(found, IsOk());
    return *found;
  }
};

// Where not all are shown, more records are compared to find those who are.
TEST_F(WordSearchLimitsTest, RecordsOfOthersAreComparedToo) {
  for (int i = 0; i < 3; ++i) {
    Store(ACustomer().Named("Ada", "Lovelace").With([i](Customer& customer) {
      if (i == 1) customer.set_notes("shown");
    }));
  }
  for (const auto& [factor, complete] : {std::pair<size_t, bool>(3, true), {2, false}}) {
    ShownCustomers shown(reader(), [](const CustomerRecord& record) {
      return record.customer().notes() == "shown";
    });
    const auto found =
        FindByWords(reader(), {{.typed = "ada"}, {.typed = "lovelace"}},
                    {.records_max = 1, .records_factor_of_shown = factor}, WordPlaces(), shown);
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->complete, complete);
    EXPECT_GE(found->matches.size(), complete ? 1u : 0u);
    EXPECT_LE(found->matches.size(), 1u);
  }
}

TEST_F(WordSearchLimitsTest, Matches) {
  for (int i = 0; i < 100; ++i) StoreNamed({"Ada Lovelace"});
  for (const char* query : {"ada", "ada lovelace"}) {
    EXPECT_THAT(Find(query, {.matches_max = 101}).matches, SizeIs(100)) << query;
    EXPECT_TRUE(Find(query, {.matches_max = 101}).complete) << query;
    EXPECT_GE(Find(query, {.matches_max = 20}).matches.size(), 20u) << query;
    EXPECT_FALSE(Find(query, {.matches_max = 20}).complete) << query;
  }
}

TEST_F(WordSearchLimitsTest, RowsPerWord) {
  for (int i = 0; i < 50; ++i) StoreNamed({"Aa Bb"});
  StoreNamed({"Ab Ba"});
  EXPECT_TRUE(Find("a b", {.rows_per_word_max = 51}).complete);
  const WordMatches cut = Find("a b", {.rows_per_word_max = 20});
  EXPECT_FALSE(cut.complete);
  EXPECT_THAT(cut.matches, SizeIs(20));
  // A rare word brings its customers however common the other is.
  EXPECT_THAT(Find("a ba", {.rows_per_word_max = 20}).matches, SizeIs(1));
  EXPECT_TRUE(Find("a ba", {.rows_per_word_max = 20}).complete);
}

TEST_F(WordSearchLimitsTest, Records) {
  for (int i = 0; i < 300; ++i) StoreNamed({"Ada Lovelace"});
  EXPECT_TRUE(Find("ada lovelace", {.matches_max = 1'000, .records_max = 300}).complete);
  const WordMatches cut = Find("ada lovelace", {.matches_max = 1'000, .records_max = 299});
  EXPECT_FALSE(cut.complete);
  EXPECT_THAT(cut.matches, SizeIs(299));
}

// Words beyond the limit still count: they are compared with the records.
TEST_F(WordSearchLimitsTest, Words) {
  for (int i = 0; i < 300; ++i) StoreNamed({"Abc Defg"});
  StoreNamed({"Abc Defg Hi"});
  EXPECT_THAT(Find("abc defg hi", {.words_max = 2}).matches, SizeIs(1));
}

// However many begin so, a page comes at once: few rows and records are read.
TEST_F(SearchTest, AVeryCommonPrefixIsCheap) {
  Write([&](Transaction& transaction) {
    for (int i = 0; i < 20'000; ++i) {
      PutCustomer(transaction, std::nullopt,
                  Prepare(ACustomer().Named("Anna" + std::to_string(i % 500), "Aa"))->record);
    }
  });
  int reads = 0;
  database_.set_fault([&reads] {
    ++reads;
    return absl::OkStatus();
  });
  const auto response = Search("a");
  EXPECT_THAT(response.results(), SizeIs(kSearchPageSizeDefault));
  EXPECT_TRUE(response.truncated());
  EXPECT_LT(reads, 10);
  // Whole words even of the most common prefix come first.
  EXPECT_EQ(Search("aa").results_size(), kSearchPageSizeDefault);
  EXPECT_THAT(Search("a anna7").results(), SizeIs(kSearchPageSizeDefault));
}

// Every search gives what looking at each customer gives; here of words too short for errors.
TEST_F(SearchTest, AgreesWithLookingAtEverybody) {
  const std::vector<std::string> parts = {"an", "ann", "anna", "bo", "bob", "jon", "jón", "x"};
  const auto part = [&] { return parts[random_.Below(parts.size())]; };
  const auto prefix = [&] {
    const std::string letters = part();
    return letters == "anna" ? "ann" : letters;
  };
  std::vector<CustomerRecord> records;
  for (int i = 0; i < 300; ++i) {
    records.push_back(Store(ACustomer().Named(part(), part() + "-" + part())));
  }
  for (int i = 0; i < 200; ++i) {
    const std::string query = prefix() + " " + prefix() + (random_.OneIn(2) ? " " + prefix() : "");
    std::vector<std::string> expected;
    for (const CustomerRecord& record : records) {
      const auto words = IndexedWords(record.customer());
      const auto query_words = FoldedWords(query);
      if (std::all_of(query_words.begin(), query_words.end(), [&](const std::string& begin) {
            return std::any_of(words.begin(), words.end(),
                               [&](const std::string& word) { return word.starts_with(begin); });
          })) {
        expected.push_back(record.customer().name());
      }
    }
    const auto response = Search(query, kSearchPageSizeMax);
    std::vector<std::string> found;
    for (const auto& result : response.results()) found.push_back(result.customer().name());
    if (response.truncated()) {
      EXPECT_GT(expected.size(), found.size()) << query;
      EXPECT_THAT(expected, ::testing::IsSupersetOf(found)) << query;
    } else {
      EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(expected)) << query;
    }
  }
}

}  // namespace
}  // namespace comptoir
