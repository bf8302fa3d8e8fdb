#include "hq-service/domain/sessions.h"

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"
#include "common/storage/key_codec.h"
#include "common/storage/record_io.h"

namespace comptoir::hq {
namespace {

constexpr std::string_view kServices = "channelServices/";
constexpr std::string_view kUploads = "/uploadSessions/";
constexpr std::string_view kDownloads = "/downloadSessions/";
constexpr std::string_view kCurrent = "current";
constexpr std::string_view kSessionPrefix = "hq/session/";
constexpr std::string_view kPausePrefix = "hq/pause/";

KeyWriter LineKey(std::string_view prefix, const SessionLine& line) {
  KeyWriter writer;
  writer.Rest(prefix).String(line.channel_service).Byte(static_cast<uint8_t>(line.direction));
  return writer;
}

std::string KeyOf(const SessionLine& line, uint64_t number) {
  return LineKey(kSessionPrefix, line).Fixed64(number).key();
}

}  // namespace

std::string SessionName(const SessionLine& line, uint64_t number) {
  const bool upload = line.direction == v1::SESSION_DIRECTION_UPLOAD;
  return absl::StrCat(ToAbsl(kServices), line.channel_service,
                      ToAbsl(upload ? kUploads : kDownloads), number);
}

absl::StatusOr<SessionKey> ParseSessionName(std::string_view name) {
  const auto parse = [&](std::string_view collection,
                         v1::SessionDirection direction) -> std::optional<SessionKey> {
    const size_t at = name.find(collection);
    if (!name.starts_with(kServices) || at == std::string_view::npos || at <= kServices.size()) {
      return std::nullopt;
    }
    SessionKey key;
    key.line = {std::string(name.substr(kServices.size(), at - kServices.size())), direction};
    const std::string_view number = name.substr(at + collection.size());
    if (number == kCurrent) return key;
    if (!absl::SimpleAtoi(ToAbsl(number), &key.number) || key.number == 0) return std::nullopt;
    return key;
  };
  auto key = parse(kUploads, v1::SESSION_DIRECTION_UPLOAD);
  if (!key.has_value()) key = parse(kDownloads, v1::SESSION_DIRECTION_DOWNLOAD);
  if (key.has_value()) return *std::move(key);
  return MakeError(Reason::kRecordNotFound, "There is no such session.");
}

absl::StatusOr<std::string> ParseChannelServiceName(std::string_view name) {
  if (name.empty()) return std::string();
  if (name.starts_with(kServices) && name.size() > kServices.size()) {
    return std::string(name.substr(kServices.size()));
  }
  FieldViolations violations;
  violations.Add("channel_service", "NAME_INVALID", "channelServices/{id}.");
  return violations.ToStatus();
}

void PutSession(Transaction& transaction, const SessionLine& line, uint64_t number,
                const v1::Session& session) {
  PutRecord(transaction, Table::kMeta, KeyOf(line, number), session);
  if (number > kSessionsMax) transaction.Delete(Table::kMeta, KeyOf(line, number - kSessionsMax));
}

absl::StatusOr<std::optional<v1::Session>> FindSession(const Reader& reader,
                                                       const SessionLine& line, uint64_t number) {
  return ReadRecord<v1::Session>(reader, Table::kMeta, KeyOf(line, number));
}

absl::StatusOr<uint64_t> LastSession(const Reader& reader, const SessionLine& line) {
  const std::string prefix = LineKey(kSessionPrefix, line).key();
  KeyRange range = PrefixRange(prefix, 1);
  range.reverse = true;
  uint64_t last = 0;
  COMPTOIR_RETURN_IF_ERROR(ScanKeys(reader, Table::kMeta, range, [&](std::string_view key) {
    last = KeyReader(key.substr(prefix.size())).Fixed64().value_or(0);
    return false;
  }));
  return last;
}

absl::Status VisitSessions(const Reader& reader, const SessionLine& line,
                           const std::function<bool(v1::Session)>& visit) {
  KeyRange range = PrefixRange(LineKey(kSessionPrefix, line).key(), kSessionsMax);
  range.reverse = true;
  return ScanRecords<v1::Session>(
      reader, Table::kMeta, range,
      [&](std::string_view, v1::Session session) { return visit(std::move(session)); });
}

bool Brought(const v1::Session& session, uint64_t lineage, uint64_t sequence) {
  return (lineage == 0 || session.lineage() == lineage) && session.after_sequence() < sequence &&
         sequence <= session.last_sequence();
}

absl::StatusOr<std::optional<v1::Session>> SessionThatBrought(const Reader& reader,
                                                              const SessionLine& line,
                                                              uint64_t lineage, uint64_t sequence) {
  std::optional<v1::Session> found;
  COMPTOIR_RETURN_IF_ERROR(VisitSessions(reader, line, [&](v1::Session session) {
    if (Brought(session, lineage, sequence)) found = std::move(session);
    return !found.has_value();
  }));
  return found;
}

void PutPause(Transaction& transaction, const SessionLine& line,
              const storage::v1::SessionPause& pause) {
  PutRecord(transaction, Table::kMeta, LineKey(kPausePrefix, line).key(), pause);
}

absl::StatusOr<std::optional<storage::v1::SessionPause>> FindPause(const Reader& reader,
                                                                   const SessionLine& line) {
  return ReadRecord<storage::v1::SessionPause>(reader, Table::kMeta,
                                               LineKey(kPausePrefix, line).key());
}

void ErasePause(Transaction& transaction, const SessionLine& line) {
  transaction.Delete(Table::kMeta, LineKey(kPausePrefix, line).key());
}

absl::StatusOr<std::map<SessionLine, storage::v1::SessionPause>> ReadPauses(const Reader& reader) {
  std::map<SessionLine, storage::v1::SessionPause> pauses;
  KeyRange range = PrefixRange(kPausePrefix, std::numeric_limits<size_t>::max());
  COMPTOIR_RETURN_IF_ERROR(ScanRecords<storage::v1::SessionPause>(
      reader, Table::kMeta, range,
      [&](std::string_view key, storage::v1::SessionPause pause) -> absl::StatusOr<bool> {
        KeyReader parts(key.substr(kPausePrefix.size()));
        auto service = parts.String();
        const auto direction = parts.Byte();
        if (!parts.AtEnd()) {
          return MakeError(Reason::kStorageCorrupt, "The key of a pause cannot be read.");
        }
        pauses[{*std::move(service), static_cast<v1::SessionDirection>(*direction)}] =
            std::move(pause);
        return true;
      }));
  return pauses;
}

}  // namespace comptoir::hq
