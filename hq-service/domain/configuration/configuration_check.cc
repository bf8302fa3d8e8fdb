#include "hq-service/domain/configuration/configuration_check.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/configuration.h"
#include "hq-service/domain/configuration/any_configuration.h"
#include "hq-service/domain/configuration/features.h"
#include "hq-service/domain/configuration/finding_texts.h"
#include "hq-service/domain/configuration/validate_configuration.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/domain/recovery/restore_conflicts.h"

namespace comptoir::hq {
namespace {

using Severity = v1::ConfigurationFinding::Severity;

constexpr char kSharedNumbers[] = "numberSequences/customers";
constexpr char kCardNumbersName[] = "numberSequences/loyalty";
// Fewer numbers than these are left: time to raise the highest.
constexpr uint64_t kNumbersLeftMin = 1000;

class Check {
 public:
  Check(const Reader& reader, const JobsViewOptions& options)
      : reader_(reader), options_(options), view_(reader) {}

  absl::Status Run() {
    COMPTOIR_RETURN_IF_ERROR(Recovery());
    COMPTOIR_RETURN_IF_ERROR(Numbers());
    COMPTOIR_RETURN_IF_ERROR(LoyaltyNumbers());
    COMPTOIR_RETURN_IF_ERROR(Features());
    COMPTOIR_RETURN_IF_ERROR(Jobs());
    COMPTOIR_RETURN_IF_ERROR(Channels());
    return Retired();
  }

  v1::CheckConfigurationResponse findings() && {
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const auto& a, const auto& b) { return a.severity() > b.severity(); });
    v1::CheckConfigurationResponse response;
    for (auto& finding : findings_) *response.add_findings() = std::move(finding);
    return response;
  }

 private:
  void Error(const ReasonText& text, const std::string& name, const std::string& about = "") {
    Add(v1::ConfigurationFinding::SEVERITY_ERROR, text.reason, name, InWords(text, about));
  }
  void Warn(const ReasonText& text, const std::string& name, const std::string& about = "") {
    Add(v1::ConfigurationFinding::SEVERITY_WARNING, text.reason, name, InWords(text, about));
  }
  std::string InWords(const ReasonText& text, const std::string& about) const {
    return absl::StrReplaceAll(ToAbsl(InLanguage(text.texts, options_.language)), {{"$0", about}});
  }
  void Add(Severity severity, std::string_view reason, const std::string& name,
           const std::string& text) {
    v1::ConfigurationFinding& finding = findings_.emplace_back();
    finding.set_severity(severity);
    finding.set_reason(std::string(reason));
    finding.set_name(name);
    finding.set_text(text);
  }

  absl::StatusOr<std::optional<v1::Configuration>> Find(const std::string& name) const {
    if (name.empty()) return std::nullopt;
    COMPTOIR_ASSIGN_OR_RETURN(const std::string key, KeyOfName(name, "name"));
    return view_.Find(key);
  }

  // The cards of customers who bring none: worth a warning, for nothing else stops.
  absl::Status LoyaltyNumbers() {
    COMPTOIR_ASSIGN_OR_RETURN(const auto profiles, view_.All(replication::v1::RECORD_KIND_PROFILE));
    const bool generated = std::any_of(profiles.begin(), profiles.end(), [](const auto& any) {
      return any.profile().generate_loyalty_card_numbers() && !IsRetired(any);
    });
    if (!generated) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(const auto found, Find(kCardNumbersName));
    if (!found.has_value()) {
      Warn(kCardNumbersMissing, kCardNumbersName);
    } else if (found->number_sequence().blocked()) {
      Warn(kCardNumbersBlocked, kCardNumbersName);
    } else if (found->number_sequence().next() > found->number_sequence().highest()) {
      Warn(kCardNumbersExhausted, kCardNumbersName);
    }
    return absl::OkStatus();
  }

  // What a restored HQ waits for, and what it didn't take.
  absl::Status Recovery() {
    COMPTOIR_ASSIGN_OR_RETURN(const v1::Recovery recovery, RecoveryView(reader_));
    if (recovery.state() == v1::RECOVERY_STATE_RECOVERING) {
      std::string missing;
      for (const auto& service : recovery.channel_services()) {
        if (!service.finished()) {
          absl::StrAppend(&missing, missing.empty() ? "" : ", ", service.name());
        }
      }
      Error(kHqRecovering, kSharedNumbers, missing);
    }
    v1::ListRestoreConflictsRequest one;
    one.set_page_size(1);
    COMPTOIR_ASSIGN_OR_RETURN(const auto conflicts, ListRestoreConflicts(reader_, one));
    if (!conflicts.conflicts().empty()) {
      Warn(kRestoreConflicts, kSharedNumbers);
    }
    return absl::OkStatus();
  }

