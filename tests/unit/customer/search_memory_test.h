// What tests of the search memory start from: commits that are told to it, and its work as a test
// has it done.

#ifndef COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_MEMORY_TEST_H_
#define COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_MEMORY_TEST_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/base/log.h"
#include "common/base/uuid.h"
#include "common/customer/search/search.h"
#include "common/customer/search/search_memory.h"
#include "common/storage/committer.h"
#include "tests/support/search/word_rows.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {

// Commits are told to a memory, which works when a test says so.
class SearchMemoryTest : public CustomerTest {
 protected:
  using State = SearchMemory::State;

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

  storage::v1::AddressRecord AddressOf(const storage::v1::CustomerRecord& customer, const Uuid& id,
                                       const std::string& street) {
    storage::v1::AddressRecord record;
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
    storage::v1::CustomerRecord record =
        Prepare(ACustomer()
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

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_UNIT_CUSTOMER_SEARCH_MEMORY_TEST_H_
