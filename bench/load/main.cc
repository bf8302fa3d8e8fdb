// Asks a service for one kind of thing as fast as it answers, or at a fixed rate, and prints what
// came of it as one line of JSON.
//
//     load --kind=create --address=127.0.0.1:7411 --in_flight=64 --duration=5s
//
// All that listens to CustomerService's methods will do: a service, or one of the floors.

#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bench/load/caller.h"
#include "bench/load/fan_out.h"
#include "bench/load/number_watch.h"
#include "bench/load/requests.h"
#include "bench/load/uploads.h"
#include "common/base/status.h"

ABSL_FLAG(std::string, kind, "create",
          "What is asked for. account-number, account-number-watch: how long a customer of an idle "
          "chain waits for it. fan-out: how long a change takes to all who follow. fill: how long "
          "until one who follows has all. upload: creates as channel services upload them.");
ABSL_FLAG(std::string, address, "", "Required. HOST:PORT or unix:PATH.");
ABSL_FLAG(uint64_t, in_flight, 1, "Calls under way at most.");
ABSL_FLAG(uint64_t, connections, 1, "Connections, each with an equal share of the calls.");
ABSL_FLAG(uint64_t, threads, 1, "Threads of the client.");
ABSL_FLAG(absl::Duration, warm_up, absl::Seconds(1), "What begins in this time isn't counted.");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(5), "How long calls are begun after it.");
ABSL_FLAG(double, rate, 0, "Calls begun a second; 0: the next when one ends.");
ABSL_FLAG(std::string, samples, "data/adventureworks_customers.csv", "The sample of customers.");
ABSL_FLAG(uint64_t, seed, 1, "Another seed, other customers.");
ABSL_FLAG(std::vector<std::string>, channel, {},
          "Channels that create, by turns; a service of several and HQ have to be told.");
ABSL_FLAG(uint64_t, check_every, 64, "Every so many answers one is read.");
ABSL_FLAG(uint64_t, followers, 1000, "fan-out: channel services that subscribe.");
ABSL_FLAG(uint64_t, channels, 10, "fan-out: channels that they are of. upload: channels.");
ABSL_FLAG(uint64_t, groups, 1, "fan-out: groups of channels that see the same customers.");
ABSL_FLAG(uint64_t, watch_every, 10, "fan-out: one in so many followers is looked at.");
ABSL_FLAG(uint64_t, first, 0, "Number of the first customer.");
ABSL_FLAG(uint64_t, customers, 1'000'000, "How many there are from it; creates end there.");

namespace comptoir::bench {
namespace {

std::chrono::nanoseconds Nanoseconds(const absl::Flag<absl::Duration>& flag) {
  return absl::ToChronoNanoseconds(absl::GetFlag(flag));
}

LoadResult WatchNumbers(const CustomerGenerator& generator, bool watches) {
  return RunNumberWatch({.address = absl::GetFlag(FLAGS_address),
                         .watches = watches,
                         .rate = absl::GetFlag(FLAGS_rate),
                         .duration = Nanoseconds(FLAGS_duration),
                         .first = absl::GetFlag(FLAGS_first)},
                        generator);
}

absl::StatusOr<LoadResult> FanOut(const CustomerGenerator& generator) {
  return RunFanOut({.address = absl::GetFlag(FLAGS_address),
                    .followers = absl::GetFlag(FLAGS_followers),
                    .channels = absl::GetFlag(FLAGS_channels),
                    .groups = absl::GetFlag(FLAGS_groups),
                    .watch_every = absl::GetFlag(FLAGS_watch_every),
                    .rate = absl::GetFlag(FLAGS_rate),
                    .duration = Nanoseconds(FLAGS_duration),
                    .first = absl::GetFlag(FLAGS_first)},
                   generator);
}

absl::StatusOr<LoadResult> Upload(const CustomerGenerator& generator) {
  return RunUploads({.address = absl::GetFlag(FLAGS_address),
                     .channels = absl::GetFlag(FLAGS_channels),
                     .warm_up = Nanoseconds(FLAGS_warm_up),
                     .duration = Nanoseconds(FLAGS_duration),
                     .first = absl::GetFlag(FLAGS_first),
                     .customers = absl::GetFlag(FLAGS_customers)},
                    generator);
}

absl::StatusOr<LoadResult> Call(const std::string& kind, CustomerGenerator generator) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto requests,
                            Requests::Make({.kind = kind,
                                            .first = absl::GetFlag(FLAGS_first),
                                            .customers = absl::GetFlag(FLAGS_customers),
                                            .channels = absl::GetFlag(FLAGS_channel)},
                                           std::move(generator)));
  return RunLoad({.address = absl::GetFlag(FLAGS_address),
                  .in_flight = absl::GetFlag(FLAGS_in_flight),
                  .connections = absl::GetFlag(FLAGS_connections),
                  .threads = absl::GetFlag(FLAGS_threads),
                  .warm_up = Nanoseconds(FLAGS_warm_up),
                  .duration = Nanoseconds(FLAGS_duration),
                  .rate = absl::GetFlag(FLAGS_rate),
                  .check_every = absl::GetFlag(FLAGS_check_every)},
                 *requests);
}

absl::StatusOr<LoadResult> Run() {
  COMPTOIR_ASSIGN_OR_RETURN(
      CustomerGenerator generator,
      CustomerGenerator::Open(absl::GetFlag(FLAGS_samples), absl::GetFlag(FLAGS_seed)));
  const std::string kind = absl::GetFlag(FLAGS_kind);
  if (kind == "account-number") return WatchNumbers(generator, /*watches=*/false);
  if (kind == "account-number-watch") return WatchNumbers(generator, /*watches=*/true);
  if (kind == "fan-out") return FanOut(generator);
  if (kind == "upload") return Upload(generator);
  if (kind == "fill") {
    return RunFill(
        {.address = absl::GetFlag(FLAGS_address), .customers = absl::GetFlag(FLAGS_customers)});
  }
  return Call(kind, std::move(generator));
}

int Main() {
  const auto result = Run();
  if (!result.ok()) {
    std::cerr << result.status() << "\n";
    return 1;
  }
  std::cout << result->ToJson() << "\n";
  return 0;
}

}  // namespace
}  // namespace comptoir::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  // As the services do: see common/process/program.cc.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return comptoir::bench::Main();
}
