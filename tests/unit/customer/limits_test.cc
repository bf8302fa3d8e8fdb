// Every limit of customers, addresses and requests: exactly so much is accepted, one more refused.

#include "common/customer/limits.h"

#include "common/customer/search/search.h"
#include "common/storage/pages.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Address;
using customer::v1::Customer;

struct CustomerLimit {
  const char* field;
  size_t characters_max;
  std::function<void(Customer&, const std::string&)> set;
  // Makes a value of exactly so many characters.
  std::function<std::string(size_t)> value;
};

// Two bytes each: characters are counted, not bytes.
std::string Letters(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "é";
  return text;
}

std::string Url(size_t count) { return "http://x/" + std::string(count - 9, 'a'); }

std::string EmailOf(size_t count) {
  std::string email(64, 'a');
  return email + "@" + std::string(count - 65, 'b');
}

const CustomerLimit kCustomerLimits[] = {
    {"title", 64, [](Customer& c, const std::string& v) { c.set_title(v); }, Letters},
    {"given_name", 256, [](Customer& c, const std::string& v) { c.set_given_name(v); }, Letters},
    {"middle_name", 256, [](Customer& c, const std::string& v) { c.set_middle_name(v); }, Letters},
    {"family_name", 256, [](Customer& c, const std::string& v) { c.set_family_name(v); }, Letters},
    {"organization_name", 256,
     [](Customer& c, const std::string& v) { c.set_organization_name(v); }, Letters},
    {"email", 320, [](Customer& c, const std::string& v) { c.mutable_email()->set_address(v); },
     EmailOf},
    {"receipt_email", 320,
     [](Customer& c, const std::string& v) { c.mutable_receipt_email()->set_address(v); }, EmailOf},
    {"phone", 64, [](Customer& c, const std::string& v) { c.mutable_phone()->set_number(v); },
     Letters},
    {"url", 2048, [](Customer& c, const std::string& v) { c.set_url(v); }, Url},
    {"tax_number", 64, [](Customer& c, const std::string& v) { c.set_tax_number(v); }, Letters},
    {"notes", 10'000, [](Customer& c, const std::string& v) { c.set_notes(v); }, Letters},
};

struct AddressLimit {
  const char* field;
  size_t characters_max;
  std::function<void(Address&, const std::string&)> set;
  std::function<std::string(size_t)> value;
};

const AddressLimit kAddressLimits[] = {
    {"display_name", 256, [](Address& a, const std::string& v) { a.set_display_name(v); }, Letters},
    {"street[0]", 256, [](Address& a, const std::string& v) { a.add_street(v); }, Letters},
    {"street_number", 256, [](Address& a, const std::string& v) { a.set_street_number(v); },
     Letters},
    {"building", 256, [](Address& a, const std::string& v) { a.set_building(v); }, Letters},
    {"district", 256, [](Address& a, const std::string& v) { a.set_district(v); }, Letters},
    {"city", 256, [](Address& a, const std::string& v) { a.set_city(v); }, Letters},
    {"county", 256, [](Address& a, const std::string& v) { a.set_county(v); }, Letters},
    {"state", 256, [](Address& a, const std::string& v) { a.set_state(v); }, Letters},
    {"postal_code", 32, [](Address& a, const std::string& v) { a.set_postal_code(v); }, Letters},
    {"phone", 64, [](Address& a, const std::string& v) { a.mutable_phone()->set_number(v); },
     Letters},
    {"email", 320, [](Address& a, const std::string& v) { a.mutable_email()->set_address(v); },
     EmailOf},
    {"url", 2048, [](Address& a, const std::string& v) { a.set_url(v); }, Url},
    {"attention_to", 256, [](Address& a, const std::string& v) { a.set_attention_to(v); }, Letters},
};

class LimitsTest : public CustomerTest {};

TEST_F(LimitsTest, TextsOfACustomer) {
  PROVES("C2", "C4", "C8");
  for (const CustomerLimit& limit : kCustomerLimits) {
    Customer customer = ACustomer();
    limit.set(customer, limit.value(limit.characters_max));
    EXPECT_THAT(Prepare(customer), IsOk()) << limit.field;
    limit.set(customer, limit.value(limit.characters_max + 1));
    EXPECT_THAT(Prepare(customer), HasViolation(limit.field, "TOO_LONG"));
  }
}

TEST_F(LimitsTest, TextsOfAnAddress) {
  PROVES("A2", "C8");
  for (const AddressLimit& limit : kAddressLimits) {
    Address address;
    limit.set(address, limit.value(limit.characters_max));
    address.set_country("GB");
    EXPECT_THAT(Prepare(ACustomer().At(address)), IsOk()) << limit.field;
    Address too_long;
    limit.set(too_long, limit.value(limit.characters_max + 1));
    EXPECT_THAT(Prepare(ACustomer().At(too_long)),
                HasViolation(std::string("addresses[0].") + limit.field, "TOO_LONG"));
  }
}

// Bytes of an old Windows program: whichever field they come in, it is named.
TEST_F(LimitsTest, TextsAreUtf8) {
  PROVES("C8");
  for (const CustomerLimit& limit : kCustomerLimits) {
    Customer customer = ACustomer();
    limit.set(customer, "Jos\xe9");
    EXPECT_THAT(Prepare(customer), HasViolation(limit.field, "INVALID_UTF8"));
  }
  for (const AddressLimit& limit : kAddressLimits) {
    Address address = AnAddress();
    limit.set(address, "Jos\xe9");
    EXPECT_THAT(Prepare(ACustomer().At(address)),
                HasViolation(std::string("addresses[0].") + limit.field, "INVALID_UTF8"));
  }
  for (const auto& [field, reason] :
       {std::pair{"currency", "CURRENCY_UNKNOWN"}, std::pair{"language", "LANGUAGE_INVALID"},
        std::pair{"birth_date", "DATE_INVALID"}, std::pair{"name", "NAME_INVALID"}}) {
    Customer customer = ACustomer();
    Customer::GetReflection()->SetString(&customer, Customer::descriptor()->FindFieldByName(field),
                                         "\xe9");
    EXPECT_THAT(Prepare(customer), HasViolation(field, reason));
  }
}

TEST_F(LimitsTest, LinesAndPurposesOfAnAddress) {
  PROVES("A2", "A3");
  Address address = AnAddress();
  for (size_t i = 0; i < kStreetLinesMax; ++i) address.add_street("x");
  for (size_t i = 0; i < kPurposesMax; ++i) address.add_purposes("Home");
  EXPECT_THAT(Prepare(ACustomer().At(address)), IsOk());
  address.add_street("x");
  address.add_purposes("Home");
  EXPECT_THAT(Prepare(ACustomer().At(address)), HasViolation("addresses[0].street", "TOO_MANY"));
  EXPECT_THAT(Prepare(ACustomer().At(address)), HasViolation("addresses[0].purposes", "TOO_MANY"));
}

TEST_F(LimitsTest, AddressesOfACreate) {
  PROVES("A1");
  CustomerBuilder customer = ACustomer();
  for (int i = 0; i < kAddressesPerCreateMax; ++i) customer.At(AnAddress());
  EXPECT_THAT(Prepare(customer), IsOk());
  EXPECT_THAT(Prepare(customer.At(AnAddress())), HasViolation("addresses", "TOO_MANY"));
}

TEST_F(LimitsTest, PagesOfLists) {
  for (const auto& [page_size, fits] :
       {std::pair{0, true}, std::pair{1, true}, std::pair{kPageSizeMax, true},
        std::pair{kPageSizeMax + 1, false}, std::pair{-1, false}}) {
    customer::v1::ListCustomersRequest customers;
    customers.set_page_size(page_size);
    customer::v1::ListAddressesRequest addresses;
    addresses.set_parent("customers/-");
    addresses.set_page_size(page_size);
    if (fits) {
      EXPECT_THAT(ListCustomers(reader(), customers, "en"), IsOk());
      EXPECT_THAT(ListAddresses(reader(), addresses), IsOk());
    } else {
      EXPECT_THAT(ListCustomers(reader(), customers, "en"),
                  HasViolation("page_size", "OUT_OF_RANGE"));
      EXPECT_THAT(ListAddresses(reader(), addresses), HasViolation("page_size", "OUT_OF_RANGE"));
    }
  }
}

TEST_F(LimitsTest, QueriesAndPagesOfSearches) {
  const auto search = [this](const std::string& query, int page_size) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_page_size(page_size);
    return SearchCustomers(reader(), request, "GB", "en");
  };
  EXPECT_THAT(search(Letters(kSearchQueryCharactersMax), kSearchPageSizeMax), IsOk());
  EXPECT_THAT(search(Letters(kSearchQueryCharactersMax + 1), 1), HasViolation("query", "TOO_LONG"));
  EXPECT_THAT(search(" ", 1), HasViolation("query", "REQUIRED"));
  EXPECT_THAT(search("\xff", 1), HasViolation("query", "INVALID_UTF8"));
  EXPECT_THAT(search("a", kSearchPageSizeMax + 1), HasViolation("page_size", "OUT_OF_RANGE"));
  EXPECT_THAT(search("a", -1), HasViolation("page_size", "OUT_OF_RANGE"));
}

}  // namespace
}  // namespace comptoir
