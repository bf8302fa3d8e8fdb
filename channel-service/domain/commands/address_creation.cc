#include "channel-service/domain/commands/address_creation.h"

#include <optional>
#include <string>
#include <utility>

#include "channel-service/domain/data_filter.h"
#include "channel-service/domain/outbox/outbox.h"
#include "channel-service/domain/outbox/own_addresses.h"
#include "channel-service/domain/outbox/pending.h"
#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/digest.h"
#include "common/customer/requests/new_address_key.h"
#include "common/customer/rules/rules.h"

namespace comptoir::channel {

using customer::v1::Address;
using customer::v1::CreateAddressRequest;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

struct AddressCreation::Request {
  AddressKey key;
  ChannelConfiguration channel;
  std::string digest;
  PreparedAddress prepared;
  absl::Time time;
};

void AddressCreation::Create(const CreateAddressRequest& request, const CallContext& call,
                             Done<Address> done) {
  const auto channel = context_.channels.Configured(request.channel());
  if (!channel.ok()) return done(channel.status());
  if (!(*channel)->configuration.async_addresses() || context_.channels.filtered()) {
    return edits_.CreateAddress(request, call, std::move(done));
  }
  auto prepared = Prepare(request, **channel);
  if (!prepared.ok()) return done(prepared.status());
  Commit(*prepared, std::move(done));
}

absl::StatusOr<AddressCreation::RequestPtr> AddressCreation::Prepare(
    const CreateAddressRequest& request, const ConfiguredChannel& channel) const {
  auto prepared = std::make_shared<Request>();
  prepared->digest = RequestDigest(channel.digest_key, request);
  prepared->channel = channel.configuration;
  prepared->time = context_.environment.clock.Now();
  COMPTOIR_ASSIGN_OR_RETURN(prepared->key, NewAddressKey(request, context_.environment.random));
  COMPTOIR_ASSIGN_OR_RETURN(
      const CustomerRecord owner,
      FindChangeable(context_.environment.database.latest(), prepared->key.customer));
  COMPTOIR_ASSIGN_OR_RETURN(
      prepared->prepared, PrepareAddress(request.address(), prepared->key.address, owner.customer(),
                                         prepared->channel));
  return RequestPtr(std::move(prepared));
}

void AddressCreation::Commit(const RequestPtr& request, Done<Address> done) {
  struct Created {
    Address view;
    bool is_new = false;
  };
  const uint64_t operations_max = context_.options.outbox_operations_max;
  SubmitFor<Created>(
      context_.environment.submitter, Priority::kInteractive,
      [request, operations_max](Transaction& transaction) -> absl::StatusOr<Created> {
        COMPTOIR_ASSIGN_OR_RETURN(const CustomerRecord owner,
                                  FindChangeable(transaction, request->key.customer));
        COMPTOIR_ASSIGN_OR_RETURN(const auto known, FindAddress(transaction, request->key));
        if (known.has_value() && known->request_digest() == request->digest) {
          return Created{.view = AddressView(*known, owner)};
        }
        if (known.has_value()) {
          return MakeError(Reason::kRequestIdReused, "The UUID belongs to another create.",
                           {{"address", AddressName(request->key)}});
        }
        COMPTOIR_RETURN_IF_ERROR(CheckMayStore(transaction));
        COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadOutboxState(transaction));
        COMPTOIR_RETURN_IF_ERROR(CheckRoom(state, operations_max));
        OwnAddress own{.operation = AddressOperation(request->prepared, request->digest, owner,
                                                     request->channel, request->time),
                       .key = request->key};
        own.operation.set_sequence(state.last_sequence() + 1);
        COMPTOIR_ASSIGN_OR_RETURN(const StoredOwnAddress stored,
                                  PutOwnAddress(transaction, own, owner));
        COMPTOIR_RETURN_IF_ERROR(AppendOperation(transaction, state, std::move(own.operation)));
        Created created{.view = AddressView(stored.address, stored.customer), .is_new = true};
        for (const auto& warning : request->prepared.warnings) {
          *created.view.add_warnings() = warning;
        }
        return created;
      },
      alive_.Guard([this, done = std::move(done)](absl::StatusOr<Created> created) {
        if (!created.ok()) return done(created.status());
        if (created->is_new) {
          context_.listener.OutboxGrew();
          context_.listener.CustomersChanged();
        }
        done(std::move(created->view));
      }));
}

}  // namespace comptoir::channel
