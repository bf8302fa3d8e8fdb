#include "hq-service/domain/recovery/adoption.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/customer/records/apply_change.h"
#include "common/customer/records/customers.h"
#include "common/storage/epoch_history.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/counters.h"
#include "hq-service/domain/customers/consent_history.h"
#include "hq-service/domain/feeds/customer_feeds.h"
#include "hq-service/domain/feeds/milestones.h"
#include "hq-service/domain/recovery/recovery.h"
#include "hq-service/domain/recovery/restore_conflicts.h"
#include "hq-service/domain/staging/settling.h"
#include "hq-service/domain/staging/staged_create.h"
#include "hq-service/domain/staging/staged_operations.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using replication::v1::RecordChange;
using storage::v1::AddressRecord;
using storage::v1::AdoptedRecord;
using storage::v1::CustomerRecord;

constexpr std::string_view kAdoptedPrefix = "hq/adopted/";

enum class OfferVerdict {
  kNothing,   // HQ has it, or has taken a later version
  kTouch,     // HQ has it with a version that is lower than the store's
  kTake,      // HQ lacks it, or hasn't changed it since
  kConflict,  // HQ keeps its own, if it has one
};

std::string KeyOf(const RecordChange& change) {
  return KeyWriter().Byte(static_cast<uint8_t>(change.kind())).Rest(change.key()).key();
}

absl::StatusOr<AdoptedRecord> FindAdopted(const Reader& reader, std::string_view record_key) {
  return ReadRecordOrEmpty<AdoptedRecord>(reader, Table::kMeta,
                                          KeyWriter().Rest(kAdoptedPrefix).Rest(record_key).key());
}

void PutAdopted(Transaction& transaction, std::string_view record_key, uint64_t offered_version,
                uint64_t version) {
  AdoptedRecord adopted;
  adopted.set_offered_version(offered_version);
  adopted.set_version(version);
  PutRecord(transaction, Table::kMeta, KeyWriter().Rest(kAdoptedPrefix).Rest(record_key).key(),
            adopted);
}

// What people and stores see of a record, without what HQ alone gives.
std::string ContentOf(CustomerRecord record) {
  record.clear_version();
  record.clear_created_sequence();
  record.mutable_customer()->clear_update_time();
  return SerializeDeterministically(record);
}

std::string ContentOf(AddressRecord record) {
  record.clear_version();
  record.clear_created_sequence();
  record.clear_created_ordinal();
  record.mutable_address()->clear_update_time();
  return SerializeDeterministically(record);
}

// `taken`: whether HQ could have the offered record at all, beside its others.
template <typename Record>
OfferVerdict Decide(const std::optional<Record>& held, const Record& offered,
                    const AdoptedRecord& adopted, Sequence known, bool possible) {
  const bool again = adopted.offered_version() >= offered.version();
  if (!held.has_value()) {
    if (again) return OfferVerdict::kNothing;
    return possible ? OfferVerdict::kTake : OfferVerdict::kConflict;
  }
  const OfferVerdict keep =
      held->version() < offered.version() ? OfferVerdict::kTouch : OfferVerdict::kNothing;
  if (again || ContentOf(*held) == ContentOf(offered)) return keep;
  const bool unchanged = held->version() <= known.value() || held->version() == adopted.version();
  const bool same_create = held->request_digest() == offered.request_digest();
  return unchanged && same_create && possible ? OfferVerdict::kTake : OfferVerdict::kConflict;
}

absl::Status StoreCustomer(Transaction& transaction, const CustomerId& id,
                           const std::optional<CustomerRecord>& held, CustomerRecord record,
                           Sequence sequence, absl::Time now) {
  // One that HQ held as rejected is created now, for those who follow the changes. (M9)
  const bool numbered = !record.customer().account_number().empty();
  const bool creates = !held.has_value() || (numbered && held->customer().account_number().empty());
  record.set_version(sequence.value());
  record.set_created_sequence(creates ? sequence.value() : held->created_sequence());
  COMPTOIR_RETURN_IF_ERROR(MoveCustomerEntries(transaction, id, held, record, sequence));
  PutCustomer(transaction, held, record);
  AppendConsentChanges(transaction, id,
                       held.has_value() ? held->customer() : customer::v1::Customer(),
                       record.customer(), sequence, now, record.customer().channel());
  if (creates && numbered) PutMilestone(transaction, sequence, id);
  if (held.has_value()) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(AddToCounters(transaction, {.customers = 1}));
  return WakeWaiting(transaction, id.bytes(), record.request_digest());
}

