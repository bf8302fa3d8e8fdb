// What a customer may hold, at HQ: against its own definitions, with its history.

#include "common/customer/rules/field_changes.h"
#include "tests/unit/hq/configuration_test.h"

namespace comptoir::hq {
namespace {

using customer::v1::ConsentChange;
using customer::v1::Customer;
using replication::v1::Operation;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr auto kIn = customer::v1::CONSENT_STATE_OPTED_IN;
constexpr auto kOut = customer::v1::CONSENT_STATE_OPTED_OUT;
constexpr char kOperation[] = "operations/houston-1/1001/1";

class ContentTest : public ConfigurationTest {
 protected:
  void DefineAttributes() {
    ASSERT_THAT(Make("attribute_type { name: 'attributeTypes/size' kind: "
                     "ATTRIBUTE_VALUE_KIND_INTEGER lowest: '20' highest: '50' }"),
                IsOk());
    ASSERT_THAT(Make("attribute { name: 'attributes/shoe' friendly_name: 'Shoe size' type: "
                     "'attributeTypes/size' default_value: '40' translations { language: 'fr' "
                     "friendly_name: 'Pointure' } }"),
                IsOk());
    ASSERT_THAT(Make("attribute_group { name: 'attributeGroups/body' attributes: "
                     "'attributes/shoe' in_use: true }"),
                IsOk());
  }

  static CustomerBuilder Shod(const std::string& size) {
    return ACustomer().With(
        [&](Customer& customer) { (*customer.mutable_attributes())["shoe"] = size; });
  }

  static CustomerBuilder Consenting(const std::string& email, customer::v1::ConsentState state) {
    return ACustomer().Email(email).With([state](Customer& customer) {
      customer.mutable_email()->mutable_consent()->set_state(state);
    });
  }

  absl::StatusOr<Customer> UpdateFields(const CustomerId& id, Customer change,
                                        const std::vector<std::string>& paths,
                                        const std::string& channel = "", bool by_store = false) {
    customer::v1::UpdateCustomerRequest request;
    request.set_channel(channel);
    change.set_name(CustomerName(id));
    *request.mutable_customer() = std::move(change);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    if (by_store) {
      request.mutable_forwarded()->set_channel_service(kStore);
      request.mutable_forwarded()->set_request_digest(NewId().ToString());
    }
    return Update(request);
  }

  absl::StatusOr<customer::v1::ListConsentChangesResponse> History(
      const std::string& name, int page_size = 0, const std::string& page_token = "") {
    customer::v1::ListConsentChangesRequest request;
    request.set_parent(name);
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    auto answer = Call(&Hq::ListConsentChanges, request);
    if (!answer.ok()) return answer.status();
    return answer->value;
  }

  absl::StatusOr<v1::StagedOperationInfo> Correct(const Customer& customer,
                                                  const std::string& path) {
    v1::CorrectOperationRequest request;
    request.set_name(kOperation);
    *request.mutable_customer() = customer;
    request.mutable_update_mask()->add_paths(path);
    return Administer<v1::StagedOperationInfo>(request);
  }

