// What administrators may set in what the whole chain shares.

#include <algorithm>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/customer/configuration.h"
#include "common/customer/normalize.h"
#include "common/customer/rules/attributes.h"
#include "common/customer/rules/fields.h"
#include "common/customer/rules/validate.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/configuration/features.h"
#include "hq-service/domain/configuration/validate_configuration.h"
#include "hq-service/domain/number_sequences.h"

namespace comptoir::hq {
namespace {

constexpr int kListMax = 100;
constexpr uint32_t kRecurrenceEveryMax = 1000;
constexpr int kAttributeValuesMax = 1000;
constexpr size_t kShortTextBytesMax = 256;  // 64 characters of at most 4 bytes
constexpr size_t kPatternBytesMax = 256;

void CheckShortText(const std::string& field, std::string_view text, FieldViolations& violations) {
  CheckText(field, text, violations);
  if (IsValidUtf8(text) && text.size() > kShortTextBytesMax) {
    violations.Add(field, "TOO_LONG", "At most 64 characters.");
  }
}

bool CheckCount(const std::string& field, int count, int count_max, FieldViolations& violations) {
  if (count <= count_max) return true;
  violations.Add(field, "TOO_MANY", absl::StrCat("At most ", count_max, "."));
  return false;
}

// Names of one collection, each once.
template <typename Names>
void CheckNames(const std::string& field, const Names& names, std::string_view collection,
                FieldViolations& violations) {
  if (!CheckCount(field, names.size(), kListMax, violations)) return;
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < names.size(); ++i) {
    const std::string element = absl::StrCat(field, "[", i, "]");
    CheckReferenceName(element, names[i], collection, /*required=*/true, violations);
    if (!seen.insert(names[i]).second) violations.Add(element, "ID_REPEATED", "Named twice.");
  }
}

void CheckRange(const v1::AttributeType& type, FieldViolations& violations) {
  const auto places_max = PlacesMax(type.kind());
  for (const auto& [field, value] :
       {std::pair("lowest", type.lowest()), std::pair("highest", type.highest())}) {
    if (value.empty()) continue;
    if (!places_max.has_value()) {
      violations.Add(field, "NOT_A_NUMBER", "Only numbers have a range.");
    } else if (!ParseDecimal(value, *places_max).has_value()) {
      violations.Add(field, "VALUE_INVALID", "Not a number of the kind.");
    }
  }
  if (!places_max.has_value()) return;
  const auto lowest = ParseDecimal(type.lowest(), *places_max);
  const auto highest = ParseDecimal(type.highest(), *places_max);
  if (lowest.has_value() && highest.has_value() && *highest < *lowest) {
    violations.Add("highest", "OUT_OF_RANGE", "Lies below the lowest.");
  }
}

void CheckTranslations(const v1::Attribute& attribute, FieldViolations& violations) {
  if (!CheckCount("translations", attribute.translations_size(), kListMax, violations)) return;
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < attribute.translations_size(); ++i) {
    const v1::AttributeText& text = attribute.translations(i);
    const std::string field = absl::StrCat("translations[", i, "]");
    if (!IsLanguage(text.language())) {
      violations.Add(field + ".language", "LANGUAGE_INVALID", "Not BCP 47.");
    } else if (!seen.insert(text.language()).second) {
      violations.Add(field + ".language", "ID_REPEATED", "Named twice.");
    }
    CheckText(field + ".friendly_name", text.friendly_name(), violations);
    CheckText(field + ".help", text.help(), violations);
  }
}

void CheckRule(const std::string& prefix, const v1::FieldRule& rule, FieldViolations& violations) {
  if (!IsSettableCustomerField(rule.field())) {
    violations.Add(prefix + ".field", "FIELD_UNKNOWN", "Not a field of a customer.");
  }
  if (rule.pattern().size() > kPatternBytesMax || !IsPattern(rule.pattern())) {
    violations.Add(prefix + ".pattern", "PATTERN_INVALID",
                   "A regular expression of at most 256 characters.");
  }
  if (rule.required() && rule.hidden()) {
    violations.Add(prefix + ".hidden", "REQUIRED_AND_HIDDEN", "What is required cannot be hidden.");
  }
}

}  // namespace

void CheckFields(const v1::DefaultCustomer& defaults, FieldViolations& violations) {
  CheckText("display_name", defaults.display_name(), violations);
  CheckReferenceName("customer_group", defaults.customer_group(), "customerGroups",
                     /*required=*/false, violations);
  CheckNames("affiliations", defaults.affiliations(), "affiliations", violations);
  FieldCheck check(violations);
  check.Enumerator("type", customer::v1::CustomerType_IsValid(defaults.type()));
  check.Enumerator("receipt_option",
                   customer::v1::ReceiptOption_IsValid(defaults.receipt_option()));
  customer::v1::Email receipt_email;
  receipt_email.set_address(defaults.receipt_email());
  check.Email("receipt_email", receipt_email);
  check.Code("currency", defaults.currency(), IsCurrency, "CURRENCY_UNKNOWN");
  check.Code("language", defaults.language(), IsLanguage, "LANGUAGE_INVALID");
}

void CheckFields(const v1::CustomerGroup& group, FieldViolations& violations) {
  CheckText("display_name", group.display_name(), violations);
  CheckReferenceName("number_sequence", group.number_sequence(), "numberSequences",
                     /*required=*/false, violations);
  if (IdInName(group.number_sequence()) == kCardNumbers) {
    violations.Add("number_sequence", "CARD_NUMBERS", "It gives the numbers of loyalty cards.");
  }
  if (group.financial_dimensions_size() > kListMax) {
    violations.Add("financial_dimensions", "TOO_MANY", absl::StrCat("At most ", kListMax, "."));
    return;
  }
  for (const auto& [dimension, value] : group.financial_dimensions()) {
    if (dimension.empty()) {
      violations.Add("financial_dimensions", "REQUIRED", "A dimension has a name.");
    }
    CheckShortText("financial_dimensions", dimension, violations);
    CheckShortText("financial_dimensions", value, violations);
  }
}

