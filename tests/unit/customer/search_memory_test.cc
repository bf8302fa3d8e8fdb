// Words in memory are those of the index: while they are read, after every commit, and not at all
// where they have no room.

#include "common/customer/search/search_memory.h"

#include <deque>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/customer_bytes.h"
#include "common/customer/search/search.h"
#include "common/customer/search/search_memory_metrics.h"
#include "common/storage/read_pool.h"
#include "tests/support/search/word_rows.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using State = SearchMemory::State;

// Commits are told to a memory, which works when a test says so.
class SearchMemoryTest : public CustomerTest {
 protected:
  SearchMemoryTest() { Begin({.rows_per_step = 7}); }

  // A service that starts on the same database.
  void Begin(const SearchMemoryOptions& options) {
    work_.clear();
    memory_ = std::make_unique<SearchMemory>(options, clock_, logger_);
    queue_ = std::make_unique<CommitQueue>(
        database_, CommitterOptions{.on_commit_failed = [](const absl::Status&) {},
                                    .observer = memory_.get()});
  }

  void Load() {
    memory_->Load(database_, [this](std::function<void()> work) {
      if (is_busy_) return false;
      work_.push_back(std::move(work));
      return true;
    });
  }

  bool RunStep() {
    if (work_.empty()) return false;
    const std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    work();
    return true;
  }
  size_t RunSteps() {
    size_t steps = 0;
    while (RunStep()) ++steps;
    return steps;
  }
  void LoadAll() {
    Load();
    RunSteps();
    ASSERT_EQ(memory_->figures().state, State::kReady);
  }

  size_t Write(const std::function<void(Transaction&)>& write) override {
    size_t writes = 0;
    queue_->Submit(
        Priority::kInteractive,
        [&](Transaction& transaction) {
          write(transaction);
          writes = transaction.write_count();
          return absl::OkStatus();
        },
        [this](absl::Status status) { written_ = std::move(status); });
    for (auto& [done, status] : queue_->RunGroup()) done(std::move(status));
    return writes;
  }

  // Of what is read now: a search takes in what was committed.
  WordRows InMemory() {
    WordRows rows;
    EXPECT_TRUE(memory_->Read([&](const WordMemory& words) { rows = WordRowsOf(words); }));
    return rows;
  }
  void ExpectAllInMemory() {
    EXPECT_EQ(InMemory(), WordRowsOf(reader()));
    EXPECT_TRUE(memory_->Read([this](const WordMemory& words) {
      EXPECT_TRUE(HasValuesOf(reader(), words));
      EXPECT_TRUE(HasRecordsOf(reader(), words));
    }));
  }

  // Display names, best first.
  std::vector<std::string> Find(const std::string& query, const std::string& field = "") {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_field(field);
    const auto response =
        SearchCustomers(reader(), request, "GB", "en", /*is_shown=*/nullptr, memory_.get());
    EXPECT_THAT(response, IsOk());
    std::vector<std::string> names;
    for (const auto& result : response->results()) {
      names.push_back(result.customer().display_name());
    }
    return names;
  }

  AddressRecord AddressOf(const CustomerRecord& customer, const Uuid& id,
                          const std::string& street) {
    AddressRecord record;
    *record.mutable_address() =
        AnAddress().Street(street).WithId(*ParseCustomerName(customer.customer().name()), id);
    return record;
  }

  // Gives one of these customers, or the addresses of one, another content.
  void ChangeSomething(const std::vector<Uuid>& ids) {
    const char* const names[] = {"Ada Lovelace", "Grace Hopper", "Ada Hopper", "Łukasz", "Bo"};
    const char* const streets[] = {"12 High Street", "High Road", "Broad Street", "1 Low Lane"};
    const char* const numbers[] = {"", "C-1", "c-1", "C-2"};
    const char* const phones[] = {"", "020 7946 0018", "+1 206 555 0100", "0161 496 0018"};
    const Uuid id = ids[random_.Below(ids.size())];
    const Uuid address = random_.OneIn(2) ? id : ids.front();
    const auto old = *FindCustomer(reader(), id);
    const auto old_address = *FindAddress(reader(), {.customer = id, .address = address});
    CustomerRecord record = Prepare(ACustomer()
                                        .WithId(id)
                                        .Named(names[random_.Below(5)], names[random_.Below(5)])
                                        .Email(random_.OneIn(2) ? "ada@example.com" : "")
                                        .Phone(phones[random_.Below(4)]))
                                ->record;
    record.mutable_customer()->set_account_number(numbers[random_.Below(4)]);
    Write([&](Transaction& transaction) {
      if (!old.has_value() || random_.OneIn(3)) {
        PutCustomer(transaction, old, record);
      } else if (old_address.has_value() && random_.OneIn(2)) {
        RemoveAddress(transaction, *old_address);
      } else {
        PutAddress(transaction, old_address, AddressOf(*old, address, streets[random_.Below(4)]));
      }
    });
    EXPECT_THAT(written_, IsOk());
  }

