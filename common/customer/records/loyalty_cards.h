// Loyalty cards in the database: one record each, found by its number, and by what finds it
// otherwise in the index. Of a customer there are few. (Y2)
//
// Table records: kind, number in upper case. Table index:
//   card of a customer  tag, customer id, number in upper case    value empty
//   card of a request   tag, request id that issued it            value: number in upper case

#ifndef COMPTOIR_COMMON_CUSTOMER_RECORDS_LOYALTY_CARDS_H_
#define COMPTOIR_COMMON_CUSTOMER_RECORDS_LOYALTY_CARDS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/shown_customers.h"
#include "common/customer/requests/names.h"
#include "common/storage/database.h"
#include "comptoir/customer/v1/customer_service.pb.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir {

// 1 to 30 letters, digits and hyphens.
bool IsLoyaltyCardNumber(std::string_view number);
// As numbers are matched: without regard to case.
std::string FoldedLoyaltyCardNumber(std::string_view number);
// "loyaltyCards/{number}".
std::string LoyaltyCardName(std::string_view number);
// The number as it is written. INVALID_FIELDS, naming `field`, for anything else (NAME_INVALID).
absl::StatusOr<std::string> ParseLoyaltyCardName(std::string_view name,
                                                 std::string_view field = "name");

// Key in table records.
std::string LoyaltyCardRecordKey(std::string_view number);
IndexEntries LoyaltyCardIndexEntries(const storage::v1::LoyaltyCardRecord& record);
// Whether a record may be stored under this key, without its kind.
bool IsLoyaltyCardOfKey(const storage::v1::LoyaltyCardRecord& record, std::string_view key);

absl::StatusOr<std::optional<storage::v1::LoyaltyCardRecord>> FindLoyaltyCard(
    const Reader& reader, std::string_view number);
// The card that this request issued.
absl::StatusOr<std::optional<storage::v1::LoyaltyCardRecord>> FindLoyaltyCardOfRequest(
    const Reader& reader, const Uuid& request_id);
// The card that a request to issue one has made already, if any. REQUEST_ID_REUSED if that one had
// another digest.
absl::StatusOr<std::optional<storage::v1::LoyaltyCardRecord>> FindIssuedBefore(
    const Reader& reader, const Uuid& request_id, std::string_view request_digest);
// Their numbers in upper case, in order. Up to kLoyaltyCardsOfCustomerMax.
absl::StatusOr<std::vector<std::string>> LoyaltyCardsOfCustomer(const Reader& reader,
                                                                const CustomerId& customer);
absl::StatusOr<size_t> CountLoyaltyCards(const Reader& reader, const CustomerId& customer);

// Cards whose number begins with what a person typed; without a digit in it, whose number that is.
// Anonymous ones aren't among them.
struct LoyaltyCardMatch {
  CustomerId customer;
  bool whole = false;
};
struct LoyaltyCardMatches {
  std::vector<LoyaltyCardMatch> matches;
  // False if there may be more than `cards_max`.
  bool complete = true;
};
absl::StatusOr<LoyaltyCardMatches> FindByLoyaltyCard(const Reader& reader, std::string_view typed,
                                                     size_t cards_max);

// Stores a record and brings its index up to date. `old` is what is stored now.
void PutLoyaltyCard(Transaction& transaction,
                    const std::optional<storage::v1::LoyaltyCardRecord>& old,
                    const storage::v1::LoyaltyCardRecord& record);

void RemoveLoyaltyCard(Transaction& transaction, const storage::v1::LoyaltyCardRecord& record);
// All that a customer has.
absl::Status RemoveLoyaltyCards(Transaction& transaction, const CustomerId& customer);

// What callers see.
customer::v1::LoyaltyCard LoyaltyCardView(const storage::v1::LoyaltyCardRecord& record);
// The record behind a view that HQ answered, byte for byte, without the request that issued it.
// INVALID_FIELDS if it isn't HQ's.
absl::StatusOr<storage::v1::LoyaltyCardRecord> RecordOfView(const customer::v1::LoyaltyCard& view);
// Of a customer that is shown, or nobody's. LOYALTY_CARD_NOT_FOUND.
absl::StatusOr<customer::v1::LoyaltyCard> GetLoyaltyCard(const Reader& reader,
                                                         std::string_view name,
                                                         const IsShown& is_shown = nullptr);
// In order of their number, with pages; of those as well. CUSTOMER_NOT_FOUND.
absl::StatusOr<customer::v1::ListLoyaltyCardsResponse> ListLoyaltyCards(
    const Reader& reader, const customer::v1::ListLoyaltyCardsRequest& request,
    const IsShown& is_shown = nullptr);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_CUSTOMER_RECORDS_LOYALTY_CARDS_H_
