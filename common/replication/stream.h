// Both ends of a bidirectional stream as the state machines see them: gRPC carries them in
// production, the simulator in tests.

#ifndef COMPTOIR_COMMON_REPLICATION_STREAM_H_
#define COMPTOIR_COMMON_REPLICATION_STREAM_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "common/base/check.h"
#include "common/replication/encoded_message.h"
#include "google/protobuf/message_lite.h"

namespace comptoir {

// What a state machine writes to. Messages are queued in order; how many bytes may wait is for
// Sender's window to bound.
template <typename Message>
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  virtual void Write(Message message) = 0;
  // A message that is encoded already. Whoever carries messages, not bytes, decodes it.
  virtual void WriteEncoded(EncodedMessage encoded) {
    if constexpr (std::is_base_of_v<google::protobuf::MessageLite, Message>) {
      Message message;
      COMPTOIR_CHECK(message.ParseFromString(encoded.Joined()));
      Write(std::move(message));
    } else {
      COMPTOIR_CHECK(false) << "this message has no bytes";
    }
  }
  // Ends the stream; nothing may be written afterwards. At the server's end the status is the
  // stream's.
  virtual void Finish(absl::Status status) = 0;
};

// What a stream delivers, one call at a time, on the executor of the state machine. The next
// message is read only after OnMessage has returned, so a receiver that is slow slows its peer.
// OnClosed is the last call.
template <typename Message>
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  virtual void OnMessage(Message message) = 0;
  virtual void OnClosed(absl::Status status) = 0;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_REPLICATION_STREAM_H_
