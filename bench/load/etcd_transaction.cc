#include "bench/load/etcd_transaction.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstdint>

namespace comptoir::bench {
namespace {

constexpr uint32_t kBytes = 2;   // wire type
constexpr uint32_t kNumber = 0;  // wire type

std::string Field(uint32_t number, const std::string& bytes) {
  std::string field;
  {
    google::protobuf::io::StringOutputStream stream(&field);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.WriteTag(number << 3 | kBytes);
    out.WriteVarint32(static_cast<uint32_t>(bytes.size()));
    out.WriteString(bytes);
  }
  return field;
}

}  // namespace

std::string EtcdTransaction(std::span<const std::pair<std::string, std::string>> rows) {
  std::string transaction;
  for (const auto& [key, value] : rows) {
    // PutRequest{key = 1, value = 2} in RequestOp{request_put = 2} in TxnRequest{success = 2}.
    transaction += Field(2, Field(2, Field(1, key) + Field(2, value)));
  }
  return transaction;
}

bool EtcdSucceeded(const std::string& answer) {
  // TxnResponse{header = 1, succeeded = 2}.
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(answer.data()),
                                            static_cast<int>(answer.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (tag == (2 << 3 | kNumber)) {
      uint32_t succeeded = 0;
      return in.ReadVarint32(&succeeded) && succeeded == 1;
    }
    uint32_t size = 0;
    if ((tag & 7) != kBytes || !in.ReadVarint32(&size) || !in.Skip(static_cast<int>(size))) {
      return false;
    }
  }
  return false;
}

}  // namespace comptoir::bench
