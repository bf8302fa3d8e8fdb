// What numbering plans say of the numbers that are mostly typed: digits alone as they are dialled
// within a country, with its trunk prefix or without, or behind a plus and a calling code. A parse
// by libphonenumber takes some twenty regular expressions; these numbers need none, for what they
// would say follows from the first digits. Whatever isn't such a number is the library's.

#ifndef COMPTOIR_COMMON_CUSTOMER_PHONE_PLANS_H_
#define COMPTOIR_COMMON_CUSTOMER_PHONE_PLANS_H_

#include <array>
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
  // By the first three digits of a number.
  static constexpr size_t kLeads = 1000;

  // Bit n: numbers of n digits; no number has 32.
  struct Lengths {
    uint32_t possible = 0;
    // Some of the possible ones, and others: they can be dialled within an area alone.
    uint32_t local = 0;

    bool Has(size_t digits) const { return ((possible & ~local) >> digits & 1) != 0; }
    bool HasOrIsLocal(size_t digits) const { return ((possible | local) >> digits & 1) != 0; }
    bool AreShorterThan(size_t digits) const {
      return possible >> digits == 0 && (local >> digits & 1) == 0;
    }
  };

  // The plan of one country.
  struct Plan {
    std::string calling_code;
    // Whether a number that is dialled within the country begins with no prefix that leads out of
    // it.
    std::bitset<kLeads> domestic;
    // How many digits of a number are a trunk prefix, which isn't part of it; kUnknown: the library
    // knows.
    std::array<int8_t, kLeads> trunk_digits;
    Lengths own_lengths;
    // Of all countries of the calling code.
    Lengths lengths;
  };
  static constexpr int8_t kUnknown = -1;

  PhonePlans();

  // The plan of an international number, whose calling code is taken off it; null if there is none.
  const Plan* PlanAbroad(std::string_view& digits) const;
  // The same of a number that is dialled within a country: its plan, or, if the number begins with
  // the calling code all the same, that of the code; null if the library knows.
  const Plan* PlanAtHome(std::string_view& digits, std::string_view country) const;

  absl::flat_hash_map<std::string, Plan> plans_;
  // Of the main country of each calling code.
  std::array<const Plan*, 1000> plans_by_code_ = {};
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_PHONE_PLANS_H_
