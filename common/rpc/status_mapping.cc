#include "common/rpc/status_mapping.h"

#include "common/base/status_proto.h"

namespace comptoir::rpc {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status proto = ToProto(status);
  const auto code = static_cast<grpc::StatusCode>(status.code());
  if (proto.details().empty()) return grpc::Status(code, proto.message());
  return grpc::Status(code, proto.message(), proto.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status proto;
  // Code and message are gRPC's own: a trailer may say anything.
  if (!proto.ParseFromString(status.error_details())) proto.Clear();
  proto.set_code(static_cast<int>(status.error_code()));
  proto.set_message(status.error_message());
  return FromProto(proto);
}

}  // namespace comptoir::rpc
