#include "common/process/service_flags.h"

#include "absl/strings/str_join.h"
#include "common/base/strings.h"
#include "common/rpc/address.h"

ABSL_FLAG(std::string, listen, "",
          "Required. HOST:PORT to answer calls on: a loopback address. Port 0 takes a free one.");
ABSL_FLAG(
    std::string, listen_unix, "",
    "Path of a Unix socket to answer calls on too, for callers on this machine; its owner and "
    "group may connect. Empty: none.");
ABSL_FLAG(std::string, metrics_listen, "",
          "HOST:PORT to answer GET /metrics on, for Prometheus: a loopback address. Empty: off.");
ABSL_FLAG(
    std::string, port_file, "",
    "File that gets the port once calls are answered, and the metrics' port on a second line.");
ABSL_FLAG(std::string, data, "", "Required. Folder of the database; made if missing.");
ABSL_FLAG(std::string, log_level, "info", "debug, info, warning or error.");
ABSL_FLAG(std::string, log_format, "logfmt", "logfmt or json.");
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(10),
          "How long calls under way may take to end when the service stops: 0 to 10 minutes.");

ABSL_FLAG(uint64_t, unary_calls_max, 1000,
          "Calls under way at once; more are answered OVERLOADED: 1 to 1000000.");
ABSL_FLAG(uint64_t, streams_max, 10'000,
          "Streams open at once; more are answered OVERLOADED: 1 to 1000000.");
ABSL_FLAG(uint64_t, message_bytes_max, 0,
          "Longest request: 65536 to 1 GiB. 0: 4 MiB for a channel service, 16 MiB for HQ, which "
          "takes a channel service's operations in batches.");
ABSL_FLAG(uint64_t, connection_memory_bytes_max, 256 << 20,
          "Memory of all connections together: 16 MiB to 64 GiB.");

ABSL_FLAG(uint64_t, commit_queue_commands_max, 10'000,
          "Commands that wait to be committed; more are answered OVERLOADED: 1 to 1000000.");
ABSL_FLAG(uint64_t, commit_group_commands_max, 512,
          "Commands that share one synced write: 1 to 100000.");
ABSL_FLAG(uint64_t, commit_group_bytes_max, 4 << 20,
          "Bytes after which a synced write takes no more commands: 4096 to 1 GiB.");
ABSL_FLAG(uint64_t, read_threads, 2, "Threads that search and list: 1 to 1000.");
ABSL_FLAG(
    uint64_t, read_queue_max, 1000,
    "Searches and lists that wait for one of them; more are answered OVERLOADED: 1 to 1000000.");
ABSL_FLAG(uint64_t, disk_reserve_bytes, 64 << 20,
          "Free space below which writes are refused with DISK_FULL: 0 to 1 TiB.");
ABSL_FLAG(uint64_t, block_cache_bytes, 64 << 20,
          "Memory for blocks read from the database: 1 MiB to 1 TiB.");
ABSL_FLAG(uint64_t, write_buffer_bytes, 64 << 20,
          "Memory of each table for what isn't in its files yet: 1 MiB to 16 GiB.");

ABSL_FLAG(
    uint64_t, search_memory_bytes_max, 384 << 20,
    "Memory for what makes searches and gets fast: 1 MiB to 64 GiB. The words of all customers' "
    "names, e-mails and addresses, their account numbers and phones take about 165 MB a million "
    "customers; their records about 155 MB, as far as there is room. Where all but records need "
    "more, and with 0, everything is read from the database.");

