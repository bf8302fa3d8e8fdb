#include "hq-service/domain/recovery/recovery.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/customer/configuration.h"
#include "common/storage/epoch_history.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "comptoir/replication/v1/change.pb.h"
#include "comptoir/storage/v1/records.pb.h"
#include "hq-service/domain/number_sequences.h"
#include "hq-service/domain/recovery/lineages.h"
#include "hq-service/domain/times.h"

namespace comptoir::hq {
namespace {

using storage::v1::NumberSequenceRecord;
using storage::v1::RecoveryState;

constexpr std::string_view kStateKey = "hq/recovery";
// There while numbers wait: a create looks here and nowhere else.
constexpr std::string_view kNumbersWaitKey = "hq/numbers-wait";

bool IsRecovering(const RecoveryState& state) {
  return state.stage() == storage::v1::RECOVERY_STAGE_RECOVERING;
}

// Everybody's hello is waited for.
bool IsUnderWay(const RecoveryState& state) { return state.checking() || IsRecovering(state); }

void LetNumbersWait(Transaction& transaction) {
  transaction.Put(Table::kMeta, kNumbersWaitKey, "1");
}

absl::Status AddConfigured(const Reader& reader, std::set<std::string>& services) {
  KeyRange range = PrefixRange(KeyWriter().Byte(replication::v1::RECORD_KIND_CHANNEL).key());
  range.rows_max = std::numeric_limits<size_t>::max();
  return ScanRecords<storage::v1::ChannelRecord>(
      reader, Table::kRecords, range,
      [&](std::string_view, const storage::v1::ChannelRecord& record) {
        if (record.channel().retired()) return true;
        services.insert(record.channel().channel_services().begin(),
                        record.channel().channel_services().end());
        return true;
      });
}

// Cursors of any membership, and the last answers: each tells a divergence.
std::vector<replication::v1::Position> PositionsIn(const v1::SubscribeHello& hello) {
  std::vector<replication::v1::Position> positions(hello.answered().begin(),
                                                   hello.answered().end());
  for (const auto& cursor : hello.cursors()) {
    positions.push_back(cursor.position());
    if (cursor.has_place()) positions.push_back(cursor.place().since());
  }
  return positions;
}

absl::StatusOr<std::vector<replication::v1::Position>> LostPositions(
    const Reader& reader, const v1::SubscribeHello& hello) {
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence last, LastSequence(reader));
  std::vector<replication::v1::Position> lost;
  for (const auto& position : PositionsIn(hello)) {
    COMPTOIR_ASSIGN_OR_RETURN(const bool own, IsOwnPosition(reader, position, last));
    if (!own) lost.push_back(position);
  }
  return lost;
}

// What HQ and a channel service both have: up to where HQ left the history of any position that it
// has lost. It may have read in a later epoch of HQ's since, and an answer came late.
absl::StatusOr<Sequence> KnownToBoth(const Reader& reader, const v1::SubscribeHello& hello,
                                     absl::Span<const replication::v1::Position> lost) {
  const std::vector<replication::v1::Epoch> epochs(hello.hq_epochs().begin(),
                                                   hello.hq_epochs().end());
  COMPTOIR_ASSIGN_OR_RETURN(Sequence known, EndOfCommonHistory(reader, epochs));
  for (const auto& position : lost) {
    std::vector<replication::v1::Epoch> until;
    std::copy_if(epochs.begin(), epochs.end(), std::back_inserter(until),
                 [&](const auto& epoch) { return epoch.counter() < position.epoch_counter(); });
    replication::v1::Epoch& last = until.emplace_back();
    last.set_counter(position.epoch_counter());
    last.set_id(position.epoch_id());
    COMPTOIR_ASSIGN_OR_RETURN(const Sequence end, EndOfCommonHistory(reader, until));
    known = std::min(known, end);
  }
  return known;
}

// All number sequences, under their keys.
absl::StatusOr<std::vector<std::pair<std::string, NumberSequenceRecord>>> NumberSequences(
    const Reader& reader) {
  std::vector<std::pair<std::string, NumberSequenceRecord>> sequences;
  KeyRange range = PrefixRange(NumberSequenceRecordKey(""));
  range.rows_max = std::numeric_limits<size_t>::max();
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<NumberSequenceRecord>(
      reader, Table::kRecords, range, [&](std::string_view key, NumberSequenceRecord record) {
        sequences.emplace_back(key, std::move(record));
        return true;
      }));
  return sequences;
}

