// HQ's times as protos carry them, in microseconds. Stores tell theirs to the nanosecond
// (channel-service/domain/timestamps.h), and HQ keeps those as they came. One conversion for both
// would change what one of them stores.

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_TIMES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_TIMES_H_

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace comptoir::hq {

inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

inline absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(timestamp));
}

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_TIMES_H_
