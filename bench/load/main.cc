// Asks a service for one kind of thing as fast as it answers, or at a fixed rate, and prints what
// came of it as one line of JSON.
//
//     load --kind=create --address=127.0.0.1:7411 --in_flight=64 --duration=5s
//
// All that listens to CustomerService's methods will do: a service, or one of the floors.

#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/time.h"
#include "bench/load/caller.h"
#include "bench/load/fan_out.h"
#include "bench/load/number_watch.h"
#include "bench/load/requests.h"

ABSL_FLAG(std::string, kind, "create",
          "What is asked for. account-number, account-number-watch: how long a customer of an idle "
          "chain waits for it; fan-out: how long a change takes to all who follow.");
ABSL_FLAG(std::string, address, "", "Required. HOST:PORT or unix:PATH.");
ABSL_FLAG(uint64_t, in_flight, 1, "Calls under way at most.");
ABSL_FLAG(uint64_t, connections, 1, "Connections, each with an equal share of the calls.");
ABSL_FLAG(uint64_t, threads, 1, "Threads of the client.");
ABSL_FLAG(absl::Duration, warm_up, absl::Seconds(1), "What begins in this time isn't counted.");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(5), "How long calls are begun after it.");
ABSL_FLAG(double, rate, 0, "Calls begun a second; 0: the next when one ends.");
ABSL_FLAG(std::string, samples, "data/adventureworks_customers.csv", "The sample of customers.");
ABSL_FLAG(uint64_t, seed, 1, "Another seed, other customers.");
ABSL_FLAG(std::string, channel, "", "Channel that creates; HQ has to be told.");
ABSL_FLAG(uint64_t, followers, 1000, "fan-out: channel services that subscribe.");
ABSL_FLAG(uint64_t, channels, 10, "fan-out: channels that they are of.");
ABSL_FLAG(uint64_t, groups, 1, "fan-out: groups of channels that see the same customers.");
ABSL_FLAG(uint64_t, watch_every, 10, "fan-out: one in so many followers is looked at.");
ABSL_FLAG(uint64_t, first, 0, "Number of the first customer.");
ABSL_FLAG(uint64_t, customers, 1'000'000, "How many there are from it; creates end there.");

namespace comptoir::bench {
namespace {

int Main() {
  auto generator = CustomerGenerator::Open(absl::GetFlag(FLAGS_samples), absl::GetFlag(FLAGS_seed));
  if (!generator.ok()) {
    std::cerr << generator.status() << "\n";
    return 1;
  }
  const std::string kind = absl::GetFlag(FLAGS_kind);
  if (kind == "account-number" || kind == "account-number-watch") {
    const LoadResult result =
        RunNumberWatch({.address = absl::GetFlag(FLAGS_address),
                        .watches = kind == "account-number-watch",
                        .rate = absl::GetFlag(FLAGS_rate) > 0 ? absl::GetFlag(FLAGS_rate) : 20,
                        .duration = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration)),
                        .first = absl::GetFlag(FLAGS_first)},
                       *generator);
    std::cout << result.ToJson() << "\n";
    return 0;
  }
  if (kind == "fan-out") {
    const auto result =
        RunFanOut({.address = absl::GetFlag(FLAGS_address),
                   .followers = absl::GetFlag(FLAGS_followers),
                   .channels = absl::GetFlag(FLAGS_channels),
                   .groups = absl::GetFlag(FLAGS_groups),
                   .watch_every = absl::GetFlag(FLAGS_watch_every),
                   .rate = absl::GetFlag(FLAGS_rate),
                   .duration = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration)),
                   .first = absl::GetFlag(FLAGS_first)},
                  *generator);
    if (!result.ok()) {
      std::cerr << result.status() << "\n";
      return 1;
    }
    std::cout << result->ToJson() << "\n";
    return 0;
  }
  const auto requests = Requests::Make({.kind = kind,
                                        .first = absl::GetFlag(FLAGS_first),
                                        .customers = absl::GetFlag(FLAGS_customers),
                                        .channel = absl::GetFlag(FLAGS_channel)},
                                       *std::move(generator));
  if (!requests.ok()) {
    std::cerr << requests.status() << "\n";
    return 2;
  }
  const LoadResult result =
      RunLoad({.address = absl::GetFlag(FLAGS_address),
               .in_flight = absl::GetFlag(FLAGS_in_flight),
               .connections = absl::GetFlag(FLAGS_connections),
               .threads = absl::GetFlag(FLAGS_threads),
               .warm_up = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_warm_up)),
               .duration = absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_duration)),
               .rate = absl::GetFlag(FLAGS_rate)},
              **requests);
  std::cout << result.ToJson() << "\n";
  return 0;
}

}  // namespace
}  // namespace comptoir::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return comptoir::bench::Main();
}
