#include "common/base/crypto.h"

#include <gtest/gtest.h>

#include <iterator>
#include <latch>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace comptoir {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256Test, KnownDigests) {
  EXPECT_EQ(HexEncode(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256StreamTest, PiecesGiveTheSameAsTheWhole) {
  Sha256Stream stream;
  stream.Update("a");
  stream.Update("");
  stream.Update("bc");
  EXPECT_EQ(stream.Finish(), Sha256("abc"));
}

TEST(Sha256StreamTest, StartsAgainAfterFinish) {
  Sha256Stream stream;
  stream.Update("something else");
  stream.Finish();
  EXPECT_EQ(stream.Finish(), Sha256(""));
  stream.Update("abc");
  EXPECT_EQ(stream.Finish(), Sha256("abc"));
}

// RFC 4231, test cases 1, 2, 3 and 6.
TEST(HmacSha256Test, KnownDigests) {
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256Test, AnEmptyKeyIsAKeyOfItsOwn) {
  const std::string empty_key = HmacSha256(std::string_view(), "text");
  HmacSha256("Jefe", "text");
  EXPECT_EQ(HmacSha256(std::string_view(), "text"), empty_key);
  EXPECT_EQ(HexEncode(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// Nothing of a key stays for the next one, in whatever order they come, though others use theirs at
// the same time. RFC 4231, test cases 1, 2, 4, 6 and 7, and no key at all.
TEST(HmacSha256Test, KeysAlternateInSeveralThreads) {
  struct Case {
    std::string key;
    std::string text;
    std::string_view digest;
  };
  std::string counting;
  for (char byte = 1; byte <= 25; ++byte) counting.push_back(byte);
  const Case cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {counting, std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
      {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"}};
  constexpr size_t kCases = std::size(cases);
  // Each thread goes through them by another step, so that every one follows others.
  constexpr size_t kTimes = 20'000;
  constexpr size_t kSteps[] = {1, 5};
  std::latch ready(std::size(kSteps));
  const auto digest_all = [&](size_t step) {
    ready.arrive_and_wait();
    for (size_t i = 0; i < kTimes; ++i) {
      const Case& known = cases[(i * step + i / kCases) % kCases];
      const std::string_view key = known.key.empty() ? std::string_view() : known.key;
      ASSERT_EQ(HexEncode(HmacSha256(key, known.text)), known.digest);
    }
  };
  std::vector<std::thread> threads;
  for (const size_t step : kSteps) threads.emplace_back(digest_all, step);
  for (std::thread& thread : threads) thread.join();
}

TEST(HexEncodeTest, TwoLowerCaseDigitsPerByte) {
  EXPECT_EQ(HexEncode(std::string_view("\x00\x7f\x80\xff", 4)), "007f80ff");
  EXPECT_EQ(HexEncode(""), "");
}

TEST(ConstantTimeEqualTest, IsEquality) {
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abcd"));
}

}  // namespace
}  // namespace comptoir
