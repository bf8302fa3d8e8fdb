#include "common/customer/rules/field_rules.h"

#include "common/customer/normalize.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FieldRulesTest : public CustomerTest {
 protected:
  hq::v1::FieldRule& Rule(const std::string& field) {
    here_.field_rules.emplace_back().set_field(field);
    return here_.field_rules.back();
  }

  absl::StatusOr<Customer> Changed(const Customer& current, const Customer& change,
                                   std::initializer_list<const char*> paths) {
    return ChangeCustomer(current, change, Mask(paths), here_, clock_.Now());
  }

  ChannelConfiguration here_ = channel_;
};

TEST_F(FieldRulesTest, ARequiredFieldMustBeThere) {
  PROVES("C11");
  Rule("phone").set_required(true);
  Rule("customer_group").set_required(true);
  const auto refused = Prepare(ACustomer().Phone("  "), here_);
  EXPECT_THAT(refused, HasViolation("phone", "REQUIRED"));
  EXPECT_THAT(refused, HasViolation("customer_group", "REQUIRED"));

  // Inherited is there, too.
  here_.groups["retail"].set_name("customerGroups/retail");
  here_.inherited.set_customer_group("customerGroups/retail");
  EXPECT_THAT(Prepare(ACustomer().Phone("020 7946 0958"), here_), IsOk());
}

// No rule makes it impossible to create an organization.
TEST_F(FieldRulesTest, RulesAreForFieldsThatTheTypeHas) {
  PROVES("C11");
  Rule("birth_date").set_required(true);
  Rule("organization_name").set_required(true);
  EXPECT_THAT(Prepare(ACustomer().Organization("Engines"), here_), IsOk());
  EXPECT_THAT(Prepare(ACustomer(), here_), HasViolation("birth_date", "REQUIRED"));
}

// An asynchronous channel couldn't create anybody.
TEST_F(FieldRulesTest, NoRuleDemandsWhatAFeatureForbids) {
  PROVES("C11", "F1", "F3");
  Rule("title").set_required(true);
  Rule("secondary_emails").set_required(true);
  here_.create_customer_async = true;
  const auto prepare = [&] {
    return PrepareCustomer(ACustomer(), NewId(), here_, clock_.Now(), CreateKind::kPending);
  };
  EXPECT_THAT(prepare(), IsOk());
  EXPECT_FALSE(NewCustomerForm(NewId(), here_).form_fields(0).required());
  here_.features = {"F3"};
  EXPECT_THAT(prepare(), HasViolation("title", "REQUIRED"));
  EXPECT_TRUE(NewCustomerForm(NewId(), here_).form_fields(0).required());
  EXPECT_FALSE(NewCustomerForm(NewId(), here_).form_fields(1).required());
  here_.features = {"F1", "F3"};
  EXPECT_THAT(prepare(), HasViolation("secondary_emails", "REQUIRED"));
}

// C4 keeps such a phone and flags it; a channel may refuse it.
TEST_F(FieldRulesTest, TheWholeValueMatchesThePattern) {
  PROVES("C11");
  Rule("phone").set_pattern(R"(\+?[\p{Nd} ]{7,})");
  EXPECT_THAT(Prepare(ACustomer().Phone("+44 20 7946 0958"), here_), IsOk());
  EXPECT_THAT(Prepare(ACustomer(), here_), IsOk());
  for (const char* number : {"020-7946-0958", "7946", "call 020 7946 0958"}) {
    EXPECT_THAT(Prepare(ACustomer().Phone(number), here_),
                HasViolation("phone", "PATTERN_MISMATCH"))
        << number;
  }
}

// Some patterns would go on for years.
TEST_F(FieldRulesTest, APatternThatTakesTooLongDoesntMatch) {
  EXPECT_FALSE(MatchesPattern(std::string(60, 'a') + "b", "(a+)+"));
  EXPECT_TRUE(MatchesPattern("aaa", "(a+)+"));
  EXPECT_TRUE(MatchesPattern("größe", "gr..e"));
}

TEST_F(FieldRulesTest, LengthsCountCharacters) {
  PROVES("C11");
  Rule("given_name").set_characters_max(3);
  EXPECT_THAT(Prepare(ACustomer().Named("Åsa"), here_), IsOk());
  EXPECT_THAT(Prepare(ACustomer().Named("Åsa "), here_), HasViolation("given_name", "TOO_LONG"));
}

TEST_F(FieldRulesTest, AHiddenFieldHasNoValue) {
  PROVES("C11");
  Rule("tax_number").set_hidden(true);
  Rule("receipt_option").set_hidden(true);
  const auto refused = Prepare(ACustomer().With([](Customer& customer) {
    customer.set_tax_number("GB 1");
    customer.set_receipt_option(customer::v1::RECEIPT_OPTION_EMAIL);
  }),
                               here_);
  EXPECT_THAT(refused, HasViolation("tax_number", "FIELD_HIDDEN"));
  EXPECT_THAT(refused, HasViolation("receipt_option", "FIELD_HIDDEN"));
  // What is inherited is nobody's doing.
  EXPECT_THAT(Prepare(ACustomer(), here_), IsOk());
}

TEST_F(FieldRulesTest, AnEditIsHeldToTheRulesOfWhatItChanges) {
  PROVES("C11", "C7");
  const Customer ada =
      Prepare(ACustomer().Phone("1").With([](Customer& customer) { customer.set_url("http://x"); }),
              channel_)
          ->record.customer();
  Rule("phone").set_pattern("[0-9]{7,}");
  Rule("url").set_hidden(true);
  Rule("notes").set_required(true);
  // Notes aren't named, the phone stays what it is, the hidden field goes.
  EXPECT_THAT(Changed(ada, ACustomer().Phone("1"), {"phone", "url"}), IsOk());
  EXPECT_THAT(Changed(ada, ACustomer().Phone("2"), {"phone"}),
              HasViolation("phone", "PATTERN_MISMATCH"));
  EXPECT_THAT(Changed(ada, ACustomer(), {"notes"}), HasViolation("notes", "REQUIRED"));
}

// F9: it was captured under the rules of its day.
TEST_F(FieldRulesTest, ConversionKnowsNoRules) {
  PROVES("C11", "F9");
  const Customer ada = Prepare(ACustomer(), channel_)->record.customer();
  Rule("phone").set_required(true);
  Rule("given_name").set_hidden(true);
  EXPECT_THAT(PrepareCustomer(ada, *ParseCustomerName(ada.name()), here_, clock_.Now(),
                              CreateKind::kCaptured),
              IsOk());
}

TEST_F(FieldRulesTest, TheFormShowsThem) {
  PROVES("C11", "C1");
  EXPECT_THAT(NewCustomerForm(NewId(), here_).form_fields(), IsEmpty());
  hq::v1::FieldRule& rule = Rule("tax_number");
  rule.set_required(true);
  rule.set_characters_max(9);
  rule.set_pattern("[A-Z]{2}.*");
  const Customer form = NewCustomerForm(NewId(), here_);
  ASSERT_THAT(form.form_fields(), SizeIs(1));
  EXPECT_EQ(form.form_fields(0).field(), "tax_number");
  EXPECT_TRUE(form.form_fields(0).required());
  EXPECT_FALSE(form.form_fields(0).hidden());
  EXPECT_EQ(form.form_fields(0).characters_max(), 9u);
  EXPECT_EQ(form.form_fields(0).pattern(), "[A-Z]{2}.*");
}

}  // namespace
}  // namespace comptoir
