#ifndef COMPTOIR_CLI_IMPORT_DUPLICATES_H_
#define COMPTOIR_CLI_IMPORT_DUPLICATES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir::cli {

// What two records of one person are likely to have in common. `kind` is "email", "phone" or
// "name"; the value is folded.
struct PersonKey {
  std::string kind;
  std::string value;

  friend bool operator==(const PersonKey&, const PersonKey&) = default;
};

// Of a customer as a service answers it, with its addresses: each e-mail and phone in normalised
// form, the name with a postal code.
std::vector<PersonKey> PersonKeys(const customer::v1::Customer& customer);

// Words of a name in any order, without case and accents.
std::string FoldedName(std::string_view name);

// What a service is asked, and what in its answers makes somebody a likely duplicate.
customer::v1::SearchCustomersRequest SearchFor(const PersonKey& key, std::string_view channel);
bool LooksLike(const PersonKey& key, const customer::v1::Customer& found);

// The rows of one file, as they are created. Memory: 24 bytes a key. Not thread-safe.
class DuplicateRows {
 public:
  struct Duplicate {
    std::string kind;
    // The first row that looked so.
    uint64_t row;
  };

  // Returns which rows before have something in common with this one, each by the first thing.
  std::vector<Duplicate> Add(uint64_t row, const std::vector<PersonKey>& keys);

 private:
  // By a digest of kind and value.
  absl::flat_hash_map<Uuid, uint64_t> rows_;
};

// Returns the lines of a file of duplicates: row, what it has in common, the row, or the customer
// with its account number, that it looks like.
std::string DuplicatesHeader();
std::string DuplicateRowLine(uint64_t row, const DuplicateRows::Duplicate& duplicate);
std::string DuplicateCustomerLine(uint64_t row, std::string_view kind,
                                  const customer::v1::Customer& customer);

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_DUPLICATES_H_
