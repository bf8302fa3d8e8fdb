// What people know of a customer: a word of its e-mail, a piece of a phone, a street; anywhere or
// in the one field that they name. (V1, V2, V3, V5)

#include <string>
#include <vector>

#include "common/customer/normalize.h"
#include "common/customer/records/email_words.h"
#include "common/customer/search/search.h"
#include "tests/unit/customer/customer_test.h"
#include "tests/unit/customer/search_both_ways.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::SearchCustomersResponse;
using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SearchFieldsTest : public CustomerTest {
 protected:
  SearchCustomersResponse Search(const std::string& query, const std::string& field = "",
                                 int page_size = 0) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_field(field);
    request.set_page_size(page_size);
    const auto response = SearchBothWays(reader(), request, "GB");
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : SearchCustomersResponse();
  }
  std::vector<std::string> Names(const std::string& query, const std::string& field = "") {
    std::vector<std::string> names;
    const SearchCustomersResponse response = Search(query, field);
    for (const auto& result : response.results()) {
      names.push_back(result.customer().display_name());
    }
    return names;
  }
  std::vector<std::string> MatchedFields(const std::string& query, const std::string& field = "") {
    const SearchCustomersResponse response = Search(query, field);
    EXPECT_EQ(response.results_size(), 1) << query;
    if (response.results().empty()) return {};
    return {response.results(0).matched_fields().begin(),
            response.results(0).matched_fields().end()};
  }
};

TEST(EmailWordsTest, AreWhatPeopleKnowOfIt) {
  EXPECT_THAT(EmailWords("renée.alvarez@example.com"),
              UnorderedElementsAre("renee", "alvarez", "example", "com"));
  EXPECT_THAT(
      EmailWords("Renée4_O'Brien+shop@my-firm.example"),
      UnorderedElementsAre("renee4", "renee", "o", "brien", "shop", "my", "firm", "example"));
  EXPECT_THAT(EmailWords("24jon@a"), UnorderedElementsAre("24jon", "jon", "a"));
  // Three letters at the beginning are found with the word.
  EXPECT_THAT(EmailWords("jon24@a"), UnorderedElementsAre("jon24", "a"));
  EXPECT_THAT(EmailWords("12@a"), UnorderedElementsAre("12", "a"));
  EXPECT_THAT(EmailWords(""), IsEmpty());
}

// By each of its words, whole or begun, in any order, with or without accents, mixed with names.
TEST_F(SearchFieldsTest, EmailsByWordAndPrefix) {
  PROVES("V2", "V5");
  Store(ACustomer().Named("Renée").Email("renée.alvarez4@example.com"));
  Store(ACustomer().Named("Jon", "Yang").Email("jon24@adventure-works.com"));
  for (const char* query : {"alvarez", "alva", "alvarez4", "ALVÁREZ", "alvarez@example.com",
                            "renee.alvarez4@example.com", "renée.alvarez4@ex"}) {
    EXPECT_THAT(MatchedFields(query), ElementsAre("email")) << query;
    EXPECT_THAT(Names(query), ElementsAre("Renée")) << query;
  }
  for (const char* query :
       {"example.com", "exam", "example.c", "@example.com", "@exa", "com example"}) {
    EXPECT_THAT(Names(query), ElementsAre("Renée")) << query;
  }
  EXPECT_THAT(MatchedFields("renee alvarez"), ElementsAre("name", "email"));
  EXPECT_THAT(MatchedFields("yang adventure"), ElementsAre("name", "email"));
  EXPECT_THAT(Names("yang example"), IsEmpty());
  EXPECT_THAT(Names("varez"), IsEmpty());
  // What is typed as an e-mail is one: both words in the same, all but the last to their ends.
  EXPECT_THAT(Names("jon@adventure"), IsEmpty());
  EXPECT_THAT(Names("jon24@example"), IsEmpty());
}

