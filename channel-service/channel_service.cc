// Puts the parts of a channel service together: domain/ decides, sync/ keeps up with HQ.

#include "channel-service/channel_service.h"

#include <memory>
#include <utility>

#include "channel-service/channel_service_status.h"
#include "channel-service/domain/commands/address_creation.h"
#include "channel-service/domain/commands/async_edits.h"
#include "channel-service/domain/commands/creation.h"
#include "channel-service/domain/commands/edits.h"
#include "channel-service/domain/commands/loyalty_cards.h"
#include "channel-service/domain/commands/synchronization.h"
#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/lineage.h"
#include "channel-service/domain/outbox/unsettled.h"
#include "channel-service/domain/reads/consent_history.h"
#include "channel-service/domain/reads/hq_reads.h"
#include "channel-service/domain/reads/read_through.h"
#include "channel-service/domain/reads/reads.h"
#include "channel-service/domain/reads/store_search.h"
#include "channel-service/domain/served_channels.h"
#include "channel-service/sync/link_monitor.h"
#include "channel-service/sync/sync_loop.h"
#include "common/base/status.h"
#include "common/customer/requests/batch_create.h"
#include "common/storage/schema.h"

namespace comptoir::channel {
namespace {

class ChannelServiceParts : public ChannelService {
 public:
  ChannelServiceParts(const ChannelServiceEnvironment& environment,
                      const ChannelServiceOptions& options)
      : environment_(environment),
        options_(options),
        channels_(options.channels),
        alarms_(environment.logger),
        link_(environment_, options_, alarms_),
        reads_(environment_, channels_),
        context_{.environment = environment_,
                 .options = options_,
                 .channels = channels_,
                 .link = link_,
                 .listener = sync_,
                 .counters = counters_},
        hq_reads_(context_, reads_),
        sync_(environment_, options_, channels_, reads_, hq_reads_, link_, alarms_),
        creation_(context_),
        edits_(context_),
        loyalty_cards_(context_),
        async_edits_(context_, edits_),
        address_creation_(context_, edits_),
        synchronization_(context_),
        search_(context_, reads_),
        consent_history_(context_),
        read_through_(context_, reads_) {}

  absl::Status ReadConfiguration() { return channels_.Refresh(environment_.database.latest()); }

