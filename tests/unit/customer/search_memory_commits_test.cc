// What is in memory follows what is committed, whichever thread takes it in.

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/records/customer_bytes.h"
#include "common/storage/read_pool.h"
#include "tests/unit/customer/search_memory_test.h"

namespace comptoir {
namespace {

using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A committed change is found by the next search, without anybody working aside. (V7)
TEST_F(SearchMemoryTest, ACommittedChangeIsFoundByTheNextSearch) {
  PROVES("V7");
  LoadAll();
  is_busy_ = true;
  const CustomerRecord ada = Store(ACustomer().Named("Ada", "Byron"));
  EXPECT_THAT(Find("byr"), ElementsAre("Ada Byron"));
  CustomerRecord married = ada;
  married.mutable_customer()->set_family_name("Lovelace");
  married.mutable_customer()->set_display_name("Ada Lovelace");
  Write([&](Transaction& transaction) { PutCustomer(transaction, ada, married); });
  EXPECT_THAT(Find("love ada"), ElementsAre("Ada Lovelace"));
  EXPECT_THAT(Find("byr"), IsEmpty());
  Write([&](Transaction& transaction) { RemoveCustomer(transaction, married); });
  EXPECT_THAT(Find("love"), IsEmpty());
}

TEST_F(SearchMemoryTest, IsAlwaysWhatTheIndexSays) {
  PROVES("V7");
  LoadAll();
  const std::vector<Uuid> ids = SomeIds(8);
  for (int i = 0; i < 500; ++i) {
    ChangeSomething(ids);
    if (random_.OneIn(3)) {
      ASSERT_EQ(InMemory(), WordRowsOf(reader())) << "change " << i;
    }
  }
  ExpectAllInMemory();
}

// A record that is in memory is the one that was committed last, even if nobody has taken it in;
// and after that, too.
TEST_F(SearchMemoryTest, ARecordIsTheOneThatWasCommittedLast) {
  PROVES("V7");
  const CustomerRecord ada = Store(ACustomer().Named("Ada", "Byron"));
  const Uuid id = IdOf(ada.customer());
  const auto name = [&]() -> std::string {
    const auto record = memory_->RecordOf(id);
    return record.has_value() ? std::string(LookInto(*record)->display_name) : "(in the table)";
  };
  Begin({.rows_per_step = 7});
  Load();
  EXPECT_EQ(name(), "(in the table)");
  RunSteps();
  EXPECT_EQ(name(), "Ada Byron");
  CustomerRecord married = ada;
  married.mutable_customer()->set_display_name("Ada Lovelace");
  Write([&](Transaction& transaction) { PutCustomer(transaction, ada, married); });
  Store(ACustomer().Named("Grace"));
  EXPECT_EQ(name(), "(in the table)");
  ExpectAllInMemory();
  EXPECT_EQ(name(), "Ada Lovelace");
  Write([&](Transaction& transaction) { RemoveCustomer(transaction, married); });
  EXPECT_EQ(name(), "(in the table)");
  ExpectAllInMemory();
  EXPECT_EQ(name(), "(in the table)");
}

// Nor is one shown of which a later one can be read already, though nobody has been answered yet.
TEST_F(SearchMemoryTest, ARecordThatIsBeingCommittedIsReadFromTheTable) {
  PROVES("V7");
  const CustomerRecord ada = Store(ACustomer().Named("Ada"));
  const Uuid id = IdOf(ada.customer());
  Begin({.rows_per_step = 7});
  LoadAll();
  EXPECT_TRUE(memory_->RecordOf(id).has_value());
  const auto transaction = database_.NewTransaction();
  PutCustomer(*transaction, ada, ada);
  memory_->Committing(*transaction);
  EXPECT_FALSE(memory_->RecordOf(id).has_value());
  EXPECT_THAT(database_.Commit(*transaction), IsOk());
  memory_->Committed();
  EXPECT_FALSE(memory_->RecordOf(id).has_value());
  ExpectAllInMemory();
  EXPECT_TRUE(memory_->RecordOf(id).has_value());
}

// Who is gone is gone from memory, too, though nobody searches.
TEST_F(SearchMemoryTest, RemovedRecordsDoNotWaitForASearch) {
  const CustomerRecord ada = Store(ACustomer().Named("Ada"));
  Begin({.rows_per_step = 7});
  LoadAll();
  EXPECT_EQ(memory_->figures().records, 1u);
  Write([&](Transaction& transaction) { RemoveCustomer(transaction, ada); });
  RunSteps();
  EXPECT_EQ(memory_->figures().records, 0u);
}

// Who doesn't wait sees what the last search saw.
TEST_F(SearchMemoryTest, AsItIsItIsWhatTheLastSearchSaw) {
  std::vector<KnownCustomer> found;
  const auto look = [&](const WordMemory& words) { found = words.CustomersNumbered("C-1"); };
  Load();
  EXPECT_FALSE(memory_->ReadAsItIs(look));
  RunSteps();
  const CustomerRecord ada = Store(ACustomer().Named("Ada"), 1, "C-1");
  EXPECT_TRUE(memory_->ReadAsItIs(look));
  EXPECT_THAT(found, IsEmpty());
  EXPECT_THAT(Find("C-1"), ElementsAre("Ada"));
  EXPECT_TRUE(memory_->ReadAsItIs(look));
  ASSERT_THAT(found, testing::SizeIs(1));
  EXPECT_EQ(found.front().id, IdOf(ada.customer()));
}

// What wasn't committed is nowhere.
TEST_F(SearchMemoryTest, AFailedCommitLeavesNothing) {
  LoadAll();
  Store(ACustomer().Named("Ada"));
  const CustomerRecord grace = Prepare(ACustomer().Named("Grace"))->record;
  bool fails = false;
  database_.set_fault(
      [&fails] { return fails ? MakeError(Reason::kStorageFailed, "broken") : absl::OkStatus(); });
  Write([&](Transaction& transaction) {
    PutCustomer(transaction, std::nullopt, grace);
    fails = true;
  });
  fails = false;
  EXPECT_THAT(written_, HasReason("STORAGE_FAILED"));
  ExpectAllInMemory();
  EXPECT_THAT(Find("grace"), IsEmpty());
}

// Nobody searches: what was committed doesn't pile up.
TEST_F(SearchMemoryTest, ChangesAreTakenInWithoutSearches) {
  Begin({.changes_bytes_aside = 1000, .changes_bytes_max = 10'000});
  LoadAll();
  const auto store_some = [this] {
    for (int i = 0; i < 20; ++i) Store(ACustomer().Named("Ada", "Lovelace"));
  };
  Store(ACustomer().Named("Ada"));
  EXPECT_EQ(RunSteps(), 0u);
  EXPECT_EQ(memory_->figures().customers, 0u);
  store_some();
  EXPECT_EQ(RunSteps(), 1u);
  EXPECT_EQ(memory_->figures().customers, 21u);
  // Nor if no thread is free: then who commits takes them in.
  is_busy_ = true;
  for (int i = 0; i < 20; ++i) store_some();
  EXPECT_GT(memory_->figures().customers, 100u);
  ExpectAllInMemory();
}

// Commits, searches and loading at once, each from threads of its own.
TEST_F(SearchMemoryTest, ManyThreads) {
  for (int i = 0; i < 50; ++i) Store(ACustomer().Named("Ada", "Lovelace"));
  Begin({.rows_per_step = 3, .changes_bytes_aside = 50, .changes_bytes_max = 500});
  ReadPool pool({.threads = 2});
  memory_->Load(database_,
                [&pool](std::function<void()> work) { return pool.Run(std::move(work)); });
  std::vector<std::thread> searching;
  for (int i = 0; i < 2; ++i) {
    searching.emplace_back([this] {
      for (int n = 0; n < 100; ++n) {
        memory_->Read([](const WordMemory& words) { EXPECT_FALSE(WordRowsOf(words).empty()); });
      }
    });
  }
  for (int i = 0; i < 100; ++i) Store(ACustomer().Named("Grace", "Hopper"));
  for (std::thread& thread : searching) thread.join();
  // On a machine with much else to do it isn't all read by now.
  while (!memory_->ready()) memory_->Read([](const WordMemory&) {});
  pool.Stop();
  EXPECT_TRUE(memory_->ready());
  ExpectAllInMemory();
}

}  // namespace
}  // namespace comptoir
