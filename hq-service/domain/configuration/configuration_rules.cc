#include "hq-service/domain/configuration/configuration_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/configuration.h"
#include "common/customer/rules/attributes.h"
#include "hq-service/domain/batch_jobs/batch_jobs.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/configuration/features.h"
#include "hq-service/domain/configuration/validate_configuration.h"
#include "hq-service/domain/number_sequences.h"

namespace comptoir::hq {
namespace {

// Services read them whole, with each channel's configuration.
constexpr size_t kAddressPurposesMax = 500;
constexpr size_t kAttributeGroupsMax = 400;
// An error travels in the trailers of a call, which hold a few kilobytes.
constexpr size_t kReferencesNamedMax = 30;

template <typename KindTag>
using ResourceIn = typename decltype(KindTag())::type;

// What a change of this kind must not do; beside CheckFields, which sees no change.
void CheckChange(const v1::NumberSequence& old, const v1::NumberSequence& changed,
                 FieldViolations& violations) {
  if (changed.next() >= old.next()) return;
  violations.Add("next", "NUMBER_ALREADY_GIVEN", "Numbers are never given twice.");
}
void CheckChange(const v1::AttributeType& old, const v1::AttributeType& changed,
                 FieldViolations& violations) {
  if (changed.kind() == old.kind()) return;
  violations.Add("kind", "KIND_FIXED", "Values were captured under it.");
}
template <typename Resource>
void CheckChange(const Resource&, const Resource&, FieldViolations&) {}

// What must hold between resources, beside references.
absl::Status CheckTogether(const ConfigurationView& view, const v1::NumberSequence& sequence,
                           FieldViolations& violations) {
  if (!violations.violations().empty() || IdInName(sequence.name()) == kCardNumbers) {
    return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto all, view.All(replication::v1::RECORD_KIND_NUMBER_SEQUENCE));
  for (const v1::Configuration& any : all) {
    const v1::NumberSequence& other = any.number_sequence();
    FieldViolations of_other;
    CheckFields(other, of_other);
    if (other.name() == sequence.name() || IdInName(other.name()) == kCardNumbers ||
        !of_other.violations().empty() || !CouldGiveTheSame(sequence, other)) {
      continue;
    }
    violations.Add("format", "NUMBERS_OVERLAP",
                   absl::StrCat(other.name(), " could give the same numbers."));
  }
  return absl::OkStatus();
}
absl::Status CheckTogether(const ConfigurationView& view, const v1::Attribute& attribute,
                           FieldViolations& violations) {
  const auto key = KeyOfName(attribute.type(), "type");
  if (attribute.default_value().empty() || !key.ok()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto type, view.Find(*key));
  if (type.has_value() && !IsValueOf(type->attribute_type(), attribute.default_value())) {
    violations.Add("default_value", "VALUE_INVALID", "Not a value of the type.");
  }
  return absl::OkStatus();
}
absl::Status CheckTogether(const ConfigurationView& view, const v1::AttributeType& type,
                           FieldViolations& violations) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto attributes,
                            view.All(replication::v1::RECORD_KIND_ATTRIBUTE));
  for (const v1::Configuration& any : attributes) {
    const v1::Attribute& attribute = any.attribute();
    if (attribute.type() != type.name() || attribute.default_value().empty()) continue;
    if (IsValueOf(type, attribute.default_value())) continue;
    violations.Add("values", "VALUE_INVALID", "The default of an attribute would be none of them.");
    break;
  }
  return absl::OkStatus();
}
absl::Status CheckTogether(const ConfigurationView& view, const v1::AttributeGroup& group,
                           FieldViolations& violations) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto groups,
                            view.All(replication::v1::RECORD_KIND_ATTRIBUTE_GROUP));
  if (groups.size() > kAttributeGroupsMax) {
    violations.Add("name", "TOO_MANY", absl::StrCat("At most ", kAttributeGroupsMax, "."));
  }
  if (!group.in_use()) return absl::OkStatus();
  const bool other = std::any_of(groups.begin(), groups.end(), [&](const v1::Configuration& any) {
    return any.attribute_group().in_use() && any.attribute_group().name() != group.name();
  });
  if (other) violations.Add("in_use", "GROUP_IN_USE", "Another group is in use.");
  return absl::OkStatus();
}
absl::Status CheckTogether(const ConfigurationView& view, const v1::AddressPurpose&,
                           FieldViolations& violations) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto purposes,
                            view.All(replication::v1::RECORD_KIND_ADDRESS_PURPOSE));
  if (purposes.size() > kAddressPurposesMax) {
    violations.Add("name", "TOO_MANY", absl::StrCat("At most ", kAddressPurposesMax, "."));
  }
  return absl::OkStatus();
}
template <typename Resource>
absl::Status CheckTogether(const ConfigurationView&, const Resource&, FieldViolations&) {
  return absl::OkStatus();
}

