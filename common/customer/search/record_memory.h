// Records of customers in memory, packed: what pages of them are put together from, for each of
// which the files would have a block of its own to be found, read and unpacked.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_RECORD_MEMORY_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_RECORD_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "common/base/huge_pages.h"
#include "common/customer/requests/names.h"
#include "common/customer/search/known_customer.h"

namespace comptoir {

// Records have most of their bytes in common, so each is packed by LZ4 with a dictionary: the
// records that were put first. What can be had otherwise isn't kept: the customer's name, and the
// digest of the request, which nobody reads who reads only. A third of a record is left. The latest
// aren't packed while there is room: a pending customer's is soon replaced by HQ's, and while many
// come the processor has enough to do.
//
// Not thread-safe; const methods may be called by several threads at once. Stays where it is.
class RecordMemory {
 public:
  RecordMemory();
  ~RecordMemory();
  RecordMemory(const RecordMemory&) = delete;
  RecordMemory& operator=(const RecordMemory&) = delete;

  // Keeps a CustomerRecord as it is stored, in place of what is kept of this customer. Where it
  // isn't one of that customer, is very large, or would need more than there may be, nothing is
  // kept.
  void Put(CustomerOrdinal customer, const CustomerId& id, std::string_view record);
  void Remove(CustomerOrdinal customer);

  // Bytes in which LookInto() (see customer_bytes.h) finds what it finds in the record. Nothing if
  // none is kept.
  std::optional<std::string> Find(CustomerOrdinal customer, const CustomerId& id) const;
  // What Find() will read of them is fetched from memory meanwhile, all at once: it is nowhere near
  // each other, and each by itself would be waited for.
  void Prefetch(absl::Span<const CustomerOrdinal> customers) const;

  // Removes those that are too many for so many bytes().
  void SetBytesMax(size_t bytes_max);

  // What it occupies, about: with what those who are gone have left, and with room for others.
  size_t bytes() const;
  size_t size() const { return records_; }

 private:
  // Records lie one behind the other in slabs, head and record: each in an allocation of its own
  // would take a tenth more. Of those that are gone zeros are left.
  struct Head {
    CustomerOrdinal customer;  // kNoOrdinal: gone
    uint16_t kept_bytes;
    uint16_t plain_bytes;  // as many: it is not packed
  };
  // Records of a fresh slab are as they came.
  enum class Kind : bool { kFresh, kPacked };
  struct Slab {
    Kind kind = Kind::kPacked;
    HugeBytes bytes;
    size_t room = 0;
    size_t used = 0;
    size_t kept = 0;
  };
  // Where a record is in all slabs, in units; kNowhere: none is kept.
  using Place = uint32_t;
  static constexpr Place kNowhere = UINT32_MAX;
  static constexpr size_t kNoSlab = SIZE_MAX;

  // What is in all records, from those of a few customers. Complete once it is full.
  class Dictionary;

  Place PlaceOf(CustomerOrdinal customer) const {
    return customer < places_.size() ? places_[customer] : kNowhere;
  }
  char* At(Place place) const;
  static Head HeadAt(const char* at);
  static size_t BytesWith(const Head& head);
  // What is kept of a record: packed, with its head, or as it is where that is no less.
  struct Packed;
  Packed Pack(CustomerOrdinal customer, std::string_view plain) const;
  // How much of what is kept may be fresh: less, the less room there is.
  size_t FreshBytesMax() const;
  void PackWhatIsTooMuch();
  // Of the fresh slabs.
  void PackOldest();
  // For so many bytes more, and the customer's place; false if they would be too many.
  bool HasRoom(CustomerOrdinal customer, Kind kind, size_t bytes) const;
  // The same after what is gone has made room.
  bool MakeRoom(CustomerOrdinal customer, size_t bytes);
  size_t PlacesFor(CustomerOrdinal customer) const;
  size_t& LastSlab(Kind kind) { return kind == Kind::kFresh ? last_fresh_slab_ : last_slab_; }
  size_t LastSlab(Kind kind) const { return kind == Kind::kFresh ? last_fresh_slab_ : last_slab_; }
  bool IsInLastSlab(Kind kind, size_t bytes) const;
  // What Append() of so many bytes allocates.
  size_t MoreRoomFor(Kind kind, size_t bytes) const;
  // What a slab has that is to hold so much.
  size_t SlabRoomFor(Kind kind, size_t bytes) const;
  // REQUIRES: there is room.
  void Append(Kind kind, const Head& head, std::string_view kept);
  static void Erase(Slab& slab);
  void Free(size_t slab);
  bool IsWorthCompacting(size_t bytes_too_many) const;
  // Moves what is kept in the slab that has lost most. REQUIRES: something is lost.
  void Compact();
  // Takes the slab away, after `visit` was told of each record that is kept in it.
  void Clear(size_t slab, absl::FunctionRef<void(const Head&, std::string_view kept)> visit);

  std::unique_ptr<Dictionary> dictionary_;
  HugeVector<Place> places_;  // by ordinal
  std::vector<Slab> slabs_;
  std::vector<size_t> free_slabs_;
  // Where records are appended.
  size_t last_slab_ = kNoSlab;
  size_t last_fresh_slab_ = kNoSlab;
  // Oldest first.
  std::deque<size_t> fresh_slabs_;
  size_t fresh_slab_bytes_ = 0;
  // Of packed slabs: all, what is kept, and what records have taken that are gone.
  size_t packed_slab_bytes_ = 0;
  size_t kept_bytes_ = 0;
  size_t lost_bytes_ = 0;
  // Of those from here on none is kept.
  size_t kept_end_ = 0;
  size_t records_ = 0;
  size_t bytes_max_ = SIZE_MAX;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_RECORD_MEMORY_H_