// Those of a customer are in their old order, by the positions at which they were created.
absl::Status StoreAddress(Transaction& transaction, const AddressKey& key,
                          const std::optional<AddressRecord>& held, AddressRecord record,
                          Sequence sequence) {
  record.set_version(sequence.value());
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, key.customer));
  COMPTOIR_RETURN_IF_ERROR(
      MoveChildEntries(transaction, key.customer, customer.value_or(CustomerRecord()),
                       AddressRecordKey(key), held.has_value() ? held->version() : 0, sequence));
  PutAddress(transaction, held, record);
  return absl::OkStatus();
}

// A7, whichever versions of a customer and its addresses came together.
absl::Status RepairPrimary(Transaction& transaction, const CustomerId& id, Sequence sequence,
                           absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, id));
  if (!customer.has_value()) return absl::OkStatus();
  if (customer->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED) {
    return absl::OkStatus();
  }
  const std::string& primary = customer->primary_address_id();
  if (!primary.empty()) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto address,
                              FindAddress(transaction, {id, AddressId::FromBytes(primary)}));
    // One that isn't here is still to come.
    if (!address.has_value() || !address->address().deactivated()) return absl::OkStatus();
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto oldest, OldestActiveAddress(transaction, id, std::nullopt));
  CustomerRecord repaired = *customer;
  repaired.set_primary_address_id(oldest.has_value() ? std::string(oldest->bytes()) : "");
  if (repaired.primary_address_id() == primary) return absl::OkStatus();
  return StoreCustomer(transaction, id, customer, repaired, sequence, now);
}

// What was staged before the backup and made this record in what HQ has lost. Also one that is kept
// for a person: somebody has decided since.
absl::Status SettleRequest(Transaction& transaction, std::string_view request_id,
                           std::string_view request_digest, const Outcome& outcome,
                           Sequence sequence, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto rows, StagedOfRequest(transaction, request_id));
  for (const StagedRow& row : rows) {
    const replication::v1::Operation& operation = row.staged.operation();
    const bool creates = operation.has_create_customer() || operation.has_create_address();
    if (!creates || operation.request_digest() != request_digest ||
        operation.customer_id() != outcome.customer.bytes()) {
      continue;
    }
    COMPTOIR_RETURN_IF_ERROR(TakeAddressesOfCreate(transaction, operation, sequence, now));
    COMPTOIR_RETURN_IF_ERROR(SettleStaged(transaction, row, outcome, sequence, now));
  }
  return absl::OkStatus();
}

// One message of offers being taken, or what a person takes of them, which has its position.
class Adoption {
 public:
  Adoption(Transaction& transaction, std::string channel_service, Sequence known, absl::Time now,
           std::optional<Sequence> position = std::nullopt)
      : transaction_(transaction),
        channel_service_(std::move(channel_service)),
        known_(known),
        now_(now),
        sequence_(position) {}

  absl::Status Take(const v1::RecordOffer& offer) {
    if (offer.record().kind() == replication::v1::RECORD_KIND_CUSTOMER) return Customer(offer);
    return Address(offer);
  }

