#include "cli/field_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/errors.h"
#include "comptoir/customer/v1/customer.pb.h"
#include "comptoir/hq/v1/configuration.pb.h"
#include "tests/support/matchers.h"

namespace comptoir::cli {
namespace {

using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

FieldPath Path(std::string_view path) { return *FieldPath::Parse(*Customer::descriptor(), path); }

TEST(FieldPath, ReachesFieldsAtEveryDepth) {
  Customer customer;

  EXPECT_THAT(Path("given_name").Set(customer, "Ada"), IsOk());
  EXPECT_THAT(Path("email").Set(customer, "ada@example.com"), IsOk());
  EXPECT_THAT(Path("phone").Set(customer, "020 7946 0018"), IsOk());
  EXPECT_THAT(Path("phone.kind").Set(customer, "Cell"), IsOk());
  EXPECT_THAT(Path("address.city").Set(customer, "London"), IsOk());
  EXPECT_THAT(Path("address.phone").Set(customer, "1"), IsOk());

  EXPECT_EQ(customer.given_name(), "Ada");
  EXPECT_EQ(customer.email().address(), "ada@example.com");
  EXPECT_EQ(customer.phone().number(), "020 7946 0018");
  EXPECT_EQ(customer.phone().kind(), customer::v1::PHONE_KIND_MOBILE);
  ASSERT_EQ(customer.addresses_size(), 1);
  EXPECT_EQ(customer.addresses(0).city(), "London");
  EXPECT_EQ(customer.addresses(0).phone().number(), "1");
}

TEST(FieldPath, GetsWhatWasSet) {
  Customer customer;
  EXPECT_EQ(Path("address.city").Get(customer), "");
  EXPECT_EQ(Path("phone.kind").Get(customer), "");

  ASSERT_THAT(Path("address.street").Set(customer, "1 High St"), IsOk());
  ASSERT_THAT(Path("address.street").Set(customer, "Flat 2"), IsOk());
  ASSERT_THAT(Path("type").Set(customer, "organization"), IsOk());

  EXPECT_EQ(Path("address.street").Get(customer), "1 High St\nFlat 2");
  EXPECT_EQ(Path("type").Get(customer), "CUSTOMER_TYPE_ORGANIZATION");
  EXPECT_EQ(Path("address.street").text(), "addresses.street");
  EXPECT_EQ(Path("address.street").root(), "addresses");
}

TEST(FieldPath, UnknownFieldsAreErrorsOfUsage) {
  for (const char* path : {"", "surname", "email.kind", "given_name.x", "address", "attributes"}) {
    const auto parsed = FieldPath::Parse(*Customer::descriptor(), path);
    EXPECT_TRUE(IsUsageError(parsed.status())) << path << ": " << parsed.status();
  }
}

TEST(FieldPath, SaysWhatAnEnumerationTakes) {
  Customer customer;
  EXPECT_THAT(Path("phone.kind").Set(customer, "fax").message(), HasSubstr("mobile, home, work"));
}

TEST(FieldPath, GoesIntoMapsByKey) {
  Customer customer;
  EXPECT_THAT(Path("attributes.shoe_size").Set(customer, "37"), IsOk());
  EXPECT_THAT(Path("attributes.team").Set(customer, "red"), IsOk());
  EXPECT_THAT(Path("attributes.team").Set(customer, ""), IsOk());
  EXPECT_EQ(customer.attributes().at("shoe_size"), "37");
  // Empty is a value: it keeps a default away.
  EXPECT_EQ(customer.attributes().at("team"), "");
  EXPECT_EQ(Path("attributes.shoe_size").Get(customer), "37");
  EXPECT_EQ(Path("attributes.hat").Get(customer), "");
  EXPECT_TRUE(Path("attributes.team").Covers("customer.attributes[team]"));
  EXPECT_FALSE(Path("attributes.team").Covers("customer.attributes[shoe_size]"));
  EXPECT_TRUE(IsUsageError(FieldPath::Parse(*Customer::descriptor(), "attributes").status()));
}

TEST(FieldPath, AppendsContactsWithWhatIsSaidOfThem) {
  Customer customer;
  const FieldPath emails = Path("secondary_emails");
  EXPECT_THAT(emails.Set(customer, "a@b"), IsOk());
  EXPECT_THAT(emails.Set(customer, "c@d,purpose=Office,consent=opted_in,consent.captured_by=Eve"),
              IsOk());
  EXPECT_THAT(Path("secondary_phones").Set(customer, "7,kind=work"), IsOk());
  ASSERT_EQ(customer.secondary_emails_size(), 2);
  EXPECT_EQ(customer.secondary_emails(0).address(), "a@b");
  EXPECT_EQ(customer.secondary_emails(1).purpose(), "Office");
  EXPECT_EQ(customer.secondary_emails(1).consent().state(), customer::v1::CONSENT_STATE_OPTED_IN);
  EXPECT_EQ(customer.secondary_emails(1).consent().captured_by(), "Eve");
  EXPECT_EQ(customer.secondary_phones(0).kind(), customer::v1::PHONE_KIND_WORK);
  EXPECT_EQ(emails.Get(customer), "a@b");
  for (const char* text : {"a@b,Office", "a@b,colour=red", "a@b,consent=perhaps"}) {
    EXPECT_FALSE(emails.Set(customer, text).ok()) << text;
  }
  EXPECT_THAT(emails.Set(customer, ""), IsOk());
  EXPECT_EQ(customer.secondary_emails_size(), 0);
  EXPECT_THAT(Path("email.consent").Set(customer, "opted_out"), IsOk());
  EXPECT_EQ(customer.email().consent().state(), customer::v1::CONSENT_STATE_OPTED_OUT);
}

TEST(FieldPath, KnowsTheFieldsThatServicesName) {
  EXPECT_TRUE(Path("address.city").Covers("customer.addresses[0].city"));
  EXPECT_TRUE(Path("email").Covers("customer.email"));
  EXPECT_TRUE(Path("email").Covers("email.address"));
  EXPECT_FALSE(Path("email").Covers("customer.receipt_email"));
  EXPECT_FALSE(Path("address.city").Covers("addresses[0].country"));
}

TEST(Assignments, ReplaceAndClear) {
  hq::v1::Channel channel;
  channel.add_channel_services("old");
  channel.set_currency("EUR");

  const auto roots = ApplyAssignments(
      channel, {"channel_services=store-001", "channel_services=till=7", "currency="});

  EXPECT_THAT(roots, IsOkAndHolds(ElementsAre("channel_services", "currency")));
  EXPECT_THAT(channel.channel_services(), ElementsAre("store-001", "till=7"));
  EXPECT_EQ(channel.currency(), "");
}

TEST(Assignments, ReadNumbersAndTruthValues) {
  hq::v1::NumberSequence sequence;
  hq::v1::Profile profile;

  EXPECT_THAT(ApplyAssignments(sequence, {"highest=99999999", "blocked=yes"}), IsOk());
  EXPECT_THAT(ApplyAssignments(profile, {"create_customer_async=true"}), IsOk());

  EXPECT_EQ(sequence.highest(), 99999999u);
  EXPECT_TRUE(sequence.blocked());
  EXPECT_TRUE(profile.create_customer_async());
}

TEST(Assignments, ThatCannotBeReadAreErrorsOfUsage) {
  hq::v1::NumberSequence sequence;
  for (const char* assignment : {"blocked", "blocked=maybe", "next=-1", "colour=red"}) {
    EXPECT_TRUE(IsUsageError(ApplyAssignments(sequence, {assignment}).status())) << assignment;
  }
}

}  // namespace
}  // namespace comptoir::cli
