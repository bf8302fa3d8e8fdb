#include "tests/support/costs/address_costs.h"

#include <gtest/gtest.h>

#include "tests/support/proves.h"

namespace comptoir {
namespace {

void ExpectWithinAFifth(const std::string& what, uint64_t few, uint64_t many) {
  EXPECT_LE(5 * many, 6 * few) << what << ": " << few << " grew to " << many;
  EXPECT_LE(5 * few, 6 * many) << what << ": " << few << " shrank to " << many;
}

// One address or ten thousand: everything that is done with one address, and with its customer,
// reads and writes as much. (A1)
TEST(AddressCosts, DontGrowWithTheNumberOfAddresses) {
  PROVES("A1");
  const auto few = MeasureAddressCosts(1);
  const auto many = MeasureAddressCosts(10'000);
  ASSERT_EQ(few.size(), many.size());
  for (size_t i = 0; i < few.size(); ++i) {
    const std::string& operation = few[i].operation;
    EXPECT_GT(few[i].counts.rows_read, 0u) << operation;
    ExpectWithinAFifth(operation + ", rows read", few[i].counts.rows_read,
                       many[i].counts.rows_read);
    ExpectWithinAFifth(operation + ", keys written", few[i].counts.keys_written,
                       many[i].counts.keys_written);
    ExpectWithinAFifth(operation + ", bytes", few[i].counts.bytes, many[i].counts.bytes);
  }
}

}  // namespace
}  // namespace comptoir
