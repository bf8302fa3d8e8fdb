// Opening a customer in a channel, and explaining why it is there or isn't. (V6, V9)

#include "tests/unit/hq/books_test.h"

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class VisibilityTest : public BooksTest {
 protected:
  absl::StatusOr<HqAnswer<v1::OpenCustomerResponse>> Open(const std::string& name,
                                                          const std::string& channel) {
    v1::OpenCustomerRequest request;
    request.set_channel(channel);
    request.set_name(name);
    return Call(&Hq::OpenCustomer, request);
  }
  v1::CustomerVisibility Explain(const std::string& customer, const std::string& channel,
                                 const std::string& language = "en") {
    v1::ExplainVisibilityRequest request;
    request.set_customer(customer);
    request.set_channel("channels/" + channel);
    absl::StatusOr<v1::CustomerVisibility> answer;
    hq().ExplainVisibility(request, {.language = language},
                           [&](absl::StatusOr<v1::CustomerVisibility> given) { answer = given; });
    RunAll();
    EXPECT_THAT(answer, IsOk());
    return *answer;
  }
  static std::vector<std::string> Reasons(const v1::CustomerVisibility& visibility) {
    std::vector<std::string> reasons;
    for (const auto& reason : visibility.reasons()) reasons.push_back(reason.reason());
    return reasons;
  }
};

// The customer is put into the channel's books, once, and answered as it is stored, with its
// addresses; the store that had it keeps it.
TEST_F(VisibilityTest, OpeningPutsTheCustomerIntoTheBooks) {
  PROVES("V6");
  const CustomerId id = CreateWith(5);
  Replica b;
  CatchUp(b, {"dallas"});
  EXPECT_FALSE(Has(b, id));
  const auto opened = Open(CustomerName(id), "dallas");
  ASSERT_THAT(opened, IsOk());
  EXPECT_THAT(opened->value.customer().address_books(), ElementsAre("a", "b"));
  ASSERT_THAT(opened->value.records(), SizeIs(6));
  EXPECT_EQ(opened->value.records(0).record(), Distributed()[CustomerRecordKey(id)]);
  EXPECT_EQ(opened->position.sequence(), opened->value.records(0).version());
  // Again: nothing is changed.
  EXPECT_EQ(Open(CustomerName(id), "dallas")->value.customer().etag(),
            opened->value.customer().etag());
  EXPECT_EQ(Open("accountNumbers/" + opened->value.customer().account_number(), "dallas")
                ->value.customer()
                .etag(),
            opened->value.customer().etag());
  CatchUp(b, {"dallas"});
  ExpectEqualsHq(b, {"b"});
  Replica a;
  CatchUp(a);
  ExpectEqualsHq(a, {"a"});
}

// An address that isn't among the first comes with its customer if it is asked for.
TEST_F(VisibilityTest, OpeningAnAddress) {
  PROVES("V6");
  const CustomerId id = CreateWith(100);
  std::string last;
  for (int i = 0; i < 20; ++i) last = std::max(last, AddAddress(id, AnAddress())->name());
  const auto opened = Open(last, "dallas");
  ASSERT_THAT(opened, IsOk());
  const auto& records = opened->value.records();
  EXPECT_TRUE(std::any_of(records.begin(), records.end(), [&](const auto& change) {
    storage::v1::AddressRecord address;
    return address.ParseFromString(change.record()) && address.address().name() == last;
  }));
}

TEST_F(VisibilityTest, OpeningWhatHqDoesntHave) {
  PROVES("V6", "L4");
  EXPECT_THAT(Open(CustomerName(NewId()), "dallas"), HasReason(Reason::kCustomerNotFound));
  EXPECT_THAT(Open(CustomerName(CreateWith(0)), "nowhere"), HasReason(Reason::kChannelNotFound));
  // Staged only: shown, and nothing to store.
  SetNumbersBlocked(true);
  const auto pending = ACustomer().WithId(NewId()).Build();
  UploadOnce(kLineage, {CreateOperation(1, pending)});
  const auto opened = Open(pending.name(), "dallas");
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->value.customer().state(), customer::v1::CUSTOMER_STATE_PENDING);
  EXPECT_THAT(opened->value.records(), IsEmpty());
}

