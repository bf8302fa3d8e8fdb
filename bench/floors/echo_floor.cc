#include <string>

#include "bench/floors/floor_server.h"
#include "bench/floors/floors.h"

namespace comptoir::bench {

void RunEchoFloor(const FloorOptions& options, uint64_t answer_bytes) {
  const grpc::Slice ready(std::string(answer_bytes, 'x'));
  ServeFloor(options, [&](const grpc::ByteBuffer& request, grpc::ByteBuffer& answer,
                          grpc::ServerUnaryReactor& reactor) {
    answer = answer_bytes == 0 ? request : grpc::ByteBuffer(&ready, 1);
    reactor.Finish(grpc::Status::OK);
  });
}

}  // namespace comptoir::bench
