// A service of several channels holds the customers of all of them in one database; each channel
// finds its own. (V4, V6, L4)

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/loyalty_cards.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Channel 052 has book a, channel 053 book b.
class SeveralChannels : public ChannelTest {
 protected:
  SeveralChannels() {
    options_.channels = {"052", "053"};
    address_books_ = {"a"};
    books_ = {{"book/a", 1}, {"book/b", 2}};
    asynchronous_ = true;
  }

  void OpenBoth(const std::vector<std::string>& books_of_053 = {"b"}) {
    OpenReady();
    storage::v1::ChannelRecord record;
    hq::v1::Channel& channel = *record.mutable_channel();
    channel.set_name("channels/053");
    channel.set_operating_unit("operatingUnits/london");
    channel.set_profile("profiles/stores");
    channel.set_currency("GBP");
    channel.set_language("en-GB");
    for (const auto& book : books_of_053) channel.add_address_books("addressBooks/" + book);
    record.set_version(hq_sequence_ + 1);
    replication::v1::RecordChange change;
    change.set_kind(replication::v1::RECORD_KIND_CHANNEL);
    change.set_key("053");
    change.set_record(record.SerializeAsString());
    change.set_version(record.version());
    replication::v1::Change configuration = ChangeOf(std::move(change));
    configuration.mutable_membership()->set_job(replication::v1::JOB_1070_CHANNELS);
    Deliver({std::move(configuration)});
    ASSERT_TRUE(service_->ready());
  }

  // A customer of HQ's, in these books, with an address; it comes unless it is only at HQ.
  HqCustomer AtHqIn(const std::vector<std::string>& books, const std::string& given_name) {
    const CustomerId id = NewId();
    HqCustomer at_hq;
    at_hq.record.set_version(hq_sequence_ + 1);
    at_hq.record.set_request_digest("digest");
    Customer& customer = *at_hq.record.mutable_customer();
    customer.set_name(CustomerName(id));
    customer.set_given_name(given_name);
    customer.set_family_name("Smith");
    customer.set_display_name(given_name + " Smith");
    customer.set_state(customer::v1::CUSTOMER_STATE_SYNCED);
    customer.set_account_number("C-1" + given_name);
    for (const std::string& book : books) customer.add_address_books(book);
    storage::v1::AddressRecord& address = at_hq.addresses.emplace_back();
    address.set_version(at_hq.record.version());
    address.mutable_address()->set_name(AddressName({id, NewId()}));
    address.mutable_address()->set_city("Lyon");
    return at_hq;
  }
  std::string Arrives(const std::vector<std::string>& books, const std::string& given_name) {
    const HqCustomer at_hq = AtHqIn(books, given_name);
    Deliver(at_hq);
    return at_hq.record.customer().name();
  }
  Customer CreateAt(const std::string& channel, const std::string& given_name) {
    customer::v1::CreateCustomerRequest request;
    request.set_channel(channel);
    *request.mutable_customer() = ACustomer().Named(given_name, "Smith");
    Reply<Customer> reply;
    service_->CreateCustomer(request, {}, reply.done());
    Run();
    EXPECT_THAT(reply.value(), IsPending());
    return reply.value();
  }