  std::vector<Uuid> SomeIds(size_t count) {
    std::vector<Uuid> ids;
    for (size_t i = 0; i < count; ++i) ids.push_back(NewId());
    return ids;
  }

  std::ostringstream log_;
  StreamLogger logger_{{.stream = &log_}};
  std::unique_ptr<SearchMemory> memory_;
  std::unique_ptr<CommitQueue> queue_;
  std::deque<std::function<void()>> work_;
  bool is_busy_ = false;
  absl::Status written_;
};

// What was there before the start is read in steps; until then searches read the index.
TEST_F(SearchMemoryTest, IsReadInSteps) {
  for (const char* name : {"Ada", "Grace", "Alan", "Edsger", "Barbara"}) {
    Store(ACustomer().Named(name, "Hopper").At(AnAddress().Street("12 High Street")));
  }
  Begin({.rows_per_step = 7});
  Load();
  EXPECT_EQ(memory_->figures().state, State::kLoading);
  EXPECT_FALSE(memory_->ready());
  EXPECT_FALSE(memory_->Read([](const WordMemory&) { FAIL(); }));
  EXPECT_THAT(Find("ada"), ElementsAre("Ada Hopper"));
  EXPECT_GT(RunSteps(), 4u);
  EXPECT_TRUE(memory_->ready());
  ExpectAllInMemory();
  EXPECT_THAT(Find("ada"), ElementsAre("Ada Hopper"));
  EXPECT_THAT(log_.str(), HasSubstr("words of customers are in memory"));
  const auto figures = memory_->figures();
  EXPECT_EQ(figures.customers, 5u);
  EXPECT_GT(figures.words, 6u);
  EXPECT_GT(figures.bytes, 0u);
}

// Commits fall between the steps, before and behind the place that is read. (V7)
TEST_F(SearchMemoryTest, FollowsCommitsWhileItIsRead) {
  PROVES("V7");
  for (int round = 0; round < 20; ++round) {
    Begin({.rows_per_step = 1 + random_.Below(20)});
    const std::vector<Uuid> ids = SomeIds(10);
    for (int i = 0; i < 50; ++i) ChangeSomething(ids);
    Load();
    do {
      for (size_t changes = random_.Below(4); changes > 0; --changes) ChangeSomething(ids);
    } while (RunStep());
    ExpectAllInMemory();
  }
}

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

// Two addresses in one street: when one goes, the customer is still found there.
TEST_F(SearchMemoryTest, AWordOfTwoAddressesStaysUntilBothAreGone) {
  PROVES("V1");
  LoadAll();
  const CustomerRecord ada = Store(ACustomer().Named("Ada"));
  const AddressRecord one = AddressOf(ada, NewId(), "1 Broad Street");
  const AddressRecord two = AddressOf(ada, NewId(), "2 Broad Street");
  Write([&](Transaction& transaction) {
    PutAddress(transaction, std::nullopt, one);
    PutAddress(transaction, std::nullopt, two);
  });
  EXPECT_THAT(Find("broad"), ElementsAre("Ada"));
  Write([&](Transaction& transaction) { RemoveAddress(transaction, one); });
  EXPECT_THAT(Find("broad"), ElementsAre("Ada"));
  Write([&](Transaction& transaction) { RemoveAddress(transaction, two); });
  EXPECT_THAT(Find("broad"), IsEmpty());
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

// A page of records in memory is put together without the table, from which they are taken here
// behind its back.
TEST_F(SearchMemoryTest, PagesComeFromMemory) {
  const CustomerRecord ada =
      Store(ACustomer().Named("Ada", "Hopper").Phone("020 7946 0018"), 1, "C-1");
  Store(ACustomer().Named("Grace", "Hopper").Phone("020 7946 0019"), 2, "C-2");
  Begin({.rows_per_step = 7});
  LoadAll();
  CustomerTest::Write([&](Transaction& transaction) {
    transaction.Delete(Table::kRecords, CustomerRecordKey(IdOf(ada.customer())));
  });
  EXPECT_THAT(Find("hopper"), ElementsAre("Ada Hopper", "Grace Hopper"));
}

// Whom a channel may see is decided by what the search reads: so is what it sees of them.
TEST_F(SearchMemoryTest, WhoIsNotShownEverybodySeesNoLaterRecord) {
  PROVES("V4");
  const CustomerRecord ada =
      Store(ACustomer().Named("Ada", "Hopper").Phone("020 7946 0018"), 1, "C-1");
  LoadAll();
  const auto before = database_.NewReader();
  CustomerRecord renamed = ada;
  renamed.mutable_customer()->set_display_name("Grace Hopper");
  Write([&](Transaction& transaction) { PutCustomer(transaction, ada, renamed); });
  ExpectAllInMemory();
  customer::v1::SearchCustomersRequest request;
  request.set_query("hopper");
  const auto response = SearchCustomers(
      *before, request, "GB", "en", [](const CustomerRecord&) { return true; }, memory_.get());
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->results_size(), 1);
  EXPECT_EQ(response->results(0).customer().display_name(), "Ada Hopper");
}

