#include "common/customer/search/search_changes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "common/customer/records/customers.h"
#include "common/customer/search/word_memory.h"

namespace comptoir {
namespace {

// Before each key, which comes before its value.
struct Head {
  uint32_t is_record : 1;
  uint32_t removed : 1;
  uint32_t key_bytes : 30;
  uint32_t value_bytes;
};

bool IsInMemory(std::string_view index_key) {
  return !index_key.empty() &&
         std::find(std::begin(kTagsInMemory), std::end(kTagsInMemory),
                   static_cast<IndexTag>(index_key.front())) != std::end(kTagsInMemory);
}

}  // namespace

void SearchChangeList::Add(Table table, std::string_view key,
                           std::optional<std::string_view> value) {
  const bool is_record = table == Table::kRecords;
  const std::string_view kept = is_record ? value.value_or("") : "";
  const Head head = {.is_record = is_record,
                     .removed = !value.has_value(),
                     .key_bytes = static_cast<uint32_t>(key.size()),
                     .value_bytes = static_cast<uint32_t>(kept.size())};
  char head_bytes[sizeof(Head)];
  std::memcpy(head_bytes, &head, sizeof(Head));
  bytes_.append(head_bytes, sizeof(Head)).append(key).append(kept);
  if (!is_record) return;
  records_.insert(CustomerOfRecordKey(key));
  has_removed_records_ = has_removed_records_ || !value.has_value();
}

void SearchChangeList::Append(const SearchChangeList& later) {
  bytes_ += later.bytes_;
  records_.insert(later.records_.begin(), later.records_.end());
  has_removed_records_ = has_removed_records_ || later.has_removed_records_;
}

void SearchChangeList::Clear() {
  bytes_.clear();
  records_.clear();
  has_removed_records_ = false;
}

void SearchChangeList::VisitAll(Visit visit) const {
  std::string_view rest = bytes_;
  const auto next = [&rest](size_t bytes) {
    const std::string_view part = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    return part;
  };
  while (!rest.empty()) {
    Head head;
    std::memcpy(&head, next(sizeof(Head)).data(), sizeof(Head));
    const std::string_view key = next(head.key_bytes);
    const std::string_view value = next(head.value_bytes);
    visit(head.is_record ? Table::kRecords : Table::kIndex, key,
          head.removed ? std::nullopt : std::optional(value));
  }
}

void SearchChanges::Committing(const Transaction& transaction) {
  // Of a commit that failed.
  committing_.Clear();
  const auto add_all = [&](Table table, bool (*is_in_memory)(std::string_view key)) {
    transaction.VisitWrites(table,
                            [&](std::string_view key, std::optional<std::string_view> value) {
                              if (is_in_memory(key)) committing_.Add(table, key, value);
                            });
  };
  add_all(Table::kIndex, &IsInMemory);
  add_all(Table::kRecords, &IsCustomerRecordKey);
  MutexLock lock(mutex_);
  committing_records_ = committing_.records();
}

SearchChanges::Waiting SearchChanges::Committed() {
  MutexLock lock(mutex_);
  if (committed_.bytes() == 0) {
    std::swap(committed_, committing_);
  } else {
    committed_.Append(committing_);
  }
  committing_.Clear();
  committing_records_.clear();
  return {.bytes = committed_.bytes(), .has_removed_records = committed_.has_removed_records()};
}

void SearchChanges::Clear() {
  committing_ = {};
  MutexLock lock(mutex_);
  committed_ = {};
  committing_records_ = {};
}

bool SearchChanges::empty() const {
  MutexLock lock(mutex_);
  return committed_.bytes() == 0;
}

void SearchChanges::RemoveOutdated(absl::Span<const KnownCustomer> customers,
                                   absl::Span<std::optional<std::string>> records) const {
  MutexLock lock(mutex_);
  if (committed_.records().empty() && committing_records_.empty()) return;
  for (size_t i = 0; i < customers.size(); ++i) {
    const CustomerId& id = customers[i].id;
    if (committed_.records().contains(id) || committing_records_.contains(id)) records[i].reset();
  }
}

SearchChangeList SearchChanges::Take() {
  MutexLock lock(mutex_);
  return std::exchange(committed_, SearchChangeList());
}

}  // namespace comptoir
