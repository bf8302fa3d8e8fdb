#include "common/storage/rocks_memtable.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "common/base/check.h"
#include "common/storage/hashed_rows.h"
#include "common/storage/memtable_row.h"
#include "common/storage/rocks_reader.h"
#include "common/storage/sorted_rows.h"

namespace comptoir {
namespace {

using rocksdb::MemTableRep;
using rocksdb::Slice;

class SortedIterator : public MemTableRep::Iterator {
 public:
  explicit SortedIterator(std::shared_ptr<const SortedView> view) : cursor_(std::move(view)) {}

  bool Valid() const override { return cursor_.valid(); }
  const char* key() const override { return cursor_.row(); }
  void Next() override { cursor_.Next(); }
  void Prev() override { cursor_.Prev(); }
  void Seek(const Slice& key, const char* /*of_a_row*/) override {
    cursor_.Seek(MemtableKey::Of(ToView(key)));
  }
  void SeekForPrev(const Slice& key, const char* /*of_a_row*/) override {
    cursor_.SeekForPrev(MemtableKey::Of(ToView(key)));
  }
  void SeekToFirst() override { cursor_.SeekToFirst(); }
  void SeekToLast() override { cursor_.SeekToLast(); }

 private:
  SortedRowsCursor cursor_;
};

// The engine destroys such a one but doesn't free it: it should lie in an arena of the engine's,
// which isn't public. So the memory of the last one that a thread destroyed is freed when it
// destroys another, or ends.
class ArenaIterator : public SortedIterator {
 public:
  static ArenaIterator* New(std::shared_ptr<const SortedView> view) {
    return new (::operator new(sizeof(ArenaIterator))) ArenaIterator(std::move(view));
  }
  ~ArenaIterator() override {
    thread_local std::unique_ptr<void, Free> last;
    last.reset(this);
  }

 private:
  struct Free {
    void operator()(void* memory) const { ::operator delete(memory); }
  };

  using SortedIterator::SortedIterator;
};

// The rows of one key, the last written first.
class KeyIterator : public MemTableRep::Iterator {
 public:
  explicit KeyIterator(const HashedRows& rows) : rows_(rows) {}
  // It lies on the stack, and the engine's Get(), which asks for it, forgets to delete it (7.8.3):
  // should a later one delete it, nothing happens.
  static void operator delete(void* /*memory*/) {}

  bool Valid() const override { return row_ != nullptr; }
  const char* key() const override { return row_; }
  void Seek(const Slice& key, const char* /*of_a_row*/) override {
    row_ = rows_.Find(MemtableKey::Of(ToView(key)));
  }
  void Next() override { row_ = rows_.Older(row_); }

  void Prev() override { Unused(); }
  void SeekForPrev(const Slice& /*key*/, const char* /*of_a_row*/) override { Unused(); }
  void SeekToFirst() override { Unused(); }
  void SeekToLast() override { Unused(); }

 private:
  static void Unused() { COMPTOIR_CHECK(false) << "rows of one key are read forwards only"; }

  const HashedRows& rows_;
  MemtableRow row_ = nullptr;
};

// Reads one key. The engine's Get() knows the type of the key that it is given, which isn't public,
// and shows it to an iterator that it asks for.
class PointReader : public MemTableRep {
 public:
  explicit PointReader(const HashedRows& rows) : MemTableRep(nullptr), rows_(rows) {}

  Iterator* GetDynamicPrefixIterator(rocksdb::Arena* /*arena*/) override { return &rows_; }
  Iterator* GetIterator(rocksdb::Arena* /*arena*/) override { return &rows_; }

  void Insert(rocksdb::KeyHandle /*row*/) override { COMPTOIR_CHECK(false); }
  bool Contains(const char* /*row*/) const override { return false; }
  size_t ApproximateMemoryUsage() override { return 0; }

 private:
  KeyIterator rows_;
};

class HashedMemtable : public MemTableRep {
 public:
  explicit HashedMemtable(rocksdb::Allocator* allocator)
      : MemTableRep(allocator),
        rows_([this](size_t bytes) { return AllocateAligned(bytes); }),
        sorted_(rows_) {}

  rocksdb::KeyHandle Allocate(size_t bytes, char** row) override {
    MemTableRep::Allocate(HashedRows::kHeadBytes + bytes, row);
    return *row += HashedRows::kHeadBytes;
  }
  void Insert(rocksdb::KeyHandle row) override {
    rows_.Add(static_cast<const char*>(row));
    if (rows_.size() % SortedRows::kPieceRows == 0) sorted_.Sort();
  }
  void Get(const rocksdb::LookupKey& key, void* argument,
           bool (*visit)(void* argument, const char* row)) override {
    PointReader(rows_).MemTableRep::Get(key, argument, visit);
  }
  bool Contains(const char* row) const override {
    const MemtableKey key = KeyOf(row);
    const MemtableRow found = rows_.Find(key);
    return found != nullptr && KeyOf(found).written == key.written;
  }

  Iterator* GetIterator(rocksdb::Arena* arena) override {
    if (arena != nullptr) return ArenaIterator::New(sorted_.Sort());
    return new SortedIterator(sorted_.Sort());
  }

  // What is sorted; the rest is the engine's, who counts it.
  size_t ApproximateMemoryUsage() override { return rows_.size() * sizeof(SortedRow); }

 private:
  void* AllocateAligned(size_t bytes) {
    constexpr size_t kAlign = alignof(uint64_t);
    char* at = nullptr;
    MemTableRep::Allocate(bytes + kAlign - 1, &at);
    return at + (-std::bit_cast<uintptr_t>(at)) % kAlign;
  }

  HashedRows rows_;
  const SortedRows sorted_;
};

class HashedMemtables : public rocksdb::MemTableRepFactory {
 public:
  const char* Name() const override { return "comptoir.HashedMemtables"; }
  MemTableRep* CreateMemTableRep(const MemTableRep::KeyComparator& /*order*/,
                                 rocksdb::Allocator* allocator,
                                 const rocksdb::SliceTransform* /*prefixes*/,
                                 rocksdb::Logger* /*logger*/) override {
    return new HashedMemtable(allocator);
  }
};

}  // namespace

std::shared_ptr<rocksdb::MemTableRepFactory> NewHashedMemtables() {
  return std::make_shared<HashedMemtables>();
}

}  // namespace comptoir
