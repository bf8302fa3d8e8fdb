#include "hq-service/domain/explain_visibility.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/customer/customers.h"
#include "common/customer/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/conversion_decision.h"
#include "hq-service/domain/feeds.h"
#include "hq-service/domain/lineages.h"
#include "hq-service/domain/reads.h"
#include "hq-service/domain/visibility_texts.h"
#include "hq-service/domain/watermarks.h"

namespace comptoir::hq {
namespace {

using storage::v1::CustomerRecord;

struct Asked {
  std::string number;
  v1::Channel channel;
  // The channel services that serve it, by configuration or by their own word.
  std::set<std::string> services;
};

absl::StatusOr<Asked> ReadChannel(const Reader& reader, std::string_view name) {
  constexpr std::string_view kPrefix = "channels/";
  if (!name.starts_with(kPrefix)) {
    FieldViolations violations;
    violations.Add("channel", "NAME_INVALID", "Must be channels/{number}.");
    return violations.ToStatus();
  }
  Asked asked{.number = std::string(name.substr(kPrefix.size()))};
  COMPTOIR_ASSIGN_OR_RETURN(
      auto record, ReadRecord<storage::v1::ChannelRecord>(reader, ChannelRecordKey(asked.number)));
  if (!record.has_value()) {
    return MakeError(Reason::kChannelNotFound, "No such channel.", {{"channel", asked.number}});
  }
  asked.channel = std::move(*record->mutable_channel());
  asked.services.insert(asked.channel.channel_services().begin(),
                        asked.channel.channel_services().end());
  COMPTOIR_RETURN_IF_ERROR(ForEachUploadPosition(
      reader, [&](std::string_view service, const storage::v1::UploadPosition& position) {
        const auto& channels = position.channels();
        if (std::find(channels.begin(), channels.end(), asked.number) != channels.end()) {
          asked.services.emplace(service);
        }
      }));
  return asked;
}

absl::StatusOr<bool> IsFiltered(const Reader& reader, const v1::Channel& channel) {
  if (channel.channel_database_group().empty()) return false;
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto group,
      ReadRecord<storage::v1::ConfigurationRecord>(
          reader, ConfigurationRecordKey(replication::v1::RECORD_KIND_CHANNEL_DATABASE_GROUP,
                                         IdInName(channel.channel_database_group()))));
  return group.has_value() &&
         group->configuration().channel_database_group().filter_shared_customer_data();
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
  v1::VisibilityReason& Add(const VisibilityText& text) {
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

// Returns whether the channel has a right to the customer in these address books.
bool ExplainBooks(const Asked& asked, const CustomerRecord& record, Explanation& explanation) {
  if (asked.channel.address_books().empty()) {
    explanation.Add(kChannelReceivesAll);
    return true;
  }
  const auto& own = record.customer().address_books();
  bool in_any = false;
  for (const std::string& name : asked.channel.address_books()) {
    if (std::find(own.begin(), own.end(), IdInName(name)) == own.end()) continue;
    explanation.Add(kInAddressBook).set_address_book(name);
    in_any = true;
  }
  if (!in_any) explanation.Add(kNotInAddressBooks);
  return in_any;
}

// Returns whether any service of the channel has read so far.
bool ExplainServices(const Asked& asked, uint64_t version,
                     const std::map<std::string, ConnectionInfo>& connections,
                     Explanation& explanation) {
  if (asked.services.empty()) explanation.Add(kNoChannelService);
  bool any = false;
  for (const std::string& service : asked.services) {
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

// A customer whose create is staged is shown where it was captured.
void ExplainPending(const Asked& asked, const StagedRow& row, Explanation& explanation) {
  const std::string& channel = row.staged.operation().channel();
  const bool here = asked.services.contains(row.staged.channel_service());
  explanation.SetVisible(here);
  v1::VisibilityReason& reason = explanation.Add(here ? kPendingHere : kPendingElsewhere);
  reason.set_channel("channels/" + channel);
  reason.set_channel_service(row.staged.channel_service());
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
    std::optional<StagedRow> staged;
    if (id.ok()) {
      COMPTOIR_ASSIGN_OR_RETURN(staged, FindStagedCreate(reader, *id));
    }
    if (staged.has_value()) {
      ExplainPending(asked, *staged, explanation);
    } else {
      explanation.Add(kUnknownCustomer);
    }
    return std::move(explanation).Take();
  }

  COMPTOIR_ASSIGN_OR_RETURN(const bool filtered, IsFiltered(reader, asked.channel));
  if (filtered) {
    explanation.Add(kDataFiltered);
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
  const bool entitled = ExplainBooks(asked, published.value_or(*record), explanation);
  if (waits) explanation.Add(kNotPublished);
  if (entitled && published.has_value()) {
    explanation.SetVisible(ExplainServices(asked, published->version(), connections, explanation));
  }
  return std::move(explanation).Take();
}

}  // namespace comptoir::hq
