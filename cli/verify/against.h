#ifndef COMPTOIR_CLI_VERIFY_AGAINST_H_
#define COMPTOIR_CLI_VERIFY_AGAINST_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "cli/import/row_mapping.h"
#include "cli/import/row_source.h"
#include "cli/verify/holdings.h"
#include "common/base/uuid.h"
#include "comptoir/customer/v1/customer.pb.h"

namespace comptoir::cli {

// More rows would not fit in memory everywhere: about 300 bytes each.
inline constexpr size_t kAgainstRowsMax = 5'000'000;

// A cell that a service shows otherwise than the file.
struct ChangedCell {
  uint64_t row;
  // Empty if the whole address is missing.
  std::string column;
  // Index of the service.
  size_t service;

  friend bool operator==(const ChangedCell&, const ChangedCell&) = default;
};

struct AgainstReport {
  // Rows of the file; of these, such as no import can send.
  uint64_t rows = 0;
  uint64_t invalid = 0;

  // The others: HQ has the customer; with an account number; else a channel service has it pending;
  // no service has it.
  uint64_t created = 0;
  uint64_t synced = 0;
  uint64_t pending = 0;
  uint64_t lost = 0;

  // Rows that a service doesn't have and is to have, per service.
  std::vector<uint64_t> missing;

  // At HQ: customers who are no row's; of these, such as look like a row's customer; different
  // account numbers, and how many of them more than one customer has.
  uint64_t others = 0;
  uint64_t lookalikes = 0;
  uint64_t account_numbers = 0;
  uint64_t account_numbers_twice = 0;

  // One row became more than one customer, or one number two customers'.
  uint64_t duplicates() const { return lookalikes + account_numbers_twice; }

  // How many cells differ, over all services; some of them.
  uint64_t changed = 0;
  std::vector<ChangedCell> changed_cells;

  bool AsTheFile() const;
};

// Compares what services hold with the file it was imported from. Service 0 is HQ. Customers are
// visited in any order, all before the addresses. Not thread-safe.
class AgainstFile {
 public:
  // `mapping` must outlive this object. Keeps at most `changed_max` changed cells; counts all.
  AgainstFile(const RowMapping& mapping, size_t services, size_t changed_max);

  // Adds a row. Fails beyond kAgainstRowsMax.
  absl::Status Add(const SourceRow& row);

  // `at`: the services that are to have it.
  void Visit(const std::string& name, const std::vector<const customer::v1::Customer*>& records,
             const Services& at);
  void Visit(const std::string& name, const std::vector<const customer::v1::Address*>& records);

  // Ends the comparison. Call once.
  AgainstReport Finish();

 private:
  struct Row {
    uint64_t number;
    // The customer as sent, serialized.
    std::string expected;
    bool has_address;
    // Where it is, and where it isn't to be.
    Services customer_at;
    Services address_at;
    Services not_at;
    bool synced = false;
    bool pending = false;
  };

  // A field and the column it comes from.
  struct Field {
    FieldPath path;
    std::string column;
  };

  void CompareCells(const Row& row, const std::vector<Field>& fields,
                    const customer::v1::Customer& expected, const customer::v1::Customer& actual,
                    size_t service);
  void AddChanged(ChangedCell cell);
  std::string Fingerprint(const customer::v1::Customer& customer) const;
  void CountAtHq(const customer::v1::Customer& customer, bool is_row);

  // Constant after construction.
  const size_t services_;
  const size_t changed_max_;
  std::vector<Field> customer_fields_;
  std::vector<Field> address_fields_;

  absl::flat_hash_map<Uuid, Row> rows_;
  absl::flat_hash_set<std::string> fingerprints_;
  absl::flat_hash_set<std::string> account_numbers_;
  absl::flat_hash_set<std::string> account_numbers_twice_;
  AgainstReport report_;
};

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_VERIFY_AGAINST_H_