// The highest of `numbers` that the sequence's format could have given.
std::optional<uint64_t> HighestOf(const v1::NumberSequence& sequence,
                                  const v1::SubscribeHello& hello) {
  std::optional<uint64_t> highest;
  for (const std::string& text : hello.highest_numbers()) {
    const auto number = ParseNumber(sequence.format(), text);
    if (number.has_value()) highest = std::max(highest.value_or(0), *number);
  }
  return highest;
}

// Numbers that were told are never given again. Nothing if none of them is news.
absl::StatusOr<std::vector<std::pair<std::string, NumberSequenceRecord>>> RaisedSequences(
    const Reader& reader, const v1::SubscribeHello& hello) {
  std::vector<std::pair<std::string, NumberSequenceRecord>> raised;
  if (hello.highest_numbers().empty()) return raised;
  COMPTOIR_ASSIGN_OR_RETURN(auto sequences, NumberSequences(reader));
  for (auto& [key, record] : sequences) {
    v1::NumberSequence& sequence = *record.mutable_number_sequence();
    const auto told = HighestOf(sequence, hello);
    if (!told.has_value() || *told < sequence.next()) continue;
    sequence.set_next(*told + 1);
    raised.emplace_back(key, record);
  }
  return raised;
}

absl::Status SkipMargin(Transaction& transaction, uint64_t margin) {
  COMPTOIR_ASSIGN_OR_RETURN(auto sequences, NumberSequences(transaction));
  for (auto& [key, record] : sequences) {
    v1::NumberSequence& sequence = *record.mutable_number_sequence();
    // Past the highest it is exhausted, and an administrator decides.
    const uint64_t room = std::numeric_limits<uint64_t>::max() - sequence.next();
    sequence.set_next(sequence.next() + std::min(margin, room));
    PutRecord(transaction, Table::kRecords, key, record);
  }
  return absl::OkStatus();
}

bool HasSpoken(const RecoveryState& state, const std::string& service) {
  if (state.checking()) {
    return std::find(state.heard().begin(), state.heard().end(), service) != state.heard().end();
  }
  const auto found = state.services().find(service);
  return found != state.services().end() && found->second.finished();
}

// It is over when everybody has spoken.
absl::Status EndIfFinished(Transaction& transaction, const RecoveryState& state,
                           uint64_t number_margin, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto services, KnownChannelServices(transaction));
  const bool finished = std::all_of(services.begin(), services.end(),
                                    [&](const auto& service) { return HasSpoken(state, service); });
  if (!finished) return absl::OkStatus();
  if (!IsRecovering(state)) return EndCheck(transaction);
  return EndRecovery(transaction, number_margin, /*ended_by=*/"", now);
}

// HQ has learned that it was restored. Those that it has heard need not speak again.
void BeginRecovery(Transaction& transaction, RecoveryState& state, absl::Time now) {
  RecoveryState begun;
  begun.set_stage(storage::v1::RECOVERY_STAGE_RECOVERING);
  begun.set_highest_number(state.highest_number());
  *begun.mutable_begin_time() = ToTimestamp(now);
  if (state.checking()) {
    for (const std::string& service : state.heard()) {
      (*begun.mutable_services())[service].set_finished(true);
    }
  }
  state = std::move(begun);
  LetNumbersWait(transaction);
}

