// Creates customers from several threads and keeps what was acknowledged in a synced file of its
// own, written before anybody may rely on it: what the services know must never be less.

#ifndef COMPTOIR_TESTS_E2E_LOAD_GENERATOR_H_
#define COMPTOIR_TESTS_E2E_LOAD_GENERATOR_H_

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "tests/support/chain/chain.h"

namespace comptoir::testing {

// Each thread has one create under way and repeats it, with the same UUID, until it is
// acknowledged.
class LoadGenerator {
 public:
  LoadGenerator(customer::v1::CustomerService::Stub& stub, std::string label, std::string file,
                int threads);
  ~LoadGenerator();

  void Stop();

  int in_flight() const { return in_flight_; }
  uint64_t acknowledged() const { return acknowledged_; }
  // Attempts that ended without an answer of the service: the connection broke or the deadline
  // passed.
  uint64_t cut_off() const { return cut_off_; }

  // Names of customers that were acknowledged, with the account number where the answer had one,
  // out of the file.
  static std::map<std::string, std::string> ReadAcknowledged(const std::string& file);

 private:
  void Run(int thread);
  void Acknowledge(const customer::v1::Customer& customer);

  // Constant after construction.
  customer::v1::CustomerService::Stub& stub_;
  const std::string label_;
  const int file_;

  std::atomic<bool> stopped_{false};
  std::atomic<int> in_flight_{0};
  std::atomic<uint64_t> acknowledged_{0};
  std::atomic<uint64_t> cut_off_{0};
  Mutex mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace comptoir::testing

#endif  // COMPTOIR_TESTS_E2E_LOAD_GENERATOR_H_
