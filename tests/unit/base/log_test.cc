#include "common/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "common/base/status.h"

namespace comptoir {
namespace {

using ::testing::MatchesRegex;

using Sequence = StrongId<struct SequenceTag, uint64_t>;

TEST(FormatLogLineTest, Logfmt) {
  EXPECT_EQ(FormatLogLine(LogFormat::kLogfmt, "link is online",
                          {{"hq", "hq:7000"}, {"lag_changes", 12}, {"filtered", false}}),
            R"(event="link is online" hq=hq:7000 lag_changes=12 filtered=false)");
}

TEST(FormatLogLineTest, Json) {
  EXPECT_EQ(FormatLogLine(LogFormat::kJson, "link is online",
                          {{"hq", "hq:7000"}, {"lag_changes", 12}, {"filtered", false}}),
            R"("event":"link is online","hq":"hq:7000","lag_changes":12,"filtered":false)");
}

// A text from the network must not forge a line or a field.
TEST(FormatLogLineTest, TextsCannotBreakOut) {
  const char text[] = "a \"b\" c=d\\\n\x01";
  EXPECT_EQ(FormatLogLine(LogFormat::kLogfmt, "event", {{"text", text}}),
            R"(event=event text="a \"b\" c=d\\\n\u0001")");
  EXPECT_EQ(FormatLogLine(LogFormat::kJson, "event", {{"text", text}}),
            R"("event":"event","text":"a \"b\" c=d\\\n\u0001")");
  EXPECT_EQ(FormatLogLine(LogFormat::kLogfmt, "event", {{"text", ""}}), R"(event=event text="")");
}

TEST(LogValueTest, EveryKindHasAText) {
  EXPECT_EQ(LogValue(uint64_t{18446744073709551615u}).text(), "18446744073709551615");
  EXPECT_EQ(LogValue(-1).text(), "-1");
  EXPECT_EQ(LogValue(0.5).text(), "0.5");
  EXPECT_EQ(LogValue(true).text(), "true");
  EXPECT_EQ(LogValue(absl::Milliseconds(1500)).text(), "1.5s");
  EXPECT_EQ(LogValue(absl::FromUnixSeconds(1704110400)).text(), "2024-01-01T12:00:00Z");
  EXPECT_EQ(LogValue(Uuid()).text(), "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(LogValue(Reason::kDiskFull).text(), "DISK_FULL");
  EXPECT_EQ(LogValue(Sequence(7)).text(), "7");
  EXPECT_TRUE(LogValue(Sequence(7)).is_literal());
  EXPECT_FALSE(LogValue(std::numeric_limits<double>::infinity()).is_literal());
  EXPECT_EQ(LogValue(absl::OkStatus()).text(), "OK");
  EXPECT_EQ(LogValue(MakeError(Reason::kDiskFull, "Full.")).text(),
            "RESOURCE_EXHAUSTED DISK_FULL: Full.");
}

TEST(StreamLoggerTest, WritesOneLinePerEvent) {
  std::ostringstream out;
  StreamLogger logger({.stream = &out});
  LogInfo(logger, "started", {{"port", 7000}});
  EXPECT_THAT(out.str(), MatchesRegex("time=....-..-..T..:..:......Z level=info event=started "
                                      "port=7000\n"));
}

TEST(StreamLoggerTest, WritesJson) {
  std::ostringstream out;
  StreamLogger logger({.format = LogFormat::kJson, .stream = &out});
  LogError(logger, "sync failed");
  EXPECT_THAT(out.str(), MatchesRegex("\\{\"time\":\"....-..-..T..:..:......Z\",\"level\":"
                                      "\"error\",\"event\":\"sync failed\"\\}\n"));
}

// spdlog takes formats; an event with braces is just text.
TEST(StreamLoggerTest, BracesAreText) {
  std::ostringstream out;
  StreamLogger logger({.stream = &out});
  LogWarning(logger, "a {} b {0}");
  EXPECT_THAT(out.str(), ::testing::HasSubstr("event=\"a {} b {0}\""));
}

TEST(StreamLoggerTest, LevelsBelowAreDropped) {
  std::ostringstream out;
  StreamLogger logger({.level = LogLevel::kWarning, .stream = &out});
  LogInfo(logger, "quiet");
  EXPECT_EQ(out.str(), "");
  EXPECT_FALSE(logger.Enabled(LogLevel::kInfo));
  logger.SetLevel(LogLevel::kDebug);
  LogDebug(logger, "loud");
  EXPECT_THAT(out.str(), ::testing::HasSubstr("event=loud"));
}

TEST(ParseLogTest, KnowsItsNames) {
  EXPECT_EQ(ParseLogLevel("warning"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("loud"), std::nullopt);
  EXPECT_EQ(ParseLogFormat("json"), LogFormat::kJson);
  EXPECT_EQ(ParseLogFormat("xml"), std::nullopt);
}

}  // namespace
}  // namespace comptoir
