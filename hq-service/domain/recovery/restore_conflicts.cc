#include "hq-service/domain/recovery/restore_conflicts.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/crypto.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/errors.h"
#include "common/storage/key_codec.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/recovery.pb.h"
#include "hq-service/domain/configuration/audit.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/recovery/adoption.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using replication::v1::RecordChange;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;
using storage::v1::RestoreConflictRecord;

constexpr std::string_view kPrefix = "hq/restore-conflict/";
constexpr std::string_view kNamePrefix = "restoreConflicts/";

bool IsCustomer(const RestoreConflictRecord& listed) {
  return listed.offered().kind() == replication::v1::RECORD_KIND_CUSTOMER;
}

absl::StatusOr<v1::RestoreConflict> View(const Reader& reader, std::string_view key,
                                         const RestoreConflictRecord& listed) {
  v1::RestoreConflict view;
  view.set_name(absl::StrCat(ToAbsl(kNamePrefix), HexEncode(key.substr(kPrefix.size()))));
  view.set_reason(listed.reason());
  view.set_channel_service(listed.channel_service());
  *view.mutable_offer_time() = listed.offer_time();
  const std::string held_key = RecordKeyOf(listed.offered());
  if (IsCustomer(listed)) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto offered,
                              ParseRecord<CustomerRecord>(listed.offered().record()));
    view.set_resource(offered.customer().name());
    view.set_account_number(offered.customer().account_number());
    view.set_offered(offered.customer().ShortDebugString());
    COMPTOIR_ASSIGN_OR_RETURN(const auto held,
                              ReadRecord<CustomerRecord>(reader, Table::kRecords, held_key));
    if (held.has_value()) view.set_held(held->customer().ShortDebugString());
    return view;
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto offered,
                            ParseRecord<AddressRecord>(listed.offered().record()));
  view.set_resource(offered.address().name());
  view.set_offered(offered.address().ShortDebugString());
  COMPTOIR_ASSIGN_OR_RETURN(const auto held,
                            ReadRecord<AddressRecord>(reader, Table::kRecords, held_key));
  if (held.has_value()) view.set_held(held->address().ShortDebugString());
  return view;
}

// What taking a customer needs: a number that is no other's.
absl::StatusOr<std::optional<NextNumber>> NumberFor(const Reader& reader,
                                                    const RestoreConflictRecord& listed) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto offered,
                            ParseRecord<CustomerRecord>(listed.offered().record()));
  const CustomerId id = CustomerId::FromBytes(listed.offered().key());
  COMPTOIR_ASSIGN_OR_RETURN(const auto held, FindCustomer(reader, id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner,
                            FindAccountNumber(reader, offered.customer().account_number()));
  const bool free = !owner.has_value() || *owner == id;
  if (free) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(NextNumber number,
                            PeekAccountNumber(reader, offered.customer().customer_group()));
  return std::optional(std::move(number));
}

absl::Status CheckCustomerOf(const Reader& reader, const RestoreConflictRecord& listed) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto offered,
                            ParseRecord<AddressRecord>(listed.offered().record()));
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(offered.address().name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(reader, key.customer));
  // A store that hadn't read the customer couldn't say which one it was: the person knows.
  const bool same =
      listed.customer_digest().empty() ||
      (customer.has_value() && customer->request_digest() == listed.customer_digest());
  if (customer.has_value() && same &&
      customer->customer().state() != customer::v1::CUSTOMER_STATE_REJECTED) {
    return absl::OkStatus();
  }
  return CustomerNotFound(CustomerName(key.customer));
}

// An address that waits for its customer comes with it if a person takes that one: nothing is to be
// decided of the address before.
absl::Status CheckCustomerIsDecided(const Reader& reader, const RestoreConflictRecord& listed) {
  if (listed.reason() != ToAbsl(ReasonName(Reason::kCustomerNotFound))) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto offered,
                            ParseRecord<AddressRecord>(listed.offered().record()));
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(offered.address().name()));
  KeyWriter prefix;
  prefix.Rest(kPrefix).Byte(replication::v1::RECORD_KIND_CUSTOMER).Id(key.customer);
  bool waits = false;
  COMPTOIR_RETURN_IF_ERROR(reader.Scan(Table::kMeta, PrefixRange(prefix.key(), 1),
                                       [&](std::string_view, std::string_view) {
                                         waits = true;
                                         return false;
                                       }));
  return waits ? CustomerNotFound(CustomerName(key.customer)) : absl::OkStatus();
}

}  // namespace

