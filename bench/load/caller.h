#ifndef COMPTOIR_BENCH_LOAD_CALLER_H_
#define COMPTOIR_BENCH_LOAD_CALLER_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/load/requests.h"
#include "bench/measure/load_result.h"

namespace comptoir::bench {

struct LoadOptions {
  // HOST:PORT, or unix:PATH.
  std::string address;
  // Calls under way at most.
  uint64_t in_flight = 1;
  // Each of its own, with an equal share of the calls.
  uint64_t connections = 1;
  // Each serves an equal share of the calls.
  uint64_t threads = 1;
  // What begins in this time isn't counted.
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
  // Calls begun a second: open loop. 0: the next begins when one ends, closed loop.
  double rate = 0;
  // Every so many answers one is read, to see whether it holds what was asked for.
  uint64_t check_every = 64;
};

// Makes the calls and returns what became of them. In an open loop a call's time runs from when it
// was due, also if all that may be under way are: what waits behind a slow call counts, as it does
// for people. (Leaving it out is what Gil Tene calls coordinated omission.)
//
// Bytes go out as they are and come back as they are; requests are made between two answers, by the
// thread that takes them.
LoadResult RunLoad(const LoadOptions& options, const Requests& requests);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_LOAD_CALLER_H_
