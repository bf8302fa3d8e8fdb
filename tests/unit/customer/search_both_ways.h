// A search as its two kinds of callers make it.

#ifndef COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_BOTH_WAYS_H_
#define COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_BOTH_WAYS_H_

#include <gtest/gtest.h>

#include <string>

#include "absl/status/statusor.h"
#include "common/customer/search/search.h"
#include "common/storage/record_io.h"

namespace comptoir {

// What the search answers, which in bytes is the same.
inline absl::StatusOr<customer::v1::SearchCustomersResponse> SearchBothWays(
    const Reader& reader, const customer::v1::SearchCustomersRequest& request,
    const std::string& country) {
  auto response = SearchCustomers(reader, request, country, "en");
  const auto bytes = SearchCustomersBytes(reader, request, country, "en", nullptr,
                                          [](const customer::v1::Customer&) {});
  EXPECT_EQ(bytes.status(), response.status());
  if (!bytes.ok() || !response.ok()) return response;
  customer::v1::SearchCustomersResponse parsed;
  EXPECT_TRUE(parsed.ParseFromString(*bytes));
  EXPECT_EQ(SerializeDeterministically(parsed), SerializeDeterministically(*response));
  return response;
}

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_BOTH_WAYS_H_