namespace comptoir {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kGiB = 1 << 30;

void CheckAddress(const absl::Flag<std::string>& flag, FlagChecks& checks) {
  const absl::Status status = rpc::CheckListenAddress(absl::GetFlag(flag));
  checks.Require(status.ok(), flag, ToStd(status.message()));
}

rpc::ServerOptions ServerOptionsFromFlags(FlagChecks& checks) {
  CheckAddress(FLAGS_listen, checks);
  const std::string socket = absl::GetFlag(FLAGS_listen_unix);
  if (!socket.empty()) {
    const absl::Status status = rpc::CheckSocketPath(socket);
    checks.Require(status.ok(), FLAGS_listen_unix, ToStd(status.message()));
  }
  checks.Between(FLAGS_connection_memory_bytes_max, 16 * kMiB, 64 * kGiB);
  rpc::ServerOptions options = {
      .listen = absl::GetFlag(FLAGS_listen),
      .listen_unix = socket,
      .memory_bytes_max = absl::GetFlag(FLAGS_connection_memory_bytes_max)};
  options.message_bytes_max = absl::GetFlag(FLAGS_message_bytes_max);
  if (options.message_bytes_max != 0)
    checks.Between(FLAGS_message_bytes_max, uint64_t{65536}, kGiB);
  return options;
}

rpc::CallsOptions CallsOptionsFromFlags(FlagChecks& checks) {
  checks.Between(FLAGS_unary_calls_max, 1, 1'000'000);
  checks.Between(FLAGS_streams_max, 1, 1'000'000);
  return {.unary_calls_max = absl::GetFlag(FLAGS_unary_calls_max),
          .streams_max = absl::GetFlag(FLAGS_streams_max)};
}

CommitterOptions CommitterOptionsFromFlags(FlagChecks& checks) {
  checks.Between(FLAGS_commit_queue_commands_max, 1, 1'000'000);
  checks.Between(FLAGS_commit_group_commands_max, 1, 100'000);
  checks.Between(FLAGS_commit_group_bytes_max, uint64_t{4096}, kGiB);
  checks.Between(FLAGS_disk_reserve_bytes, uint64_t{0}, 1024 * kGiB);
  return {.queue_commands_max = absl::GetFlag(FLAGS_commit_queue_commands_max),
          .group_commands_max = absl::GetFlag(FLAGS_commit_group_commands_max),
          .group_bytes_max = absl::GetFlag(FLAGS_commit_group_bytes_max),
          .free_bytes_min = absl::GetFlag(FLAGS_disk_reserve_bytes)};
}

ReadPoolOptions ReadPoolOptionsFromFlags(FlagChecks& checks) {
  checks.Between(FLAGS_read_threads, 1, 1000);
  checks.Between(FLAGS_read_queue_max, 1, 1'000'000);
  return {.threads = absl::GetFlag(FLAGS_read_threads),
          .queue_reads_max = absl::GetFlag(FLAGS_read_queue_max)};
}

RocksOptions RocksOptionsFromFlags(FlagChecks& checks) {
  checks.Require(!absl::GetFlag(FLAGS_data).empty(), FLAGS_data, "must name a folder");
  checks.Between(FLAGS_block_cache_bytes, kMiB, 1024 * kGiB);
  checks.Between(FLAGS_write_buffer_bytes, kMiB, 16 * kGiB);
  return {.path = absl::GetFlag(FLAGS_data),
          .block_cache_bytes = absl::GetFlag(FLAGS_block_cache_bytes),
          .write_buffer_bytes = absl::GetFlag(FLAGS_write_buffer_bytes)};
}

}  // namespace

void FlagChecks::Refuse(const absl::CommandLineFlag& flag, std::string_view must) {
  complaints_.push_back(
      absl::StrCat("--", flag.Name(), "=", flag.CurrentValue(), " ", ToAbsl(must)));
}

absl::Status FlagChecks::ToStatus() const {
  if (complaints_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(complaints_, "; "));
}

ServiceOptions ServiceOptionsFromFlags(FlagChecks& checks) {
  ServiceOptions options;
  options.server = ServerOptionsFromFlags(checks);
  options.calls = CallsOptionsFromFlags(checks);
  options.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  if (!options.metrics_listen.empty()) CheckAddress(FLAGS_metrics_listen, checks);
  options.port_file = absl::GetFlag(FLAGS_port_file);
  options.committer = CommitterOptionsFromFlags(checks);
  options.reads = ReadPoolOptionsFromFlags(checks);
  options.rocks = RocksOptionsFromFlags(checks);
  options.search_memory_bytes_max = absl::GetFlag(FLAGS_search_memory_bytes_max);
  if (options.search_memory_bytes_max != 0) {
    checks.Between(FLAGS_search_memory_bytes_max, kMiB, 64 * kGiB);
  }
  checks.Between(FLAGS_drain_timeout, absl::ZeroDuration(), absl::Minutes(10));
  options.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  return options;
}

absl::StatusOr<LogOptions> LogOptionsFromFlags() {
  FlagChecks checks;
  const auto level = ParseLogLevel(absl::GetFlag(FLAGS_log_level));
  const auto format = ParseLogFormat(absl::GetFlag(FLAGS_log_format));
  checks.Require(level.has_value(), FLAGS_log_level, "must be debug, info, warning or error");
  checks.Require(format.has_value(), FLAGS_log_format, "must be logfmt or json");
  if (const absl::Status status = checks.ToStatus(); !status.ok()) return status;
  return LogOptions{.format = *format, .level = *level};
}

}  // namespace comptoir
