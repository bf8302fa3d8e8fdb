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
// Smaller: all of its records are packed at once, while others wait.
constexpr size_t kFreshSlabBytes = 64 << 10;
// Some hundred thousand customers, so that a day's backlog may come home.
constexpr size_t kFreshBytesMax = 32 << 20;
constexpr size_t kUnitBytes = 4;
constexpr size_t kUnitsPerSlab = kSlabBytes / kUnitBytes;
// One number is left for what is moved together.
constexpr size_t kSlabsMax = (size_t{1} << 32) / kUnitsPerSlab - 1;
// So much may be lost, and an eighth of what is kept.
constexpr size_t kLostBytesMin = 16 << 10;
// Of less, slabs would be moved for a few records each.
constexpr size_t kWorthCompactingBytes = 32 << 10;

size_t UpTo(size_t multiple, size_t bytes) { return (bytes + multiple - 1) / multiple * multiple; }

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

struct RecordMemory::Packed {
  Head head;
  std::string bytes;
};

void RecordMemory::Put(CustomerOrdinal customer, const CustomerId& id, std::string_view record) {
  Remove(customer);
  const std::optional<std::string> plain = PlainOf(record, id);
  if (!plain.has_value() || plain->size() > kPlainBytesMax) return;
  const auto plain_bytes = static_cast<uint16_t>(plain->size());
  const Head head = {.customer = customer, .kept_bytes = plain_bytes, .plain_bytes = plain_bytes};
  if (HasRoom(customer, Kind::kFresh, BytesWith(head))) {
    Append(Kind::kFresh, head, *plain);
  } else {
    const Packed packed = Pack(customer, *plain);
    if (!MakeRoom(customer, BytesWith(packed.head))) return;
    Append(Kind::kPacked, packed.head, packed.bytes);
  }
  ++records_;
  kept_end_ = std::max<size_t>(kept_end_, customer + 1);
  dictionary_->Learn(*plain);
  PackWhatIsTooMuch();
}

void RecordMemory::Remove(CustomerOrdinal customer) {
  const Place place = PlaceOf(customer);
  if (place == kNowhere) return;
  places_[customer] = kNowhere;
  char* const at = At(place);
  Head head = HeadAt(at);
  const size_t bytes = BytesWith(head);
  std::memset(at + sizeof(head), 0, bytes - sizeof(head));
  head.customer = kNoOrdinal;
  std::memcpy(at, &head, sizeof(head));
  const size_t number = place / kUnitsPerSlab;
  Slab& slab = slabs_[number];
  slab.kept -= bytes;
  if (slab.kind == Kind::kPacked) {
    kept_bytes_ -= bytes;
    lost_bytes_ += bytes;
  }
  if (slab.kept == 0) Free(number);
  while (lost_bytes_ > kLostBytesMin + kept_bytes_ / 8) Compact();
  // Nothing of a customer stays once all are gone.
  if (--records_ == 0) dictionary_ = std::make_unique<Dictionary>();
}

char* RecordMemory::At(Place place) const {
  return slabs_[place / kUnitsPerSlab].bytes.get() + place % kUnitsPerSlab * kUnitBytes;
}

RecordMemory::Head RecordMemory::HeadAt(const char* at) {
  Head head;
  std::memcpy(&head, at, sizeof(head));
  return head;
}

size_t RecordMemory::BytesWith(const Head& head) {
  return UpTo(kUnitBytes, sizeof(head) + head.kept_bytes);
}

size_t RecordMemory::FreshBytesMax() const {
  return bytes() < bytes_max_ ? std::min(kFreshBytesMax, (bytes_max_ - bytes()) / 8) : 0;
}

void RecordMemory::PackWhatIsTooMuch() {
  while (!fresh_slabs_.empty() && fresh_slab_bytes_ > FreshBytesMax()) {
    // Before it is away there is as much again of it.
    const size_t kept = slabs_[fresh_slabs_.front()].kept;
    if (bytes() + MoreRoomFor(Kind::kPacked, kept) > bytes_max_) return;
    PackOldest();
  }
}