  // Those that were offered before their customer was HQ's.
  absl::Status TakeWaitingAddresses(const CustomerId& id) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto waiting, TakeListedAddresses(transaction_, id));
    for (const v1::RecordOffer& address : waiting) {
      COMPTOIR_RETURN_IF_ERROR(Address(address));
    }
    return absl::OkStatus();
  }

  uint64_t adopted() const { return adopted_; }
  uint64_t conflicts() const { return conflicts_; }

 private:
  absl::StatusOr<Sequence> Position() {
    if (!sequence_.has_value()) {
      COMPTOIR_ASSIGN_OR_RETURN(sequence_, NextSequence(transaction_));
    }
    return *sequence_;
  }

  absl::Status Customer(const v1::RecordOffer& offer) {
    const CustomerId id = CustomerId::FromBytes(offer.record().key());
    COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                              ParseRecord<CustomerRecord>(offer.record().record()));
    COMPTOIR_ASSIGN_OR_RETURN(const auto held, FindCustomer(transaction_, id));
    COMPTOIR_ASSIGN_OR_RETURN(const auto adopted, FindAdopted(transaction_, KeyOf(offer.record())));
    COMPTOIR_ASSIGN_OR_RETURN(const auto owner,
                              FindAccountNumber(transaction_, record.customer().account_number()));
    const bool possible = !owner.has_value() || *owner == id;
    const OfferVerdict verdict = Decide(held, record, adopted, known_, possible);
    if (verdict == OfferVerdict::kNothing) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, Position());
    if (verdict == OfferVerdict::kConflict) {
      COMPTOIR_RETURN_IF_ERROR(
          List(offer, possible ? Reason::kEtagMismatch : Reason::kAlreadyExists));
      if (!held.has_value()) return absl::OkStatus();
    }
    const bool take = verdict == OfferVerdict::kTake;
    if (take) Adopted(offer, record.version(), sequence);
    COMPTOIR_RETURN_IF_ERROR(
        StoreCustomer(transaction_, id, held, take ? record : *held, sequence, now_));
    if (take && !held.has_value()) {
      const bool rejected = record.customer().state() == customer::v1::CUSTOMER_STATE_REJECTED;
      const Outcome outcome{rejected ? replication::v1::OPERATION_STATE_DISCARDED
                                     : replication::v1::OPERATION_STATE_APPLIED,
                            id};
      COMPTOIR_RETURN_IF_ERROR(SettleRequest(transaction_, id.bytes(), record.request_digest(),
                                             outcome, sequence, now_));
      COMPTOIR_RETURN_IF_ERROR(TakeWaitingAddresses(id));
    }
    return RepairPrimary(transaction_, id, sequence, now_);
  }

  absl::Status Address(const v1::RecordOffer& offer) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                              ParseRecord<AddressRecord>(offer.record().record()));
    COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(record.address().name()));
    COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction_, key.customer));
    COMPTOIR_ASSIGN_OR_RETURN(const auto held, FindAddress(transaction_, key));
    COMPTOIR_ASSIGN_OR_RETURN(const auto adopted, FindAdopted(transaction_, KeyOf(offer.record())));
    bool possible = customer.has_value() &&
                    customer->customer().state() != customer::v1::CUSTOMER_STATE_REJECTED;
    if (possible) {
      COMPTOIR_ASSIGN_OR_RETURN(possible, IsOwner(*customer, key.customer, offer));
    }
    const OfferVerdict verdict = Decide(held, record, adopted, known_, possible);
    if (verdict == OfferVerdict::kNothing) return absl::OkStatus();
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence sequence, Position());
    if (verdict == OfferVerdict::kConflict) {
      COMPTOIR_RETURN_IF_ERROR(
          List(offer, possible ? Reason::kEtagMismatch : Reason::kCustomerNotFound));
      if (!held.has_value()) return absl::OkStatus();
    }
    const bool take = verdict == OfferVerdict::kTake;
    if (take) Adopted(offer, record.version(), sequence);
    COMPTOIR_RETURN_IF_ERROR(
        StoreAddress(transaction_, key, held, take ? record : *held, sequence));
    if (take && !held.has_value()) {
      COMPTOIR_RETURN_IF_ERROR(
          SettleRequest(transaction_, key.address.bytes(), record.request_digest(),
                        {replication::v1::OPERATION_STATE_APPLIED, key.customer}, sequence, now_));
    }
    return RepairPrimary(transaction_, key.customer, sequence, now_);
  }

  // Never to a stranger who has the UUID here. A store that hadn't read the customer yet cannot say
  // which one it was: it was HQ's.
  absl::StatusOr<bool> IsOwner(const CustomerRecord& customer, const CustomerId& id,
                               const v1::RecordOffer& offer) const {
    if (!offer.customer_digest().empty()) {
      return customer.request_digest() == offer.customer_digest();
    }
    if (customer.created_sequence() <= known_.value()) return true;
    COMPTOIR_ASSIGN_OR_RETURN(const auto adopted, FindAdopted(transaction_, CustomerRecordKey(id)));
    return adopted.version() != 0;
  }

  void Adopted(const v1::RecordOffer& offer, uint64_t offered_version, Sequence sequence) {
    PutAdopted(transaction_, KeyOf(offer.record()), offered_version, sequence.value());
    ++adopted_;
  }

  absl::Status List(const v1::RecordOffer& offer, Reason reason) {
    ++conflicts_;
    // An address is taken yet, should its customer come.
    if (reason != Reason::kCustomerNotFound) {
      PutAdopted(transaction_, KeyOf(offer.record()), offer.record().version(), 0);
    }
    return ListRestoreConflict(transaction_, channel_service_, offer, reason, now_);
  }

  // Constant after construction.
  Transaction& transaction_;
  const std::string channel_service_;
  const Sequence known_;
  const absl::Time now_;

  std::optional<Sequence> sequence_;
  uint64_t adopted_ = 0;
  uint64_t conflicts_ = 0;
};

