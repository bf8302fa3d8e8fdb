#include "tests/unit/hq/configuration_test.h"

#include "hq-service/domain/configuration/any_configuration.h"

namespace comptoir::hq {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Every kind is made, read, listed, changed and, where it can be, retired through the same methods.
TEST_F(ConfigurationTest, EveryKindByTheSameMethods) {
  PROVES("M5", "A3", "Y1", "C9");
  for (const char* text :
       {"number_sequence { name: 'numberSequences/other' format: 'X-##' lowest: 1 highest: 9 }",
        "customer_group { name: 'customerGroups/retail' financial_dimensions { key: 'CostCenter' "
        "value: '082' } }",
        "address_book { name: 'addressBooks/us' }",
        "affiliation { name: 'affiliations/staff' kind: AFFILIATION_KIND_GENERAL hidden: true }",
        "attribute_type { name: 'attributeTypes/size' kind: ATTRIBUTE_VALUE_KIND_DECIMAL unit: "
        "'cm' lowest: '10.5' highest: '60' }",
        "attribute { name: 'attributes/shoe' type: 'attributeTypes/size' default_value: '42' "
        "translations { language: 'fr' friendly_name: 'pointure' } }",
        "attribute_group { name: 'attributeGroups/all' attributes: 'attributes/shoe' in_use: true "
        "}",
        "address_purpose { name: 'addressPurposes/Summer' }",
        "field_rules { name: 'fieldRules/us' rules { field: 'email' required: true pattern: "
        "'.+@.+' } }",
        "channel_database_group { name: 'channelDatabaseGroups/main' }",
        "default_customer { name: 'defaultCustomers/walk-in' customer_group: "
        "'customerGroups/retail' affiliations: 'affiliations/staff' currency: 'EUR' }"}) {
    const auto made = Make(text);
    ASSERT_THAT(made, IsOk()) << text;
    // A script runs twice.
    EXPECT_EQ(Make(text)->SerializeAsString(), made->SerializeAsString());
  }
  EXPECT_EQ(Read("attributes/shoe")->attribute().default_value(), "42");
  EXPECT_THAT(Read("attributes/none"), HasReason("RECORD_NOT_FOUND"));
  EXPECT_THAT(Read("planets/mars"), HasViolation("name", "NAME_INVALID"));
  EXPECT_THAT(List("customerGroups")->configurations(), SizeIs(1));
  EXPECT_THAT(List("planets"), HasViolation("collection", "NAME_INVALID"));
  const auto retired =
      Change("affiliation { name: 'affiliations/staff' retired: true }", {"retired"});
  ASSERT_THAT(retired, IsOk());
  EXPECT_TRUE(retired->affiliation().retired());
  EXPECT_TRUE(retired->affiliation().hidden());
}

// What the proto has as a kind has its block of traits, and the fields that every kind has.
TEST(ConfigurationKindsTest, AreThoseOfTheProto) {
  const auto& kinds = *v1::Configuration::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds.field_count(); ++i) {
    const auto& kind = *kinds.field(i);
    v1::Configuration any;
    any.GetReflection()->MutableMessage(&any, &kind);
    EXPECT_NE(ResourceOf(any), nullptr) << kind.name();
    EXPECT_NE(kind.message_type()->FindFieldByName("name"), nullptr) << kind.name();
    EXPECT_NE(kind.message_type()->FindFieldByName("etag"), nullptr) << kind.name();
  }
}

// All kinds are listed page by page, what is referred to first.
TEST_F(ConfigurationTest, ListsInPages) {
  PROVES("M5");
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page = *List("-", 2, token);
    EXPECT_LE(page.configurations_size(), 2);
    for (const auto& any : page.configurations()) {
      if (any.has_feature()) names.push_back(any.feature().name());
      if (any.has_profile()) names.push_back(any.profile().name());
      if (any.has_channel()) names.push_back(any.channel().name());
    }
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(names, ElementsAre("features/F1", "features/F2", "features/F3", "features/F4",
                                 "features/F5", "profiles/default", "channels/houston"));
}

