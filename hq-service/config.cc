#include "hq-service/config.h"

#include "absl/flags/flag.h"
#include "common/base/status.h"

ABSL_FLAG(int, convert_operations_max, 64,
          "Operations that conversion takes at a time: 1 to 10000.");
ABSL_FLAG(int, operation_tries_max, 3,
          "Times that a refused operation is tried before a person must correct it: 1 to 1000.");
ABSL_FLAG(absl::Duration, retry_delay_max, absl::Seconds(30),
          "Longest wait before a refused or waiting operation is tried again: 10ms to 1h.");
ABSL_FLAG(uint64_t, upload_window_bytes_max, 1 << 20,
          "Bytes of operations that a channel service may have unacknowledged: 4096 to 1 GiB.");
ABSL_FLAG(uint64_t, subscribe_window_bytes_max, 1 << 20,
          "Bytes of changes that may be unacknowledged by a channel service: 4096 to 1 GiB.");
ABSL_FLAG(uint64_t, change_batch_bytes_max, 8 << 10,
          "Bytes after which a batch of changes takes no more: 4096 to 16 MiB.");
ABSL_FLAG(absl::Duration, heartbeat_interval, absl::Seconds(1),
          "How often an idle stream says that it lives: 10ms to 1m.");
ABSL_FLAG(absl::Duration, waiting_warning_after, absl::Minutes(5),
          "Work that waits longer for a batch job is worth a warning: 1s to 24h.");
ABSL_FLAG(bool, restored, false,
          "The database was restored from a backup: HQ recovers what it has lost from its stores. "
          "For one start; see docs/recovery.md.");
ABSL_FLAG(absl::Duration, restore_check_max, absl::Seconds(2),
          "After a start: how long account numbers wait until every channel service has said that "
          "this is the HQ it knows: 0 to 1h.");
ABSL_FLAG(uint64_t, number_margin_after_restore, 1000,
          "Account numbers that are passed over once a restored HQ has recovered: 0 to 1 billion.");

namespace comptoir::hq {
namespace {

constexpr uint64_t kWindowBytesMin = 4096;
constexpr uint64_t kMiB = 1 << 20;

}  // namespace

absl::StatusOr<HqProcessOptions> OptionsFromFlags() {
  FlagChecks checks;
  HqProcessOptions options = {.service = ServiceOptionsFromFlags(checks)};
  // Takes operations that a channel service took as requests, in batches.
  if (options.service.server.message_bytes_max == 0) {
    options.service.server.message_bytes_max = 16 * kMiB;
  }
  checks.Between(FLAGS_convert_operations_max, 1, 10'000);
  checks.Between(FLAGS_operation_tries_max, 1, 1000);
  checks.Between(FLAGS_retry_delay_max, absl::Milliseconds(10), absl::Hours(1));
  checks.Between(FLAGS_upload_window_bytes_max, kWindowBytesMin, 1024 * kMiB);
  checks.Between(FLAGS_subscribe_window_bytes_max, kWindowBytesMin, 1024 * kMiB);
  checks.Between(FLAGS_change_batch_bytes_max, kWindowBytesMin, 16 * kMiB);
  checks.Between(FLAGS_heartbeat_interval, absl::Milliseconds(10), absl::Minutes(1));
  checks.Between(FLAGS_waiting_warning_after, absl::Seconds(1), absl::Hours(24));
  checks.Between(FLAGS_restore_check_max, absl::ZeroDuration(), absl::Hours(1));
  checks.Between(FLAGS_number_margin_after_restore, 0, 1'000'000'000);
  COMPTOIR_RETURN_IF_ERROR(checks.ToStatus());
  options.hq = {.convert_operations_max = absl::GetFlag(FLAGS_convert_operations_max),
                .operation_tries_max = absl::GetFlag(FLAGS_operation_tries_max),
                .retry_delay_max = absl::GetFlag(FLAGS_retry_delay_max),
                .upload_window_bytes_max = absl::GetFlag(FLAGS_upload_window_bytes_max),
                .subscribe_window_bytes_max = absl::GetFlag(FLAGS_subscribe_window_bytes_max),
                .change_batch_bytes_max = absl::GetFlag(FLAGS_change_batch_bytes_max),
                .heartbeat_interval = absl::GetFlag(FLAGS_heartbeat_interval),
                .waiting_warning_after = absl::GetFlag(FLAGS_waiting_warning_after),
                .restored = absl::GetFlag(FLAGS_restored),
                .restore_check_max = absl::GetFlag(FLAGS_restore_check_max),
                .number_margin_after_restore = absl::GetFlag(FLAGS_number_margin_after_restore)};
  return options;
}

}  // namespace comptoir::hq
