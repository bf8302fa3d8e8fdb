// Who is on a page when more match than it holds: the best ones, and always the same.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/customer/search/search.h"
#include "tests/unit/customer/customer_test.h"
#include "tests/unit/customer/search_both_ways.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::SearchCustomersResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kPage = 20;

class SearchPageTest : public CustomerTest {
 protected:
  SearchCustomersResponse Search(const std::string& query) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_page_size(kPage);
    const auto response = SearchBothWays(reader(), request, "GB");
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : SearchCustomersResponse();
  }

  std::vector<std::string> Names(const std::string& query) {
    std::vector<std::string> names;
    const SearchCustomersResponse response = Search(query);
    for (const auto& result : response.results()) names.push_back(result.customer().display_name());
    return names;
  }

  // A number of London that ends with `digits`, which are four.
  static std::string Ending(int n, const std::string& digits) {
    return absl::StrCat("020 7", 100 + n, " ", digits);
  }
};

// One company with a block of numbers takes one place of the page, not all of them. (V1, V3)
TEST_F(SearchPageTest, AManyPhonesCustomerTakesOnePlace) {
  PROVES("V1", "V3");
  auto many = *Prepare(ACustomer().Named("Many", "Phones").Phone("020 7946 0000"));
  for (int i = 1; i < 60; ++i) {
    const std::string number = absl::StrCat("+442079460", 100 + i);
    many.record.mutable_customer()->add_secondary_phones()->set_e164(number);
  }
  Write([&](Transaction& transaction) { PutCustomer(transaction, std::nullopt, many.record); });
  for (int i = 0; i < 5; ++i) {
    Store(ACustomer().Named("Other", absl::StrCat(i)).Phone(absl::StrCat("020 7946 09", 50 + i)));
  }
  EXPECT_THAT(Names("0207946"), SizeIs(6));
}

// Who is called by digits comes before those whose phones end so, be they as many as they like.
TEST_F(SearchPageTest, ANameOfDigitsComesBeforePhones) {
  PROVES("V1");
  for (int i = 0; i < 2 * kPage; ++i) {
    Store(ACustomer().Named("Somebody", absl::StrCat(i)).Phone(Ending(i, "4711")));
  }
  Store(ACustomer().Named("Haus", "4711"));
  const auto names = Names("4711");
  ASSERT_THAT(names, SizeIs(kPage));
  EXPECT_EQ(names.front(), "Haus 4711");
}

// A number that is typed with a prefix begins so.
TEST_F(SearchPageTest, PhonesThatBeginSoComeFirstWithAPrefix) {
  PROVES("V3");
  for (int i = 0; i < 2 * kPage; ++i) {
    Store(ACustomer().Named("Ends", absl::StrCat(i)).Phone(absl::StrCat("0161 496 ", 1000 + i)));
    Store(ACustomer().Named("Begins", absl::StrCat(i)).Phone(Ending(i, "0999")));
  }
  Store(ACustomer().Named("Ends", "so").Phone("0161 496 4420"));
  EXPECT_THAT(Names("+44 20"), Not(Contains("Ends so")));
  EXPECT_THAT(Names("4420"), Contains("Ends so"));
}

TEST_F(SearchPageTest, TheSamePageEachTime) {
  for (int i = 0; i < 3 * kPage; ++i) Store(ACustomer().Named("Ada", absl::StrCat("N", i)));
  const auto names = Names("ada");
  ASSERT_THAT(names, SizeIs(kPage));
  EXPECT_TRUE(Search("ada").truncated());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Names("ada"), names);
}

// An e-mail that begins as it was typed hides nobody who is called so. (V2)
TEST_F(SearchPageTest, AnEmailHidesNoNames) {
  PROVES("V2");
  Store(ACustomer().Named("Somebody", "Else").With([](Customer& customer) {
    customer.mutable_email()->set_address("john.smith@example.com");
  }));
  Store(ACustomer().Named("John", "Smyth"));
  EXPECT_THAT(Names("john.smith"), ElementsAre("Somebody Else", "John Smyth"));
  EXPECT_THAT(Names("nobody.at.all"), IsEmpty());
}

}  // namespace
}  // namespace comptoir