// All that is wrong with a definition is said at once.
TEST_F(ConfigurationTest, NamesAllThatIsWrong) {
  PROVES("M6", "C8");
  const auto defaults = Make(
      "default_customer { name: 'defaultCustomers/a b' customer_group: 'groups/x' receipt_email: "
      "'no mail' currency: 'DOLLAR' language: '-' }");
  EXPECT_THAT(defaults, HasViolation("name", "NAME_INVALID"));
  EXPECT_THAT(defaults, HasViolation("customer_group", "NAME_INVALID"));
  EXPECT_THAT(defaults, HasViolation("receipt_email", "EMAIL_IMPOSSIBLE"));
  EXPECT_THAT(defaults, HasViolation("currency", "CURRENCY_UNKNOWN"));
  EXPECT_THAT(defaults, HasViolation("language", "LANGUAGE_INVALID"));
  const auto type = Make(
      "attribute_type { name: 'attributeTypes/t' kind: ATTRIBUTE_VALUE_KIND_INTEGER lowest: '1.5' "
      "highest: 'x' values: 'a' }");
  EXPECT_THAT(type, HasViolation("lowest", "VALUE_INVALID"));
  EXPECT_THAT(type, HasViolation("highest", "VALUE_INVALID"));
  EXPECT_THAT(type, HasViolation("values", "NOT_TEXT"));
  const auto rules = Make(
      "field_rules { name: 'fieldRules/r' rules { field: 'shoe' pattern: '(' required: true "
      "hidden: true } }");
  EXPECT_THAT(rules, HasViolation("rules[0].field", "FIELD_UNKNOWN"));
  EXPECT_THAT(rules, HasViolation("rules[0].pattern", "PATTERN_INVALID"));
  EXPECT_THAT(rules, HasViolation("rules[0].hidden", "REQUIRED_AND_HIDDEN"));
  EXPECT_THAT(Make("address_purpose { name: 'addressPurposes/Home' }"),
              HasViolation("name", "BUILT_IN"));
  EXPECT_THAT(Make("feature { name: 'features/F99' }"), HasViolation("name", "FEATURE_UNKNOWN"));
  EXPECT_THAT(Change("channel { name: 'channels/houston' fields_not_inherited: 'shoe' }",
                     {"fields_not_inherited"}),
              HasViolation("fields_not_inherited[0]", "FIELD_UNKNOWN"));
  EXPECT_THAT(Make(""), HasViolation("name", "NAME_INVALID"));
}

// What customers refer to is retired, and then nothing refers to it anew; what did goes on.
TEST_F(ConfigurationTest, RetiredIsNotReferredToAnew) {
  PROVES("M6");
  ASSERT_THAT(Make("customer_group { name: 'customerGroups/old' }"), IsOk());
  ASSERT_THAT(Make("default_customer { name: 'defaultCustomers/one' customer_group: "
                   "'customerGroups/old' }"),
              IsOk());
  ASSERT_THAT(Change("customer_group { name: 'customerGroups/old' retired: true }", {"retired"}),
              IsOk());
  const auto anew = Make(
      "default_customer { name: 'defaultCustomers/two' customer_group: 'customerGroups/old' }");
  EXPECT_THAT(anew, HasReason("REFERENCE_RETIRED"));
  EXPECT_THAT(anew, HasMetadata("fields", "customer_group"));
  EXPECT_THAT(Change("default_customer { name: 'defaultCustomers/one' display_name: 'One' }",
                     {"display_name"}),
              IsOk());
  EXPECT_THAT(Make("default_customer { name: 'defaultCustomers/three' customer_group: "
                   "'customerGroups/none' }"),
              HasReason("REFERENCE_MISSING"));
}

