#ifndef COMPTOIR_BENCH_LOAD_NUMBER_WATCH_H_
#define COMPTOIR_BENCH_LOAD_NUMBER_WATCH_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/customers/customer_generator.h"
#include "bench/measure/load_result.h"

namespace comptoir::bench {

struct NumberWatchOptions {
  std::string address;
  // Watches the customer, as a POS does; else reads it again and again, as whoever is compared is.
  bool watches = false;
  // One customer after the other, so many a second at most: the chain is idle otherwise.
  double rate = 20;
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
  uint64_t first = 0;
};

// Creates customers in a store that doesn't ask HQ and looks at each until it has its account
// number. A time runs from when the create was answered to when the number was there.
LoadResult RunNumberWatch(const NumberWatchOptions& options, const CustomerGenerator& generator);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_LOAD_NUMBER_WATCH_H_
