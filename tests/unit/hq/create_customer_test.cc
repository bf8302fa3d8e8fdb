#include "common/base/status_proto.h"
#include "tests/unit/hq/hq_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::Customer;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CreateCustomerTest : public HqTest {
 protected:
  void SetUp() override { SetUpChain(); }

  absl::StatusOr<HqAnswer<Customer>> CreateWith(const customer::v1::CreateCustomerRequest& request,
                                                const CallContext& call = {}) {
    return Call(&Hq::CreateCustomer, request, call);
  }
};

// HQ creates in real time: number, state, defaults of the channel, dates.
TEST_F(CreateCustomerTest, NumbersAndStoresTheCustomer) {
  PROVES("C2", "C3", "D5", "S2", "P12");
  const CustomerId id = NewId();
  const auto created = Create(ACustomer().WithId(id).Named("Ada", "Lovelace"));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->name(), CustomerName(id));
  EXPECT_EQ(created->state(), customer::v1::CUSTOMER_STATE_SYNCED);
  EXPECT_EQ(created->account_number(), "C-00000001");
  EXPECT_EQ(created->account_number_text(), "C-00000001");
  EXPECT_EQ(created->display_name(), "Ada Lovelace");
  EXPECT_EQ(created->currency(), "USD");
  EXPECT_EQ(created->language(), "en-US");
  EXPECT_EQ(created->channel(), kChannel);
  EXPECT_EQ(created->create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(Status()->customers(), 1u);
}

// HQ serves batches as stores do: each with its own result and number, and repeating all of them
// has no second effect.
TEST_F(CreateCustomerTest, ManyInOneCall) {
  PROVES("C10");
  customer::v1::BatchCreateCustomersRequest batch;
  for (const char* name : {"Ada", "", "Grace"}) {
    auto& request = *batch.add_requests();
    request.set_channel(kChannel);
    *request.mutable_customer() = ACustomer().Named(name).WithId(NewId());
  }
  *batch.add_requests() = batch.requests(2);
  for (int time = 0; time < 2; ++time) {
    customer::v1::BatchCreateCustomersResponse response;
    hq().BatchCreateCustomers(batch, {}, [&](const auto& answer) { response = answer.value(); });
    RunAll();
    ASSERT_THAT(response.results(), SizeIs(4));
    EXPECT_EQ(response.results(0).customer().account_number(), "C-00000001");
    EXPECT_THAT(FromProto(response.results(1).error()),
                HasViolation("given_name", "NAME_REQUIRED"));
    EXPECT_EQ(response.results(2).customer().account_number(), "C-00000002");
    EXPECT_EQ(response.results(3).customer().name(), response.results(2).customer().name());
  }
  EXPECT_EQ(Status()->customers(), 2u);
}

// By UUID and by account number the same customer is found, for ever.
TEST_F(CreateCustomerTest, ResolvesByUuidAndAccountNumber) {
  PROVES("P9");
  const CustomerId id = NewId();
  const auto created = Create(ACustomer().WithId(id));
  ASSERT_THAT(created, IsOk());
  const auto by_id = Get(id);
  ASSERT_THAT(by_id, IsOk());
  EXPECT_EQ(by_id->etag(), created->etag());
  const auto by_number = Get("accountNumbers/C-00000001");
  ASSERT_THAT(by_number, IsOk());
  EXPECT_EQ(by_number->name(), CustomerName(id));
  EXPECT_THAT(Get("accountNumbers/C-00000002"), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(Get(NewId()), HasReason("CUSTOMER_NOT_FOUND"));
}

// A second tap on "save" makes no second customer, and takes no second number.
TEST_F(CreateCustomerTest, RepeatedRequestReturnsTheSameCustomer) {
  PROVES("C10", "S6");
  const Customer customer = ACustomer().WithId(NewId()).At(AnAddress()).Build();
  const auto first = Create(customer);
  const auto second = Create(customer);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Status()->customers(), 1u);
}

// However the customer was edited since, the request that created it is still recognised.
TEST_F(CreateCustomerTest, RepeatedRequestAfterAnEditReturnsTheEditedCustomer) {
  PROVES("C10");
  const Customer customer = ACustomer().WithId(NewId()).Build();
  ASSERT_THAT(Create(customer), IsOk());
  customer::v1::UpdateCustomerRequest update;
  update.mutable_customer()->set_name(customer.name());
  update.mutable_customer()->set_notes("likes tea");
  update.mutable_update_mask()->add_paths("notes");
  ASSERT_THAT(Update(update), IsOk());
  const auto again = Create(customer);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->notes(), "likes tea");
}

// The same UUID for another person is a bug of the caller, not an edit.
TEST_F(CreateCustomerTest, OtherContentUnderTheSameIdIsRefused) {
  PROVES("C10");
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id)), IsOk());
  EXPECT_THAT(Create(ACustomer().WithId(id).Named("Grace")), HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(Get(id)->given_name(), "Ada");
}

