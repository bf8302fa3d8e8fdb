// Where account numbers and the numbers of loyalty cards come from: each is given once, in the
// transaction that uses it, so none is used twice and none is lost by a crash. A customer group may
// name a sequence of its own; all others share one. (P12)

#ifndef COMPTOIR_HQ_SERVICE_DOMAIN_NUMBER_SEQUENCES_H_
#define COMPTOIR_HQ_SERVICE_DOMAIN_NUMBER_SEQUENCES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "comptoir/storage/v1/records.pb.h"

namespace comptoir::hq {

// The sequence shared by all customers whose group names none.
inline constexpr std::string_view kCustomerNumbers = "customers";
// The sequence of loyalty cards that are issued without a number; they may look like account
// numbers. (Y2)
inline constexpr std::string_view kCardNumbers = "loyalty";

// The '#' of a format; nothing good comes of more digits than 64 bits hold.
inline constexpr int kFormatDigitsMax = 19;

// A number that may be given, and the sequence as it is once it was.
struct NextNumber {
  std::string text;
  storage::v1::NumberSequenceRecord sequence;
};

// The id of the sequence that gives account numbers to customers of the group; the shared one if
// the group is empty or names none.
absl::StatusOr<std::string> NumberSequenceOf(const Reader& reader, std::string_view customer_group);

// An account number of a sequence, by its id. Reads only. NUMBER_SEQUENCE_MISSING, _BLOCKED (while
// HQ recovers from a restore, too), _EXHAUSTED: no refusals, an administrator repairs them.
absl::StatusOr<NextNumber> PeekNumber(const Reader& reader, std::string_view sequence);
// For a customer of the group.
absl::StatusOr<NextNumber> PeekAccountNumber(const Reader& reader, std::string_view customer_group);
absl::StatusOr<NextNumber> PeekLoyaltyCardNumber(const Reader& reader);
// Gives the number.
void TakeNumber(Transaction& transaction, const NextNumber& number);

// Account numbers for the customers of one command: what it needs of a sequence is read once, and
// what was given is stored once.
class AccountNumbers {
 public:
  // `reader` is borrowed: what it reads of sequences mustn't change meanwhile. About so many
  // numbers will be asked for.
  AccountNumbers(const Reader& reader, size_t numbers) : reader_(reader), numbers_(numbers) {}

  // For a customer of the group; no other gets it. Errors are those of PeekNumber().
  absl::StatusOr<std::string> Next(const std::string& customer_group);
  // Stores what was given.
  void Take(Transaction& transaction) const;

 private:
  struct Sequence {
    storage::v1::NumberSequenceRecord record;
    // No customer has one of the texts from the next one up to before this; 0: it isn't known.
    uint64_t free_before = 0;
    // Its record has changed.
    bool given = false;
  };

  absl::StatusOr<std::string> NextOf(const std::string& sequence);
  absl::StatusOr<uint64_t> FreeBefore(const v1::NumberSequence& sequence) const;

  // Constant after construction.
  const Reader& reader_;
  const size_t numbers_;

  absl::btree_map<std::string, std::string> sequence_of_group_;
  absl::btree_map<std::string, Sequence> sequences_;
};

// "C-########" and 42: "C-00000042".
std::string FormatNumber(std::string_view format, uint64_t number);
// The inverse; nothing for a text that isn't of this format.
std::optional<uint64_t> ParseNumber(std::string_view format, std::string_view text);

// True if the two could give the same text, from their lowest to their highest numbers. Both must
// be valid.
bool CouldGiveTheSame(const v1::NumberSequence& a, const v1::NumberSequence& b);

}  // namespace comptoir::hq

#endif  // COMPTOIR_HQ_SERVICE_DOMAIN_NUMBER_SEQUENCES_H_
