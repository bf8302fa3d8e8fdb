// What HQ wants to know of customers: values of attributes, against their definitions. (C9)

#ifndef COMPTOIR_COMMON_CUSTOMER_RULES_ATTRIBUTES_H_
#define COMPTOIR_COMMON_CUSTOMER_RULES_ATTRIBUTES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/customer/configuration.h"
#include "common/customer/rules/validate.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/hq/v1/configuration.pb.h"

namespace comptoir {

// A decimal number as two integers: its value times 10^9 fits no 64 bits, so it stays in two parts.
struct Decimal {
  int64_t whole = 0;
  int64_t billionths = 0;
  friend auto operator<=>(const Decimal&, const Decimal&) = default;
};

// "-12.5", of at most 18 digits before the point; `places_max` 0: an integer.
std::optional<Decimal> ParseDecimal(std::string_view text, size_t places_max);

// How many digits numbers of the kind have after the point; nullopt of what is no number.
std::optional<size_t> PlacesMax(hq::v1::AttributeValueKind kind);

// Whether text stands for a value of the type: of its kind, in its list, in its range.
bool IsValueOf(const hq::v1::AttributeType& type, std::string_view value);

// What customers hold already may stay, whatever became of its definition; anything else must be a
// value of an attribute in use. An empty value says that there is none.
void CheckAttributes(const customer::v1::Customer& customer, const customer::v1::Customer& current,
                     const ChannelConfiguration& channel, FieldCheck& check);

// Gives a new customer the defaults where it says nothing, and returns the ids of those.
std::vector<std::string> AddDefaultAttributes(customer::v1::Customer& customer,
                                              const ChannelConfiguration& channel);

// Empty values have said what they had to say.
void RemoveEmptyAttributes(customer::v1::Customer& customer);

// The attributes in use, in the order of their group.
std::vector<customer::v1::FormAttribute> FormAttributes(const ChannelConfiguration& channel,
                                                        std::string_view language);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RULES_ATTRIBUTES_H_
