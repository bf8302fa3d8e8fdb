// Where account numbers and the numbers of loyalty cards come from: each is given once, in the
// transaction that uses it, so none is used twice and none is lost by a crash. (P12)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_NUMBER_SEQUENCES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_NUMBER_SEQUENCES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

// The sequence shared by all customers.
inline constexpr std::string_view kCustomerNumbers = "customers";
// Of loyalty cards that are issued without a number. (Y2)
inline constexpr std::string_view kLoyaltyNumbers = "loyalty";

// The '#' of a format; nothing good comes of more digits than 64 bits hold.
inline constexpr int kFormatDigitsMax = 19;

// A number that may be given, and the sequence as it is once it was.
struct NextNumber {
  std::string text;
  storage::v1::NumberSequenceRecord sequence;
};

// Reads only. NUMBER_SEQUENCE_MISSING, _BLOCKED (while HQ recovers from a restore, too),
// _EXHAUSTED: no refusals, an administrator repairs them.
absl::StatusOr<NextNumber> PeekAccountNumber(const Reader& reader);
absl::StatusOr<NextNumber> PeekLoyaltyCardNumber(const Reader& reader);
// Gives the number.
void TakeNumber(Transaction& transaction, const NextNumber& number);

// "C-########" and 42: "C-00000042".
std::string FormatNumber(std::string_view format, uint64_t number);
// The inverse; nothing for a text that isn't of this format.
std::optional<uint64_t> ParseNumber(std::string_view format, std::string_view text);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_NUMBER_SEQUENCES_H_
