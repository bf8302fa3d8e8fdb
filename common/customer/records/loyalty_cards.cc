#include "common/customer/records/loyalty_cards.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/limits.h"
#include "common/customer/normalize.h"
#include "common/customer/records/customers.h"
#include "common/customer/requests/etags.h"
#include "common/storage/key_codec.h"
#include "common/storage/pages.h"
#include "common/storage/record_io.h"
#include "common/storage/request_log.h"
#include "comptoir/replication/v1/change.pb.h"

namespace comptoir {
namespace {

using customer::v1::LoyaltyCard;
using storage::v1::LoyaltyCardRecord;

constexpr std::string_view kCards = "loyaltyCards/";
constexpr std::string_view kCardsOfAll = "customers/-";

// A stored name is ours: one that doesn't parse is a bug.
std::string NumberOf(const LoyaltyCardRecord& record) {
  const auto number = ParseLoyaltyCardName(record.card().name());
  COMPTOIR_CHECK_OK(number);
  return *number;
}

std::optional<CustomerId> CustomerOf(const LoyaltyCardRecord& record) {
  if (record.card().customer().empty()) return std::nullopt;
  const auto customer = ParseCustomerName(record.card().customer());
  COMPTOIR_CHECK_OK(customer);
  return *customer;
}

// Nobody's cards are anybody's to see.
bool IsShownCard(const LoyaltyCardRecord& record, ShownCustomers& shown) {
  const auto customer = CustomerOf(record);
  return !customer.has_value() || shown.Contains(*customer);
}

std::string CardsPrefix() {
  return KeyWriter().Byte(replication::v1::RECORD_KIND_LOYALTY_CARD).key();
}

std::string CardsOfCustomerPrefix(const CustomerId& customer) {
  return KeyWriter()
      .Byte(static_cast<uint8_t>(IndexTag::kLoyaltyCardOfCustomer))
      .Id(customer)
      .key();
}

std::string CardOfRequestKey(const Uuid& request_id) {
  return KeyWriter()
      .Byte(static_cast<uint8_t>(IndexTag::kLoyaltyCardOfRequest))
      .Id(request_id)
      .key();
}

LoyaltyCardRecord Stored(LoyaltyCardRecord record) {
  record.mutable_card()->clear_etag();
  return record;
}

absl::Status Corrupt() {
  return MakeError(Reason::kStorageCorrupt, "The index names a loyalty card that isn't there.");
}

absl::StatusOr<LoyaltyCardRecord> ReadIndexedCard(const Reader& reader, std::string_view number) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindLoyaltyCard(reader, number));
  if (!record.has_value()) return Corrupt();
  return *std::move(record);
}

}  // namespace

