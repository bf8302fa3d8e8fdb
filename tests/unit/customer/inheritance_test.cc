#include "common/customer/rules/inheritance.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class InheritanceTest : public CustomerTest {
 protected:
  InheritanceTest() {
    here_.inherited.set_name("defaultCustomers/walk-in");
    here_.inherited.set_type(customer::v1::CUSTOMER_TYPE_ORGANIZATION);
    here_.inherited.set_customer_group("customerGroups/retail");
    here_.inherited.set_receipt_option(customer::v1::RECEIPT_OPTION_BOTH);
    here_.inherited.set_receipt_email("receipts@example.com");
    here_.inherited.set_currency("EUR");
    here_.inherited.set_language("fr");
    here_.inherited.add_affiliations("affiliations/guests");
    here_.inherited.add_affiliations("affiliations/secret");
    AddGroup("retail", "082");
    AddGroup("wholesale", "091");
    here_.affiliations["guests"].set_name("affiliations/guests");
    here_.affiliations["staff"].set_name("affiliations/staff");
    here_.affiliations["secret"].set_hidden(true);
  }

  void AddGroup(const std::string& id, const std::string& cost_center) {
    hq::v1::CustomerGroup& group = here_.groups[id];
    group.set_name("customerGroups/" + id);
    (*group.mutable_financial_dimensions())["CostCenter"] = cost_center;
  }

  Customer Stored(const Customer& customer, CreateKind kind = CreateKind::kSynced) {
    const auto prepared = PrepareCustomer(
        customer, ParseCustomerName(customer.name()).value_or(NewId()), here_, clock_.Now(), kind);
    EXPECT_THAT(prepared, IsOk());
    return prepared->record.customer();
  }

  ChannelConfiguration here_ = channel_;
};

// What the request leaves open comes from the default customer.
TEST_F(InheritanceTest, UnsetFieldsAreInherited) {
  PROVES("D1", "D2", "D3", "C2");
  const Customer stored = Stored(ACustomer().Organization("Engines"));
  EXPECT_EQ(stored.type(), customer::v1::CUSTOMER_TYPE_ORGANIZATION);
  EXPECT_EQ(stored.customer_group(), "retail");
  EXPECT_EQ(stored.receipt_option(), customer::v1::RECEIPT_OPTION_BOTH);
  EXPECT_EQ(stored.receipt_email().address(), "receipts@example.com");
  EXPECT_EQ(stored.receipt_email().normalized(), "receipts@example.com");
  EXPECT_EQ(stored.currency(), "EUR");
  EXPECT_EQ(stored.language(), "fr");
  EXPECT_THAT(stored.affiliations(), ElementsAre("guests", "secret"));
  EXPECT_THAT(stored.financial_dimensions(), UnorderedElementsAre(Pair("CostCenter", "082")));
}

// What the request sets stays; dimensions come from the group that it names, never from the default
// customer.
TEST_F(InheritanceTest, SetFieldsAreNot) {
  PROVES("D1", "D3", "D4");
  const Customer stored = Stored(ACustomer().With([](Customer& customer) {
    customer.set_type(customer::v1::CUSTOMER_TYPE_PERSON);
    customer.set_customer_group("wholesale");
    customer.set_receipt_option(customer::v1::RECEIPT_OPTION_EMAIL);
    customer.mutable_receipt_email()->set_address("ada@example.com");
    customer.set_currency("GBP");
    customer.set_language("en");
    customer.add_affiliations("staff");
    customer.add_affiliations("guests");
    (*customer.mutable_financial_dimensions())["CostCenter"] = "ours";
  }));
  EXPECT_EQ(stored.type(), customer::v1::CUSTOMER_TYPE_PERSON);
  EXPECT_EQ(stored.customer_group(), "wholesale");
  EXPECT_EQ(stored.receipt_option(), customer::v1::RECEIPT_OPTION_EMAIL);
  EXPECT_EQ(stored.receipt_email().address(), "ada@example.com");
  EXPECT_EQ(stored.currency(), "GBP");
  EXPECT_EQ(stored.language(), "en");
  EXPECT_THAT(stored.affiliations(), ElementsAre("staff", "guests", "secret"));
  EXPECT_THAT(stored.financial_dimensions(), UnorderedElementsAre(Pair("CostCenter", "091")));
}

// A pending customer inherits the affiliations only with F3.
TEST_F(InheritanceTest, PendingCustomersInheritAffiliationsWithF3) {
  PROVES("D2", "F3");
  const Customer customer = ACustomer().Organization("Engines");
  EXPECT_THAT(Stored(customer, CreateKind::kPending).affiliations(), IsEmpty());
  EXPECT_EQ(Stored(customer, CreateKind::kPending).currency(), "EUR");
  here_.features.insert("F3");
  EXPECT_THAT(Stored(customer, CreateKind::kPending).affiliations(),
              ElementsAre("guests", "secret"));
}

