#include "hq-service/domain/number_sequences.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/customer/configuration.h"
#include "common/customer/records/customer_index.h"
#include "common/customer/records/customers.h"
#include "common/customer/records/loyalty_cards.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "hq-service/domain/recovery/recovery.h"

namespace comptoir::hq {
namespace {

using storage::v1::NumberSequenceRecord;

// Numbers that are passed over at once because another format gave the same text before.
constexpr int kTakenNumbersMax = 1000;

absl::Status Unusable(Reason reason, std::string_view sequence) {
  return MakeError(reason, std::string(ReasonDescription(reason)),
                   {{"number_sequence", std::string(sequence)}});
}

using IsTaken = absl::FunctionRef<absl::StatusOr<bool>(const std::string& text)>;

// The first that isn't taken; the record is as it is once it was given.
absl::StatusOr<std::string> NextAfter(NumberSequenceRecord& record, std::string_view sequence,
                                      IsTaken is_taken) {
  auto& numbers = *record.mutable_number_sequence();
  uint64_t number = numbers.next();
  for (int i = 0; i < kTakenNumbersMax && number <= numbers.highest(); ++i) {
    std::string text = FormatNumber(numbers.format(), number++);
    COMPTOIR_ASSIGN_OR_RETURN(const bool taken, is_taken(text));
    if (taken) continue;
    numbers.set_next(number);
    return text;
  }
  return Unusable(Reason::kNumberSequenceExhausted, sequence);
}

// As it is stored. An error if it gives no number at present.
absl::StatusOr<NumberSequenceRecord> ReadGiving(const Reader& reader, std::string_view sequence) {
  COMPTOIR_ASSIGN_OR_RETURN(
      auto record,
      ReadRecord<NumberSequenceRecord>(reader, Table::kRecords, NumberSequenceRecordKey(sequence)));
  if (!record.has_value()) return Unusable(Reason::kNumberSequenceMissing, sequence);
  COMPTOIR_ASSIGN_OR_RETURN(const bool wait, NumbersWait(reader));
  if (wait) {
    return MakeError(Reason::kNumberSequenceBlocked,
                     "HQ was restored: no number is given until the stores have told theirs.",
                     {{"number_sequence", std::string(sequence)}, {"recovery", "true"}});
  }
  if (record->number_sequence().blocked()) {
    return Unusable(Reason::kNumberSequenceBlocked, sequence);
  }
  return *std::move(record);
}

absl::StatusOr<NextNumber> PeekNumber(const Reader& reader, std::string_view sequence,
                                      IsTaken is_taken) {
  COMPTOIR_ASSIGN_OR_RETURN(auto record, ReadGiving(reader, sequence));
  COMPTOIR_ASSIGN_OR_RETURN(std::string text, NextAfter(record, sequence, is_taken));
  return NextNumber{std::move(text), std::move(record)};
}

// Only after the format was changed can a text have been given before.
absl::StatusOr<bool> IsAccountNumberTaken(const Reader& reader, const std::string& text) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto owner, FindAccountNumber(reader, text));
  return owner.has_value();
}

// The texts of a sequence, read from left to right.
class Texts {
 public:
  explicit Texts(const v1::NumberSequence& sequence)
      : format_(sequence.format()),
        lowest_(FormatNumber(sequence.format(), sequence.lowest())),
        highest_(FormatNumber(sequence.format(), sequence.highest())) {}

  // Whether what was read so far is still that of the lowest, and of the highest number.
  struct Bounds {
    bool at_lowest = true;
    bool at_highest = true;
    friend auto operator<=>(const Bounds&, const Bounds&) = default;
  };

  size_t size() const { return format_.size(); }
  // The bounds when `next` follows at a place; nothing if it cannot.
  std::optional<Bounds> After(const Bounds& before, size_t place, char next) const {
    if (format_[place] != '#') return next == format_[place] ? std::optional(before) : std::nullopt;
    if (next < '0' || next > '9') return std::nullopt;
    if (before.at_lowest && next < lowest_[place]) return std::nullopt;
    if (before.at_highest && next > highest_[place]) return std::nullopt;
    return Bounds{before.at_lowest && next == lowest_[place],
                  before.at_highest && next == highest_[place]};
  }

 private:
  const std::string_view format_;
  const std::string lowest_;
  const std::string highest_;
};

}  // namespace

std::string FormatNumber(std::string_view format, uint64_t number) {
  const size_t begin = format.find('#');
  const size_t digits = static_cast<size_t>(std::count(format.begin(), format.end(), '#'));
  const std::string text = std::to_string(number);
  return absl::StrCat(ToAbsl(format.substr(0, begin)),
                      std::string(digits - std::min(digits, text.size()), '0'), text,
                      ToAbsl(format.substr(begin + digits)));
}

std::optional<uint64_t> ParseNumber(std::string_view format, std::string_view text) {
  const size_t begin = format.find('#');
  const size_t digits = static_cast<size_t>(std::count(format.begin(), format.end(), '#'));
  if (begin == std::string_view::npos || text.size() != format.size()) return std::nullopt;
  uint64_t number = 0;
  if (!absl::SimpleAtoi(ToAbsl(text.substr(begin, digits)), &number)) return std::nullopt;
  // Also the constants, and that all are digits.
  if (FormatNumber(format, number) != text) return std::nullopt;
  return number;
}