// A phone that somebody has only since a search began is none that it shows of him.
TEST_F(SearchMemoryTest, WhoHasAPhoneOnlySinceIsNotShownWithoutIt) {
  PROVES("V5");
  // Without an account number the record is read where the search reads.
  const CustomerRecord ada = Store(ACustomer().Named("Ada", "Hopper").Phone("020 7946 0018"));
  LoadAll();
  const auto before = database_.NewReader();
  CustomerRecord moved = ada;
  *moved.mutable_customer()->mutable_phone() =
      Prepare(ACustomer().Named("Ada").Phone("020 7946 5555"))->record.customer().phone();
  Write([&](Transaction& transaction) { PutCustomer(transaction, ada, moved); });
  customer::v1::SearchCustomersRequest request;
  request.set_query("79465555");
  const auto find = [&](const Reader& reader, const IsShown& is_shown) {
    return SearchCustomers(reader, request, "GB", "en", is_shown, memory_.get());
  };
  const IsShown everybody = [](const CustomerRecord&) { return true; };
  for (const IsShown& is_shown : {IsShown(), everybody}) {
    EXPECT_EQ(find(*before, is_shown)->results_size(), 0);
    EXPECT_EQ(find(reader(), is_shown)->results_size(), 1);
  }
}

// Words come first; records have what they leave.
TEST_F(SearchMemoryTest, RecordsHaveTheRoomThatWordsLeave) {
  for (int i = 0; i < 300; ++i) Store(ACustomer().Named("Ada", "Hopper"));
  LoadAll();
  const auto all = memory_->figures();
  EXPECT_EQ(all.records, 300u);
  size_t words = 0;
  EXPECT_TRUE(
      memory_->Read([&](const WordMemory& memory) { words = memory.bytes_without_records(); }));
  Begin({.bytes_max = (words + all.bytes) / 2, .rows_per_step = 7});
  LoadAll();
  EXPECT_EQ(memory_->figures().customers, 300u);
  EXPECT_THAT(memory_->figures().records, testing::AllOf(testing::Gt(50u), testing::Lt(250u)));
  EXPECT_THAT(memory_->figures().bytes, testing::Le((words + all.bytes) / 2));
  EXPECT_THAT(Find("hopper"), testing::SizeIs(20));
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

// A number without digits is one only if it is the whole.
TEST_F(SearchMemoryTest, ANumberWithoutDigitsIsFoundWhole) {
  LoadAll();
  Store(ACustomer().Named("Ada"), 1, "C-ABC");
  Store(ACustomer().Named("Grace"), 2, "c-abc");
  EXPECT_THAT(Find("C-ABC"), ElementsAre("Ada"));
  EXPECT_THAT(Find("c-abc"), ElementsAre("Grace"));
  EXPECT_THAT(Find("C-AB"), IsEmpty());
}

// Digits find the same in memory as in the index: the same customers, as exactly, by the same
// fields, and as many more than a page holds.
TEST_F(SearchMemoryTest, DigitsFindTheSameInMemoryAndInTheIndex) {
  PROVES("V1", "V3", "V7");
  LoadAll();
  const auto digits = [&](size_t digits_max) {
    std::string text;
    for (size_t left = 1 + random_.Below(digits_max); left > 0; --left) {
      text.push_back(static_cast<char>('0' + random_.Below(3)));
    }
    return text;
  };
  const char* const begins[] = {"+4420", "020", "+1206555", "", "+"};
  const char* const fields[] = {"", "phone", "account_number"};
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 10; ++i) {
      auto record = Prepare(ACustomer().Named("Ada", absl::StrCat("N", round, "x", i)))->record;
      Customer& customer = *record.mutable_customer();
      const auto phone = [&] { return absl::StrCat(begins[random_.Below(3)], digits(8)); };
      if (!random_.OneIn(8)) customer.mutable_phone()->set_number(phone());
      while (random_.OneIn(3)) customer.add_secondary_phones()->set_number(phone());
      if (!random_.OneIn(4)) customer.set_account_number("1" + digits(7));
      Write([&](Transaction& transaction) { PutCustomer(transaction, std::nullopt, record); });
    }
    for (int i = 0; i < 30; ++i) {
      customer::v1::SearchCustomersRequest request;
      request.set_query(absl::StrCat(begins[random_.Below(5)], digits(6)));
      request.set_field(fields[random_.Below(3)]);
      // Of those who have one and the same value any may be on the page.
      request.set_page_size(100);
      const auto in_memory =
          SearchCustomers(reader(), request, "GB", "en", /*is_shown=*/nullptr, memory_.get());
      const auto in_index = SearchCustomers(reader(), request, "GB", "en");
      ASSERT_THAT(in_memory, IsOk());
      ASSERT_THAT(in_index, IsOk());
      ASSERT_EQ(in_memory->truncated(), in_index->truncated()) << request.query();
      ASSERT_EQ(in_memory->results_size(), in_index->results_size()) << request.query();
      if (in_index->truncated()) continue;
      ASSERT_EQ(in_memory->DebugString(), in_index->DebugString()) << request.query();
    }
  }
}

