// HQ's database was restored: the store offers what HQ may have lost, then reads from the
// beginning.

#include "channel-service/domain/replication/offers.h"

#include <functional>
#include <set>

#include "channel-service/domain/replication/hq_history.h"
#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/record_io.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Offers : public ChannelTest {
 protected:
  // The stream opens anew and HQ asks for all after `known`.
  void AskForOffers(uint64_t known) {
    hq_.subscriptions.Break(absl::UnavailableError("restored"));
    Advance(absl::Seconds(1));
    ASSERT_TRUE(hq_.subscriptions.is_open());
    hq::v1::SubscribeResponse response;
    response.mutable_hello()->mutable_epoch()->set_id(4711);
    response.mutable_hello()->mutable_offers_wanted()->set_known_sequence(known);
    hq_.subscriptions.Send(response);
    Run();
  }

  // All was offered, and the stream has opened anew: HQ greets with the memberships that were told.
  void GreetAnew() {
    hq::v1::SubscribeResponse response;
    const auto said = LastHello();
    for (const auto& cursor : said.cursors()) {
      *response.mutable_hello()->add_memberships() = cursor.membership();
    }
    response.mutable_hello()->mutable_epoch()->set_id(4711);
    hq_.subscriptions.Send(response);
    Run();
  }

  std::vector<hq::v1::RecordOffers> Offered() const {
    std::vector<hq::v1::RecordOffers> offered;
    for (const auto& request : hq_.subscriptions.written) {
      if (request.has_offers()) offered.push_back(request.offers());
    }
    return offered;
  }

  void AcknowledgeOffers(uint64_t number, uint64_t high_watermark = 500) {
    hq::v1::SubscribeResponse response;
    response.mutable_offers_acknowledgement()->set_number(number);
    response.mutable_offers_acknowledgement()->set_high_watermark(high_watermark);
    hq_.subscriptions.Send(response);
    Run();
  }

  // HQ brings a record of configuration so many versions earlier than the one that may be lost.
  void TakesThePlaceOfALostOne(uint64_t earlier) {
    OpenReady();
    const auto deliver = [&](const std::string& cost_center, uint64_t version) {
      storage::v1::ConfigurationRecord group;
      auto& shown = *group.mutable_configuration()->mutable_customer_group();
      shown.set_name("customerGroups/retail");
      (*shown.mutable_financial_dimensions())["CostCenter"] = cost_center;
      group.set_version(version);
      replication::v1::RecordChange change;
      change.set_kind(replication::v1::RECORD_KIND_CUSTOMER_GROUP);
      change.set_key("retail");
      change.set_record(SerializeDeterministically(group));
      change.set_version(version);
      Deliver({ChangeOf(change)});
    };
    const auto cost_center = [&]() -> std::string {
      const auto stored = reader().Get(
          Table::kRecords,
          ConfigurationRecordKey(replication::v1::RECORD_KIND_CUSTOMER_GROUP, "retail"));
      storage::v1::ConfigurationRecord group;
      if (!stored->has_value() || !group.ParseFromString(**stored)) return "gone";
      return group.configuration().customer_group().financial_dimensions().at("CostCenter");
    };
    const uint64_t known = hq_sequence_;
    deliver("lost", hq_sequence_ + 1);
    const uint64_t version = hq_sequence_ - earlier;
    AskForOffers(known);
    AcknowledgeOffers(1, hq_sequence_ + 2);
    Advance(absl::Seconds(5));
    ASSERT_TRUE(hq_.subscriptions.is_open());
    GreetAnew();
    batch_ = 0;
    EXPECT_EQ(cost_center(), "lost");
    deliver("HQ's", version);
    EXPECT_EQ(cost_center(), "HQ's");
    Deliver(std::vector<replication::v1::Change>());
    EXPECT_EQ(cost_center(), "HQ's");
  }

  hq::v1::SubscribeHello LastHello() const { return hq_.subscriptions.written.front().hello(); }
};

