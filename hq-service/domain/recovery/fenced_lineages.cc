#include "hq-service/domain/recovery/fenced_lineages.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/configuration/audit.h"
#include "hq-service/domain/configuration/validate_configuration.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using storage::v1::FencedLineage;

constexpr std::string_view kPrefix = "hq/fenced/";
constexpr std::string_view kServices = "channelServices/";
constexpr std::string_view kLineages = "/lineages/";
constexpr size_t kLineageDigits = 16;
constexpr size_t kReasonCharactersMax = 1000;

std::string ServicePrefix(std::string_view channel_service) {
  return KeyWriter().Rest(kPrefix).String(channel_service).key();
}

std::string KeyOf(std::string_view channel_service, uint64_t lineage) {
  return KeyWriter().Rest(ServicePrefix(channel_service)).Fixed64(lineage).key();
}

void Put(Transaction& transaction, std::string_view channel_service, uint64_t lineage,
         const FencedLineage& fenced) {
  PutRecord(transaction, Table::kMeta, KeyOf(channel_service, lineage), fenced);
}

struct Row {
  uint64_t lineage = 0;
  FencedLineage fenced;
};

absl::StatusOr<std::vector<Row>> RowsOf(const Reader& reader, std::string_view channel_service) {
  std::vector<Row> rows;
  const std::string prefix = ServicePrefix(channel_service);
  COMPTOIR_RETURN_IF_ERROR(
      ScanRecords<FencedLineage>(reader, Table::kMeta, PrefixRange(prefix, kFencedLineagesMax + 1),
                                 [&](std::string_view key, FencedLineage fenced) {
                                   KeyReader rest(key.substr(prefix.size()));
                                   rows.push_back({rest.Fixed64().value_or(0), std::move(fenced)});
                                   return true;
                                 }));
  return rows;
}

std::string NameOfLineage(std::string_view channel_service, uint64_t lineage) {
  return absl::StrCat(ToAbsl(kServices), ToAbsl(channel_service), ToAbsl(kLineages),
                      absl::StrFormat("%016x", lineage));
}

struct LineageName {
  std::string channel_service;
  uint64_t lineage = 0;
};

absl::StatusOr<LineageName> ParseName(std::string_view name) {
  const size_t middle = name.find(kLineages);
  LineageName parsed;
  if (name.starts_with(kServices) && middle != std::string_view::npos) {
    const std::string_view digits = name.substr(middle + kLineages.size());
    parsed.channel_service = name.substr(kServices.size(), middle - kServices.size());
    if (digits.size() == kLineageDigits && absl::SimpleHexAtoi(ToAbsl(digits), &parsed.lineage)) {
      return parsed;
    }
  }
  FieldViolations violations;
  violations.Add("name", "NAME_INVALID", "Must be channelServices/{id}/lineages/{lineage}.");
  return violations.ToStatus();
}

v1::Lineage View(std::string_view channel_service, uint64_t lineage, const FencedLineage& fenced) {
  v1::Lineage view;
  view.set_name(NameOfLineage(channel_service, lineage));
  view.set_waiting_operations(fenced.unsettled_operations());
  *view.mutable_first_time() = fenced.first_time();
  *view.mutable_last_time() = fenced.last_time();
  if (fenced.order() == storage::v1::LINEAGE_ORDER_TAKE) view.set_order("take");
  if (fenced.order() == storage::v1::LINEAGE_ORDER_DISCARD) view.set_order("discard");
  view.set_order_by(fenced.order_by());
  view.set_order_reason(fenced.order_reason());
  return view;
}

absl::StatusOr<v1::Lineage> Order(Transaction& transaction, const std::string& name,
                                  const std::string& reason, storage::v1::LineageOrder order,
                                  const Administrator& administrator) {
  COMPTOIR_ASSIGN_OR_RETURN(const LineageName parsed, ParseName(name));
  FieldViolations violations;
  if (reason.size() > kReasonCharactersMax) {
    violations.Add("reason", "TOO_LONG", "At most 1,000 characters.");
  }
  if (reason.empty() && order == storage::v1::LINEAGE_ORDER_DISCARD) {
    violations.Add("reason", "REQUIRED", "Why it is discarded.");
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  COMPTOIR_ASSIGN_OR_RETURN(const auto found,
                            FindFenced(transaction, parsed.channel_service, parsed.lineage));
  if (!found.has_value()) {
    return MakeError(Reason::kRecordNotFound, "No such lineage is fenced.", {{"name", name}});
  }
  if (found->order() == order) return View(parsed.channel_service, parsed.lineage, *found);

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  FencedLineage ordered = *found;
  ordered.set_order(order);
  ordered.set_order_reason(reason);
  ordered.set_order_by(administrator.caller);
  *ordered.mutable_order_time() = ToTimestamp(administrator.now);
  Put(transaction, parsed.channel_service, parsed.lineage, ordered);
  v1::Lineage view = View(parsed.channel_service, parsed.lineage, ordered);
  v1::ConfigurationChange change;
  change.set_name(name);
  auto& field = *change.add_differences();
  field.set_field("order");
  field.set_new_value(absl::StrCat(view.order(), reason.empty() ? "" : ": ", reason));
  PutAuditEntry(transaction, change, administrator, sequence);
  return view;
}

}  // namespace

