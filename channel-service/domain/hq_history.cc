#include "channel-service/domain/hq_history.h"

#include <algorithm>
#include <string>

#include "common/base/status.h"
#include "common/customer/record_io.h"
#include "comptoir/storage/v1/recovery.pb.h"

namespace comptoir::channel {
namespace {

using replication::v1::Epoch;
using replication::v1::Position;
using storage::v1::HighestNumbers;
using storage::v1::HqEpochs;

constexpr std::string_view kEpochsKey = "hq-epochs";
constexpr std::string_view kAnsweredKey = "hq-answered";
constexpr std::string_view kNumbersKey = "highest-numbers";

template <typename Message>
absl::StatusOr<Message> ReadMeta(const Reader& reader, std::string_view key) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, key));
  if (!value.has_value()) return Message();
  return ParseRecord<Message>(*value);
}

bool IsDigit(char character) { return character >= '0' && character <= '9'; }

std::string FormOf(std::string_view number) {
  std::string form(number);
  std::replace_if(form.begin(), form.end(), IsDigit, '#');
  return form;
}

}  // namespace

absl::Status TellHistory(const Reader& reader, hq::v1::SubscribeHello& hello) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto epochs, ReadMeta<HqEpochs>(reader, kEpochsKey));
  COMPTOIR_ASSIGN_OR_RETURN(const auto answered, ReadMeta<Position>(reader, kAnsweredKey));
  COMPTOIR_ASSIGN_OR_RETURN(const auto numbers, ReadMeta<HighestNumbers>(reader, kNumbersKey));
  *hello.mutable_hq_epochs() = epochs.epochs();
  if (answered.sequence() != 0) *hello.mutable_answered() = answered;
  for (const auto& [form, number] : numbers.numbers()) hello.add_highest_numbers(number);
  return absl::OkStatus();
}

absl::Status KeepHqEpoch(Transaction& transaction, const Epoch& epoch) {
  COMPTOIR_ASSIGN_OR_RETURN(HqEpochs epochs, ReadMeta<HqEpochs>(transaction, kEpochsKey));
  auto& kept = *epochs.mutable_epochs();
  if (!kept.empty() && kept.rbegin()->id() == epoch.id()) return absl::OkStatus();
  // Those that came later in a history that HQ has lost.
  kept.erase(std::remove_if(kept.begin(), kept.end(),
                            [&](const Epoch& old) { return old.counter() >= epoch.counter(); }),
             kept.end());
  if (kept.size() == kHqEpochsMax) kept.erase(kept.begin());
  *kept.Add() = epoch;
  transaction.Put(Table::kMeta, kEpochsKey, epochs.SerializeAsString());
  return absl::OkStatus();
}

absl::Status KeepAnswered(Transaction& transaction, const Position& position) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto kept, ReadMeta<Position>(transaction, kAnsweredKey));
  // The highest one is what a restored HQ doesn't know.
  if (kept.sequence() >= position.sequence()) return absl::OkStatus();
  transaction.Put(Table::kMeta, kAnsweredKey, position.SerializeAsString());
  return absl::OkStatus();
}

void ForgetAnswered(Transaction& transaction) { transaction.Delete(Table::kMeta, kAnsweredKey); }

absl::Status KeepNumber(Transaction& transaction, std::string_view account_number) {
  if (account_number.empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(auto numbers, ReadMeta<HighestNumbers>(transaction, kNumbersKey));
  auto& by_form = *numbers.mutable_numbers();
  const std::string form = FormOf(account_number);
  const auto found = by_form.find(form);
  // Texts of one form sort as their numbers do.
  if (found != by_form.end() && found->second >= account_number) return absl::OkStatus();
  if (found == by_form.end() && by_form.size() == static_cast<size_t>(kNumberFormsMax)) {
    return absl::OkStatus();
  }
  by_form[form] = std::string(account_number);
  transaction.Put(Table::kMeta, kNumbersKey, SerializeDeterministically(numbers));
  return absl::OkStatus();
}

}  // namespace comptoir::channel
