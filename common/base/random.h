#ifndef COMPTOIR_COMMON_BASE_RANDOM_H_
#define COMPTOIR_COMMON_BASE_RANDOM_H_

#include <array>
#include <cstdint>

#include "common/base/uuid.h"

namespace comptoir {

// Where all chance comes from. Injected through constructors, so that a simulation with one seed
// always runs the same.
class Random {
 public:
  virtual ~Random() = default;

  // Returns 64 random bits.
  virtual uint64_t Next() = 0;

  // Returns a number in [0, n), each equally likely. REQUIRES: n > 0.
  uint64_t Below(uint64_t n);

  // Returns a number in [0, 1).
  double Fraction();

  // Returns true once in n calls on average. REQUIRES: n > 0.
  bool OneIn(uint64_t n) { return Below(n) == 0; }
};

// The operating system's cryptographic random numbers. Thread-safe.
class SystemRandom : public Random {
 public:
  uint64_t Next() override;
};

// Random numbers that depend on nothing but the seed (xoshiro256**). Not for secrets. Not
// thread-safe.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed);

  uint64_t Next() override;

 private:
  std::array<uint64_t, 4> state_;
};

// Returns a new UUID of version 4.
Uuid NewUuid(Random& random);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_RANDOM_H_
