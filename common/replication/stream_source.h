// What a stream to a peer that only reads, and may be slow, is written from.

#ifndef COMPTOIR_COMMON_REPLICATION_STREAM_SOURCE_H_
#define COMPTOIR_COMMON_REPLICATION_STREAM_SOURCE_H_

#include "absl/status/status.h"

namespace comptoir {

// Called on the executor, one call at a time. It has a StreamWriter, and bounds by itself how many
// of its messages wait there.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  // One message more has left.
  virtual void OnWritten() = 0;
  // The last call.
  virtual void OnClosed(absl::Status status) = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_REPLICATION_STREAM_SOURCE_H_
