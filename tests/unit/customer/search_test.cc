#include "common/customer/search/search.h"

#include <algorithm>

#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/search/search_words.h"
#include "common/storage/record_io.h"
#include "tests/unit/customer/customer_test.h"
#include "tests/unit/customer/search_both_ways.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::SearchCustomersResponse;
using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class SearchTest : public CustomerTest {
 protected:
  SearchCustomersResponse Search(const std::string& query, int page_size = 0,
                                 const std::string& country = "GB") {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_page_size(page_size);
    const auto response = SearchBothWays(reader(), request, country);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : SearchCustomersResponse();
  }

  // Display names, best first.
  std::vector<std::string> Names(const std::string& query) {
    std::vector<std::string> names;
    const SearchCustomersResponse response = Search(query);
    for (const auto& result : response.results()) {
      names.push_back(result.customer().display_name());
    }
    return names;
  }

  std::vector<std::string> MatchedFields(const std::string& query) {
    const SearchCustomersResponse response = Search(query);
    EXPECT_THAT(response.results(), SizeIs(1)) << query;
    if (response.results().empty()) return {};
    return {response.results(0).matched_fields().begin(),
            response.results(0).matched_fields().end()};
  }

  void StoreNamed(std::initializer_list<const char*> names) {
    for (const std::string name : names) {
      const size_t blank = name.find(' ');
      Store(ACustomer().Named(name.substr(0, blank),
                              blank == std::string::npos ? "" : name.substr(blank + 1)));
    }
  }
};

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

TEST_F(SearchTest, EmailsMatchByPrefix) {
  Store(ACustomer().Named("Jon").Email("Jon24@adventure-works.com"));
  Store(ACustomer().Named("José").Email("josé54@adventure-works.com"));
  EXPECT_THAT(MatchedFields("jon24@adventure-works.com"), ElementsAre("email"));
  EXPECT_THAT(Names("jon24@ADV"), ElementsAre("Jon"));
  EXPECT_THAT(Names("jon24"), ElementsAre("Jon"));
  EXPECT_THAT(Names("JOSÉ54@"), ElementsAre("José"));
  EXPECT_THAT(Names("@adventure-works.com"), ElementsAre("Jon", "José"));
}

TEST_F(SearchTest, PhonesMatchWithAndWithoutCountryPrefixAndByLastDigits) {
  PROVES("V3");
  Store(ACustomer().Named("Ada").Phone("020 7946 0958"));
  Store(ACustomer().Named("Grace").Phone("+1 (212) 555-0118"));
  for (const char* ada : {"020 7946 0958", "+44 20 7946 0958", "0044 20 7946 0958", "02079460958",
                          "(020) 7946-0958", "0207 946", "+44 20", "442079", "20 7946", "0958",
                          "958", "46 0958", "+44 (0)20 7946 0958", "٠٢٠ ٧٩٤٦ ٠٩٥٨"}) {
    EXPECT_THAT(Names(ada), ElementsAre("Ada")) << ada;
    EXPECT_THAT(MatchedFields(ada), ElementsAre("phone")) << ada;
  }
  for (const char* grace : {"+1 212", "212-555-0118", "1 212 555", "0118"}) {
    EXPECT_THAT(Names(grace), ElementsAre("Grace")) << grace;
  }
  EXPECT_THAT(Search("212 555", 0, "US").results(), SizeIs(1));
  EXPECT_THAT(Names("58"), IsEmpty());
  EXPECT_THAT(Names("7946"), IsEmpty());
}

// More than a page have these last digits: who has them as the whole phone is still the best.
TEST_F(SearchTest, AWholePhoneComesBeforeManyLastDigits) {
  for (int i = 10; i < 40; ++i) {
    Store(ACustomer().Named(absl::StrCat("Ada", i)).Phone(absl::StrCat("+44 20 79", i, " 3958")));
  }
  Store(ACustomer().Named("Zoe").Phone("+44 3958"));
  const auto response = Search("3958");
  ASSERT_THAT(response.results(), SizeIs(20));
  EXPECT_EQ(response.results(0).customer().display_name(), "Zoe");
  EXPECT_TRUE(response.truncated());
}

// No numbering plan knows it; its digits are searched all the same.
TEST_F(SearchTest, UnparsablePhonesAreFoundByTheirDigits) {
  PROVES("V3", "C4");
  Store(ACustomer().Named("Jon").Phone("1 (11) 500 555-0162").At(AnAddress().In("Hobart", "AU")));
  EXPECT_THAT(Names("1 11 500 555 0162"), ElementsAre("Jon"));
  EXPECT_THAT(Names("500-555-0162"), ElementsAre("Jon"));
  EXPECT_THAT(Names("111500"), ElementsAre("Jon"));
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

TEST_F(SearchTest, TypingErrorsInPhonesAndEmailsAreForgiven) {
  PROVES("V2");
  Store(ACustomer().Named("Ada").Phone("020 7946 0958").Email("ada@example.com"));
  for (const char* phone : {"020 7946 0968", "020 7946 958", "020 7496 0958", "+44 20 7946 09558",
                            "7946 0985", "0207 9460", "+44 20 7956"}) {
    EXPECT_THAT(Names(phone), ElementsAre("Ada")) << phone;
    EXPECT_THAT(MatchedFields(phone), ElementsAre("phone")) << phone;
  }
  EXPECT_THAT(Names("7956"), IsEmpty());
  EXPECT_THAT(Names("ada@exmaple.com"), ElementsAre("Ada"));
  EXPECT_THAT(MatchedFields("adda@example.com"), ElementsAre("email"));
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

// Which contact it was is what a store asks next.
TEST_F(SearchTest, AMatchedSecondaryContactIsNamed) {
  PROVES("V5", "C5");
  CustomerRecord record = Store(ACustomer().Named("Ada").Email("ada@home.example"));
  CustomerRecord reached = record;
  Customer& customer = *reached.mutable_customer();
  customer.add_secondary_emails()->set_normalized("countess@court.example");
  customer.add_secondary_emails()->set_normalized("ada@work.example");
  customer.add_secondary_phones()->set_e164("+442079460958");
  customer.add_secondary_phones()->set_number("555 1234");
  Write([&](Transaction& transaction) { PutCustomer(transaction, record, reached); });

  EXPECT_THAT(MatchedFields("ada@work.example"), ElementsAre("secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("ada@"), ElementsAre("email", "secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("ada@wrok.example"), ElementsAre("secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("020 7946"), ElementsAre("secondary_phones[0]"));
  EXPECT_THAT(MatchedFields("460958"), ElementsAre("secondary_phones[0]"));
  EXPECT_THAT(MatchedFields("5551234"), ElementsAre("secondary_phones[1]"));
}

}  // namespace
}  // namespace comptoir
