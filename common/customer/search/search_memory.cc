#include "common/customer/search/search_memory.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/base/uuid.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/word_memory.h"
#include "common/storage/read_once.h"
#include "common/storage/record_io.h"

namespace comptoir {
namespace {

// Where rows of a tag are.
std::string BeginOf(IndexTag tag) { return {static_cast<char>(tag)}; }

// Where records of customers are.
std::string BeginOfRecords() { return CustomerRecordKey(CustomerId()).substr(0, 1); }

}  // namespace

SearchMemory::SearchMemory(const SearchMemoryOptions& options, const Clock& clock, Logger& logger)
    : options_(options), clock_(clock), logger_(logger) {
  COMPTOIR_CHECK(options_.rows_per_step > 0);
}

SearchMemory::~SearchMemory() = default;

void SearchMemory::Load(const Database& database,
                        std::function<bool(std::function<void()>)> run_aside) {
  if (options_.bytes_max == 0) return;
  database_ = &database;
  run_aside_ = std::move(run_aside);
  load_began_ = clock_.Now();
  {
    ExclusiveLock lock(mutex_);
    words_ = std::make_unique<WordMemory>();
    // In the order of their ids, in which rows of the index have them, too.
    loaded_to_ = {.table = Table::kRecords, .begin = BeginOfRecords()};
    state_ = State::kLoading;
  }
  AdvanceLater();
}

bool SearchMemory::quiet() const {
  // Of a page one record more or less may be read elsewhere.
  const bool has_records = records_ + records_ / 16 >= customers_;
  return ready() && has_records && changes_.empty() &&
         clock_.Now() - absl::FromUnixNanos(last_commit_nanos_) >= kQuietAfter;
}

bool SearchMemory::Read(absl::FunctionRef<void(const WordMemory&)> read) {
  const State state = state_;
  // No thread may have been free when it was to go on.
  if (state == State::kLoading) AdvanceLater();
  if (state != State::kReady) return false;
  // Whoever has taken the changes holds the mutex until they are in.
  if (!changes_.empty()) Advance(Work::kChanges);
  SharedLock lock(mutex_);
  if (words_ == nullptr) return false;
  read(*words_);
  return true;
}

bool SearchMemory::ReadAsItIs(absl::FunctionRef<void(const WordMemory&)> read) {
  if (state_ != State::kReady) return false;
  if (!mutex_.TryLockShared()) return false;
  const bool is_there = words_ != nullptr;
  if (is_there) read(*words_);
  mutex_.UnlockShared();
  return is_there;
}

std::vector<std::optional<std::string>> SearchMemory::RecordsOf(
    absl::Span<const KnownCustomer> customers) {
  std::vector<std::optional<std::string>> records(customers.size());
  ReadAsItIs([&](const WordMemory& words) {
    // Nobody takes changes while this is read, so none slips between the two.
    records = words.RecordsOf(customers);
    changes_.RemoveOutdated(customers, absl::MakeSpan(records));
  });
  return records;
}

std::optional<std::string> SearchMemory::RecordOf(const CustomerId& customer) {
  std::optional<std::string> record;
  ReadAsItIs([&](const WordMemory& words) { record = RecordIn(words, {.id = customer}); });
  return record;
}

std::optional<SearchMemory::Numbered> SearchMemory::FindNumbered(std::string_view account_number) {
  std::optional<Numbered> found;
  ReadAsItIs([&](const WordMemory& words) {
    const std::vector<KnownCustomer> customers = words.CustomersNumbered(account_number);
    if (customers.size() != 1) return;
    found = {.customer = customers.front().id, .record = RecordIn(words, customers.front())};
  });
  return found;
}

std::optional<std::string> SearchMemory::RecordIn(const WordMemory& words,
                                                  const KnownCustomer& customer) const {
  std::optional<std::string> record = words.RecordOf(customer);
  changes_.RemoveOutdated({&customer, 1}, {&record, 1});
  return record;
}

void SearchMemory::Committing(const Transaction& transaction) {
  if (state_ != State::kOff) changes_.Committing(transaction);
}

void SearchMemory::Committed() {
  last_commit_nanos_ = absl::ToUnixNanos(clock_.Now());
  if (state_ == State::kOff) return changes_.Clear();
  const SearchChanges::Waiting waiting = changes_.Committed();
  if (waiting.bytes >= options_.changes_bytes_max) {
    Advance(Work::kChanges);
  } else if (waiting.bytes >= options_.changes_bytes_aside || waiting.has_removed_records) {
    // Who is gone, perhaps because nothing of him may be held any more, doesn't stay for a search.
    AdvanceLater();
  }
}

SearchMemory::Figures SearchMemory::figures() const {
  return {.state = state_,
          .customers = customers_,
          .words = word_count_,
          .records = records_,
          .bytes = bytes_};
}

void SearchMemory::AdvanceLater() {
  if (advancing_.exchange(true)) return;
  if (run_aside_ == nullptr) {
    do {
      Advance(Work::kChangesAndLoading);
    } while (state_ == State::kLoading);
    advancing_ = false;
    return;
  }
  const bool taken = run_aside_([this] {
    Advance(Work::kChangesAndLoading);
    advancing_ = false;
    if (state_ == State::kLoading) AdvanceLater();
  });
  if (!taken) advancing_ = false;
}

void SearchMemory::Advance(Work work) {
  absl::Status status;
  bool has_ended = false;
  {
    ExclusiveLock lock(mutex_);
    if (words_ == nullptr) return;
    const State before = state_;
    if (before == State::kLoading && work == Work::kChangesAndLoading) status = LoadRows();
    // Changes of rows that are read later are passed over: they are read as they are then.
    if (status.ok()) status = TakeIn(changes_.Take());
    Conclude(status);
    has_ended = state_ != before;
  }
  if (has_ended) Tell(status);
}

absl::Status SearchMemory::LoadRows() {
  // Of the last commit, not of one snapshot for all steps: that would keep what is overwritten.
  const Table table = loaded_to_.table;
  KeyRange range = PrefixRange(loaded_to_.begin.substr(0, 1), options_.rows_per_step);
  range.begin = loaded_to_.begin;
  size_t rows = 0;
  const Reader& reader = LatestOnce(*database_);
  COMPTOIR_RETURN_IF_ERROR(reader.Scan(table, range,
                                       [&](std::string_view key, std::string_view value)
                                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                                             if (table == Table::kIndex) {
                                               words_->Add(key);
                                             } else if (IsCustomerRecordKey(key)) {
                                               words_->PutRecord(CustomerOfRecordKey(key), value);
                                             }
                                             loaded_to_.begin = key;
                                             ++rows;
                                             return true;
                                           }));
  if (rows == options_.rows_per_step) {
    loaded_to_.begin.push_back('\0');
    return absl::OkStatus();
  }
  const auto* const next =
      table == Table::kRecords
          ? std::begin(kTagsInMemory)
          : std::upper_bound(std::begin(kTagsInMemory), std::end(kTagsInMemory),
                             static_cast<IndexTag>(loaded_to_.begin.front()));
  if (next == std::end(kTagsInMemory)) {
    state_ = State::kReady;
  } else {
    loaded_to_ = {.table = Table::kIndex, .begin = BeginOf(*next)};
  }
  return absl::OkStatus();
}

