#ifndef COMPTOIR_TESTS_INTEGRATION_EVENTUALLY_H_
#define COMPTOIR_TESTS_INTEGRATION_EVENTUALLY_H_

#include <chrono>
#include <thread>

namespace comptoir {

// Waits until `condition` holds; returns false if it doesn't within a minute, which is many times
// what anything here takes.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_INTEGRATION_EVENTUALLY_H_
