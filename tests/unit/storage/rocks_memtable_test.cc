// The engine with our memory for what isn't in files yet: it shows what it shows with its own, and
// what a map shows.

#include "common/storage/rocks_memtable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/random.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/memtablerep.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "tests/support/seed.h"
#include "tests/unit/storage/made_rows.h"

namespace comptoir {
namespace {

using Contents = std::map<std::string, std::string>;

// A database in memory, which can be closed and opened again.
class EngineWith {
 public:
  explicit EngineWith(std::shared_ptr<rocksdb::MemTableRepFactory> memtables) {
    options_.create_if_missing = true;
    options_.env = env_.get();
    options_.allow_concurrent_memtable_write = false;
    options_.memtable_factory = std::move(memtables);
    // What is written there about memtables must be understood when it is read.
    options_.fail_if_options_file_error = true;
    Reopen();
  }

  // What wasn't flushed comes back from the log.
  void Reopen() {
    database_ = nullptr;
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options_, "/db", &opened);
    COMPTOIR_CHECK(status.ok()) << status.ToString();
    database_.reset(opened);
  }

  rocksdb::DB* operator->() const { return database_.get(); }

  std::optional<std::string> Get(const std::string& key, const rocksdb::Snapshot* seen) const {
    std::string value;
    const rocksdb::Status status = database_->Get(At(seen), key, &value);
    EXPECT_TRUE(status.ok() || status.IsNotFound()) << status.ToString();
    return status.ok() ? std::optional(value) : std::nullopt;
  }

  std::vector<std::optional<std::string>> MultiGet(const std::vector<std::string>& keys,
                                                   const rocksdb::Snapshot* seen) const {
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    database_->MultiGet(At(seen), database_->DefaultColumnFamily(), keys.size(), slices.data(),
                        found.data(), statuses.data());
    std::vector<std::optional<std::string>> values;
    for (size_t i = 0; i < keys.size(); ++i) {
      EXPECT_TRUE(statuses[i].ok() || statuses[i].IsNotFound()) << statuses[i].ToString();
      values.push_back(statuses[i].ok() ? std::optional(found[i].ToString()) : std::nullopt);
    }
    return values;
  }

  static rocksdb::ReadOptions At(const rocksdb::Snapshot* seen) {
    rocksdb::ReadOptions options;
    options.snapshot = seen;
    return options;
  }

 private:
  const std::unique_ptr<rocksdb::Env> env_{rocksdb::NewMemEnv(rocksdb::Env::Default())};
  rocksdb::Options options_;
  std::unique_ptr<rocksdb::DB> database_;
};

// The same is written to a database with our memtables and to one with the engine's own.
class RocksMemtableTest : public ::testing::Test {
 protected:
  // A moment that is kept to be read later.
  struct Kept {
    const rocksdb::Snapshot* ours = nullptr;
    const rocksdb::Snapshot* theirs = nullptr;
    Contents contents;
  };

  ~RocksMemtableTest() override { Release(); }

  void Put(rocksdb::WriteBatch& batch, const std::string& key, const std::string& value) {
    COMPTOIR_CHECK(batch.Put(key, value).ok());
    contents_[key] = value;
  }
  void Delete(rocksdb::WriteBatch& batch, const std::string& key) {
    COMPTOIR_CHECK(batch.Delete(key).ok());
    contents_.erase(key);
  }
  void DeleteRange(rocksdb::WriteBatch& batch, std::string begin, std::string end) {
    if (end < begin) begin.swap(end);
    COMPTOIR_CHECK(batch.DeleteRange(begin, end).ok());
    contents_.erase(contents_.lower_bound(begin), contents_.lower_bound(end));
  }

