// The view of a customer as bytes, put together from the bytes of its record: what is read most is
// neither parsed nor made into bytes again.

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_BYTES_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_BYTES_H_

#include <optional>
#include <string>
#include <string_view>

namespace comptoir {

// CustomerView(), in bytes that parse to it, of a CustomerRecord as it is stored. Nothing for a
// view that takes more than the record: one that isn't as HQ has it, shows the phone of an address,
// or holds affiliations, which a store may have to hide.
std::optional<std::string> CustomerViewBytes(std::string_view record);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_CUSTOMER_BYTES_H_
