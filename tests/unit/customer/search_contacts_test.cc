// Customers are found by their e-mails and phones, as somebody types them.

#include "absl/strings/str_cat.h"
#include "tests/unit/customer/search_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using storage::v1::CustomerRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SearchContactsTest : public SearchTest {};

TEST_F(SearchContactsTest, EmailsMatchByPrefix) {
  Store(ACustomer().Named("Jon").Email("Jon24@adventure-works.com"));
  Store(ACustomer().Named("José").Email("josé54@adventure-works.com"));
  EXPECT_THAT(MatchedFields("jon24@adventure-works.com"), ElementsAre("email"));
  EXPECT_THAT(Names("jon24@ADV"), ElementsAre("Jon"));
  EXPECT_THAT(Names("jon24"), ElementsAre("Jon"));
  EXPECT_THAT(Names("JOSÉ54@"), ElementsAre("José"));
  EXPECT_THAT(Names("@adventure-works.com"), ElementsAre("Jon", "José"));
}

TEST_F(SearchContactsTest, PhonesMatchWithAndWithoutCountryPrefixAndByLastDigits) {
  PROVES("V3");
  Store(ACustomer().Named("Ada").Phone("020 7946 0958"));
  Store(ACustomer().Named("Grace").Phone("+1 (212) 555-0118"));
  for (const char* ada : {"020 7946 0958", "+44 20 7946 0958", "0044 20 7946 0958", "02079460958",
                          "(020) 7946-0958", "0207 946", "+44 20", "442079", "20 7946", "0958",
                          "958", "46 0958", "+44 (0)20 7946 0958", "٠٢٠ ٧٩٤٦ ٠٩٥٨"}) {
    EXPECT_THAT(Names(ada), ElementsAre("Ada")) << ada;
    EXPECT_THAT(MatchedFields(ada), ElementsAre("phone")) << ada;
  }
  for (const char* grace : {"+1 212", "212-555-0118", "1 212 555", "0118"}) {
    EXPECT_THAT(Names(grace), ElementsAre("Grace")) << grace;
  }
  EXPECT_THAT(Search("212 555", 0, "US").results(), SizeIs(1));
  EXPECT_THAT(Names("58"), IsEmpty());
  EXPECT_THAT(Names("7946"), IsEmpty());
}

// More than a page have these last digits: who has them as the whole phone is still the best.
TEST_F(SearchContactsTest, AWholePhoneComesBeforeManyLastDigits) {
  for (int i = 10; i < 40; ++i) {
    Store(ACustomer().Named(absl::StrCat("Ada", i)).Phone(absl::StrCat("+44 20 79", i, " 3958")));
  }
  Store(ACustomer().Named("Zoe").Phone("+44 3958"));
  const auto response = Search("3958");
  ASSERT_THAT(response.results(), SizeIs(20));
  EXPECT_EQ(response.results(0).customer().display_name(), "Zoe");
  EXPECT_TRUE(response.truncated());
}

// No numbering plan knows it; its digits are searched all the same.
TEST_F(SearchContactsTest, UnparsablePhonesAreFoundByTheirDigits) {
  PROVES("V3", "C4");
  Store(ACustomer().Named("Jon").Phone("1 (11) 500 555-0162").At(AnAddress().In("Hobart", "AU")));
  EXPECT_THAT(Names("1 11 500 555 0162"), ElementsAre("Jon"));
  EXPECT_THAT(Names("500-555-0162"), ElementsAre("Jon"));
  EXPECT_THAT(Names("111500"), ElementsAre("Jon"));
}

TEST_F(SearchContactsTest, TypingErrorsInPhonesAndEmailsAreForgiven) {
  PROVES("V2");
  Store(ACustomer().Named("Ada").Phone("020 7946 0958").Email("ada@example.com"));
  for (const char* phone : {"020 7946 0968", "020 7946 958", "020 7496 0958", "+44 20 7946 09558",
                            "7946 0985", "0207 9460", "+44 20 7956"}) {
    EXPECT_THAT(Names(phone), ElementsAre("Ada")) << phone;
    EXPECT_THAT(MatchedFields(phone), ElementsAre("phone")) << phone;
  }
  EXPECT_THAT(Names("7956"), IsEmpty());
  EXPECT_THAT(Names("ada@exmaple.com"), ElementsAre("Ada"));
  EXPECT_THAT(MatchedFields("adda@example.com"), ElementsAre("email"));
}

// Which contact it was is what a store asks next.
TEST_F(SearchContactsTest, AMatchedSecondaryContactIsNamed) {
  PROVES("V5", "C5");
  CustomerRecord record = Store(ACustomer().Named("Ada").Email("ada@home.example"));
  CustomerRecord reached = record;
  Customer& customer = *reached.mutable_customer();
  customer.add_secondary_emails()->set_normalized("countess@court.example");
  customer.add_secondary_emails()->set_normalized("ada@work.example");
  customer.add_secondary_phones()->set_e164("+442079460958");
  customer.add_secondary_phones()->set_number("555 1234");
  Write([&](Transaction& transaction) { PutCustomer(transaction, record, reached); });

  EXPECT_THAT(MatchedFields("ada@work.example"), ElementsAre("secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("ada@"), ElementsAre("email", "secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("ada@wrok.example"), ElementsAre("secondary_emails[1]"));
  EXPECT_THAT(MatchedFields("020 7946"), ElementsAre("secondary_phones[0]"));
  EXPECT_THAT(MatchedFields("460958"), ElementsAre("secondary_phones[0]"));
  EXPECT_THAT(MatchedFields("5551234"), ElementsAre("secondary_phones[1]"));
}

}  // namespace
}  // namespace comptoir