  void GetNewCustomerForm(const customer::v1::GetNewCustomerFormRequest& request,
                          const CallContext& call, Done<customer::v1::Customer> done) override {
    done(reads_.NewForm(request, call.language));
  }
  void CreateCustomer(const customer::v1::CreateCustomerRequest& request, const CallContext& call,
                      Done<customer::v1::Customer> done) override {
    creation_.Create(request, call, Shown(std::move(done)));
  }
  void BatchCreateCustomers(const customer::v1::BatchCreateCustomersRequest& request,
                            const CallContext& call,
                            Done<customer::v1::BatchCreateCustomersResponse> done) override {
    BatchCreate(
        request, call.language,
        [this, call](const customer::v1::CreateCustomerRequest& one,
                     Done<customer::v1::Customer> created) {
          CreateCustomer(one, call, std::move(created));
        },
        std::move(done));
  }
  void GetCustomer(const customer::v1::GetCustomerRequest& request, const CallContext& call,
                   Done<customer::v1::Customer> done) override {
    if (channels_.filtered()) return hq_reads_.Get(request, call, Shown(std::move(done)));
    read_through_.GetCustomer(request, call, Shown(std::move(done)));
  }
  std::optional<std::string> StoredCustomer(
      const customer::v1::GetCustomerRequest& request) override {
    if (channels_.filtered()) return std::nullopt;
    return reads_.Stored(request);
  }
  void ListCustomers(const customer::v1::ListCustomersRequest& request, const CallContext& call,
                     Done<customer::v1::ListCustomersResponse> done) override {
    using Response = customer::v1::ListCustomersResponse;
    const auto shown = [this, done = std::move(done)](absl::StatusOr<Response> list) {
      if (list.ok()) {
        for (auto& customer : *list->mutable_customers()) channels_.HideAffiliations(customer);
      }
      done(std::move(list));
    };
    if (channels_.filtered()) return hq_reads_.List(request, call, shown);
    shown(reads_.List(request, call.language));
  }
  void UpdateCustomer(const customer::v1::UpdateCustomerRequest& request, const CallContext& call,
                      Done<customer::v1::Customer> done) override {
    async_edits_.UpdateCustomer(request, call, Shown(std::move(done)));
  }
  void SearchCustomers(const customer::v1::SearchCustomersRequest& request, const CallContext& call,
                       Done<customer::v1::SearchCustomersResponse> done) override {
    using Response = customer::v1::SearchCustomersResponse;
    search_.Search(request, call, [this, done = std::move(done)](absl::StatusOr<Response> found) {
      if (found.ok()) {
        for (auto& result : *found->mutable_results()) {
          channels_.HideAffiliations(*result.mutable_customer());
        }
      }
      done(std::move(found));
    });
  }
  std::optional<std::string> StoredSearch(const customer::v1::SearchCustomersRequest& request,
                                          const CallContext& call) override {
    return search_.Stored(request, call);
  }
  bool IsQuickSearch(const customer::v1::SearchCustomersRequest& request) override {
    return search_.IsQuick(request);
  }
  void ListConsentChanges(const customer::v1::ListConsentChangesRequest& request,
                          const CallContext& call,
                          Done<customer::v1::ListConsentChangesResponse> done) override {
    consent_history_.List(request, call, std::move(done));
  }
  void CreateAddress(const customer::v1::CreateAddressRequest& request, const CallContext& call,
                     Done<customer::v1::Address> done) override {
    address_creation_.Create(request, call, std::move(done));
  }
  void GetAddress(const customer::v1::GetAddressRequest& request, const CallContext& call,
                  Done<customer::v1::Address> done) override {
    if (channels_.filtered()) return hq_reads_.Get(request, call, std::move(done));
    read_through_.GetAddress(request, call, std::move(done));
  }
  void ListAddresses(const customer::v1::ListAddressesRequest& request, const CallContext& call,
                     Done<customer::v1::ListAddressesResponse> done) override {
    if (channels_.filtered()) return hq_reads_.List(request, call, std::move(done));
    read_through_.ListAddresses(request, call, std::move(done));
  }
  void UpdateAddress(const customer::v1::UpdateAddressRequest& request, const CallContext& call,
                     Done<customer::v1::Address> done) override {
    async_edits_.UpdateAddress(request, call, std::move(done));
  }
  void DeactivateAddress(const customer::v1::DeactivateAddressRequest& request,
                         const CallContext& call, Done<customer::v1::Address> done) override {
    async_edits_.DeactivateAddress(request, call, std::move(done));
  }
  void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest& request,
                        const CallContext& call, Done<customer::v1::LoyaltyCard> done) override {
    loyalty_cards_.Issue(request, call, std::move(done));
  }
  void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest& request, const CallContext& call,
                      Done<customer::v1::LoyaltyCard> done) override {
    loyalty_cards_.Tie(request, call, std::move(done));
  }
  void GetLoyaltyCard(const customer::v1::GetLoyaltyCardRequest& request, const CallContext&,
                      Done<customer::v1::LoyaltyCard> done) override {
    done(loyalty_cards_.Get(request));
  }
  void ListLoyaltyCards(const customer::v1::ListLoyaltyCardsRequest& request, const CallContext&,
                        Done<customer::v1::ListLoyaltyCardsResponse> done) override {
    done(loyalty_cards_.List(request));
  }
  void BlockLoyaltyCard(const customer::v1::BlockLoyaltyCardRequest& request, const CallContext&,
                        Done<customer::v1::LoyaltyCard> done) override {
    done(loyalty_cards_.RefuseToBlock(request.channel()));
  }
  void UnblockLoyaltyCard(const customer::v1::UnblockLoyaltyCardRequest& request,
                          const CallContext&, Done<customer::v1::LoyaltyCard> done) override {
    done(loyalty_cards_.RefuseToBlock(request.channel()));
  }
  void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest& request,
                          const CallContext& call, Done<customer::v1::Customer> done) override {
    synchronization_.Ensure(request, call, Shown(std::move(done)));
  }
  std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> WatchCustomer(
      const CallContext& call,
      std::unique_ptr<StreamWriter<customer::v1::Customer>> writer) override {
    return sync_.Watch(call, std::move(writer));
  }

  void GetStatus(Done<channel::v1::Status> done) override { done(Status()); }
  void SetForcedOffline(bool forced, Done<channel::v1::Status> done) override {
    const bool posted = environment_.executor.Post(alive_.Guard([this, forced, done] {
      sync_.ForceOffline(forced);
      done(Status());
    }));
    if (!posted) done(MakeError(Reason::kShuttingDown, "The service is shutting down."));
  }
  void ListUnsettledOperations(const channel::v1::ListUnsettledOperationsRequest& request,
                               Done<channel::v1::ListUnsettledOperationsResponse> done) override {
    done(channel::ListUnsettledOperations(*environment_.database.NewReader(), request));
  }

  bool ready() const override { return channels_.complete(); }
  void Start() override { sync_.Start(); }
  void Stop() override { sync_.Stop(); }

 private:
  // What is answered shows what stores may see. (Y1)
  Done<customer::v1::Customer> Shown(Done<customer::v1::Customer> done) const {
    return [this, done = std::move(done)](absl::StatusOr<customer::v1::Customer>&& customer) {
      if (customer.ok()) channels_.HideAffiliations(*customer);
      done(std::move(customer));
    };
  }

  absl::StatusOr<channel::v1::Status> Status() const {
    return ReadStatus({.environment = environment_,
                       .options = options_,
                       .channels = channels_,
                       .link = link_.status(),
                       .high_watermark = sync_.high_watermark(),
                       .alarms = alarms_,
                       .counters = counters_,
                       .oldest_unsettled = oldest_unsettled_,
                       .upload_paused = sync_.upload_paused(),
                       .download_paused = sync_.download_paused()});
  }

  // Constant after construction.
  const ChannelServiceEnvironment environment_;
  const ChannelServiceOptions options_;

  ServedChannels channels_;
  Alarms alarms_;
  CreateCounters counters_;
  LinkMonitor link_;
  Reads reads_;
  const DomainContext context_;  // borrows sync_, too, which watches read HQ through
  HqReads hq_reads_;
  SyncLoop sync_;
  Creation creation_;
  Edits edits_;
  LoyaltyCards loyalty_cards_;
  AsyncEdits async_edits_;
  AddressCreation address_creation_;
  Synchronization synchronization_;
  StoreSearch search_;
  ConsentHistory consent_history_;
  ReadThrough read_through_;

  // Thread-safe.
  mutable OldestUnsettled oldest_unsettled_;

  const Alive alive_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ChannelService>> ChannelService::Open(
    const ChannelServiceEnvironment& environment, const ChannelServiceOptions& options) {
  Database& database = environment.database;
  COMPTOIR_RETURN_IF_ERROR(OpenSchema(database, "channel-service"));
  const std::unique_ptr<Transaction> transaction = database.NewTransaction();
  COMPTOIR_RETURN_IF_ERROR(BeginRun(*transaction, environment.random));
  // It may serve other channels than in its last run.
  COMPTOIR_RETURN_IF_ERROR(FollowConfiguration(*transaction, options.channels).status());
  COMPTOIR_RETURN_IF_ERROR(database.Commit(*transaction));
  auto service = std::make_unique<ChannelServiceParts>(environment, options);
  COMPTOIR_RETURN_IF_ERROR(service->ReadConfiguration());
  return service;
}

}  // namespace comptoir::channel
