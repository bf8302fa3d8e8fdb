#include "channel-service/service/handlers.h"

#include <optional>
#include <string>
#include <utility>

#include "common/rpc/customer_handlers.h"
#include "common/rpc/unary.h"
#include "comptoir/channel/v1/status_service.grpc.pb.h"

namespace comptoir::channel {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;

// Customers that lie in the store as they are shown are answered with their bytes.
class StoreHandlers : public rpc::CustomerHandlers<ChannelService> {
 public:
  StoreHandlers(ChannelService& service, rpc::Calls& calls, ReadPool& reads, Executor& executor)
      : rpc::CustomerHandlers<ChannelService>(service, calls, reads, executor), service_(service) {}

 protected:
  std::optional<std::string> StoredCustomer(
      const customer::v1::GetCustomerRequest& request) override {
    return service_.StoredCustomer(request);
  }
  std::optional<std::string> StoredSearch(const customer::v1::SearchCustomersRequest& request,
                                          const CallContext& call) override {
    return service_.StoredSearch(request, call);
  }
  bool IsQuickSearch(const customer::v1::SearchCustomersRequest& request) override {
    return service_.IsQuickSearch(request);
  }

 private:
  // Constant after construction.
  ChannelService& service_;
};

class StatusHandlers : public v1::StatusService::CallbackService {
 public:
  StatusHandlers(ChannelService& service, rpc::Calls& calls) : service_(service), calls_(calls) {}

  Unary* GetStatus(Context* context, const v1::GetStatusRequest*, v1::Status* response) override {
    return rpc::Run<v1::Status>(
        calls_, __func__, context, response,
        [&](const CallContext&, auto done) { service_.GetStatus(std::move(done)); });
  }
  Unary* SetForcedOffline(Context* context, const v1::SetForcedOfflineRequest* request,
                          v1::Status* response) override {
    return rpc::Run<v1::Status>(
        calls_, __func__, context, response, [&](const CallContext&, auto done) {
          service_.SetForcedOffline(request->forced_offline(), std::move(done));
        });
  }
  Unary* ListUnsettledOperations(Context* context,
                                 const v1::ListUnsettledOperationsRequest* request,
                                 v1::ListUnsettledOperationsResponse* response) override {
    return rpc::Run<v1::ListUnsettledOperationsResponse>(
        calls_, __func__, context, response, [&](const CallContext&, auto done) {
          service_.ListUnsettledOperations(*request, std::move(done));
        });
  }

 private:
  // Constant after construction.
  ChannelService& service_;
  rpc::Calls& calls_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewHandlers(ChannelService& service, rpc::Calls& calls,
                                                        ReadPool& reads, Executor& executor) {
  std::vector<std::unique_ptr<grpc::Service>> handlers;
  handlers.push_back(std::make_unique<StoreHandlers>(service, calls, reads, executor));
  handlers.push_back(std::make_unique<StatusHandlers>(service, calls));
  return handlers;
}

}  // namespace comptoir::channel