  void Write(rocksdb::WriteBatch& batch) {
    for (const EngineWith* engine : {&ours_, &theirs_}) {
      const rocksdb::Status status = (*engine)->Write({}, &batch);
      ASSERT_TRUE(status.ok()) << status.ToString();
    }
  }
  void PutOne(const std::string& key, const std::string& value) {
    rocksdb::WriteBatch batch;
    Put(batch, key, value);
    Write(batch);
  }

  void Keep() {
    kept_.push_back(
        {.ours = ours_->GetSnapshot(), .theirs = theirs_->GetSnapshot(), .contents = contents_});
  }
  void Release() {
    for (const Kept& kept : kept_) {
      ours_->ReleaseSnapshot(kept.ours);
      theirs_->ReleaseSnapshot(kept.theirs);
    }
    kept_.clear();
  }

  void Flush() {
    for (const EngineWith* engine : {&ours_, &theirs_}) {
      const rocksdb::Status status = (*engine)->Flush({});
      ASSERT_TRUE(status.ok()) << status.ToString();
    }
  }
  void Reopen() {
    Release();
    ours_.Reopen();
    theirs_.Reopen();
  }

  std::string RandomKey() { return RandomRowKey(random_); }

  // A commit of a few writes, with keys that come twice.
  void WriteSomething() {
    rocksdb::WriteBatch batch;
    for (size_t writes = 1 + random_.Below(8); writes > 0; --writes) {
      if (random_.OneIn(60)) {
        DeleteRange(batch, RandomKey(), RandomKey());
      } else if (random_.OneIn(3)) {
        Delete(batch, RandomKey());
      } else {
        Put(batch, RandomKey(), std::to_string(++values_));
      }
    }
    Write(batch);
  }

  void ReadSomething(const Kept& seen) {
    std::vector<std::string> keys;
    std::vector<std::optional<std::string>> values;
    for (size_t count = 1 + random_.Below(8); count > 0; --count) {
      keys.push_back(RandomKey());
      const auto row = seen.contents.find(keys.back());
      values.push_back(row == seen.contents.end() ? std::nullopt : std::optional(row->second));
      ASSERT_EQ(ours_.Get(keys.back(), seen.ours), values.back());
      ASSERT_EQ(theirs_.Get(keys.back(), seen.theirs), values.back());
    }
    ASSERT_EQ(ours_.MultiGet(keys, seen.ours), values);
    ASSERT_EQ(theirs_.MultiGet(keys, seen.theirs), values);
    ASSERT_NO_FATAL_FAILURE(ScanSomething(seen));
  }

  // Between bounds or without, from anywhere, now this way, now that.
  void ScanSomething(const Kept& seen) {
    const std::string begin = random_.OneIn(2) ? RandomKey() : "";
    const std::string end = random_.OneIn(2) ? RandomKey() : "\xff\xff\xff\xff\xff";
    if (end < begin) return;
    const Contents model(seen.contents.lower_bound(begin), seen.contents.lower_bound(end));
    const rocksdb::Slice lower(begin);
    const rocksdb::Slice upper(end);
    rocksdb::ReadOptions options = EngineWith::At(seen.ours);
    options.iterate_lower_bound = &lower;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> ours(ours_->NewIterator(options));
    options.snapshot = seen.theirs;
    const std::unique_ptr<rocksdb::Iterator> theirs(theirs_->NewIterator(options));
    for (int jump = 0; jump < 3; ++jump) {
      auto at = model.end();
      const std::string key = RandomKey();
      switch (random_.Below(4)) {
        case 0:
          ours->SeekToFirst();
          theirs->SeekToFirst();
          at = model.begin();
          break;
        case 1:
          ours->SeekToLast();
          theirs->SeekToLast();
          if (!model.empty()) at = std::prev(model.end());
          break;
        case 2:
          ours->Seek(key);
          theirs->Seek(key);
          at = model.lower_bound(key);
          break;
        default:
          ours->SeekForPrev(key);
          theirs->SeekForPrev(key);
          at = model.upper_bound(key);
          at = at == model.begin() ? model.end() : std::prev(at);
      }
      for (size_t steps = random_.Below(20);; --steps) {
        ASSERT_TRUE(ours->status().ok());
        ASSERT_EQ(ours->Valid(), at != model.end());
        ASSERT_EQ(theirs->Valid(), at != model.end());
        if (at == model.end()) break;
        ASSERT_EQ(Contents::value_type(ours->key().ToString(), ours->value().ToString()), *at);
        ASSERT_EQ(Contents::value_type(theirs->key().ToString(), theirs->value().ToString()), *at);
        if (steps == 0) break;
        if (random_.OneIn(2)) {
          ours->Next();
          theirs->Next();
          ++at;
        } else {
          ours->Prev();
          theirs->Prev();
          at = at == model.begin() ? model.end() : std::prev(at);
        }
      }
    }
  }

