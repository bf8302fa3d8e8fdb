#include "common/customer/search/word_changes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "common/customer/search/word_memory.h"

namespace comptoir {
namespace {

// Before each key: whether it was removed, and its length.
struct Head {
  uint32_t removed : 1;
  uint32_t bytes : 31;
};

bool IsInMemory(std::string_view index_key) {
  return !index_key.empty() &&
         std::find(std::begin(kTagsInMemory), std::end(kTagsInMemory),
                   static_cast<IndexTag>(index_key.front())) != std::end(kTagsInMemory);
}

}  // namespace

void WordChangeList::Add(std::string_view index_key, bool removed) {
  const Head head = {.removed = removed, .bytes = static_cast<uint32_t>(index_key.size())};
  char head_bytes[sizeof(Head)];
  std::memcpy(head_bytes, &head, sizeof(Head));
  bytes_.append(head_bytes, sizeof(Head)).append(index_key);
}

void WordChangeList::Visit(
    absl::FunctionRef<void(std::string_view index_key, bool removed)> visit) const {
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    Head head;
    std::memcpy(&head, rest.data(), sizeof(Head));
    rest.remove_prefix(sizeof(Head));
    visit(rest.substr(0, head.bytes), head.removed);
    rest.remove_prefix(head.bytes);
  }
}

void WordChanges::Committing(const Transaction& transaction) {
  // Of a commit that failed.
  committing_.Clear();
  transaction.VisitWrites(Table::kIndex, [this](std::string_view key, bool deleted) {
    if (IsInMemory(key)) committing_.Add(key, deleted);
  });
}

size_t WordChanges::Committed() {
  MutexLock lock(mutex_);
  committed_.Append(committing_);
  committing_.Clear();
  return committed_.bytes();
}

bool WordChanges::empty() const {
  MutexLock lock(mutex_);
  return committed_.bytes() == 0;
}

WordChangeList WordChanges::Take() {
  MutexLock lock(mutex_);
  return std::exchange(committed_, WordChangeList());
}

}  // namespace comptoir
