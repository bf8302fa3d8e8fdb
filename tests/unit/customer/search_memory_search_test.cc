// What searches find with the index in memory.

#include "common/customer/search/search.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/customer/search_memory_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two addresses in one street: when one goes, the customer is still found there.
TEST_F(SearchMemoryTest, AWordOfTwoAddressesStaysUntilBothAreGone) {
  PROVES("V1");
  LoadAll();
  const CustomerRecord ada = Store(ACustomer().Named("Ada"));
  const AddressRecord one = AddressOf(ada, NewId(), "1 Broad Street");
  const AddressRecord two = AddressOf(ada, NewId(), "2 Broad Street");
  Write([&](Transaction& transaction) {
    PutAddress(transaction, std::nullopt, one);
    PutAddress(transaction, std::nullopt, two);
  });
  EXPECT_THAT(Find("broad"), ElementsAre("Ada"));
  Write([&](Transaction& transaction) { RemoveAddress(transaction, one); });
  EXPECT_THAT(Find("broad"), ElementsAre("Ada"));
  Write([&](Transaction& transaction) { RemoveAddress(transaction, two); });
  EXPECT_THAT(Find("broad"), IsEmpty());
}

// A page of records in memory is put together without the table, from which they are taken here
// behind its back.
TEST_F(SearchMemoryTest, PagesComeFromMemory) {
  const CustomerRecord ada =
      Store(ACustomer().Named("Ada", "Hopper").Phone("020 7946 0018"), 1, "C-1");
  Store(ACustomer().Named("Grace", "Hopper").Phone("020 7946 0019"), 2, "C-2");
  Begin({.rows_per_step = 7});
  LoadAll();
  CustomerTest::Write([&](Transaction& transaction) {
    transaction.Delete(Table::kRecords, CustomerRecordKey(IdOf(ada.customer())));
  });
  EXPECT_THAT(Find("hopper"), ElementsAre("Ada Hopper", "Grace Hopper"));
}

// Whom a channel may see is decided by what the search reads: so is what it sees of them.
TEST_F(SearchMemoryTest, WhoIsNotShownEverybodySeesNoLaterRecord) {
  PROVES("V4");
  const CustomerRecord ada =
      Store(ACustomer().Named("Ada", "Hopper").Phone("020 7946 0018"), 1, "C-1");
  LoadAll();
  const auto before = database_.NewReader();
  CustomerRecord renamed = ada;
  renamed.mutable_customer()->set_display_name("Grace Hopper");
  Write([&](Transaction& transaction) { PutCustomer(transaction, ada, renamed); });
  ExpectAllInMemory();
  customer::v1::SearchCustomersRequest request;
  request.set_query("hopper");
  const auto response = SearchCustomers(
      *before, request, "GB", "en", [](const CustomerRecord&) { return true; }, memory_.get());
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->results_size(), 1);
  EXPECT_EQ(response->results(0).customer().display_name(), "Ada Hopper");
}

// A phone that somebody has only since a search began is none that it shows of him.
TEST_F(SearchMemoryTest, WhoHasAPhoneOnlySinceIsNotShownWithoutIt) {
  PROVES("V5");
  // Without an account number the record is read where the search reads.
  const CustomerRecord ada = Store(ACustomer().Named("Ada", "Hopper").Phone("020 7946 0018"));
  LoadAll();
  const auto before = database_.NewReader();
  CustomerRecord moved = ada;
  *moved.mutable_customer()->mutable_phone() =
      Prepare(ACustomer().Named("Ada").Phone("020 7946 5555"))->record.customer().phone();
  Write([&](Transaction& transaction) { PutCustomer(transaction, ada, moved); });
  customer::v1::SearchCustomersRequest request;
  request.set_query("79465555");
  const auto find = [&](const Reader& reader, const IsShown& is_shown) {
    return SearchCustomers(reader, request, "GB", "en", is_shown, memory_.get());
  };
  const IsShown everybody = [](const CustomerRecord&) { return true; };
  for (const IsShown& is_shown : {IsShown(), everybody}) {
    EXPECT_EQ(find(*before, is_shown)->results_size(), 0);
    EXPECT_EQ(find(reader(), is_shown)->results_size(), 1);
  }
}

// A number without digits is one only if it is the whole.
TEST_F(SearchMemoryTest, ANumberWithoutDigitsIsFoundWhole) {
  LoadAll();
  Store(ACustomer().Named("Ada"), 1, "C-ABC");
  Store(ACustomer().Named("Grace"), 2, "c-abc");
  EXPECT_THAT(Find("C-ABC"), ElementsAre("Ada"));
  EXPECT_THAT(Find("c-abc"), ElementsAre("Grace"));
  EXPECT_THAT(Find("C-AB"), IsEmpty());
}