  Contents All(const rocksdb::Snapshot* seen) const {
    Contents all;
    const std::unique_ptr<rocksdb::Iterator> row(ours_->NewIterator(EngineWith::At(seen)));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
      all[row->key().ToString()] = row->value().ToString();
    }
    EXPECT_TRUE(row->status().ok()) << row->status().ToString();
    return all;
  }

  TestRandom random_;
  EngineWith ours_{NewHashedMemtables()};
  EngineWith theirs_{std::make_shared<rocksdb::SkipListFactory>()};
  // Last committed.
  Contents contents_;
  std::vector<Kept> kept_;
  uint64_t values_ = 0;
};

// Commits that put, overwrite and delete, the same key twice in one, and whole ranges; between them
// flushes, restarts, and moments that are kept to be read much later. Whoever reads, in whichever
// way, sees what the map of that moment has.
TEST_F(RocksMemtableTest, AnyReaderSeesWhatTheMapShows) {
  constexpr int kCommits = 4'000;
  constexpr size_t kKeptMax = 6;
  for (int commit = 0; commit < kCommits; ++commit) {
    ASSERT_NO_FATAL_FAILURE(WriteSomething()) << "commit " << commit;
    if (random_.OneIn(40)) {
      if (kept_.size() == kKeptMax) Release();
      Keep();
    }
    if (random_.OneIn(150)) Flush();
    if (random_.OneIn(400)) Reopen();
    if (!random_.OneIn(4)) continue;
    ASSERT_NO_FATAL_FAILURE(ReadSomething({.contents = contents_})) << "commit " << commit;
    if (!kept_.empty()) {
      ASSERT_NO_FATAL_FAILURE(ReadSomething(kept_[random_.Below(kept_.size())]))
          << "commit " << commit;
    }
  }
  for (const Kept& kept : kept_) EXPECT_EQ(All(kept.ours), kept.contents);
  EXPECT_EQ(All(nullptr), contents_);
}

// All is in the log only when the process ends: after the restart all is there, with the last value
// of each key, and what is flushed then is all of it again.
TEST_F(RocksMemtableTest, WhatTheLogHasComesBack) {
  constexpr int kCommits = 500;
  for (int commit = 0; commit < kCommits; ++commit) WriteSomething();
  Reopen();
  EXPECT_EQ(All(nullptr), contents_);
  for (int commit = 0; commit < kCommits; ++commit) WriteSomething();
  Flush();
  EXPECT_EQ(All(nullptr), contents_);
  Reopen();
  EXPECT_EQ(All(nullptr), contents_);
}

// A scan began before a commit, one that overwrites what the scan has yet to read, and before a
// flush: it goes on over what it saw, however far it has come, in both directions.
TEST_F(RocksMemtableTest, AScanGoesOnOverWhatItSaw) {
  for (const char* key : {"a", "b", "c"}) PutOne(key, "1");
  const std::unique_ptr<rocksdb::Iterator> row(ours_->NewIterator({}));
  std::string seen;
  const auto see = [&] { seen += row->key().ToString() + row->value().ToString(); };
  row->SeekToFirst();
  see();
  for (const char* key : {"b", "bb", "c"}) PutOne(key, "2");
  row->Next();
  see();
  Flush();
  PutOne("d", "3");
  row->Next();
  see();
  row->Prev();
  see();
  row->SeekToLast();
  see();
  EXPECT_EQ(seen, "a1b1c1b1c1");
  EXPECT_EQ(All(nullptr), contents_);
}