absl::Status ListRestoreConflict(Transaction& transaction, std::string_view channel_service,
                                 const v1::RecordOffer& offer, Reason reason, absl::Time now) {
  RestoreConflictRecord listed;
  *listed.mutable_offered() = offer.record();
  listed.set_customer_digest(offer.customer_digest());
  listed.set_channel_service(std::string(channel_service));
  listed.set_reason(std::string(ReasonName(reason)));
  *listed.mutable_offer_time() = ToTimestamp(now);
  PutRecord(transaction, Table::kMeta,
            KeyWriter()
                .Rest(kPrefix)
                .Rest(RecordKeyOf(offer.record()))
                .Fixed64(offer.record().version())
                .key(),
            listed);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::RecordOffer>> TakeListedAddresses(Transaction& transaction,
                                                                 const CustomerId& customer) {
  const std::string prefix =
      KeyWriter().Rest(kPrefix).Byte(replication::v1::RECORD_KIND_ADDRESS).Id(customer).key();
  std::vector<std::string> keys;
  std::vector<v1::RecordOffer> offers;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<RestoreConflictRecord>(
      transaction, Table::kMeta, PrefixRange(prefix, std::numeric_limits<size_t>::max()),
      [&](std::string_view key, const RestoreConflictRecord& listed) {
        if (listed.reason() != ToAbsl(ReasonName(Reason::kCustomerNotFound))) {
          return true;
        }
        keys.emplace_back(key);
        v1::RecordOffer& offer = offers.emplace_back();
        *offer.mutable_record() = listed.offered();
        offer.set_customer_digest(listed.customer_digest());
        return true;
      }));
  for (const std::string& key : keys) transaction.Delete(Table::kMeta, key);
  return offers;
}

absl::StatusOr<v1::ListRestoreConflictsResponse> ListRestoreConflicts(
    const Reader& reader, const v1::ListRestoreConflictsRequest& request) {
  COMPTOIR_ASSIGN_OR_RETURN(const Page page, ReadPage(reader, Table::kMeta, {std::string(kPrefix)},
                                                      {.page_size = request.page_size(),
                                                       .page_token = request.page_token()}));
  v1::ListRestoreConflictsResponse response;
  response.set_next_page_token(page.next_page_token);
  for (const auto& [key, value] : page.rows) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto listed, ParseRecord<RestoreConflictRecord>(value));
    COMPTOIR_ASSIGN_OR_RETURN(*response.add_conflicts(), View(reader, key, listed));
  }
  return response;
}

absl::StatusOr<v1::RestoreConflict> ResolveRestoreConflict(
    Transaction& transaction, const v1::ResolveRestoreConflictRequest& request,
    const Administrator& administrator) {
  FieldViolations violations;
  const std::string& name = request.name();
  if (!name.starts_with(kNamePrefix)) {
    violations.Add("name", "NAME_INVALID", "Must be restoreConflicts/{id}.");
  }
  const bool take = request.decision() == v1::RESTORE_CONFLICT_DECISION_TAKE;
  if (!take && request.decision() != v1::RESTORE_CONFLICT_DECISION_KEEP) {
    violations.Add("decision", "REQUIRED", "Keep or take.");
  }
  COMPTOIR_RETURN_IF_ERROR(violations.ToStatus());
  const std::string key =
      KeyWriter().Rest(kPrefix).Rest(absl::HexStringToBytes(name.substr(kNamePrefix.size()))).key();
  COMPTOIR_ASSIGN_OR_RETURN(const auto found,
                            ReadRecord<RestoreConflictRecord>(transaction, Table::kMeta, key));
  if (!found.has_value()) {
    return MakeError(Reason::kRecordNotFound, "There is no such conflict.", {{"name", name}});
  }
  const RestoreConflictRecord& listed = *found;
  COMPTOIR_RETURN_IF_ERROR(CheckCustomerIsDecided(transaction, listed));
  COMPTOIR_ASSIGN_OR_RETURN(v1::RestoreConflict view, View(transaction, key, listed));
  std::optional<NextNumber> number;
  if (take && IsCustomer(listed)) {
    COMPTOIR_ASSIGN_OR_RETURN(number, NumberFor(transaction, listed));
  } else if (take) {
    COMPTOIR_RETURN_IF_ERROR(CheckCustomerOf(transaction, listed));
  }

  COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, NextSequence(transaction));
  if (take) {
    if (number.has_value()) TakeNumber(transaction, *number);
    const std::string text = number.has_value() ? number->text : "";
    COMPTOIR_RETURN_IF_ERROR(TakeOffered(transaction, listed, text, sequence, administrator.now));
    if (number.has_value()) view.set_account_number(text);
  }
  transaction.Delete(Table::kMeta, key);
  v1::ConfigurationChange change;
  change.set_name(view.name());
  auto& field = *change.add_differences();
  field.set_field("decision");
  field.set_new_value(take ? "take" : "keep");
  PutAuditEntry(transaction, change, administrator, sequence);
  return view;
}

}  // namespace comptoir::hq
