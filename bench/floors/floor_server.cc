#include "bench/floors/floor_server.h"

#include <signal.h>

#include <fstream>
#include <memory>

#include "common/base/check.h"
#include "comptoir/customer/v1/customer_service.grpc.pb.h"

namespace comptoir::bench {
namespace {

using customer::v1::CustomerService;
using RawService = CustomerService::WithRawCallbackMethod_CreateCustomer<
    CustomerService::WithRawCallbackMethod_BatchCreateCustomers<
        CustomerService::WithRawCallbackMethod_GetCustomer<
            CustomerService::WithRawCallbackMethod_SearchCustomers<CustomerService::Service>>>>;

class FloorService : public RawService {
 public:
  explicit FloorService(const RawHandler& handler) : handler_(handler) {}

  grpc::ServerUnaryReactor* CreateCustomer(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* answer) override {
    return Handle(context, request, answer);
  }
  grpc::ServerUnaryReactor* BatchCreateCustomers(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* answer) override {
    return Handle(context, request, answer);
  }
  grpc::ServerUnaryReactor* GetCustomer(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* answer) override {
    return Handle(context, request, answer);
  }
  grpc::ServerUnaryReactor* SearchCustomers(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* answer) override {
    return Handle(context, request, answer);
  }

 private:
  grpc::ServerUnaryReactor* Handle(grpc::CallbackServerContext* context,
                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* answer) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    handler_(*request, *answer, *reactor);
    return reactor;
  }

  // Constant after construction.
  const RawHandler& handler_;
};

}  // namespace

void ServeFloor(const FloorOptions& options, const RawHandler& handler, grpc::Service* more) {
  // Before gRPC's threads begin, so that they inherit it.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  FloorService service(handler);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  if (!options.listen_unix.empty()) {
    builder.AddListeningPort("unix:" + options.listen_unix, grpc::InsecureServerCredentials());
  }
  builder.RegisterService(&service);
  if (more != nullptr) builder.RegisterService(more);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  COMPTOIR_CHECK(server != nullptr) << "cannot listen on " << options.listen;
  if (!options.port_file.empty()) std::ofstream(options.port_file) << port << "\n";

  int signal = 0;
  sigwait(&ending, &signal);
  server->Shutdown(std::chrono::system_clock::now());
}

}  // namespace comptoir::bench
