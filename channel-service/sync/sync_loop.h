// What goes on between a channel service and HQ by itself: the link, the upload, the subscription,
// the watches that both feed. Lives on the executor; what is thread-safe says so.

#ifndef COMPTOIR_CHANNEL_SERVICE_SYNC_SYNC_LOOP_H_
#define COMPTOIR_CHANNEL_SERVICE_SYNC_SYNC_LOOP_H_

#include <memory>

#include "channel-service/channel_service.h"
#include "channel-service/domain/alarms.h"
#include "channel-service/domain/alive.h"
#include "channel-service/domain/context.h"
#include "channel-service/domain/reads/reads.h"
#include "channel-service/sync/coalesced.h"
#include "channel-service/sync/data_purge.h"
#include "channel-service/sync/link_monitor.h"
#include "channel-service/sync/remover.h"
#include "channel-service/sync/request_expiry.h"
#include "channel-service/sync/subscriber.h"
#include "channel-service/sync/uploader.h"
#include "channel-service/sync/watches.h"

namespace comptoir::channel {

class SyncLoop : public CommitListener {
 public:
  SyncLoop(const ChannelServiceEnvironment& environment, const ChannelServiceOptions& options,
           ServedChannels& channels, const Reads& reads, HqReads& hq_reads, LinkMonitor& link,
           Alarms& alarms);

  // Thread-safe.
  void OutboxGrew() override {
    if (uploader_.is_open()) upload_.Call();
  }
  void CustomersChanged() override {
    if (watches_.any()) look_.Call();
  }
  std::unique_ptr<StreamReader<Watches::Request>> Watch(const CallContext& call,
                                                        std::unique_ptr<Watches::Writer> writer) {
    return watches_.Watch(call, std::move(writer));
  }
  replication::v1::Position high_watermark() const { return subscriber_.high_watermark(); }
  bool upload_paused() const { return uploader_.paused(); }
  bool download_paused() const { return subscriber_.paused(); }

  void Start();
  void Stop();
  void ForceOffline(bool forced);

 private:
  void SetHeld(Hold hold, bool held);
  void Applied(bool configuration);
  // Stops both streams until it is committed; they then open anew.
  void BeginNewLineage();
  void SubmitNewLineage();

  // Constant after construction.
  const ChannelServiceEnvironment& environment_;
  ServedChannels& channels_;
  LinkMonitor& link_;

  bool beginning_lineage_ = false;
  Watches watches_;
  Uploader uploader_;
  Subscriber subscriber_;
  Remover remover_;
  DataPurge purge_;
  RequestExpiry expiry_;
  Coalesced upload_;
  Coalesced look_;

  const Alive alive_;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_SYNC_SYNC_LOOP_H_
