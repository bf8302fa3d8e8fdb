#include "channel-service/domain/replication/hq_history.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir::channel {
namespace {

using replication::v1::Epoch;
using replication::v1::Position;
using storage::v1::HighestNumbers;
using storage::v1::HqAnswers;
using storage::v1::HqEpochs;

constexpr std::string_view kEpochsKey = "hq-epochs";
// A row for each epoch.
constexpr std::string_view kAnsweredPrefix = "hq-answered/";
constexpr std::string_view kNumbersKey = "highest-numbers";

std::string AnsweredKey(uint64_t epoch_id) {
  return KeyWriter().Rest(kAnsweredPrefix).Fixed64(epoch_id).key();
}

bool IsOlder(const HqAnswers& a, const HqAnswers& b) {
  return a.epoch_counter() < b.epoch_counter();
}

bool IsSame(const HqAnswers& a, const HqAnswers& b) {
  return a.epoch_id() == b.epoch_id() && a.sequence() == b.sequence() && a.count() == b.count();
}

bool IsAmong(const Answered& answered, const HqAnswers& answers) {
  return std::any_of(answered.begin(), answered.end(),
                     [&](const HqAnswers& other) { return IsSame(other, answers); });
}

bool IsDigit(char character) { return character >= '0' && character <= '9'; }

std::string FormOf(std::string_view number) {
  std::string form(number);
  std::replace_if(form.begin(), form.end(), IsDigit, '#');
  return form;
}

}  // namespace

absl::Status TellHistory(const Reader& reader, hq::v1::SubscribeHello& hello) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto epochs,
                            ReadRecordOrEmpty<HqEpochs>(reader, Table::kMeta, kEpochsKey));
  COMPTOIR_ASSIGN_OR_RETURN(const auto answered, ReadAnswered(reader));
  COMPTOIR_ASSIGN_OR_RETURN(const auto numbers,
                            ReadRecordOrEmpty<HighestNumbers>(reader, Table::kMeta, kNumbersKey));
  *hello.mutable_hq_epochs() = epochs.epochs();
  for (const HqAnswers& answers : answered) {
    Position& latest = *hello.add_answered();
    latest.set_epoch_counter(answers.epoch_counter());
    latest.set_epoch_id(answers.epoch_id());
    latest.set_sequence(answers.sequence());
  }
  for (const auto& [form, number] : numbers.numbers()) hello.add_highest_numbers(number);
  return absl::OkStatus();
}

absl::Status KeepHqEpoch(Transaction& transaction, const Epoch& epoch) {
  COMPTOIR_ASSIGN_OR_RETURN(HqEpochs epochs,
                            ReadRecordOrEmpty<HqEpochs>(transaction, Table::kMeta, kEpochsKey));
  auto& kept = *epochs.mutable_epochs();
  if (!kept.empty() && kept.rbegin()->id() == epoch.id()) return absl::OkStatus();
  // Those that came later in a history that HQ has lost.
  kept.erase(std::remove_if(kept.begin(), kept.end(),
                            [&](const Epoch& old) { return old.counter() >= epoch.counter(); }),
             kept.end());
  if (kept.size() == kHqEpochsMax) kept.erase(kept.begin());
  *kept.Add() = epoch;
  PutRecord(transaction, Table::kMeta, kEpochsKey, epochs);
  return absl::OkStatus();
}

absl::Status KeepAnswered(Transaction& transaction, const Position& position) {
  const std::string key = AnsweredKey(position.epoch_id());
  COMPTOIR_ASSIGN_OR_RETURN(auto kept,
                            ReadRecordOrEmpty<HqAnswers>(transaction, Table::kMeta, key));
  if (kept.epoch_id() == 0) {
    COMPTOIR_ASSIGN_OR_RETURN(const auto answered, ReadAnswered(transaction));
    if (answered.size() >= kAnsweredEpochsMax) {
      const auto oldest = std::min_element(answered.begin(), answered.end(), IsOlder);
      transaction.Delete(Table::kMeta, AnsweredKey(oldest->epoch_id()));
    }
  }
  kept.set_epoch_counter(position.epoch_counter());
  kept.set_epoch_id(position.epoch_id());
  kept.set_sequence(std::max(kept.sequence(), position.sequence()));
  kept.set_count(kept.count() + 1);
  PutRecord(transaction, Table::kMeta, key, kept);
  return absl::OkStatus();
}

absl::StatusOr<Answered> ReadAnswered(const Reader& reader) {
  Answered answered;
  const KeyRange range =
      PrefixRange(std::string(kAnsweredPrefix), std::numeric_limits<size_t>::max());
  COMPTOIR_RETURN_IF_ERROR(
      ScanRecords<HqAnswers>(reader, Table::kMeta, range, [&](std::string_view, HqAnswers answers) {
        answered.push_back(std::move(answers));
        return true;
      }));
  return answered;
}

absl::StatusOr<bool> IsOfGreetedEpoch(const Reader& reader, const Position& answer) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto epochs,
                            ReadRecordOrEmpty<HqEpochs>(reader, Table::kMeta, kEpochsKey));
  return epochs.epochs().empty() || epochs.epochs().rbegin()->id() == answer.epoch_id();
}

bool SameAnswers(const Answered& a, const Answered& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), IsSame);
}

absl::StatusOr<bool> HasUntoldAnswer(const Reader& reader, const Answered& told,
                                     uint64_t hq_epoch_id) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto answered, ReadAnswered(reader));
  return std::any_of(answered.begin(), answered.end(), [&](const HqAnswers& answers) {
    return answers.epoch_id() != hq_epoch_id && !IsAmong(told, answers);
  });
}

absl::Status ForgetAnswered(Transaction& transaction, const Answered& told) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto answered, ReadAnswered(transaction));
  for (const HqAnswers& answers : answered) {
    if (IsAmong(told, answers)) {
      transaction.Delete(Table::kMeta, AnsweredKey(answers.epoch_id()));
    }
  }
  return absl::OkStatus();
}

absl::Status KeepNumbers(Transaction& transaction, absl::Span<const std::string_view> numbers) {
  std::map<std::string, std::string_view> highest;
  for (const std::string_view number : numbers) {
    if (number.empty()) continue;
    std::string_view& of_form = highest[FormOf(number)];
    // Texts of one form sort as their numbers do.
    of_form = std::max(of_form, number);
  }
  if (highest.empty()) return absl::OkStatus();
  COMPTOIR_ASSIGN_OR_RETURN(
      auto kept, ReadRecordOrEmpty<HighestNumbers>(transaction, Table::kMeta, kNumbersKey));
  auto& by_form = *kept.mutable_numbers();
  bool news = false;
  for (const auto& [form, number] : highest) {
    const auto found = by_form.find(form);
    const bool known = found != by_form.end();
    if (known ? found->second >= number : by_form.size() == static_cast<size_t>(kNumberFormsMax)) {
      continue;
    }
    by_form[form] = std::string(number);
    news = true;
  }
  if (news) PutRecord(transaction, Table::kMeta, kNumbersKey, kept);
  return absl::OkStatus();
}

}  // namespace comptoir::channel
