#include "common/customer/rules/attributes.h"

#include <memory>

#include "common/customer/limits.h"
#include "tests/unit/customer/customer_test.h"

namespace comptoir {
namespace {

using customer::v1::Customer;
using customer::v1::FormAttribute;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class AttributesTest : public CustomerTest {
 protected:
  AttributesTest() {
    hq::v1::AttributeType length = TypeOf(hq::v1::ATTRIBUTE_VALUE_KIND_DECIMAL);
    length.set_unit("cm");
    length.set_lowest("20");
    length.set_highest("32.5");
    Define("foot", length);
    hq::v1::AttributeType team = TypeOf(hq::v1::ATTRIBUTE_VALUE_KIND_TEXT);
    team.add_values("red");
    team.add_values("blue");
    Define("team", team).set_default_value("red");
    Define("visits", TypeOf(hq::v1::ATTRIBUTE_VALUE_KIND_INTEGER));
    Define("wears glasses", TypeOf(hq::v1::ATTRIBUTE_VALUE_KIND_BOOLEAN));
    Define("remark", TypeOf(hq::v1::ATTRIBUTE_VALUE_KIND_TEXT));
  }

  static hq::v1::AttributeType TypeOf(hq::v1::AttributeValueKind kind) {
    hq::v1::AttributeType type;
    type.set_kind(kind);
    return type;
  }

  // The definition, to be changed while nobody reads it.
  hq::v1::Attribute& Define(const std::string& id, const hq::v1::AttributeType& type) {
    auto definition = std::make_shared<hq::v1::Attribute>();
    definition->set_name("attributes/" + id);
    definition->set_friendly_name("The " + id);
    hq::v1::Attribute& changeable = *definition;
    here_.attributes.push_back(
        {std::move(definition), std::make_shared<hq::v1::AttributeType>(type)});
    definitions_[id] = &changeable;
    return changeable;
  }

  static Customer With(const std::string& id, const std::string& value) {
    return ACustomer().With(
        [&](Customer& customer) { (*customer.mutable_attributes())[id] = value; });
  }

  Customer Stored(const Customer& customer) {
    const auto prepared = Prepare(customer, here_);
    EXPECT_THAT(prepared, IsOk());
    return prepared.ok() ? prepared->record.customer() : Customer();
  }

  absl::StatusOr<Customer> Changed(const Customer& current, const Customer& change) {
    return ChangeCustomer(current, change, Mask({"attributes"}), here_, clock_.Now());
  }

  ChannelConfiguration here_ = channel_;
  std::map<std::string, hq::v1::Attribute*> definitions_;
};

TEST_F(AttributesTest, ValuesAreOfTheirKind) {
  PROVES("C9", "C2");
  const std::pair<const char*, std::vector<const char*>> good[] = {
      {"foot", {"20", "32.5", "26.123456789", "32.50"}},
      {"visits", {"0", "-7", "999999999999999999"}},
      {"wears glasses", {"true", "false"}},
      {"team", {"red", "blue"}},
      {"remark", {"¿qué?", " "}}};
  for (const auto& [id, values] : good) {
    for (const char* value : values) EXPECT_THAT(Prepare(With(id, value), here_), IsOk()) << value;
  }
  const std::pair<const char*, std::vector<const char*>> bad[] = {
      {"foot", {"19.999999999", "32.500000001", "26.1234567891", "26,5", "2e1", "x", "26."}},
      {"visits", {"1.0", "1000000000000000000", "+1", "--1", "-"}},
      {"wears glasses", {"yes", "True"}},
      {"team", {"Red", "green"}}};
  for (const auto& [id, values] : bad) {
    const std::string field = std::string("attributes[") + id + "]";
    for (const char* value : values) {
      EXPECT_THAT(Prepare(With(id, value), here_), HasViolation(field, "VALUE_INVALID")) << value;
    }
  }
}

TEST_F(AttributesTest, ValuesHaveALimit) {
  EXPECT_THAT(Prepare(With("remark", std::string(kAttributeValueCharactersMax, 'x')), here_),
              IsOk());
  EXPECT_THAT(Prepare(With("remark", std::string(kAttributeValueCharactersMax + 1, 'x')), here_),
              HasViolation("attributes[remark]", "TOO_LONG"));
  const Customer many = ACustomer().With([](Customer& customer) {
    for (int i = 0; i <= kAttributesMax; ++i) {
      (*customer.mutable_attributes())[std::to_string(i)] = "x";
    }
  });
  EXPECT_THAT(Prepare(many, here_), HasViolation("attributes", "TOO_MANY"));
}

TEST_F(AttributesTest, UnknownOnesAreRefused) {
  PROVES("C9");
  EXPECT_THAT(Prepare(With("hat", "7"), here_),
              HasViolation("attributes[hat]", "ATTRIBUTE_UNKNOWN"));
  // An error repeats nothing that cannot be an id.
  EXPECT_THAT(Prepare(With(std::string(1000, 'x'), "7"), here_),
              HasViolation("attributes", "ATTRIBUTE_UNKNOWN"));
  EXPECT_THAT(Prepare(With("team", "red"), channel_),
              HasViolation("attributes[team]", "ATTRIBUTE_UNKNOWN"));
}

TEST_F(AttributesTest, NewCustomersGetTheDefaults) {
  PROVES("C9");
  EXPECT_THAT(Stored(ACustomer()).attributes(), ElementsAre(Pair("team", "red")));
  EXPECT_THAT(Stored(With("team", "blue")).attributes(), ElementsAre(Pair("team", "blue")));
  EXPECT_THAT(Stored(With("visits", "3")).attributes(),
              UnorderedElementsAre(Pair("team", "red"), Pair("visits", "3")));
  // An empty value says that there is none.
  EXPECT_THAT(Stored(With("team", "")).attributes(), IsEmpty());
}

TEST_F(AttributesTest, TheFormHoldsThemInTheCallersLanguage) {
  PROVES("C9", "C1");
  hq::v1::AttributeText& french = *definitions_["foot"]->add_translations();
  french.set_language("fr-CA");
  french.set_friendly_name("Pied");
  definitions_["foot"]->set_help("Barefoot.");

  const Customer form = NewCustomerForm(NewId(), here_, "fr");
  EXPECT_THAT(form.attributes(), ElementsAre(Pair("team", "red")));
  ASSERT_THAT(form.form_attributes(), SizeIs(5));
  const FormAttribute& foot = form.form_attributes(0);
  EXPECT_EQ(foot.id(), "foot");
  EXPECT_EQ(foot.friendly_name(), "Pied");
  EXPECT_EQ(foot.help(), "Barefoot.");
  EXPECT_EQ(foot.kind(), "decimal");
  EXPECT_EQ(foot.unit(), "cm");
  EXPECT_EQ(foot.lowest(), "20");
  EXPECT_EQ(foot.highest(), "32.5");
  EXPECT_THAT(form.form_attributes(1).values(), ElementsAre("red", "blue"));
  EXPECT_EQ(NewCustomerForm(NewId(), here_, "sv").form_attributes(0).friendly_name(), "The foot");

  // What it holds can be saved.
  Customer filled = form;
  filled.set_family_name("Lovelace");
  EXPECT_THAT(Stored(filled).attributes(), ElementsAre(Pair("team", "red")));
  EXPECT_EQ(Stored(filled).form_attributes_size(), 0);
}

TEST_F(AttributesTest, AnEditReplacesThemAll) {
  PROVES("C9", "C7");
  const Customer ada = Stored(With("visits", "3"));
  const auto changed = Changed(ada, With("foot", "24"));
  ASSERT_THAT(changed, IsOk());
  EXPECT_THAT(changed->attributes(), ElementsAre(Pair("foot", "24")));
  EXPECT_THAT(Changed(ada, With("foot", "99")), HasViolation("attributes[foot]", "VALUE_INVALID"));
  EXPECT_THAT(Changed(ada, With("hat", "7")), HasViolation("attributes[hat]", "ATTRIBUTE_UNKNOWN"));
  const auto emptied = Changed(ada, With("visits", ""));
  ASSERT_THAT(emptied, IsOk());
  EXPECT_THAT(emptied->attributes(), IsEmpty());
}

// An attribute is retired, a list of values shortened: what was captured stays, and goes if asked.
TEST_F(AttributesTest, WhatWasCapturedStays) {
  PROVES("C9", "F9");
  const Customer ada = Stored(With("foot", "24"));
  definitions_["foot"]->set_retired(true);
  Customer kept = ada;
  (*kept.mutable_attributes())["visits"] = "1";
  EXPECT_THAT(Changed(ada, kept), IsOk());
  EXPECT_THAT(Changed(ada, With("foot", "25")),
              HasViolation("attributes[foot]", "ATTRIBUTE_UNKNOWN"));
  EXPECT_THAT(Changed(ada, ACustomer()), IsOk());
  EXPECT_THAT(NewCustomerForm(NewId(), here_).form_attributes(), SizeIs(4));

  // Converted as it was captured, without attributes that are new since.
  const auto converted = PrepareCustomer(ada, *ParseCustomerName(ada.name()), channel_,
                                         clock_.Now(), CreateKind::kCaptured);
  ASSERT_THAT(converted, IsOk());
  EXPECT_THAT(converted->record.customer().attributes(),
              UnorderedElementsAre(Pair("foot", "24"), Pair("team", "red")));
}

}  // namespace
}  // namespace comptoir
