#include "hq-service/domain/feeds/explain_visibility.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/data_filter.h"
#include "common/customer/records/customers.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/conversion/conversion_decision.h"
#include "hq-service/domain/customers/reads.h"
#include "hq-service/domain/feeds/feeds.h"
#include "hq-service/domain/feeds/visibility_texts.h"
#include "hq-service/domain/feeds/watermarks.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/staging/staged_operations.h"

namespace comptoir::hq {
namespace {

using storage::v1::CustomerRecord;

struct Asked {
  bool IsServedBy(const std::string& service) const { return filtered.contains(service); }
  // Where its services keep customers, or whoever will serve it would.
  bool IsFiltered() const {
    if (filtered.empty()) return filtered_itself;
    return std::all_of(filtered.begin(), filtered.end(),
                       [](const auto& service) { return service.second; });
  }

  std::string number;
  v1::Channel channel;
  bool filtered_itself = false;
  // The channel services that serve it, by configuration or by their own word, and whether their
  // customer data is filtered: for a channel of theirs, which need not be this one. (S9)
  std::map<std::string, bool> filtered;
};

absl::StatusOr<Asked> ReadChannel(const Reader& reader, std::string_view name) {
  constexpr std::string_view kPrefix = "channels/";
  if (!name.starts_with(kPrefix)) {
    FieldViolations violations;
    violations.Add("channel", "NAME_INVALID", "Must be channels/{number}.");
    return violations.ToStatus();
  }
  Asked asked{.number = std::string(name.substr(kPrefix.size()))};
  COMPTOIR_ASSIGN_OR_RETURN(auto record,
                            ReadRecord<storage::v1::ChannelRecord>(reader, Table::kRecords,
                                                                   ChannelRecordKey(asked.number)));
  if (!record.has_value()) {
    return MakeError(Reason::kChannelNotFound, "No such channel.", {{"channel", asked.number}});
  }
  asked.channel = std::move(*record->mutable_channel());
  COMPTOIR_ASSIGN_OR_RETURN(asked.filtered_itself, IsCustomerDataFiltered(reader, {asked.number}));
  for (const std::string& service : asked.channel.channel_services()) {
    asked.filtered[service] = asked.filtered_itself;
  }
  absl::Status status;
  COMPTOIR_RETURN_IF_ERROR(ForEachUploadPosition(
      reader, [&](std::string_view service, const storage::v1::UploadPosition& position) {
        std::vector<std::string> channels(position.channels().begin(), position.channels().end());
        const bool serves =
            std::find(channels.begin(), channels.end(), asked.number) != channels.end();
        const std::string id(service);
        if (!serves && !asked.IsServedBy(id)) return;
        if (!serves) channels.push_back(asked.number);
        const auto filtered = IsCustomerDataFiltered(reader, channels);
        status.Update(filtered.status());
        asked.filtered[id] = filtered.ok() && *filtered;
      }));
  COMPTOIR_RETURN_IF_ERROR(status);
  return asked;
}

class Explanation {
 public:
  Explanation(const v1::ExplainVisibilityRequest& request, std::string_view language)
      : language_(language) {
    visibility_.set_customer(request.customer());
    visibility_.set_channel(request.channel());
  }

  void SetCustomer(const CustomerId& id) { visibility_.set_customer(CustomerName(id)); }
  void SetVisible(bool visible) { visibility_.set_visible(visible); }
  v1::VisibilityReason& Add(const ReasonText& text) {
    v1::VisibilityReason& reason = *visibility_.add_reasons();
    reason.set_reason(std::string(text.reason));
    reason.set_text(std::string(InLanguage(text.texts, language_)));
    return reason;
  }
  v1::CustomerVisibility Take() && { return std::move(visibility_); }

