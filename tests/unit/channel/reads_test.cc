#include "common/base/status.h"
#include "common/customer/records/customers.h"
#include "common/customer/search/search_memory.h"
#include "common/customer/search/word_memory.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReadsInAStore : public ChannelTest {
 protected:
  // Remembers what a watch is shown.
  class Shown : public StreamWriter<Customer> {
   public:
    struct Log {
      std::vector<Customer> customers;
      std::optional<absl::Status> finished;
    };
    explicit Shown(std::shared_ptr<Log> log) : log_(std::move(log)) {}
    void Write(Customer customer) override { log_->customers.push_back(std::move(customer)); }
    void Finish(absl::Status status) override { log_->finished = std::move(status); }

   private:
    const std::shared_ptr<Log> log_;
  };

  std::unique_ptr<StreamReader<customer::v1::WatchCustomerRequest>> Watch(
      const std::string& name, const std::shared_ptr<Shown::Log>& log) {
    auto reader = service_->WatchCustomer({}, std::make_unique<Shown>(log));
    customer::v1::WatchCustomerRequest request;
    request.set_name(name);
    reader->OnMessage(request);
    return reader;
  }

  std::vector<std::string> Found(const std::string& query) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    Reply<customer::v1::SearchCustomersResponse> reply;
    service_->SearchCustomers(request, {}, reply.done());
    std::vector<std::string> names;
    for (const auto& result : reply.value().results()) names.push_back(result.customer().name());
    return names;
  }
};

// The form carries the channel's defaults and a fresh UUID, so that a second tap makes no second
// customer. (C1, D5)
TEST_F(ReadsInAStore, FormHasDefaultsAndAFreshUuid) {
  PROVES("C1", "D5");
  OpenOffline();
  Reply<Customer> first;
  Reply<Customer> second;
  service_->GetNewCustomerForm({}, {}, first.done());
  service_->GetNewCustomerForm({}, {}, second.done());
  EXPECT_THAT(ParseCustomerName(first.value().name()), IsOk());
  EXPECT_NE(first.value().name(), second.value().name());
  EXPECT_EQ(first.value().currency(), "GBP");
  EXPECT_EQ(first.value().language(), "en-GB");

  Customer filled = first.value();
  filled.set_given_name("Ada");
  CreatePending(filled);
  CreatePending(filled);
  EXPECT_THAT(Operations(), SizeIs(1));
}

// A pending customer is found at its store at once, marked pending. (L4, L5, V7)
TEST_F(ReadsInAStore, PendingCustomerIsFoundAtOnce) {
  PROVES("L4", "L5", "V7");
  OpenOffline();
  const Customer customer =
      CreatePending(ACustomer().Named("Ada", "Lovelace").Phone("020 7946 0958"));
  EXPECT_THAT(Found("lovelace"), ElementsAre(customer.name()));
  EXPECT_THAT(Found("020 7946 0958"), ElementsAre(customer.name()));
  EXPECT_THAT(Get(customer.name()).value(), IsPending());
}

TEST_F(ReadsInAStore, ListsPendingAndSyncedCustomers) {
  PROVES("L5");
  OpenReady();
  CreateSynced(ACustomer(), "C-00000001");
  asynchronous_ = true;
  Configure();
  CreatePending(ACustomer());
  Reply<customer::v1::ListCustomersResponse> reply;
  service_->ListCustomers({}, {}, reply.done());
  EXPECT_THAT(reply.value().customers(), SizeIs(2));
  EXPECT_EQ(Status().customers(), 2);
}

// Whether a number is found in memory or in the index, it is the same customer.
TEST_F(ReadsInAStore, AnAccountNumberIsFoundInMemory) {
  SearchMemory memory({}, clock_, logger_);
  search_memory_ = &memory;
  committer_options_.observer = &memory;
  OpenReady();
  memory.Load(database_, nullptr);
  const Customer ada = CreateSynced(ACustomer().Named("Ada"), "C-00000001");
  const Customer grace = CreateSynced(ACustomer().Named("Grace"), "C-00000002");
  const auto stored = [this](const std::string& name) {
    customer::v1::GetCustomerRequest request;
    request.set_name(name);
    return service_->StoredCustomer(request);
  };
  const auto expected = stored(ada.name());
  ASSERT_TRUE(expected.has_value());
  size_t known = 0;
  const auto count = [&](const WordMemory& words) { known = words.numbered(); };
  ASSERT_TRUE(memory.ReadAsItIs(count));
  EXPECT_EQ(known, 0u) << "nobody has searched yet";
  EXPECT_EQ(stored("accountNumbers/C-00000001"), expected);
  ASSERT_TRUE(memory.Read(count));
  EXPECT_EQ(known, 2u);
  EXPECT_EQ(stored("accountNumbers/C-00000001"), expected);
  // The index isn't asked.
  auto unindexed = database_.NewTransaction();
  unindexed->Delete(Table::kIndex, IndexWholeValue(IndexTag::kAccountNumber, "C-00000002")
                                       .append(ParseCustomerName(grace.name())->bytes()));
  EXPECT_THAT(database_.Commit(*unindexed), IsOk());
  EXPECT_EQ(stored("accountNumbers/C-00000002"), stored(grace.name()));
  EXPECT_EQ(stored("accountNumbers/c-00000001"), std::nullopt);
  EXPECT_EQ(stored("accountNumbers/C-00000003"), std::nullopt);

  // What was committed since the last search isn't taken in yet: the record tells.
  auto transaction = database_.NewTransaction();
  const auto record = *FindCustomer(reader(), *ParseCustomerName(ada.name()));
  auto renumbered = *record;
  renumbered.mutable_customer()->set_account_number("C-00000003");
  PutCustomer(*transaction, record, renumbered);
  memory.Committing(*transaction);
  EXPECT_THAT(database_.Commit(*transaction), IsOk());
  memory.Committed();
  EXPECT_EQ(stored("accountNumbers/C-00000001"), std::nullopt);
  EXPECT_EQ(stored("accountNumbers/C-00000003"), stored(ada.name()));
}

