#include "common/base/uuid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/hash/hash_testing.h"
#include "tests/support/matchers.h"

namespace comptoir {
namespace {

constexpr char kDnsNamespace[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

Uuid FromText(std::string_view text) {
  const absl::StatusOr<Uuid> uuid = Uuid::Parse(text);
  EXPECT_THAT(uuid, IsOk());
  return uuid.value_or(Uuid());
}

TEST(UuidTest, PrintsWhatItParsed) { EXPECT_EQ(FromText(kDnsNamespace).ToString(), kDnsNamespace); }

TEST(UuidTest, ParsesAnyCaseAndPrintsLower) {
  const Uuid uuid = FromText("6BA7B810-9dad-11D1-80B4-00C04FD430C8");
  EXPECT_EQ(uuid.ToString(), kDnsNamespace);
}

TEST(UuidTest, RefusesEverythingButTheCanonicalForm) {
  for (const std::string_view text :
       {"", "6ba7b810", "6ba7b8109dad11d180b400c04fd430c8",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        " 6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8 ",
        "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b8109-dad-11d1-80b4-00c04fd430c8",
        "6ba7b810-9dad-11d1-80b4_00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c"}) {
    EXPECT_THAT(Uuid::Parse(text), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(UuidTest, AnErrorDoesNotRepeatTheText) {
  EXPECT_THAT(std::string(Uuid::Parse("Ada Lovelace").status().message()),
              ::testing::Not(::testing::HasSubstr("Ada")));
}

TEST(UuidTest, BytesComeBack) {
  const Uuid uuid = FromText(kDnsNamespace);
  ASSERT_EQ(uuid.bytes().size(), 16u);
  EXPECT_EQ(uuid.bytes().substr(0, 4), "\x6b\xa7\xb8\x10");
  EXPECT_EQ(Uuid::FromBytes(uuid.bytes()), uuid);
}

TEST(UuidDeathTest, FromBytesNeedsSixteen) {
  EXPECT_DEATH(Uuid::FromBytes("short"), "a UUID of 5 bytes");
}

// The example of RFC 4122, errata 1352's and Python's, and one of an empty name.
TEST(UuidTest, NameBasedIsVersionFive) {
  const Uuid dns = FromText(kDnsNamespace);
  EXPECT_EQ(Uuid::NameBased(dns, "www.example.com").ToString(),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_EQ(Uuid::NameBased(dns, "python.org").ToString(), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  EXPECT_EQ(Uuid::NameBased(dns, "").ToString(), "4ebd0208-8328-5d69-8c44-ec50939c0967");
}

TEST(UuidTest, NameBasedDependsOnBoth) {
  const Uuid dns = FromText(kDnsNamespace);
  EXPECT_NE(Uuid::NameBased(dns, "address/0"), Uuid::NameBased(dns, "address/1"));
  EXPECT_NE(Uuid::NameBased(dns, "address/0"), Uuid::NameBased(Uuid(), "address/0"));
}

TEST(UuidTest, DefaultIsNil) {
  EXPECT_TRUE(Uuid().is_nil());
  EXPECT_EQ(Uuid().ToString(), "00000000-0000-0000-0000-000000000000");
  EXPECT_FALSE(FromText(kDnsNamespace).is_nil());
}

TEST(UuidTest, SortsLikeItsTextAndItsBytes) {
  const std::vector<Uuid> sorted = {Uuid(), FromText("0fffffff-ffff-ffff-ffff-ffffffffffff"),
                                    FromText("80000000-0000-0000-0000-000000000000"),
                                    FromText("ffffffff-0000-0000-0000-000000000000")};
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end(),
                             [](const Uuid& a, const Uuid& b) { return a.bytes() < b.bytes(); }));
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(sorted));
}

}  // namespace
}  // namespace comptoir
