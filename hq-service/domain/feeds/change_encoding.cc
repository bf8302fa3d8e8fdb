#include "hq-service/domain/feeds/change_encoding.h"

#include "common/storage/message_fields.h"
#include "comptoir/hq/v1/replication_service.pb.h"
#include "google/protobuf/io/coded_stream.h"

namespace comptoir::hq {
namespace {

using google::protobuf::MessageLite;
using google::protobuf::io::CodedOutputStream;
using hq::v1::ChangeBatch;
using replication::v1::Change;
using replication::v1::RecordChange;

// Every field here has a number below 16: its tag is one byte.
constexpr size_t kTagBytes = 1;

size_t VarintBytes(uint64_t value) { return CodedOutputStream::VarintSize64(value); }

void AppendMessage(int field, const MessageLite& message, std::string& out) {
  AppendFieldHead(field, message.ByteSizeLong(), out);
  message.AppendToString(&out);
}

size_t NumberBytes(uint64_t value) { return kTagBytes + VarintBytes(value); }
size_t FieldBytes(size_t bytes) { return kTagBytes + VarintBytes(bytes) + bytes; }

}  // namespace

void AppendChange(uint64_t sequence, std::string_view membership, const ToldRecord& told,
                  std::string& batch) {
  const auto kind = static_cast<uint8_t>(told.key.front());
  const std::string_view key = told.key.substr(1);
  const std::string_view record = told.record.value_or(std::string_view());
  const size_t record_bytes = NumberBytes(kind) + FieldBytes(key.size()) +
                              (told.record.has_value() ? FieldBytes(record.size()) : 0) +
                              (told.record.has_value() ? 0 : NumberBytes(1)) +
                              NumberBytes(told.version);
  const size_t change_bytes =
      NumberBytes(sequence) + FieldBytes(membership.size()) + FieldBytes(record_bytes);

  AppendFieldHead(ChangeBatch::kChangesFieldNumber, change_bytes, batch);
  AppendField(Change::kSequenceFieldNumber, sequence, batch);
  AppendField(Change::kMembershipFieldNumber, membership, batch);
  AppendFieldHead(Change::kRecordFieldNumber, record_bytes, batch);
  AppendField(RecordChange::kKindFieldNumber, kind, batch);
  AppendField(RecordChange::kKeyFieldNumber, key, batch);
  if (told.record.has_value()) {
    AppendField(RecordChange::kRecordFieldNumber, record, batch);
  } else {
    AppendField(RecordChange::kRemovedFieldNumber, uint64_t{1}, batch);
  }
  AppendField(RecordChange::kVersionFieldNumber, told.version, batch);
}

void AppendChange(const Change& change, std::string& batch) {
  AppendMessage(ChangeBatch::kChangesFieldNumber, change, batch);
}

void AppendCursor(const replication::v1::Cursor& cursor, std::string& batch) {
  AppendMessage(ChangeBatch::kCursorsFieldNumber, cursor, batch);
}

void AppendHighWatermark(const replication::v1::Position& position, std::string& batch) {
  AppendMessage(ChangeBatch::kHighWatermarkFieldNumber, position, batch);
}

std::string EncodeBatchHead(uint64_t number, const replication::v1::Cursor* own,
                            size_t batch_bytes) {
  std::string fields;
  AppendField(ChangeBatch::kBatchFieldNumber, number, fields);
  if (own != nullptr) AppendCursor(*own, fields);
  std::string head;
  head.reserve(fields.size() + 2 * kTagBytes + VarintBytes(UINT64_MAX));
  AppendFieldHead(hq::v1::SubscribeResponse::kBatchFieldNumber, fields.size() + batch_bytes, head);
  head += fields;
  return head;
}

}  // namespace comptoir::hq
