// A database and the ways to break it, so that one suite holds every implementation to the
// contract.

#ifndef COMPTOIR_TESTS_CONFORMANCE_DATABASE_HARNESS_H_
#define COMPTOIR_TESTS_CONFORMANCE_DATABASE_HARNESS_H_

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "common/storage/database.h"

namespace comptoir {

class DatabaseHarness {
 public:
  virtual ~DatabaseHarness() = default;

  // Opens the database, new at the first call. REQUIRES: it isn't open.
  virtual absl::Status Open() = 0;
  // As a process that ends does it. Open again afterwards.
  virtual void Close() = 0;
  // REQUIRES: it is open.
  virtual Database& database() = 0;

  // What was not synced is gone, and the database closed. Open again afterwards.
  virtual void LosePower() = 0;

  // Power is lost when the n-th operation from now on begins: it and all later ones fail. LosePower
  // and Open afterwards.
  virtual void LosePowerAt(uint64_t n) = 0;
  // Only the n-th operation from now on fails.
  virtual void FailOperation(uint64_t n) = 0;
  virtual uint64_t operations() const = 0;

  virtual void set_free_bytes(uint64_t bytes) = 0;
  // A planted bug: commits that say they are durable and aren't.
  virtual void set_sync_forgotten(bool forgotten) = 0;

  // True if these bytes are anywhere in what the database keeps, also where no read finds them.
  virtual bool Keeps(const std::string& bytes) = 0;

  // Commits; use this instead of Database::Commit, for the planted bug's sake.
  virtual absl::Status Commit(Transaction& transaction) = 0;
};

std::unique_ptr<DatabaseHarness> NewMemoryHarness();
std::unique_ptr<DatabaseHarness> NewRocksHarness();

// What the suites are instantiated with.
struct HarnessParam {
  std::string name;
  std::unique_ptr<DatabaseHarness> (*make)();

  friend std::ostream& operator<<(std::ostream& out, const HarnessParam& param) {
    return out << param.name;
  }
};

inline const HarnessParam kAllHarnesses[] = {{"Memory", NewMemoryHarness},
                                             {"Rocks", NewRocksHarness}};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_CONFORMANCE_DATABASE_HARNESS_H_
