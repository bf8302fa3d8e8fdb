// Lists of customers and addresses, page by page.

#include <algorithm>

#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using storage::v1::CustomerRecord;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ListsTest : public CustomerTest {
 protected:
  absl::StatusOr<customer::v1::ListCustomersResponse> Customers(int page_size,
                                                                const std::string& token = "") {
    customer::v1::ListCustomersRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    return ListCustomers(reader(), request, "en");
  }

  absl::StatusOr<customer::v1::ListAddressesResponse> Addresses(const std::string& parent,
                                                                int page_size,
                                                                const std::string& token = "") {
    customer::v1::ListAddressesRequest request;
    request.set_parent(parent);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return ListAddresses(reader(), request);
  }

  std::vector<std::string> AllAddresses(const std::string& parent, int page_size) {
    std::vector<std::string> names;
    std::string token;
    do {
      const auto page = Addresses(parent, page_size, token);
      EXPECT_THAT(page, IsOk());
      for (const auto& address : page->addresses()) names.push_back(address.name());
      token = page->next_page_token();
    } while (!token.empty());
    return names;
  }
};

TEST_F(ListsTest, CustomersComeInOrderOfTheirUuid) {
  std::vector<std::string> names;
  for (int i = 0; i < 25; ++i) names.push_back(Store(ACustomer()).customer().name());
  std::sort(names.begin(), names.end());
  for (const int page_size : {1, 7, 24, 25, 26}) {
    std::vector<std::string> listed;
    std::string token;
    do {
      const auto page = Customers(page_size, token);
      ASSERT_THAT(page, IsOk());
      EXPECT_LE(page->customers_size(), page_size);
      for (const auto& customer : page->customers()) listed.push_back(customer.name());
      token = page->next_page_token();
    } while (!token.empty());
    EXPECT_EQ(listed, names) << page_size;
  }
}

TEST_F(ListsTest, AnEmptyListHasOnePage) {
  EXPECT_THAT(Customers(0)->customers(), IsEmpty());
  EXPECT_EQ(Customers(0)->next_page_token(), "");
}

TEST_F(ListsTest, APageHoldsAHundredUnlessAskedOtherwise) {
  for (int i = 0; i < 101; ++i) Store(ACustomer());
  EXPECT_THAT(Customers(0)->customers(), SizeIs(100));
  EXPECT_THAT(Customers(101)->customers(), SizeIs(101));
}

// What comes and goes between two pages neither repeats nor hides anybody else.
TEST_F(ListsTest, APageBeginsAfterTheLastEvenIfThatIsGone) {
  for (int i = 0; i < 4; ++i) Store(ACustomer());
  const auto all = *Customers(0);
  const auto first = *Customers(2);
  const auto gone = *FindCustomer(reader(), *ParseCustomerName(all.customers(1).name()));
  Write([&](Transaction& transaction) { RemoveCustomer(transaction, *gone); });
  const auto second = *Customers(2, first.next_page_token());
  EXPECT_EQ(second.customers(0).name(), all.customers(2).name());
}