  Reply<Customer> GetAt(const std::string& channel, const std::string& name) {
    customer::v1::GetCustomerRequest request;
    request.set_channel(channel);
    request.set_name(name);
    Reply<Customer> reply;
    service_->GetCustomer(request, {}, reply.done());
    Run();
    return reply;
  }
  customer::v1::SearchCustomersResponse SearchAt(const std::string& channel,
                                                 const std::string& query) {
    customer::v1::SearchCustomersRequest request;
    request.set_channel(channel);
    request.set_query(query);
    Reply<customer::v1::SearchCustomersResponse> reply;
    service_->SearchCustomers(request, {}, reply.done());
    Run();
    return reply.value();
  }
  std::vector<std::string> FoundAt(const std::string& channel, const std::string& query) {
    std::vector<std::string> names;
    const auto response = SearchAt(channel, query);
    for (const auto& result : response.results()) names.push_back(result.customer().given_name());
    return names;
  }
  std::vector<std::string> ListedAt(const std::string& channel, int page_size = 0) {
    std::vector<std::string> names;
    customer::v1::ListCustomersRequest request;
    request.set_channel(channel);
    request.set_page_size(page_size);
    do {
      Reply<customer::v1::ListCustomersResponse> reply;
      service_->ListCustomers(request, {}, reply.done());
      for (const auto& customer : reply.value().customers()) names.push_back(customer.given_name());
      request.set_page_token(reply.value().next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  size_t AddressesAt(const std::string& channel, const std::string& parent) {
    customer::v1::ListAddressesRequest request;
    request.set_channel(channel);
    request.set_parent(parent);
    Reply<customer::v1::ListAddressesResponse> reply;
    service_->ListAddresses(request, {}, reply.done());
    Run();
    return (*reply).ok() ? static_cast<size_t>(reply.value().addresses_size()) : 0;
  }
};

// Whichever way a customer is looked for, those of the channel's address books are there.
TEST_F(SeveralChannels, EachFindsThoseOfItsBooks) {
  PROVES("V4", "V8");
  OpenBoth();
  const std::string ada = Arrives({"a"}, "Ada");
  const std::string bea = Arrives({"b"}, "Bea");
  const std::string cleo = Arrives({"a", "b"}, "Cleo");
  for (const char* query : {"smith", "smi lyon", "smyth"}) {
    EXPECT_THAT(FoundAt("052", query), ElementsAre("Ada", "Cleo")) << query;
    EXPECT_THAT(FoundAt("053", query), ElementsAre("Bea", "Cleo")) << query;
  }
  EXPECT_THAT(FoundAt("053", "C-1Ada"), IsEmpty());
  EXPECT_THAT(FoundAt("053", ada.substr(ada.find('/') + 1)), IsEmpty());
  EXPECT_THAT(FoundAt("052", ada.substr(ada.find('/') + 1)), ElementsAre("Ada"));
  EXPECT_THAT(ListedAt("052"), UnorderedElementsAre("Ada", "Cleo"));
  EXPECT_THAT(ListedAt("053", 1), UnorderedElementsAre("Bea", "Cleo"));
  EXPECT_EQ(AddressesAt("053", "customers/-"), 2u);
  EXPECT_EQ(AddressesAt("052", ada), 1u);
  EXPECT_EQ(AddressesAt("053", ada), 0u);
  EXPECT_EQ(GetAt("052", ada).value().name(), ada);
  EXPECT_EQ(GetAt("052", "accountNumbers/C-1Ada").value().name(), ada);
}

// Without books it is shown all that HQ has.
TEST_F(SeveralChannels, WithoutBooksFindsAll) {
  PROVES("V4", "V8");
  books_ = {{"all", 1}};
  OpenBoth({});
  Arrives({"a"}, "Ada");
  Arrives({"c"}, "Bea");
  EXPECT_THAT(FoundAt("052", "smith"), ElementsAre("Ada"));
  EXPECT_THAT(FoundAt("053", "smith"), ElementsAre("Ada", "Bea"));
}

// Customers of the other channels take nobody's place: not among those that are ranked, and not on
// a page.
TEST_F(SeveralChannels, OthersTakeNoPlaces) {
  PROVES("V4");
  OpenBoth();
  for (int i = 0; i < 250; ++i) Arrives({"a"}, absl::StrCat("Ada", i));
  Arrives({"b"}, "Zoe");
  for (const char* query : {"smith", "sm", "smith z", "smyth", "lyon", "C-1Z", "C-1"}) {
    EXPECT_THAT(FoundAt("053", query), ElementsAre("Zoe")) << query;
    EXPECT_FALSE(SearchAt("053", query).truncated()) << query;
  }
  EXPECT_THAT(ListedAt("053", 10), ElementsAre("Zoe"));
  EXPECT_THAT(ListedAt("052", 100), SizeIs(250));
}

// Opening one that is there for another channel is opening one of another store: HQ puts it into
// the channel's books, and from then on it is found. Where HQ can't be asked it isn't.
TEST_F(SeveralChannels, OpeningBringsItIntoTheChannel) {
  PROVES("V4", "V6");
  OpenBoth();
  HqCustomer ada = AtHqIn({"a"}, "Ada");
  Deliver(ada);
  const std::string name = ada.record.customer().name();
  hq_.knows_no_others = false;
  for (const std::string& asked : {name, std::string("accountNumbers/C-1Ada")}) {
    const auto unanswered = GetAt("053", asked);
    EXPECT_EQ(hq_.openings.request().channel(), "053");
    EXPECT_EQ(hq_.openings.request().name(), asked);
    hq_.openings.Answer(absl::UnavailableError("connection refused"));
    Run();
    EXPECT_THAT(*unanswered, HasReason(Reason::kCustomerNotFound));
    EXPECT_EQ(MetadataOf((*unanswered).status(), "hq"), "HQ_UNREACHABLE");
    Advance(absl::Seconds(3));
    Connect();
  }
  const auto reply = GetAt("053", name);
  ada.record.set_version(hq_sequence_ + 1);
  ada.record.mutable_customer()->add_address_books("b");
  HqAnswer<hq::v1::OpenCustomerResponse> answer;
  *answer.value.mutable_customer() = CustomerView(ada.record, "en");
  for (auto& change : ada.Changes()) *answer.value.add_records() = std::move(change);
  answer.position = PositionAt(ada.record.version());
  hq_.openings.Answer(answer);
  Run();
  EXPECT_THAT(reply.value(), IsSyncedAs("C-1Ada"));
  EXPECT_THAT(FoundAt("053", "ada"), ElementsAre("Ada"));
  EXPECT_THAT(FoundAt("052", "ada"), ElementsAre("Ada"));
  EXPECT_EQ(AddressesAt("053", name), 1u);
}

// Who is pending is found at the store that made it, and not at others of the same service before
// HQ has it, whatever their books.
TEST_F(SeveralChannels, PendingIsItsOwnStores) {
  PROVES("V4", "L4", "L5");
  OpenBoth({"a"});
  const Customer ada = CreateAt("052", "Ada");
  EXPECT_THAT(FoundAt("052", "ada"), ElementsAre("Ada"));
  EXPECT_THAT(ListedAt("052"), ElementsAre("Ada"));
  EXPECT_THAT(GetAt("052", ada.name()).value(), IsPending());
  EXPECT_THAT(FoundAt("053", "ada"), IsEmpty());
  EXPECT_THAT(ListedAt("053"), IsEmpty());
  EXPECT_THAT(*GetAt("053", ada.name()), HasReason(Reason::kCustomerNotFound));

  const replication::v1::Operation operation = Operations().back();
  AcknowledgeUpload(operation.sequence());
  HqCustomer at_hq = AtHq(operation, "C-00000001");
  at_hq.record.mutable_customer()->add_address_books("a");
  Deliver({ChangeOf(AppliedResult(operation, at_hq))});
  EXPECT_THAT(FoundAt("053", "ada"), ElementsAre("Ada"));
  EXPECT_THAT(GetAt("053", ada.name()).value(), IsSyncedAs("C-00000001"));
}

// A store always finds its own unsettled work, also on a customer that isn't in its books.
TEST_F(SeveralChannels, UnsettledWorkIsShownWhereItWasDone) {
  PROVES("V4", "V8");
  OpenBoth();
  const std::string ada = Arrives({"a"}, "Ada");
  SwitchFeature("F4", true);
  customer::v1::CreateAddressRequest request;
  request.set_channel("053");
  request.set_parent(ada);
  *request.mutable_address() = AnAddress();
  Reply<Address> reply;
  service_->CreateAddress(request, {}, reply.done());
  Run();
  ASSERT_THAT(*reply, IsOk());
  EXPECT_THAT(FoundAt("053", "ada"), ElementsAre("Ada"));
  EXPECT_THAT(ListedAt("053"), ElementsAre("Ada"));
}

// A rejected customer is no more than a UUID that resolves.
TEST_F(SeveralChannels, TheRejectedResolveEverywhere) {
  PROVES("P9");
  OpenBoth();
  const Customer ada = CreateAt("052", "Ada");
  const replication::v1::Operation operation = Operations().back();
  AcknowledgeUpload(operation.sequence());
  Deliver({ChangeOf(ResultOf(operation, replication::v1::OPERATION_STATE_DISCARDED, "A twin."))});
  for (const char* channel : {"052", "053"}) {
    EXPECT_EQ(GetAt(channel, ada.name()).value().state(), customer::v1::CUSTOMER_STATE_REJECTED);
  }
}

// A watch shows whom the store may see, and ends with whom it may not.
TEST_F(SeveralChannels, WatchesTellNoMore) {
  PROVES("V4", "M3");
  OpenBoth();
  const std::string ada = Arrives({"a"}, "Ada");
  struct Log {
    int customers = 0;
    std::optional<absl::Status> finished;
  };
  class Writer : public StreamWriter<Customer> {
   public:
    explicit Writer(std::shared_ptr<Log> log) : log_(std::move(log)) {}
    void Write(Customer) override { ++log_->customers; }
    void Finish(absl::Status status) override { log_->finished = std::move(status); }

   private:
    const std::shared_ptr<Log> log_;
  };
  for (const std::string& channel : options_.channels) {
    const auto log = std::make_shared<Log>();
    const auto reader = service_->WatchCustomer({}, std::make_unique<Writer>(log));
    customer::v1::WatchCustomerRequest request;
    request.set_channel(channel);
    request.set_name(ada);
    reader->OnMessage(request);
    Run();
    const bool own = channel == "052";
    EXPECT_EQ(log->customers, own ? 1 : 0);
    ASSERT_EQ(log->finished.has_value(), !own);
    if (own) continue;
    EXPECT_THAT(*log->finished, HasReason(Reason::kCustomerNotFound));
  }
}

// With HQ out of reach, a search of all stores is answered with what this one may see.
TEST_F(SeveralChannels, AllStoresWithoutHqIsThisStore) {
  PROVES("V4");
  OpenBoth();
  Arrives({"a"}, "Ada");
  Arrives({"b"}, "Bea");
  service_->SetForcedOffline(true, [](const auto&) {});
  Run();
  customer::v1::SearchCustomersRequest request;
  request.set_channel("053");
  request.set_query("smith");
  request.set_scope(customer::v1::SEARCH_SCOPE_ALL_STORES);
  Reply<customer::v1::SearchCustomersResponse> reply;
  service_->SearchCustomers(request, {}, reply.done());
  EXPECT_EQ(reply.value().reason(), "HQ_UNREACHABLE");
  ASSERT_THAT(reply.value().results(), SizeIs(1));
  EXPECT_EQ(reply.value().results(0).customer().given_name(), "Bea");
}

// A loyalty card follows its customer.
TEST_F(SeveralChannels, CardsTellNoMore) {
  PROVES("V4", "Y2");
  OpenBoth();
  const std::string ada = Arrives({"a"}, "Ada");
  for (const std::string& owner : {ada, std::string()}) {
    storage::v1::LoyaltyCardRecord card;
    const std::string number = owner.empty() ? "L-2" : "L-1";
    card.mutable_card()->set_name(LoyaltyCardName(number));
    card.mutable_card()->set_customer(owner);
    card.set_version(hq_sequence_ + 1);
    replication::v1::RecordChange change;
    change.set_kind(replication::v1::RECORD_KIND_LOYALTY_CARD);
    change.set_key(number);
    change.set_record(card.SerializeAsString());
    change.set_version(card.version());
    Deliver({ChangeOf(std::move(change))});
  }
  const auto cards_at = [&](const std::string& channel) {
    customer::v1::ListLoyaltyCardsRequest request;
    request.set_channel(channel);
    request.set_parent("customers/-");
    Reply<customer::v1::ListLoyaltyCardsResponse> reply;
    service_->ListLoyaltyCards(request, {}, reply.done());
    return reply.value().cards_size();
  };
  const auto card_at = [&](const std::string& channel, const std::string& number) {
    customer::v1::GetLoyaltyCardRequest request;
    request.set_channel(channel);
    request.set_name(LoyaltyCardName(number));
    Reply<customer::v1::LoyaltyCard> reply;
    service_->GetLoyaltyCard(request, {}, reply.done());
    return (*reply).status();
  };
  EXPECT_EQ(cards_at("052"), 2);
  EXPECT_EQ(cards_at("053"), 1);
  EXPECT_THAT(card_at("052", "L-1"), IsOk());
  EXPECT_THAT(card_at("053", "L-1"), HasReason(Reason::kLoyaltyCardNotFound));
  EXPECT_THAT(card_at("053", "L-2"), IsOk());
  EXPECT_THAT(FoundAt("052", "L-1"), ElementsAre("Ada"));
  EXPECT_THAT(FoundAt("053", "L-1"), IsEmpty());
}

}  // namespace
}  // namespace comptoir::channel
