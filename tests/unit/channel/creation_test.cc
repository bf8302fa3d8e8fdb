#include "common/base/reason_texts.h"
#include "common/base/status.h"
#include "google/rpc/error_details.pb.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Creation : public ChannelTest {
 protected:
  Reply<Customer> Rehearse(const Customer& customer) {
    Reply<Customer> reply;
    customer::v1::CreateCustomerRequest request;
    request.set_validate_only(true);
    *request.mutable_customer() = customer;
    service_->CreateCustomer(request, {}, reply.done());
    Run();
    return reply;
  }

  HqAnswer<Customer> AnswerOf(const HqCustomer& customer) {
    return customer.Answer(customer.record.version());
  }
};

// Row: synchronous, online, OK. The customer has its account number, and is in the store before the
// reply. (S2)
TEST_F(Creation, SynchronousOnlineOkIsStoredWithItsNumber) {
  PROVES("S2", "V7", "C4");
  OpenReady();
  const auto reply = Create(ACustomer().Named("Ada", "Lovelace").Phone("020 7946 0958"));
  EXPECT_FALSE(reply.answered());

  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  hq_.creates.Answer(AnswerOf(at_hq));
  Run();

  ASSERT_THAT(*reply, IsOk());
  EXPECT_THAT(reply.value(), IsSyncedAs("C-00000001"));
  EXPECT_EQ(reply.value().account_number_text(), "C-00000001");
  const auto record =
      FindCustomer(reader(), ParseCustomerName(reply.value().name()).value()).value();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->SerializeAsString(), at_hq.record.SerializeAsString());
  EXPECT_THAT(Get("accountNumbers/C-00000001").value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(Operations(), IsEmpty());
  EXPECT_EQ(Status().created_synchronously(), 1);
}