absl::Status CheckOffer(const v1::RecordOffer& offer) {
  const RecordChange& change = offer.record();
  COMPTOIR_RETURN_IF_ERROR(CheckRecordChange(change));
  uint64_t version = 0;
  if (change.kind() == replication::v1::RECORD_KIND_CUSTOMER) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<CustomerRecord>(change.record()));
    version = record.version();
  } else if (change.kind() == replication::v1::RECORD_KIND_ADDRESS) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<AddressRecord>(change.record()));
    version = record.version();
  }
  // One that HQ never gave has none.
  if (change.removed() || version == 0 || version != change.version()) {
    return MakeError(Reason::kStorageCorrupt, "An offer isn't a record that HQ gave.");
  }
  return absl::OkStatus();
}

// The create as a person had corrected it in what was lost: its customer is the one that came back,
// which HQ had accepted.
replication::v1::Operation Corrected(replication::v1::Operation create,
                                     const customer::v1::Customer& accepted) {
  customer::v1::Customer& customer = *create.mutable_create_customer()->mutable_customer();
  customer::v1::Customer corrected = accepted;
  corrected.mutable_addresses()->Swap(customer.mutable_addresses());
  corrected.set_primary_address(customer.primary_address());
  customer = std::move(corrected);
  return create;
}

}  // namespace

absl::Status CheckOffers(const v1::RecordOffers& offers) {
  if (offers.offers_size() > kOffersPerMessageMax) {
    return MakeError(Reason::kOverloaded, "More offers than a message may bring.");
  }
  for (const v1::RecordOffer& offer : offers.offers()) {
    COMPTOIR_RETURN_IF_ERROR(CheckOffer(offer));
  }
  return absl::OkStatus();
}

absl::Status AdoptOffers(Transaction& transaction, const std::string& channel_service,
                         const v1::RecordOffers& offers, Sequence known, absl::Time now) {
  // A store may hold later versions than it has told positions: results come with the newest. What
  // it is given must be newer than those, too.
  uint64_t offered = 0;
  for (const v1::RecordOffer& offer : offers.offers()) {
    offered = std::max(offered, uint64_t{offer.record().version()});
  }
  COMPTOIR_RETURN_IF_ERROR(RaiseLastSequence(transaction, Sequence(offered)));
  Adoption adoption(transaction, channel_service, known, now);
  for (const v1::RecordOffer& offer : offers.offers()) {
    COMPTOIR_RETURN_IF_ERROR(adoption.Take(offer));
  }
  if (adoption.adopted() + adoption.conflicts() == 0) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(auto state, ReadRecovery(transaction));
  auto& service = (*state.mutable_services())[channel_service];
  service.set_adopted_records(service.adopted_records() + adoption.adopted());
  service.set_conflicts(service.conflicts() + adoption.conflicts());
  PutRecovery(transaction, state);
  return absl::OkStatus();
}

