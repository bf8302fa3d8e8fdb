#include "common/customer/search/record_memory.h"

#include <lz4.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "common/base/prefetch.h"
#include "common/storage/message_fields.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;

// Records that are larger than this are few.
constexpr size_t kPlainBytesMax = 4 << 10;

// What a customer's bytes begin with, as they are stored.
std::string NameField(const CustomerId& id) {
  std::string field;
  AppendField(Customer::kNameFieldNumber, CustomerName(id), field);
  return field;
}

// What is kept of a record: fields beside the customer, their size before them, and the customer
// without its name. Nothing if that isn't all that there is in it.
std::optional<std::string> PlainOf(std::string_view record, const CustomerId& id) {
  std::string_view customer;
  std::string others(1, '\0');
  const bool all_known = VisitFields(record, [&](const MessageField& field) {
    switch (field.id) {
      case CustomerRecord::kCustomerFieldNumber:
        if (customer.data() != nullptr) return false;
        customer = field.bytes;
        return true;
      case CustomerRecord::kRequestDigestFieldNumber:
        return true;
      case CustomerRecord::kVersionFieldNumber:
      case CustomerRecord::kCreatedSequenceFieldNumber:
        AppendField(field.id, field.number, others);
        return true;
      case CustomerRecord::kPrimaryAddressIdFieldNumber:
        AppendField(field.id, field.bytes, others);
        return true;
      default:
        return false;
    }
  });
  const std::string name = NameField(id);
  if (!all_known || !customer.starts_with(name) || others.size() > UINT8_MAX) return std::nullopt;
  others.front() = static_cast<char>(others.size());
  return others.append(customer.substr(name.size()));
}

std::string RecordOf(std::string_view plain, const CustomerId& id) {
  const size_t others_bytes = static_cast<uint8_t>(plain.front());
  const std::string_view others = plain.substr(1, others_bytes - 1);
  const std::string_view customer = plain.substr(others_bytes);
  const std::string name = NameField(id);
  constexpr size_t kHeadBytesMax = 8;
  std::string record;
  record.reserve(kHeadBytesMax + name.size() + plain.size());
  AppendFieldHead(CustomerRecord::kCustomerFieldNumber, name.size() + customer.size(), record);
  return std::move(record.append(name).append(customer).append(others));
}

// What an allocation of so many bytes takes, about: sizes are some eight to each doubling.
size_t AllocatedBytes(size_t bytes) { return bytes + bytes / 16 + 8; }

}  // namespace

class RecordMemory::Dictionary {
 public:
  Dictionary() {
    // Stays where it is: `primed_` refers to it.
    bytes_.reserve(kBytes);
    LZ4_initStream(&primed_, sizeof(primed_));
  }

  bool complete() const { return bytes_.size() == kBytes; }

  // Takes it in, until it is complete.
  void Learn(std::string_view plain) {
    if (complete()) return;
    bytes_.append(plain.substr(0, kBytes - bytes_.size()));
    if (complete()) LZ4_loadDict(&primed_, bytes_.data(), static_cast<int>(kBytes));
  }

  // Returns how many bytes it is packed, or 0 if those would be more than `packed_max`. REQUIRES:
  // complete().
  size_t Pack(std::string_view plain, char* packed, size_t packed_max) const {
    // A copy is sooner had than the dictionary learnt anew.
    LZ4_stream_t stream;
    std::memcpy(&stream, &primed_, sizeof(stream));
    return static_cast<size_t>(
        LZ4_compress_fast_continue(&stream, plain.data(), packed, static_cast<int>(plain.size()),
                                   static_cast<int>(packed_max), /*acceleration=*/1));
  }

  // REQUIRES: `packed` was packed by it, and is no more than `plain_bytes`.
  void Unpack(std::string_view packed, char* plain, size_t plain_bytes) const {
    const int bytes = LZ4_decompress_safe_usingDict(
        packed.data(), plain, static_cast<int>(packed.size()), static_cast<int>(plain_bytes),
        bytes_.data(), static_cast<int>(bytes_.size()));
    COMPTOIR_CHECK(bytes == static_cast<int>(plain_bytes)) << "a record cannot be unpacked";
  }

 private:
  static constexpr size_t kBytes = 16 << 10;

  std::string bytes_;
  LZ4_stream_t primed_;
};