// A channel service forwards with the digest of what it was asked: HQ compares that.
TEST_F(CreateCustomerTest, ForwardedDigestDecides) {
  PROVES("C10", "S11");
  customer::v1::CreateCustomerRequest request;
  request.set_channel(kChannel);
  *request.mutable_customer() = ACustomer().WithId(NewId());
  request.mutable_forwarded()->set_channel_service(kStore);
  request.mutable_forwarded()->set_request_digest("digest of the original");
  ASSERT_THAT(CreateWith(request), IsOk());
  request.mutable_customer()->set_currency("USD");  // filled in on the way
  EXPECT_THAT(CreateWith(request), IsOk());
  request.mutable_forwarded()->set_request_digest("digest of another");
  EXPECT_THAT(CreateWith(request), HasReason("REQUEST_ID_REUSED"));
}

// Without a UUID the service mints one.
TEST_F(CreateCustomerTest, MintsAnIdIfNoneIsGiven) {
  PROVES("C10");
  const auto first = Create(ACustomer());
  const auto second = Create(ACustomer());
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(first->name(), second->name());
}

// Every offending field is named at once; nothing is stored and no number is lost.
TEST_F(CreateCustomerTest, NamesAllInvalidFields) {
  PROVES("C4", "C8");
  const CustomerId id = NewId();
  const Customer wrong = ACustomer().WithId(id).Named("").Email("nobody").With(
      [](Customer& c) { c.set_currency("XXQ"); });
  const auto refused = Create(wrong);
  EXPECT_THAT(refused, HasViolation("given_name", "NAME_REQUIRED"));
  EXPECT_THAT(refused, HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(refused, HasViolation("currency", "CURRENCY_UNKNOWN"));
  EXPECT_THAT(Get(id), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_EQ(Create(ACustomer())->account_number(), "C-00000001");
}

// A refusal isn't remembered: the corrected request may use the same UUID.
TEST_F(CreateCustomerTest, RefusalIsNotRemembered) {
  PROVES("C10");
  const CustomerId id = NewId();
  ASSERT_THAT(Create(ACustomer().WithId(id).Named("")), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(Create(ACustomer().WithId(id).Named("Ada")), IsOk());
}

// A name that is no customer's is refused, together with what else is wrong.
TEST_F(CreateCustomerTest, RefusesAnUnreadableName) {
  PROVES("C8", "K2");
  Customer customer = ACustomer().Named("");
  customer.set_name("customers/42");
  const auto refused = Create(customer);
  EXPECT_THAT(refused, HasViolation("name", "NAME_INVALID"));
  EXPECT_THAT(refused, HasViolation("given_name", "NAME_REQUIRED"));
}

// An address of the request becomes the primary one, with what it inherits.
TEST_F(CreateCustomerTest, StoresAddressesWithTheCustomer) {
  PROVES("A3", "A4", "A5", "A6", "A7");
  const CustomerId id = NewId();
  const auto created = Create(ACustomer()
                                  .WithId(id)
                                  .Phone("713 555 0100")
                                  .At(AnAddress().In("Austin", ""))
                                  .At(AnAddress().In("London", "GB").Primary()));
  ASSERT_THAT(created, IsOk());
  ASSERT_THAT(created->addresses(), SizeIs(2));
  EXPECT_EQ(created->addresses(0).country(), "US");
  EXPECT_EQ(created->addresses(0).display_name(), "Ada");
  EXPECT_EQ(created->addresses(0).phone().number(), "713 555 0100");
  EXPECT_EQ(created->addresses(0).name(), AddressName({id, DerivedAddressId(id, 0)}));
  EXPECT_FALSE(created->addresses(0).primary());
  EXPECT_TRUE(created->addresses(1).primary());
  EXPECT_EQ(created->primary_address(), created->addresses(1).name());
  EXPECT_THAT(Get(id)->addresses(), IsEmpty());
}

// A POS sees the phone of the primary address where the customer has none; a channel service, which
// stores the answer, must not.
TEST_F(CreateCustomerTest, ForwardedAnswerShowsOnlyTheRecord) {
  PROVES("A5");
  customer::v1::CreateCustomerRequest request;
  request.set_channel(kChannel);
  *request.mutable_customer() =
      ACustomer().WithId(NewId()).At(AnAddress().Phone("+44 20 7946 0958"));
  request.mutable_forwarded()->set_channel_service(kStore);
  request.mutable_forwarded()->set_request_digest("digest");
  const auto forwarded = CreateWith(request);
  ASSERT_THAT(forwarded, IsOk());
  EXPECT_EQ(forwarded->value.phone().number(), "");
  EXPECT_EQ(Get(request.customer().name())->phone().number(), "+44 20 7946 0958");
}

// Unknown letters in a phone are no reason to send a customer away; the caller is told.
TEST_F(CreateCustomerTest, UnparsablePhoneIsAWarning) {
  PROVES("C4");
  const auto created = Create(ACustomer().Phone("ask Bob"));
  ASSERT_THAT(created, IsOk());
  ASSERT_THAT(created->warnings(), SizeIs(1));
  EXPECT_EQ(created->warnings(0).reason(), "PHONE_UNPARSABLE");
}

// The answer carries HQ's position: a later one for a later create, that of now for a repeat.
TEST_F(CreateCustomerTest, AnswerCarriesItsPosition) {
  PROVES("S6");
  customer::v1::CreateCustomerRequest request;
  request.set_channel(kChannel);
  *request.mutable_customer() = ACustomer().WithId(NewId());
  const auto first = CreateWith(request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Create(ACustomer()), IsOk());
  const auto repeated = CreateWith(request);
  ASSERT_THAT(repeated, IsOk());
  EXPECT_THAT(repeated->position.sequence(), Gt(first->position.sequence()));
  EXPECT_EQ(repeated->position.epoch_counter(), 1u);
  EXPECT_EQ(repeated->value.etag(), first->value.etag());
}

// HQ serves every channel: a create names one, unless there is just one.
TEST_F(CreateCustomerTest, NeedsAChannelThatExists) {
  PROVES("K2");
  EXPECT_THAT(Create(ACustomer(), "paris"), HasReason("CHANNEL_NOT_FOUND"));
  EXPECT_EQ(Create(ACustomer(), "")->channel(), kChannel);
  v1::CreateChannelRequest second;
  *second.mutable_channel() = *Administer<v1::Channel>([] {
    v1::GetChannelRequest get;
    get.set_name("channels/houston");
    return get;
  }());
  second.mutable_channel()->set_name("channels/dallas");
  ASSERT_THAT(Administer<v1::Channel>(second), IsOk());
  EXPECT_THAT(Create(ACustomer(), ""), HasViolation("channel", "REQUIRED"));
}

// No numbers: no customer in real time, and no refusal, for the store shall fall back.
TEST_F(CreateCustomerTest, BlockedNumberSequenceIsNoRefusal) {
  PROVES("S5", "P12");
  SetNumbersBlocked(true);
  const CustomerId id = NewId();
  const auto blocked = Create(ACustomer().WithId(id));
  EXPECT_THAT(blocked, HasReason("NUMBER_SEQUENCE_BLOCKED"));
  EXPECT_FALSE(IsRefusal(blocked.status()));
  SetNumbersBlocked(false);
  EXPECT_EQ(Create(ACustomer().WithId(id))->account_number(), "C-00000001");
}

// The form that precedes a create: defaults filled in, a fresh UUID each time.
TEST_F(CreateCustomerTest, NewCustomerForm) {
  PROVES("C1");
  customer::v1::GetNewCustomerFormRequest request;
  request.set_channel(kChannel);
  const auto first = Call(&Hq::GetNewCustomerForm, request);
  const auto second = Call(&Hq::GetNewCustomerForm, request);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->value.currency(), "USD");
  EXPECT_NE(first->value.name(), second->value.name());
  EXPECT_THAT(ParseCustomerName(first->value.name()), IsOk());
}

// People read in their own language; "Pending sync" is for pending customers only.
TEST_F(CreateCustomerTest, WarningsComeInTheCallersLanguage) {
  PROVES("C2");
  customer::v1::GetCustomerRequest request;
  request.set_name(Create(ACustomer())->name());
  const auto french = Call(&Hq::GetCustomer, request, {.language = "fr"});
  ASSERT_THAT(french, IsOk());
  EXPECT_EQ(french->value.account_number_text(), "C-00000001");
}

// A rehearsal answers as the create would and leaves nothing behind, not even a number.
TEST_F(CreateCustomerTest, ValidateOnlyStoresNothing) {
  PROVES("C8", "D5");
  customer::v1::CreateCustomerRequest request;
  request.set_channel(std::string(kChannel));
  request.set_validate_only(true);
  *request.mutable_customer() = ACustomer().WithId(NewId()).Named("Ada", "Lovelace").Build();
  const auto rehearsed = CreateWith(request);
  ASSERT_THAT(rehearsed, IsOk());
  EXPECT_EQ(rehearsed->value.display_name(), "Ada Lovelace");
  EXPECT_EQ(rehearsed->value.state(), customer::v1::CUSTOMER_STATE_UNSPECIFIED);
  EXPECT_EQ(rehearsed->value.account_number(), "");
  EXPECT_EQ(Status()->customers(), 0u);

  request.set_validate_only(false);
  EXPECT_EQ(CreateWith(request)->value.account_number(), "C-00000001");
  request.set_validate_only(true);
  EXPECT_EQ(CreateWith(request)->value.account_number(), "C-00000001");
  request.mutable_customer()->set_given_name("Eve");
  EXPECT_THAT(CreateWith(request), HasReason("REQUEST_ID_REUSED"));
}

}  // namespace
}  // namespace comptoir::hq