void AddPrefixed(const std::string& prefix, const FieldViolations& from, FieldViolations& to) {
  for (const FieldViolation& violation : from.violations()) {
    to.Add(prefix + violation.field, violation.reason, violation.description);
  }
}

absl::Status CheckPlanFields(const ConfigurationView& view, const ConfigurationPlan& plan,
                             FieldViolations& violations) {
  FieldViolations own;
  if (plan.key.empty()) {
    for (const FieldViolation& violation :
         FieldViolationsOf(KeyOfName(plan.changed, "name").status())) {
      own.Add(violation.field, violation.reason, violation.description);
    }
  }
  absl::Status status;
  ForEachKind([&](auto kind) {
    using Resource = ResourceIn<decltype(kind)>;
    if (Kind<Resource>::kCase != plan.changed.kind_case()) return;
    const Resource& resource = Kind<Resource>::In(plan.changed);
    CheckFields(resource, own);
    if (plan.old.has_value()) CheckChange(Kind<Resource>::In(*plan.old), resource, own);
    status = CheckTogether(view, resource, own);
  });
  AddPrefixed(plan.prefix, own, violations);
  return status;
}

std::vector<Reference> AllReferencesOf(const v1::Configuration& any) {
  return VisitKindOf<std::vector<Reference>>(
             any,
             [&](auto kind) { return ReferencesOf(Kind<ResourceIn<decltype(kind)>>::In(any)); })
      .value_or(std::vector<Reference>());
}

bool IsAmong(const std::vector<Reference>& references, const std::string& name) {
  return std::any_of(references.begin(), references.end(),
                     [&](const Reference& reference) { return reference.name == name; });
}

// Fields whose references fail.
struct BadReferences {
  std::vector<std::string> missing;
  std::vector<std::string> retired;
};

using PlansByKey = std::map<std::string, const ConfigurationPlan*>;

// What comes retired with the chain that refers to it was retired under that reference elsewhere;
// what is left out CheckLeftOut() looks at.
bool MayBeRetired(const PlansByKey& plans, const std::string& key) {
  const auto plan = plans.find(key);
  return plan != plans.end() && (plan->second->left_out || !plan->second->old.has_value());
}

absl::Status CheckPlanReferences(const ConfigurationView& view, const PlansByKey& plans,
                                 const ConfigurationPlan& plan, BadReferences& bad) {
  const std::vector<Reference> before =
      plan.old.has_value() ? AllReferencesOf(*plan.old) : std::vector<Reference>();
  for (const Reference& reference : AllReferencesOf(plan.changed)) {
    if (reference.name.empty()) continue;
    COMPTOIR_ASSIGN_OR_RETURN(const std::string key, KeyOfName(reference.name, reference.field));
    COMPTOIR_ASSIGN_OR_RETURN(const auto found, view.Find(key));
    if (!found.has_value()) {
      bad.missing.push_back(plan.prefix + reference.field);
    } else if (IsRetired(*found) && !IsAmong(before, reference.name) && !MayBeRetired(plans, key)) {
      bad.retired.push_back(plan.prefix + reference.field);
    }
  }
  return absl::OkStatus();
}

// Also those that are meant where none is named.
std::vector<Reference> WithDefaults(const v1::Configuration& any) {
  std::vector<Reference> references = AllReferencesOf(any);
  if (any.has_customer_group() && any.customer_group().number_sequence().empty()) {
    references.push_back(
        {"number_sequence", absl::StrCat("numberSequences/", ToAbsl(kCustomerNumbers))});
  }
  if (any.has_profile() && any.profile().generate_loyalty_card_numbers()) {
    references.push_back(
        {"generate_loyalty_card_numbers", absl::StrCat("numberSequences/", ToAbsl(kCardNumbers))});
  }
  return references;
}

// What stays in use may not refer to what is left out.
absl::Status CheckLeftOut(const ConfigurationView& view,
                          const std::vector<ConfigurationPlan>& plans) {
  std::set<std::string> left_out;
  for (const ConfigurationPlan& plan : plans) {
    if (plan.left_out) left_out.insert(NameOf(plan.changed));
  }
  if (left_out.empty()) return absl::OkStatus();
  std::vector<std::string> references;
  absl::Status status;
  ForEachKind([&](auto kind) {
    if (!status.ok()) return;
    const auto all = view.All(Kind<ResourceIn<decltype(kind)>>::kRecordKind);
    status = all.status();
    if (!status.ok()) return;
    for (const v1::Configuration& any : *all) {
      if (IsRetired(any)) continue;
      for (const Reference& reference : WithDefaults(any)) {
        if (!left_out.contains(reference.name)) continue;
        references.push_back(absl::StrCat(NameOf(any), ".", reference.field, ": ", reference.name));
      }
    }
  });
  COMPTOIR_RETURN_IF_ERROR(status);
  if (references.empty()) return absl::OkStatus();
  const size_t named = std::min(references.size(), kReferencesNamedMax);
  std::string text =
      absl::StrJoin(references.begin(), references.begin() + static_cast<ptrdiff_t>(named), ", ");
  if (named < references.size()) absl::StrAppend(&text, ", … (", references.size(), ")");
  return MakeError(Reason::kReferenced,
                   absl::StrCat("What is left out is still referred to: ", text, "."),
                   {{"references", text}});
}