void CheckFields(const v1::AddressBook& book, FieldViolations& violations) {
  CheckText("display_name", book.display_name(), violations);
}

void CheckFields(const v1::Affiliation& affiliation, FieldViolations& violations) {
  CheckText("display_name", affiliation.display_name(), violations);
  FieldCheck(violations).Enumerator("kind", v1::AffiliationKind_IsValid(affiliation.kind()));
}

void CheckFields(const v1::AttributeType& type, FieldViolations& violations) {
  CheckText("display_name", type.display_name(), violations);
  CheckShortText("unit", type.unit(), violations);
  const bool known = v1::AttributeValueKind_IsValid(type.kind());
  FieldCheck(violations).Enumerator("kind", known);
  if (type.kind() == v1::ATTRIBUTE_VALUE_KIND_UNSPECIFIED) {
    violations.Add("kind", "REQUIRED", "Must be set.");
  }
  CheckRange(type, violations);
  if (type.values_size() > 0 && type.kind() != v1::ATTRIBUTE_VALUE_KIND_TEXT) {
    violations.Add("values", "NOT_TEXT", "Only text has a list of values.");
  }
  if (!CheckCount("values", type.values_size(), kAttributeValuesMax, violations)) return;
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < type.values_size(); ++i) {
    const std::string field = absl::StrCat("values[", i, "]");
    CheckText(field, type.values(i), violations);
    if (!seen.insert(type.values(i)).second) violations.Add(field, "ID_REPEATED", "Named twice.");
  }
}

void CheckFields(const v1::Attribute& attribute, FieldViolations& violations) {
  CheckText("friendly_name", attribute.friendly_name(), violations);
  CheckText("help", attribute.help(), violations);
  CheckText("default_value", attribute.default_value(), violations);
  CheckReferenceName("type", attribute.type(), "attributeTypes", /*required=*/true, violations);
  CheckTranslations(attribute, violations);
}

void CheckFields(const v1::AttributeGroup& group, FieldViolations& violations) {
  CheckText("display_name", group.display_name(), violations);
  CheckNames("attributes", group.attributes(), "attributes", violations);
}

void CheckFields(const v1::AddressPurpose& purpose, FieldViolations& violations) {
  CheckText("display_name", purpose.display_name(), violations);
  const std::string_view name = purpose.name();
  if (IsBuiltInPurpose(name.substr(name.find('/') + 1))) {
    violations.Add("name", "BUILT_IN", "This purpose is there already.");
  }
}

void CheckFields(const v1::ChannelDatabaseGroup& group, FieldViolations& violations) {
  CheckText("display_name", group.display_name(), violations);
}

void CheckFields(const v1::Feature& feature, FieldViolations& violations) {
  const std::string_view name = feature.name();
  if (FindFeature(name.substr(name.find('/') + 1)) == nullptr) {
    violations.Add("name", "FEATURE_UNKNOWN", "There is no such feature.");
  }
}

void CheckFields(const v1::BatchJob& job, FieldViolations& violations) {
  if (FindNamedBatchJob(job.name()) == nullptr) {
    violations.Add("name", "BATCH_JOB_UNKNOWN", "There is no such batch job.");
  }
  if (!v1::BatchJobMode_IsValid(job.mode())) {
    violations.Add("mode", "VALUE_UNKNOWN", "Not a way to run a job.");
  }
  if (job.mode() != v1::BATCH_JOB_MODE_RECURRENCE) return;
  if (job.every() < 1 || job.every() > kRecurrenceEveryMax) {
    violations.Add("every", "OUT_OF_RANGE", "1 to 1,000.");
  }
  if (job.unit() == v1::RECURRENCE_UNIT_UNSPECIFIED || !v1::RecurrenceUnit_IsValid(job.unit())) {
    violations.Add("unit", "REQUIRED", "Minutes, hours or days.");
  }
}

void CheckFields(const v1::FieldRules& rules, FieldViolations& violations) {
  CheckText("display_name", rules.display_name(), violations);
  if (!CheckCount("rules", rules.rules_size(), kListMax, violations)) return;
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < rules.rules_size(); ++i) {
    const std::string prefix = absl::StrCat("rules[", i, "]");
    CheckRule(prefix, rules.rules(i), violations);
    if (!seen.insert(rules.rules(i).field()).second) {
      violations.Add(prefix + ".field", "ID_REPEATED", "Has a rule already.");
    }
  }
}

std::vector<Reference> ReferencesOf(const v1::DefaultCustomer& defaults) {
  std::vector<Reference> references = {{"customer_group", defaults.customer_group()}};
  for (int i = 0; i < defaults.affiliations_size(); ++i) {
    references.push_back({absl::StrCat("affiliations[", i, "]"), defaults.affiliations(i)});
  }
  return references;
}

std::vector<Reference> ReferencesOf(const v1::CustomerGroup& group) {
  return {{"number_sequence", group.number_sequence()}};
}

std::vector<Reference> ReferencesOf(const v1::Attribute& attribute) {
  return {{"type", attribute.type()}};
}

std::vector<Reference> ReferencesOf(const v1::AttributeGroup& group) {
  std::vector<Reference> references;
  for (int i = 0; i < group.attributes_size(); ++i) {
    references.push_back({absl::StrCat("attributes[", i, "]"), group.attributes(i)});
  }
  return references;
}

}  // namespace comptoir::hq