// Records that HQ gave after the common history, customers before their addresses; nothing that is
// only the store's. Then the store reads everything from the beginning.
TEST_F(Offers, OffersWhatHqMayHaveLostThenReadsFromTheBeginning) {
  PROVES("P13");
  OpenReady();
  CreateSynced(ACustomer().Named("Old"), "C-00000001");
  const uint64_t known = hq_sequence_;
  const Customer lost = CreateSynced(ACustomer().Named("Ada").At(AnAddress()), "C-00000042");
  AskForOffers(known);
  EXPECT_THAT(Status().alarms(), Contains("DIVERGED"));
  ASSERT_THAT(Offered(), SizeIs(1));
  const hq::v1::RecordOffers offers = Offered()[0];
  EXPECT_TRUE(offers.last());
  ASSERT_THAT(offers.offers(), SizeIs(2));
  EXPECT_EQ(offers.offers(0).record().kind(), replication::v1::RECORD_KIND_CUSTOMER);
  EXPECT_EQ(offers.offers(1).record().kind(), replication::v1::RECORD_KIND_ADDRESS);
  const std::string key = CustomerRecordKey(*ParseCustomerName(lost.name()));
  EXPECT_EQ(offers.offers(0).record().record(), **reader().Get(Table::kRecords, key));
  EXPECT_FALSE(offers.offers(1).customer_digest().empty());

  AcknowledgeOffers(1);
  EXPECT_FALSE(hq_.subscriptions.is_open());
  Advance(absl::Seconds(5));
  ASSERT_TRUE(hq_.subscriptions.is_open());
  const auto said = LastHello();
  for (const auto& cursor : said.cursors()) {
    EXPECT_EQ(cursor.position().sequence(), 0u);
  }
  EXPECT_THAT(LastHello().highest_numbers(), ElementsAre("C-00000042"));
  EXPECT_THAT(LastHello().answered(), IsEmpty());
  // Nothing went before HQ had it.
  EXPECT_THAT(*Get(lost.name()), IsOk());
}

// A create that HQ answered and no feed has brought: the restored HQ doesn't know the answer's
// position.
TEST_F(Offers, TellsTheLastAnswerAndTheHighestNumber) {
  PROVES("P12", "P13");
  OpenReady();
  CreateSynced(ACustomer(), "C-00000042");
  CreateSynced(ACustomer(), "C-00000007");
  CreateSynced(ACustomer(), "K-100");
  hq_.subscriptions.Break(absl::UnavailableError("gone"));
  Advance(absl::Seconds(5));
  ASSERT_THAT(LastHello().answered(), SizeIs(1));
  EXPECT_EQ(LastHello().answered(0).sequence(), hq_sequence_);
  EXPECT_THAT(LastHello().highest_numbers(),
              ::testing::UnorderedElementsAre("C-00000042", "K-100"));
  EXPECT_THAT(LastHello().hq_epochs(), SizeIs(1));
}

// A batch is what HQ had when it sent it: what had changed again by then comes later. An HQ that
// has lost the change must learn of that, for the store stands behind the place of what it had
// before.
TEST_F(Offers, TellsWhereHqWasWhenItSent) {
  PROVES("P13");
  OpenReady();
  replication::v1::Position high_watermark = PositionAt(hq_sequence_ + 10);
  high_watermark.set_epoch_id(17);
  hq::v1::SubscribeResponse response;
  response.mutable_batch()->set_batch(++batch_);
  *response.mutable_batch()->mutable_high_watermark() = high_watermark;
  hq_.subscriptions.Send(response);
  Run();
  hq_.subscriptions.Break(absl::UnavailableError("gone"));
  Advance(absl::Seconds(5));
  ASSERT_THAT(LastHello().answered(), SizeIs(1));
  EXPECT_EQ(LastHello().answered(0).sequence(), high_watermark.sequence());
}

