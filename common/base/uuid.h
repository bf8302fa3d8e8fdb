#ifndef COMPTOIR_COMMON_BASE_UUID_H_
#define COMPTOIR_COMMON_BASE_UUID_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace comptoir {

// A UUID (RFC 4122): the identity of customers, addresses and requests. A value; default
// construction gives the nil UUID. Random ones come from NewUuid() in random.h.
class Uuid {
 public:
  static constexpr size_t kBytes = 16;

  Uuid() = default;

  // Reads the canonical text of 36 characters, in upper or lower case; braces, blanks and other
  // forms are refused with InvalidArgument. The nil UUID is accepted: callers which mean
  // "something" check is_nil().
  static absl::StatusOr<Uuid> Parse(std::string_view text);

  // Takes the 16 bytes that bytes() gave. REQUIRES: bytes.size() == 16.
  static Uuid FromBytes(std::string_view bytes);

  // Returns the UUID of version 5 of `name` in `name_space`: always the same for the same two.
  static Uuid NameBased(const Uuid& name_space, std::string_view name);

  // Returns the canonical text in lower case.
  std::string ToString() const;

  // The 16 bytes in network order, which sort like the texts. Valid as long as this object.
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

  bool is_nil() const { return *this == Uuid(); }

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  friend bool operator==(const Uuid&, const Uuid&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const Uuid& uuid) {
    return H::combine_contiguous(std::move(state), uuid.bytes_.data(), uuid.bytes_.size());
  }

  friend std::ostream& operator<<(std::ostream& out, const Uuid& uuid) {
    return out << uuid.ToString();
  }

 private:
  std::array<uint8_t, kBytes> bytes_{};
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_UUID_H_