// Everybody who has finished a recovery and presents an unknown position again has met another one.
bool IsLate(const RecoveryState& state, const std::string& service) {
  if (state.stage() != storage::v1::RECOVERY_STAGE_ENDED) return false;
  const auto found = state.services().find(service);
  return found == state.services().end() || !found->second.finished();
}

}  // namespace

absl::StatusOr<RecoveryState> ReadRecovery(const Reader& reader) {
  return ReadRecordOrEmpty<RecoveryState>(reader, Table::kMeta, kStateKey);
}

void PutRecovery(Transaction& transaction, const RecoveryState& state) {
  PutRecord(transaction, Table::kMeta, kStateKey, state);
}

absl::StatusOr<bool> NumbersWait(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const auto value, reader.Get(Table::kMeta, kNumbersWaitKey));
  return value.has_value();
}

absl::StatusOr<std::set<std::string>> KnownChannelServices(const Reader& reader) {
  std::set<std::string> services;
  COMPTOIR_RETURN_IF_ERROR(AddConfigured(reader, services));
  COMPTOIR_RETURN_IF_ERROR(ForEachUploadPosition(
      reader,
      [&](std::string_view id, const storage::v1::UploadPosition&) { services.emplace(id); }));
  return services;
}

absl::Status StartRecovery(Transaction& transaction, const RecoveryStart& start) {
  COMPTOIR_ASSIGN_OR_RETURN(RecoveryState state, ReadRecovery(transaction));
  state.clear_heard();
  if (start.restored) {
    state = RecoveryState();
    BeginRecovery(transaction, state, start.now);
  } else if (IsRecovering(state)) {
    return absl::OkStatus();
  } else if (start.check) {
    state.set_checking(true);
    LetNumbersWait(transaction);
  } else {
    return EndCheck(transaction);
  }
  PutRecovery(transaction, state);
  return EndIfFinished(transaction, state, start.number_margin, start.now);
}

absl::Status EndCheck(Transaction& transaction) {
  COMPTOIR_ASSIGN_OR_RETURN(RecoveryState state, ReadRecovery(transaction));
  if (!state.checking()) return absl::OkStatus();
  state.clear_checking();
  state.clear_heard();
  PutRecovery(transaction, state);
  transaction.Delete(Table::kMeta, kNumbersWaitKey);
  return absl::OkStatus();
}

absl::StatusOr<bool> MustBeGreeted(const Reader& reader, const v1::SubscribeHello& hello) {
  COMPTOIR_ASSIGN_OR_RETURN(const RecoveryState state, ReadRecovery(reader));
  if (IsUnderWay(state) || IsLate(state, hello.channel_service())) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto raised, RaisedSequences(reader, hello));
  if (!raised.empty()) return true;
  COMPTOIR_ASSIGN_OR_RETURN(const auto lost, LostPositions(reader, hello));
  return !lost.empty();
}

absl::StatusOr<Greeting> Greet(Transaction& transaction, const v1::SubscribeHello& hello,
                               uint64_t number_margin, absl::Time now) {
  if (hello.hq_epochs_size() > kHqEpochsMax || hello.highest_numbers_size() > kHighestNumbersMax ||
      hello.answered_size() > kAnsweredMax) {
    return MakeError(Reason::kOverloaded, "The hello tells more than it may.");
  }
  COMPTOIR_ASSIGN_OR_RETURN(RecoveryState state, ReadRecovery(transaction));
  COMPTOIR_ASSIGN_OR_RETURN(const auto lost, LostPositions(transaction, hello));
  const bool diverged = !lost.empty();
  COMPTOIR_ASSIGN_OR_RETURN(const auto raised, RaisedSequences(transaction, hello));
  COMPTOIR_ASSIGN_OR_RETURN(const Sequence known, KnownToBoth(transaction, hello, lost));
  const bool late = IsLate(state, hello.channel_service());

  for (const auto& [key, record] : raised) {
    PutRecord(transaction, Table::kRecords, key, record);
    const v1::NumberSequence& sequence = record.number_sequence();
    state.set_highest_number(FormatNumber(sequence.format(), sequence.next() - 1));
  }
  Greeting greeting{.offers_wanted = diverged, .known = known};
  if (diverged) {
    // HQ's versions go on above all that was ever read from it: so they are newer everywhere.
    Sequence told;
    for (const auto& position : PositionsIn(hello)) {
      told = std::max(told, Sequence(position.sequence()));
    }
    COMPTOIR_RETURN_IF_ERROR(RaiseLastSequence(transaction, told));
    greeting.others_must_speak = !late && !IsUnderWay(state);
    if (!late && !IsRecovering(state)) BeginRecovery(transaction, state, now);
  }
  if (state.stage() != storage::v1::RECOVERY_STAGE_UNSPECIFIED) {
    (*state.mutable_services())[hello.channel_service()].set_finished(!diverged);
  }
  if (state.checking() && !HasSpoken(state, hello.channel_service())) {
    state.add_heard(hello.channel_service());
  }
  PutRecovery(transaction, state);
  if (IsUnderWay(state)) {
    COMPTOIR_RETURN_IF_ERROR(EndIfFinished(transaction, state, number_margin, now));
  }
  return greeting;
}