bool SearchMemory::IsAhead(Table table, std::string_view key) const {
  if (state_ != State::kLoading) return false;
  if (table == loaded_to_.table) return key >= loaded_to_.begin;
  return table == Table::kIndex;
}

absl::Status SearchMemory::TakeIn(const SearchChangeList& changes) {
  absl::Status status;
  changes.VisitAll([&](Table table, std::string_view key, std::optional<std::string_view> value)
                       ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                         if (status.ok() && !IsAhead(table, key)) {
                           status = TakeIn(table, key, value);
                         }
                       });
  return status;
}

absl::Status SearchMemory::TakeIn(Table table, std::string_view key,
                                  std::optional<std::string_view> value) {
  if (table == Table::kRecords) {
    if (value.has_value()) {
      words_->PutRecord(CustomerOfRecordKey(key), *value);
    } else {
      words_->RemoveRecord(CustomerOfRecordKey(key));
    }
    return absl::OkStatus();
  }
  if (value.has_value()) {
    words_->Add(key);
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const bool stays, IsInAnAddress(key));
  if (!stays) words_->Remove(key);
  return absl::OkStatus();
}

absl::StatusOr<bool> SearchMemory::IsInAnAddress(std::string_view index_key) const {
  if (static_cast<IndexTag>(index_key.front()) != IndexTag::kAddressWord) return false;
  // What was committed since is among the changes that follow: the last of them is right.
  const std::string_view of_customer = index_key.substr(0, index_key.size() - Uuid::kBytes);
  bool found = false;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(database_->latest(), Table::kIndex, PrefixRange(of_customer, 1),
                                    [&](std::string_view) {
                                      found = true;
                                      return false;
                                    }));
  return found;
}

void SearchMemory::Conclude(const absl::Status& status) {
  words_->Settle();
  words_->SetBytesMax(options_.bytes_max);
  if (!status.ok() || words_->bytes_without_records() > options_.bytes_max) {
    words_.reset();
    state_ = State::kOff;
  }
  customers_ = words_ == nullptr ? 0 : words_->customers();
  word_count_ = words_ == nullptr ? 0 : words_->words();
  records_ = words_ == nullptr ? 0 : words_->records();
  bytes_ = words_ == nullptr ? 0 : words_->bytes();
}

void SearchMemory::Tell(const absl::Status& status) const {
  const Figures now = figures();
  if (!status.ok()) {
    LogWarning(logger_, "searches read the index: it couldn't be read into memory",
               {{"status", status}});
  } else if (now.state == State::kOff) {
    LogWarning(logger_,
               "searches read the index: words and values need more memory than they may have",
               {{"search_memory_bytes_max", options_.bytes_max}});
  } else {
    LogInfo(logger_, "words of customers are in memory",
            {{"took", clock_.Now() - load_began_},
             {"customers", now.customers},
             {"words", now.words},
             {"records", now.records},
             {"bytes", now.bytes}});
  }
}

}  // namespace comptoir