void RecordMemory::PackOldest() {
  Clear(fresh_slabs_.front(), [this](const Head& head, std::string_view plain) {
    const Packed packed = Pack(head.customer, plain);
    Append(Kind::kPacked, packed.head, packed.bytes);
  });
}

bool RecordMemory::HasRoom(CustomerOrdinal customer, Kind kind, size_t bytes) const {
  const size_t more_places_bytes = (PlacesFor(customer) - places_.capacity()) * sizeof(Place);
  return this->bytes() + more_places_bytes + MoreRoomFor(kind, bytes) <= bytes_max_ &&
         slabs_.size() - free_slabs_.size() < kSlabsMax;
}

bool RecordMemory::MakeRoom(CustomerOrdinal customer, size_t bytes) {
  while (!HasRoom(customer, Kind::kPacked, bytes)) {
    if (!IsWorthCompacting(/*bytes_too_many=*/0)) return false;
    Compact();
  }
  return true;
}

size_t RecordMemory::PlacesFor(CustomerOrdinal customer) const {
  return customer < places_.capacity() ? places_.capacity() : customer + customer / 8 + 16;
}

bool RecordMemory::IsInLastSlab(Kind kind, size_t bytes) const {
  const size_t last = LastSlab(kind);
  const size_t room_max = kind == Kind::kFresh ? kFreshSlabBytes : kSlabBytes;
  return last != kNoSlab && slabs_[last].used + bytes <= room_max;
}

size_t RecordMemory::MoreRoomFor(Kind kind, size_t bytes) const {
  if (!IsInLastSlab(kind, bytes)) return SlabRoomFor(kind, bytes);
  const Slab& slab = slabs_[LastSlab(kind)];
  const size_t wanted = slab.used + bytes;
  return wanted > slab.room ? SlabRoomFor(kind, wanted) - slab.room : 0;
}

size_t RecordMemory::SlabRoomFor(Kind kind, size_t bytes) const {
  const bool is_fresh = kind == Kind::kFresh;
  const size_t room_max = is_fresh ? kFreshSlabBytes : kSlabBytes;
  if ((is_fresh ? fresh_slab_bytes_ : kept_bytes_) > room_max) return room_max;
  return std::min(UpTo(kRoomMin, bytes + bytes / 4), room_max);
}

void RecordMemory::Append(Kind kind, const Head& head, std::string_view kept) {
  const size_t bytes = BytesWith(head);
  const size_t more_room = MoreRoomFor(kind, bytes);
  size_t& last = LastSlab(kind);
  if (!IsInLastSlab(kind, bytes)) {
    if (free_slabs_.empty()) {
      last = slabs_.size();
      slabs_.emplace_back();
    } else {
      last = free_slabs_.back();
      free_slabs_.pop_back();
    }
    slabs_[last].kind = kind;
    if (kind == Kind::kFresh) fresh_slabs_.push_back(last);
  }
  Slab& slab = slabs_[last];
  if (more_room > 0) {
    HugeBytes larger = NewHugeBytes(slab.room + more_room);
    std::copy_n(slab.bytes.get(), slab.used, larger.get());
    Erase(slab);
    slab.bytes = std::move(larger);
    slab.room += more_room;
    (kind == Kind::kFresh ? fresh_slab_bytes_ : packed_slab_bytes_) += more_room;
  }
  char* const at = slab.bytes.get() + slab.used;
  std::memcpy(at, &head, sizeof(head));
  kept.copy(at + sizeof(head), kept.size());
  if (head.customer >= places_.size()) {
    places_.reserve(PlacesFor(head.customer));
    places_.resize(head.customer + 1, kNowhere);
  }
  places_[head.customer] = static_cast<Place>(last * kUnitsPerSlab + slab.used / kUnitBytes);
  slab.used += bytes;
  slab.kept += bytes;
  if (kind == Kind::kPacked) kept_bytes_ += bytes;
}

// Nothing of a customer stays in memory that others get.
void RecordMemory::Erase(Slab& slab) {
  if (slab.used > 0) explicit_bzero(slab.bytes.get(), slab.used);
}

