// Between a gRPC stream and a state machine: delivers on the executor, reads no further than the
// state machine has got, queues writes, and ends once. Free of gRPC, so that it can be tested
// without; server_stream.h and client_stream.h put it on the wire.

#ifndef COMPTOIR_COMMON_RPC_STREAM_CORE_H_
#define COMPTOIR_COMMON_RPC_STREAM_CORE_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "common/base/check.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/replication/stream.h"

namespace comptoir::rpc {

// What a stream does to gRPC. Each call only starts something, whose end is told to the core later,
// from another thread or after the call: so it may be made under the core's mutex.
template <typename In, typename Out>
class StreamWire {
 public:
  virtual ~StreamWire() = default;
  virtual void StartRead(In* message) = 0;
  virtual void StartWrite(const Out* message) = 0;
  // Ends this side. At a server nothing is started after it, and the wire may be gone.
  virtual void End(const absl::Status& status) = 0;
  // At a client: nothing will be started any more, the wire may go when all that was is done.
  virtual void Release() = 0;
};

enum class StreamRole { kServer, kClient };

// In is what arrives, Out what is written. Thread-safe; always held by shared_ptr. The reader is
// called on the executor only. If that has been stopped, the stream ends and its reader hears
// nothing more: who owns the executor stops it after its streams.
template <typename In, typename Out>
class StreamCore : public std::enable_shared_from_this<StreamCore<In, Out>> {
 public:
  using Wire = StreamWire<In, Out>;
  using Reader = StreamReader<In>;
  using OpenReader =
      std::function<std::unique_ptr<Reader>(std::unique_ptr<StreamWriter<Out>> writer)>;

  struct Options {
    StreamRole role;
    // Of messages that wait, only the last is kept: for a peer that wants the present state.
    bool latest_only = false;
  };

  // `wire` is used until End() at a server, Release() at a client.
  StreamCore(Options options, Executor& executor, Wire* wire)
      : options_(options), executor_(executor), wire_(wire) {}

  // For the state machine. Closes the stream if it is let go without Finish().
  std::unique_ptr<StreamWriter<Out>> NewWriter() {
    return std::make_unique<Writer>(this->shared_from_this());
  }

  // At a server: makes the reader on the executor, owns it, and begins to read.
  void Open(OpenReader open) {
    const bool posted = executor_.Post([self = this->shared_from_this(), open = std::move(open)] {
      self->owned_reader_ = open(self->NewWriter());
      self->reader_ = self->owned_reader_.get();
      self->Read();
    });
    if (!posted) Finish(Stopped());
  }

  // At a client: borrows the reader until its OnClosed, and begins to read.
  void Open(Reader* reader) {
    reader_ = reader;
    Read();
  }

  // Dropped if the stream has ended.
  void Write(Out message) {
    MutexLock lock(mutex_);
    if (closed_ || broken_ || end_.has_value()) return;
    if (options_.latest_only && queue_.size() > (writing_ ? 1 : 0)) {
      queue_.back() = std::move(message);
    } else {
      queue_.push_back(std::move(message));
    }
    Advance();
  }

  // Ends the stream, after all that was written if `status` is OK. Only the first call counts.
  void Finish(absl::Status status) {
    MutexLock lock(mutex_);
    FinishLocked(std::move(status));
  }

  // From the wire: a read has ended. The first that fails is the last.
  void ReadDone(bool ok) {
    if (ok && executor_.Post([self = this->shared_from_this()] { self->Deliver(); })) return;
    {
      MutexLock lock(mutex_);
      if (ok) FinishLocked(Stopped());
      if (options_.role == StreamRole::kServer) {
        FinishLocked(absl::OkStatus());
        return;
      }
      closed_ = true;
    }
    wire_->Release();
  }

  // From the wire: a write has ended.
  void WriteDone(bool ok) {
    MutexLock lock(mutex_);
    COMPTOIR_CHECK(writing_);
    writing_ = false;
    queue_.pop_front();
    if (!ok) {
      broken_ = true;
      queue_.clear();
      // A client learns why when its read ends.
      if (options_.role == StreamRole::kServer) FinishLocked(absl::CancelledError("broken"));
    }
    Advance();
  }

  // From the wire, last: the stream is over. At a server, `status` matters only if this side didn't
  // end it.
  void Done(absl::Status status) {
    if (options_.role == StreamRole::kServer) {
      MutexLock lock(mutex_);
      if (end_.has_value()) status = *end_;
    }
    const auto close = [self = this->shared_from_this(), status = std::move(status)] {
      // The reader, destroyed here if it is owned, holds a writer, which holds this object.
      const std::unique_ptr<Reader> owned = std::move(self->owned_reader_);
      if (Reader* const reader = std::exchange(self->reader_, nullptr)) reader->OnClosed(status);
    };
    if (!executor_.Post(close)) {
      reader_ = nullptr;
      owned_reader_.reset();
    }
  }

 private:
  class Writer : public StreamWriter<Out> {
   public:
    explicit Writer(std::shared_ptr<StreamCore> core) : core_(std::move(core)) {}
    ~Writer() override { core_->Finish(absl::CancelledError("abandoned")); }

    void Write(Out message) override { core_->Write(std::move(message)); }
    void Finish(absl::Status status) override { core_->Finish(std::move(status)); }

   private:
    const std::shared_ptr<StreamCore> core_;
  };

  static absl::Status Stopped() {
    return MakeError(Reason::kShuttingDown, "The service is shutting down.");
  }

  // On the executor: hands over what was read, then reads on.
  void Deliver() {
    reader_->OnMessage(std::move(message_));
    Read();
  }

  void Read() {
    MutexLock lock(mutex_);
    if (closed_ || (options_.role == StreamRole::kServer && end_.has_value())) return;
    message_ = In();
    wire_->StartRead(&message_);
  }

  void FinishLocked(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (closed_ || end_.has_value()) return;
    if (!status.ok()) queue_.erase(queue_.begin() + (writing_ ? 1 : 0), queue_.end());
    end_ = std::move(status);
    Advance();
  }

  // Starts the next write, or ends this side when all is written. A client's error ends it at once.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (closed_ || ended_) return;
    if (!writing_ && !queue_.empty()) {
      writing_ = true;
      wire_->StartWrite(&queue_.front());
      return;
    }
    if (!end_.has_value()) return;
    const bool at_once = options_.role == StreamRole::kClient && !end_->ok();
    if (writing_ && !at_once) return;
    ended_ = true;
    closed_ = options_.role == StreamRole::kServer;
    wire_->End(*end_);
  }

  // Constant after construction.
  const Options options_;
  Executor& executor_;
  Wire* const wire_;

  // Used on the executor, or before anything is posted to it.
  std::unique_ptr<Reader> owned_reader_;
  Reader* reader_ = nullptr;

  // Belongs to the wire from StartRead to ReadDone, then to the executor.
  In message_;

  Mutex mutex_;

  // Guarded by mutex_. The front is the wire's while writing_; a deque, because it must not move.
  std::deque<Out> queue_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // A write failed: nothing can be written any more.
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;
  // How this side is to end.
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  // It has ended.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // Nothing may be started on the wire any more.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_STREAM_CORE_H_