RecordMemory::RecordMemory() : dictionary_(std::make_unique<Dictionary>()) {}

RecordMemory::~RecordMemory() = default;

void RecordMemory::Put(CustomerOrdinal customer, const CustomerId& id, std::string_view record) {
  Remove(customer);
  const std::optional<std::string> plain = PlainOf(record, id);
  if (!plain.has_value() || plain->size() > kPlainBytesMax) return;
  Packed packed = Pack(*plain);
  Head head;
  std::memcpy(&head, packed.get(), sizeof(head));
  const size_t bytes = AllocatedBytes(sizeof(head) + head.packed_bytes);
  const size_t capacity =
      customer < packed_.capacity() ? packed_.capacity() : customer + customer / 8 + 16;
  if (packed_bytes_ + bytes + capacity * sizeof(Packed) > bytes_max_) return;
  packed_.reserve(capacity);
  if (customer >= packed_.size()) packed_.resize(customer + 1);
  packed_bytes_ += bytes;
  ++records_;
  kept_end_ = std::max<size_t>(kept_end_, customer + 1);
  packed_[customer] = std::move(packed);
  dictionary_->Learn(*plain);
}

void RecordMemory::Remove(CustomerOrdinal customer) {
  if (customer >= packed_.size() || packed_[customer] == nullptr) return;
  Head head;
  std::memcpy(&head, packed_[customer].get(), sizeof(head));
  packed_bytes_ -= AllocatedBytes(sizeof(head) + head.packed_bytes);
  packed_[customer].reset();
  // Nothing of a customer stays once all are gone.
  if (--records_ == 0) dictionary_ = std::make_unique<Dictionary>();
}

std::optional<std::string> RecordMemory::Find(CustomerOrdinal customer,
                                              const CustomerId& id) const {
  if (customer >= packed_.size() || packed_[customer] == nullptr) return std::nullopt;
  const char* const packed = packed_[customer].get();
  Head head;
  std::memcpy(&head, packed, sizeof(head));
  if (head.packed_bytes == head.plain_bytes) {
    return RecordOf({packed + sizeof(head), head.plain_bytes}, id);
  }
  char plain[kPlainBytesMax];
  dictionary_->Unpack({packed + sizeof(head), head.packed_bytes}, plain, head.plain_bytes);
  return RecordOf({plain, head.plain_bytes}, id);
}

void RecordMemory::Prefetch(absl::Span<const CustomerOrdinal> customers) const {
  constexpr size_t kLineBytes = 64;
  // Most are no longer than these.
  constexpr size_t kLines = 3;
  const auto visit_kept = [&](auto visit) {
    for (const CustomerOrdinal customer : customers) {
      if (customer < packed_.size()) visit(packed_[customer]);
    }
  };
  visit_kept([](const Packed& packed) { comptoir::Prefetch(&packed); });
  visit_kept([](const Packed& packed) {
    if (packed == nullptr) return;
    for (size_t i = 0; i < kLines; ++i) comptoir::Prefetch(packed.get() + i * kLineBytes);
  });
}

void RecordMemory::SetBytesMax(size_t bytes_max) {
  bytes_max_ = bytes_max;
  for (; kept_end_ > 0 && bytes() > bytes_max_; --kept_end_) {
    Remove(static_cast<CustomerOrdinal>(kept_end_ - 1));
  }
  if (records_ == 0) packed_ = std::vector<Packed>();
}

size_t RecordMemory::bytes() const { return packed_bytes_ + packed_.capacity() * sizeof(Packed); }

RecordMemory::Packed RecordMemory::Pack(std::string_view plain) const {
  COMPTOIR_CHECK(plain.size() <= kPlainBytesMax);
  char bytes[kPlainBytesMax];
  const size_t packed_bytes =
      dictionary_->complete() ? dictionary_->Pack(plain, bytes, plain.size() - 1) : 0;
  const std::string_view kept = packed_bytes > 0 ? std::string_view(bytes, packed_bytes) : plain;
  const Head head = {.packed_bytes = static_cast<uint16_t>(kept.size()),
                     .plain_bytes = static_cast<uint16_t>(plain.size())};
  Packed packed(new char[sizeof(head) + kept.size()]);
  std::memcpy(packed.get(), &head, sizeof(head));
  kept.copy(packed.get() + sizeof(head), kept.size());
  return packed;
}

}  // namespace comptoir
