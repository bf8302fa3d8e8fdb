// What searches read in memory (see word_memory.h), as the database has it: read after each start,
// in steps, and kept up to date by every commit, so that a committed change is found by the next
// search (V7). While it is being read, and where the words would need too much memory, searches
// read the database; records are in memory as far as there is room.

#ifndef COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MEMORY_H_
#define COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/customer/requests/names.h"
#include "common/customer/search/known_customer.h"
#include "common/customer/search/search_changes.h"
#include "common/storage/committer.h"
#include "common/storage/database.h"

namespace comptoir {

class WordMemory;

struct SearchMemoryOptions {
  // Records have what the rest leaves. If that needs more, all is given up until the next start; 0:
  // not begun.
  size_t bytes_max = 384 << 20;
  // Rows that one step reads; nobody waits for a thread longer than for a step.
  size_t rows_per_step = 4096;
  // Changes that no search has asked for are taken in aside from so many bytes on; if there is no
  // time for that, by who commits, from as many as this on.
  size_t changes_bytes_aside = 128 << 10;
  size_t changes_bytes_max = 16 << 20;
};

// Thread-safe, but for Load().
class SearchMemory : public CommitObserver {
 public:
  enum class State : uint8_t { kLoading, kReady, kOff };

  // How it was after the last step, or the last changes.
  struct Figures {
    State state;
    size_t customers;
    size_t words;
    size_t records;
    size_t bytes;
  };

  // Borrows all.
  SearchMemory(const SearchMemoryOptions& options, const Clock& clock, Logger& logger);
  ~SearchMemory() override;

  // Begins to read the database, in steps that `run_aside` runs on any thread, one at a time;
  // false: not now, and the next search or commit asks again. Empty: all is read at once. Once,
  // before anybody commits through who tells this; borrows the database.
  void Load(const Database& database, std::function<bool(std::function<void()>)> run_aside);

  bool ready() const { return state_ == State::kReady; }
  // Who reads it waits for nothing: it is ready, has nearly all records and all changes, and
  // nothing was committed in the last kQuietAfter.
  bool quiet() const;
  static constexpr absl::Duration kQuietAfter = absl::Seconds(1);
  // Calls `read` with what is there after all commits that were answered before. False, and it
  // wasn't called, if the database is to be read.
  bool Read(absl::FunctionRef<void(const WordMemory&)> read);
  // The same without waiting for changes: false while some are taken in, and what was committed
  // since the last search may be missing. For who asks the database about what it finds.
  bool ReadAsItIs(absl::FunctionRef<void(const WordMemory&)> read);
  // Records as they were after all commits that were answered before, as readers see them (see
  // record_memory.h). Nothing for those that are to be read in the database. Never waits for
  // changes, either.
  std::vector<std::optional<std::string>> RecordsOf(absl::Span<const KnownCustomer> customers);
  std::optional<std::string> RecordOf(const CustomerId& customer);
  // The same of who has an account number, whatever its case, as the last search saw it: the record
  // says whether it still is so. Nobody where several have it, or changes are being taken in; the
  // database decides then.
  struct Numbered {
    CustomerId customer;
    std::optional<std::string> record;
  };
  std::optional<Numbered> FindNumbered(std::string_view account_number);

  void Committing(const Transaction& transaction) override;
  void Committed() override;

  Figures figures() const;

 private:
  enum class Work : uint8_t { kChanges, kChangesAndLoading };

  // RecordOf() somebody, of whom nobody takes in changes meanwhile.
  std::optional<std::string> RecordIn(const WordMemory& words, const KnownCustomer& customer) const;

  // Advances aside: by a step, and then by the next ones if it isn't loaded.
  void AdvanceLater();
  // Takes in the changes that wait, after a step of loading if there is something left to load.
  void Advance(Work work) ABSL_LOCKS_EXCLUDED(mutex_);

  // What is read next: rows of a table from `begin` on, all of which begin alike.
  struct Place {
    Table table;
    std::string begin;
  };

  absl::Status LoadRows() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the row is read later.
  bool IsAhead(Table table, std::string_view key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TakeIn(const SearchChangeList& changes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TakeIn(Table table, std::string_view key, std::optional<std::string_view> value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the customer of a row of an address's word, which was removed, still has the word in
  // an address.
  absl::StatusOr<bool> IsInAnAddress(std::string_view index_key) const;
  // Counts, and gives all up if that failed or it is too large.
  void Conclude(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How loading ended.
  void Tell(const absl::Status& status) const;

  // Constant after construction.
  const SearchMemoryOptions options_;
  const Clock& clock_;
  Logger& logger_;

  // Constant after Load().
  const Database* database_ = nullptr;
  std::function<bool(std::function<void()>)> run_aside_;
  absl::Time load_began_;

  SearchChanges changes_;

  SharedMutex mutex_;
  // Guarded by mutex_. Null if it is off. Until it is ready, rows before `loaded_to_` are in
  // memory: records come first.
  std::unique_ptr<WordMemory> words_ ABSL_GUARDED_BY(mutex_);
  Place loaded_to_ ABSL_GUARDED_BY(mutex_) = {};

  // When something was committed, since 1970.
  std::atomic<int64_t> last_commit_nanos_ = 0;

  // Changed by who holds mutex_ alone, read by everybody.
  std::atomic<State> state_ = State::kOff;
  std::atomic<size_t> customers_ = 0;
  std::atomic<size_t> word_count_ = 0;
  std::atomic<size_t> records_ = 0;
  std::atomic<size_t> bytes_ = 0;
  // Advances aside, or waits for a thread to do so.
  std::atomic<bool> advancing_ = false;
};

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_SEARCH_SEARCH_MEMORY_H_