absl::StatusOr<std::optional<FencedLineage>> FindFenced(const Reader& reader,
                                                        std::string_view channel_service,
                                                        uint64_t lineage) {
  return ReadRecord<FencedLineage>(reader, Table::kMeta, KeyOf(channel_service, lineage));
}

void ForgetFenced(Transaction& transaction, std::string_view channel_service, uint64_t lineage) {
  transaction.Delete(Table::kMeta, KeyOf(channel_service, lineage));
}

absl::Status RememberFenced(Transaction& transaction, const v1::UploadHello& hello,
                            absl::Time now) {
  // It may have been taken meanwhile.
  COMPTOIR_ASSIGN_OR_RETURN(const auto held,
                            FindUploadPosition(transaction, hello.channel_service()));
  if (!held.has_value() || held->lineage() == hello.lineage()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto found,
                            FindFenced(transaction, hello.channel_service(), hello.lineage()));
  COMPTOIR_ASSIGN_OR_RETURN(auto rows, RowsOf(transaction, hello.channel_service()));
  FencedLineage fenced = found.value_or(FencedLineage());
  *fenced.mutable_epoch() = hello.epoch();
  fenced.set_unsettled_operations(hello.unsettled_operations());
  if (!found.has_value()) *fenced.mutable_first_time() = ToTimestamp(now);
  *fenced.mutable_last_time() = ToTimestamp(now);
  Put(transaction, hello.channel_service(), hello.lineage(), fenced);
  if (found.has_value() || rows.size() < kFencedLineagesMax) return absl::OkStatus();
  const auto oldest = std::min_element(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.fenced.last_time().seconds() < b.fenced.last_time().seconds();
  });
  ForgetFenced(transaction, hello.channel_service(), oldest->lineage);
  return absl::OkStatus();
}

absl::StatusOr<v1::ListLineagesResponse> ListLineages(const Reader& reader,
                                                      const v1::ListLineagesRequest& request) {
  std::string only;
  if (!request.parent().empty()) {
    only = request.parent().substr(std::min(kServices.size(), request.parent().size()));
    if (!request.parent().starts_with(kServices) || !IsChannelServiceId(only)) {
      FieldViolations violations;
      violations.Add("parent", "NAME_INVALID", "Must be channelServices/{id}.");
      return violations.ToStatus();
    }
  }
  std::vector<std::pair<std::string, uint64_t>> in_use;
  COMPTOIR_RETURN_IF_ERROR(ForEachUploadPosition(
      reader, [&](std::string_view id, const storage::v1::UploadPosition& position) {
        if (only.empty() || only == id) in_use.emplace_back(id, position.lineage());
      }));
  v1::ListLineagesResponse response;
  for (const auto& [service, lineage] : in_use) {
    v1::Lineage& live = *response.add_lineages();
    live.set_name(NameOfLineage(service, lineage));
    live.set_in_use(true);
    COMPTOIR_ASSIGN_OR_RETURN(const auto rows, RowsOf(reader, service));
    for (const Row& row : rows) *response.add_lineages() = View(service, row.lineage, row.fenced);
  }
  return response;
}

absl::StatusOr<v1::Lineage> TakeLineage(Transaction& transaction,
                                        const v1::TakeLineageRequest& request,
                                        const Administrator& administrator) {
  return Order(transaction, request.name(), request.reason(), storage::v1::LINEAGE_ORDER_TAKE,
               administrator);
}

absl::StatusOr<v1::Lineage> DiscardLineage(Transaction& transaction,
                                           const v1::DiscardLineageRequest& request,
                                           const Administrator& administrator) {
  return Order(transaction, request.name(), request.reason(), storage::v1::LINEAGE_ORDER_DISCARD,
               administrator);
}

}  // namespace comptoir::hq
