// Moves the outbox to HQ, in order, once: P-0001. (P7, S11, P13)
//
// HQ says in its hello what it holds; upload goes on after that, so nothing depends on what this
// service believed. Acknowledgements are kept lazily. Runs on the executor.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_UPLOADER_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_UPLOADER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "channel-service/channel_service.h"
#include "channel-service/domain/alarms.h"
#include "channel-service/domain/alive.h"
#include "channel-service/sync/stream_keeper.h"
#include "common/replication/sender.h"
#include "common/replication/stream.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::channel {

class Uploader : private StreamReader<hq::v1::UploadResponse> {
 public:
  struct Listener {
    // HQ's position and ours don't belong together: a new lineage must begin before the upload goes
    // on.
    std::function<void()> diverged;
    // HQ fences this lineage, or doesn't any more.
    std::function<void(bool fenced)> fenced;
    std::function<void()> connection_broken;
    // HQ has said hello.
    std::function<void()> greeted;
    // HQ may have held operations after this one when the subscription began, which didn't ask
    // about them; all that it held is known to be acknowledged now.
    std::function<void(uint64_t sequence)> held_unasked;
  };
  Uploader(const ChannelServiceEnvironment& environment, const ChannelServiceOptions& options,
           Alarms& alarms, Listener listener);

  void SetHeld(Hold hold, bool held) { keeper_.SetHeld(hold, held); }
  void HqAnswers() { keeper_.HqAnswers(); }
  // The outbox may have grown. A wake-up that is lost does no harm: the outbox is looked at each
  // second.
  void Wake();
  // Whether that would do anything: HQ has said hello. Who commits and then finds it false needn't
  // wake: the outbox is looked at when it becomes true. Thread-safe.
  bool is_open() const { return is_open_; }
  // A person has paused this at HQ, as it last told. Thread-safe.
  bool paused() const { return paused_; }
  // HQ has greeted a subscription, which asked about the unsettled operations up to this one. HQ
  // may hold more by now, whose results it has told to a copy of this database: see held_unasked.
  // The results of what is sent later come by the subscription.
  void SubscriptionAsked(uint64_t sequence);

 private:
  void Open();
  void Close(absl::Status status);
  void DropSender();
  void Tick();
  void OnMessage(hq::v1::UploadResponse response) override;
  void OnClosed(absl::Status status) override;

  void HelloReceived(const hq::v1::UploadHelloReply& reply);
  void Diverged();
  absl::Status AcknowledgementReceived(const hq::v1::UploadAcknowledgement& acknowledgement);
  // Says how far the outbox goes when a run of P-0001 asks.
  absl::Status TellOutbox(uint64_t run);
  // Says what waits here for long, so that HQ can warn. (P11)
  void TellWaiting();
  // Of the first operation that isn't acknowledged; nothing waits: zero.
  absl::StatusOr<absl::Duration> OldestAge(const Reader& reader) const;
  // Sends what the window takes.
  void Upload();
  // The next batch; empty if there is none. Fails if the outbox has a gap that HQ doesn't know.
  absl::StatusOr<hq::v1::OperationBatch> NextBatch();
  void KeepAcknowledgement();
  // Calls held_unasked, or finds that there is nothing to ask about, as soon as it can be known.
  void CheckHeldUnasked();
  // An operator has discarded this lineage while it is fenced.
  void Discard();

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;
  const ChannelServiceOptions& options_;
  Alarms& alarms_;
  const Listener listener_;

  StreamKeeper keeper_;
  std::unique_ptr<StreamWriter<hq::v1::UploadRequest>> writer_;
  bool closing_ = false;
  absl::Status close_status_;
  int silent_ticks_ = 0;

  // Of the open stream; a sender once HQ has said hello.
  std::optional<Sender> sender_;
  uint64_t lineage_ = 0;
  uint64_t sent_sequence_ = 0;
  // The last operation that HQ grants to send.
  uint64_t credit_ = 0;
  // HQ was told that something waits; and how many ticks ago.
  bool told_waiting_ = false;
  int ticks_since_told_ = 0;

  std::atomic<bool> paused_ = false;
  // Whether there is a sender.
  std::atomic<bool> is_open_ = false;

  // The highest acknowledgement, what of it is kept, and whether it is being kept.
  uint64_t acknowledged_sequence_ = 0;
  uint64_t kept_sequence_ = 0;
  bool keeping_ = false;
  // Up to where the subscription asked, until HQ has been asked about all that it may have held
  // when it greeted; and, while there is a sender, up to where that may be.
  std::optional<uint64_t> asked_sequence_;
  uint64_t held_sequence_ = 0;

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_UPLOADER_H_