// One key is written on and on, a position for example: each snapshot has its value.
TEST_F(RocksMemtableTest, EachSnapshotHasItsValueOfOneKey) {
  PutOne("after", "other");
  PutOne("", "other");
  for (int value = 0; value < 200; ++value) {
    PutOne("position", std::to_string(value));
    Keep();
  }
  for (const Kept& kept : kept_) {
    EXPECT_EQ(ours_.Get("position", kept.ours), kept.contents.at("position"));
    EXPECT_EQ(All(kept.ours), kept.contents);
  }
}

// Some thousand keys, many times what was there at first, and values from none to larger than a
// block of the engine's memory.
TEST_F(RocksMemtableTest, ManyRowsAndLargeOnes) {
  constexpr int kRows = 20'000;
  for (int i = 0; i < kRows; ++i) {
    PutOne("customers/" + std::to_string(random_.Below(kRows)),
           std::string(i % 1'000 == 0 ? 300'000 : i % 50, 'v'));
  }
  EXPECT_EQ(All(nullptr), contents_);
  for (const auto& [key, value] : contents_) ASSERT_EQ(ours_.Get(key, nullptr), value);
  Flush();
  EXPECT_EQ(All(nullptr), contents_);
}

// More threads than one may not add: the engine refuses to open with such an option.
TEST(RocksMemtableOptionsTest, ConcurrentWritesAreRefused) {
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  rocksdb::Options options;
  options.create_if_missing = true;
  options.env = env.get();
  options.allow_concurrent_memtable_write = true;
  options.memtable_factory = NewHashedMemtables();
  rocksdb::DB* opened = nullptr;
  EXPECT_TRUE(rocksdb::DB::Open(options, "/db", &opened).IsInvalidArgument());
}

// A commit, as the thread writes it: all of the keys have its number, one key is of this commit
// only, and one that an earlier commit wrote goes.
constexpr int kKeysOfAll = 12;
constexpr int kOwnKeysKept = 20;