TEST_F(ReadsInAStore, UnknownNamesAreNotFound) {
  PROVES("K2", "P9");
  OpenReady();
  EXPECT_THAT(*Get(CustomerName(NewId())), HasReason(Reason::kCustomerNotFound));
  EXPECT_THAT(*Get("accountNumbers/C-9"), HasReason(Reason::kCustomerNotFound));
  EXPECT_THAT(*Get("nonsense"), HasViolation("name", "NAME_INVALID"));
  customer::v1::GetAddressRequest request;
  request.set_name(AddressName({NewId(), NewId()}));
  Reply<Address> address;
  service_->GetAddress(request, {}, address.done());
  EXPECT_THAT(*address, HasReason(Reason::kCustomerNotFound));
}

// A POS watches its pending customer and sees the account number appear. (M3)
TEST_F(ReadsInAStore, WatchShowsTheNumberAppear) {
  PROVES("M3");
  OpenOffline();
  const Customer customer = CreatePending(ACustomer());
  const auto log = std::make_shared<Shown::Log>();
  const auto watch = Watch(customer.name(), log);
  ASSERT_THAT(log->customers, SizeIs(1));
  EXPECT_THAT(log->customers[0], IsPending());

  CreatePending(ACustomer());
  Advance(absl::Seconds(1));
  EXPECT_THAT(log->customers, SizeIs(1)) << "another customer is no news";

  const auto operation = Operations().front();
  Deliver({ChangeOf(AppliedResult(operation, AtHq(operation, "C-00000001")))});
  Advance(absl::Milliseconds(50));
  ASSERT_THAT(log->customers, SizeIs(2));
  EXPECT_THAT(log->customers[1], IsSyncedAs("C-00000001"));

  watch->OnClosed(absl::CancelledError("the POS has seen enough"));
  Deliver(AtHq(operation, "C-00000001"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(log->customers, SizeIs(2));
}

TEST_F(ReadsInAStore, WatchOfNobodyEnds) {
  PROVES("M3");
  OpenReady();
  const auto log = std::make_shared<Shown::Log>();
  const auto watch = Watch(CustomerName(NewId()), log);
  ASSERT_TRUE(log->finished.has_value());
  EXPECT_THAT(*log->finished, HasReason(Reason::kCustomerNotFound));
}

TEST_F(ReadsInAStore, WatchesEndWithTheService) {
  PROVES("M3", "K1");
  OpenOffline();
  const auto log = std::make_shared<Shown::Log>();
  const auto watch = Watch(CreatePending(ACustomer()).name(), log);
  service_->Stop();
  ASSERT_TRUE(log->finished.has_value());
  EXPECT_THAT(*log->finished, HasReason(Reason::kShuttingDown));
  Crash();
  watch->OnClosed(absl::OkStatus());
}

// A store sees number and age of what is pending. (M3)
TEST_F(ReadsInAStore, StatusTellsDepthAndAgeOfTheOutbox) {
  PROVES("M3");
  OpenOffline();
  CreatePending(ACustomer());
  Advance(absl::Minutes(2));
  CreatePending(ACustomer());
  const channel::v1::Status status = Status();
  EXPECT_EQ(status.outbox_depth(), 2);
  EXPECT_EQ(status.outbox_unacknowledged(), 2);
  EXPECT_EQ(status.outbox_age().seconds(), 120);
  EXPECT_EQ(status.channel_service(), "store-052");
  EXPECT_TRUE(status.configured());
  EXPECT_THAT(status.cursors(), SizeIs(5));
  EXPECT_NE(status.lineage(), 0);
  EXPECT_EQ(status.epoch().counter(), 1);
}

}  // namespace
}  // namespace comptoir::channel