TEST_F(ListsTest, AddressesOfOneCustomerOrOfAll) {
  PROVES("A1");
  std::vector<std::string> all;
  for (int i = 0; i < 5; ++i) {
    const Uuid id = NewId();
    Store(ACustomer().WithId(id).At(AnAddress()).At(AnAddress()).At(AnAddress()));
    std::vector<std::string> own;
    for (int place = 0; place < 3; ++place) {
      own.push_back(AddressName({id, DerivedAddressId(id, place)}));
    }
    std::sort(own.begin(), own.end());
    EXPECT_EQ(AllAddresses(CustomerName(id), 2), own);
    all.insert(all.end(), own.begin(), own.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(AllAddresses("customers/-", 4), all);
  EXPECT_EQ(AllAddresses("customers/-", 1000), all);
}

TEST_F(ListsTest, EachAddressKnowsWhetherItIsPrimary) {
  PROVES("A7");
  for (int i = 0; i < 3; ++i) Store(ACustomer().At(AnAddress()).At(AnAddress().Primary()));
  const auto list = Addresses("customers/-", 0);
  EXPECT_EQ(std::count_if(list->addresses().begin(), list->addresses().end(),
                          [](const auto& address) { return address.primary(); }),
            3);
}

TEST_F(ListsTest, TheParentMustExist) {
  EXPECT_THAT(Addresses(CustomerName(NewId()), 0), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Addresses("customers", 0), HasViolation("parent", "NAME_INVALID"));
}

// A token is of one method and parent, and comes back as it was given.
TEST_F(ListsTest, AForeignTokenIsRefused) {
  const Uuid id = NewId();
  const Uuid other = NewId();
  for (const Uuid& customer : {id, other}) {
    Store(ACustomer().WithId(customer).At(AnAddress()).At(AnAddress()));
  }
  const std::string of_customers = Customers(1)->next_page_token();
  const std::string of_all = Addresses("customers/-", 1)->next_page_token();
  const std::string of_one = Addresses(CustomerName(id), 1)->next_page_token();
  EXPECT_THAT(Addresses("customers/-", 1, of_customers), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_THAT(Customers(1, of_all), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_THAT(Addresses("customers/-", 1, of_one), HasReason("INVALID_PAGE_TOKEN"));
  EXPECT_THAT(Addresses(CustomerName(other), 1, of_one), HasReason("INVALID_PAGE_TOKEN"));
  for (const std::string& made_up : {std::string("x"), of_customers + "A", of_customers + "=",
                                     of_customers.substr(1), std::string(5'000, 'A')}) {
    EXPECT_THAT(Customers(1, made_up), HasReason("INVALID_PAGE_TOKEN")) << made_up;
  }
}

// Where not all customers are shown, pages hold those that are.
TEST_F(ListsTest, PagesHoldWhoIsShown) {
  for (int i = 0; i < 9; ++i) {
    Store(ACustomer().Named(i % 3 == 0 ? "Ada" : "Bea", "Lovelace").At(AnAddress()));
  }
  const IsShown only_ada = [](const CustomerRecord& record) {
    return record.customer().given_name() == "Ada";
  };
  customer::v1::ListCustomersRequest request;
  request.set_page_size(2);
  size_t count = 0;
  do {
    const auto page = ListCustomers(reader(), request, "en", only_ada);
    ASSERT_THAT(page, IsOk());
    for (const auto& customer : page->customers()) {
      EXPECT_EQ(customer.given_name(), "Ada");
      ++count;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(count, 3u);
  customer::v1::ListAddressesRequest addresses;
  addresses.set_parent("customers/-");
  EXPECT_THAT(ListAddresses(reader(), addresses, only_ada)->addresses(), SizeIs(3));
}

// A request decides about a bounded number of customers, each once, and says when there were more.
TEST_F(ListsTest, DecisionsHaveALimit) {
  std::vector<CustomerId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(*ParseCustomerName(Store(ACustomer()).customer().name()));
  }
  size_t asked = 0;
  ShownCustomers shown(
      reader(),
      [&](const CustomerRecord&) {
        ++asked;
        return true;
      },
      2);
  EXPECT_TRUE(shown.Contains(ids[0]));
  EXPECT_TRUE(shown.Contains(ids[1]));
  EXPECT_TRUE(shown.Contains(ids[1]));
  EXPECT_TRUE(shown.complete());
  EXPECT_FALSE(shown.Contains(ids[2]));
  EXPECT_FALSE(shown.complete());
  EXPECT_EQ(asked, 2u);
  EXPECT_THAT(shown.status(), IsOk());
  // What isn't there isn't shown.
  ShownCustomers others(reader(), [](const CustomerRecord&) { return true; });
  EXPECT_FALSE(others.Contains(NewId()));
}

// Who isn't shown is answered like who isn't there.
TEST_F(ListsTest, OneThatIsShownIsFound) {
  const CustomerRecord ada = Store(ACustomer().Named("Ada", "Lovelace"));
  const CustomerId id = *ParseCustomerName(ada.customer().name());
  ShownCustomers all(reader());
  EXPECT_EQ(all.Find(id)->customer().name(), ada.customer().name());
  EXPECT_THAT(all.Find(NewId()), HasReason("CUSTOMER_NOT_FOUND"));
  ShownCustomers none(reader(), [](const CustomerRecord&) { return false; });
  EXPECT_THAT(none.Find(id), HasReason("CUSTOMER_NOT_FOUND"));
  ShownCustomers failing(reader(), [](const CustomerRecord&) -> absl::StatusOr<bool> {
    return MakeError(Reason::kStorageCorrupt, "Not readable.");
  });
  EXPECT_THAT(failing.Find(id), HasReason("STORAGE_CORRUPT"));
}

}  // namespace
}  // namespace comptoir