absl::Status TakeAddressesOfCreate(Transaction& transaction,
                                   const replication::v1::Operation& operation, Sequence sequence,
                                   absl::Time now) {
  const auto id = IdOfBytes(operation.customer_id());
  if (!operation.has_create_customer() || !id.has_value()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto adopted, FindAdopted(transaction, CustomerRecordKey(*id)));
  if (adopted.version() == 0) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(const auto customer, FindCustomer(transaction, *id));
  if (!customer.has_value() || customer->request_digest() != operation.request_digest() ||
      customer->customer().state() == customer::v1::CUSTOMER_STATE_REJECTED) {
    return absl::OkStatus();
  }
  std::vector<AddressRecord> addresses;
  const std::vector<AddressId> ids = AddressIdsOf(operation, *id);
  for (size_t place = 0; place < ids.size(); ++place) {
    const AddressKey key{*id, ids[place]};
    COMPTOIR_ASSIGN_OR_RETURN(const auto held, FindAddress(transaction, key));
    if (held.has_value()) continue;
    if (addresses.empty()) {
      auto prepared = PrepareStagedCreate(transaction, operation, now);
      if (!prepared.ok()) {
        prepared =
            PrepareStagedCreate(transaction, Corrected(operation, customer->customer()), now);
      }
      // HQ would refuse the addresses today: it stays without what nobody has.
      if (!prepared.ok()) return absl::OkStatus();
      addresses = std::move(prepared->addresses);
    }
    AddressRecord record = addresses[place];
    record.set_request_digest(operation.request_digest());
    record.set_created_sequence(customer->created_sequence());
    record.set_created_ordinal(static_cast<uint32_t>(place));
    record.mutable_address()->clear_pending();
    *record.mutable_address()->mutable_create_time() = operation.capture_time();
    *record.mutable_address()->mutable_update_time() = ToTimestamp(now);
    // Any version that a store may still offer is a later one.
    PutAdopted(transaction, AddressRecordKey(key), 0, sequence.value());
    COMPTOIR_RETURN_IF_ERROR(StoreAddress(transaction, key, held, std::move(record), sequence));
  }
  if (addresses.empty()) return absl::OkStatus();
  return RepairPrimary(transaction, *id, sequence, now);
}

absl::Status TakeOffered(Transaction& transaction, const storage::v1::RestoreConflictRecord& listed,
                         const std::string& new_number, Sequence sequence, absl::Time now) {
  const RecordChange& offered = listed.offered();
  const std::string record_key = KeyOf(offered);
  if (offered.kind() == replication::v1::RECORD_KIND_CUSTOMER) {
    const CustomerId id = CustomerId::FromBytes(offered.key());
    COMPTOIR_ASSIGN_OR_RETURN(auto record, ParseRecord<CustomerRecord>(offered.record()));
    COMPTOIR_ASSIGN_OR_RETURN(const auto held, FindCustomer(transaction, id));
    if (!new_number.empty()) record.mutable_customer()->set_account_number(new_number);
    PutAdopted(transaction, record_key, offered.version(), sequence.value());
    COMPTOIR_RETURN_IF_ERROR(StoreCustomer(transaction, id, held, record, sequence, now));
    // The store that offered them keeps them: it never hears that HQ had no such customer.
    Adoption adoption(transaction, listed.channel_service(), Sequence(0), now, sequence);
    COMPTOIR_RETURN_IF_ERROR(adoption.TakeWaitingAddresses(id));
    return RepairPrimary(transaction, id, sequence, now);
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<AddressRecord>(offered.record()));
  COMPTOIR_ASSIGN_OR_RETURN(const AddressKey key, ParseAddressName(record.address().name()));
  COMPTOIR_ASSIGN_OR_RETURN(const auto held, FindAddress(transaction, key));
  PutAdopted(transaction, record_key, offered.version(), sequence.value());
  COMPTOIR_RETURN_IF_ERROR(StoreAddress(transaction, key, held, record, sequence));
  return RepairPrimary(transaction, key.customer, sequence, now);
}

}  // namespace comptoir::hq
