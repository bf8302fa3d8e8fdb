// The floors, one a process:
//
//     floors echo   --listen=127.0.0.1:0 --port_file=FILE [--answer_bytes=N]
//     floors commit --listen=127.0.0.1:0 --port_file=FILE --data=FOLDER [--rows=N] [--keys=N
//     --bytes=N] floors scan   --listen=127.0.0.1:0 --port_file=FILE --data=FOLDER --customers=N
//     --records=N floors stream --listen=127.0.0.1:0 --port_file=FILE floors count  --data=FOLDER
//     --after=N

#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/synchronization/mutex.h"
#include "bench/floors/floors.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0", "Where it answers: HOST:PORT.");
ABSL_FLAG(std::string, listen_unix, "", "Path of a Unix socket where it answers, too.");
ABSL_FLAG(std::string, port_file, "", "A file that gets the port once calls are answered.");
ABSL_FLAG(uint64_t, answer_bytes, 0, "echo: bytes of an answer; 0: those of the request.");
ABSL_FLAG(std::string, data, "", "commit, scan, count: folder of the database.");
ABSL_FLAG(uint64_t, rows, 1, "commit: rows of a request.");
ABSL_FLAG(uint64_t, keys, 3, "commit: keys of a row.");
ABSL_FLAG(uint64_t, bytes, 0,
          "commit: bytes of a row's keys and values; 0: the row is the first value.");
ABSL_FLAG(uint64_t, customers, 0, "scan: customers in the database.");
ABSL_FLAG(uint64_t, records, 20, "scan: records that a request reads.");
ABSL_FLAG(uint64_t, after, 0, "count: number of a key; what was written later counts.");
ABSL_FLAG(uint64_t, groups, 1, "stream: groups of channels that see the same customers.");
ABSL_FLAG(uint64_t, ready_customers, 0, "stream: customers that who subscribes is sent first.");
ABSL_FLAG(std::string, samples, "data/adventureworks_customers.csv", "The sample of customers.");

namespace comptoir::bench {
namespace {

int Main(const std::string& floor) {
  const FloorOptions options = {.listen = absl::GetFlag(FLAGS_listen),
                                .listen_unix = absl::GetFlag(FLAGS_listen_unix),
                                .port_file = absl::GetFlag(FLAGS_port_file)};
  if (floor == "echo") {
    RunEchoFloor(options, absl::GetFlag(FLAGS_answer_bytes));
    return 0;
  }
  if (floor == "commit") {
    RunCommitFloor(options, {.data = absl::GetFlag(FLAGS_data),
                             .rows = absl::GetFlag(FLAGS_rows),
                             .keys = absl::GetFlag(FLAGS_keys),
                             .bytes = absl::GetFlag(FLAGS_bytes)});
    return 0;
  }
  if (floor == "scan") {
    RunScanFloor(options, {.data = absl::GetFlag(FLAGS_data),
                           .customers = absl::GetFlag(FLAGS_customers),
                           .records = absl::GetFlag(FLAGS_records),
                           .samples = absl::GetFlag(FLAGS_samples)});
    return 0;
  }
  if (floor == "stream") {
    RunStreamFloor(options, {.groups = absl::GetFlag(FLAGS_groups),
                             .ready_customers = absl::GetFlag(FLAGS_ready_customers),
                             .samples = absl::GetFlag(FLAGS_samples)});
    return 0;
  }
  if (floor == "count") {
    return CountWrites(absl::GetFlag(FLAGS_data), absl::GetFlag(FLAGS_after));
  }
  std::cerr << "usage: floors echo|commit|scan|stream|count [FLAG]...\n";
  return 2;
}

}  // namespace
}  // namespace comptoir::bench

int main(int argc, char** argv) {
  const auto words = absl::ParseCommandLine(argc, argv);
  // As the services do: see common/process/program.cc.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return comptoir::bench::Main(words.size() == 2 ? words[1] : "");
}