// HQ converts what was captured: nothing is inherited a second time, nothing that was is lost, and
// no definition that was retired since stands in the way.
TEST_F(InheritanceTest, ConversionInheritsNothing) {
  PROVES("D6", "F9");
  Customer captured = Stored(ACustomer().Organization("Engines"));
  here_.groups.clear();
  here_.affiliations.clear();
  here_.inherited.set_currency("USD");
  captured.clear_customer_group();
  captured.clear_receipt_email();
  const auto prepared = PrepareCustomer(captured, *ParseCustomerName(captured.name()), here_,
                                        clock_.Now(), CreateKind::kCaptured);
  ASSERT_THAT(prepared, IsOk());
  const Customer& converted = prepared->record.customer();
  EXPECT_EQ(converted.customer_group(), "");
  EXPECT_FALSE(converted.has_receipt_email());
  EXPECT_EQ(converted.currency(), "EUR");
  EXPECT_THAT(converted.affiliations(), ElementsAre("guests", "secret"));
  EXPECT_THAT(converted.financial_dimensions(), UnorderedElementsAre(Pair("CostCenter", "082")));
}

// The form says what would be inherited, and from where; what stores don't see isn't on it. What
// comes back from it makes the same customer.
TEST_F(InheritanceTest, TheFormSaysFromWhere) {
  PROVES("C1", "D1", "Y1");
  here_.inherited.clear_type();
  here_.inherited.clear_language();
  Customer form = NewCustomerForm(NewId(), here_);
  std::vector<std::pair<std::string, std::string>> inherited;
  for (const auto& field : form.inherited_fields()) {
    inherited.emplace_back(field.field(), field.source());
  }
  EXPECT_THAT(inherited, ElementsAre(Pair("customer_group", "defaultCustomers/walk-in"),
                                     Pair("receipt_option", "defaultCustomers/walk-in"),
                                     Pair("receipt_email", "defaultCustomers/walk-in"),
                                     Pair("currency", "defaultCustomers/walk-in"),
                                     Pair("affiliations", "defaultCustomers/walk-in"),
                                     Pair("financial_dimensions", "customerGroups/retail"),
                                     Pair("language", "channels/052")));
  EXPECT_THAT(form.affiliations(), ElementsAre("guests"));
  form.set_given_name("Ada");
  const Customer stored = Stored(form);
  EXPECT_THAT(stored.affiliations(), ElementsAre("guests", "secret"));
  EXPECT_THAT(stored.inherited_fields(), IsEmpty());
}

// In an asynchronous channel without F3 the form holds nothing that its create would refuse.
TEST_F(InheritanceTest, TheFormHoldsNothingForbidden) {
  PROVES("C1", "F3");
  here_.create_customer_async = true;
  EXPECT_THAT(NewCustomerForm(NewId(), here_).affiliations(), IsEmpty());
  here_.features.insert("F3");
  EXPECT_THAT(NewCustomerForm(NewId(), here_).affiliations(), ElementsAre("guests"));
}

TEST_F(InheritanceTest, ReferencesMustBeDefined) {
  PROVES("C2", "Y1", "C8");
  here_.groups["old"].set_retired(true);
  here_.affiliations["gone"].set_retired(true);
  const auto refused = Prepare(ACustomer().With([](Customer& customer) {
    customer.set_customer_group("old");
    customer.add_affiliations("gone");
    customer.add_affiliations("secret");
    customer.add_affiliations("none");
  }),
                               here_);
  EXPECT_THAT(refused, HasViolation("customer_group", "GROUP_UNKNOWN"));
  EXPECT_THAT(refused, HasViolation("affiliations[0]", "AFFILIATION_UNKNOWN"));
  EXPECT_THAT(refused, HasViolation("affiliations[1]", "AFFILIATION_UNKNOWN"));
  EXPECT_THAT(refused, HasViolation("affiliations[2]", "AFFILIATION_UNKNOWN"));
}

// Purposes are data: HQ's own beside those that are built in.
TEST_F(InheritanceTest, PurposesAreData) {
  PROVES("A3");
  const Customer customer = ACustomer().At(AnAddress().Build()).With([](Customer& c) {
    c.mutable_addresses(0)->add_purposes("Summer");
    c.mutable_addresses(0)->add_purposes("Home");
    c.set_organization_name("Engines");
  });
  EXPECT_THAT(Prepare(customer, here_),
              HasViolation("addresses[0].purposes[0]", "PURPOSE_UNKNOWN"));
  here_.purposes.insert("Summer");
  EXPECT_THAT(Prepare(customer, here_), IsOk());
}

}  // namespace
}  // namespace comptoir