absl::Status CheckPlanFeature(const ConfigurationView& view, const ConfigurationPlan& plan) {
  if (!plan.changed.has_feature()) return absl::OkStatus();
  const v1::Feature& feature = plan.changed.feature();
  COMPTOIR_ASSIGN_OR_RETURN(const std::string in_the_way, FeaturesInTheWay(view, feature));
  if (in_the_way.empty()) return absl::OkStatus();
  return MakeError(Reason::kFeaturePrerequisite,
                   absl::StrCat(feature.name(),
                                feature.enabled() ? " needs features that are off: "
                                                  : " is needed by features that are on: ",
                                in_the_way),
                   {{"feature", feature.name()}, {"features", in_the_way}});
}

}  // namespace

void CompleteConfiguration(v1::Configuration& any) {
  if (any.has_number_sequence() && any.number_sequence().next() == 0) {
    // The first number is the lowest unless the request says otherwise.
    any.mutable_number_sequence()->set_next(any.number_sequence().lowest());
  }
  if (any.has_batch_job()) {
    v1::BatchJob& job = *any.mutable_batch_job();
    if (job.mode() == v1::BATCH_JOB_MODE_UNSPECIFIED) job.set_mode(v1::BATCH_JOB_MODE_CONTINUOUS);
    const BatchJobInfo* info = FindNamedBatchJob(job.name());
    if (info != nullptr) job.set_display_name(std::string(info->display_name));
  }
  if (!any.has_feature()) return;
  const std::string_view name = any.feature().name();
  const FeatureInfo* info = FindFeature(name.substr(name.find('/') + 1));
  if (info != nullptr) any.mutable_feature()->set_display_name(std::string(info->description));
}

void ForgetProgress(const v1::Configuration& stored, v1::Configuration& any) {
  if (!any.has_number_sequence()) return;
  any.mutable_number_sequence()->set_next(
      std::max(any.number_sequence().next(), stored.number_sequence().next()));
}

absl::Status CheckPlans(const Reader& reader, const std::vector<ConfigurationPlan>& plans) {
  ConfigurationView view(reader);
  PlansByKey by_key;
  for (const ConfigurationPlan& plan : plans) {
    if (plan.key.empty()) continue;
    view.Plan(plan.key, plan.changed);
    by_key[plan.key] = &plan;
  }
  FieldViolations violations;
  for (const ConfigurationPlan& plan : plans) {
    COMPTOIR_RETURN_IF_ERROR(CheckPlanFields(view, plan, violations));
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  BadReferences bad;
  for (const ConfigurationPlan& plan : plans) {
    COMPTOIR_RETURN_IF_ERROR(CheckPlanReferences(view, by_key, plan, bad));
  }
  if (!bad.missing.empty()) {
    return MakeError(Reason::kReferenceMissing, "It refers to what doesn't exist.",
                     {{"fields", absl::StrJoin(bad.missing, ",")}});
  }
  if (!bad.retired.empty()) {
    return MakeError(Reason::kReferenceRetired, "It refers anew to what is retired.",
                     {{"fields", absl::StrJoin(bad.retired, ",")}});
  }
  COMPTOIR_RETURN_IF_ERROR(CheckLeftOut(view, plans));
  for (const ConfigurationPlan& plan : plans) {
    COMPTOIR_RETURN_IF_ERROR(CheckPlanFeature(view, plan));
  }
  return absl::OkStatus();
}

v1::ConfigurationChange ChangeOf(const ConfigurationPlan& plan) {
  v1::ConfigurationChange change;
  change.set_name(NameOf(plan.changed));
  change.set_created(!plan.old.has_value());
  v1::Configuration nothing;
  if (!plan.old.has_value()) {
    nothing = plan.changed;
    MutableResourceOf(nothing)->Clear();
  }
  for (v1::FieldDifference& difference :
       Differences(plan.old.has_value() ? *plan.old : nothing, plan.changed)) {
    *change.add_differences() = std::move(difference);
  }
  return change;
}

}  // namespace comptoir::hq
