#include "hq-service/service/event_handlers.h"

#include <utility>

#include "common/rpc/source_stream.h"
#include "common/rpc/unary.h"
#include "comptoir/hq/v1/change_stream.grpc.pb.h"

namespace comptoir::hq {
namespace {

class EventHandlers : public v1::ChangeStreamService::CallbackService {
 public:
  EventHandlers(Hq& hq, rpc::Calls& calls, Executor& executor)
      : hq_(hq), calls_(calls), executor_(executor) {}

  grpc::ServerWriteReactor<v1::CustomerEvent>* StreamCustomerEvents(
      grpc::CallbackServerContext* context,
      const v1::StreamCustomerEventsRequest* request) override {
    return rpc::ServeSource<v1::CustomerEvent>(
        calls_, __func__, executor_,
        [this, request = *request, call = rpc::CallContextOf(*context)](auto writer) {
          return hq_.StreamCustomerEvents(request, call, std::move(writer));
        });
  }

 private:
  // Constant after construction.
  Hq& hq_;
  rpc::Calls& calls_;
  Executor& executor_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewEventHandlers(Hq& hq, rpc::Calls& calls, Executor& executor) {
  return std::make_unique<EventHandlers>(hq, calls, executor);
}

}  // namespace comptoir::hq