absl::Status FinishOffers(Transaction& transaction, std::string_view channel_service,
                          uint64_t number_margin, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(RecoveryState state, ReadRecovery(transaction));
  (*state.mutable_services())[std::string(channel_service)].set_finished(true);
  PutRecovery(transaction, state);
  if (!IsUnderWay(state)) return absl::OkStatus();
  return EndIfFinished(transaction, state, number_margin, now);
}

absl::StatusOr<v1::Recovery> RecoveryView(const Reader& reader) {
  COMPTOIR_ASSIGN_OR_RETURN(const RecoveryState state, ReadRecovery(reader));
  v1::Recovery view;
  view.set_state(state.checking()       ? v1::RECOVERY_STATE_CHECKING
                 : IsRecovering(state)  ? v1::RECOVERY_STATE_RECOVERING
                 : state.has_end_time() ? v1::RECOVERY_STATE_ENDED
                                        : v1::RECOVERY_STATE_UNSPECIFIED);
  if (state.has_begin_time()) *view.mutable_begin_time() = state.begin_time();
  if (state.has_end_time()) *view.mutable_end_time() = state.end_time();
  view.set_ended_by(state.ended_by());
  view.set_highest_number(state.highest_number());
  if (view.state() == v1::RECOVERY_STATE_UNSPECIFIED) return view;
  COMPTOIR_ASSIGN_OR_RETURN(std::set<std::string> services, KnownChannelServices(reader));
  for (const auto& [id, service] : state.services()) services.insert(id);
  for (const bool finished : {false, true}) {
    for (const std::string& id : services) {
      if (HasSpoken(state, id) != finished) continue;
      const auto found = state.services().find(id);
      v1::RecoveringChannelService& shown = *view.add_channel_services();
      shown.set_name(absl::StrCat("channelServices/", id));
      shown.set_finished(finished);
      if (found == state.services().end()) continue;
      shown.set_adopted_records(found->second.adopted_records());
      shown.set_conflicts(found->second.conflicts());
    }
  }
  return view;
}

absl::Status EndRecovery(Transaction& transaction, uint64_t number_margin,
                         std::string_view ended_by, absl::Time now) {
  COMPTOIR_ASSIGN_OR_RETURN(RecoveryState state, ReadRecovery(transaction));
  if (!IsRecovering(state)) return absl::OkStatus();
  COMPTOIR_RETURN_IF_ERROR(SkipMargin(transaction, number_margin));
  state.set_stage(storage::v1::RECOVERY_STAGE_ENDED);
  state.set_ended_by(std::string(ended_by));
  *state.mutable_end_time() = ToTimestamp(now);
  PutRecovery(transaction, state);
  transaction.Delete(Table::kMeta, kNumbersWaitKey);
  return absl::OkStatus();
}

}  // namespace comptoir::hq