// Each reason that may stand between a customer and a store. (V9)
TEST_F(VisibilityTest, Explained) {
  PROVES("V9");
  const CustomerId id = CreateWith(0);
  const std::string name = CustomerName(id);
  EXPECT_THAT(Reasons(Explain(CustomerName(NewId()), kChannel)), ElementsAre("CUSTOMER_NOT_FOUND"));
  const auto elsewhere = Explain(name, "dallas", "sv");
  EXPECT_FALSE(elsewhere.visible());
  EXPECT_THAT(Reasons(elsewhere), ElementsAre("NOT_IN_ADDRESS_BOOKS"));
  EXPECT_EQ(elsewhere.reasons(0).text(), "Kunden finns inte i någon av kanalens adressböcker.");

  const auto disconnected = Explain(name, kChannel);
  EXPECT_FALSE(disconnected.visible());
  EXPECT_THAT(Reasons(disconnected), ElementsAre("IN_ADDRESS_BOOK", "DISCONNECTED"));
  EXPECT_EQ(disconnected.reasons(0).address_book(), "addressBooks/a");
  EXPECT_EQ(disconnected.reasons(1).channel_service(), kStore);

  Replica a;
  SubscribeStream stream = Subscribe(a);
  EXPECT_THAT(Reasons(Explain(name, kChannel)), ElementsAre("IN_ADDRESS_BOOK", "NOT_ACKNOWLEDGED"));
  Follow(stream, a);
  const auto visible = Explain(name, kChannel);
  EXPECT_TRUE(visible.visible());
  EXPECT_THAT(Reasons(visible), ElementsAre("IN_ADDRESS_BOOK"));

  ASSERT_THAT(Move(id, {"b"}), IsOk());
  EXPECT_THAT(Reasons(Explain(name, "dallas")),
              ElementsAre("IN_ADDRESS_BOOK", "NO_CHANNEL_SERVICE"));
  SetBooks("dallas", {});
  EXPECT_THAT(Reasons(Explain(name, "dallas")),
              ElementsAre("CHANNEL_RECEIVES_ALL", "NO_CHANNEL_SERVICE"));

  SetNumbersBlocked(true);
  const auto pending = ACustomer().WithId(NewId()).Build();
  UploadOnce(kLineage, {CreateOperation(1, pending)});
  EXPECT_THAT(Reasons(Explain(pending.name(), kChannel)), ElementsAre("PENDING_HERE"));
  EXPECT_THAT(Reasons(Explain(pending.name(), "dallas")), ElementsAre("PENDING_ELSEWHERE"));
  EXPECT_EQ(Explain(pending.name(), "dallas").reasons(0).channel(), "channels/houston");
}

// A service of several channels holds what any of them may have; each channel is shown its own, and
// what is pending where it was captured. (V4, L4)
TEST_F(VisibilityTest, OfOneChannelAmongSeveral) {
  PROVES("V9", "V4", "L4");
  const CustomerId id = CreateWith(0);
  SetNumbersBlocked(true);
  const auto pending = ACustomer().WithId(NewId()).Build();
  UploadOnce(kLineage, {CreateOperation(1, pending)}, std::string(kChannel) + "-dallas");
  Replica both;
  SubscribeStream stream = Subscribe(both, {kChannel, "dallas"});
  Follow(stream, both);
  EXPECT_TRUE(Has(both, id));
  EXPECT_TRUE(Explain(CustomerName(id), kChannel).visible());
  const auto there = Explain(CustomerName(id), "dallas");
  EXPECT_FALSE(there.visible());
  EXPECT_THAT(Reasons(there), ElementsAre("NOT_IN_ADDRESS_BOOKS"));
  EXPECT_TRUE(Explain(pending.name(), kChannel).visible());
  EXPECT_FALSE(Explain(pending.name(), "dallas").visible());
  EXPECT_THAT(Reasons(Explain(pending.name(), "dallas")), ElementsAre("PENDING_ELSEWHERE"));
}

