// What tests of searches share.

#ifndef COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_TEST_H_
#define COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_TEST_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "tests/unit/customer/customer_test.h"
#include "tests/unit/customer/search_both_ways.h"

namespace comptoir {

class SearchTest : public CustomerTest {
 protected:
  customer::v1::SearchCustomersResponse Search(const std::string& query, int page_size = 0,
                                               const std::string& country = "GB") {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_page_size(page_size);
    const auto response = SearchBothWays(reader(), request, country);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : customer::v1::SearchCustomersResponse();
  }

  // Display names, best first.
  std::vector<std::string> Names(const std::string& query) {
    std::vector<std::string> names;
    const customer::v1::SearchCustomersResponse response = Search(query);
    for (const auto& result : response.results()) {
      names.push_back(result.customer().display_name());
    }
    return names;
  }

  std::vector<std::string> MatchedFields(const std::string& query) {
    const customer::v1::SearchCustomersResponse response = Search(query);
    EXPECT_THAT(response.results(), ::testing::SizeIs(1)) << query;
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

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_TEST_H_
