#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MEMORY_METRICS_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MEMORY_METRICS_H_

#include "common/base/metrics.h"
#include "common/customer/search/search_memory.h"

namespace comptoir {

// What a search memory holds, for Prometheus. Not thread-safe.
class SearchMemoryMetrics {
 public:
  // Both borrowed.
  SearchMemoryMetrics(Metrics& metrics, const SearchMemory& memory);

  // Reads the present values.
  void Update();

 private:
  // Constant after construction.
  const SearchMemory& memory_;
  Gauge& loading_;
  Gauge& ready_;
  Gauge& off_;
  Gauge& customers_;
  Gauge& words_;
  Gauge& records_;
  Gauge& bytes_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MEMORY_METRICS_H_
