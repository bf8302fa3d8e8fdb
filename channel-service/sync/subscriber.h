// Brings HQ's feeds into the channel database: 1010, 1050, 1070 and 1110. (B6, P7, V7)
//
// Each batch is one command that applies its changes and its cursors, and is acknowledged when it
// is durable; several may be under way. Runs on the executor, but for status().

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_SUBSCRIBER_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_SUBSCRIBER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channel-service/channel_service.h"
#include "channel-service/domain/alarms.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/replication/hq_history.h"
#include "channel-service/sync/coalesced.h"
#include "channel-service/sync/stream_keeper.h"
#include "common/base/mutex.h"
#include "common/customer/requests/names.h"
#include "common/replication/receiver.h"
#include "common/replication/stream.h"
#include "comptoir/hq/v1/replication_service.pb.h"

namespace comptoir::channel {

class Subscriber : private StreamReader<hq::v1::SubscribeResponse> {
 public:
  struct Listener {
    // Batches were committed; they brought configuration or not.
    std::function<void(bool configuration)> applied;
    // HQ speaks of operations that our database never made: a new lineage must begin before they
    // are read.
    std::function<void()> diverged;
    std::function<void()> connection_broken;
    // HQ has said hello.
    std::function<void()> greeted;
    // HQ tells what it has: its results come from now on. The hello asked about the unsettled
    // operations up to this one.
    std::function<void(uint64_t sequence)> asked_up_to;
  };
  Subscriber(const ChannelServiceEnvironment& environment, const ChannelServiceOptions& options,
             Alarms& alarms, Listener listener);

  // From when it is held nothing more is applied, not even what is under way.
  void SetHeld(Hold hold, bool held);
  void HqAnswers() { keeper_.HqAnswers(); }
  // Operations after this one, which the hello didn't name, turned out to be acknowledged: HQ may
  // have told their results to a database that is gone, and is asked to tell them again.
  void AskAfter(uint64_t sequence);
  // Customer data is filtered, or isn't: a stream that was opened otherwise opens anew.
  void FilterIs(bool filtered);

  // HQ's last commit as last heard. Thread-safe.
  replication::v1::Position high_watermark() const;
  // A person has paused this at HQ, as it last told. Thread-safe.
  bool paused() const { return paused_; }

 private:
  // Set when one of a stream's batches was not applied: those behind it must not be either, or
  // their cursors would pass over it.
  using Broken = std::shared_ptr<std::atomic<bool>>;

  void Open();
  void Close(absl::Status status);
  void Tick();
  void OnMessage(hq::v1::SubscribeResponse response) override;
  void OnClosed(absl::Status status) override;

  // Tells HQ what is acknowledged but unsettled, a hello at a time.
  absl::Status WriteHello();
  void WriteNextHello();
  absl::Status HelloReceived(const hq::v1::SubscribeHelloReply& reply);
  // HQ's database was restored to an earlier state.
  void OffersWanted(const hq::v1::SubscribeHelloReply& reply);
  void OfferNext();
  absl::Status OffersAcknowledged(const hq::v1::OffersAcknowledgement& acknowledgement);
  void AllOffered(uint64_t high_watermark);
  absl::Status BatchReceived(hq::v1::ChangeBatch batch);
  void BatchApplied(const Broken& broken, uint64_t batch, bool configuration,
                    const absl::Status& status);
  // Says what has become durable, here and to HQ.
  void Applied();
  // HQ has sent all that there was.
  void NothingMore(uint64_t high_watermark);
  // Fails if HQ must hear another hello.
  absl::Status CheckAllTold() const;
  void HeardOf(const replication::v1::Position& high_watermark);
  // Runs a command unless the stream is broken; breaks it if the command fails.
  void Submit(Command command, Completion done);

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;
  const ChannelServiceOptions& options_;
  Alarms& alarms_;
  const Listener listener_;

  StreamKeeper keeper_;
  std::unique_ptr<StreamWriter<hq::v1::SubscribeRequest>> writer_;
  bool closing_ = false;
  absl::Status close_status_;
  int silent_ticks_ = 0;

  std::atomic<bool> paused_ = false;

  // Of the open stream.
  bool greeted_ = false;
  bool named_cursors_ = false;
  // Whether customer data was filtered when it was opened.
  bool opened_filtered_ = false;
  // The last unsettled operation that was named, empty: all are; and up to where the first hello
  // asked.
  std::string hello_key_;
  uint64_t asked_sequence_ = 0;
  // Answers of HQ's that the hello told, and the epoch in which HQ has greeted.
  Answered told_;
  uint64_t hq_epoch_ = 0;
  Receiver receiver_;
  // Many batches become durable together.
  Coalesced applied_;
  bool configuration_applied_ = false;
  Broken broken_;
  // While HQ wants offers: of records after `known_sequence`.
  struct Offering {
    uint64_t hq_epoch = 0;
    uint64_t known_sequence = 0;
    // The answers that the hello told: one that is stored later may have brought a record to a page
    // that is past.
    Answered told;
    uint64_t number = 0;
    // Where the page under way begins, and the next one, empty after the last.
    std::string page;
    std::string next;
    std::vector<AddressKey> orphans;
  };
  std::optional<Offering> offering_;
  // The one of the stream before, which broke: what HQ has acknowledged in one run it still holds.
  std::optional<Offering> interrupted_;

  mutable Mutex mutex_;
  // Guarded by mutex_.
  replication::v1::Position high_watermark_ ABSL_GUARDED_BY(mutex_);

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_SUBSCRIBER_H_
