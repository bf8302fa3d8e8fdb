// What features and default customers make of a create in the store.

#include "common/base/status.h"
#include "tests/unit/channel/channel_test.h"

namespace comptoir::channel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FeatureTest : public ChannelTest {
 protected:
  static Customer Titled(const Uuid& id) {
    return ACustomer().WithId(id).With([](Customer& customer) { customer.set_title("Countess"); });
  }
};

// An asynchronous channel refuses a title while F3 is off, and names every field that needs it.
TEST_F(FeatureTest, AsynchronousWithoutF3RefusesATitle) {
  PROVES("F3", "L3", "F0");
  asynchronous_ = true;
  OpenReady();
  Customer customer = Titled(NewId());
  const auto refused = Create(customer);
  EXPECT_THAT(*refused, HasReason("FEATURE_OFF"));
  ASSERT_THAT(FieldViolationsOf((*refused).status()), SizeIs(1));
  EXPECT_EQ(FieldViolationsOf((*refused).status()).front().field, "title");
  customer.mutable_email()->set_address("nonsense");
  EXPECT_THAT(*Create(customer), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(*Create(customer), HasViolation("title", "FEATURE_OFF"));
  EXPECT_THAT(Operations(), IsEmpty());
}

// It takes effect when job 1110 has brought it; switched off again, what was captured stays.
TEST_F(FeatureTest, F3TakesEffectWhenItHasCome) {
  PROVES("F3", "F7", "F0", "L3", "C10");
  asynchronous_ = true;
  OpenReady();
  SwitchFeature("F3", true);
  EXPECT_THAT(Status().features(), ElementsAre("F3"));
  EXPECT_EQ(Status().configuration_version(), hq_sequence_);
  const Customer kept = CreatePending(Titled(NewId()));
  EXPECT_EQ(kept.title(), "Countess");
  EXPECT_EQ(Operations().front().create_customer().customer().title(), "Countess");
  SwitchFeature("F3", false);
  EXPECT_EQ(Get(kept.name()).value().title(), "Countess");
  EXPECT_THAT(*Create(Titled(NewId())), HasReason("FEATURE_OFF"));
  // Repeating what was committed under the rules of its day returns it.
  EXPECT_EQ(Create(Titled(ParseCustomerName(kept.name()).value())).value().title(), "Countess");
}

// HQ doesn't answer: the customer is pending without its title, and the reply says so, in the
// caller's language. HQ is sent the digest of the whole request, so that HQ's full record stands if
// it had committed.
TEST_F(FeatureTest, FallbackLeavesOutWhatF3Forbids) {
  PROVES("F8", "L3", "C10");
  OpenReady();
  const Customer customer = Titled(NewId());
  const auto reply = Create(customer, {.language = "fr"});
  const customer::v1::CreateCustomerRequest asked = hq_.creates.request();
  EXPECT_EQ(asked.customer().title(), "Countess");
  hq_.creates.Answer(absl::UnavailableError("gone"));
  Run();
  ASSERT_THAT(*reply, IsOk());
  EXPECT_THAT(reply.value(), IsPending());
  EXPECT_EQ(reply.value().title(), "");
  ASSERT_THAT(reply.value().warnings(), SizeIs(1));
  EXPECT_EQ(reply.value().warnings(0).field(), "title");
  EXPECT_EQ(reply.value().warnings(0).reason(), "FEATURE_OFF");
  ASSERT_THAT(Operations(), SizeIs(1));
  EXPECT_EQ(Operations().front().create_customer().customer().title(), "");
  EXPECT_EQ(Operations().front().request_digest(), asked.forwarded().request_digest());
  // The same again is the same customer.
  EXPECT_EQ(Create(customer).value().name(), customer.name());

  Deliver(AtHq(asked, "C-00000001"));
  EXPECT_EQ(Get(customer.name()).value().title(), "Countess");
}

class InheritanceInStoreTest : public ChannelTest {
 protected:
  InheritanceInStoreTest() { with_default_customer_ = true; }
};

// Configuration comes record by record: until all is there that is inherited from, nothing is
// created without it.
TEST_F(InheritanceInStoreTest, WaitsForWhatIsInheritedFrom) {
  PROVES("D7", "K1");
  OpenReady();
  EXPECT_THAT(*Create(ACustomer()), HasReason("CONFIGURATION_MISSING"));
  ConfigureDefaultCustomer();
  EXPECT_FALSE(Create(ACustomer()).answered());
}

// Offline, a pending customer inherits from what lies in the channel database; its affiliations
// only with F3. What it inherited travels with the operation and stays.
TEST_F(InheritanceInStoreTest, InheritsOffline) {
  PROVES("D1", "D2", "D3", "D6", "D7");
  OpenOffline();
  ConfigureDefaultCustomer();
  const Customer first = CreatePending(ACustomer());
  EXPECT_EQ(first.customer_group(), "retail");
  EXPECT_EQ(first.currency(), "EUR");
  EXPECT_EQ(first.language(), "en-GB");
  EXPECT_EQ(first.financial_dimensions().at("CostCenter"), "082");
  EXPECT_THAT(first.affiliations(), IsEmpty());
  const Customer captured = Operations().front().create_customer().customer();
  EXPECT_EQ(captured.customer_group(), "retail");
  EXPECT_EQ(captured.financial_dimensions().at("CostCenter"), "082");
  SwitchFeature("F3", true);
  EXPECT_THAT(CreatePending(ACustomer()).affiliations(), ElementsAre("guests"));
  EXPECT_THAT(Get(first.name()).value().affiliations(), IsEmpty());
}

// What is inherited is configuration: no address book of the store has the default customer, and no
// customer has come.
TEST_F(InheritanceInStoreTest, InheritsWhateverItsBooksHold) {
  PROVES("D7", "V8");
  address_books_ = {"a"};
  books_ = {{"book/a", 1}};
  OpenOffline();
  ConfigureDefaultCustomer();
  ASSERT_EQ(Status().customers(), 0u);
  const Customer pending = CreatePending(ACustomer());
  EXPECT_EQ(pending.customer_group(), "retail");
  EXPECT_EQ(pending.currency(), "EUR");
  EXPECT_EQ(pending.financial_dimensions().at("CostCenter"), "082");
  EXPECT_THAT(pending.address_books(), ElementsAre("a"));
  // Nor does it come by its books: it is no customer.
  EXPECT_EQ(Status().customers(), 1u);
}

}  // namespace
}  // namespace comptoir::channel
