#include "common/storage/sorted_run.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/storage/key_begin.h"

namespace comptoir {
namespace {

constexpr uint32_t kDeleted = std::numeric_limits<uint32_t>::max();
constexpr size_t kHeaderBytes = 2 * sizeof(uint32_t);

// So many runs of about one size become one.
constexpr size_t kRunsToMerge = 4;
// A larger run isn't merged by AddRun: that takes a millisecond or two.
constexpr size_t kMergedRowsMax = 32 << 10;

// In the byte order of this machine: a log is read where it was written.
uint32_t Load32(const char* from) {
  uint32_t value = 0;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

// Runs of one class are "about as large": the next one's are four times larger.
size_t SizeClass(size_t rows) {
  size_t size_class = 0;
  for (; rows >= kRunsToMerge; rows /= kRunsToMerge) ++size_class;
  return size_class;
}

std::shared_ptr<const SortedRun> Merge(absl::Span<const std::shared_ptr<const SortedRun>> runs) {
  size_t row_count = 0;
  size_t bytes = 0;
  for (const auto& run : runs) {
    row_count += run->size();
    bytes += run->encoded().size();
  }
  SortedRun::Builder merged;
  merged.Reserve(row_count, bytes);
  for (RunsCursor rows(runs, KeyRange()); !rows.AtEnd(); rows.Advance()) {
    merged.AddEncoded(rows.CurrentEncoded());
  }
  return merged.Build();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SortedRun>> SortedRun::Parse(std::string encoded) {
  std::shared_ptr<SortedRun> run(new SortedRun());
  std::string_view rest = encoded;
  bool valid = encoded.size() < std::numeric_limits<uint32_t>::max();
  while (valid && !rest.empty()) {
    run->offsets_.push_back(static_cast<uint32_t>(encoded.size() - rest.size()));
    valid = rest.size() >= kHeaderBytes;
    if (!valid) break;
    const size_t key_bytes = Load32(rest.data());
    const uint32_t value = Load32(rest.data() + sizeof(uint32_t));
    const size_t value_bytes = value == kDeleted ? 0 : value;
    rest.remove_prefix(kHeaderBytes);
    valid = rest.size() >= key_bytes && rest.size() - key_bytes >= value_bytes;
    if (valid) rest.remove_prefix(key_bytes + value_bytes);
  }
  if (!valid) return MakeError(Reason::kStorageCorrupt, "A run of rows cannot be read.");
  run->encoded_ = std::move(encoded);
  return run;
}

std::string_view SortedRun::key(size_t i) const {
  const char* const at = encoded_.data() + offsets_[i];
  return {at + kHeaderBytes, Load32(at)};
}

WrittenRow SortedRun::row(size_t i) const {
  const std::string_view row_key = key(i);
  const uint32_t value_bytes = Load32(encoded_.data() + offsets_[i] + sizeof(uint32_t));
  if (value_bytes == kDeleted) return {.key = row_key, .value = {}, .deleted = true};
  return {
      .key = row_key, .value = {row_key.data() + row_key.size(), value_bytes}, .deleted = false};
}

std::string_view SortedRun::encoded_row(size_t i) const {
  const size_t end = i + 1 < offsets_.size() ? offsets_[i + 1] : encoded_.size();
  return std::string_view(encoded_).substr(offsets_[i], end - offsets_[i]);
}

size_t SortedRun::LowerBound(std::string_view key, size_t first) const {
  size_t begin = first;
  size_t end = size();
  // By leaps that double, where the search doesn't begin at the front.
  for (size_t leap = 1; first > 0 && begin + leap < end; leap *= 2) {
    if (this->key(begin + leap) < key) {
      begin += leap + 1;
    } else {
      end = begin + leap;
    }
  }
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    if (this->key(middle) < key) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

void SortedRun::Builder::Add(std::string_view key, std::optional<std::string_view> value) {
  std::string& encoded = run_->encoded_;
  run_->offsets_.push_back(static_cast<uint32_t>(encoded.size()));
  const uint32_t header[] = {static_cast<uint32_t>(key.size()),
                             value.has_value() ? static_cast<uint32_t>(value->size()) : kDeleted};
  static_assert(sizeof(header) == kHeaderBytes);
  encoded.append(reinterpret_cast<const char*>(header), sizeof(header));
  encoded += key;
  if (value.has_value() && !value->empty()) encoded += *value;
}

void SortedRun::Builder::AddEncoded(std::string_view row) {
  run_->offsets_.push_back(static_cast<uint32_t>(run_->encoded_.size()));
  run_->encoded_ += row;
}

void SortedRun::Builder::Reserve(size_t rows, size_t encoded_bytes) {
  run_->offsets_.reserve(rows);
  run_->encoded_.reserve(encoded_bytes);
}

std::shared_ptr<const SortedRun> SortedRun::Builder::Build() {
  COMPTOIR_CHECK(run_->encoded_.size() < std::numeric_limits<uint32_t>::max());
  return std::exchange(run_, std::shared_ptr<SortedRun>(new SortedRun()));
}

void AddRun(SortedRuns& runs, std::shared_ptr<const SortedRun> run) {
  runs.push_back(std::move(run));
  size_t size_class = SizeClass(runs.back()->size());
  while (true) {
    size_t first = runs.size();
    size_t rows = 0;
    while (first > 0 && SizeClass(runs[first - 1]->size()) <= size_class) {
      rows += runs[--first]->size();
    }
    if (runs.size() - first < kRunsToMerge || rows > kMergedRowsMax) return;
    auto merged = Merge(absl::MakeConstSpan(runs).subspan(first));
    runs.resize(first);
    runs.push_back(std::move(merged));
    size_class = std::max(size_class + 1, SizeClass(runs.back()->size()));
  }
}

std::optional<WrittenRow> FindInRuns(const SortedRuns& runs, std::string_view key) {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const size_t at = (*run)->LowerBound(key);
    if (at < (*run)->size() && (*run)->key(at) == key) return (*run)->row(at);
  }
  return std::nullopt;
}

RunsCursor::RunsCursor(absl::Span<const std::shared_ptr<const SortedRun>> runs,
                       const KeyRange& range)
    : reverse_(range.reverse) {
  if (!range.end.empty() && range.end <= range.begin) return;
  for (size_t age = 0; age < runs.size(); ++age) {
    const SortedRun& run = *runs[age];
    const size_t begin = range.begin.empty() ? 0 : run.LowerBound(range.begin);
    const size_t end = range.end.empty() ? run.size() : run.LowerBound(range.end, begin);
    if (begin >= end) continue;
    const size_t next = reverse_ ? end - 1 : begin;
    // Backwards the row before the first has no number but the largest.
    const size_t stop = reverse_ ? begin - 1 : end;
    const std::string_view key = run.key(next);
    heads_.push_back({.run = &run,
                      .age = age,
                      .next = next,
                      .stop = stop,
                      .key = key,
                      .key_begin = BeginOfKey(key)});
  }
  std::make_heap(heads_.begin(), heads_.end(),
                 [this](const Head& a, const Head& b) { return IsAfter(a, b); });
}

bool RunsCursor::IsAfter(const Head& a, const Head& b) const {
  if (a.key_begin != b.key_begin) {
    return reverse_ ? a.key_begin < b.key_begin : a.key_begin > b.key_begin;
  }
  const int order = a.key.compare(b.key);
  if (order != 0) return reverse_ ? order < 0 : order > 0;
  return a.age < b.age;
}

WrittenRow RunsCursor::Current() const { return heads_.front().run->row(heads_.front().next); }

std::string_view RunsCursor::CurrentEncoded() const {
  return heads_.front().run->encoded_row(heads_.front().next);
}

void RunsCursor::Advance() {
  const std::string_view done = heads_.front().key;
  // What older runs say of the key is hidden.
  do {
    AdvanceTop();
  } while (!heads_.empty() && heads_.front().key == done);
}

void RunsCursor::AdvanceTop() {
  Head& top = heads_.front();
  top.next += reverse_ ? size_t{0} - 1 : 1;
  if (top.next == top.stop) {
    top = heads_.back();
    heads_.pop_back();
  } else {
    top.key = top.run->key(top.next);
    top.key_begin = BeginOfKey(top.key);
  }
  // Lets it sink: to take it off the heap and to push it again would be two walks.
  for (size_t at = 0, child = 1; child < heads_.size(); child = 2 * at + 1) {
    if (child + 1 < heads_.size() && IsAfter(heads_[child], heads_[child + 1])) ++child;
    if (!IsAfter(heads_[at], heads_[child])) return;
    std::swap(heads_[at], heads_[child]);
    at = child;
  }
}

}  // namespace comptoir
