// The floors, one a process:
//
//     floors echo   --listen=127.0.0.1:0 --port_file=FILE [--answer_bytes=N]
//     floors commit --listen=127.0.0.1:0 --port_file=FILE --data=FOLDER [--keys=N --bytes=N]
//     floors stream --listen=127.0.0.1:0 --port_file=FILE
//     floors count  --data=FOLDER

#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "bench/floors/floors.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0", "Where it answers: HOST:PORT or unix:PATH.");
ABSL_FLAG(std::string, port_file, "", "A file that gets the port once calls are answered.");
ABSL_FLAG(uint64_t, answer_bytes, 0, "echo: bytes of an answer; 0: those of the request.");
ABSL_FLAG(std::string, data, "", "commit, count: folder of the database.");
ABSL_FLAG(uint64_t, keys, 3, "commit: keys of a request.");
ABSL_FLAG(uint64_t, bytes, 0,
          "commit: bytes of a request's keys and values; 0: the request is the first value.");
ABSL_FLAG(uint64_t, groups, 1, "stream: groups of channels that see the same customers.");
ABSL_FLAG(uint64_t, ready_customers, 0, "stream: customers that who subscribes is sent first.");
ABSL_FLAG(std::string, samples, "data/adventureworks_customers.csv", "The sample of customers.");

namespace comptoir::bench {
namespace {

int Main(const std::string& floor) {
  const FloorOptions options = {.listen = absl::GetFlag(FLAGS_listen),
                                .port_file = absl::GetFlag(FLAGS_port_file)};
  if (floor == "echo") {
    RunEchoFloor(options, absl::GetFlag(FLAGS_answer_bytes));
    return 0;
  }
  if (floor == "commit") {
    RunCommitFloor(options, {.data = absl::GetFlag(FLAGS_data),
                             .keys = absl::GetFlag(FLAGS_keys),
                             .bytes = absl::GetFlag(FLAGS_bytes)});
    return 0;
  }
  if (floor == "stream") {
    RunStreamFloor(options, {.groups = absl::GetFlag(FLAGS_groups),
                             .ready_customers = absl::GetFlag(FLAGS_ready_customers),
                             .samples = absl::GetFlag(FLAGS_samples)});
    return 0;
  }
  if (floor == "count") return CountWrites(absl::GetFlag(FLAGS_data));
  std::cerr << "usage: floors echo|commit|stream|count [FLAG]...\n";
  return 2;
}

}  // namespace
}  // namespace comptoir::bench

int main(int argc, char** argv) {
  const auto words = absl::ParseCommandLine(argc, argv);
  return comptoir::bench::Main(words.size() == 2 ? words[1] : "");
}
