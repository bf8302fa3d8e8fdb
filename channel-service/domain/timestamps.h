// A store's times as protos carry them, to the nanosecond. HQ's are in microseconds
// (hq-service/domain/times.h). One conversion for both would change what one of them stores.

#ifndef COMPTOIR_CHANNEL_SERVICE_DOMAIN_TIMESTAMPS_H_
#define COMPTOIR_CHANNEL_SERVICE_DOMAIN_TIMESTAMPS_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace comptoir::channel {

inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

inline absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

// A negative duration (the clock was set back) is none.
inline google::protobuf::Duration ToDuration(absl::Duration duration) {
  google::protobuf::Duration result;
  if (duration <= absl::ZeroDuration()) return result;
  const int64_t seconds = absl::ToInt64Seconds(duration);
  result.set_seconds(seconds);
  result.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(seconds))));
  return result;
}

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_DOMAIN_TIMESTAMPS_H_
