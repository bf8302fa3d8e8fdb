#include "common/storage/request_log.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"
#include "common/storage/request_digests.h"

namespace comptoir {
namespace {

using storage::v1::RequestOutcome;

// Table requests: outcomes by request id, and the same ids by age.
constexpr uint8_t kOutcomeKey = 1;  // then the request id: RequestOutcome
constexpr uint8_t kAgeKey = 2;      // then microseconds (Fixed64) and the request id: empty

std::string OutcomeKey(const Uuid& request_id) {
  return KeyWriter().Byte(kOutcomeKey).Id(request_id).key();
}

std::string AgePrefix(uint64_t microseconds) {
  return KeyWriter().Byte(kAgeKey).Fixed64(microseconds).key();
}

uint64_t MicrosecondsOf(const RequestOutcome& outcome) {
  const auto& time = outcome.commit_time();
  return static_cast<uint64_t>(
      std::max<int64_t>(0, time.seconds() * 1'000'000 + time.nanos() / 1'000));
}

absl::StatusOr<std::optional<RequestOutcome>> ReadOutcome(const Reader& reader,
                                                          const Uuid& request_id) {
  return ReadRecord<RequestOutcome>(reader, Table::kRequests, OutcomeKey(request_id));
}

}  // namespace

absl::Status RequestIdReused(const Uuid& request_id) {
  return MakeError(Reason::kRequestIdReused, "This id was used before with other content.",
                   {{"request_id", request_id.ToString()}});
}

absl::StatusOr<std::optional<RequestOutcome>> FindRequest(const Reader& reader,
                                                          const Uuid& request_id,
                                                          std::string_view request_digest) {
  COMPTOIR_ASSIGN_OR_RETURN(auto outcome, ReadOutcome(reader, request_id));
  if (outcome.has_value() && outcome->request_digest() != request_digest) {
    return RequestIdReused(request_id);
  }
  return outcome;
}

absl::StatusOr<std::vector<bool>> AreRequestsKnown(const Reader& reader,
                                                   absl::Span<const Uuid> request_ids) {
  std::vector<std::string> keys;
  keys.reserve(request_ids.size());
  for (const Uuid& request_id : request_ids) keys.push_back(OutcomeKey(request_id));
  COMPTOIR_ASSIGN_OR_RETURN(const auto outcomes, reader.MultiGet(Table::kRequests, keys));
  std::vector<bool> known;
  known.reserve(outcomes.size());
  for (const auto& outcome : outcomes) known.push_back(outcome.has_value());
  return known;
}

void RememberRequest(Transaction& transaction, const Uuid& request_id,
                     const RequestOutcome& outcome) {
  PutRecord(transaction, Table::kRequests, OutcomeKey(request_id), outcome);
  transaction.Put(Table::kRequests,
                  KeyWriter().Rest(AgePrefix(MicrosecondsOf(outcome))).Id(request_id).key(), "");
}

absl::StatusOr<size_t> ForgetOldRequests(Transaction& transaction, absl::Time now,
                                         size_t rows_max) {
  const int64_t kept_since = absl::ToUnixMicros(now - kRequestOutcomeAgeMin);
  if (kept_since <= 0) return 0;
  KeyRange range{.begin = AgePrefix(0),
                 .end = AgePrefix(static_cast<uint64_t>(kept_since)),
                 .rows_max = rows_max};
  std::vector<std::string> age_keys;
  COMPTOIR_RETURN_IF_ERROR(
      ScanKeys(transaction, Table::kRequests, range, [&age_keys](std::string_view key) {
        age_keys.emplace_back(key);
        return true;
      }));

  // Reads first: a command that fails must not have written.
  std::vector<std::string> outcome_keys;
  for (const std::string& age_key : age_keys) {
    KeyReader key(age_key);
    key.Byte();
    const auto microseconds = key.Fixed64();
    const auto request_id = key.Id();
    if (!key.AtEnd()) return MakeError(Reason::kStorageCorrupt, "A request id cannot be read.");
    COMPTOIR_ASSIGN_OR_RETURN(const auto outcome, ReadOutcome(transaction, *request_id));
    // One that was remembered again later has another row by age.
    if (outcome.has_value() && MicrosecondsOf(*outcome) == *microseconds) {
      outcome_keys.push_back(OutcomeKey(*request_id));
    }
  }
  for (const std::string& key : age_keys) transaction.Delete(Table::kRequests, key);
  for (const std::string& key : outcome_keys) transaction.Delete(Table::kRequests, key);
  return outcome_keys.size();
}

absl::StatusOr<bool> ForgetRequestsWithDigest(Transaction& transaction, std::string& next,
                                              size_t rows_max) {
  KeyRange range = PrefixRange(KeyWriter().Byte(kOutcomeKey).key(), rows_max);
  range.begin = std::max(range.begin, next);
  std::vector<std::string> keys;
  std::string last;
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<RequestOutcome>(
      transaction, Table::kRequests, range,
      [&](std::string_view key, const RequestOutcome& outcome) {
        last = std::string(key);
        if (outcome.request_digest().empty()) return true;
        keys.emplace_back(key);
        // What is left of one that was remembered again ages by itself, without a digest.
        keys.push_back(
            KeyWriter().Rest(AgePrefix(MicrosecondsOf(outcome))).Rest(key.substr(1)).key());
        return true;
      }));
  if (last.empty()) return false;
  for (const std::string& key : keys) transaction.Delete(Table::kRequests, key);
  next = last + '\0';
  return true;
}

}  // namespace comptoir