std::string KeyOfAll(int i) { return "all/" + std::to_string(10 + i); }
std::string OwnKey(int commit) { return "own/" + std::to_string(100'000 + commit); }

rocksdb::WriteBatch BatchOfCommit(int commit) {
  rocksdb::WriteBatch batch;
  for (int i = 0; i < kKeysOfAll; ++i) {
    COMPTOIR_CHECK(batch.Put(KeyOfAll(i), std::to_string(commit)).ok());
  }
  COMPTOIR_CHECK(batch.Put(OwnKey(commit), std::to_string(commit)).ok());
  if (commit > kOwnKeysKept) COMPTOIR_CHECK(batch.Delete(OwnKey(commit - kOwnKeysKept)).ok());
  return batch;
}

// What that commit left.
Contents LeftBy(int commit) {
  Contents contents;
  if (commit == 0) return contents;
  for (int i = 0; i < kKeysOfAll; ++i) contents[KeyOfAll(i)] = std::to_string(commit);
  for (int own = std::max(1, commit - kOwnKeysKept + 1); own <= commit; ++own) {
    contents[OwnKey(own)] = std::to_string(own);
  }
  return contents;
}

// Reads all at one snapshot, in every way. Of which commit it is, at least `committed`.
void ReadOneCommit(const EngineWith& engine, int committed) {
  const rocksdb::Snapshot* const seen = engine->GetSnapshot();
  const int commit = std::stoi(engine.Get(KeyOfAll(0), seen).value_or("0"));
  EXPECT_GE(commit, committed);
  const Contents left = LeftBy(commit);

  std::vector<std::string> keys = {OwnKey(commit - kOwnKeysKept), OwnKey(commit + 1)};
  std::vector<std::optional<std::string>> values = {std::nullopt, std::nullopt};
  for (const auto& [key, value] : left) {
    EXPECT_EQ(engine.Get(key, seen), value);
    keys.push_back(key);
    values.emplace_back(value);
  }
  EXPECT_EQ(engine.MultiGet(keys, seen), values);

  const std::unique_ptr<rocksdb::Iterator> row(engine->NewIterator(EngineWith::At(seen)));
  const auto here = [&] {
    return Contents::value_type(row->key().ToString(), row->value().ToString());
  };
  Contents forwards;
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    EXPECT_TRUE(forwards.insert(here()).second);
  }
  EXPECT_EQ(forwards, left);
  Contents backwards;
  for (row->SeekToLast(); row->Valid(); row->Prev()) {
    EXPECT_TRUE(backwards.insert(here()).second);
  }
  EXPECT_EQ(backwards, left);
  engine->ReleaseSnapshot(seen);
}

// One thread commits while others read: each sees one commit whole, no older than the last one that
// it was told of, whether it asks for keys or scans either way, and while memory becomes a file.
// Nobody waits for anybody in a way that would order what they do with the rows.
TEST(RocksMemtableThreadsTest, WhoReadsSeesOneCommitWhole) {
  constexpr int kCommits = 1'200;
  constexpr int kReaders = 3;
  constexpr int kFlushEvery = 500;
  // The writer is no further ahead of each reader than so many commits for each of its reads.
  constexpr int kCommitsPerRead = 4;
  const EngineWith engine(NewHashedMemtables());
  std::atomic<int> committed = 0;
  std::vector<std::atomic<int>> reads(kReaders);
  std::vector<std::thread> readers;
  for (auto& reads_of_reader : reads) {
    readers.emplace_back([&] {
      for (int last = 0; last < kCommits; reads_of_reader.fetch_add(1, std::memory_order_relaxed)) {
        last = committed.load(std::memory_order_acquire);
        ReadOneCommit(engine, last);
      }
    });
  }
  for (int commit = 1; commit <= kCommits; ++commit) {
    rocksdb::WriteBatch batch = BatchOfCommit(commit);
    EXPECT_TRUE(engine->Write({}, &batch).ok());
    if (commit % kFlushEvery == 0) {
      EXPECT_TRUE(engine->Flush({}).ok());
    }
    committed.store(commit, std::memory_order_release);
    for (const auto& done : reads) {
      while (done.load(std::memory_order_relaxed) * kCommitsPerRead < commit - kCommitsPerRead) {
        std::this_thread::yield();
      }
    }
  }
  for (std::thread& reader : readers) reader.join();
}

// A scan that one thread began is ended by another, which may be the last thing that thread does:
// what the scan lay in is freed, once.
TEST(RocksMemtableThreadsTest, ScansEndOnOtherThreads) {
  constexpr int kThreads = 4;
  constexpr int kScans = 5;
  const EngineWith engine(NewHashedMemtables());
  ASSERT_TRUE(engine->Put({}, "key", "value").ok());
  std::vector<std::unique_ptr<rocksdb::Iterator>> scans;
  for (int i = 0; i < kThreads * kScans; ++i) {
    scans.emplace_back(engine->NewIterator({}));
    scans.back()->SeekToFirst();
  }
  for (int thread = 0; thread < kThreads; ++thread) {
    std::thread([&, thread] {
      for (int i = thread * kScans; i < (thread + 1) * kScans; ++i) {
        EXPECT_EQ(scans[i]->value().ToString(), "value");
        scans[i] = nullptr;
      }
    }).join();
  }
}

}  // namespace
}  // namespace comptoir