// Of any length, the shortest too.
TEST_F(SearchFieldsTest, PrefixesOfAnyLength) {
  PROVES("V2", "V3");
  Store(ACustomer()
            .Named("Zoe")
            .Email("quentin@xylo.example")
            .Phone("020 7946 0958")
            .At(AnAddress().In("Whitby", "GB")));
  const auto expect_prefixes = [this](const std::string& text, const std::string& field) {
    for (size_t size = 1; size <= text.size(); ++size) {
      const std::string query = text.substr(0, size);
      if (IsBlank(query.substr(size - 1))) continue;
      EXPECT_THAT(Names(query), ElementsAre("Zoe")) << query;
      EXPECT_THAT(Names(query, field), ElementsAre("Zoe")) << query;
    }
  };
  expect_prefixes("zoe", "name");
  expect_prefixes("quentin@xylo.example", "email");
  expect_prefixes("xylo.example", "email");
  expect_prefixes("020 7946 0958", "phone");
  expect_prefixes("442079460958", "phone");
  expect_prefixes("whitby", "address");
}

// Few digits say little: whoever lives at number 2 comes before all whose phones begin with it.
TEST_F(SearchFieldsTest, FewDigitsOfAPhoneComeLast) {
  Store(ACustomer().Named("Ada").Phone("020 7946 0958"));
  Store(ACustomer().Named("Zoe").At(AnAddress().Street("2 High Street")));
  EXPECT_THAT(Names("02"), ElementsAre("Ada"));
  EXPECT_THAT(Names("2"), ElementsAre("Zoe", "Ada"));
}

// One letter wrong, missing, extra or swapped, in a word of the e-mail as in a name.
TEST_F(SearchFieldsTest, TypingErrorsInWordsOfEmails) {
  PROVES("V2", "V5");
  Store(ACustomer().Named("Renée").Email("renée.alvarez4@example.com"));
  for (const char* query : {"alvares", "alvrez", "alvaarez", "alvarze", "alvares@example.com",
                            "alvarez@exmaple.com", "exmaple.com"}) {
    EXPECT_THAT(Names(query), ElementsAre("Renée")) << query;
    EXPECT_THAT(MatchedFields(query), ElementsAre("email")) << query;
  }
  EXPECT_THAT(Names("alvxrxz"), IsEmpty());
  EXPECT_THAT(Names("con"), IsEmpty()) << "too short for errors";
}

// Streets and cities forgive an error, too.
TEST_F(SearchFieldsTest, TypingErrorsInAddresses) {
  PROVES("V2");
  Store(ACustomer().Named("Ada").At(AnAddress().Street("246 Karlshof").In("Hamburg", "DE")));
  for (const char* query : {"karlshoff 246", "karlhsof", "hambrug", "karlshof"}) {
    EXPECT_THAT(MatchedFields(query), ElementsAre("address")) << query;
  }
}

// Names before e-mails before addresses; whole words before begun ones.
TEST_F(SearchFieldsTest, NamesComeFirst) {
  PROVES("V1");
  Store(ACustomer().Named("Anna").At(AnAddress().In("Florence", "IT")));
  Store(ACustomer().Named("Bea").Email("florence@example.com"));
  Store(ACustomer().Named("Florence"));
  Store(ACustomer().Named("Florences"));
  EXPECT_THAT(Names("florence"), ElementsAre("Florence", "Florences", "Bea", "Anna"));
}

