// What numbering plans say of the numbers that are mostly typed: digits alone, with no prefix that
// would have to be told from the number. A parse by libphonenumber takes some twenty regular
// expressions; these numbers need none. Whatever isn't such a number is the library's.

#ifndef COMPTOIR_COMMON_CUSTOMER_PHONE_PLANS_H_
#define COMPTOIR_COMMON_CUSTOMER_PHONE_PLANS_H_

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace comptoir {

// Constant after construction.
class PhonePlans {
 public:
  // The plans as the library has them; read once, which takes some milliseconds.
  static const PhonePlans& Instance();

  // The number in E.164, empty if it cannot be one of `country` (ISO 3166-1 alpha-2): what the
  // library would say. Nothing if it has to be asked.
  std::optional<std::string> E164(std::string_view typed, std::string_view country) const;

 private:
  // The plan of one country.
  struct Plan {
    std::string calling_code;
    // By the first three digits of a number: whether it begins with no prefix.
    std::bitset<1000> plain;
    // Bit n: a number of n digits is possible.
    uint32_t lengths = 0;
  };

  PhonePlans();

  absl::flat_hash_map<std::string, Plan> plans_;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_PHONE_PLANS_H_