// Row: synchronous, online, a refusal. It is returned as it is, and nothing is stored. (S5)
TEST_F(Creation, SynchronousOnlineRefusalIsReturned) {
  PROVES("S5");
  OpenReady();
  const Uuid id = NewId();
  const auto reply = Create(ACustomer().WithId(id));
  FieldViolations violations;
  violations.Add("email", "EMAIL_IMPOSSIBLE", "No e-mail looks so.");
  hq_.creates.Answer(violations.ToStatus());
  Run();
  EXPECT_THAT(*reply, HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(*Get(CustomerName(id)), HasReason(Reason::kCustomerNotFound));
  EXPECT_THAT(Operations(), IsEmpty());
}

// Row: synchronous, online, anything else. Every kind of failure makes the customer pending in the
// same call, under the UUID that HQ was asked with. (S5, S6, P12)
TEST_F(Creation, SynchronousOnlineAnythingElseFallsBack) {
  PROVES("S5", "S6", "B1", "P12");
  const std::vector<absl::Status> failures = {
      absl::UnavailableError("connection refused"),
      absl::DeadlineExceededError("no answer in time"),
      MakeError(Reason::kOverloaded, "The queue is full."),
      MakeError(Reason::kUnauthenticated, "The credential is not valid."),
      absl::UnauthenticatedError("handshake failed"),
      MakeError(Reason::kNumberSequenceBlocked, "Blocked."),
      MakeError(Reason::kNumberSequenceExhausted, "Exhausted."),
      MakeError(Reason::kNumberSequenceMissing, "None."),
      MakeError(Reason::kDiskFull, "HQ's disk is full."),
      MakeError(Reason::kShuttingDown, "HQ is stopping."),
      absl::UnimplementedError("an older HQ"),
      absl::InternalError("HQ is broken"),
      absl::InvalidArgumentError("a proxy's opinion, without our reason"),
  };
  for (const absl::Status& failure : failures) {
    SCOPED_TRACE(failure.ToString());
    OpenReady();
    const auto reply = Create(ACustomer());
    const auto asked = hq_.creates.request();
    hq_.creates.Answer(failure);
    Run();
    ASSERT_THAT(*reply, IsOk());
    EXPECT_THAT(reply.value(), IsPending());
    EXPECT_EQ(reply.value().name(), asked.customer().name());
    EXPECT_EQ(Operations().back().request_digest(), asked.forwarded().request_digest());
    EXPECT_EQ(Status().created_by_fallback(), 1);
  }
  EXPECT_THAT(Operations(), SizeIs(failures.size()));
}

// Row: synchronous, offline. HQ isn't asked. (S8)
TEST_F(Creation, SynchronousOfflineIsPendingAtOnce) {
  PROVES("S8");
  OpenOffline();
  const auto reply = Create(ACustomer());
  ASSERT_TRUE(reply.answered());
  EXPECT_THAT(reply.value(), IsPending());
  EXPECT_EQ(hq_.creates.count(), 0);
  EXPECT_EQ(Status().created_by_fallback(), 1);
}

// Row: asynchronous, any link. HQ isn't asked; customer, addresses and outbox entry are one commit.
// (S3, S4)
TEST_F(Creation, AsynchronousIsPendingAtOnceInOneCommit) {
  PROVES("S1", "S3", "S4", "L5");
  asynchronous_ = true;
  OpenReady();
  const uint64_t groups = queue().groups_committed();
  const auto reply = Create(ACustomer().Named("Ada", "Lovelace").At(AnAddress()));
  ASSERT_THAT(*reply, IsOk());
  EXPECT_EQ(queue().groups_committed(), groups + 1);
  EXPECT_EQ(hq_.creates.count(), 0);
  EXPECT_THAT(reply.value(), IsPending());
  EXPECT_EQ(reply.value().account_number_text(), "Pending sync");
  ASSERT_THAT(reply.value().addresses(), SizeIs(1));
  EXPECT_TRUE(reply.value().addresses(0).primary());
  EXPECT_TRUE(reply.value().addresses(0).pending());

  ASSERT_THAT(Operations(), SizeIs(1));
  const replication::v1::Operation operation = Operations().front();
  EXPECT_EQ(operation.sequence(), 1);
  EXPECT_EQ(operation.channel(), "052");
  EXPECT_EQ(operation.create_customer().customer().name(), reply.value().name());
  EXPECT_THAT(operation.create_customer().customer().addresses(), SizeIs(1));
  EXPECT_EQ(Status().created_asynchronously(), 1);
  EXPECT_EQ(Status().outbox_depth(), 1);
}

// People read the pending text in their language. (S3)
TEST_F(Creation, PendingTextIsInTheCallersLanguage) {
  PROVES("S3", "C2");
  OpenOffline();
  const std::string name = CreatePending(ACustomer()).name();
  EXPECT_EQ(Get(name, {.language = "fr"}).value().account_number_text(),
            "En attente de synchronisation");
  EXPECT_EQ(Get(name, {.language = "it"}).value().account_number_text(),
            "In attesa di sincronizzazione");
  EXPECT_EQ(Get(name, {.language = "sv"}).value().account_number_text(),
            "Väntar på synkronisering");
}

// What a store's people read of a pending customer, what was left out of it, and what it can't have
// yet, in every language: the UUID is for machines.
TEST_F(Creation, NobodyReadsTheUuid) {
  PROVES("S3", "L2");
  OpenOffline();
  for (const char* language : {"en", "fr", "it", "sv"}) {
    const Uuid id = NewId();
    const Customer customer = ACustomer().WithId(id).Phone("12").With(
        [](Customer& content) { content.set_title("Countess"); });
    const auto reply = Create(customer, {.language = language});
    ASSERT_THAT(reply.value(), IsPending());
    customer::v1::IssueLoyaltyCardRequest card;
    card.mutable_card()->set_customer(CustomerName(id));
    card.set_request_id(NewId().ToString());
    Reply<customer::v1::LoyaltyCard> issued;
    service_->IssueLoyaltyCard(card, {}, issued.done());
    Run();
    EXPECT_THAT(*issued, HasReason(Reason::kCustomerPending));
    google::rpc::LocalizedMessage message;
    const auto payload =
        WithTextForPeople((*issued).status(), language)
            .GetPayload({kLocalizedMessageUrl.data(), kLocalizedMessageUrl.size()});
    ASSERT_TRUE(payload.has_value() && message.ParseFromString(std::string(*payload)));
    std::vector<std::string> texts = {reply.value().account_number_text(),
                                      reply.value().display_name(), message.message()};
    ASSERT_THAT(reply.value().warnings(), SizeIs(2));
    for (const auto& warning : reply.value().warnings()) texts.push_back(warning.text());
    for (const std::string& text : texts) {
      EXPECT_NE(text, "") << language;
      EXPECT_THAT(text, Not(HasSubstr(id.ToString()))) << language;
    }
  }
}

// A second tap on "save" makes no second customer, in either state. (C1, C10)
TEST_F(Creation, RepeatedCreateReturnsTheSameCustomer) {
  PROVES("C1", "C10", "B1");
  OpenOffline();
  const auto request = ACustomer().WithId(NewId()).At(AnAddress());
  const Customer first = CreatePending(request);
  const Customer second = CreatePending(request);
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_THAT(Operations(), SizeIs(1));

  Deliver(AtHq(Operations().front(), "C-00000001"));
  const auto third = Create(request);
  EXPECT_THAT(third.value(), IsSyncedAs("C-00000001"));
  EXPECT_THAT(third.value().addresses(), SizeIs(1));
}

TEST_F(Creation, SameIdWithOtherContentIsRefused) {
  PROVES("C10");
  OpenOffline();
  const Uuid id = NewId();
  CreatePending(ACustomer().Named("Ada").WithId(id));
  const auto reply = Create(ACustomer().Named("Grace").WithId(id));
  EXPECT_THAT(*reply, HasReason(Reason::kRequestIdReused));
  EXPECT_EQ(Get(CustomerName(id)).value().given_name(), "Ada");
}

// An error names every field, before HQ is asked. (C8)
TEST_F(Creation, ValidationNamesAllFields) {
  PROVES("C3", "C8");
  OpenReady();
  const auto reply = Create(CustomerBuilder().Email("nonsense").With([](Customer& customer) {
    customer.set_birth_date("1966-02-30");
  }));
  ASSERT_TRUE(reply.answered());
  EXPECT_THAT(*reply, HasViolation("birth_date", "DATE_INVALID"));
  EXPECT_THAT(*reply, HasViolation("given_name", "NAME_REQUIRED"));
  EXPECT_THAT(*reply, HasViolation("email", "EMAIL_IMPOSSIBLE"));
  EXPECT_EQ(hq_.creates.count(), 0);
}

// HQ sees the caller's request with the UUID, the channel and the digest of the service that was
// asked first. (K2, C10)
TEST_F(Creation, HqIsAskedWithUuidAndDigest) {
  PROVES("S6", "K2");
  OpenReady();
  Create(ACustomer());
  const auto& forwarded = hq_.creates.request();
  EXPECT_EQ(forwarded.channel(), "052");
  EXPECT_EQ(forwarded.forwarded().channel_service(), "store-052");
  EXPECT_THAT(forwarded.forwarded().request_digest(), SizeIs(32));
  EXPECT_THAT(ParseCustomerName(forwarded.customer().name()), IsOk());
}

// HQ is awaited for the setting, or for what the caller has left without the time that the fallback
// needs. (S7)
TEST_F(Creation, HqIsAwaitedForTheSmallerTime) {
  PROVES("S7");
  OpenReady();
  Create(ACustomer());
  EXPECT_EQ(hq_.creates.call().deadline, clock_.Now() + absl::Milliseconds(300));
  hq_.creates.Answer(absl::InternalError("next"));
  Create(ACustomer(), {.deadline = clock_.Now() + absl::Milliseconds(250)});
  EXPECT_EQ(hq_.creates.call().deadline, clock_.Now() + absl::Milliseconds(150));
  hq_.creates.Answer(absl::InternalError("next"));
  const auto reply = Create(ACustomer(), {.deadline = clock_.Now() + absl::Milliseconds(90)});
  EXPECT_THAT(reply.value(), IsPending());
  EXPECT_EQ(hq_.creates.count(), 2) << "there was no time to ask";
}

TEST_F(Creation, FullOutboxRefusesPendingCustomers) {
  PROVES("S3");
  options_.outbox_operations_max = 1;
  OpenOffline();
  CreatePending(ACustomer());
  const auto reply = Create(ACustomer());
  EXPECT_THAT(*reply, HasReason(Reason::kOutboxFull));
  EXPECT_EQ(Status().outbox_depth(), 1);
}

// A service that has never had its configuration isn't ready, and says so to creates. (K1)
TEST_F(Creation, WithoutConfigurationNothingIsCreated) {
  PROVES("K1");
  Open();
  EXPECT_FALSE(service_->ready());
  EXPECT_THAT(*Create(ACustomer()), HasReason(Reason::kConfigurationMissing));
  Connect();
  Configure();
  EXPECT_TRUE(service_->ready());
}

// Once it has it, it is ready after a restart without HQ. (K1)
TEST_F(Creation, ReadyAfterRestartWithoutHq) {
  PROVES("K1", "S8");
  OpenReady();
  hq_.probe_answer = absl::UnavailableError("connection refused");
  Open();
  EXPECT_TRUE(service_->ready());
  EXPECT_THAT(Create(ACustomer()).value(), IsPending());
}

TEST_F(Creation, ChannelsOfOthersAreNotServed) {
  PROVES("K2");
  OpenReady();
  Reply<Customer> reply;
  customer::v1::CreateCustomerRequest request;
  request.set_channel("053");
  *request.mutable_customer() = ACustomer();
  service_->CreateCustomer(request, {}, reply.done());
  EXPECT_THAT(*reply, HasReason(Reason::kChannelNotServed));
}

TEST_F(Creation, ServiceOfSeveralChannelsMustBeToldWhich) {
  PROVES("K2");
  options_.channels = {"052", "053"};
  OpenReady();
  EXPECT_FALSE(service_->ready()) << "053 has no configuration";
  EXPECT_THAT(*Create(ACustomer()), HasReason(Reason::kChannelNotServed));
}

// HQ committed, then the store's disk was full: an error, and the repeated UUID ends with the one
// customer. (S6)
TEST_F(Creation, FailedLocalCommitLosesNothing) {
  PROVES("S6", "B1");
  OpenReady();
  const auto request = ACustomer().WithId(NewId());
  const auto first = Create(request);
  const HqCustomer at_hq = AtHq(hq_.creates.request(), "C-00000001");
  database_.set_free_bytes(0);
  hq_.creates.Answer(AnswerOf(at_hq));
  Run();
  EXPECT_THAT(*first, HasReason(Reason::kDiskFull));

  database_.set_free_bytes(uint64_t{1} << 40);
  const auto second = Create(request);
  EXPECT_EQ(hq_.creates.request().customer().name(), at_hq.record.customer().name());
  hq_.creates.Answer(AnswerOf(at_hq));
  Run();
  EXPECT_THAT(second.value(), IsSyncedAs("C-00000001"));
}

// An unauthenticated call raises an alarm; the next one that HQ accepts clears it. (S5)
TEST_F(Creation, UnauthenticatedRaisesAnAlarm) {
  PROVES("S5");
  OpenReady();
  Create(ACustomer());
  hq_.creates.Answer(MakeError(Reason::kUnauthenticated, "The credential is not valid."));
  Run();
  EXPECT_THAT(Status().alarms(), Contains("UNAUTHENTICATED"));
  CreateSynced(ACustomer(), "C-00000001");
  EXPECT_THAT(Status().alarms(), IsEmpty());
}

// HQ knows the customer, staged by another service, but not yet its number: it is pending here too.
// (S11)
TEST_F(Creation, AnswerWithoutNumberIsPending) {
  PROVES("S11");
  OpenReady();
  const auto reply = Create(ACustomer());
  HqCustomer at_hq = AtHq(hq_.creates.request(), "");
  at_hq.record.mutable_customer()->set_state(customer::v1::CUSTOMER_STATE_PENDING);
  hq_.creates.Answer(AnswerOf(at_hq));
  Run();
  EXPECT_THAT(reply.value(), IsPending());
  EXPECT_THAT(Operations(), SizeIs(1));
}

// A pending customer shows the phone of its primary address, and so does HQ's answer once stored.
// (A5)
TEST_F(Creation, CustomerWithoutPhoneShowsThatOfItsPrimaryAddress) {
  PROVES("A5", "A7");
  OpenReady();
  const auto reply = Create(ACustomer().At(AnAddress().Phone("020 7946 0958")));
  hq_.creates.Answer(AnswerOf(AtHq(hq_.creates.request(), "C-00000001")));
  Run();
  EXPECT_EQ(reply.value().phone().number(), "020 7946 0958");
  EXPECT_EQ(Get(reply.value().name()).value().phone().number(), "020 7946 0958");
}

// A rehearsal: the same refusals and warnings, what would be filled in, and nothing happens.
TEST_F(Creation, ValidateOnlyStoresNothingAndAsksNobody) {
  PROVES("C8", "D5");
  OpenReady();
  Customer customer =
      ACustomer().WithId(NewId()).Named("Ada", "Lovelace").Phone("no phone").Build();
  const auto valid = Rehearse(customer);
  ASSERT_THAT(*valid, IsOk());
  EXPECT_EQ(valid.value().display_name(), "Ada Lovelace");
  EXPECT_EQ(valid.value().currency(), "GBP");
  EXPECT_EQ(valid.value().state(), customer::v1::CUSTOMER_STATE_UNSPECIFIED);
  EXPECT_THAT(valid.value().warnings(), SizeIs(1));
  EXPECT_THAT(*Get(customer.name()), HasReason(Reason::kCustomerNotFound));
  EXPECT_THAT(Operations(), IsEmpty());

  customer.mutable_email()->set_address("@");
  EXPECT_THAT(*Rehearse(customer), HasViolation("email", "EMAIL_IMPOSSIBLE"));
}

}  // namespace
}  // namespace comptoir::channel