// A restored HQ answers before its store has said hello: the position of that answer is one that HQ
// knows, and doesn't hide the one that it has lost. What HQ was told goes when all is offered; what
// came late is still to be told.
TEST_F(Offers, AnAnswerOfTheRestoredHqHidesNoLostOne) {
  PROVES("P13");
  const auto answered_in = [](uint64_t epoch, uint64_t sequence) {
    replication::v1::Position position;
    position.set_epoch_counter(epoch);
    position.set_epoch_id(epoch + 1000);
    position.set_sequence(sequence);
    return position;
  };
  const auto told = [&] { return *ReadAnswered(reader()); };
  const auto write = [&](const std::function<absl::Status(Transaction&)>& command) {
    const auto transaction = database_.NewTransaction();
    ASSERT_THAT(command(*transaction), IsOk());
    ASSERT_THAT(database_.Commit(*transaction), IsOk());
  };
  const auto keep = [&](const replication::v1::Position& position) {
    write([&](Transaction& transaction) { return KeepAnswered(transaction, position); });
  };
  keep(answered_in(2, 100));
  keep(answered_in(2, 103));
  keep(answered_in(2, 101));
  keep(answered_in(3, 110));
  const Answered known = told();
  ASSERT_THAT(known, SizeIs(2));
  EXPECT_EQ(known[0].sequence(), 103u);
  EXPECT_EQ(known[1].sequence(), 110u);

  keep(answered_in(2, 104));
  EXPECT_FALSE(SameAnswers(known, told()));
  write([&](Transaction& transaction) { return ForgetAnswered(transaction, known); });
  ASSERT_THAT(told(), SizeIs(1));
  EXPECT_EQ(told()[0].sequence(), 104u);

  for (uint64_t epoch = 3; epoch < 3 + kAnsweredEpochsMax; ++epoch) keep(answered_in(epoch, 200));
  EXPECT_THAT(told(), SizeIs(kAnsweredEpochsMax));
  EXPECT_EQ(told()[0].epoch_counter(), 3u);
}

// An answer of a history that HQ has lost comes when HQ has already been greeted: it hears of it at
// its next heartbeat.
TEST_F(Offers, ALateAnswerIsTold) {
  PROVES("P13");
  OpenReady();
  CreateSynced(ACustomer(), "C-00000042");
  const auto beat = [&] {
    hq::v1::SubscribeResponse response;
    response.mutable_heartbeat();
    hq_.subscriptions.Send(response);
    Run();
  };
  beat();
  ASSERT_TRUE(hq_.subscriptions.is_open());
  replication::v1::Position late;
  late.set_epoch_counter(1);
  late.set_epoch_id(17);
  late.set_sequence(99);
  const auto transaction = database_.NewTransaction();
  ASSERT_THAT(KeepAnswered(*transaction, late), IsOk());
  ASSERT_THAT(database_.Commit(*transaction), IsOk());
  beat();
  EXPECT_FALSE(hq_.subscriptions.is_open());
  Advance(absl::Seconds(5));
  ASSERT_TRUE(hq_.subscriptions.is_open());
  EXPECT_THAT(LastHello().answered(), SizeIs(2));
}

// A broken stream doesn't begin again where HQ has acknowledged.
TEST_F(Offers, GoesOnWhereItWas) {
  PROVES("P13");
  options_.upload_batch_operations_max = 1;
  OpenReady();
  for (int i = 0; i < 3; ++i) {
    CreateSynced(ACustomer().At(AnAddress()).At(AnAddress()), "C-0000000" + std::to_string(i));
  }
  AskForOffers(0);
  size_t offered = 0;
  for (uint64_t number = 1; number <= 3; ++number) {
    ASSERT_THAT(Offered(), SizeIs(number));
    offered += Offered().back().offers_size();
    AcknowledgeOffers(number);
  }
  const std::string next = Offered().back().offers(0).record().key();
  AskForOffers(0);
  ASSERT_THAT(Offered(), SizeIs(1));
  EXPECT_EQ(Offered()[0].offers(0).record().key(), next);
  for (uint64_t number = 1; !Offered().back().last(); ++number) {
    offered += Offered().back().offers_size();
    AcknowledgeOffers(number);
  }
  EXPECT_EQ(offered + Offered().back().offers_size(), 9u);
}