  const CustomerId id_ = NewId();
};

TEST_F(ContentTest, AttributesAreHeldToTheirDefinitions) {
  PROVES("C9");
  EXPECT_THAT(Create(Shod("37")), HasViolation("attributes[shoe]", "ATTRIBUTE_UNKNOWN"));
  DefineAttributes();
  EXPECT_THAT(Create(Shod("99")), HasViolation("attributes[shoe]", "VALUE_INVALID"));
  EXPECT_THAT(Create(ACustomer())->attributes(), ElementsAre(Pair("shoe", "40")));
  ASSERT_THAT(Create(Shod("37").WithId(id_)), IsOk());
  EXPECT_THAT(Get(id_)->attributes(), ElementsAre(Pair("shoe", "37")));

  ASSERT_THAT(UpdateFields(id_, Shod("38"), {"attributes"}), IsOk());
  EXPECT_THAT(Get(id_)->attributes(), ElementsAre(Pair("shoe", "38")));
  EXPECT_THAT(UpdateFields(id_, Shod("99"), {"attributes"}),
              HasViolation("attributes[shoe]", "VALUE_INVALID"));
}

TEST_F(ContentTest, TheFormSpeaksTheCallersLanguage) {
  PROVES("C9", "C1");
  DefineAttributes();
  const auto form = Call(&Hq::GetNewCustomerForm, customer::v1::GetNewCustomerFormRequest(),
                         CallContext{.language = "fr"});
  ASSERT_THAT(form, IsOk());
  ASSERT_THAT(form->value.form_attributes(), SizeIs(1));
  EXPECT_EQ(form->value.form_attributes(0).friendly_name(), "Pointure");
}

// A store captured it under an older configuration: it is converted as it is, and gets no default
// of today.
TEST_F(ContentTest, ConversionTakesWhatWasCaptured) {
  PROVES("C9", "C5", "F9");
  Customer captured = Shod("99").WithId(id_);
  (*captured.mutable_attributes())["hat"] = "7";
  captured.add_secondary_emails()->set_address("second@b");
  DefineAttributes();
  UploadOnce(kLineage, {CreateOperation(1, captured)});
  const auto converted = Get(id_);
  ASSERT_THAT(converted, IsOk());
  EXPECT_NE(converted->account_number(), "");
  EXPECT_THAT(converted->attributes(), UnorderedElementsAre(Pair("shoe", "99"), Pair("hat", "7")));
  EXPECT_THAT(converted->secondary_emails(), SizeIs(1));
}

// What a person puts right is held to today's definitions.
TEST_F(ContentTest, ACorrectionIsChecked) {
  PROVES("C9", "P8");
  DefineAttributes();
  UploadOnce(kLineage, {CreateOperation(1, Shod("99").WithId(id_).Email("nobody"))});
  Advance(absl::Minutes(1));
  EXPECT_THAT(Correct(Shod("98"), "attributes"), HasViolation("attributes[shoe]", "VALUE_INVALID"));
  EXPECT_THAT(Correct(ACustomer().With([](Customer& customer) {
                customer.add_secondary_emails()->set_address("a@b");
              }),
                      "secondary_emails"),
              HasReason("FEATURE_OFF"));
  ASSERT_THAT(Correct(ACustomer().Email("ada@b"), "email"), IsOk());
  RunAll();
  EXPECT_THAT(Get(id_)->attributes(), ElementsAre(Pair("shoe", "99")));
}

TEST_F(ContentTest, FieldRulesAreTheChannels) {
  PROVES("C11");
  ASSERT_THAT(Make("field_rules { name: 'fieldRules/strict' rules { field: 'phone' required: true "
                   "} rules { field: 'url' hidden: true } }"),
              IsOk());
  v1::UpdateChannelRequest request;
  request.mutable_channel()->set_name(std::string("channels/") + kChannel);
  request.mutable_channel()->set_field_rules("fieldRules/strict");
  request.mutable_update_mask()->add_paths("field_rules");
  ASSERT_THAT(Administer<v1::Channel>(request), IsOk());

  EXPECT_THAT(Create(ACustomer()), HasViolation("phone", "REQUIRED"));
  ASSERT_THAT(Create(ACustomer().WithId(id_).Phone("713 555 0100")), IsOk());
  Customer with_url = ACustomer();
  with_url.set_url("https://ada.example");
  EXPECT_THAT(UpdateFields(id_, with_url, {"url"}, kChannel), HasViolation("url", "FIELD_HIDDEN"));
  EXPECT_THAT(UpdateFields(id_, ACustomer(), {"phone"}, kChannel),
              HasViolation("phone", "REQUIRED"));
  // They are for the channel, not for HQ.
  EXPECT_THAT(UpdateFields(id_, with_url, {"url"}), IsOk());
}

TEST_F(ContentTest, SecondaryContactsNeedTheFeature) {
  PROVES("C5", "F1", "F0");
  Customer customer = Consenting("a@b", kIn).WithId(id_);
  customer.add_secondary_phones()->set_number("713 555 0100");
  const auto refused = Create(customer);
  EXPECT_THAT(refused, HasReason("FEATURE_OFF"));
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(refused.status())) {
    fields.push_back(violation.field);
  }
  EXPECT_THAT(fields, UnorderedElementsAre("email.consent", "secondary_phones[0]"));

