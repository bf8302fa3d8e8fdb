#include "common/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <cmath>
#include <cstdio>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/strings.h"

namespace comptoir {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Appends `text` between double quotes. What both formats escape, they escape alike.
void AppendQuoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned char>(c));
      out.append(escaped);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// Returns true if logfmt can do without quotes.
bool IsPlainWord(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) {
      return false;
    }
  }
  return true;
}

void AppendLogfmt(std::string& out, std::string_view key, const LogValue& value) {
  out.append(key).append("=");
  if (IsPlainWord(value.text())) {
    out.append(value.text());
  } else {
    AppendQuoted(out, value.text());
  }
}

void AppendJson(std::string& out, std::string_view key, const LogValue& value) {
  AppendQuoted(out, key);
  out.push_back(':');
  if (value.is_literal()) {
    out.append(value.text());
  } else {
    AppendQuoted(out, value.text());
  }
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  return std::nullopt;
}

std::optional<LogFormat> ParseLogFormat(std::string_view name) {
  if (name == "logfmt") return LogFormat::kLogfmt;
  if (name == "json") return LogFormat::kJson;
  return std::nullopt;
}

// JSON knows no infinity: those stay texts.
LogValue::LogValue(double value) : text_(absl::StrCat(value)), is_literal_(std::isfinite(value)) {}

LogValue::LogValue(absl::Duration value) : text_(absl::FormatDuration(value)) {}

LogValue::LogValue(absl::Time value)
    : text_(absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", value, absl::UTCTimeZone())) {}

LogValue::LogValue(const absl::Status& status) : text_(absl::StatusCodeToString(status.code())) {
  if (status.ok()) return;
  if (const auto reason = ReasonOf(status)) text_.append(" ").append(ReasonName(*reason));
  text_.append(": ").append(ToStd(status.message()));
}

std::string FormatLogLine(LogFormat format, std::string_view event, LogFields fields) {
  const bool json = format == LogFormat::kJson;
  const auto append = json ? AppendJson : AppendLogfmt;
  std::string line;
  append(line, "event", event);
  for (const LogField& field : fields) {
    line.push_back(json ? ',' : ' ');
    append(line, field.key, field.value);
  }
  return line;
}

class StreamLogger::Backend {
 public:
  explicit Backend(const LogOptions& options)
      : logger_("comptoir", std::make_shared<spdlog::sinks::ostream_sink_mt>(
                                options.stream == nullptr ? std::cerr : *options.stream,
                                /*force_flush=*/true)) {
    const char* const pattern = options.format == LogFormat::kJson
                                    ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                    : "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v";
    logger_.set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    logger_.set_level(ToSpdlog(options.level));
  }

  spdlog::logger& logger() { return logger_; }

 private:
  spdlog::logger logger_;
};

StreamLogger::StreamLogger(LogOptions options)
    : format_(options.format), backend_(std::make_unique<Backend>(options)) {}

StreamLogger::~StreamLogger() = default;

void StreamLogger::Log(LogLevel level, std::string_view event, LogFields fields) {
  if (!Enabled(level)) return;
  // As string_view, the line is text and not a format.
  const std::string line = FormatLogLine(format_, event, fields);
  backend_->logger().log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

bool StreamLogger::Enabled(LogLevel level) const {
  return backend_->logger().should_log(ToSpdlog(level));
}

void StreamLogger::SetLevel(LogLevel level) { backend_->logger().set_level(ToSpdlog(level)); }

}  // namespace comptoir