// Pages of any size bring everything once, an address never before its customer.
TEST_F(Offers, PagesOfAnySize) {
  OpenReady();
  for (int i = 0; i < 5; ++i) {
    customer::v1::Customer customer = ACustomer();
    for (int place = 0; place < i; ++place) *customer.add_addresses() = AnAddress();
    CreateSynced(customer, "C-0000000" + std::to_string(i));
  }
  for (size_t size = 1; size < 8; ++size) {
    std::set<std::string> keys;
    std::string from;
    do {
      const auto page =
          ReadOffers(reader(), from, 0, {.customers_max = size, .addresses_max = size});
      ASSERT_THAT(page, IsOk());
      for (const auto& offer : page->offers) {
        EXPECT_TRUE(keys.insert(offer.record().key()).second) << "twice, pages of " << size;
        EXPECT_TRUE(keys.count(offer.record().key().substr(0, 16)) > 0);
      }
      from = page->next;
    } while (!from.empty());
    EXPECT_THAT(keys, SizeIs(5 + 0 + 1 + 2 + 3 + 4));
  }
}

// Configuration that was made in what HQ lost goes when HQ's feeds have been read without it.
TEST_F(Offers, LostConfigurationGoes) {
  OpenReady();
  const uint64_t known = hq_sequence_;
  hq::v1::Configuration group;
  group.mutable_customer_group()->set_name("customerGroups/lost");
  ConfigureAny(replication::v1::RECORD_KIND_CUSTOMER_GROUP, "lost", group);
  const std::string key =
      ConfigurationRecordKey(replication::v1::RECORD_KIND_CUSTOMER_GROUP, "lost");
  ASSERT_TRUE(reader().Get(Table::kRecords, key)->has_value());
  AskForOffers(known);
  AcknowledgeOffers(1, hq_sequence_ + 10);
  Advance(absl::Seconds(5));
  GreetAnew();
  hq_sequence_ += 9;
  batch_ = 0;
  Deliver(std::vector<replication::v1::Change>());
  EXPECT_FALSE(reader().Get(Table::kRecords, key)->has_value());
  EXPECT_TRUE(service_->ready());
}

// So do channels, profiles and operating units, whose records are of types of their own.
TEST_F(Offers, ALostProfileGoes) {
  OpenReady();
  const uint64_t known = hq_sequence_;
  storage::v1::ProfileRecord lost;
  lost.mutable_profile()->set_name("profiles/lost");
  lost.set_version(hq_sequence_ + 1);
  replication::v1::RecordChange change;
  change.set_kind(replication::v1::RECORD_KIND_PROFILE);
  change.set_key("lost");
  change.set_record(SerializeDeterministically(lost));
  change.set_version(lost.version());
  replication::v1::Change change_of_profile = ChangeOf(change);
  change_of_profile.mutable_membership()->set_job(replication::v1::JOB_1070_CHANNELS);
  Deliver({change_of_profile});
  ASSERT_TRUE(reader().Get(Table::kRecords, ProfileRecordKey("lost"))->has_value());
  AskForOffers(known);
  AcknowledgeOffers(1, hq_sequence_ + 10);
  Advance(absl::Seconds(5));
  GreetAnew();
  hq_sequence_ += 9;
  batch_ = 0;
  Deliver(std::vector<replication::v1::Change>());
  EXPECT_FALSE(reader().Get(Table::kRecords, ProfileRecordKey("lost"))->has_value());
  EXPECT_TRUE(service_->ready());
}

// What HQ holds of it is an earlier version: that one takes its place, and stays.
TEST_F(Offers, AnEarlierConfigurationOfHqsTakesThePlaceOfALostOne) {
  PROVES("P13");
  TakesThePlaceOfALostOne(/*earlier=*/1);
}
// The store cannot tell that HQ has not lost it: it wasn't there when HQ began its last epoch.
TEST_F(Offers, TheSameConfigurationStays) { TakesThePlaceOfALostOne(/*earlier=*/0); }

