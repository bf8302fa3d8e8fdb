#include "hq-service/jobs/event_stream.h"

#include <utility>

#include "common/base/status.h"
#include "hq-service/domain/feeds/customer_events.h"

namespace comptoir::hq {
namespace {

using v1::CustomerEvent;

// Lives as long as its source. On the executor.
class EventCore : public std::enable_shared_from_this<EventCore> {
 public:
  EventCore(std::shared_ptr<JobContext> context, const v1::StreamCustomerEventsRequest& request,
            std::string language, std::unique_ptr<StreamWriter<CustomerEvent>> writer)
      : context_(std::move(context)),
        request_(request),
        language_(std::move(language)),
        writer_(std::move(writer)) {}

  void Open() {
    ++context_->event_streams;
    if (context_->stopped) return End(MakeError(Reason::kShuttingDown, "HQ is shutting down."));
    if (context_->event_streams > kEventStreamsMax) {
      return End(MakeError(Reason::kOverloaded, "Too many streams of events are open."));
    }
    stream_id_ = context_->open_streams.Add([weak = weak_from_this()](absl::Status status) {
      if (const auto self = weak.lock()) self->End(std::move(status));
    });
    const auto cursor =
        OpenEventToken(*context_->environment.database.NewReader(), request_.token());
    if (!cursor.ok()) return End(cursor.status());
    cursor_ = *cursor;
    told_ = *cursor;
    listener_id_ = context_->signal->Listen([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Pump();
    });
    LogInfo(context_->environment.logger, "a consumer follows customer events",
            {{"after_sequence", cursor_.sequence}});
    Beat();
  }

  void OnWritten() {
    if (waiting_ > 0) --waiting_;
    Pump();
  }

  void End(absl::Status status) {
    if (over_) return;
    const auto writer = std::move(writer_);
    Close();
    writer->Finish(std::move(status));
  }

  void Close() {
    if (over_) return;
    over_ = true;
    --context_->event_streams;
    context_->open_streams.Remove(stream_id_);
    context_->signal->Forget(listener_id_);
    writer_.reset();
  }

 private:
  // Writes a batch when the last one has left, and comes back for the next, so that others get
  // their turn.
  void Pump() {
    if (over_ || pump_posted_ || waiting_ > 0) return;
    const auto snapshot = context_->environment.database.NewReader();
    auto batch = ReadCustomerEvents(*snapshot, cursor_, request_.filter(), language_, {});
    if (!batch.ok()) return End(batch.status());
    for (size_t i = 0; i < batch->events.size(); ++i) {
      Write(std::move(batch->events[i]), batch->after[i]);
    }
    cursor_ = batch->end;
    if (batch->at_end && !caught_up_) {
      caught_up_ = true;
      Progress();
    }
    if (batch->at_end || waiting_ > 0) return;
    pump_posted_ = true;
    context_->environment.executor.Post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->pump_posted_ = false;
      self->Pump();
    });
  }

  void Write(CustomerEvent event, const EventCursor& after) {
    event.set_token(EventToken(context_->epoch, after));
    told_ = after;
    ++waiting_;
    writer_->Write(std::move(event));
  }

  void Progress() {
    CustomerEvent progress;
    progress.set_kind(CustomerEvent::KIND_PROGRESS);
    progress.set_sequence(cursor_.sequence.value());
    Write(std::move(progress), cursor_);
  }

  // Polls, and lets the token follow when nothing that is sent was committed.
  void Beat() {
    if (over_) return;
    Pump();
    if (!over_ && caught_up_ && waiting_ == 0 && told_ != cursor_) Progress();
    context_->environment.executor.RunAfter(context_->options.heartbeat_interval,
                                            [weak = weak_from_this()] {
                                              if (const auto self = weak.lock()) self->Beat();
                                            });
  }

  // Constant after construction.
  const std::shared_ptr<JobContext> context_;
  const v1::StreamCustomerEventsRequest request_;
  const std::string language_;

  // Null when over.
  std::unique_ptr<StreamWriter<CustomerEvent>> writer_;
  uint64_t stream_id_ = 0;
  uint64_t listener_id_ = 0;
  bool over_ = false;
  bool pump_posted_ = false;
  // All that had been committed was sent once.
  bool caught_up_ = false;
  // Messages that have not left.
  size_t waiting_ = 0;
  // What was read, and what the consumer was told of that.
  EventCursor cursor_;
  EventCursor told_;
};

class EventSource : public StreamSource {
 public:
  explicit EventSource(std::shared_ptr<EventCore> core) : core_(std::move(core)) {}
  ~EventSource() override { core_->Close(); }

  void OnWritten() override {
    const auto core = core_;  // ending the stream may destroy this
    core->OnWritten();
  }
  void OnClosed(absl::Status) override { core_->Close(); }

 private:
  const std::shared_ptr<EventCore> core_;
};

}  // namespace

std::unique_ptr<StreamSource> OpenEventStream(
    std::shared_ptr<JobContext> context, const v1::StreamCustomerEventsRequest& request,
    std::string language, std::unique_ptr<StreamWriter<v1::CustomerEvent>> writer) {
  auto core = std::make_shared<EventCore>(std::move(context), request, std::move(language),
                                          std::move(writer));
  auto source = std::make_unique<EventSource>(core);
  core->Open();
  return source;
}

}  // namespace comptoir::hq