// Attribute definitions hold together: defaults are values of their type, one group is in use.
TEST_F(ConfigurationTest, AttributesHoldTogether) {
  PROVES("C9", "M6");
  ASSERT_THAT(Make("attribute_type { name: 'attributeTypes/size' kind: ATTRIBUTE_VALUE_KIND_TEXT "
                   "values: 'S' values: 'M' }"),
              IsOk());
  EXPECT_THAT(
      Make("attribute { name: 'attributes/shirt' type: 'attributeTypes/size' default_value: 'X' }"),
      HasViolation("default_value", "VALUE_INVALID"));
  ASSERT_THAT(
      Make("attribute { name: 'attributes/shirt' type: 'attributeTypes/size' default_value: 'M' }"),
      IsOk());
  EXPECT_THAT(Change("attribute_type { name: 'attributeTypes/size' values: 'S' }", {"values"}),
              HasViolation("values", "VALUE_INVALID"));
  EXPECT_THAT(Change("attribute_type { name: 'attributeTypes/size' kind: "
                     "ATTRIBUTE_VALUE_KIND_INTEGER }",
                     {"kind"}),
              HasViolation("kind", "KIND_FIXED"));
  ASSERT_THAT(Make("attribute_group { name: 'attributeGroups/a' in_use: true }"), IsOk());
  EXPECT_THAT(Make("attribute_group { name: 'attributeGroups/b' in_use: true }"),
              HasViolation("in_use", "GROUP_IN_USE"));
}

TEST_F(ConfigurationTest, AttributeValuesAreOfTheirType) {
  PROVES("C9");
  ASSERT_THAT(Make("attribute_type { name: 'attributeTypes/d' kind: ATTRIBUTE_VALUE_KIND_DECIMAL "
                   "lowest: '-1.5' highest: '2' }"),
              IsOk());
  int made = 0;
  for (const char* value : {"-1.5", "0", "1.999999999", "2.0"}) {
    EXPECT_THAT(Make("attribute { name: 'attributes/a" + std::to_string(++made) +
                     "' type: 'attributeTypes/d' default_value: '" + value + "' }"),
                IsOk())
        << value;
  }
  for (const char* value : {"-1.6", "2.1", "x", "1.", ".5", "--1", "1e3", "1.0000000001"}) {
    EXPECT_THAT(Make(std::string("attribute { name: 'attributes/x' type: 'attributeTypes/d' "
                                 "default_value: '") +
                     value + "' }"),
                HasViolation("default_value", "VALUE_INVALID"))
        << value;
  }
}

TEST_F(ConfigurationTest, PurposesHaveALimit) {
  PROVES("A3");
  v1::Chain chain;
  for (int i = 0; i < 500; ++i) {
    chain.add_configurations()->mutable_address_purpose()->set_name("addressPurposes/p" +
                                                                    std::to_string(i));
  }
  ASSERT_THAT(ApplyKeepingOthers(chain), IsOk());
  EXPECT_THAT(Make("address_purpose { name: 'addressPurposes/one-more' }"),
              HasViolation("name", "TOO_MANY"));
  EXPECT_THAT(Change("address_purpose { name: 'addressPurposes/p0' retired: true }", {"retired"}),
              IsOk());
}

// Features are there, off; F5 stands on three others, and the error says which are in the way.
TEST_F(ConfigurationTest, FeaturesDependOnEachOther) {
  PROVES("F0", "F6", "F2", "F5");
  const auto features = *List("features");
  ASSERT_THAT(features.configurations(), SizeIs(5));
  for (const auto& any : features.configurations()) EXPECT_FALSE(any.feature().enabled());

  ASSERT_THAT(Switch("F3", true), IsOk());
  const auto refused = Switch("F5", true);
  EXPECT_THAT(refused, HasReason("FEATURE_PREREQUISITE"));
  EXPECT_THAT(refused, HasMetadata("features", "F2,F4"));
  ASSERT_THAT(Switch("F2", true), IsOk());
  ASSERT_THAT(Switch("F4", true), IsOk());
  ASSERT_THAT(Switch("F5", true), IsOk());
  const auto under_it = Switch("F4", false);
  EXPECT_THAT(under_it, HasReason("FEATURE_PREREQUISITE"));
  EXPECT_THAT(under_it, HasMetadata("features", "F5"));
  // All at once, in whatever order.
  EXPECT_THAT(ApplyKeepingOthers(FromText<v1::Chain>(
                  "configurations { feature { name: 'features/F4' enabled: false } }"
                  "configurations { feature { name: 'features/F5' enabled: false } }")),
              IsOk());
  // A restart switches nothing.
  Restart();
  EXPECT_TRUE(Read("features/F3")->feature().enabled());
}

