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

// A huge page: larger ones would be moved too long.
constexpr size_t kSlabBytes = kHugePageBytes;
// While one slab would do it grows by a quarter, from this on, so that a few records don't take a
// whole one.
constexpr size_t kRoomMin = 4 << 10;
constexpr size_t kUnitBytes = 4;
constexpr size_t kUnitsPerSlab = kSlabBytes / kUnitBytes;
// One number is left for what is moved together.
constexpr size_t kSlabsMax = (size_t{1} << 32) / kUnitsPerSlab - 1;
// So much may be lost, and an eighth of what is kept.
constexpr size_t kLostBytesMin = 16 << 10;
// Of less, slabs would be moved for a few records each.
constexpr size_t kWorthCompactingBytes = 32 << 10;

size_t UpTo(size_t multiple, size_t bytes) { return (bytes + multiple - 1) / multiple * multiple; }

size_t InUnits(size_t bytes) { return UpTo(kUnitBytes, bytes); }

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
  const std::string packed = Pack(customer, *plain);
  if (!MakeRoom(customer, packed.size())) return;
  if (customer >= places_.size()) places_.resize(customer + 1, kNowhere);
  Append(packed);
  ++records_;
  kept_end_ = std::max<size_t>(kept_end_, customer + 1);
  dictionary_->Learn(*plain);
}

void RecordMemory::Remove(CustomerOrdinal customer) {
  const Place place = PlaceOf(customer);
  if (place == kNowhere) return;
  places_[customer] = kNowhere;
  char* const at = At(place);
  Head head = HeadAt(at);
  const size_t bytes = InUnits(sizeof(head) + head.packed_bytes);
  std::memset(at + sizeof(head), 0, bytes - sizeof(head));
  head.customer = kNoOrdinal;
  std::memcpy(at, &head, sizeof(head));
  const size_t slab = place / kUnitsPerSlab;
  slabs_[slab].kept -= bytes;
  kept_bytes_ -= bytes;
  lost_bytes_ += bytes;
  if (slabs_[slab].kept == 0) Free(slab);
  while (lost_bytes_ > kLostBytesMin + kept_bytes_ / 8) Compact();
  // Nothing of a customer stays once all are gone.
  if (--records_ > 0) return;
  dictionary_ = std::make_unique<Dictionary>();
  slabs_.clear();
  free_slabs_.clear();
}

char* RecordMemory::At(Place place) const {
  return slabs_[place / kUnitsPerSlab].bytes.get() + place % kUnitsPerSlab * kUnitBytes;
}

RecordMemory::Head RecordMemory::HeadAt(const char* at) {
  Head head;
  std::memcpy(&head, at, sizeof(head));
  return head;
}

bool RecordMemory::MakeRoom(CustomerOrdinal customer, size_t bytes) {
  const size_t places =
      customer < places_.capacity() ? places_.capacity() : customer + customer / 8 + 16;
  const size_t more_places_bytes = (places - places_.capacity()) * sizeof(Place);
  while (this->bytes() + more_places_bytes + MoreRoomFor(bytes) > bytes_max_ ||
         slabs_.size() - free_slabs_.size() >= kSlabsMax) {
    if (!IsWorthCompacting(/*bytes_too_many=*/0)) return false;
    Compact();
  }
  places_.reserve(places);
  return true;
}

bool RecordMemory::IsInLastSlab(size_t bytes) const {
  return last_slab_ != kNoSlab && slabs_[last_slab_].used + InUnits(bytes) <= kSlabBytes;
}

size_t RecordMemory::MoreRoomFor(size_t bytes) const {
  if (!IsInLastSlab(bytes)) return SlabRoomFor(InUnits(bytes));
  const Slab& slab = slabs_[last_slab_];
  const size_t wanted = slab.used + InUnits(bytes);
  return wanted > slab.room ? SlabRoomFor(wanted) - slab.room : 0;
}

size_t RecordMemory::SlabRoomFor(size_t bytes) const {
  if (kept_bytes_ > kSlabBytes) return kSlabBytes;
  return std::min(UpTo(kRoomMin, bytes + bytes / 4), kSlabBytes);
}