// A store had read addresses and not yet their customer: they are offered, too, and go when HQ has
// answered. HQ brings them with their customer, if it has that.
TEST_F(Offers, AddressesWithoutTheirCustomerAreOfferedAndGo) {
  PROVES("P13");
  OpenReady();
  const uint64_t known = hq_sequence_;
  const AddressKey key{NewId(), NewId()};
  storage::v1::AddressRecord address;
  address.mutable_address()->set_name(AddressName(key));
  address.set_version(NextHqSequence());
  replication::v1::RecordChange change;
  change.set_kind(replication::v1::RECORD_KIND_ADDRESS);
  change.set_key(AddressRecordKey(key).substr(1));
  change.set_record(SerializeDeterministically(address));
  change.set_version(address.version());
  Deliver({ChangeOf(change)});
  ASSERT_TRUE(FindAddress(reader(), key)->has_value());
  AskForOffers(known);
  ASSERT_THAT(Offered(), SizeIs(1));
  ASSERT_THAT(Offered()[0].offers(), SizeIs(1));
  EXPECT_TRUE(Offered()[0].offers(0).customer_digest().empty());
  EXPECT_TRUE(FindAddress(reader(), key)->has_value());
  AcknowledgeOffers(1);
  EXPECT_FALSE(FindAddress(reader(), key)->has_value());
}

// A person at the restored HQ discarded the create of a customer that the lost HQ had made: HQ's
// record replaces it, and its addresses go.
TEST_F(Offers, RejectedSinceTheRestore) {
  PROVES("P8", "P13");
  OpenReady();
  const Customer lost = CreateSynced(ACustomer().Named("Ada").At(AnAddress()), "C-00000042");
  const CustomerId id = *ParseCustomerName(lost.name());
  HqCustomer rejected{FindCustomer(reader(), id)->value()};
  const AddressKey address = *ParseAddressName(lost.addresses(0).name());
  ASSERT_TRUE(FindAddress(reader(), address)->has_value());
  rejected.record.clear_primary_address_id();
  rejected.record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_REJECTED);
  rejected.record.mutable_customer()->clear_account_number();
  rejected.record.set_version(hq_sequence_ + 1);
  Deliver({ChangeOf(rejected.Changes()[0])});
  EXPECT_EQ(Get(lost.name()).value().state(), customer::v1::CUSTOMER_STATE_REJECTED);
  EXPECT_FALSE(FindAddress(reader(), address)->has_value());
}

// HQ takes no cards back: what it has lost of them goes before its feeds are read, and so does what
// would keep an earlier version of HQ's from being stored.
TEST_F(Offers, LostCardsGo) {
  OpenReady();
  const auto deliver = [&](const std::string& number) {
    storage::v1::LoyaltyCardRecord card;
    card.mutable_card()->set_name(LoyaltyCardName(number));
    card.set_version(NextHqSequence());
    replication::v1::RecordChange change;
    change.set_kind(replication::v1::RECORD_KIND_LOYALTY_CARD);
    change.set_key(number);
    change.set_record(SerializeDeterministically(card));
    change.set_version(card.version());
    Deliver({ChangeOf(change)});
  };
  deliver("1");
  const uint64_t known = hq_sequence_;
  deliver("2");
  ASSERT_TRUE(FindLoyaltyCard(reader(), "2")->has_value());
  AskForOffers(known);
  AcknowledgeOffers(1);
  EXPECT_TRUE(FindLoyaltyCard(reader(), "1")->has_value());
  EXPECT_FALSE(FindLoyaltyCard(reader(), "2")->has_value());
}

// An operator has given up what a fenced database holds: its operations end as discarded, what was
// only pending as rejected.
TEST_F(Offers, DiscardedWhileFenced) {
  PROVES("P13");
  OpenOffline();
  const Customer pending = CreatePending(ACustomer());
  hq_.uploads.Break(MakeError(Reason::kLineageFenced, "Fenced.", {{"discard", "an old copy"}}));
  Run();
  EXPECT_THAT(Status().alarms(), Contains("LINEAGE_FENCED"));
  EXPECT_EQ(Status().outbox_depth(), 0u);
  EXPECT_THAT(Unsettled(), IsEmpty());
  EXPECT_EQ((*Get(pending.name()))->state(), customer::v1::CUSTOMER_STATE_REJECTED);
}

}  // namespace
}  // namespace comptoir::channel
