#ifndef COMPTOIR_CLI_RESOURCE_NAMES_H_
#define COMPTOIR_CLI_RESOURCE_NAMES_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/base/uuid.h"

namespace comptoir::cli {

// Returns the resource name of what a person wrote: a resource name, a UUID, or an account number.
std::string CustomerNameOf(std::string_view text);

// Returns the name whose addresses are listed: as above, and "-" for those of all customers.
std::string AddressParentOf(std::string_view text);

// Returns "channels/001" of "001"; what already has a '/' stays.
std::string NameIn(std::string_view collection, std::string_view id);

// Returns the customer's id in the name of a customer or of one of its addresses.
std::optional<Uuid> CustomerIdOf(std::string_view name);

// Returns what comes after the last '/'.
std::string IdOf(std::string_view name);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_RESOURCE_NAMES_H_
