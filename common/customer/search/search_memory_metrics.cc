#include "common/customer/search/search_memory_metrics.h"

#include <string>

namespace comptoir {
namespace {

Gauge& AddState(Metrics& metrics, const std::string& state) {
  return metrics.AddGauge("comptoir_search_memory_state",
                          "1 at the state of what searches have in memory: they use it once ready.",
                          {{"state", state}});
}

}  // namespace

SearchMemoryMetrics::SearchMemoryMetrics(Metrics& metrics, const SearchMemory& memory)
    : memory_(memory),
      loading_(AddState(metrics, "loading")),
      ready_(AddState(metrics, "ready")),
      off_(AddState(metrics, "off")),
      customers_(metrics.AddGauge("comptoir_search_memory_customers",
                                  "Customers whose words are in memory.")),
      words_(metrics.AddGauge("comptoir_search_memory_words", "Distinct words in memory.")),
      records_(metrics.AddGauge("comptoir_search_memory_records",
                                "Customers whose records are in memory.")),
      bytes_(metrics.AddGauge("comptoir_search_memory_bytes",
                              "Memory that words, values and records take.")) {}

void SearchMemoryMetrics::Update() {
  const SearchMemory::Figures figures = memory_.figures();
  loading_.Set(figures.state == SearchMemory::State::kLoading ? 1 : 0);
  ready_.Set(figures.state == SearchMemory::State::kReady ? 1 : 0);
  off_.Set(figures.state == SearchMemory::State::kOff ? 1 : 0);
  customers_.Set(static_cast<double>(figures.customers));
  words_.Set(static_cast<double>(figures.words));
  records_.Set(static_cast<double>(figures.records));
  bytes_.Set(static_cast<double>(figures.bytes));
}

}  // namespace comptoir
