// What a load asks for: the n-th request of a kind, as the bytes of its message.

#ifndef COMPTOIR_BENCH_LOAD_REQUESTS_H_
#define COMPTOIR_BENCH_LOAD_REQUESTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/customers/customer_generator.h"

namespace comptoir::bench {

struct RequestOptions {
  // One of RequestKinds().
  std::string kind;
  // The customers that are created, or looked for: `customers` of them from `first` on.
  uint64_t first = 0;
  uint64_t customers = 0;
  // The channels that create them, by turns. A channel service of one channel knows; HQ has to be
  // told.
  std::vector<std::string> channels;
};

// Thread-safe.
class Requests {
 public:
  // Fails if there is no such kind.
  static absl::StatusOr<std::unique_ptr<Requests>> Make(const RequestOptions& options,
                                                        CustomerGenerator generator);
  virtual ~Requests() = default;

  // "/package.Service/Method".
  virtual std::string Method() const = 0;

  // Returns the message of request `n`, from 0.
  virtual std::string Get(uint64_t n) const = 0;

  // How many can be made; a load ends there.
  virtual uint64_t limit() const = 0;

  // Whether an answer holds what was asked for.
  virtual bool Holds(const std::string& answer) const = 0;
};

std::vector<std::string> RequestKinds();

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_LOAD_REQUESTS_H_