// Who changed what, when, from which value to which; the newest first.
TEST_F(ConfigurationTest, EveryChangeIsAudited) {
  PROVES("M7");
  ASSERT_THAT(Make("customer_group { name: 'customerGroups/a' display_name: 'A' "
                   "financial_dimensions { key: 'CostCenter' value: '082' } }"),
              IsOk());
  call_.caller = "bert";
  Advance(absl::Hours(1));
  ASSERT_THAT(
      Change("customer_group { name: 'customerGroups/a' display_name: 'B' }", {"display_name"}),
      IsOk());
  // What changes nothing leaves no trace.
  ASSERT_THAT(
      Change("customer_group { name: 'customerGroups/a' display_name: 'B' }", {"display_name"}),
      IsOk());
  const auto audit = Audit("customerGroups/a");
  ASSERT_THAT(audit, SizeIs(2));
  EXPECT_EQ(audit[0].caller(), "bert");
  EXPECT_EQ(audit[0].time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_FALSE(audit[0].change().created());
  ASSERT_THAT(audit[0].change().differences(), SizeIs(1));
  EXPECT_EQ(audit[0].change().differences(0).field(), "display_name");
  EXPECT_EQ(audit[0].change().differences(0).old_value(), "\"A\"");
  EXPECT_EQ(audit[0].change().differences(0).new_value(), "\"B\"");
  EXPECT_EQ(audit[1].caller(), "anna");
  EXPECT_TRUE(audit[1].change().created());
  EXPECT_THAT(audit[1].change().differences(), SizeIs(2));
  EXPECT_EQ(audit[1].change().differences(1).new_value(), "\"CostCenter\": \"082\"");
  EXPECT_GT(audit[0].sequence(), audit[1].sequence());
  // Those of all: the chain was set up first.
  EXPECT_EQ(Audit().back().change().name(), "numberSequences/customers");
}

TEST_F(ConfigurationTest, AuditComesInPages) {
  PROVES("M7");
  std::vector<std::string> names;
  v1::ListAuditEntriesRequest request;
  request.set_page_size(1);
  do {
    const auto page = *Administer<v1::ListAuditEntriesResponse>(request);
    for (const auto& entry : page.entries()) names.push_back(entry.change().name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("channels/houston", "operatingUnits/001", "profiles/default",
                                 "numberSequences/customers"));
}

// The whole chain in one file: importing an export changes nothing, however much happened between.
TEST_F(ConfigurationTest, ImportOfAnExportChangesNothing) {
  PROVES("M8");
  ASSERT_THAT(Make("customer_group { name: 'customerGroups/a' }"), IsOk());
  v1::Chain chain = Export();
  ASSERT_THAT(Create(ACustomer()), IsOk());
  // As files have it.
  for (auto& any : *chain.mutable_configurations()) {
    if (any.has_customer_group()) any.mutable_customer_group()->clear_etag();
  }
  const size_t audited = Audit().size();
  const auto applied = Apply(chain);
  ASSERT_THAT(applied, IsOk());
  EXPECT_THAT(applied->changes(), IsEmpty());
  EXPECT_THAT(Audit(), SizeIs(audited));
}

// A dry run shows the difference and changes nothing; the same for real takes effect as one.
TEST_F(ConfigurationTest, ApplyShowsTheDifferenceFirst) {
  PROVES("M8");
  // References go to what comes later in the file.
  const auto chain = FromText<v1::Chain>(
      "configurations { default_customer { name: 'defaultCustomers/d' customer_group: "
      "'customerGroups/g' } }"
      "configurations { customer_group { name: 'customerGroups/g' } }"
      "configurations { profile { name: 'profiles/default' create_customer_async: true } }");
  const auto dry = ApplyKeepingOthers(chain, /*dry_run=*/true);
  ASSERT_THAT(dry, IsOk());
  ASSERT_THAT(dry->changes(), SizeIs(3));
  EXPECT_EQ(dry->changes(0).name(), "customerGroups/g");
  EXPECT_TRUE(dry->changes(0).created());
  EXPECT_EQ(dry->changes(1).name(), "profiles/default");
  EXPECT_EQ(dry->changes(1).differences(0).field(), "create_customer_async");
  EXPECT_EQ(dry->changes(1).differences(0).new_value(), "true");
  EXPECT_THAT(Read("customerGroups/g"), HasReason("RECORD_NOT_FOUND"));
  const auto applied = ApplyKeepingOthers(chain);
  EXPECT_EQ(applied->SerializeAsString(), dry->SerializeAsString());
  EXPECT_THAT(Read("customerGroups/g"), IsOk());
  const auto audit = Audit();
  EXPECT_EQ(audit[0].sequence(), audit[2].sequence());
  EXPECT_THAT(ApplyKeepingOthers(chain)->changes(), IsEmpty());
}

// All or nothing, and everything that is wrong is named with its place in the file.
TEST_F(ConfigurationTest, ApplyIsAllOrNothing) {
  PROVES("M8", "M6");
  const auto wrong = ApplyKeepingOthers(
      FromText<v1::Chain>("configurations { customer_group { name: 'customerGroups/g' } }"
                          "configurations { channel { name: 'channels/new' } }"
                          "configurations { address_book { name: 'books/1' } }"
                          "configurations { customer_group { name: 'customerGroups/g' } }"));
  EXPECT_THAT(wrong, HasViolation("chain.configurations[2].name", "NAME_INVALID"));
  EXPECT_THAT(wrong, HasViolation("chain.configurations[3].name", "NAME_REPEATED"));
  const auto fields = ApplyKeepingOthers(
      FromText<v1::Chain>("configurations { customer_group { name: 'customerGroups/g' } }"
                          "configurations { channel { name: 'channels/new' } }"));
  EXPECT_THAT(fields, HasViolation("chain.configurations[1].currency", "REQUIRED"));
  const auto broken = ApplyKeepingOthers(FromText<v1::Chain>(
      "configurations { customer_group { name: 'customerGroups/g' } }"
      "configurations { default_customer { name: 'defaultCustomers/d' customer_group: "
      "'customerGroups/none' } }"));
  EXPECT_THAT(broken, HasReason("REFERENCE_MISSING"));
  EXPECT_THAT(broken, HasMetadata("fields", "chain.configurations[1].customer_group"));
  EXPECT_THAT(Read("customerGroups/g"), HasReason("RECORD_NOT_FOUND"));
}

class CheckTest : public ConfigurationTest {
 protected:
  std::vector<std::string> Reasons() {
    const auto check = *Administer<v1::CheckConfigurationResponse>(v1::CheckConfigurationRequest());
    std::vector<std::string> reasons;
    for (const auto& finding : check.findings()) reasons.push_back(finding.reason());
    return reasons;
  }
};

// Nothing is said of a chain that has all it needs.
TEST_F(CheckTest, FindsWhatIsDoubtful) {
  PROVES("M4", "D4", "A6");
  EXPECT_THAT(Reasons(), IsEmpty());
  SetNumbersBlocked(true);
  ASSERT_THAT(Make("default_customer { name: 'defaultCustomers/d' receipt_email: 'a@b.example' }"),
              IsOk());
  ASSERT_THAT(Make("operating_unit { name: 'operatingUnits/nowhere' }"), IsOk());
  ASSERT_THAT(Change("channel { name: 'channels/houston' default_customer: 'defaultCustomers/d' "
                     "operating_unit: 'operatingUnits/nowhere' }",
                     {"default_customer", "operating_unit", "channel_services"}),
              IsOk());
  ASSERT_THAT(Change("default_customer { name: 'defaultCustomers/d' retired: true }", {"retired"}),
              IsOk());
  EXPECT_THAT(Reasons(), ElementsAre("NUMBER_SEQUENCE_BLOCKED", "CHANNEL_WITHOUT_SERVICE",
                                     "OPERATING_UNIT_WITHOUT_COUNTRY",
                                     "DEFAULT_CUSTOMER_RECEIPT_EMAIL", "RETIRED_IN_USE"));
  // The channel doesn't inherit it: nothing to say.
  ASSERT_THAT(Change("channel { name: 'channels/houston' fields_not_inherited: 'receipt_email' }",
                     {"fields_not_inherited"}),
              IsOk());
  EXPECT_THAT(Reasons(), ElementsAre("NUMBER_SEQUENCE_BLOCKED", "CHANNEL_WITHOUT_SERVICE",
                                     "OPERATING_UNIT_WITHOUT_COUNTRY", "RETIRED_IN_USE"));
}

// People read it in the language of their call.
TEST_F(CheckTest, SpeaksTheLanguageOfTheCall) {
  PROVES("M4");
  SetNumbersBlocked(true);
  const auto check = Administer<v1::CheckConfigurationResponse>(
      v1::CheckConfigurationRequest(), CallContext{.language = "sv", .caller = "anna"});
  ASSERT_THAT(check, IsOk());
  ASSERT_THAT(check->findings(), SizeIs(1));
  EXPECT_EQ(check->findings(0).text(), "Den är spärrad: nya kunder förblir väntande.");
}

// No call can make it so; a database of another version may.
TEST_F(CheckTest, FindsUnmetPrerequisites) {
  PROVES("M4", "F6");
  v1::Configuration any = *Read("features/F5");
  any.mutable_feature()->set_enabled(true);
  const auto transaction = database().NewTransaction();
  transaction->Put(Table::kRecords, *KeyOfName("features/F5", "name"), RecordOf(any, 1));
  ASSERT_THAT(database().Commit(*transaction), IsOk());
  EXPECT_THAT(Reasons(), ElementsAre("FEATURE_PREREQUISITE"));
}

class EmptyCheckTest : public CheckTest {
 protected:
  void SetUp() override {}
};

TEST_F(EmptyCheckTest, FindsThatNumbersAreMissing) {
  PROVES("M4");
  EXPECT_THAT(Reasons(), ElementsAre("NUMBER_SEQUENCE_MISSING", "NO_CHANNEL"));
  SetUpNumbers();
  EXPECT_THAT(Reasons(), ElementsAre("NO_CHANNEL"));
}

// Each of the seven fields, switched off alone.
TEST_F(ConfigurationTest, AFieldNeedNotBeInherited) {
  PROVES("D4");
  ASSERT_THAT(Make("customer_group { name: 'customerGroups/g' }"), IsOk());
  ASSERT_THAT(Make("affiliation { name: 'affiliations/staff' }"), IsOk());
  ASSERT_THAT(Make("default_customer { name: 'defaultCustomers/d' type: CUSTOMER_TYPE_ORGANIZATION "
                   "customer_group: 'customerGroups/g' receipt_option: RECEIPT_OPTION_BOTH "
                   "receipt_email: 'receipts@example.com' currency: 'SEK' language: 'sv' "
                   "affiliations: 'affiliations/staff' }"),
              IsOk());
  ASSERT_THAT(Change("channel { name: 'channels/houston' default_customer: 'defaultCustomers/d' }",
                     {"default_customer"}),
              IsOk());
  const auto inherited = [&] {
    customer::v1::Customer request = ACustomer();
    request.set_organization_name("Engines");
    const auto created = Create(request);
    EXPECT_THAT(created, IsOk());
    std::vector<std::string> fields;
    const auto add = [&](const char* field, bool is) {
      if (is) fields.emplace_back(field);
    };
    add("type", created->type() == customer::v1::CUSTOMER_TYPE_ORGANIZATION);
    add("customer_group", created->customer_group() == "g");
    add("receipt_option", created->receipt_option() == customer::v1::RECEIPT_OPTION_BOTH);
    add("receipt_email", created->receipt_email().address() == "receipts@example.com");
    add("currency", created->currency() == "SEK");
    add("language", created->language() == "sv");
    add("affiliations", created->affiliations_size() == 1);
    return fields;
  };
  const std::vector<std::string> all = {"type",          "customer_group", "receipt_option",
                                        "receipt_email", "currency",       "language",
                                        "affiliations"};
  EXPECT_EQ(inherited(), all);
  for (const std::string& field : all) {
    ASSERT_THAT(Change("channel { name: 'channels/houston' fields_not_inherited: '" + field + "' }",
                       {"fields_not_inherited"}),
                IsOk());
    std::vector<std::string> others = all;
    std::erase(others, field);
    EXPECT_EQ(inherited(), others);
  }
}

}  // namespace
}  // namespace comptoir::hq
