// Records of customers in memory, packed: what pages of them are put together from, for each of
// which the files would have a block of its own to be found, read and unpacked.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_RECORD_MEMORY_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_RECORD_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "common/base/huge_pages.h"
#include "common/customer/requests/names.h"
#include "common/customer/search/known_customer.h"

namespace comptoir {

// Records have most of their bytes in common, so each is packed by LZ4 with a dictionary: the
// records that were put first. What can be had otherwise isn't kept: the customer's name, and the
// digest of the request, which nobody reads who reads only. A third of a record is left.
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
  // Records lie one behind the other in slabs, head and what is packed: each in an allocation of
  // its own would take a tenth more. Of those that are gone zeros are left.
  struct Head {
    CustomerOrdinal customer;  // kNoOrdinal: gone
    uint16_t packed_bytes;
    uint16_t plain_bytes;  // as many: it is not packed
  };
  struct Slab {
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
  // Head, and the record packed.
  std::string Pack(CustomerOrdinal customer, std::string_view plain) const;
  // Before so many bytes are appended; false if they would be too many.
  bool MakeRoom(CustomerOrdinal customer, size_t bytes);
  bool IsInLastSlab(size_t bytes) const;
  // What Append() of so many bytes allocates.
  size_t MoreRoomFor(size_t bytes) const;
  // What a slab has that is to hold so much.
  size_t SlabRoomFor(size_t bytes) const;
  // REQUIRES: there is room.
  void Append(std::string_view packed);
  static void Erase(Slab& slab);
  void Free(size_t slab);
  bool IsWorthCompacting(size_t bytes_too_many) const;
  // Moves what is kept in the slab that has lost most. REQUIRES: something is lost.
  void Compact();

  std::unique_ptr<Dictionary> dictionary_;
  HugeVector<Place> places_;  // by ordinal
  std::vector<Slab> slabs_;
  std::vector<size_t> free_slabs_;
  // Where records are appended.
  size_t last_slab_ = kNoSlab;
  size_t slab_bytes_ = 0;
  // Of slabs, taken by records that are gone.
  size_t lost_bytes_ = 0;
  // Of those from here on none is kept.
  size_t kept_end_ = 0;
  size_t records_ = 0;
  size_t kept_bytes_ = 0;
  size_t bytes_max_ = SIZE_MAX;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_RECORD_MEMORY_H_
