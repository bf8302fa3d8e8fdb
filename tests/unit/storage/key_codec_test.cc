#include "common/storage/key_codec.h"

#include <gtest/gtest.h>

#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/random.h"
#include "common/storage/key_begin.h"
#include "tests/support/seed.h"

namespace comptoir {
namespace {

// A tuple of every kind of part.
struct Parts {
  uint8_t byte = 0;
  std::string text;
  uint16_t fixed16 = 0;
  uint32_t fixed32 = 0;
  Uuid id;
  uint64_t fixed64 = 0;
  std::string text2;

  friend auto operator<=>(const Parts&, const Parts&) = default;
  friend bool operator==(const Parts&, const Parts&) = default;
};

std::string Encode(const Parts& parts) {
  return KeyWriter()
      .Byte(parts.byte)
      .String(parts.text)
      .Fixed16(parts.fixed16)
      .Fixed32(parts.fixed32)
      .Id(parts.id)
      .Fixed64(parts.fixed64)
      .String(parts.text2)
      .key();
}

// Nothing if a part is missing.
std::optional<Parts> Decode(KeyReader& reader) {
  const auto byte = reader.Byte();
  const auto text = reader.String();
  const auto fixed16 = reader.Fixed16();
  const auto fixed32 = reader.Fixed32();
  const auto id = reader.Id();
  const auto fixed64 = reader.Fixed64();
  const auto text2 = reader.String();
  if (!reader.ok()) return std::nullopt;
  return Parts{*byte, *text, *fixed16, *fixed32, *id, *fixed64, *text2};
}

// Few different values, so that the first parts are often equal.
template <typename Int>
Int RandomInt(Random& random) {
  static constexpr Int kMax = std::numeric_limits<Int>::max();
  const Int values[] = {0, 1, kMax / 2, kMax / 2 + 1, kMax - 1, kMax};
  return random.OneIn(3) ? static_cast<Int>(random.Next()) : values[random.Below(6)];
}

// Bytes next to those that the encoding uses.
std::string RandomText(Random& random) {
  static constexpr char kBytes[] = {'\x00', '\x01', '\x02', 'a', '\xfe', '\xff'};
  std::string text(random.Below(4), '\0');
  for (char& byte : text) byte = kBytes[random.Below(std::size(kBytes))];
  return text;
}

Parts RandomParts(Random& random) {
  return {.byte = static_cast<uint8_t>(random.Below(2)),
          .text = RandomText(random),
          .fixed16 = RandomInt<uint16_t>(random),
          .fixed32 = RandomInt<uint32_t>(random),
          .id = random.OneIn(2) ? Uuid() : NewUuid(random),
          .fixed64 = RandomInt<uint64_t>(random),
          .text2 = RandomText(random)};
}

// Keys sort like the tuples that they encode: scans depend on nothing else.
TEST(KeyCodecTest, KeysSortLikeTheirParts) {
  TestRandom random;
  for (int i = 0; i < 20'000; ++i) {
    const Parts left = RandomParts(random);
    Parts right = RandomParts(random);
    // Let the later parts decide too.
    if (random.OneIn(2)) std::tie(right.byte, right.text) = std::tie(left.byte, left.text);
    if (random.OneIn(4))
      std::tie(right.fixed16, right.fixed32) = std::tie(left.fixed16, left.fixed32);
    if (random.OneIn(8)) right = left;
    ASSERT_EQ(left <=> right, Encode(left) <=> Encode(right));
  }
}

// What was written is read back, to the last byte.
TEST(KeyCodecTest, RoundTrip) {
  TestRandom random;
  for (int i = 0; i < 5'000; ++i) {
    const Parts parts = RandomParts(random);
    const std::string key = Encode(parts);
    KeyReader reader(key);
    ASSERT_EQ(Decode(reader), parts);
    ASSERT_TRUE(reader.AtEnd());
  }
}

// A key that was cut anywhere is noticed, never misread.
TEST(KeyCodecTest, TruncatedKeysFail) {
  TestRandom random;
  for (int i = 0; i < 200; ++i) {
    const std::string key = Encode(RandomParts(random));
    for (size_t size = 0; size < key.size(); ++size) {
      KeyReader reader(std::string_view(key).substr(0, size));
      ASSERT_EQ(Decode(reader), std::nullopt);
      ASSERT_FALSE(reader.AtEnd());
    }
  }
}

// After a part that failed all later ones fail, though their bytes are there.
TEST(KeyCodecTest, AReaderThatFailedStaysFailed) {
  KeyReader reader("ab");
  EXPECT_EQ(reader.Fixed32(), std::nullopt);
  EXPECT_EQ(reader.Byte(), std::nullopt);
  EXPECT_EQ(reader.String(), std::nullopt);
  EXPECT_FALSE(reader.ok());
}

// A zero byte in a string may only be followed by what the writer puts there.
TEST(KeyCodecTest, WrongEscapesFail) {
  for (const std::string& key :
       {std::string("a\0", 2), std::string("a\0\2", 3), std::string("a"), std::string()}) {
    KeyReader reader(key);
    EXPECT_EQ(reader.String(), std::nullopt) << testing::PrintToString(key);
  }
}

// Strings one after another, full of bytes that end strings or stand for others; of a key that was
// cut those that are whole are read, and nothing more.
TEST(KeyCodecTest, StringsInARow) {
  const std::string texts[] = {std::string("a\0b\0\0c", 6),
                               "",
                               std::string(40, '\0'),
                               std::string("\0\1", 2),
                               std::string("\xff\0\xff", 3),
                               std::string(100, 'x'),
                               "\1",
                               ""};
  std::string key;
  std::vector<size_t> ends;
  for (const std::string& text : texts) {
    key += KeyWriter().String(text).key();
    ends.push_back(key.size());
  }
  for (size_t size = 0; size <= key.size(); ++size) {
    KeyReader reader(std::string_view(key).substr(0, size));
    for (size_t i = 0; i < std::size(texts); ++i) {
      ASSERT_EQ(reader.String(), ends[i] <= size ? std::optional(texts[i]) : std::nullopt)
          << "string " << i << " of the first " << size << " bytes";
    }
    ASSERT_EQ(reader.ok(), size == key.size());
  }
}

// Of all bytes only two may follow a zero byte; behind another nothing is read.
TEST(KeyCodecTest, OnlyTwoEscapesAreKnown) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string key = std::string(
                                "a\0\xff"
                                "b\0",
                                5) +
                            static_cast<char>(byte) + KeyWriter().String("next").key();
    KeyReader reader(key);
    const bool known = byte == 0x01 || byte == 0xff;
    ASSERT_EQ(reader.String().has_value(), known) << byte;
    ASSERT_EQ(reader.ok(), known) << byte;
    ASSERT_EQ(reader.String(), byte == 0x01 ? std::optional<std::string>("next") : std::nullopt);
  }
}

