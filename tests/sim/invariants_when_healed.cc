// What must be true when everything works again and nothing is under way.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/storage/v1/records.pb.h"
#include "tests/sim/invariants.h"
#include "tests/sim/rows.h"
#include "tests/support/search/word_rows.h"

namespace comptoir::sim {

namespace {

using replication::v1::RECORD_KIND_ADDRESS;
using replication::v1::RECORD_KIND_CUSTOMER;
using storage::v1::AddressRecord;
using storage::v1::CustomerRecord;

// Keys of table index that don't belong to records begin here.
constexpr uint8_t kOtherIndexTags = 0x80;

}  // namespace

void Invariants::CheckHealed() {
  CheckNow();
  const std::string why = WhyNotQuiet();
  if (!why.empty()) context_.Fail("world", absl::StrCat("not healed: ", why));
  for (ChannelNode* channel : channels_) CheckOperationsHealed(*channel);
  CheckCustomersAtHq();
  CheckTakenBack();
  CheckIndex(*hq_);
  CheckSearchMemory(*hq_);
  for (ChannelNode* channel : channels_) {
    CheckIndex(*channel);
    CheckSearchMemory(*channel);
  }
}

void Invariants::CheckOperationsHealed(ChannelNode& channel) {
  if (!channel.up()) return;
  channel::v1::ListUnsettledOperationsRequest request;
  request.set_page_size(1000);
  std::map<std::string, std::string> reasons;
  bool answered = false;
  channel.service().ListUnsettledOperations(request, [&](auto response) {
    answered = true;
    if (!response.ok()) return context_.Fail(channel.name(), response.status().ToString());
    for (const auto& operation : response->operations()) {
      if (operation.kind() != "create_customer") continue;
      reasons[operation.customer()] = operation.reason();
    }
  });
  if (!answered) context_.Fail(channel.name(), "didn't list its unsettled operations");
  for (const auto& [key, operation] : operations_[&channel]) {
    if (!operation.is_create) continue;
    const auto shown = reasons.find(CustomerName(operation.customer));
    if (shown == reasons.end() ||
        (shown->second != "REQUEST_ID_REUSED" && shown->second != "INVALID_FIELDS")) {
      context_.Fail(channel.name(),
                    absl::StrCat("doesn't show why it keeps the create of ",
                                 operation.customer.ToString(), ": ", operation.reason));
    }
  }
}

std::string Invariants::KeptUnseen() {
  // What people had decided about one before HQ was restored is lost; its store knows. A database
  // that keeps no customers isn't given back what it had lost.
  if (hq_restored_ || model_.SomeForget()) return "";
  for (const auto& [key, operation] : operations_[hq_]) {
    const auto is_kept = [&operation = operation](const auto& entry) {
      return entry.second.request_id == operation.request_id &&
             entry.second.digest == operation.digest;
    };
    const bool shown = std::any_of(channels_.begin(), channels_.end(), [&](ChannelNode* node) {
      const Operations& own = operations_[node];
      return std::any_of(own.begin(), own.end(), is_kept);
    });
    if (!shown) {
      return absl::StrCat("hq keeps an operation of ", operation.customer.ToString(),
                          ", which no store shows");
    }
  }
  return "";
}

void Invariants::CheckCustomersAtHq() {
  for (const KnownCustomer& customer : model_.customers()) {
    if (customer.id.is_nil()) continue;
    const auto found = FindCustomer(hq_->latest(), customer.id);
    if (!found.ok() || !found->has_value()) {
      if (customer.version > 0) {
        context_.Fail("hq", absl::StrCat("lost customer ", customer.id.ToString()));
      }
      continue;
    }
    ++context_.counts().customers;
    const CustomerRecord& record = **found;
    const auto variant =
        std::find_if(customer.variants.begin(), customer.variants.end(),
                     [&](const CreateVariant& v) { return v.digest == record.request_digest(); });
    const bool rejected = record.customer().state() == customer::v1::CUSTOMER_STATE_REJECTED;
    if (variant == customer.variants.end() ||
        (!rejected && variant->request.customer().tax_number() != record.customer().tax_number())) {
      context_.Fail("hq",
                    absl::StrCat("customer ", customer.id.ToString(), " isn't what anybody sent"));
      continue;
    }
    if (record.version() < customer.version) {
      context_.Fail("hq", absl::StrCat("customer ", customer.id.ToString(), " has version ",
                                       record.version(), ", told was ", customer.version));
    }
    if (!rejected) CheckAddressesAtHq(customer);
    CheckConsentAtHq(record);
  }
}

// The history of consent, told from its beginning, ends with what the customer says now. (C6)
void Invariants::CheckConsentAtHq(const CustomerRecord& record) {
  const CustomerId id = ParseCustomerName(record.customer().name()).value();
  std::map<std::string, customer::v1::ConsentState> told;
  COMPTOIR_CHECK_OK(hq_->latest().Scan(
      Table::kRecords,
      PrefixRange(KeyWriter().Byte(replication::v1::RECORD_KIND_CONSENT_CHANGE).Id(id).key()),
      [&](std::string_view, std::string_view value) {
        const auto change = ParseRecord<storage::v1::ConsentChangeRecord>(value)->change();
        auto& state = told[change.contact()];
        if (change.before().state() != state) {
          context_.Fail("hq", absl::StrCat("a change of consent of ", id.ToString(),
                                           " doesn't follow on the one before"));
        }
        state = change.after().state();
        return true;
      }));
  std::map<std::string, customer::v1::ConsentState> held;
  const auto hold = [&](const std::string& contact, const customer::v1::Consent& consent) {
    if (!contact.empty()) held[contact] = consent.state();
  };
  hold(record.customer().email().address(), record.customer().email().consent());
  for (const auto& email : record.customer().secondary_emails()) {
    hold(email.address(), email.consent());
  }
  const auto unsaid = [](const auto& entry) {
    return entry.second == customer::v1::CONSENT_STATE_UNSPECIFIED;
  };
  std::erase_if(told, unsaid);
  std::erase_if(held, unsaid);
  if (told != held) {
    context_.Fail("hq", absl::StrCat("the history of consent of ", id.ToString(),
                                     " doesn't end with what it says now"));
  }
}

void Invariants::CheckAddressesAtHq(const KnownCustomer& customer) {
  const auto record = FindCustomer(hq_->latest(), customer.id).value();
  std::map<AddressId, AddressRecord> addresses;
  const std::string prefix = KeyWriter().Byte(RECORD_KIND_ADDRESS).Id(customer.id).key();
  COMPTOIR_CHECK_OK(hq_->latest().Scan(
      Table::kRecords, PrefixRange(prefix), [&](std::string_view key, std::string_view value) {
        AddressRecord address;
        COMPTOIR_CHECK(address.ParseFromArray(value.data(), static_cast<int>(value.size())));
        addresses.emplace(Uuid::FromBytes(key.substr(prefix.size())), address);
        return true;
      }));
  for (const KnownAddress& known : customer.addresses) {
    const auto found = addresses.find(known.id);
    const uint64_t version = found == addresses.end() ? 0 : found->second.version();
    if (version < known.version || found == addresses.end()) {
      context_.Fail(
          "hq", absl::StrCat("lost address ", known.id.ToString(), " of ", customer.id.ToString(),
                             " at version ", version, ", told was ", known.version));
    }
  }
  for (const CreateVariant& variant : customer.variants) {
    if (variant.digest != record->request_digest()) continue;
    const auto& sent = variant.request.customer().addresses();
    for (int i = 0; i < sent.size(); ++i) {
      const AddressId id = sent[i].name().empty() ? DerivedAddressId(customer.id, i)
                                                  : ParseAddressName(sent[i].name())->address;
      if (addresses.count(id) == 0) {
        context_.Fail("hq", absl::StrCat("customer ", customer.id.ToString(),
                                         " lost an address that came with it"));
      }
    }
    const size_t expected_max = static_cast<size_t>(sent.size()) + customer.addresses_sent;
    if (addresses.size() > expected_max) {
      context_.Fail("hq",
                    absl::StrCat("customer ", customer.id.ToString(), " has ", addresses.size(),
                                 " addresses; at most ", expected_max, " were sent"));
    }
  }
  size_t active = 0;
  for (const auto& [id, address] : addresses) active += address.address().deactivated() ? 0 : 1;
  const std::string& primary = record->primary_address_id();
  const bool primary_is_active = !primary.empty() &&
                                 addresses.count(Uuid::FromBytes(primary)) > 0 &&
                                 !addresses.at(Uuid::FromBytes(primary)).address().deactivated();
  if (active > 0 ? !primary_is_active : !primary.empty()) {
    context_.Fail("hq", absl::StrCat("customer ", customer.id.ToString(), " has ", active,
                                     " active addresses and not one primary one"));
  }
}

// The index is what it would be if it were made anew from the records.
void Invariants::CheckIndex(Node& node) {
  Rows expected;
  for (const auto& [key, value] : AllRows(node.latest(), Table::kRecords)) {
    IndexEntries entries;
    if (KindOf(key) == RECORD_KIND_CUSTOMER) {
      entries = CustomerIndexEntries(*Parse<CustomerRecord>(value));
    } else if (KindOf(key) == RECORD_KIND_ADDRESS) {
      entries = AddressIndexEntries(*Parse<AddressRecord>(value));
    } else if (KindOf(key) == replication::v1::RECORD_KIND_LOYALTY_CARD) {
      entries = LoyaltyCardIndexEntries(*Parse<storage::v1::LoyaltyCardRecord>(value));
    }
    expected.insert(entries.begin(), entries.end());
  }
  Rows found = AllRows(node.latest(), Table::kIndex);
  std::erase_if(found, [](const auto& row) { return KindOf(row.first) >= kOtherIndexTags; });
  if (found != expected) {
    context_.Fail(node.name(), absl::StrCat("the index has ", found.size(), " entries, not the ",
                                            expected.size(), " of its records"));
  }
}

void Invariants::CheckSearchMemory(Node& node) {
  if (!node.up()) return;
  WordRows found;
  bool has_values = false;
  bool has_records = false;
  const bool ready = node.search_memory().Read([&](const WordMemory& words) {
    found = WordRowsOf(words);
    has_values = HasValuesOf(node.latest(), words);
    has_records = HasRecordsOf(node.latest(), words);
  });
  const WordRows expected = WordRowsOf(node.latest());
  if (!ready || found != expected) {
    context_.Fail(node.name(), absl::StrCat(ready ? "has " : "isn't ready: ", found.size(),
                                            " words of customers in memory, not the ",
                                            expected.size(), " of its index"));
  } else if (!has_values) {
    context_.Fail(node.name(), "has other account numbers or phones in memory than its index");
  } else if (!has_records) {
    context_.Fail(node.name(), "has other records of customers in memory than its table");
  }
}

}  // namespace comptoir::sim
