// A channel service without threads, network or disk of its own: everything it does, on a Database,
// a Submitter, an Executor, a Clock and an HqClient that are given. process.h gives it RocksDB, the
// commit thread, the loop and gRPC; the simulator gives it its own.
//
// The customer methods are thread-safe and never block. The link, the uploader and the subscriber
// live on the Executor.

#ifndef COMPTOIR_CHANNEL_SERVICE_CHANNEL_SERVICE_H_
#define COMPTOIR_CHANNEL_SERVICE_CHANNEL_SERVICE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "channel-service/domain/hq_client.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/customer/requests/call_context.h"
#include "common/replication/stream.h"
#include "common/storage/committer.h"
#include "common/storage/database.h"
#include "comptoir/channel/v1/status_service.pb.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir {
class SearchMemory;
}  // namespace comptoir

namespace comptoir::channel {

struct ChannelServiceOptions {
  // Unique in the chain.
  std::string id;
  // Numbers of the channels it serves; at least one.
  std::vector<std::string> channels;
  // How long a create waits for HQ at most, and what it keeps of the caller's time for the local
  // commit (S7).
  absl::Duration hq_answer_timeout = absl::Milliseconds(300);
  absl::Duration fallback_reserve = absl::Milliseconds(100);
  // Edits have no fallback: they wait longer.
  absl::Duration hq_edit_timeout = absl::Seconds(5);
  absl::Duration probe_timeout = absl::Milliseconds(500);
  // Operations in the outbox; more creates are refused with OUTBOX_FULL.
  uint64_t outbox_operations_max = 10'000'000;
  size_t upload_batch_operations_max = 256;
  size_t upload_batch_bytes_max = 32 << 10;
  absl::Duration reconnect_delay_max = absl::Seconds(1);
  // What may no longer be seen goes in steps: records per command.
  size_t removal_records_max = 100;
};

struct ChannelServiceEnvironment {
  Database& database;
  Submitter& submitter;
  Executor& executor;
  Clock& clock;
  Random& random;
  Logger& logger;
  HqClient& hq;
  // Runs what takes long and blocks, beside everything else; false: not now. Empty: it is run at
  // once.
  std::function<bool(std::function<void()>)> run_aside = nullptr;
  // Of this database, told of its commits. Null: searches read the index.
  SearchMemory* search_memory = nullptr;
};

class ChannelService {
 public:
  // Checks the schema, begins an epoch, draws a lineage if there is none; commits that itself, so
  // nothing else may commit yet.
  static absl::StatusOr<std::unique_ptr<ChannelService>> Open(
      const ChannelServiceEnvironment& environment, const ChannelServiceOptions& options);
  virtual ~ChannelService() = default;

