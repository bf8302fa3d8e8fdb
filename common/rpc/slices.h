#ifndef COMPTOIR_COMMON_RPC_SLICES_H_
#define COMPTOIR_COMMON_RPC_SLICES_H_

#include <memory>
#include <string>
#include <utility>

#include "grpcpp/support/slice.h"

namespace comptoir::rpc {

// Nothing is copied: the slice keeps the bytes.
inline grpc::Slice SliceOf(std::shared_ptr<const std::string> bytes) {
  using Bytes = std::shared_ptr<const std::string>;
  auto* const kept = new Bytes(std::move(bytes));
  return grpc::Slice(
      const_cast<char*>((*kept)->data()), (*kept)->size(),
      [](void* held) { delete static_cast<Bytes*>(held); }, kept);
}

}  // namespace comptoir::rpc

#endif  // COMPTOIR_COMMON_RPC_SLICES_H_
