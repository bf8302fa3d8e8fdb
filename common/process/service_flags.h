// The flags that both services have, and how flags are checked.

#ifndef COMPTOIR_COMMON_PROCESS_SERVICE_FLAGS_H_
#define COMPTOIR_COMMON_PROCESS_SERVICE_FLAGS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/log.h"
#include "common/rpc/calls.h"
#include "common/rpc/server.h"
#include "common/storage/committer.h"
#include "common/storage/read_pool.h"
#include "common/storage/rocks_database.h"

namespace comptoir {

// Collects what is wrong with the flags, so that one line names all of it.
class FlagChecks {
 public:
  // `--page_size=0 must be …`
  void Refuse(const absl::CommandLineFlag& flag, std::string_view must);

  template <typename T>
  void Require(bool ok, const absl::Flag<T>& flag, std::string_view must) {
    if (!ok) Refuse(absl::GetFlagReflectionHandle(flag), must);
  }

  // Both included.
  template <typename T, typename U>
  void Between(const absl::Flag<T>& flag, U min, U max) {
    const T value = absl::GetFlag(flag);
    Require(value >= T(min) && value <= T(max), flag,
            absl::StrCat("must be ", Text(min), " to ", Text(max)));
  }

  absl::Status ToStatus() const;

 private:
  static std::string Text(absl::Duration value) { return absl::FormatDuration(value); }
  template <typename T>
  static std::string Text(T value) {
    return absl::StrCat(value);
  }

  std::vector<std::string> complaints_;
};

struct ServiceOptions {
  rpc::ServerOptions server;
  rpc::CallsOptions calls;
  // Where GET /metrics is answered, as rpc::ServerOptions::listen. Empty: nowhere.
  std::string metrics_listen;
  // If not empty, a file that gets the port once calls are answered, and the metrics' port.
  std::string port_file;
  CommitterOptions committer;
  ReadPoolOptions reads;
  RocksOptions rocks;
  // Memory for the words and records of all customers; 0: they aren't kept there.
  size_t search_memory_bytes_max = 384 << 20;
  // How long calls under way may take to end when the service drains.
  absl::Duration drain_timeout = absl::Seconds(10);
};

// The flags of both services; what is wrong goes to `checks`.
ServiceOptions ServiceOptionsFromFlags(FlagChecks& checks);

// The log the flags ask for. Fails if a value isn't one.
absl::StatusOr<LogOptions> LogOptionsFromFlags();

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_PROCESS_SERVICE_FLAGS_H_