  absl::Status Numbers() {
    COMPTOIR_ASSIGN_OR_RETURN(const auto shared, Find(kSharedNumbers));
    if (shared.has_value()) {
      Numbers(shared->number_sequence(), kNumbersBlocked, kNumbersExhausted);
    } else {
      Error(kNumbersMissing, kSharedNumbers);
    }
    COMPTOIR_ASSIGN_OR_RETURN(const auto groups,
                              view_.All(replication::v1::RECORD_KIND_CUSTOMER_GROUP));
    std::map<std::string, std::vector<std::string>> groups_by_sequence;
    for (const v1::Configuration& any : groups) {
      const v1::CustomerGroup& group = any.customer_group();
      const std::string& name = group.number_sequence();
      if (name.empty() || name == kSharedNumbers || group.retired()) continue;
      groups_by_sequence[name].emplace_back(IdInName(group.name()));
    }
    for (const auto& [name, ids] : groups_by_sequence) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto found, Find(name));
      if (!found.has_value()) continue;
      Numbers(found->number_sequence(), kNumbersBlockedOfGroups, kNumbersExhaustedOfGroups,
              absl::StrJoin(ids, ", "));
    }
    return absl::OkStatus();
  }
  // Of one sequence; `groups` are those whose customers it numbers.
  void Numbers(const v1::NumberSequence& numbers, const ReasonText& blocked,
               const ReasonText& exhausted, const std::string& groups = "") {
    if (numbers.blocked()) Error(blocked, numbers.name(), groups);
    if (numbers.next() > numbers.highest()) {
      Error(exhausted, numbers.name(), groups);
    } else if (numbers.highest() - numbers.next() + 1 < kNumbersLeftMin) {
      Warn(kNumbersLow, numbers.name(), absl::StrCat(numbers.highest() - numbers.next() + 1));
    }
  }

  absl::Status Features() {
    COMPTOIR_ASSIGN_OR_RETURN(const auto all, view_.All(replication::v1::RECORD_KIND_FEATURE));
    for (const v1::Configuration& any : all) {
      if (!any.feature().enabled()) continue;
      COMPTOIR_ASSIGN_OR_RETURN(const auto missing, FeaturesInTheWay(view_, any.feature()));
      if (missing.empty()) continue;
      Error(kFeaturesMissing, any.feature().name(), missing);
    }
    return absl::OkStatus();
  }

  // Jobs that no customer comes home without. (P11)
  absl::Status Jobs() {
    COMPTOIR_ASSIGN_OR_RETURN(const auto all, ListJobs(reader_, options_));
    for (const v1::JobInfo& info : all.jobs()) {
      for (const v1::JobWarning& warning : info.warnings()) {
        Add(v1::ConfigurationFinding::SEVERITY_WARNING, warning.reason(), info.job().name(),
            warning.text());
      }
    }
    return absl::OkStatus();
  }

  absl::Status Channels() {
    COMPTOIR_ASSIGN_OR_RETURN(const auto all, view_.All(replication::v1::RECORD_KIND_CHANNEL));
    const bool none = std::all_of(all.begin(), all.end(), IsRetired);
    if (none) Warn(kNoChannel, "");
    for (const v1::Configuration& any : all) {
      if (!IsRetired(any)) COMPTOIR_RETURN_IF_ERROR(Channel(any.channel()));
    }
    return absl::OkStatus();
  }

  absl::Status Channel(const v1::Channel& channel) {
    if (channel.channel_services().empty()) {
      Warn(kChannelWithoutService, channel.name());
    }
    COMPTOIR_ASSIGN_OR_RETURN(const auto unit, Find(channel.operating_unit()));
    if (unit.has_value() && unit->operating_unit().address().country().empty()) {
      Warn(kOperatingUnitWithoutCountry, channel.name(), channel.operating_unit());
    }
    COMPTOIR_ASSIGN_OR_RETURN(const auto defaults, Find(channel.default_customer()));
    const auto& off = channel.fields_not_inherited();
    const bool switched_off = std::find(off.begin(), off.end(), "receipt_email") != off.end();
    if (defaults.has_value() && !defaults->default_customer().receipt_email().empty() &&
        !switched_off) {
      Warn(kReceiptEmailInherited, channel.name(), channel.default_customer());
    }
    return absl::OkStatus();
  }

  // What is retired but still referred to, by what isn't retired itself.
  absl::Status Retired() {
    absl::Status status;
    ForEachKind([&](auto kind) {
      using Resource = typename decltype(kind)::type;
      if (status.ok()) status = RetiredIn<Resource>();
    });
    return status;
  }
  template <typename Resource>
  absl::Status RetiredIn() {
    COMPTOIR_ASSIGN_OR_RETURN(const auto all, view_.All(Kind<Resource>::kRecordKind));
    for (const v1::Configuration& any : all) {
      if (IsRetired(any)) continue;
      for (const Reference& reference : ReferencesOf(Kind<Resource>::In(any))) {
        COMPTOIR_ASSIGN_OR_RETURN(const auto found, Find(reference.name));
        if (!found.has_value() || !IsRetired(*found)) continue;
        Warn(kRetiredInUse, NameOf(any), reference.name);
      }
    }
    return absl::OkStatus();
  }

  // Constant after construction.
  const Reader& reader_;
  const JobsViewOptions& options_;
  const ConfigurationView view_;

  std::vector<v1::ConfigurationFinding> findings_;
};

}  // namespace

absl::StatusOr<v1::CheckConfigurationResponse> CheckConfiguration(const Reader& reader,
                                                                  const JobsViewOptions& options) {
  Check check(reader, options);
  COMPTOIR_RETURN_IF_ERROR(check.Run());
  return std::move(check).findings();
}

}  // namespace comptoir::hq
