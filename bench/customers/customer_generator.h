#ifndef COMPTOIR_BENCH_CUSTOMERS_CUSTOMER_GENERATOR_H_
#define COMPTOIR_BENCH_CUSTOMERS_CUSTOMER_GENERATOR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::bench {

// More customers than the sample has, as real as those: given name, family name and place are each
// of some customer of the sample; e-mail and phone are written as theirs, with digits that nobody
// else has. The same seed and number give the same customer, whoever asks, in any order. A value
// after Open(); thread-safe.
class CustomerGenerator {
 public:
  // Below this, no two numbers have the same e-mail, and few the same phone: its last seven digits
  // differ.
  static constexpr uint64_t kCustomersMax = 10'000'000;

  // `samples_path`: a file such as data/adventureworks_customers.csv. Rows that cannot be read as
  // customers are an error: a benchmark with fewer samples is another one.
  static absl::StatusOr<CustomerGenerator> Open(const std::string& samples_path, uint64_t seed);

  // As a POS would create it: with its name, which is the request id, and one address.
  customer::v1::Customer Get(uint64_t number) const;
  Uuid IdOf(uint64_t number) const;

 private:
  CustomerGenerator(std::vector<customer::v1::Customer> samples, uint64_t seed)
      : samples_(std::move(samples)), seed_(seed) {}

  // Constant after construction.
  std::vector<customer::v1::Customer> samples_;
  uint64_t seed_;
};

// `phone` with other last seven digits, which say `number`; what isn't a digit stays.
std::string VariedPhone(std::string_view phone, uint64_t number);

// "jon24@adventure-works.com" becomes "jon1234@adventure-works.com" for 1234.
std::string VariedEmail(std::string_view email, uint64_t number);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_CUSTOMERS_CUSTOMER_GENERATOR_H_