void RecordMemory::Append(std::string_view packed) {
  const size_t more_room = MoreRoomFor(packed.size());
  if (!IsInLastSlab(packed.size())) {
    if (free_slabs_.empty()) {
      last_slab_ = slabs_.size();
      slabs_.emplace_back();
    } else {
      last_slab_ = free_slabs_.back();
      free_slabs_.pop_back();
    }
  }
  Slab& slab = slabs_[last_slab_];
  if (more_room > 0) {
    HugeBytes larger = NewHugeBytes(slab.room + more_room);
    std::copy_n(slab.bytes.get(), slab.used, larger.get());
    Erase(slab);
    slab.bytes = std::move(larger);
    slab.room += more_room;
    slab_bytes_ += more_room;
  }
  packed.copy(slab.bytes.get() + slab.used, packed.size());
  places_[HeadAt(packed.data()).customer] =
      static_cast<Place>(last_slab_ * kUnitsPerSlab + slab.used / kUnitBytes);
  const size_t bytes = InUnits(packed.size());
  slab.used += bytes;
  slab.kept += bytes;
  kept_bytes_ += bytes;
}

// Nothing of a customer stays in memory that others get.
void RecordMemory::Erase(Slab& slab) {
  if (slab.used > 0) explicit_bzero(slab.bytes.get(), slab.used);
}

void RecordMemory::Free(size_t slab) {
  lost_bytes_ -= slabs_[slab].used - slabs_[slab].kept;
  slab_bytes_ -= slabs_[slab].room;
  Erase(slabs_[slab]);
  slabs_[slab] = Slab();
  free_slabs_.push_back(slab);
  if (slab == last_slab_) last_slab_ = kNoSlab;
}

bool RecordMemory::IsWorthCompacting(size_t bytes_too_many) const {
  // For a few bytes all slabs would be moved.
  return lost_bytes_ > std::min(kWorthCompactingBytes, slab_bytes_ / 8) +
                           std::clamp(bytes_too_many, kept_bytes_ / 32, kept_bytes_ / 8);
}

void RecordMemory::Compact() {
  const auto emptiest =
      std::ranges::max_element(slabs_, {}, [](const Slab& slab) { return slab.used - slab.kept; });
  const auto number = static_cast<size_t>(emptiest - slabs_.begin());
  // It isn't moved into itself.
  if (number == last_slab_) last_slab_ = kNoSlab;
  // Its number isn't given to another one until it is empty.
  const char* const bytes = slabs_[number].bytes.get();
  const size_t used = slabs_[number].used;
  for (size_t at = 0; at < used;) {
    const Head head = HeadAt(bytes + at);
    const size_t packed_bytes = sizeof(head) + head.packed_bytes;
    if (head.customer != kNoOrdinal) {
      kept_bytes_ -= InUnits(packed_bytes);
      Append({bytes + at, packed_bytes});
    }
    at += InUnits(packed_bytes);
  }
  Free(number);
}

std::optional<std::string> RecordMemory::Find(CustomerOrdinal customer,
                                              const CustomerId& id) const {
  const Place place = PlaceOf(customer);
  if (place == kNowhere) return std::nullopt;
  const char* const packed = At(place);
  const Head head = HeadAt(packed);
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
  for (const CustomerOrdinal customer : customers) {
    if (customer < places_.size()) comptoir::Prefetch(&places_[customer]);
  }
  for (const CustomerOrdinal customer : customers) {
    const Place place = PlaceOf(customer);
    if (place == kNowhere) continue;
    for (size_t i = 0; i < kLines; ++i) comptoir::Prefetch(At(place) + i * kLineBytes);
  }
}

void RecordMemory::SetBytesMax(size_t bytes_max) {
  bytes_max_ = bytes_max;
  while (kept_end_ > 0 && bytes() > bytes_max_) {
    // What others have left goes before who is there.
    if (IsWorthCompacting(bytes() - bytes_max_)) {
      Compact();
    } else {
      Remove(static_cast<CustomerOrdinal>(--kept_end_));
    }
  }
  if (records_ == 0) places_ = HugeVector<Place>();
}

size_t RecordMemory::bytes() const { return slab_bytes_ + places_.capacity() * sizeof(Place); }

std::string RecordMemory::Pack(CustomerOrdinal customer, std::string_view plain) const {
  COMPTOIR_CHECK(plain.size() <= kPlainBytesMax);
  char bytes[kPlainBytesMax];
  const size_t packed_bytes =
      dictionary_->complete() ? dictionary_->Pack(plain, bytes, plain.size() - 1) : 0;
  const std::string_view kept = packed_bytes > 0 ? std::string_view(bytes, packed_bytes) : plain;
  const Head head = {.customer = customer,
                     .packed_bytes = static_cast<uint16_t>(kept.size()),
                     .plain_bytes = static_cast<uint16_t>(plain.size())};
  std::string packed(sizeof(head) + kept.size(), '\0');
  std::memcpy(packed.data(), &head, sizeof(head));
  kept.copy(packed.data() + sizeof(head), kept.size());
  return packed;
}

}  // namespace comptoir