bool IsLoyaltyCardNumber(std::string_view number) {
  if (number.empty() || number.size() > kLoyaltyCardNumberCharactersMax) return false;
  return std::all_of(number.begin(), number.end(), [](char c) {
    return c == '-' || absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

std::string FoldedLoyaltyCardNumber(std::string_view number) {
  return absl::AsciiStrToUpper(ToAbsl(number));
}

std::string LoyaltyCardName(std::string_view number) {
  return absl::StrCat(ToAbsl(kCards), ToAbsl(number));
}

absl::StatusOr<std::string> ParseLoyaltyCardName(std::string_view name, std::string_view field) {
  if (name.starts_with(kCards) && IsLoyaltyCardNumber(name.substr(kCards.size()))) {
    return std::string(name.substr(kCards.size()));
  }
  FieldViolations violations;
  violations.Add(std::string(field), "NAME_INVALID",
                 "Must be loyaltyCards/{number}, of 1 to 30 letters, digits and hyphens.");
  return violations.ToStatus();
}

std::string LoyaltyCardRecordKey(std::string_view number) {
  return KeyWriter().Rest(CardsPrefix()).Rest(FoldedLoyaltyCardNumber(number)).key();
}

IndexEntries LoyaltyCardIndexEntries(const LoyaltyCardRecord& record) {
  IndexEntries entries;
  const std::string number = FoldedLoyaltyCardNumber(NumberOf(record));
  const auto customer = CustomerOf(record);
  if (customer.has_value()) {
    entries[KeyWriter().Rest(CardsOfCustomerPrefix(*customer)).Rest(number).key()] = "";
  }
  if (record.request_id().size() == Uuid::kBytes) {
    entries[CardOfRequestKey(Uuid::FromBytes(record.request_id()))] = number;
  }
  return entries;
}

bool IsLoyaltyCardOfKey(const LoyaltyCardRecord& record, std::string_view key) {
  const auto number = ParseLoyaltyCardName(record.card().name());
  const std::string& customer = record.card().customer();
  return number.ok() && FoldedLoyaltyCardNumber(*number) == key &&
         (customer.empty() || ParseCustomerName(customer).ok());
}

absl::StatusOr<std::optional<LoyaltyCardRecord>> FindLoyaltyCard(const Reader& reader,
                                                                 std::string_view number) {
  return ReadRecord<LoyaltyCardRecord>(reader, Table::kRecords, LoyaltyCardRecordKey(number));
}

absl::StatusOr<std::optional<LoyaltyCardRecord>> FindLoyaltyCardOfRequest(const Reader& reader,
                                                                          const Uuid& request_id) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto number,
                            reader.Get(Table::kIndex, CardOfRequestKey(request_id)));
  if (!number.has_value()) return std::nullopt;
  COMPTOIR_ASSIGN_OR_RETURN(LoyaltyCardRecord record, ReadIndexedCard(reader, *number));
  return std::optional<LoyaltyCardRecord>(std::move(record));
}

absl::StatusOr<std::optional<LoyaltyCardRecord>> FindIssuedBefore(const Reader& reader,
                                                                  const Uuid& request_id,
                                                                  std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, FindLoyaltyCardOfRequest(reader, request_id));
  if (record.has_value() && record->request_digest() != request_digest) {
    return RequestIdReused(request_id);
  }
  return record;
}

absl::StatusOr<std::vector<std::string>> LoyaltyCardsOfCustomer(const Reader& reader,
                                                                const CustomerId& customer) {
  const std::string prefix = CardsOfCustomerPrefix(customer);
  std::vector<std::string> numbers;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kIndex,
                                    PrefixRange(prefix, kLoyaltyCardsOfCustomerMax),
                                    [&](std::string_view key) {
                                      numbers.emplace_back(key.substr(prefix.size()));
                                      return true;
                                    }));
  return numbers;
}

absl::StatusOr<size_t> CountLoyaltyCards(const Reader& reader, const CustomerId& customer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto numbers, LoyaltyCardsOfCustomer(reader, customer));
  return numbers.size();
}

absl::StatusOr<LoyaltyCardMatches> FindByLoyaltyCard(const Reader& reader, std::string_view typed,
                                                     size_t cards_max) {
  LoyaltyCardMatches found;
  if (!IsLoyaltyCardNumber(typed)) return found;
  const std::string begin = LoyaltyCardRecordKey(typed);
  // Letters alone begin so many numbers that they are only meant if they are the whole.
  const bool by_prefix = std::any_of(typed.begin(), typed.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!by_prefix) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindLoyaltyCard(reader, typed));
    const auto customer = record.has_value() ? CustomerOf(*record) : std::nullopt;
    if (customer.has_value()) found.matches.push_back({*customer, true});
    return found;
  }
  const KeyRange range = PrefixRange(begin, cards_max + 1);
  size_t cards = 0;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<LoyaltyCardRecord>(
      reader, Table::kRecords, range, [&](std::string_view key, const LoyaltyCardRecord& record) {
        found.complete = cards++ < cards_max;
        if (!found.complete) return false;
        const auto customer = CustomerOf(record);
        if (customer.has_value()) found.matches.push_back({*customer, key == begin});
        return true;
      }));
  return found;
}

void PutLoyaltyCard(Transaction& transaction, const std::optional<LoyaltyCardRecord>& old,
                    const LoyaltyCardRecord& record) {
  WriteIndexDifference(transaction,
                       old.has_value() ? LoyaltyCardIndexEntries(*old) : IndexEntries(),
                       LoyaltyCardIndexEntries(record));
  PutRecord(transaction, Table::kRecords, LoyaltyCardRecordKey(NumberOf(record)), Stored(record));
}

void RemoveLoyaltyCard(Transaction& transaction, const LoyaltyCardRecord& record) {
  WriteIndexDifference(transaction, LoyaltyCardIndexEntries(record), {});
  transaction.Delete(Table::kRecords, LoyaltyCardRecordKey(NumberOf(record)));
}