void RecordMemory::Free(size_t number) {
  Slab& slab = slabs_[number];
  if (slab.kind == Kind::kFresh) {
    fresh_slab_bytes_ -= slab.room;
    std::erase(fresh_slabs_, number);
  } else {
    packed_slab_bytes_ -= slab.room;
    lost_bytes_ -= slab.used - slab.kept;
  }
  if (number == LastSlab(slab.kind)) LastSlab(slab.kind) = kNoSlab;
  Erase(slab);
  slab = Slab();
  free_slabs_.push_back(number);
}

bool RecordMemory::IsWorthCompacting(size_t bytes_too_many) const {
  // For a few bytes all slabs would be moved.
  return lost_bytes_ > std::min(kWorthCompactingBytes, packed_slab_bytes_ / 8) +
                           std::clamp(bytes_too_many, kept_bytes_ / 32, kept_bytes_ / 8);
}

void RecordMemory::Compact() {
  const auto emptiest = std::ranges::max_element(slabs_, {}, [](const Slab& slab) {
    return slab.kind == Kind::kPacked ? slab.used - slab.kept : 0;
  });
  Clear(static_cast<size_t>(emptiest - slabs_.begin()),
        [this](const Head& head, std::string_view kept) {
          kept_bytes_ -= BytesWith(head);
          Append(Kind::kPacked, head, kept);
        });
}

void RecordMemory::Clear(size_t number,
                         absl::FunctionRef<void(const Head&, std::string_view kept)> visit) {
  // Nothing is moved into itself.
  if (size_t& last = LastSlab(slabs_[number].kind); last == number) last = kNoSlab;
  // Its number isn't given to another one until it is empty.
  const char* const bytes = slabs_[number].bytes.get();
  const size_t used = slabs_[number].used;
  for (size_t at = 0; at < used;) {
    const Head head = HeadAt(bytes + at);
    if (head.customer != kNoOrdinal) visit(head, {bytes + at + sizeof(head), head.kept_bytes});
    at += BytesWith(head);
  }
  Free(number);
}

std::optional<std::string> RecordMemory::Find(CustomerOrdinal customer,
                                              const CustomerId& id) const {
  const Place place = PlaceOf(customer);
  if (place == kNowhere) return std::nullopt;
  const char* const at = At(place);
  const Head head = HeadAt(at);
  const std::string_view kept(at + sizeof(head), head.kept_bytes);
  if (head.kept_bytes == head.plain_bytes) return RecordOf(kept, id);
  char plain[kPlainBytesMax];
  dictionary_->Unpack(kept, plain, head.plain_bytes);
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
  PackWhatIsTooMuch();
  while (kept_end_ > 0 && bytes() > bytes_max_) {
    // What others have left goes before who is there.
    if (!fresh_slabs_.empty()) {
      PackOldest();
    } else if (IsWorthCompacting(bytes() - bytes_max_)) {
      Compact();
    } else {
      Remove(static_cast<CustomerOrdinal>(--kept_end_));
    }
  }
  if (records_ == 0) places_ = HugeVector<Place>();
}

size_t RecordMemory::bytes() const {
  return fresh_slab_bytes_ + packed_slab_bytes_ + places_.capacity() * sizeof(Place);
}

RecordMemory::Packed RecordMemory::Pack(CustomerOrdinal customer, std::string_view plain) const {
  COMPTOIR_CHECK(plain.size() <= kPlainBytesMax);
  std::string bytes(plain.size(), '\0');
  const size_t packed_bytes =
      dictionary_->complete() ? dictionary_->Pack(plain, bytes.data(), plain.size() - 1) : 0;
  if (packed_bytes > 0) {
    bytes.resize(packed_bytes);
  } else {
    bytes = plain;
  }
  return {.head = {.customer = customer,
                   .kept_bytes = static_cast<uint16_t>(bytes.size()),
                   .plain_bytes = static_cast<uint16_t>(plain.size())},
          .bytes = std::move(bytes)};
}

}  // namespace comptoir