bool CouldGiveTheSame(const v1::NumberSequence& a, const v1::NumberSequence& b) {
  const Texts texts_a(a);
  const Texts texts_b(b);
  if (texts_a.size() != texts_b.size()) return false;
  // All that the beginnings of common texts can be, by their bounds: four pairs of two.
  using Both = std::pair<Texts::Bounds, Texts::Bounds>;
  std::set<Both> reached = {Both()};
  for (size_t place = 0; place < texts_a.size(); ++place) {
    std::set<Both> after;
    for (const Both& before : reached) {
      for (int byte = 0; byte < 256; ++byte) {
        const char next = static_cast<char>(byte);
        const auto in_a = texts_a.After(before.first, place, next);
        const auto in_b = texts_b.After(before.second, place, next);
        if (in_a.has_value() && in_b.has_value()) after.insert({*in_a, *in_b});
      }
    }
    reached = std::move(after);
  }
  return !reached.empty();
}

absl::StatusOr<std::string> NumberSequenceOf(const Reader& reader,
                                             std::string_view customer_group) {
  if (customer_group.empty()) return std::string(kCustomerNumbers);
  COMPTOIR_ASSIGN_OR_RETURN(
      const auto record,
      ReadRecord<storage::v1::ConfigurationRecord>(
          reader, Table::kRecords,
          ConfigurationRecordKey(replication::v1::RECORD_KIND_CUSTOMER_GROUP, customer_group)));
  if (!record.has_value()) return std::string(kCustomerNumbers);
  const std::string& name = record->configuration().customer_group().number_sequence();
  return std::string(name.empty() ? kCustomerNumbers : IdInName(name));
}

absl::StatusOr<NextNumber> PeekNumber(const Reader& reader, std::string_view sequence) {
  return PeekNumber(reader, sequence,
                    [&](const std::string& text) { return IsAccountNumberTaken(reader, text); });
}

absl::StatusOr<NextNumber> PeekAccountNumber(const Reader& reader,
                                             std::string_view customer_group) {
  COMPTOIR_ASSIGN_OR_RETURN(const std::string sequence, NumberSequenceOf(reader, customer_group));
  return PeekNumber(reader, sequence);
}

absl::StatusOr<NextNumber> PeekLoyaltyCardNumber(const Reader& reader) {
  // Cards with numbers of their own stand in the way too.
  return PeekNumber(reader, kCardNumbers, [&](const std::string& text) -> absl::StatusOr<bool> {
    COMPTOIR_ASSIGN_OR_RETURN(const auto card, FindLoyaltyCard(reader, text));
    return card.has_value();
  });
}

void TakeNumber(Transaction& transaction, const NextNumber& number) {
  const std::string_view id = IdInName(number.sequence.number_sequence().name());
  PutRecord(transaction, Table::kRecords, NumberSequenceRecordKey(id), number.sequence);
}

absl::StatusOr<std::string> AccountNumbers::Next(const std::string& customer_group) {
  auto found = sequence_of_group_.find(customer_group);
  if (found == sequence_of_group_.end()) {
    COMPTOIR_ASSIGN_OR_RETURN(std::string sequence, NumberSequenceOf(reader_, customer_group));
    found = sequence_of_group_.emplace(customer_group, std::move(sequence)).first;
  }
  return NextOf(found->second);
}

absl::StatusOr<std::string> AccountNumbers::NextOf(const std::string& sequence) {
  auto found = sequences_.find(sequence);
  if (found == sequences_.end()) {
    COMPTOIR_ASSIGN_OR_RETURN(auto record, ReadGiving(reader_, sequence));
    COMPTOIR_ASSIGN_OR_RETURN(const uint64_t free_before, FreeBefore(record.number_sequence()));
    found = sequences_.emplace(sequence, Sequence{std::move(record), free_before}).first;
  }
  Sequence& from = found->second;
  // The first that is asked about is free, then; and no other is asked about.
  const bool free = from.record.number_sequence().next() < from.free_before;
  const auto is_taken = [&](const std::string& text) -> absl::StatusOr<bool> {
    if (free) return false;
    return IsAccountNumberTaken(reader_, text);
  };
  COMPTOIR_ASSIGN_OR_RETURN(std::string text, NextAfter(from.record, sequence, is_taken));
  from.given = true;
  return text;
}

// One look at the index for all: their texts follow each other there as the numbers do.
absl::StatusOr<uint64_t> AccountNumbers::FreeBefore(const v1::NumberSequence& sequence) const {
  if (sequence.next() > sequence.highest() || numbers_ <= 1) return 0;
  const uint64_t last =
      sequence.next() + std::min<uint64_t>(sequence.highest() - sequence.next(), numbers_ - 1);
  const auto key_of = [&](uint64_t number) {
    return IndexWholeValue(IndexTag::kAccountNumber,
                           FoldedAccountNumber(FormatNumber(sequence.format(), number)));
  };
  bool free = true;
  COMPTOIR_RETURN_IF_ERROR(
      ScanKeys(reader_, Table::kIndex,
               {.begin = key_of(sequence.next()), .end = PrefixEnd(key_of(last)), .rows_max = 1},
               [&](std::string_view) { return free = false; }));
  return free ? last + 1 : 0;
}

void AccountNumbers::Take(Transaction& transaction) const {
  for (const auto& [id, sequence] : sequences_) {
    if (!sequence.given) continue;
    PutRecord(transaction, Table::kRecords, NumberSequenceRecordKey(id), sequence.record);
  }
}

}  // namespace comptoir::hq