  // CustomerService. `done` is called once, on any thread.
  virtual void GetNewCustomerForm(const customer::v1::GetNewCustomerFormRequest&,
                                  const CallContext&, Done<customer::v1::Customer> done) = 0;
  virtual void CreateCustomer(const customer::v1::CreateCustomerRequest&, const CallContext&,
                              Done<customer::v1::Customer> done) = 0;
  virtual void BatchCreateCustomers(const customer::v1::BatchCreateCustomersRequest&,
                                    const CallContext&,
                                    Done<customer::v1::BatchCreateCustomersResponse> done) = 0;
  virtual void GetCustomer(const customer::v1::GetCustomerRequest&, const CallContext&,
                           Done<customer::v1::Customer> done) = 0;
  // What GetCustomer() answers, as bytes that parse to it, where they lie ready in the database;
  // else nothing.
  virtual std::optional<std::string> StoredCustomer(const customer::v1::GetCustomerRequest&) = 0;
  virtual void ListCustomers(const customer::v1::ListCustomersRequest&, const CallContext&,
                             Done<customer::v1::ListCustomersResponse> done) = 0;
  virtual void UpdateCustomer(const customer::v1::UpdateCustomerRequest&, const CallContext&,
                              Done<customer::v1::Customer> done) = 0;
  virtual void SearchCustomers(const customer::v1::SearchCustomersRequest&, const CallContext&,
                               Done<customer::v1::SearchCustomersResponse> done) = 0;
  // The same of SearchCustomers(), for what this store finds by itself.
  virtual std::optional<std::string> StoredSearch(const customer::v1::SearchCustomersRequest&,
                                                  const CallContext&) = 0;
  // Whether StoredSearch() finds its answer in memory, waits for nothing, and has nobody wait: none
  // creates or edits, nor has for a while.
  virtual bool IsQuickSearch(const customer::v1::SearchCustomersRequest&) = 0;
  virtual void ListConsentChanges(const customer::v1::ListConsentChangesRequest&,
                                  const CallContext&,
                                  Done<customer::v1::ListConsentChangesResponse> done) = 0;
  virtual void CreateAddress(const customer::v1::CreateAddressRequest&, const CallContext&,
                             Done<customer::v1::Address> done) = 0;
  virtual void GetAddress(const customer::v1::GetAddressRequest&, const CallContext&,
                          Done<customer::v1::Address> done) = 0;
  virtual void ListAddresses(const customer::v1::ListAddressesRequest&, const CallContext&,
                             Done<customer::v1::ListAddressesResponse> done) = 0;
  virtual void UpdateAddress(const customer::v1::UpdateAddressRequest&, const CallContext&,
                             Done<customer::v1::Address> done) = 0;
  virtual void DeactivateAddress(const customer::v1::DeactivateAddressRequest&, const CallContext&,
                                 Done<customer::v1::Address> done) = 0;
  virtual void IssueLoyaltyCard(const customer::v1::IssueLoyaltyCardRequest&, const CallContext&,
                                Done<customer::v1::LoyaltyCard> done) = 0;
  virtual void TieLoyaltyCard(const customer::v1::TieLoyaltyCardRequest&, const CallContext&,
                              Done<customer::v1::LoyaltyCard> done) = 0;
  virtual void GetLoyaltyCard(const customer::v1::GetLoyaltyCardRequest&, const CallContext&,
                              Done<customer::v1::LoyaltyCard> done) = 0;
  virtual void ListLoyaltyCards(const customer::v1::ListLoyaltyCardsRequest&, const CallContext&,
                                Done<customer::v1::ListLoyaltyCardsResponse> done) = 0;
  virtual void BlockLoyaltyCard(const customer::v1::BlockLoyaltyCardRequest&, const CallContext&,
                                Done<customer::v1::LoyaltyCard> done) = 0;
  virtual void UnblockLoyaltyCard(const customer::v1::UnblockLoyaltyCardRequest&,
                                  const CallContext&, Done<customer::v1::LoyaltyCard> done) = 0;
  virtual void EnsureSynchronized(const customer::v1::EnsureSynchronizedRequest&,
                                  const CallContext&, Done<customer::v1::Customer> done) = 0;
  virtual std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> WatchCustomer(
      const CallContext&, std::unique_ptr<StreamWriter<customer::v1::Customer>> writer) = 0;

  // StatusService.
  virtual void GetStatus(Done<channel::v1::Status> done) = 0;
  virtual void SetForcedOffline(bool forced, Done<channel::v1::Status> done) = 0;
  virtual void ListUnsettledOperations(const channel::v1::ListUnsettledOperationsRequest&,
                                       Done<channel::v1::ListUnsettledOperationsResponse> done) = 0;

  // True once configuration for all its channels has come: from then on the health service says
  // SERVING, whatever HQ does (K1).
  virtual bool ready() const = 0;

  // Starts the link and the streams on the executor.
  virtual void Start() = 0;
  // Ends them; on the executor.
  virtual void Stop() = 0;
};

}  // namespace comptoir::channel

#endif  // COMPTOIR_CHANNEL_SERVICE_CHANNEL_SERVICE_H_