  ASSERT_THAT(Switch("F1", true), IsOk());
  ASSERT_THAT(Create(customer), IsOk());
  ASSERT_THAT(Switch("F1", false), IsOk());
  EXPECT_THAT(Get(id_)->secondary_phones(), SizeIs(1));
  ASSERT_THAT(UpdateFields(id_, ACustomer(), {"secondary_phones"}), IsOk());
  EXPECT_THAT(Get(id_)->secondary_phones(), IsEmpty());
  EXPECT_THAT(UpdateFields(id_, customer, {"secondary_phones"}), HasReason("FEATURE_OFF"));
}

// Given at the store, withdrawn at HQ, gone with its contact: all of it is kept.
TEST_F(ContentTest, EveryChangeOfConsentIsKept) {
  PROVES("C6", "C5");
  ASSERT_THAT(Switch("F1", true), IsOk());
  ASSERT_THAT(Create(Consenting("a@b", kIn).WithId(id_).With([](Customer& customer) {
                customer.mutable_email()->mutable_consent()->set_captured_by("Eve");
                customer.mutable_email()->mutable_consent()->set_wording_version("2026-03");
              })),
              IsOk());
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(UpdateFields(id_, ACustomer().Named("Augusta"), {"given_name"}), IsOk());
  ASSERT_THAT(UpdateFields(id_, Consenting("a@b", kOut), {"email"}), IsOk());
  ASSERT_THAT(UpdateFields(id_, ACustomer(), {"email"}, kChannel), IsOk());

  const auto history = History(CustomerName(id_));
  ASSERT_THAT(history, IsOk());
  ASSERT_THAT(history->changes(), SizeIs(3));
  const ConsentChange& given = history->changes(2);
  EXPECT_EQ(given.contact(), "a@b");
  EXPECT_FALSE(given.has_before());
  EXPECT_EQ(given.after().state(), kIn);
  EXPECT_EQ(given.after().captured_by(), "Eve");
  EXPECT_EQ(given.after().wording_version(), "2026-03");
  EXPECT_EQ(given.after().channel(), kChannel);
  const ConsentChange& withdrawn = history->changes(1);
  EXPECT_EQ(withdrawn.before().state(), kIn);
  EXPECT_EQ(withdrawn.after().state(), kOut);
  EXPECT_EQ(withdrawn.after().channel(), "");
  EXPECT_GE(withdrawn.after().time().seconds(), given.after().time().seconds() + 3600);
  const ConsentChange& removed = history->changes(0);
  EXPECT_EQ(removed.before().state(), kOut);
  EXPECT_EQ(removed.after().state(), customer::v1::CONSENT_STATE_UNSPECIFIED);
  EXPECT_EQ(removed.after().channel(), kChannel);
  EXPECT_GT(removed.sequence(), withdrawn.sequence());

  const auto first = History(CustomerName(id_), 2);
  ASSERT_THAT(first->changes(), SizeIs(2));
  const auto second = History(CustomerName(id_), 2, first->next_page_token());
  ASSERT_THAT(second->changes(), SizeIs(1));
  EXPECT_EQ(second->changes(0).sequence(), given.sequence());
  EXPECT_EQ(second->next_page_token(), "");
}

// What a store captured without HQ enters the history when it is converted, as of its capture.
TEST_F(ContentTest, ConvertedConsentIsAsOfItsCapture) {
  PROVES("C6");
  Customer captured = Consenting("a@b", kIn).WithId(id_);
  captured.mutable_email()->mutable_consent()->set_channel("houston");
  captured.mutable_email()->mutable_consent()->mutable_time()->set_seconds(1234);
  UploadOnce(kLineage, {CreateOperation(1, captured)});
  const auto history = History(CustomerName(id_));
  ASSERT_THAT(history, IsOk());
  ASSERT_THAT(history->changes(), SizeIs(1));
  EXPECT_EQ(history->changes(0).after().time().seconds(), 1234);
  EXPECT_EQ(history->changes(0).after().channel(), "houston");
}

// Nor does it matter when HQ heard that consent was taken back.
TEST_F(ContentTest, ConsentIsTakenBackWhenTheStoreHeardIt) {
  PROVES("C6", "F5");
  Customer consenting = Consenting("a@b", kIn).WithId(id_);
  const Operation create = CreateOperation(1, consenting);
  UploadOnce(kLineage, {create});
  Operation edit = NewEdit(2, create);
  *edit.mutable_edit_customer()->mutable_changes() =
      ChangesOf(Get(id_).value(), Customer(), {"email"});
  clock_.Advance(absl::Hours(5));
  UploadOnce(kLineage, {edit});
  const auto history = History(CustomerName(id_));
  ASSERT_THAT(history, IsOk());
  ASSERT_THAT(history->changes(), SizeIs(2));
  EXPECT_EQ(history->changes(0).after().state(), customer::v1::CONSENT_STATE_UNSPECIFIED);
  EXPECT_EQ(history->changes(0).after().time().seconds(), edit.capture_time().seconds());
  EXPECT_EQ(history->changes(0).after().channel(), kChannel);
}

TEST_F(ContentTest, OnlyKnownCustomersHaveAHistory) {
  PROVES("C6");
  EXPECT_THAT(History(CustomerName(NewId())), HasReason("CUSTOMER_NOT_FOUND"));
  EXPECT_THAT(History("customers/x"), HasReason("INVALID_FIELDS"));
  SetNumbersBlocked(true);
  UploadOnce(kLineage, {CreateOperation(1, ACustomer().WithId(id_))});
  EXPECT_THAT(History(CustomerName(id_)), HasReason("CUSTOMER_PENDING"));
}

// A store's edit leaves hidden affiliations alone; an administrator's doesn't.
TEST_F(ContentTest, HiddenAffiliationsAreForAdministrators) {
  PROVES("Y1");
  ASSERT_THAT(Make("affiliation { name: 'affiliations/guests' }"), IsOk());
  ASSERT_THAT(Make("affiliation { name: 'affiliations/secret' hidden: true }"), IsOk());
  const auto in = [](std::initializer_list<const char*> ids) {
    Customer customer = ACustomer();
    for (const char* id : ids) customer.add_affiliations(id);
    return customer;
  };
  ASSERT_THAT(Create(ACustomer().WithId(id_)), IsOk());
  EXPECT_THAT(UpdateFields(id_, in({"secret"}), {"affiliations"}, kChannel, /*by_store=*/true),
              HasViolation("affiliations[0]", "AFFILIATION_UNKNOWN"));
  ASSERT_THAT(UpdateFields(id_, in({"secret"}), {"affiliations"}), IsOk());
  EXPECT_THAT(Get(id_)->affiliations(), ElementsAre("secret"));
  ASSERT_THAT(UpdateFields(id_, in({"guests"}), {"affiliations"}, kChannel, /*by_store=*/true),
              IsOk());
  EXPECT_THAT(Get(id_)->affiliations(), ElementsAre("guests", "secret"));
  ASSERT_THAT(UpdateFields(id_, in({}), {"affiliations"}), IsOk());
  EXPECT_THAT(Get(id_)->affiliations(), IsEmpty());
}

}  // namespace
}  // namespace comptoir::hq