// What a channel has done for a customer keeps it there, whatever its books, until it is settled.
TEST_F(VisibilityTest, UnsettledWorkKeepsACustomer) {
  PROVES("V9", "V8");
  const CustomerId id = CreateWith(0);
  const std::string name = CustomerName(id);
  // Another create under its UUID: a person decides about it.
  UploadOnce(kLineage,
             {CreateOperation(1, ACustomer().WithId(id).Named("Somebody", "Else").Build())});
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  const auto kept = Explain(name, kChannel);
  EXPECT_TRUE(kept.visible());
  EXPECT_THAT(Reasons(kept), ElementsAre("UNSETTLED_HERE", "NOT_IN_ADDRESS_BOOKS"));
  EXPECT_EQ(kept.reasons(0).channel_service(), kStore);
  EXPECT_THAT(Reasons(Explain(name, "dallas")),
              ElementsAre("IN_ADDRESS_BOOK", "NO_CHANNEL_SERVICE"));
}

// A service keeps no customer data if one of its channels is in a group that filters it, and tells
// so of all of them; a service of the channel alone still has the customer. (S9)
TEST_F(VisibilityTest, FilteredForAnyChannelOfTheService) {
  PROVES("V9", "S9");
  const std::string name = CustomerName(CreateWith(0));
  Replica own;
  SubscribeStream stream = Subscribe(own);
  Follow(stream, own);
  Replica both;
  SubscribeStream of_both = Subscribe(both, {kChannel, "dallas"});
  Follow(of_both, both);
  v1::CreateConfigurationRequest group;
  group.mutable_configuration()->mutable_channel_database_group()->set_name(
      "channelDatabaseGroups/filtered");
  group.mutable_configuration()->mutable_channel_database_group()->set_filter_shared_customer_data(
      true);
  ASSERT_THAT(Administer<v1::Configuration>(group), IsOk());
  v1::UpdateChannelRequest update;
  update.mutable_channel()->set_name("channels/dallas");
  update.mutable_channel()->set_channel_database_group("channelDatabaseGroups/filtered");
  update.mutable_update_mask()->add_paths("channel_database_group");
  ASSERT_THAT(Administer<v1::Channel>(update), IsOk());

  const std::string service = std::string(kChannel) + "-dallas";
  const auto there = Explain(name, "dallas");
  EXPECT_FALSE(there.visible());
  EXPECT_THAT(Reasons(there), ElementsAre("CUSTOMER_DATA_FILTERED"));
  EXPECT_EQ(there.reasons(0).channel_service(), service);
  const auto here = Explain(name, kChannel);
  EXPECT_TRUE(here.visible());
  EXPECT_THAT(Reasons(here), ElementsAre("IN_ADDRESS_BOOK", "CUSTOMER_DATA_FILTERED"));
  EXPECT_EQ(here.reasons(1).channel_service(), service);
}

// While 1010 waits for its run, what it has published counts.
TEST_F(VisibilityTest, NotYetPublished) {
  PROVES("V9", "P3");
  const CustomerId id = CreateWith(0);
  Replica a;
  SubscribeStream stream = Subscribe(a);
  Follow(stream, a);
  v1::UpdateConfigurationRequest manual;
  auto& job = *manual.mutable_configuration()->mutable_batch_job();
  job.set_name("batchJobs/1010");
  job.set_mode(v1::BATCH_JOB_MODE_MANUAL);
  manual.mutable_update_mask()->add_paths("mode");
  ASSERT_THAT(Administer<v1::Configuration>(manual), IsOk());
  ASSERT_THAT(Move(id, {"b"}), IsOk());
  const auto here = Explain(CustomerName(id), kChannel);
  EXPECT_TRUE(here.visible());
  EXPECT_THAT(Reasons(here), ElementsAre("IN_ADDRESS_BOOK", "NOT_PUBLISHED"));
  EXPECT_THAT(Reasons(Explain(CustomerName(id), "dallas")),
              ElementsAre("NOT_IN_ADDRESS_BOOKS", "NOT_PUBLISHED"));
}

}  // namespace
}  // namespace comptoir::hq