// Digits find the same in memory as in the index: the same customers, as exactly, by the same
// fields, and as many more than a page holds.
TEST_F(SearchMemoryTest, DigitsFindTheSameInMemoryAndInTheIndex) {
  PROVES("V1", "V3", "V7");
  LoadAll();
  const auto digits = [&](size_t digits_max) {
    std::string text;
    for (size_t left = 1 + random_.Below(digits_max); left > 0; --left) {
      text.push_back(static_cast<char>('0' + random_.Below(3)));
    }
    return text;
  };
  const char* const begins[] = {"+4420", "020", "+1206555", "", "+"};
  const char* const fields[] = {"", "phone", "account_number"};
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 10; ++i) {
      auto record = Prepare(ACustomer().Named("Ada", absl::StrCat("N", round, "x", i)))->record;
      Customer& customer = *record.mutable_customer();
      const auto phone = [&] { return absl::StrCat(begins[random_.Below(3)], digits(8)); };
      if (!random_.OneIn(8)) customer.mutable_phone()->set_number(phone());
      while (random_.OneIn(3)) customer.add_secondary_phones()->set_number(phone());
      if (!random_.OneIn(4)) customer.set_account_number("1" + digits(7));
      Write([&](Transaction& transaction) { PutCustomer(transaction, std::nullopt, record); });
    }
    for (int i = 0; i < 30; ++i) {
      customer::v1::SearchCustomersRequest request;
      request.set_query(absl::StrCat(begins[random_.Below(5)], digits(6)));
      request.set_field(fields[random_.Below(3)]);
      // Of those who have one and the same value any may be on the page.
      request.set_page_size(100);
      const auto in_memory =
          SearchCustomers(reader(), request, "GB", "en", /*is_shown=*/nullptr, memory_.get());
      const auto in_index = SearchCustomers(reader(), request, "GB", "en");
      ASSERT_THAT(in_memory, IsOk());
      ASSERT_THAT(in_index, IsOk());
      ASSERT_EQ(in_memory->truncated(), in_index->truncated()) << request.query();
      ASSERT_EQ(in_memory->results_size(), in_index->results_size()) << request.query();
      if (in_index->truncated()) continue;
      ASSERT_EQ(in_memory->DebugString(), in_index->DebugString()) << request.query();
    }
  }
}

// Phones and numbers are looked for in memory alone: it finds those of whom the index says nothing
// any more.
TEST_F(SearchMemoryTest, PhonesAreFoundWithoutTheIndex) {
  Store(ACustomer().Named("Ada").Phone("020 7946 0018"), 1, "C-17");
  Store(ACustomer().Named("Bob").Phone("020 7946 0018"), 2, "C-171");
  Begin({.rows_per_step = 7});
  LoadAll();
  CustomerTest::Write([&](Transaction& transaction) {
    std::vector<std::string> keys;
    EXPECT_THAT(reader().Scan(Table::kIndex, PrefixRange("", SIZE_MAX),
                              [&](std::string_view key, std::string_view) {
                                keys.emplace_back(key);
                                return true;
                              }),
                IsOk());
    for (const std::string& key : keys) transaction.Delete(Table::kIndex, key);
  });
  EXPECT_THAT(Find("0018"), ElementsAre("Ada", "Bob"));
  EXPECT_THAT(Find("0207946"), ElementsAre("Ada", "Bob"));
  EXPECT_THAT(Find("c-17"), ElementsAre("Ada", "Bob"));
  EXPECT_THAT(Find("02"), ElementsAre("Ada", "Bob"));
}

// Beginnings first, then within words, then with a typing error. (V2)
TEST_F(SearchMemoryTest, WordsWithinWordsAreFoundAfterBeginnings) {
  PROVES("V2");
  LoadAll();
  Store(ACustomer().Named("Zoe", "Annabel"));
  Store(ACustomer().Named("Bob", "Johannason"));
  Store(ACustomer().Named("Carl", "Amna"));
  Store(ACustomer().Named("Dora", "Anna"));
  EXPECT_THAT(Find("anna"), ElementsAre("Dora Anna", "Zoe Annabel", "Bob Johannason", "Carl Amna"));
  EXPECT_THAT(Find("nnas bob"), ElementsAre("Bob Johannason"));
  EXPECT_THAT(Find("nnas dora"), IsEmpty());
  EXPECT_THAT(Find("nnas", "name"), ElementsAre("Bob Johannason"));
  EXPECT_THAT(Find("nnas", "address"), IsEmpty());
}

TEST_F(SearchMemoryTest, WithinWordsOfAddressesButNotOfEmails) {
  PROVES("V2");
  LoadAll();
  Store(ACustomer().Named("Ada").At(AnAddress().Street("Hauptstrasse")));
  Store(ACustomer().Named("Grace").Email("hauptstrasse@example.com"));
  EXPECT_THAT(Find("strasse"), ElementsAre("Ada"));
  EXPECT_THAT(Find("ptstrasse@example.com"), IsEmpty());
}

// Two letters are within half of all words, and a number is typed from its beginning.
TEST_F(SearchMemoryTest, FewLettersAndNumbersAreNotLookedForWithin) {
  LoadAll();
  Store(ACustomer().Named("Ada", "Lovelace").At(AnAddress().PostalCode("12345")));
  EXPECT_THAT(Find("ove"), ElementsAre("Ada Lovelace"));
  EXPECT_THAT(Find("ov"), IsEmpty());
  EXPECT_THAT(Find("2345"), IsEmpty());
}

// The more exact way in which somebody was found counts.
TEST_F(SearchMemoryTest, WhoIsFoundOtherwiseRanksNoLower) {
  LoadAll();
  Store(ACustomer().Named("Zoe", "Mac12b"), 1, "C12B-77");
  Store(ACustomer().Named("Ada", "Mac12b"));
  EXPECT_THAT(Find("c12b"), ElementsAre("Zoe Mac12b", "Ada Mac12b"));
}

}  // namespace
}  // namespace comptoir