absl::Status RemoveLoyaltyCards(Transaction& transaction, const CustomerId& customer) {
  while (true) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto numbers, LoyaltyCardsOfCustomer(transaction, customer));
    std::vector<LoyaltyCardRecord> records;
    for (const std::string& number : numbers) {
      COMPTOIR_ASSIGN_OR_RETURN(records.emplace_back(), ReadIndexedCard(transaction, number));
    }
    for (const LoyaltyCardRecord& record : records) RemoveLoyaltyCard(transaction, record);
    // What comes of several histories of HQ may be more than a customer has.
    if (numbers.size() < kLoyaltyCardsOfCustomerMax) return absl::OkStatus();
  }
}

LoyaltyCard LoyaltyCardView(const LoyaltyCardRecord& record) {
  LoyaltyCard view = record.card();
  view.set_etag(HqEtag({record.version()}));
  return view;
}

absl::StatusOr<LoyaltyCardRecord> RecordOfView(const LoyaltyCard& view) {
  COMPTOIR_RETURN_IF_ERROR(ParseLoyaltyCardName(view.name()).status());
  if (!view.customer().empty()) {
    COMPTOIR_RETURN_IF_ERROR(ParseCustomerName(view.customer(), "customer").status());
  }
  COMPTOIR_ASSIGN_OR_RETURN(const auto numbers, ParseHqEtag(view.etag()));
  if (numbers.size() != 1 || numbers[0] == 0) return EtagInvalid();
  LoyaltyCardRecord record;
  *record.mutable_card() = view;
  record.mutable_card()->clear_etag();
  record.set_version(numbers[0]);
  return record;
}

absl::StatusOr<LoyaltyCard> GetLoyaltyCard(const Reader& reader, std::string_view name,
                                           const IsShown& is_shown) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string number, ParseLoyaltyCardName(name));
  COMPTOIR_ASSIGN_OR_RETURN(const auto record, FindLoyaltyCard(reader, number));
  ShownCustomers shown(reader, is_shown);
  const bool found = record.has_value() && IsShownCard(*record, shown);
  COMPTOIR_RETURN_IF_ERROR(shown.status());
  if (found) return LoyaltyCardView(*record);
  return MakeError(Reason::kLoyaltyCardNotFound, "No such loyalty card.");
}

absl::StatusOr<customer::v1::ListLoyaltyCardsResponse> ListLoyaltyCards(
    const Reader& reader, const customer::v1::ListLoyaltyCardsRequest& request,
    const IsShown& is_shown) {
  ShownCustomers shown(reader, is_shown, kRowsPerPageMax);
  customer::v1::ListLoyaltyCardsResponse response;
  const PageRequest page_request{.page_size = request.page_size(),
                                 .page_token = request.page_token()};
  if (request.parent() == kCardsOfAll) {
    const auto take = [&](std::string_view, std::string_view value) -> absl::StatusOr<bool> {
      COMPTOIR_ASSIGN_OR_RETURN(const auto record, ParseRecord<LoyaltyCardRecord>(value));
      const bool is_taken = shown.all() || IsShownCard(record, shown);
      COMPTOIR_RETURN_IF_ERROR(shown.status());
      if (is_taken) *response.add_cards() = LoyaltyCardView(record);
      return is_taken;
    };
    COMPTOIR_ASSIGN_OR_RETURN(
        *response.mutable_next_page_token(),
        ReadFilteredPage(reader, Table::kRecords, {CardsPrefix()}, page_request, take));
  } else {
    COMPTOIR_ASSIGN_OR_RETURN(const CustomerId id, ParseCustomerName(request.parent(), "parent"));
    COMPTOIR_RETURN_IF_ERROR(shown.Find(id).status());
    const std::string prefix = CardsOfCustomerPrefix(id);
    COMPTOIR_ASSIGN_OR_RETURN(const Page page,
                              ReadPage(reader, Table::kIndex, {prefix}, page_request));
    response.set_next_page_token(page.next_page_token);
    for (const auto& [key, value] : page.rows) {
      COMPTOIR_ASSIGN_OR_RETURN(const auto record,
                                ReadIndexedCard(reader, key.substr(prefix.size())));
      *response.add_cards() = LoyaltyCardView(record);
    }
  }
  return response;
}

}  // namespace comptoir