 private:
  const std::string_view language_;
  v1::CustomerVisibility visibility_;
};

// The channel's address books that the customer is in.
std::vector<std::string> CommonBooks(const Asked& asked, const CustomerRecord& record) {
  const auto& own = record.customer().address_books();
  std::vector<std::string> common;
  for (const std::string& name : asked.channel.address_books()) {
    if (std::find(own.begin(), own.end(), IdInName(name)) != own.end()) common.push_back(name);
  }
  return common;
}

// Whether the channel has a right to the customer in these address books. A service that holds it
// for another of its channels doesn't show it here. (V4)
bool IsEntitled(const Asked& asked, const CustomerRecord& record) {
  return asked.channel.address_books().empty() || !CommonBooks(asked, record).empty();
}

void ExplainBooks(const Asked& asked, const CustomerRecord& record, Explanation& explanation) {
  if (asked.channel.address_books().empty()) {
    explanation.Add(kChannelReceivesAll);
    return;
  }
  const std::vector<std::string> common = CommonBooks(asked, record);
  for (const std::string& name : common) explanation.Add(kInAddressBook).set_address_book(name);
  if (common.empty()) explanation.Add(kNotInAddressBooks);
}

// Returns whether any service of the channel has read so far.
bool ExplainServices(const Asked& asked, uint64_t version,
                     const std::map<std::string, ConnectionInfo>& connections,
                     Explanation& explanation) {
  if (asked.filtered.empty()) explanation.Add(kNoChannelService);
  bool any = false;
  for (const auto& [service, filtered] : asked.filtered) {
    if (filtered) {
      explanation.Add(kDataFiltered).set_channel_service(service);
      continue;
    }
    const auto found = connections.find(service);
    const ConnectionInfo connection = found == connections.end() ? ConnectionInfo() : found->second;
    if (connection.customers_acknowledged.value() >= version) {
      any = true;
      continue;
    }
    explanation.Add(connection.subscribe_connected ? kNotAcknowledged : kDisconnected)
        .set_channel_service(service);
  }
  return any;
}

// The oldest operation of the channel itself that HQ has and that isn't settled.
absl::StatusOr<std::optional<StagedRow>> FindOwnUnsettled(const Reader& reader, const Asked& asked,
                                                          const CustomerId& id) {
  COMPTOIR_ASSIGN_OR_RETURN(std::vector<StagedRow> rows, StagedOfCustomer(reader, id.bytes()));
  for (StagedRow& row : rows) {
    const bool own = row.staged.operation().channel() == asked.number &&
                     asked.IsServedBy(row.staged.channel_service());
    if (own) return std::optional(std::move(row));
  }
  return std::nullopt;
}

// A customer that HQ doesn't have yet is shown where it was captured. (L4)
absl::Status ExplainPending(const Reader& reader, const Asked& asked, const CustomerId& id,
                            Explanation& explanation) {
  COMPTOIR_ASSIGN_OR_RETURN(std::optional<StagedRow> row, FindOwnUnsettled(reader, asked, id));
  const bool here = row.has_value();
  if (!here) {
    COMPTOIR_ASSIGN_OR_RETURN(row, FindStagedCreate(reader, id));
  }
  if (!row.has_value()) {
    explanation.Add(kUnknownCustomer);
    return absl::OkStatus();
  }
  explanation.SetVisible(here);
  v1::VisibilityReason& reason = explanation.Add(here ? kPendingHere : kPendingElsewhere);
  reason.set_channel("channels/" + row->staged.operation().channel());
  reason.set_channel_service(row->staged.channel_service());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::CustomerVisibility> ExplainVisibility(
    const Reader& reader, const v1::ExplainVisibilityRequest& request,
    const std::map<std::string, ConnectionInfo>& connections, std::string_view language) {
  COMPTOIR_ASSIGN_OR_RETURN(const Asked asked, ReadChannel(reader, request.channel()));
  Explanation explanation(request, language);
  const auto id = CustomerOfName(reader, request.customer());
  if (!id.ok() && ReasonOf(id.status()) != Reason::kCustomerNotFound) return id.status();
  std::optional<CustomerRecord> record;
  if (id.ok()) {
    explanation.SetCustomer(*id);
    COMPTOIR_ASSIGN_OR_RETURN(record, FindCustomer(reader, *id));
  }
  if (!record.has_value()) {
    if (id.ok()) {
      COMPTOIR_RETURN_IF_ERROR(ExplainPending(reader, asked, *id, explanation));
    } else {
      explanation.Add(kUnknownCustomer);
    }
    return std::move(explanation).Take();
  }

  if (asked.IsFiltered()) {
    if (asked.filtered.empty()) explanation.Add(kDataFiltered);
    for (const auto& [service, filtered] : asked.filtered) {
      explanation.Add(kDataFiltered).set_channel_service(service);
    }
    return std::move(explanation).Take();
  }
  // What counts is what 1010 has published.
  COMPTOIR_ASSIGN_OR_RETURN(const auto watermark, WatermarkOf(reader, CustomerFeed().job));
  const bool waits = watermark.has_value() && record->version() > watermark->value();
  std::optional<CustomerRecord> published = record;
  if (waits) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto before,
                              FindPublishedBefore(reader, CustomerFeed(), CustomerRecordKey(*id)));
    published.reset();
    if (before.has_value()) {
      COMPTOIR_ASSIGN_OR_RETURN(published, ParseRecord<CustomerRecord>(before->content));
    }
  }
  const CustomerRecord& counts = published.value_or(*record);
  // What a store has done for a customer keeps it there until that is settled. (V8)
  const bool entitled = IsEntitled(asked, counts);
  std::optional<StagedRow> unsettled;
  if (!entitled) {
    COMPTOIR_ASSIGN_OR_RETURN(unsettled, FindOwnUnsettled(reader, asked, *id));
  }
  if (unsettled.has_value()) {
    explanation.SetVisible(true);
    explanation.Add(kUnsettledHere).set_channel_service(unsettled->staged.channel_service());
  }
  ExplainBooks(asked, counts, explanation);
  if (waits) explanation.Add(kNotPublished);
  if (entitled && published.has_value()) {
    explanation.SetVisible(ExplainServices(asked, published->version(), connections, explanation));
  }
  return std::move(explanation).Take();
}

}  // namespace comptoir::hq
