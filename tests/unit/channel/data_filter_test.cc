// A channel service whose channel database group filters shared customer data. (S9)

#include "channel-service/domain/data_filter.h"

#include <string>
#include <utility>

#include "common/customer/configuration.h"
#include "common/storage/request_log.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class DataFilterTest : public ChannelTest {
 protected:
  DataFilterTest() { database_group_ = "channelDatabaseGroups/stores"; }

  void OpenReady() {
    Open();
    Connect();
    SetFilter(false);
    Configure();
  }
  void OpenFiltered() {
    OpenReady();
    SwitchFilter(true);
    ASSERT_EQ(Status().customer_data_purge(), v1::CUSTOMER_DATA_PURGE_DONE);
  }

  void SetFilter(bool filtered) {
    hq::v1::Configuration any;
    any.mutable_channel_database_group()->set_name(database_group_);
    any.mutable_channel_database_group()->set_filter_shared_customer_data(filtered);
    ConfigureAny(replication::v1::RECORD_KIND_CHANNEL_DATABASE_GROUP, "stores", std::move(any));
  }
  // The group's setting comes, the subscription opens anew, HQ greets it.
  void SwitchFilter(bool filtered) {
    SetFilter(filtered);
    const int opened = hq_.subscriptions.opened;
    Advance(absl::Seconds(2));
    ASSERT_EQ(hq_.subscriptions.opened, opened + 1);
    customers_come_ = !filtered;
    GreetSubscription();
    Advance(absl::Seconds(1));
  }
  bool Holds(const std::string& text) const {
    for (const auto& [key, value] : database_.Copy()) {
      if (key.second.find(text) != std::string::npos || value.find(text) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
  Reply<customer::v1::SearchCustomersResponse> Search(const std::string& query,
                                                      customer::v1::SearchScope scope) {
    customer::v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_scope(scope);
    Reply<customer::v1::SearchCustomersResponse> reply;
    service_->SearchCustomers(request, {}, reply.done());
    Run();
    return reply;
  }
};

// Every create goes through HQ in real time, in an asynchronous channel too and whatever F3 says;
// only id, UUID, outcome and version are kept.
TEST_F(DataFilterTest, EveryCreateGoesThroughHq) {
  PROVES("S9");
  asynchronous_ = true;
  OpenFiltered();
  Customer customer = ACustomer().Named("Xanthippe", "Quodlibet");
  customer.set_title("Dr");
  const auto reply = Create(customer);
  ASSERT_FALSE(hq_.creates.empty());
  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-1");
  hq_.creates.Answer(at_hq.Answer(hq_sequence_));
  Run();
  ASSERT_THAT(*reply, IsOkAndHolds(IsSyncedAs("C-1")));
  EXPECT_THAT(Operations(), IsEmpty());
  const auto id = ParseCustomerName(reply.value().name()).value();
  EXPECT_THAT(FindCustomer(reader(), id), IsOkAndHolds(::testing::Eq(std::nullopt)));
  const auto outcome = FindRequest(reader(), id, "");
  ASSERT_THAT(outcome, IsOk());
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ((*outcome)->version(), at_hq.record.version());
  EXPECT_EQ((*outcome)->customer_id(), id.bytes());
  EXPECT_FALSE(Holds("Xanthippe"));
  EXPECT_FALSE(Holds("quodlibet"));
  EXPECT_FALSE(Holds(at_hq.record.request_digest()));
  EXPECT_EQ(Status().created_synchronously(), 1u);

  // The link is down: it says what became of the request before.
  service_->SetForcedOffline(true, [](const auto&) {});
  Run();
  Customer again = customer;
  again.set_name(reply.value().name());
  const auto offline = Create(again);
  EXPECT_THAT(*offline, HasReason("CUSTOMER_DATA_FILTERED"));
  EXPECT_EQ(MetadataOf((*offline).status(), "created_version"),
            std::to_string(at_hq.record.version()));
}

// No customer is in the database, and what new ones inherit is: the form holds it, without HQ too.
TEST_F(DataFilterTest, TheFormHoldsWhatIsInherited) {
  PROVES("D7", "S9", "D1");
  with_default_customer_ = true;
  OpenFiltered();
  ConfigureDefaultCustomer();
  service_->SetForcedOffline(true, [](const auto&) {});
  Run();
  Reply<Customer> form;
  service_->GetNewCustomerForm({}, {}, form.done());
  ASSERT_THAT(*form, IsOk());
  EXPECT_EQ(form.value().customer_group(), "retail");
  EXPECT_EQ(form.value().currency(), "EUR");
  EXPECT_EQ(Status().customers(), 0u);
}

// What HQ refuses is refused; with anything else nobody knows, and the id makes it safe to repeat.
TEST_F(DataFilterTest, WhatHqDoesntAnswerIsUnknown) {
  PROVES("S9", "S5");
  OpenFiltered();
  const auto refused = Create(ACustomer().Named("Ada"));
  hq_.creates.Answer(MakeError(Reason::kInvalidFields, "Refused."));
  EXPECT_THAT(*refused, HasReason("INVALID_FIELDS"));
  for (const absl::Status& status :
       {absl::Status(absl::DeadlineExceededError("slow")), MakeError(Reason::kOverloaded, "Full."),
        MakeError(Reason::kNumberSequenceBlocked, "Blocked.")}) {
    const auto unknown = Create(ACustomer().Named("Ada"));
    hq_.creates.Answer(status);
    Run();
    EXPECT_THAT(*unknown, HasReason("OUTCOME_UNKNOWN"));
  }
  EXPECT_THAT(Operations(), IsEmpty());
  EXPECT_EQ(Status().customers(), 0u);
  service_->SetForcedOffline(true, [](const auto&) {});
  Run();
  const int asked = hq_.creates.count();
  EXPECT_THAT(*Create(ACustomer().Named("Ada")), HasReason("CUSTOMER_DATA_FILTERED"));
  EXPECT_EQ(hq_.creates.count(), asked);
}

// Reads go to HQ, without a trace; without HQ they say so.
TEST_F(DataFilterTest, ReadsGoToHq) {
  PROVES("S9", "V4");
  OpenFiltered();
  customer::v1::CreateCustomerRequest made;
  *made.mutable_customer() = ACustomer().Named("Xanthippe");
  made.mutable_customer()->set_name(CustomerName(NewId()));
  const HqCustomer at_hq = AtHq(made, "C-1");
  const auto read = Get(made.customer().name());
  ASSERT_FALSE(hq_.gets.empty());
  hq_.gets.Answer(at_hq.Answer(hq_sequence_));
  Run();
  EXPECT_THAT(*read, IsOkAndHolds(IsSyncedAs("C-1")));

  const auto here = Search("xanthippe", customer::v1::SEARCH_SCOPE_THIS_STORE);
  EXPECT_THAT(here.value().results(), IsEmpty());
  EXPECT_EQ(here.value().reason(), "CUSTOMER_DATA_FILTERED");
  customer::v1::SearchCustomersRequest search;
  search.set_query("xanthippe");
  EXPECT_EQ(service_->StoredSearch(search, {}), std::nullopt);
  const auto everywhere = Search("xanthippe", customer::v1::SEARCH_SCOPE_ALL_STORES);
  customer::v1::SearchCustomersResponse found;
  *found.add_results()->mutable_customer() = at_hq.Answer(hq_sequence_).value;
  ASSERT_FALSE(hq_.searches.empty());
  hq_.searches.Answer(HqAnswer<customer::v1::SearchCustomersResponse>{.value = found});
  Run();
  EXPECT_THAT(everywhere.value().results(), SizeIs(1));
  EXPECT_EQ(everywhere.value().scope(), customer::v1::SEARCH_SCOPE_ALL_STORES);

  customer::v1::UpdateCustomerRequest edit;
  *edit.mutable_customer() = made.customer();
  edit.mutable_customer()->set_notes("tall");
  edit.mutable_update_mask()->add_paths("notes");
  Reply<Customer> edited;
  service_->UpdateCustomer(edit, {}, edited.done());
  ASSERT_FALSE(hq_.updates.empty());
  hq_.updates.Answer(at_hq.Answer(NextHqSequence()));
  Run();
  EXPECT_THAT(*edited, IsOk());
  EXPECT_FALSE(Holds("Xanthippe"));

  service_->SetForcedOffline(true, [](const auto&) {});
  Run();
  EXPECT_THAT(*Get(made.customer().name()), HasReason("HQ_UNREACHABLE"));
  const auto offline = Search("xanthippe", customer::v1::SEARCH_SCOPE_ALL_STORES);
  EXPECT_EQ(offline.value().reason(), "HQ_UNREACHABLE");
}

// It held customers and has work of its own: new creates are filtered at once, the work comes home
// first, then all goes.
TEST_F(DataFilterTest, ThePurgeWaitsForTheOutbox) {
  PROVES("S9");
  asynchronous_ = true;
  OpenReady();
  const Customer own = CreatePending(ACustomer().Named("Xanthippe", "Quodlibet"));
  customer::v1::CreateCustomerRequest made;
  *made.mutable_customer() = ACustomer().Named("Wuchtbrumme");
  made.mutable_customer()->set_name(CustomerName(NewId()));
  Deliver(AtHq(made, "C-1"));
  ASSERT_EQ(Status().customers(), 2u);

  SwitchFilter(true);
  EXPECT_EQ(Status().customer_data_purge(), v1::CUSTOMER_DATA_PURGE_WAITING);
  Advance(absl::Seconds(5));
  EXPECT_TRUE(Holds("Xanthippe"));
  const auto create = Create(ACustomer().Named("Ada"));
  EXPECT_EQ(hq_.creates.count(), 1);
  EXPECT_THAT(*Get(own.name()), IsOkAndHolds(IsPending()));
  EXPECT_EQ(hq_.gets.count(), 0);

  // HQ's word carries nothing but ids and state.
  const auto operation = Operations().at(0);
  AcknowledgeUpload(1);
  Advance(absl::Seconds(1));
  EXPECT_EQ(Status().customer_data_purge(), v1::CUSTOMER_DATA_PURGE_WAITING);
  Deliver({ChangeOf(ResultOf(operation, replication::v1::OPERATION_STATE_APPLIED))});
  Advance(absl::Seconds(2));
  EXPECT_EQ(Status().customer_data_purge(), v1::CUSTOMER_DATA_PURGE_DONE);
  EXPECT_EQ(Status().customers(), 0u);
  EXPECT_EQ(Status().outbox_depth(), 0u);
  for (const char* text : {"Xanthippe", "xanthippe", "Quodlibet", "Wuchtbrumme", "wuchtbrumme"}) {
    EXPECT_FALSE(Holds(text)) << text;
  }
}

// The service dies after every single command of a purge of many customers, and each time goes on
// where it was, without HQ.
TEST_F(DataFilterTest, ThePurgeSurvivesEveryCrash) {
  PROVES("S9");
  OpenReady();
  for (int i = 0; i < 120; ++i) {
    customer::v1::CreateCustomerRequest made;
    *made.mutable_customer() = ACustomer().Named("Xanthippe").At(AnAddress().Street("Hasenweg"));
    made.mutable_customer()->set_name(CustomerName(NewId()));
    Deliver(AtHq(made, "C-" + std::to_string(i)));
  }
  Crash();
  storage::v1::ConfigurationRecord group;
  auto& filter = *group.mutable_configuration()->mutable_channel_database_group();
  filter.set_name(database_group_);
  filter.set_filter_shared_customer_data(true);
  const auto transaction = database_.NewTransaction();
  transaction->Put(
      Table::kRecords,
      ConfigurationRecordKey(replication::v1::RECORD_KIND_CHANNEL_DATABASE_GROUP, "stores"),
      group.SerializeAsString());
  ASSERT_THAT(database_.Commit(*transaction), IsOk());
  ASSERT_TRUE(Holds("Xanthippe"));
  int lives = 0;
  do {
    ASSERT_LT(++lives, 100);
    Crash();
    queue_ = std::make_unique<CommitQueue>(database_, CommitterOptions{});
    service_ = *ChannelService::Open({.database = database_,
                                      .submitter = *queue_,
                                      .executor = executor_,
                                      .clock = clock_,
                                      .random = random_,
                                      .logger = logger_,
                                      .hq = hq_},
                                     options_);
    service_->Start();
    // Dies before it hears of what it committed.
    executor_.RunReady();
    queue_->RunGroup();
  } while (Status().customer_data_purge() != v1::CUSTOMER_DATA_PURGE_DONE);
  EXPECT_GT(lives, 8);
  EXPECT_FALSE(Holds("Xanthippe"));
  EXPECT_FALSE(Holds("hasenweg"));
  EXPECT_EQ(Status().customers(), 0u);
}

// Off again: the stream opens anew from nothing, and what comes is stored; on again, and it goes.
TEST_F(DataFilterTest, SwitchedOffItBecomesCompleteAgain) {
  PROVES("S9");
  OpenFiltered();
  SwitchFilter(false);
  for (const auto& cursor : hq_.subscriptions.written[0].hello().cursors()) {
    EXPECT_NE(cursor.membership().book() + std::to_string(cursor.membership().job()), "all1010");
  }
  EXPECT_FALSE(Status().customer_data_filtered());
  customer::v1::CreateCustomerRequest made;
  *made.mutable_customer() = ACustomer().Named("Xanthippe");
  made.mutable_customer()->set_name(CustomerName(NewId()));
  Deliver(AtHq(made, "C-1"));
  EXPECT_THAT(*Get(made.customer().name()), IsOkAndHolds(IsSyncedAs("C-1")));
  SwitchFilter(true);
  EXPECT_EQ(Status().customer_data_purge(), v1::CUSTOMER_DATA_PURGE_DONE);
  EXPECT_FALSE(Holds("Xanthippe"));
}

// Whatever HQ sends, as long as it knows nothing of the filter or not any more, no customer is
// stored, and no cursor passes over one: once the filter goes they are read from the beginning.
TEST_F(DataFilterTest, CustomersThatComeAllTheSameAreNotRead) {
  PROVES("S9");
  OpenFiltered();
  hq_.subscriptions.Break(absl::UnavailableError("gone"));
  Advance(absl::Seconds(2));
  ASSERT_TRUE(hq_.subscriptions.is_open());
  customers_come_ = true;
  GreetSubscription();
  customer::v1::CreateCustomerRequest made;
  *made.mutable_customer() = ACustomer().Named("Xanthippe");
  made.mutable_customer()->set_name(CustomerName(NewId()));
  HqCustomer at_hq = AtHq(made, "C-1");
  std::vector<replication::v1::Change> changes;
  for (auto& record : at_hq.Changes()) {
    changes.push_back(ChangeOf(std::move(record)));
    changes.back().mutable_membership()->set_job(replication::v1::JOB_1010_CUSTOMERS);
    changes.back().mutable_membership()->set_book("all");
  }
  Deliver(std::move(changes));
  EXPECT_FALSE(Holds("Xanthippe"));
  const v1::Status status = Status();
  for (const auto& cursor : status.cursors()) {
    EXPECT_FALSE(cursor.membership().job() == replication::v1::JOB_1010_CUSTOMERS &&
                 cursor.membership().book() == "all");
  }
}

}  // namespace
}  // namespace comptoir::channel
