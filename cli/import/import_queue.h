#ifndef COMPTOIR_CLI_IMPORT_IMPORT_QUEUE_H_
#define COMPTOIR_CLI_IMPORT_IMPORT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/backoff.h"
#include "common/base/random.h"
#include "comptoir/customer/v1/customer_service.pb.h"

namespace comptoir::cli {

struct ImportQueueOptions {
  // Rows that are under way or wait to be tried again.
  size_t rows_max = 64;

  // Failures and no success for so long, and the import gives up.
  absl::Duration give_up_after = absl::Seconds(60);

  BackoffOptions backoff = {.initial = absl::Milliseconds(100), .max = absl::Seconds(5)};
};

// What to do about an answer to a create.
enum class Verdict {
  // The customer is committed.
  kDone,
  // Not now: the same create again, with the same id.
  kRetry,
  // Something is wrong with this row.
  kReject,
  // Something is wrong with every row: the import ends.
  kAbort,
};
Verdict Judge(const absl::Status& status);

// The rows of an import that aren't decided yet: which to send when, and when to give up. Pure:
// answers and time come in. Not thread-safe.
class ImportQueue {
 public:
  // `random` must outlive this object.
  ImportQueue(Random& random, ImportQueueOptions options) : random_(random), options_(options) {}

  bool HasRoom() const { return rows_.size() < options_.rows_max; }
  bool empty() const { return rows_.empty(); }

  // REQUIRES: HasRoom(), and `row` isn't in the queue.
  void Add(uint64_t row, customer::v1::CreateCustomerRequest request, absl::Time now);

  // Returns a row that is due, which is under way from now on; null if none is. Valid until it is
  // decided.
  struct Due {
    uint64_t row;
    const customer::v1::CreateCustomerRequest& request;
  };
  std::optional<Due> TakeDue(absl::Time now);

  // When the next row is due; the infinite future if all are under way.
  absl::Time NextDue() const;

  // Tells how a row that was under way was answered. Unless it is to be tried again, it leaves the
  // queue.
  Verdict Answered(uint64_t row, const absl::Status& status, absl::Time now);

  // Returns true iff nothing has succeeded for too long.
  bool ShouldGiveUp(absl::Time now) const;

  // The last answer that was to be tried again.
  const absl::Status& last_failure() const { return last_failure_; }

  uint64_t retries() const { return retries_; }

 private:
  struct Row {
    customer::v1::CreateCustomerRequest request;
    Backoff backoff;
  };

  // Constant after construction.
  Random& random_;
  const ImportQueueOptions options_;

  std::map<uint64_t, Row> rows_;
  // What waits, by time.
  std::set<std::pair<absl::Time, uint64_t>> due_;
  // The first failure since the last success.
  std::optional<absl::Time> fruitless_since_;
  absl::Status last_failure_;
  uint64_t retries_ = 0;
};

}  // namespace comptoir::cli

#endif  // COMPTOIR_CLI_IMPORT_IMPORT_QUEUE_H_
