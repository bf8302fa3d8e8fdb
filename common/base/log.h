#ifndef COMPTOIR_COMMON_BASE_LOG_H_
#define COMPTOIR_COMMON_BASE_LOG_H_

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/reason.h"
#include "common/base/strong_id.h"
#include "common/base/uuid.h"

namespace comptoir {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// logfmt is for people and grep, JSON lines are for collectors.
enum class LogFormat { kLogfmt, kJson };

// Reads "debug", "info", "warning" or "error"; "logfmt" or "json".
std::optional<LogLevel> ParseLogLevel(std::string_view name);
std::optional<LogFormat> ParseLogFormat(std::string_view name);

// The value of a field: made from texts, numbers, ids, durations, reasons and statuses.
class LogValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor): converting is what this class is for.
  LogValue(std::string_view text) : text_(text) {}
  LogValue(const std::string& text) : text_(text) {}
  LogValue(const char* text) : text_(text) {}
  LogValue(bool value) : text_(value ? "true" : "false"), is_literal_(true) {}
  LogValue(double value);
  template <std::integral T>
  requires(!std::same_as<T, bool>) LogValue(T value)
      : text_(std::to_string(value)), is_literal_(true) {}
  LogValue(absl::Duration value);
  LogValue(absl::Time value);
  LogValue(const absl::Status& status);
  LogValue(const Uuid& uuid) : text_(uuid.ToString()) {}
  LogValue(Reason reason) : text_(ReasonName(reason)) {}
  template <class Tag, class T>
  LogValue(const StrongId<Tag, T>& id) : LogValue(id.value()) {}
  // NOLINTEND(google-explicit-constructor)

  const std::string& text() const { return text_; }

  // True for numbers and truth values, which JSON writes without quotes.
  bool is_literal() const { return is_literal_; }

 private:
  std::string text_;
  bool is_literal_ = false;
};

struct LogField {
  std::string_view key;
  LogValue value;
};

using LogFields = std::initializer_list<LogField>;

// Where a service tells what happens: an event, which is a fixed text to search for, and fields. No
// customer data in either. Passed through constructors. Thread-safe.
class Logger {
 public:
  virtual ~Logger() = default;

  virtual void Log(LogLevel level, std::string_view event, LogFields fields) = 0;

  // Returns true iff Log() would write something of this level.
  virtual bool Enabled(LogLevel level) const = 0;
};

// LogInfo(logger, "link is online", {{"hq", target}, {"offline_for", duration}});
inline void LogDebug(Logger& logger, std::string_view event, LogFields fields = {}) {
  logger.Log(LogLevel::kDebug, event, fields);
}
inline void LogInfo(Logger& logger, std::string_view event, LogFields fields = {}) {
  logger.Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(Logger& logger, std::string_view event, LogFields fields = {}) {
  logger.Log(LogLevel::kWarning, event, fields);
}
inline void LogError(Logger& logger, std::string_view event, LogFields fields = {}) {
  logger.Log(LogLevel::kError, event, fields);
}

// Writes nothing: for tests.
class NullLogger : public Logger {
 public:
  void Log(LogLevel, std::string_view, LogFields) override {}
  bool Enabled(LogLevel) const override { return false; }
};

struct LogOptions {
  LogFormat format = LogFormat::kLogfmt;
  LogLevel level = LogLevel::kInfo;

  // Where lines go; stderr if null. Must outlive the logger.
  std::ostream* stream = nullptr;
};

// Writes one line per event, with the time in UTC, as logfmt or JSON:
//
//     time=2024-05-01T08:00:00.000Z level=info event="link is online" offline_for=3s
//     {"time":"2024-05-01T08:00:00.000Z","level":"info","event":"link is
//     online","offline_for":"3s"}
class StreamLogger : public Logger {
 public:
  explicit StreamLogger(LogOptions options = {});
  ~StreamLogger() override;

  void Log(LogLevel level, std::string_view event, LogFields fields) override;
  bool Enabled(LogLevel level) const override;

  // From now on, writes this level and those above.
  void SetLevel(LogLevel level);

 private:
  class Backend;

  // Constant after construction.
  const LogFormat format_;
  const std::unique_ptr<Backend> backend_;
};

// Returns the part of a line that follows time and level.
std::string FormatLogLine(LogFormat format, std::string_view event, LogFields fields);

}  // namespace comptoir

#endif  // COMPTOIR_COMMON_BASE_LOG_H_
