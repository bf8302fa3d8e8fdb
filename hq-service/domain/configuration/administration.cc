#include "hq-service/domain/configuration/administration.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/requests/errors.h"
#include "common/storage/key_codec.h"
#include "google/protobuf/util/field_mask_util.h"
#include "hq-service/domain/batch_jobs/job_runs.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/configuration/audit.h"
#include "hq-service/domain/configuration/configuration_rules.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/recovery/recovery.h"

namespace comptoir::hq {
namespace {

using google::protobuf::FieldMask;
using google::protobuf::util::FieldMaskUtil;

constexpr std::string_view kVersionKey = "hq/configuration";
constexpr std::string_view kAllCollections = "-";

absl::Status NotFound(std::string_view name) {
  const Reason reason = VisitCollection<Reason>(name.substr(0, name.find('/')), [](auto kind) {
                          return Kind<typename decltype(kind)::type>::kNotFound;
                        }).value_or(Reason::kRecordNotFound);
  return MakeError(reason, std::string(ReasonDescription(reason)), {{"name", std::string(name)}});
}

absl::StatusOr<StoredConfiguration> FindExisting(const Reader& reader, const std::string& key,
                                                 std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(auto stored, FindStored(reader, key));
  if (!stored.has_value()) return NotFound(name);
  return *std::move(stored);
}

// Puts it all at one position.
absl::Status Store(Transaction& transaction, std::vector<ConfigurationPlan>& plans,
                   const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  for (ConfigurationPlan& plan : plans) {
    COMPTOIR_RETURN_IF_ERROR(
        PutConfiguration(transaction, plan.changed, plan.old_version, sequence));
    if (plan.changed.has_batch_job()) {
      COMPTOIR_RETURN_IF_ERROR(
          ConfigureJob(transaction, plan.changed.batch_job(), sequence, administrator.now));
    }
    // Whoever says what number comes next knows what was given. (recovery.h)
    if (plan.changed.has_number_sequence() && plan.old.has_value() &&
        plan.changed.number_sequence().next() != plan.old->number_sequence().next()) {
      COMPTOIR_RETURN_IF_ERROR(
          EndRecovery(transaction, /*number_margin=*/0, administrator.caller, administrator.now));
    }
    PutAuditEntry(transaction, ChangeOf(plan), administrator, sequence);
    SetEtag(plan.changed, EtagOfVersion(sequence.value()));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Configuration> CheckAndStore(Transaction& transaction, ConfigurationPlan plan,
                                                const Administrator& administrator) {
  std::vector<ConfigurationPlan> plans = {std::move(plan)};
  COMPTOIR_RETURN_IF_ERROR(CheckPlans(transaction, plans));
  COMPTOIR_RETURN_IF_ERROR(Store(transaction, plans, administrator));
  return std::move(plans.front().changed);
}

void CheckMask(const FieldMask& mask, const v1::Configuration& any, FieldViolations& violations) {
  if (mask.paths().empty()) {
    violations.Add("update_mask", "REQUIRED", "Must name the fields to change.");
  }
  for (const std::string& path : mask.paths()) {
    const bool known =
        FieldMaskUtil::GetFieldDescriptors(ResourceOf(any)->GetDescriptor(), path, nullptr);
    if (path == "name" || path == "etag" || !known) {
      violations.Add("update_mask", "FIELD_NOT_UPDATABLE", "It names a field that can't change.");
    }
  }
}

v1::Configuration Merged(const v1::Configuration& old, const v1::Configuration& change,
                         const FieldMask& mask) {
  v1::Configuration merged = old;
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(*ResourceOf(change), mask, options, MutableResourceOf(merged));
  return merged;
}

// What applying `any` would change; nothing if it is there just so.
absl::StatusOr<std::optional<ConfigurationPlan>> PlanApply(const Reader& reader,
                                                           const v1::Configuration& any,
                                                           std::string prefix) {
  ConfigurationPlan plan{.prefix = std::move(prefix), .changed = any};
  COMPTOIR_ASSIGN_OR_RETURN(plan.key, KeyOfName(any, plan.prefix + "name"));
  COMPTOIR_ASSIGN_OR_RETURN(auto stored, FindStored(reader, plan.key));
  CompleteConfiguration(plan.changed);
  if (!stored.has_value()) return std::optional(std::move(plan));
  ForgetProgress(stored->any, plan.changed);
  if (SameContent(stored->any, plan.changed)) return std::nullopt;
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(EtagOf(any), EtagOfVersion(stored->version)));
  plan.old = std::move(stored->any);
  plan.old_version = stored->version;
  return std::optional(std::move(plan));
}

// References go from later kinds to earlier ones; so does the order in which changes are listed.
int OrderOf(const v1::Configuration& any) { return any.kind_case(); }

// What isn't wanted any more, as far as its kind can go. A kind without `retired` doesn't compile
// until it has one of its own.
template <typename Resource>
void LeaveOut(Resource& resource) {
  resource.set_retired(true);
}
void LeaveOut(v1::AttributeGroup& group) {
  group.set_retired(true);
  group.set_in_use(false);
}
void LeaveOut(v1::NumberSequence& numbers) { numbers.set_blocked(true); }
// These are there always: they go back to how they were from the start.
template <typename Resource>
void Reset(Resource& resource) {
  const std::string name = resource.name();
  resource.Clear();
  resource.set_name(name);
}
void LeaveOut(v1::Feature& feature) { Reset(feature); }
void LeaveOut(v1::BatchJob& job) { Reset(job); }

v1::Configuration LeftOut(v1::Configuration any) {
  ForEachKind([&](auto kind) {
    using ThisKind = Kind<typename decltype(kind)::type>;
    if (ThisKind::kCase == any.kind_case()) LeaveOut(ThisKind::MutableIn(any));
  });
  CompleteConfiguration(any);
  return any;
}

absl::Status PlanLeftOut(const Reader& reader, const std::set<std::string>& named,
                         std::vector<ConfigurationPlan>& plans) {
  std::vector<v1::Configuration> others;
  absl::Status status;
  const ConfigurationView view(reader);
  ForEachKind([&](auto kind) {
    if (!status.ok()) return;
    const auto all = view.All(Kind<typename decltype(kind)::type>::kRecordKind);
    status = all.status();
    if (!status.ok()) return;
    std::copy_if(all->begin(), all->end(), std::back_inserter(others),
                 [&](const v1::Configuration& any) { return !named.contains(NameOf(any)); });
  });
  COMPTOIR_RETURN_IF_ERROR(status);
  for (const v1::Configuration& any : others) {
    auto plan = PlanApply(reader, LeftOut(any), absl::StrCat(NameOf(any), "."));
    COMPTOIR_RETURN_IF_ERROR(plan.status());
    if (!plan->has_value()) continue;
    (*plan)->left_out = true;
    plans.push_back(**std::move(plan));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ConfigurationPlan>> PlanAll(
    const Reader& reader, const v1::ApplyConfigurationsRequest& request) {
  const v1::Chain& chain = request.chain();
  FieldViolations violations;
  if (chain.configurations_size() > kAppliedConfigurationsMax) {
    violations.Add("chain.configurations", "TOO_MANY",
                   absl::StrCat("At most ", kAppliedConfigurationsMax, "."));
    return violations.ToStatus();
  }
  std::vector<ConfigurationPlan> plans;
  std::set<std::string> names;
  for (int i = 0; i < chain.configurations_size(); ++i) {
    const v1::Configuration& any = chain.configurations(i);
    const std::string prefix = absl::StrCat("chain.configurations[", i, "].");
    auto plan = PlanApply(reader, any, prefix);
    if (!plan.ok() && ReasonOf(plan.status()) != Reason::kInvalidFields) return plan.status();
    for (const FieldViolation& violation : FieldViolationsOf(plan.status())) {
      violations.Add(violation.field, violation.reason, violation.description);
    }
    if (!names.insert(NameOf(any)).second) {
      violations.Add(prefix + "name", "NAME_REPEATED", "Named twice.");
    }
    if (plan.ok() && plan->has_value()) plans.push_back(**std::move(plan));
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  if (!request.keep_others()) COMPTOIR_RETURN_IF_ERROR(PlanLeftOut(reader, names, plans));
  std::stable_sort(plans.begin(), plans.end(), [](const auto& a, const auto& b) {
    return OrderOf(a.changed) < OrderOf(b.changed);
  });
  return plans;
}

}  // namespace

absl::StatusOr<v1::Configuration> CreateConfiguration(Transaction& transaction,
                                                      const v1::Configuration& any,
                                                      const Administrator& administrator) {
  ConfigurationPlan plan{.changed = any};
  CompleteConfiguration(plan.changed);
  if (auto key = KeyOfName(any, "name"); key.ok()) plan.key = *std::move(key);
  COMPTOIR_ASSIGN_OR_RETURN(const auto stored, FindStored(transaction, plan.key));
  if (stored.has_value()) {
    ForgetProgress(stored->any, plan.changed);
    if (SameContent(stored->any, plan.changed)) return stored->any;
    COMPTOIR_RETURN_IF_ERROR(CheckPlans(transaction, {plan}));
    return MakeError(Reason::kAlreadyExists, "The name is taken by other content.");
  }
  return CheckAndStore(transaction, std::move(plan), administrator);
}

absl::StatusOr<v1::Configuration> GetConfiguration(const Reader& reader, std::string_view name) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string key, KeyOfName(name, "name"));
  COMPTOIR_ASSIGN_OR_RETURN(auto stored, FindExisting(reader, key, name));
  return std::move(stored.any);
}

absl::StatusOr<v1::ListConfigurationsResponse> ListConfigurations(const Reader& reader,
                                                                  std::string_view collection,
                                                                  const PageRequest& request) {
  std::vector<std::string> prefixes;
  ForEachKind([&](auto kind) {
    using Resource = typename decltype(kind)::type;
    if (collection != kAllCollections && collection != Kind<Resource>::kCollection) return;
    prefixes.push_back(ConfigurationKey<Resource>(""));
  });
  if (prefixes.empty()) {
    FieldViolations violations;
    violations.Add("collection", "NAME_INVALID", "Not a collection of configuration.");
    return violations.ToStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const Page page, ReadPage(reader, Table::kRecords, prefixes, request));
  v1::ListConfigurationsResponse response;
  response.set_next_page_token(page.next_page_token);
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(auto stored, ParseStored(key, value));
    *response.add_configurations() = std::move(stored.any);
  }
  return response;
}

absl::StatusOr<v1::Configuration> UpdateConfiguration(Transaction& transaction,
                                                      const v1::Configuration& any,
                                                      const FieldMask& mask,
                                                      const Administrator& administrator) {
  ConfigurationPlan plan;
  COMPTOIR_ASSIGN_OR_RETURN(plan.key, KeyOfName(any, "name"));
  FieldViolations violations;
  CheckMask(mask, any, violations);
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  COMPTOIR_ASSIGN_OR_RETURN(auto stored, FindExisting(transaction, plan.key, NameOf(any)));
  plan.changed = Merged(stored.any, any, mask);
  CompleteConfiguration(plan.changed);
  // Also a repeated update, whose etag is old by then.
  if (SameContent(stored.any, plan.changed)) return std::move(stored.any);
  COMPTOIR_RETURN_IF_ERROR(CheckEtag(EtagOf(any), EtagOfVersion(stored.version)));
  plan.old = std::move(stored.any);
  plan.old_version = stored.version;
  return CheckAndStore(transaction, std::move(plan), administrator);
}

absl::StatusOr<v1::ApplyConfigurationsResponse> ApplyConfigurations(
    Transaction& transaction, const v1::ApplyConfigurationsRequest& request,
    const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(auto plans, PlanAll(transaction, request));
  COMPTOIR_RETURN_IF_ERROR(CheckPlans(transaction, plans));
  v1::ApplyConfigurationsResponse response;
  for (const ConfigurationPlan& plan : plans) *response.add_changes() = ChangeOf(plan);
  if (request.dry_run() || plans.empty()) return response;
  COMPTOIR_RETURN_IF_ERROR(Store(transaction, plans, administrator));
  return response;
}

absl::Status PutConfiguration(Transaction& transaction, const v1::Configuration& any,
                              uint64_t old_version, Sequence sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string key, KeyOfName(any, "name"));
  for (const replication::v1::Job job : JobsOf(any)) {
    if (job == replication::v1::JOB_UNSPECIFIED) continue;
    COMPTOIR_RETURN_IF_ERROR(
        MoveRecordEntry(transaction, ConfigurationFeed(job), key, old_version, sequence));
  }
  transaction.Put(Table::kRecords, key, RecordOf(any, sequence.value()));
  transaction.Put(Table::kMeta, kVersionKey, KeyWriter().Fixed64(sequence.value()).key());
  return absl::OkStatus();
}

absl::StatusOr<Sequence> ConfigurationVersion(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, kVersionKey));
  if (!value.has_value()) return Sequence();
  return Sequence(KeyReader(*value).Fixed64().value_or(0));
}

}  // namespace comptoir::hq