// The format on disk: changing it makes every database unreadable.
TEST(KeyCodecTest, TheFormatIsFixed) {
  EXPECT_EQ(KeyWriter().Byte(1).Fixed16(0x0203).Fixed32(0x04050607).key(), "\1\2\3\4\5\6\7");
  EXPECT_EQ(KeyWriter().Fixed64(0x0102030405060708).key(), "\1\2\3\4\5\6\7\10");
  EXPECT_EQ(KeyWriter().String(std::string("a\0b", 3)).key(), std::string("a\0\xff"
                                                                          "b\0\1",
                                                                          6));
  EXPECT_EQ(KeyWriter().Rest("tail").key(), "tail");
}

// What follows the last part is left for the caller.
TEST(KeyCodecTest, RestIsWhatIsLeft) {
  KeyReader reader("\1tail");
  EXPECT_EQ(reader.Byte(), 1);
  EXPECT_EQ(reader.Rest(), "tail");
  EXPECT_FALSE(reader.AtEnd());
}

// The end of a prefix is above all keys that start with it and below all others after it.
TEST(KeyCodecTest, PrefixEnd) {
  EXPECT_EQ(PrefixEnd("a"), "b");
  EXPECT_EQ(PrefixEnd("a\xff\xff"), "b");
  EXPECT_EQ(PrefixEnd(std::string(1, '\0')), "\1");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
  EXPECT_EQ(PrefixEnd(""), "");
  TestRandom random;
  for (int i = 0; i < 5'000; ++i) {
    const std::string prefix = RandomText(random);
    const std::string key = RandomText(random);
    const std::string end = PrefixEnd(prefix);
    const bool in_range = key >= prefix && (end.empty() || key < end);
    ASSERT_EQ(in_range, key.starts_with(prefix))
        << testing::PrintToString(prefix) << " " << testing::PrintToString(key);
  }
}

// The begin of a key never contradicts the order of the keys.
TEST(KeyCodecTest, BeginsSortLikeTheirKeys) {
  EXPECT_EQ(BeginOfKey(""), 0u);
  EXPECT_EQ(BeginOfKey("\1"), uint64_t{1} << 56);
  EXPECT_EQ(BeginOfKey("\1\2\3\4\5\6\7\10more"), 0x0102030405060708u);
  TestRandom random;
  for (int i = 0; i < 5'000; ++i) {
    const std::string a = RandomText(random);
    const std::string b = RandomText(random) + RandomText(random);
    const uint64_t begin = BeginOfKey(a);
    ASSERT_TRUE(begin == BeginOfKey(b) || (begin < BeginOfKey(b)) == (a < b))
        << testing::PrintToString(a) << " " << testing::PrintToString(b);
  }
}

}  // namespace
}  // namespace comptoir
