#ifndef COMPTOIR_BENCH_FLOORS_FLOOR_SERVER_H_
#define COMPTOIR_BENCH_FLOORS_FLOOR_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>

#include "bench/floors/floors.h"

namespace comptoir::bench {

// Called by gRPC's threads: puts something into the answer and finishes the reactor, then or later.
using RawHandler = std::function<void(const grpc::ByteBuffer& request, grpc::ByteBuffer& answer,
                                      grpc::ServerUnaryReactor& reactor)>;

// Serves until SIGTERM or SIGINT; another service too, if there is one.
void ServeFloor(const FloorOptions& options, const RawHandler& handler,
                grpc::Service* more = nullptr);

}  // namespace comptoir::bench

#endif  // COMPTOIR_BENCH_FLOORS_FLOOR_SERVER_H_
