#ifndef COMPTOIR_COMMON_BASE_STRONG_ID_H_
#define COMPTOIR_COMMON_BASE_STRONG_ID_H_

#include <compare>
#include <ostream>
#include <utility>

namespace comptoir {

// A value with a type of its own, so that two kinds of id cannot be swapped:
//
//     using Sequence = StrongId<struct SequenceTag, uint64_t>;
//
// Compares and hashes as its value. Default construction gives T{}.
template <class Tag, class T>
class StrongId {
 public:
  using ValueType = T;

  constexpr StrongId() = default;
  constexpr explicit StrongId(T value) : value_(std::move(value)) {}

  constexpr const T& value() const { return value_; }

  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
  friend constexpr bool operator==(const StrongId&, const StrongId&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const StrongId& id) {
    return H::combine(std::move(state), id.value_);
  }

  friend std::ostream& operator<<(std::ostream& out, const StrongId& id) {
    return out << id.value_;
  }

 private:
  T value_{};
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_STRONG_ID_H_
