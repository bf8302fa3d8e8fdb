// What it costs to work with the addresses of a customer who has few, or many. (A1)

#ifndef COMPTOIR_TESTS_SUPPORT_COSTS_ADDRESS_COSTS_H_
#define COMPTOIR_TESTS_SUPPORT_COSTS_ADDRESS_COSTS_H_

#include <string>
#include <vector>

#include "tests/support/costs/counting_database.h"

namespace comptoir {

struct OperationCost {
  std::string operation;
  DatabaseCounts counts;
};

// One of each operation, with a customer who has `addresses` addresses (1 or more): HQ's and a
// store's part, in memory, counted by their databases. Always the same for the same number.
std::vector<OperationCost> MeasureAddressCosts(int addresses);

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_COSTS_ADDRESS_COSTS_H_