// Phones and numbers are looked for in memory alone: it finds those of whom the index says nothing
// any more.
TEST_F(SearchMemoryTest, PhonesAreFoundWithoutTheIndex) {
  Store(ACustomer().Named("Ada").Phone("020 7946 0018"), 1, "C-17");
  Store(ACustomer().Named("Bob").Phone("020 7946 0018"), 2, "C-171");
  Begin({.rows_per_step = 7});
  LoadAll();
  CustomerTest::Write([&](Transaction& transaction) {
    std::vector<std::string> keys;
    EXPECT_THAT(reader().Scan(Table::kIndex, PrefixRange("", SIZE_MAX),
                              [&](std::string_view key, std::string_view) {
                                keys.emplace_back(key);
                                return true;
                              }),
                IsOk());
    for (const std::string& key : keys) transaction.Delete(Table::kIndex, key);
  });
  EXPECT_THAT(Find("0018"), ElementsAre("Ada", "Bob"));
  EXPECT_THAT(Find("0207946"), ElementsAre("Ada", "Bob"));
  EXPECT_THAT(Find("c-17"), ElementsAre("Ada", "Bob"));
  EXPECT_THAT(Find("02"), ElementsAre("Ada", "Bob"));
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

// All threads of the pool are taken: the next search asks again.
TEST_F(SearchMemoryTest, WaitsForAFreeThread) {
  Store(ACustomer().Named("Ada"));
  Begin({.rows_per_step = 1});
  is_busy_ = true;
  Load();
  EXPECT_THAT(work_, IsEmpty());
  is_busy_ = false;
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  EXPECT_EQ(work_.size(), 1u);
  is_busy_ = true;
  RunSteps();
  EXPECT_FALSE(memory_->ready());
  is_busy_ = false;
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  RunSteps();
  ExpectAllInMemory();
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

// Without the room that it needs it gives up, and searches go on in the index.
TEST_F(SearchMemoryTest, IsOffWhereItHasNoRoom) {
  Store(ACustomer().Named("Ada"));
  Begin({.bytes_max = 1});
  Load();
  RunSteps();
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_EQ(memory_->figures().bytes, 0u);
  EXPECT_THAT(log_.str(), HasSubstr("more memory than they may have"));
  EXPECT_THAT(Find("ada"), ElementsAre("Ada"));
  Store(ACustomer().Named("Grace"));
  EXPECT_THAT(Find("grace"), ElementsAre("Grace"));
  Begin({.bytes_max = 0});
  Load();
  EXPECT_THAT(work_, IsEmpty());
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_THAT(Find("grace"), ElementsAre("Grace"));
}

// It grew too large after it was ready.
TEST_F(SearchMemoryTest, GoesOffWhenItHasNoRoomAnyMore) {
  LoadAll();
  const size_t bytes_max = memory_->figures().bytes + 20'000;
  Begin({.bytes_max = bytes_max, .changes_bytes_aside = 100});
  LoadAll();
  for (int i = 0; i < 2'000 && memory_->ready(); ++i) {
    Store(ACustomer().Named("Ada" + std::to_string(i)));
    RunSteps();
    EXPECT_LE(memory_->figures().bytes, bytes_max);
  }
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_EQ(Find("ada7").front(), "Ada7");
}

TEST_F(SearchMemoryTest, GivesUpWhereTheIndexCannotBeRead) {
  Load();
  database_.set_fault([] { return MakeError(Reason::kStorageFailed, "broken"); });
  RunSteps();
  EXPECT_EQ(memory_->figures().state, State::kOff);
  EXPECT_THAT(log_.str(), HasSubstr("couldn't be read"));
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

// Beginnings first, then within words, then with a typing error. (V2)
TEST_F(SearchMemoryTest, WordsWithinWordsAreFoundAfterBeginnings) {
  PROVES("V2");
  LoadAll();
  Store(ACustomer().Named("Zoe", "Annabel"));
  Store(ACustomer().Named("Bob", "Johannason"));
  Store(ACustomer().Named("Carl", "Amna"));
  Store(ACustomer().Named("Dora", "Anna"));
  EXPECT_THAT(Find("anna"), ElementsAre("Dora Anna", "Zoe Annabel", "Bob Johannason", "Carl Amna"));
  EXPECT_THAT(Find("nnas bob"), ElementsAre("Bob Johannason"));
  EXPECT_THAT(Find("nnas dora"), IsEmpty());
  EXPECT_THAT(Find("nnas", "name"), ElementsAre("Bob Johannason"));
  EXPECT_THAT(Find("nnas", "address"), IsEmpty());
}

TEST_F(SearchMemoryTest, WithinWordsOfAddressesButNotOfEmails) {
  PROVES("V2");
  LoadAll();
  Store(ACustomer().Named("Ada").At(AnAddress().Street("Hauptstrasse")));
  Store(ACustomer().Named("Grace").Email("hauptstrasse@example.com"));
  EXPECT_THAT(Find("strasse"), ElementsAre("Ada"));
  EXPECT_THAT(Find("ptstrasse@example.com"), IsEmpty());
}

// Two letters are within half of all words, and a number is typed from its beginning.
TEST_F(SearchMemoryTest, FewLettersAndNumbersAreNotLookedForWithin) {
  LoadAll();
  Store(ACustomer().Named("Ada", "Lovelace").At(AnAddress().PostalCode("12345")));
  EXPECT_THAT(Find("ove"), ElementsAre("Ada Lovelace"));
  EXPECT_THAT(Find("ov"), IsEmpty());
  EXPECT_THAT(Find("2345"), IsEmpty());
}

// The more exact way in which somebody was found counts.
TEST_F(SearchMemoryTest, WhoIsFoundOtherwiseRanksNoLower) {
  LoadAll();
  Store(ACustomer().Named("Zoe", "Mac12b"), 1, "C12B-77");
  Store(ACustomer().Named("Ada", "Mac12b"));
  EXPECT_THAT(Find("c12b"), ElementsAre("Zoe Mac12b", "Ada Mac12b"));
}

TEST_F(SearchMemoryTest, IsToldInMetrics) {
  Metrics metrics;
  SearchMemoryMetrics memory_metrics(metrics, *memory_);
  Load();
  memory_metrics.Update();
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_state{state=\"loading\"} 1"));
  RunSteps();
  Store(ACustomer().Named("Ada"));
  ExpectAllInMemory();
  memory_metrics.Update();
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_state{state=\"loading\"} 0"));
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_state{state=\"ready\"} 1"));
  EXPECT_THAT(metrics.Render(), HasSubstr("comptoir_search_memory_customers 1"));
}

}  // namespace
}  // namespace comptoir
