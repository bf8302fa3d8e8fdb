#include "channel-service/config.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/rpc/address.h"

ABSL_FLAG(std::string, hq, "", "Required. HOST:PORT of HQ, or unix:/PATH.");
ABSL_FLAG(std::string, id, "",
          "Required. Id of this channel service, unique in the chain: 1 to 64 letters, digits, "
          "hyphens. Never reuse it for another database while the first may come back.");
ABSL_FLAG(std::vector<std::string>, channels, {},
          "Required. Numbers of the channels served, separated by commas; each 1 to 32 letters, "
          "digits, hyphens.");
ABSL_FLAG(absl::Duration, hq_answer_timeout, absl::Milliseconds(300),
          "How long a create waits for HQ before it goes on without: 1ms to 1m.");
ABSL_FLAG(absl::Duration, fallback_reserve, absl::Milliseconds(100),
          "What a create keeps of its caller's time for the local commit: 1ms to 10s.");
ABSL_FLAG(absl::Duration, hq_edit_timeout, absl::Seconds(5),
          "How long an edit waits for HQ; there is no going on without: 1ms to 1m.");
ABSL_FLAG(absl::Duration, probe_timeout, absl::Milliseconds(500),
          "How long a probe of HQ waits: 1ms to 1m.");
ABSL_FLAG(uint64_t, outbox_operations_max, 10'000'000,
          "Operations in the outbox; more creates are refused with OUTBOX_FULL: 1 to 10^12.");
ABSL_FLAG(uint64_t, upload_batch_operations_max, 256,
          "Operations in one batch to HQ: 1 to 100000.");
ABSL_FLAG(uint64_t, upload_batch_bytes_max, 32 << 10,
          "Bytes after which a batch to HQ takes no more operations: 4096 to 8 MiB.");
ABSL_FLAG(absl::Duration, reconnect_delay_max, absl::Seconds(1),
          "Longest wait before a broken stream is opened again: 10ms to 1m.");

namespace comptoir::channel {
namespace {

constexpr size_t kIdLengthMax = 64;
constexpr size_t kChannelLengthMax = 32;
constexpr uint64_t kMiB = 1 << 20;

bool IsName(std::string_view text, size_t length_max) {
  return !text.empty() && text.size() <= length_max && std::ranges::all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  });
}

void CheckIdentity(FlagChecks& checks) {
  const absl::Status hq = rpc::CheckTargetAddress(absl::GetFlag(FLAGS_hq));
  checks.Require(hq.ok(), FLAGS_hq, ToStd(hq.message()));
  checks.Require(IsName(absl::GetFlag(FLAGS_id), kIdLengthMax), FLAGS_id,
                 "must be 1 to 64 letters, digits, hyphens");
  std::vector<std::string> channels = absl::GetFlag(FLAGS_channels);
  checks.Require(!channels.empty() && std::ranges::all_of(channels,
                                                          [](const std::string& channel) {
                                                            return IsName(channel,
                                                                          kChannelLengthMax);
                                                          }),
                 FLAGS_channels,
                 "must be channel numbers separated by commas, each 1 to 32 letters, digits, "
                 "hyphens");
  std::ranges::sort(channels);
  checks.Require(std::ranges::adjacent_find(channels) == channels.end(), FLAGS_channels,
                 "must name each channel once");
}

void CheckTimesAndLimits(FlagChecks& checks) {
  checks.Between(FLAGS_hq_answer_timeout, absl::Milliseconds(1), absl::Minutes(1));
  checks.Between(FLAGS_fallback_reserve, absl::Milliseconds(1), absl::Seconds(10));
  checks.Between(FLAGS_hq_edit_timeout, absl::Milliseconds(1), absl::Minutes(1));
  checks.Between(FLAGS_probe_timeout, absl::Milliseconds(1), absl::Minutes(1));
  checks.Between(FLAGS_outbox_operations_max, uint64_t{1}, uint64_t{1'000'000'000'000});
  checks.Between(FLAGS_upload_batch_operations_max, 1, 100'000);
  checks.Between(FLAGS_upload_batch_bytes_max, uint64_t{4096}, 8 * kMiB);
  checks.Between(FLAGS_reconnect_delay_max, absl::Milliseconds(10), absl::Minutes(1));
}

}  // namespace

absl::StatusOr<ChannelProcessOptions> OptionsFromFlags() {
  FlagChecks checks;
  ChannelProcessOptions options = {.service = ServiceOptionsFromFlags(checks)};
  if (options.service.server.message_bytes_max == 0) {
    options.service.server.message_bytes_max = 4 * kMiB;
  }
  CheckIdentity(checks);
  CheckTimesAndLimits(checks);
  COMPTOIR_RETURN_IF_ERROR(checks.ToStatus());
  options.hq = absl::GetFlag(FLAGS_hq);
  options.channel = {
      .id = absl::GetFlag(FLAGS_id),
      .channels = absl::GetFlag(FLAGS_channels),
      .hq_answer_timeout = absl::GetFlag(FLAGS_hq_answer_timeout),
      .fallback_reserve = absl::GetFlag(FLAGS_fallback_reserve),
      .hq_edit_timeout = absl::GetFlag(FLAGS_hq_edit_timeout),
      .probe_timeout = absl::GetFlag(FLAGS_probe_timeout),
      .outbox_operations_max = absl::GetFlag(FLAGS_outbox_operations_max),
      .upload_batch_operations_max = absl::GetFlag(FLAGS_upload_batch_operations_max),
      .upload_batch_bytes_max = absl::GetFlag(FLAGS_upload_batch_bytes_max),
      .reconnect_delay_max = absl::GetFlag(FLAGS_reconnect_delay_max)};
  return options;
}

}  // namespace comptoir::channel