// Which of several contacts it was: the one that has the most of what was typed.
TEST_F(SearchFieldsTest, TheContactThatMatchedIsNamed) {
  PROVES("V5", "C5");
  const CustomerRecord record = Store(ACustomer().Named("Ada").Email("ada@home.example"));
  CustomerRecord reached = record;
  Customer& customer = *reached.mutable_customer();
  customer.add_secondary_emails()->set_normalized("countess@court.example");
  customer.add_secondary_emails()->set_normalized("ada.king@work.example");
  Write([&](Transaction& transaction) { PutCustomer(transaction, record, reached); });
  EXPECT_THAT(MatchedFields("king"), ElementsAre("secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("court.example"), ElementsAre("secondary_emails[0]"));
  EXPECT_THAT(MatchedFields("king@work"), ElementsAre("secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("example"),
              ElementsAre("email", "secondary_emails[0]", "secondary_emails[1]"));
  EXPECT_THAT(Names("countess@work"), IsEmpty()) << "no one e-mail has both";
}

// What is nowhere but in another field than the one named isn't found.
TEST_F(SearchFieldsTest, ByOneField) {
  PROVES("V1");
  const CustomerRecord ada = Store(ACustomer()
                                       .Named("Ada", "Florence")
                                       .Email("grace@hopper.example")
                                       .Phone("020 7946 0958")
                                       .At(AnAddress().In("Hamburg", "GB").PostalCode("20457")),
                                   1, "C-0001");
  const std::string uuid = ParseCustomerName(ada.customer().name())->ToString();
  const std::vector<std::pair<const char*, std::vector<std::string>>> by_field = {
      {"name", {"florence", "ad", "florense"}},
      {"email", {"grace", "grace@hopper.example", "hoper", "g"}},
      {"phone", {"020 7946 0958", "460958", "+44 20", "4"}},
      {"address", {"hamburg", "20457", "hambrug"}},
      {"account_number", {"C-0001", "c-0", "C"}},
      {"uuid", {uuid}}};
  for (const auto& [field, queries] : by_field) {
    for (const std::string& query : queries) {
      EXPECT_THAT(MatchedFields(query, field), ElementsAre(field)) << query;
      for (const auto& [other, unused] : by_field) {
        if (other == field) continue;
        if (std::string(other) == "phone" && query == "20457") continue;
        EXPECT_THAT(Names(query, other), IsEmpty()) << query << " by " << other;
      }
    }
  }
  EXPECT_THAT(Names("florence", "loyalty_card"), IsEmpty());
  EXPECT_THAT(Names("florence grace"), ElementsAre("Ada Florence"));
  EXPECT_THAT(Names("florence grace", "name"), IsEmpty());
}

// A store's everyday: as the sample customers are looked for.
TEST_F(SearchFieldsTest, AsPeopleDo) {
  PROVES("V1", "V2", "V3", "V5");
  Store(ACustomer()
            .Named("Renée", "Alvarez")
            .Email("renée4@adventure-works.com")
            .Phone("1 (11) 500 555-0130")
            .At(AnAddress().Street("246 Karlshof").In("Hamburg", "DE")),
        1, "C-00000001");
  Store(ACustomer().Named("José", "Hernandez").Email("josé54@adventure-works.com"), 2,
        "C-00000002");
  for (const char* query :
       {"renee alvarez", "alvares", "550130", "karlshof 246", "renée4@adventure-works.com",
        "renee4@adventure-works.com", "C-00000001"}) {
    EXPECT_THAT(Names(query), ElementsAre("Renée Alvarez")) << query;
  }
  EXPECT_THAT(Names("jose hernandes"), ElementsAre("José Hernandez"));
}

TEST_F(SearchFieldsTest, UnknownFieldsAreRefused) {
  PROVES("V1");
  customer::v1::SearchCustomersRequest request;
  request.set_query("ada");
  request.set_field("shoe_size");
  EXPECT_THAT(SearchCustomers(reader(), request, "GB", "en"),
              HasViolation("field", "VALUE_UNKNOWN"));
}

// The e-mails of a whole chain have one domain: who is looked for by it and by a rare word is found
// at once, and completely.
TEST_F(SearchFieldsTest, ACommonDomainIsNoObstacle) {
  for (int i = 0; i < 500; ++i) {
    Store(ACustomer().Named("Ada").Email("ada" + std::to_string(i) + "@adventure-works.com"));
  }
  Store(ACustomer().Named("Grace").Email("hopper@adventure-works.com"));
  EXPECT_THAT(Names("hopper adventure-works.com"), ElementsAre("Grace"));
  EXPECT_FALSE(Search("hopper adventure-works.com").truncated());
  EXPECT_TRUE(Search("adventure-works.com").truncated());
  // Who is found as typed comes before those who are one typing error away.
  EXPECT_EQ(Search("ada77@adventure-works.com").results(0).customer().email().address(),
            "ada77@adventure-works.com");
}

}  // namespace
}  // namespace comptoir
